"""Refuses a gradebook that belongs to another course, before anything is read from it or written to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, inspect, text

from torchmarks.course.records import missing_file, reading
from torchmarks.errors import UsageError

_NAMELESS: Final = {"", "default_course"}  # nbgrader's name for a course without a name


def require_own(directory: CourseDirectory) -> None:
    """Raise UsageError for a gradebook of another course. One that does not exist yet is accepted."""
    place = str(directory.db_url)
    if missing_file(place):
        return
    with reading(place) as connection:
        refuse_other(directory, courses_in(connection))


def courses_in(connection: Connection) -> set[str]:
    """The names of the courses that a gradebook holds."""
    if not inspect(connection).has_table("course"):
        return set()
    return {str(row[0]) for row in connection.execute(text("SELECT id FROM course"))}


def refuse_other(directory: CourseDirectory, names: Collection[str]) -> None:
    """Raise UsageError where these are the names of other courses. names: those that a gradebook holds."""
    ours = str(directory.course_id or "")
    others = set(names) - _NAMELESS - {ours}
    if others and ours not in names and ours not in _NAMELESS:
        what = f"it is the gradebook of the course {', '.join(sorted(others))}, not of {ours}"
        remedy = "Set c.CourseDirectory.db_url or course_id in nbgrader_config.py."
        raise UsageError(what, str(directory.db_url).removeprefix("sqlite:///"), remedy)
