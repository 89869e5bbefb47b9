"""Late penalties: what late work loses by today's due date, extensions and rule, against what the gradebook has noted.

nbgrader takes a penalty off when it grades and never looks again, so a due date that is corrected afterwards leaves
every mark as it was. Every place that shows marks warns of that; `update_penalties` alone writes, and only penalties.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import isclose
from typing import Any, Final

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Connection, case, func, inspect, or_, select, update
from traitlets.config import Config

from torchmarks.course import records
from torchmarks.course.commands import grade_command
from torchmarks.course.deadlines import extended
from torchmarks.course.marked import Marked
from torchmarks.course.records import Record, RecordState, missing_file
from torchmarks.errors import UsageError
from torchmarks.printable import printable
from torchmarks.wording import few, time_span

_SHOWN: Final = 10


class PenaltyFailed(UsageError):
    """A plugin of the course's own could not compute a late penalty."""


class Rule:
    """A course's own late penalty, as nbgrader's AssignLatePenalties takes it off. settings: the course's."""

    def __init__(self, settings: Config) -> None:
        self._step = AssignLatePenalties(config=Config(settings))
        self._step.init_plugin()  # nbgrader calls it in a step that does not run here

    def penalty(self, student: str, score: float, late: float) -> float | None:
        """The penalty on a notebook's score. late: in seconds. Raises PenaltyFailed."""
        if late <= 0:
            return None
        try:
            found: float | None = self._step.plugin_inst.late_submission_penalty(student, score, late)
            return None if found is None else min(max(found, 0), score)
        except Exception as error:  # the plugin may be the course's own
            what = f"the late penalty of {student} cannot be computed ({type(error).__name__}: {error})"
            raise PenaltyFailed(
                what, "AssignLatePenalties.plugin_class", "Fix the plugin, then grade again."
            ) from error

    def __str__(self) -> str:
        plugin = self._step.plugin_inst
        return repr(plugin.penalty_method) if type(plugin) is LateSubmissionPlugin else type(plugin).__name__


