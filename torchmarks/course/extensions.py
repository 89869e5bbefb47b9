"""Extensions: more time for one student, in the gradebook, from which nbgrader computes lateness.

nbgrader keeps an extension with a submission, and has no command for it. For a student who has handed in nothing yet, a
submission without files is made, as nbgrader itself does when one comes in; it has no mark anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nbgrader.api import Gradebook, MissingEntry
from traitlets.config import Config

from torchmarks.course import records
from torchmarks.course.commands import due_date_command, generate_command, grade_command, nbgrader_command
from torchmarks.course.penalties import PenaltyFailed, other_penalties, subtracting
from torchmarks.course.records import missing_file
from torchmarks.errors import UsageError
from torchmarks.printable import printable
from torchmarks.wording import time_span

_LONGEST: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Extension:
    """The time that a student has now.

    until: the end of it, UTC without a zone; late: seconds by which the work is late, None where nothing was handed in;
    given: their extension now, zero for none; before: the extension that they had before `extend`; changes: whether a
    final mark gets another late penalty; needs_force: whether grading leaves that penalty as it is, because a person
    has given points; penalty: what the work would lose where it changes; is_provisional: whether the mark is
    provisional until `watch` grades finally.
    """

    until: datetime
    late: float | None
    given: timedelta = timedelta()
    before: timedelta = timedelta()
    changes: bool = False
    needs_force: bool = False
    penalty: float = 0.0
    is_provisional: bool = False


def extend(db_url: str, course_id: str, assignment: str, student: str, by: timedelta, settings: Config) -> Extension:
    """Give a student until the due date and `by`, in place of an earlier extension; zero takes it back.

    settings: the course's, for its late penalty.
    Raises UsageError for an assignment without a due date, for a student or assignment that the gradebook does not
    know, and, once the time is given, for a late penalty that cannot be computed.
    """
    if not timedelta() <= by <= _LONGEST:
        what = "less time than the due date gives" if by < timedelta() else f"more than {_LONGEST.days} days"
        remedy = "Give days or hours from the due date on, 0 to take one back."
        raise UsageError(f"an extension cannot be {what}", f"{by / timedelta(days=1):g} days", remedy)
    _require_gradebook(db_url, assignment)
    with Gradebook(db_url, course_id) as gradebook:
        due = _due(gradebook, assignment, student)
        with gradebook.db.no_autoflush:  # nbgrader 0.9.6 reads while objects are in no session yet: SQLAlchemy warns
            submission = gradebook.update_or_create_submission(assignment, student)
        before = submission.extension or timedelta()
        submission.extension = by or None
        gradebook.db.commit()
        if submission.timestamp is None:
            return Extension(due + by, None, by, before)
        late = float(submission.total_seconds_late)
        record = records.noted(db_url, assignment).get(student)
        if record is not None and record.is_provisional:  # a grade now would be final, before its time
            return Extension(due + by, late, by, before, is_provisional=True)
        try:
            others = other_penalties(db_url, assignment, settings, (student,))
        except PenaltyFailed as error:
            raise UsageError(f"the time is given, but {error.what}", error.where, error.remedy) from error
        if not others:
            return Extension(due + by, late, by, before)
        (other,) = others
        return Extension(due + by, late, by, before, changes=True, needs_force=other.is_left, penalty=other.now)


def present(db_url: str, course_id: str, assignment: str, student: str) -> Extension:
    """The time that a student has, without changing anything. Raises UsageError as `extend` does."""
    _require_gradebook(db_url, assignment)
    with Gradebook(db_url, course_id) as gradebook:
        due = _due(gradebook, assignment, student)
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return Extension(due, None)
        given = submission.extension or timedelta()
        late = None if submission.timestamp is None else float(submission.total_seconds_late)
        return Extension(due + given, late, given, given)


def lines_on_present(assignment: str, student: str, found: Extension) -> list[str]:
    """Lines on the time that a student has, as `present` found it."""
    has = _words(found.given) or "no extension"
    due = f"{_due_by(assignment, student, found)}, with {has}."
    lines = [f"{due} Nothing was changed: that needs --days or --hours."]
    if found.late is not None:
        lines.append(f"What they have handed in is {_how_late(found.late)} by that.")
    return lines


def lines_on_extended(assignment: str, student: str, given: Extension) -> list[str]:
    """Lines on the time that `extend` gave, and on what is to be done about what was handed in already."""
    has, had, due = _words(given.given), _words(given.before), _due_by(assignment, student, given)
    if had and not has:
        lines = [f"{due}; taken back: {had}"]
    else:
        lines = [f"{due}; before: {had}" if had and had != has else due]
    if given.late is None:
        return lines
    handed_in = f"What they have handed in is {_how_late(given.late)} by that"
    if given.is_provisional:
        return [*lines, f"{handed_in}; its mark is provisional, and torchmarks watch makes it final then."]
    if not given.changes:
        return [*lines, f"{handed_in}. No late penalty changes."]
    if given.needs_force:
        lines.append(f"{handed_in}, but a person has given points. To {subtracting(given.penalty)} anyway:")
    else:
        lines.append(f"{handed_in}. To bring the late penalty up to date:")
    return [*lines, f"  {printable(grade_command(assignment, student, force=given.needs_force))}"]


def _due_by(assignment: str, student: str, one: Extension) -> str:
    return f"{printable(student)}: {assignment} is due by {one.until:%Y-%m-%d %H:%M} UTC"


def _words(extension: timedelta) -> str:
    return f"an extension of {time_span(extension.total_seconds())}" if extension else ""


def _how_late(seconds: float) -> str:
    return f"{time_span(seconds)} late" if seconds else "in time"


def _require_gradebook(db_url: str, assignment: str) -> None:
    if place := missing_file(db_url):
        raise UsageError("there is no gradebook yet", place, f"Run: {generate_command(assignment)}")


def _due(gradebook: Gradebook, assignment: str, student: str) -> datetime:
    """The due date of an assignment and a student that the gradebook knows."""
    try:
        found = gradebook.find_assignment(assignment)
    except MissingEntry as error:
        known = ", ".join(one.name for one in gradebook.assignments)
        raise UsageError("the gradebook has no such assignment", repr(assignment), f"Known: {known}.") from error
    if found.duedate is None:
        remedy = f"Set it: {due_date_command(assignment)}"
        raise UsageError("it has no due date to be extended", assignment, remedy)
    try:
        gradebook.find_student(student)
    except MissingEntry as error:
        remedy = f"Check the id, or add it: {nbgrader_command('db', 'student', 'add', 'ID')}"
        raise UsageError("the gradebook has no such student", repr(student), remedy) from error
    due: datetime = found.duedate
    return due
