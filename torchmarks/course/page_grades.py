"""The points and comments that a feedback page shows, and their fingerprint on it, by which an old page is recognised.

Reads the gradebook, and the beginning of a page. Nothing that a page hides may be in its fingerprint: of few points it
could be guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode
from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select
from sqlalchemy.orm import Session

from torchmarks.checks.cell_marks import grade_id_of, marks_of

_FINGERPRINT: Final = re.compile(rb'<meta (?=[^>]*name="torchmarks-grades")[^>]*content="([0-9a-f]+)"')
_HEAD_BYTES: Final = 1024

Grades = Mapping[str, Any]
"""What a page of one notebook shows: score, max_score, late_penalty, and for each of its cells score, points, comment.
The score has lost the penalty already, as nbgrader's GetGrades gives it.
"""


def grades_in(session: Session, assignment: str, student: str) -> dict[str, dict[str, Any]]:
    """What the gradebook has for a student's pages, by notebook, sorted: a key may be made of it."""
    query = (
        select(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment, SubmittedAssignment.student_id == student)
    )
    found: dict[str, dict[str, Any]] = {}
    for notebook in session.scalars(query):
        cells: dict[str, dict[str, Any]] = {}
        for comment in notebook.comments:
            cells.setdefault(comment.name, {})["comment"] = comment.comment
        for grade in notebook.grades:
            cells.setdefault(grade.name, {}).update(score=grade.score, points=grade.max_score)
        penalty = notebook.late_submission_penalty or 0
        whole = {"score": notebook.score - penalty, "max_score": notebook.max_score, "late_penalty": penalty}
        found[notebook.name] = {**whole, "cells": dict(sorted(cells.items()))}
    return dict(sorted(found.items()))


def grades_on(notebook: NotebookNode, whole: Grades) -> Grades:
    """The same from a notebook with the marks that nbgrader's GetGrades brings. whole: those of all its cells."""
    cells = {name: marks_of(cell) for cell in notebook.cells if (name := grade_id_of(cell))}
    return {**whole, "cells": cells}


def fingerprint(grades: Grades) -> str:
    """A short text that differs where any of these points or comments does."""
    # a notebook has more cells than the gradebook: those have neither points nor a comment
    given = ((name, cell.get("score") or 0, cell.get("comment") or "") for name, cell in grades["cells"].items())
    shown = sorted((name, _number(score), comment) for name, score, comment in given if score or comment)
    whole = _number(grades["score"]), _number(grades["late_penalty"])
    return hashlib.sha256(repr((whole, shown)).encode()).hexdigest()[:16]


def _number(value: float) -> str:
    """Of a sum of floats, whatever their order was."""
    return f"{value:.6g}"


def fingerprint_on(page: Path) -> str:
    """The fingerprint that a page has; "" where it has none, as a page that does not show all."""
    with page.open("rb") as file:
        found = _FINGERPRINT.search(file.read(_HEAD_BYTES))
    return "" if found is None else found[1].decode()
