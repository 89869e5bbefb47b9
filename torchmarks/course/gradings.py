"""The history of gradings: what each gave and named, what it was made from, and what the last one changed.

A row for each grading that finished, written in the transaction that saves the points, whichever command grades: so
that it can be shown for each student what a corrected test did to their points, and over how many submissions a
misconception lasted. Code that grades through the gradebook's writer, as `torchmarks watch` does, adds to it without
knowing. Every statement is one of a transaction that the caller opened. Must not grade, and must not decide whether
something is graded again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from nbgrader.api import Assignment, BaseCell, Grade, Notebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, Row, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from torchmarks.checks.exercises import exercise_of
from torchmarks.course import records
from torchmarks.course.records import GRADINGS, TESTS
from torchmarks.grading import Basis, Cause, NotebookRecord, causes, changed_parts, differences
from torchmarks.grading.scores import counted, is_by_person

Cells = Mapping[str, Mapping[str, Any]]  # by notebook, by grade_id
_SHOWN: Final = 6  # parts of an assignment that differ


@dataclass(frozen=True, slots=True)
class Grading:
    """What one grading of a submission gave.

    points: of each graded cell, None where a person has to look; names: for each failed test the misconception or
    reason that its message names, if it names one; handed_in and graded_at: UTC without a zone, None where that is not
    known; basis: None for a grading without this package.
    """

    points: Cells
    names: Cells = field(default_factory=dict)
    handed_in: datetime | None = None
    graded_at: datetime | None = None
    basis: Basis | None = None

    @classmethod
    def of(
        cls,
        scores: Cells,
        notebooks: Mapping[str, NotebookRecord],
        basis: Basis | None = None,
        handed_in: datetime | None = None,
    ) -> Grading:
        """From points by notebook and cell, and the records of the notebooks. handed_in: default, as the gradebook has
        it.
        """
        return cls(scores, {name: names_in(record) for name, record in notebooks.items()}, handed_in, basis=basis)


def names_in(record: NotebookRecord) -> dict[str, str]:
    """The misconceptions and reasons that the messages of a notebook name, by grade_id."""
    reports = ((check.cell, check.report) for check in record.messages)
    return {cell: report.misconception for cell, report in reports if report is not None and report.misconception}


# ---- written


def note(connection: Connection, assignment: str, student: str, grading: Grading, *, is_first: bool = False) -> None:
    """Add a grading whose points are in the gradebook, as of now. One that gave the same from the same as the last one
    adds no row.

    is_first: there is no last one to look for: bulk grading saves new submissions at the rate of its one writer.
    """
    values = _values(grading)
    if not is_first and _is_last(connection, assignment, student, values):
        return
    handed_in = grading.handed_in or connection.scalar(
        select(SubmittedAssignment.timestamp)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment, SubmittedAssignment.student_id == student)
    )
    whose = {"assignment": assignment, "student": student, "handed_in": handed_in, "graded_at": _now()}
    connection.execute(insert(GRADINGS), whose | values)


def _is_last(connection: Connection, assignment: str, student: str, values: Mapping[str, Any]) -> bool:
    query = select(GRADINGS).where(GRADINGS.c.assignment == assignment, GRADINGS.c.student == student)
    last = connection.execute(query.order_by(GRADINGS.c.number.desc()).limit(1)).mappings().first()
    return last is not None and all(last[name] == value for name, value in values.items())


def note_earlier(connection: Connection, assignment: str, student: str | None = None) -> None:
    """Add the grades of work that was graded without this package: the next grading would leave nothing of them.

    student: only of this one. When they were made, and with what, is not known.
    """
    rows = select(SubmittedAssignment.student_id).join(Assignment).where(Assignment.name == assignment)
    rows = rows if student is None else rows.where(SubmittedAssignment.student_id == student)
    noted = {who for _, who in records.read(connection, assignment=assignment, student=student)}
    there = connection.scalars(select(GRADINGS.c.student).where(GRADINGS.c.assignment == assignment).distinct())
    wanted = set(connection.scalars(rows)) - noted - set(there)
    if not wanted:
        return
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for row in _grades(connection, assignment):
        if row.student in wanted:
            found.setdefault(row.student, {}).setdefault(row.notebook, {})[row.cell] = row.auto_score
    for who, points in sorted(found.items()):
        # Before anything is graded nbgrader makes a row for each cell, and gives 0 for a notebook that it does not find
        # under its own name: zeros are no earlier grade.
        if any(value for cells in points.values() for value in cells.values()):
            connection.execute(insert(GRADINGS).values(assignment=assignment, student=who, **_values(Grading(points))))


def _values(grading: Grading) -> dict[str, Any]:
    values: dict[str, Any] = {"points": _text(grading.points), "names": _text(grading.names)}
    return values | {name: None if grading.basis is None else getattr(grading.basis, name) for name in records.BASIS}


def note_tests(connection: Connection, assignment: str, tests: str, parts: Mapping[str, str]) -> None:
    """Note what the tests with a fingerprint are made of; see `parts_of`."""
    key = (TESTS.c.assignment == assignment, TESTS.c.tests == tests)
    if connection.execute(select(TESTS.c.tests).where(*key)).first() is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(TESTS).values(assignment=assignment, tests=tests, parts=_text(parts)))
        except IntegrityError:  # another grader has noted the same at this moment
            return


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _grades(connection: Connection, assignment: str) -> Iterable[Row[Any]]:
    """The points that the gradebook holds of an assignment, a row for each cell of each submission."""
    student, notebook, cell = SubmittedAssignment.student_id, Notebook.name, BaseCell.name
    return connection.execute(
        select(
            student.label("student"), notebook.label("notebook"), cell.label("cell"),
            Grade.auto_score, Grade.manual_score, Grade.extra_credit,
        )
        .select_from(Grade)  # else SQLAlchemy cannot tell which table the joins begin with
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(Assignment.name == assignment)
    )  # fmt: skip


# ---- read


def read(connection: Connection, assignment: str) -> dict[str, list[Grading]]:
    """The gradings of an assignment by student, oldest first; empty for a gradebook without them."""
    if not inspect(connection).has_table(GRADINGS.name):
        return {}
    found: dict[str, list[Grading]] = {}
    query = select(GRADINGS).where(GRADINGS.c.assignment == assignment).order_by(GRADINGS.c.number)
    for row in connection.execute(query).mappings():
        times = (row["handed_in"], row["graded_at"])
        grading = Grading(json.loads(row["points"]), json.loads(row["names"]), *times, records.basis_in(dict(row)))
        found.setdefault(row["student"], []).append(grading)
    return found


# ---- compared


@dataclass(frozen=True, slots=True)
class GradeChange:
    """What the last grading of a submission changed.

    before, after: points, a person's included, before any late penalty; after: None where it has no grade now;
    exercises: those with other points, before and after; why: what differs between the two gradings, in words.
    """

    student: str
    before: float
    after: float | None
    exercises: Mapping[str, tuple[float, float]]
    why: tuple[str, ...]
    graded_at: datetime | None = None

    @property
    def is_other(self) -> bool:
        """Whether points differ."""
        return bool(self.exercises) or self.after is None


def changes_of(db_url: str, assignment: str) -> tuple[GradeChange, ...]:
    """What the last grading of each submission changed, by student; those that were graded once are left out."""
    return history_of(db_url, assignment)[1]


def history_of(db_url: str, assignment: str) -> tuple[dict[str, list[Grading]], tuple[GradeChange, ...]]:
    """The gradings of an assignment as `read` has them, and what the last of each submission changed."""
    with records.reading(db_url) as connection:
        gradings = read(connection, assignment)
        return gradings, _changes(connection, assignment, gradings) if gradings else ()


def _changes(connection: Connection, assignment: str, gradings: Mapping[str, list[Grading]]) -> tuple[GradeChange, ...]:
    noted = records.read(connection, assignment=assignment)
    by_person = _by_person(connection, assignment)
    query = select(TESTS.c.tests, TESTS.c.parts).where(TESTS.c.assignment == assignment)
    tests = {row.tests: json.loads(row.parts) for row in connection.execute(query)}
    found = []
    for student, mine in sorted(gradings.items()):
        record, hand = noted.get((assignment, student)), by_person.get(student, {})
        if record is not None and not record.is_graded:
            before = _exercises(mine[-1].points, hand)
            found.append(GradeChange(student, sum(before.values()), None, {}, (record.reason or record.state,)))
        elif len(mine) > 1:
            found.append(_change(student, mine[-2], mine[-1], hand, tests))
    return tuple(found)


_Hand = Mapping[tuple[str, str], tuple[float | None, float]]


def _by_person(connection: Connection, assignment: str) -> dict[str, dict[tuple[str, str], tuple[float | None, float]]]:
    """What people gave: by student, by notebook and cell, the points in place of the test's and the extra ones."""
    found: dict[str, dict[tuple[str, str], tuple[float | None, float]]] = {}
    for row in _grades(connection, assignment):
        if is_by_person(row.manual_score, row.extra_credit):
            mine = found.setdefault(row.student, {})
            mine[row.notebook, row.cell] = (row.manual_score, row.extra_credit or 0.0)
    return found