def seconds_late(handed_in: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    """As SubmittedAssignment.total_seconds_late has it."""
    deadline = extended(due, extension)
    return 0.0 if handed_in is None or deadline is None else max(0.0, (handed_in - deadline).total_seconds())


@dataclass(frozen=True, slots=True)
class OtherPenalty:
    """A graded submission whose noted penalty differs from what it would lose today.

    noted, now: points of all its notebooks; why: what today's comes from; is_left: a person has given it points, which
    may be the reason, and it is still late: then grading again is for a person to decide; rows: today's penalty
    by the id of the notebook's row.
    """

    student: str
    noted: float
    now: float
    why: str
    is_left: bool
    rows: Mapping[str, float | None]


def other_penalties(
    db_url: str,
    assignment: str,
    settings: Config,
    students: Collection[str] | None = None,
    noted: Mapping[str, Record] | None = None,
) -> tuple[OtherPenalty, ...]:
    """The graded submissions of an assignment whose noted penalty is not today's, by student. Changes nothing.

    students: only of these; noted: the records by student, for a caller that has them already. Raises PenaltyFailed.
    """
    if missing_file(db_url):
        return ()
    with records.reading(db_url) as connection:
        return _found(connection, assignment, Rule(settings), students, noted)


def update_penalties(
    db_url: str, assignment: str, settings: Config, students: Collection[str]
) -> tuple[OtherPenalty, ...]:
    """Note today's penalties of these students, or none. Returns those who had others; see `OtherPenalty.is_left`.

    Raises PenaltyFailed.
    """
    if not other_penalties(db_url, assignment, settings, students):
        return ()
    with records.opened(db_url) as connection:
        # wait for whoever is saving a grade at this moment: its points decide
        rows = select(SubmittedAssignment.id).join(Assignment).where(Assignment.name == assignment)
        connection.execute(rows.with_for_update(of=SubmittedAssignment)).all()
        found = _found(connection, assignment, Rule(settings), students)
        for row, penalty in (pair for one in found if not one.is_left for pair in one.rows.items()):
            where = SubmittedNotebook.id == row
            connection.execute(update(SubmittedNotebook).where(where).values(late_submission_penalty=penalty))
    return found


def penalty_lines(marked: Marked, students: Collection[str] = ()) -> list[str]:
    """Lines that name the students whose noted penalties are not today's, with the command that updates them.

    students: only of these; default: all.
    """
    assignment = marked.assignment
    wanted = (set(students) or None) if marked.student is None else {marked.student}
    try:
        others = other_penalties(marked.db_url, assignment, marked.config, wanted, marked.noted)
    except Exception as error:  # whatever a course's own plugin does: marks are shown anyway
        return [f"{assignment}: it is not known whether its late penalties are today's: {error}"]
    lines = []
    for is_left in (False, True):
        found = [one for one in others if one.is_left is is_left]
        if not found:
            continue
        names = few([f"{printable(one.student)} ({one.noted:g}, now {one.now:g})" for one in found], _SHOWN)
        but = ", some of whose points a person gave," if is_left else ""
        whose = found[0].student if len(found) == 1 else "STUDENT"
        command = grade_command(assignment, whose, force=True) if is_left else grade_command(assignment)
        lines.append(
            f"{assignment}: the due date, an extension or the rule for late work has changed since the late penalty of "
            f"{names}{but} was computed. To bring it up to date: {command}"
        )
    return lines


def subtracting(penalty: float) -> str:
    """What grading does with a penalty of so many points, behind "to"."""
    return f"subtract the penalty of {penalty:g} points" if penalty else "subtract no penalty"


def told(assignment: str, one: OtherPenalty) -> str:
    """What a run that has updated penalties says of a submission."""
    if not one.is_left:
        return f"{one.student}: late penalty {one.noted:g} before, now {one.now:g}: {one.why}"
    return (
        f"{one.student}: late penalty left at {one.noted:g}, as a person has given points; it would be {one.now:g}: "
        f"{one.why}. To {subtracting(one.now)}: {grade_command(assignment, one.student, force=True)}"
    )


def _found(
    connection: Connection,
    assignment: str,
    rule: Rule,
    students: Collection[str] | None,
    noted: Mapping[str, Record] | None = None,
) -> tuple[OtherPenalty, ...]:
    if not inspect(connection).has_table(Grade.__tablename__):
        return ()
    noted = records.noted_in(connection, assignment) if noted is None else noted
    found = []
    wanted = None if students is None else set(students)
    for student, rows in groupby(connection.execute(_query(assignment)), key=lambda row: str(row.student_id)):
        if wanted is not None and student not in wanted:
            continue
        # points without a record: graded without this package
        record = noted.get(student, Record(RecordState.GRADED))
        # a provisional mark gets its penalty when `watch` grades finally
        if record.is_graded and not record.is_provisional:
            one = _of(student, list(rows), rule)
            found += [] if one is None else [one]
    return tuple(found)


def _query(assignment: str) -> Any:
    """A row for each notebook. Summed in one pass: nbgrader's `score` looks through all grades for each of them."""
    by_person = or_(Grade.manual_score.is_not(None), func.coalesce(Grade.extra_credit, 0) != 0)
    whose = (
        SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension,
        Assignment.duedate, SubmittedNotebook.id, SubmittedNotebook.late_submission_penalty.label("penalty"),
    )  # fmt: skip
    return (
        select(*whose, func.sum(Grade.score).label("score"), func.max(case((by_person, 1), else_=0)).label("by_person"))
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(Assignment.name == assignment)
        .group_by(*whose)
        .order_by(SubmittedAssignment.student_id, SubmittedNotebook.id)
    )


def _of(student: str, rows: Iterable[Any], rule: Rule) -> OtherPenalty | None:
    noted = now = late = 0.0
    by_person, other = False, {}
    for row in rows:
        late = seconds_late(row.timestamp, row.duedate, row.extension)
        penalty = rule.penalty(student, row.score, late)
        noted, now = noted + (row.penalty or 0.0), now + (penalty or 0.0)
        if not isclose(penalty or 0.0, row.penalty or 0.0, abs_tol=1e-6):  # sums of floats, in another order
            other[str(row.id)] = penalty
            by_person = by_person or bool(row.by_person)
    return OtherPenalty(student, noted, now, _why(row, late, rule), by_person and late > 0, other) if other else None


def _why(row: Any, late: float, rule: Rule) -> str:
    due = extended(row.duedate, row.extension)
    if due is None:
        return "there is no due date"
    if row.timestamp is None:
        return "it is not known when it was handed in"
    more = ", extension included" if row.extension else ""
    when = f"handed in {row.timestamp:%Y-%m-%d %H:%M} UTC, due {due:%Y-%m-%d %H:%M} UTC"
    return f"{when}{more}, {f'{time_span(late)} late, by the rule {rule}' if late else 'so in time'}"
