"""Finds graded copies whose grading was cut short, so that no page is made of one.

A copy counts as graded where the gradebook's note says so and each notebook of it holds the record of those points.
Reads the gradebook and autograded/; changes neither, and decides nothing for work that this package has not graded.
"""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, BaseCell, Grade, Notebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, select

from torchmarks.course import records
from torchmarks.course.collected import excluded, student_folders
from torchmarks.course.commands import grade_command
from torchmarks.course.records import Record, RecordState
from torchmarks.grading import UnreadableRecord
from torchmarks.grading.record import KEY, VERSION, read
from torchmarks.printable import printable

Points = dict[str, dict[str, float | None]]  # what tests gave: notebook -> cell -> points


def unfinished(directory: CourseDirectory, assignment: str, student: str | None = None) -> dict[str, str]:
    """The students whose grading was cut short, each with what to do. student: only this one."""
    if student is None:
        folders = student_folders(directory, directory.autograded_directory, assignment)
    else:
        place = directory.format_path(directory.autograded_directory, student, assignment)
        folders = {student: Path(place)}
    with records.reading(str(directory.db_url)) as connection:
        noted = records.read(connection, assignment=assignment, student=student)
        begun = {who for (_, who), one in noted.items() if one.state is RecordState.BEGUN}
        for who, folder in folders.items():
            if is_unfinished(connection, assignment, who, folder, noted.get((assignment, who))):
                begun.add(who)
    return {who: reason(assignment, who) for who in sorted(begun)}


def reason(assignment: str, student: str) -> str:
    """What a person reads of such a submission, after the student's name."""
    again = grade_command(assignment, student)
    return printable(f"The grading of {assignment} was cut short. To grade it again: {again}")


def is_unfinished(connection: Connection, assignment: str, student: str, folder: Path, record: Record | None) -> bool:
    """Whether a folder of autograded/ does not hold the copy of the grade in the gradebook.

    record: what is noted of the submission.
    """
    if not folder.is_dir():
        return False
    if record is not None and not record.is_graded:
        return True
    copies = sorted(folder.glob("*.ipynb"))
    if not copies:  # nbgrader makes the folder first
        return True
    if record is None:  # graded without this package
        return False
    points = _points(connection, assignment, student)
    # another notebook in it may be anybody's
    return not all(_is_of(points[path.stem], path) for path in copies if path.stem in points)


def _is_of(points: dict[str, float | None], path: Path) -> bool:
    """Whether a graded notebook is the one that these points were given to."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        noted = notebook["metadata"].get(KEY, {})
        if "version" not in noted:  # of nbgrader's first pass, which has the name of the graded one
            return False
        if noted["version"] != VERSION:  # whole, of another version of this package: whoever reads it says so
            return True
        scores = read(notebook, path.name).scores
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UnreadableRecord):  # half written, or damaged
        return False
    return all(points.get(cell, given) == given for cell, given in scores.items())


def _points(connection: Connection, assignment: str, student: str) -> Points:
    rows = connection.execute(
        select(Notebook.name, BaseCell.name, Grade.auto_score)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(Assignment.name == assignment, SubmittedAssignment.student_id == student)
    )
    found: Points = {}
    for notebook, cell, given in rows:
        found.setdefault(notebook, {})[cell] = given
    return found


def withhold(converter: Any) -> None:
    """Have nbgrader's GenerateFeedback make no page of an unfinished grading, name it, and end with an error."""
    directory, left = converter.coursedir, []
    start, convert = converter.init_destination, converter.convert_notebooks
    assignment = str(directory.assignment_id)
    # nbgrader passes over a folder without a notebook; of a pattern's assignments it finds the others
    for student, folder in student_folders(directory, directory.autograded_directory, assignment).items():
        if fnmatch.fnmatchcase(student, str(directory.student_id)) and not any(folder.glob("*.ipynb")):
            converter.assignments.setdefault(converter._format_source(assignment, student), [])

    def init_destination(assignment_id: str, student_id: str) -> bool:
        if student_id not in excluded(directory):
            said = unfinished(directory, assignment_id, student_id).get(student_id)
            if said:
                converter.log.error("%s: no page is made. %s", printable(student_id), said)
                left.append(student_id)
                return False
        return bool(start(assignment_id, student_id))

    def convert_notebooks() -> None:
        convert()
        if left:
            raise NbGraderException(f"No page was made for {', '.join(map(printable, left))}.")

    converter.init_destination, converter.convert_notebooks = init_destination, convert_notebooks
