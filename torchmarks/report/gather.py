"""Reads what a report needs: points from the gradebook, messages and limits from the graded notebooks.

Reads only. Must not grade, and must not decide what a figure means.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from torchmarks.report.figures import Failure, Gathered, Work


def exercise_of(cell: str) -> str:
    """The exercise that a test cell belongs to: its grade_id without what comes after the last hyphen, if that says
    which of the exercise's tests it is.
    """
    name, _, part = cell.rpartition("-")
    return name if name and part in ("visible", "hidden") else cell


def gather(
    db_url: str, graded: Mapping[str, tuple[Path, ...]], assignment: str, refused: Mapping[str, str] | None = None
) -> Gathered:
    """All that is known of an assignment.

    graded: student -> notebooks in autograded/; refused: student -> why the submission could not be graded.
    An assignment that the gradebook does not know gives no works.
    """
    with Gradebook(db_url) as gradebook:
        most = _most(gradebook.db, assignment)
        points, open_ = _points(gradebook.db, assignment)
        students = gradebook.db.query(Student).count()
    left_out = set(refused or {})
    works = tuple(
        _work(student, points[student], graded.get(student, ()), is_open=student in open_)
        for student in sorted(points)
        if student not in left_out
    )
    return Gathered(assignment, most, works, students, dict(refused or {}))


def _most(session: Any, assignment: str) -> dict[str, float]:
    """Points of every exercise, in the order in which the gradebook was given the cells."""
    rows = (
        session.query(GradeCell.name, GradeCell.max_score)
        .join(Notebook, Notebook.id == GradeCell.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .filter(Assignment.name == assignment, GradeCell.max_score > 0)
    )
    most: dict[str, float] = defaultdict(float)
    for name, points in rows:
        most[exercise_of(name)] += points
    return dict(most)


def _points(session: Any, assignment: str) -> tuple[dict[str, dict[str, float]], set[str]]:
    """Points by student and exercise of the submissions that have been graded; who has cells that wait for a person."""
    rows = (
        session.query(
            SubmittedAssignment.student_id,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .filter(Assignment.name == assignment)
    )
    points: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    is_open: set[str] = set()
    judged: set[str] = set()
    for student, cell, auto, manual, extra, needs_person in rows:
        # What a person gave counts in place of the test's points, as in nbgrader's own score.
        points[student][exercise_of(cell)] += (auto if manual is None else manual) or 0.0
        points[student][exercise_of(cell)] += extra or 0.0
        if auto is not None or manual is not None:
            judged.add(student)
        if needs_person:
            is_open.add(student)
    return {student: dict(points[student]) for student in judged}, is_open


def _work(student: str, points: dict[str, float], notebooks: tuple[Path, ...], *, is_open: bool) -> Work:
    failures: list[Failure] = []
    limits: list[tuple[str, str]] = []
    repairs: list[str] = []
    seconds: list[float] = []
    for path in notebooks:
        try:
            notebook = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        marks = notebook.get("metadata", {}).get("torchmarks", {})
        limits += [(str(entry["cell"]), str(entry["how"])) for entry in marks.get("limits", [])]
        repairs += [str(entry["message"]) for entry in marks.get("repairs", [])]
        seconds += [float(marks["seconds"])] if "seconds" in marks else []
        failures += _failures(notebook)
    took = sum(seconds) if seconds else None
    return Work(student, points, tuple(failures), tuple(limits), tuple(repairs), took, is_open)


def _failures(notebook: dict[str, Any]) -> list[Failure]:
    found = []
    for cell in notebook["cells"]:
        grade_id = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        for output in cell.get("outputs", []):
            marks = output.get("metadata", {}).get("torchmarks") or {}
            if marks.get("verdict") == "failed":
                text = output.get("data", {}).get("text/plain", "")
                text = text if isinstance(text, str) else "".join(text)
                found.append(Failure(exercise_of(grade_id), str(marks.get("misconception", "")), text))
    return found
