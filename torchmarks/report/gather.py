"""Reads what a report needs: points from the gradebook, messages and limits from the graded notebooks.

Reads only. Must not grade, and must not decide what a figure means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

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

from torchmarks.checks.exercises import exercise_of
from torchmarks.course.gradings import history_of
from torchmarks.grading import NotebookRecord, UnreadableRecord
from torchmarks.grading.record import read_file
from torchmarks.grading.repair import in_short
from torchmarks.grading.scores import counted
from torchmarks.report.figures import FailedCheck, Gathered, GradedWork
from torchmarks.report.learning import tried_in

_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
_NO_STARS: Final[Mapping[str, int]] = MappingProxyType({})


def gather(
    db_url: str,
    graded: Mapping[str, tuple[Path, ...]],
    assignment: str,
    refused: Mapping[str, str] = _NOBODY,
    unfinished: Mapping[str, str] = _NOBODY,
    stars: Mapping[str, int] = _NO_STARS,
) -> Gathered:
    """All that is known of an assignment.

    graded: student -> notebooks in autograded/; refused, unfinished, stars: see `Gathered`.
    An assignment that the gradebook does not know gives no works.
    """
    with Gradebook(db_url) as gradebook:
        names = _notebooks(gradebook.db, assignment)
        most = _most(gradebook.db, assignment)
        points, open_ = _points(gradebook.db, assignment)
        students = gradebook.db.query(Student).count()
    works = tuple(
        _work(student, points[student], _ours(graded.get(student, ()), names), is_open=student in open_)
        for student in sorted(points)
        if student not in refused  # what an earlier grading left is not its mark
    )
    gradings, changes = history_of(db_url, assignment)
    return Gathered(assignment, most, works, students, dict(refused), gradings, changes, unfinished, stars)


def _notebooks(session: Any, assignment: str) -> frozenset[str]:
    rows = session.query(Notebook.name).join(Assignment, Assignment.id == Notebook.assignment_id)
    return frozenset(name for (name,) in rows.filter(Assignment.name == assignment))


def _ours(paths: tuple[Path, ...], names: frozenset[str]) -> tuple[Path, ...]:
    """The notebooks that grading wrote: any other notebook there may be anyone's, and so may the record in it."""
    return tuple(path for path in paths if path.stem in names)


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
    """Points by student and exercise, of graded submissions; the students with cells that wait for a person."""
    rows = (
        session.query(
            SubmittedAssignment.student_id,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)  # else SQLAlchemy cannot tell which table the joins begin with
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
        points[student][exercise_of(cell)] += counted(auto, manual, extra)
        # nbgrader makes a row for each cell when a submission comes in, before anything is graded.
        if auto is not None or manual is not None:
            judged.add(student)
        if needs_person:
            is_open.add(student)
    return {student: dict(points[student]) for student in judged}, is_open


def _work(student: str, points: dict[str, float], notebooks: tuple[Path, ...], *, is_open: bool) -> GradedWork:
    records: list[NotebookRecord] = []
    unread: list[str] = []
    for path in notebooks:
        try:
            records.append(read_file(path))
        except UnreadableRecord as error:
            unread.append(str(error))
    seconds = [record.seconds for record in records if record.seconds is not None]
    return GradedWork(
        student,
        points,
        failures=tuple(failure for record in records for failure in failures_in(record)),
        limits=tuple(hit for record in records for hit in record.limits),
        repairs=tuple(line for record in records for line in in_short(record.repairs)),
        seconds=sum(seconds) if seconds else None,
        open=is_open,
        unread=tuple(unread),
        isolation=frozenset(record.isolation for record in records if record.isolation),
        tried=tuple(tried for record in records for tried in tried_in(record)),
        provisional=any(record.is_provisional for record in records),
    )


def failures_in(record: NotebookRecord) -> list[FailedCheck]:
    """The failed checks of a notebook, as figures are made of them."""
    failed, texts = ((check.cell, check.report) for check in record.messages), record.texts
    return [FailedCheck(exercise_of(cell), report.misconception, texts[cell]) for cell, report in failed if report]
