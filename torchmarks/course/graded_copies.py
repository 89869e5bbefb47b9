"""Warns of what a mark in the gradebook does not tell: that work may be missing in the graded copy, or that the copy or
the submission is not there any more.

Reads the gradebook, submitted/ and autograded/; changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nbgrader.api import Assignment, Notebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import select

from torchmarks.course import records
from torchmarks.course.collected import roll_of, student_folders
from torchmarks.course.commands import feedback_command, grade_command, nbgrader_command, show_command
from torchmarks.course.outdated import with_points
from torchmarks.course.overlooked import closed, closed_students
from torchmarks.course.records import missing_file
from torchmarks.errors import UsageError
from torchmarks.grading import UnreadableRecord
from torchmarks.grading.record import read_file
from torchmarks.grading.repair import composed, losses
from torchmarks.printable import printable
from torchmarks.wording import few

_NAMED: Final = 10  # students
_MISSING: Final = "the graded copy is missing from autograded/"


def mark_warnings(directory: CourseDirectory, assignment: str) -> list[str]:
    """What a list of the marks should be read with: `loss_warnings`, lines on folders that may not be read,
    `withdrawn_warnings`.
    """
    lost, withdrawn = loss_warnings(directory, assignment), withdrawn_warnings(directory, assignment)
    return [*lost, *closed(directory), *withdrawn]


def loss_warnings(directory: CourseDirectory, assignment: str) -> list[str]:
    """A line that names the students who have a mark for work in which something may be missing, if there are any."""
    marked, notebooks = _graded(directory, assignment)
    folders = student_folders(directory, directory.autograded_directory, assignment)
    found = [who for who in marked if who in folders and _lost(folders[who], notebooks)]
    if not found:
        return []
    were = "1 submission was" if len(found) == 1 else f"{len(found)} submissions were"
    shown = show_command(assignment, found[0]) if len(found) == 1 else show_command(assignment)
    return [
        f"{assignment}: {were} graded with work that may have been lost (a damaged file, or cells put back blank): "
        f"{_names(found)}. What was lost: {printable(shown)}. "
        f"If the student has the whole file, collect it, then run: {grade_command(assignment)}"
    ]


def withdrawn_warnings(directory: CourseDirectory, assignment: str) -> list[str]:
    """A line that names the students who have a mark and no work in submitted/, where others have.

    Without any work there, as after a term, nothing is said. Of whose folder may not be read nobody knows.
    """
    marked, _ = _graded(directory, assignment)
    there = set(map(composed, roll_of(directory, assignment).folders))
    unknown = set(map(composed, closed_students(directory)))
    found = [who for who in marked if composed(who) not in there | unknown]
    if not found or not there:
        return []
    have = "1 student has" if len(found) == 1 else f"{len(found)} students have"
    removed = nbgrader_command("db", "student", "remove", found[0] if len(found) == 1 else "STUDENT", "--force")
    return [
        f"{assignment}: {have} a mark, and no work in submitted/ any more: {_names(found)}. The marks stay. Put the "
        "folder back if it was removed by mistake. An id that is no student's (a typing error, a test account) is "
        f"removed with all its marks in this course by: {removed}"
    ]


def missing_copies(directory: CourseDirectory, assignment: str) -> list[str]:
    """The students who have a mark and no folder in autograded/, sorted."""
    marked, _ = _graded(directory, assignment)
    folders = student_folders(directory, directory.autograded_directory, assignment)
    return [who for who in marked if who not in folders]


def missing_warnings(directory: CourseDirectory, assignment: str) -> list[str]:
    """A line that names the students of `missing_copies`, if there are any: no page can be made for them."""
    found = missing_copies(directory, assignment)
    if not found:
        return []
    again = f"{grade_command(assignment)}, then: {feedback_command(assignment)}"
    return [f"{assignment}: no page for {_names(found)}: there is a mark, but {_MISSING}. To make it again: {again}"]


def require_copies(directory: CourseDirectory, assignment: str, students: Sequence[str]) -> None:
    """Raises UsageError if one of these students is in `missing_copies`."""
    missing = missing_copies(directory, assignment) if students else []
    for student in (student for student in students if student in missing):
        remedy = f"To make it again: {grade_command(assignment, student)}"
        raise UsageError(f"has a mark in the gradebook, but {_MISSING}", f"{student}, {assignment}", remedy)


def _graded(directory: CourseDirectory, assignment: str) -> tuple[list[str], list[str]]:
    """The students who have a mark of a finished grading, sorted, and the names of the assignment's notebooks."""
    if missing_file(str(directory.db_url)):
        return [], []
    with records.reading(str(directory.db_url)) as connection:
        noted = records.read(connection, assignment=assignment)
        marked = with_points(connection, assignment)
        query = select(Notebook.name).join(Assignment, Assignment.id == Notebook.assignment_id)
        notebooks = connection.execute(query.where(Assignment.name == assignment)).scalars().all()
    # points without a record: graded without this package
    finished = [who for who in marked if (assignment, who) not in noted or noted[assignment, who].is_graded]
    return finished, sorted(notebooks)


def _lost(folder: Path, notebooks: Sequence[str]) -> bool:
    """Whether a graded notebook says so. Another one in the folder may be anybody's."""
    for path in (folder / f"{name}.ipynb" for name in notebooks):
        try:
            if os.path.isfile(path) and losses(read_file(path).repairs):
                return True
        except UnreadableRecord:  # what grades it again says so
            continue
    return False


def _names(students: Sequence[str]) -> str:
    return few([printable(student) for student in students], _NAMED)
