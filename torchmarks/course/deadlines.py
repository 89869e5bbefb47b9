"""Until when a student's work on an assignment is on time: its due date and the student's own extension.

Reads the gradebook; changes nothing. nbgrader keeps an extension with a submission: who has handed in nothing has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """due: None where the gradebook has no date; extensions: by student. Times in UTC."""

    due: datetime | None
    extensions: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, student: str) -> datetime | None:
        """A student's own deadline."""
        return None if self.due is None else self.due + self.extensions.get(student, _NONE)

    @property
    def last(self) -> datetime | None:
        """When nobody has time left."""
        longest = max(self.extensions.values(), default=_NONE)
        return None if self.due is None else self.due + max(longest, _NONE)


def deadlines_of(directory: CourseDirectory, assignment: str) -> Deadlines | None:
    """The deadlines of an assignment; None where the gradebook does not know it."""
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        try:
            found = gradebook.find_assignment(assignment)
        except MissingEntry:
            return None
        if found.duedate is None:
            return Deadlines(None)
        extensions = {str(one.student_id): one.extension for one in found.submissions if one.extension is not None}
        return Deadlines(found.duedate.replace(tzinfo=UTC), extensions)  # nbgrader keeps UTC without a zone
