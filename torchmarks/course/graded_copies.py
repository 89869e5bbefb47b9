"""Finds marks for work of which the graded copy may lack a part, or whose copy or submission is not there any more.

Reads the graded copies; changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from torchmarks.course.commands import feedback_command, grade_command, nbgrader_command, show_command
from torchmarks.course.marked import Marked, few_names
from torchmarks.errors import UsageError
from torchmarks.grading import UnreadableRecord
from torchmarks.grading.record import read_file
from torchmarks.grading.repair import composed, losses
from torchmarks.printable import printable

_MISSING: Final = "the graded copy is missing from autograded/"


def lost_lines(marked: Marked) -> list[str]:
    """A line that names the students who have a mark for work in which something may be missing, if there are any."""
    assignment, copies = marked.assignment, marked.copies
    found = [who for who in marked.finished if who in copies and _lost(copies[who], marked.notebooks)]
    if not found:
        return []
    were = "1 submission was" if len(found) == 1 else f"{len(found)} submissions were"
    shown = show_command(assignment, found[0]) if len(found) == 1 else show_command(assignment)
    return [
        f"{assignment}: {were} graded with work that may have been lost (a damaged file, or cells put back blank): "
        f"{few_names(found)}. What was lost: {printable(shown)}. "
        f"If the student has the whole file, collect it, then run: {grade_command(assignment)}"
    ]


def withdrawn_lines(marked: Marked, closed: Collection[str]) -> list[str]:
    """A line that names the students who have a mark and no work in submitted/, where others have.

    Without any work there, as after a term, nothing is said. closed: whose folder may not be read: nobody knows of it.
    """
    there = set(map(composed, marked.roll.folders))
    either = there.union(map(composed, closed))
    found = [who for who in marked.finished if composed(who) not in either]
    if not found or not there:
        return []
    have = "1 student has" if len(found) == 1 else f"{len(found)} students have"
    removed = nbgrader_command("db", "student", "remove", found[0] if len(found) == 1 else "STUDENT", "--force")
    return [
        f"{marked.assignment}: {have} a mark, and no work in submitted/ any more: {few_names(found)}. The marks stay. "
        "Put the folder back if it was removed by mistake. An id that is no student's (a typing error, a test account) "
        f"is removed with all its marks in this course by: {removed}"
    ]


def missing_copies(marked: Marked) -> list[str]:
    """The students who have a mark and no folder in autograded/, sorted."""
    return [who for who in marked.finished if who not in marked.copies]


def missing_lines(marked: Marked) -> list[str]:
    """A line that names the students of `missing_copies`, if there are any: no page can be made for them."""
    found, assignment = missing_copies(marked), marked.assignment
    if not found:
        return []
    again = f"{grade_command(assignment)}, then: {feedback_command(assignment)}"
    return [f"{assignment}: no page for {few_names(found)}: there is a mark, but {_MISSING}. To make it again: {again}"]


def require_copies(marked: Marked, students: Sequence[str]) -> None:
    """Raises UsageError if one of these students is in `missing_copies`."""
    missing, assignment = missing_copies(marked) if students else [], marked.assignment
    for student in (student for student in students if student in missing):
        remedy = f"To make it again: {grade_command(assignment, student)}"
        raise UsageError(f"has a mark in the gradebook, but {_MISSING}", f"{student}, {assignment}", remedy)


def _lost(folder: Path, notebooks: Sequence[str]) -> bool:
    """Whether a graded notebook says so. Another one in the folder may be anybody's."""
    for path in (folder / f"{name}.ipynb" for name in notebooks):
        try:
            if os.path.isfile(path) and losses(read_file(path).repairs):
                return True
        except UnreadableRecord:  # what grades it again says so
            continue
    return False