def _exercises(points: Cells, hand: _Hand) -> dict[str, float]:
    """Points of each exercise, with those that a person gave; see `counted`."""
    cells = {(notebook, cell): value or 0.0 for notebook, mine in points.items() for cell, value in mine.items()}
    found: dict[str, float] = {}
    for notebook, cell in cells.keys() | hand.keys():
        manual, extra = hand.get((notebook, cell), (None, 0.0))
        value = counted(cells.get((notebook, cell)), manual, extra)
        found[exercise_of(cell)] = found.get(exercise_of(cell), 0.0) + value
    return found


def _change(student: str, earlier: Grading, now: Grading, hand: _Hand, tests: Mapping[str, Any]) -> GradeChange:
    before, after = _exercises(earlier.points, hand), _exercises(now.points, hand)
    names = sorted(before.keys() | after.keys())
    pairs = {name: (before.get(name, 0.0), after.get(name, 0.0)) for name in names}
    other = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    why = _why(earlier.basis, now.basis, tests)
    return GradeChange(student, sum(before.values()), sum(after.values()), other, why, now.graded_at)


def _why(earlier: Basis | None, now: Basis | None, tests: Mapping[str, Any]) -> tuple[str, ...]:
    if earlier is None or now is None:
        return ("it was not recorded what it was graded with before",)
    why = causes(earlier, now)
    said = differences(why, earlier, now)
    if Cause.TESTS in said and earlier.tests in tests and now.tests in tests:
        parts = changed_parts(tests[earlier.tests], tests[now.tests])
        more = [f"{len(parts) - _SHOWN} more parts of the assignment"] if len(parts) > _SHOWN else []
        said[Cause.TESTS] = ", ".join([*parts[:_SHOWN], *more]) or said[Cause.TESTS]
    return tuple(said.values()) or ("nothing differs but the run",)
