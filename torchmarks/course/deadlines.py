"""A student's deadline on an assignment: its due date and the student's own extension.

Reads the gradebook; changes nothing, and makes no gradebook where there is none. nbgrader keeps an extension with a
submission: a student who has handed in nothing has none, unless `torchmarks extend` made a submission without files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from nbgrader.api import Assignment, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import inspect, select

from torchmarks.course.records import missing_file, reading

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadlines of an assignment, in UTC. due: None where the gradebook has no date; extensions: by student."""

    due: datetime | None
    extensions: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, student: str) -> datetime | None:
        """A student's own deadline."""
        return extended(self.due, self.extensions.get(student))

    @property
    def first(self) -> datetime | None:
        """When the first student's time ends."""
        shortest = min(self.extensions.values(), default=_NONE)
        return None if self.due is None else self.due + min(shortest, _NONE)

    @property
    def last(self) -> datetime | None:
        """When the last student's time ends."""
        longest = max(self.extensions.values(), default=_NONE)
        return None if self.due is None else self.due + max(longest, _NONE)


def extended(due: datetime | None, extension: timedelta | None) -> datetime | None:
    """A student's own deadline; None where there is no due date, which nothing can extend."""
    return None if due is None else due + (extension or _NONE)


def deadlines_of(directory: CourseDirectory, assignment: str) -> Deadlines | None:
    """The deadlines of an assignment; None where the gradebook does not know it."""
    if missing_file(str(directory.db_url)):
        return None
    with reading(str(directory.db_url)) as connection:
        if not inspect(connection).has_table(Assignment.__tablename__):
            return None
        row = connection.execute(
            select(Assignment.id, Assignment.duedate).where(Assignment.name == assignment)
        ).one_or_none()
        if row is None:
            return None
        if row.duedate is None:
            return Deadlines(None)
        query = select(SubmittedAssignment.student_id, SubmittedAssignment.extension).where(
            SubmittedAssignment.assignment_id == row.id, SubmittedAssignment.extension.is_not(None)
        )
        extensions = {str(student): extension for student, extension in connection.execute(query)}
        return Deadlines(row.duedate.replace(tzinfo=UTC), extensions)  # nbgrader keeps UTC without a zone
