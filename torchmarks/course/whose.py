"""Refuses a gradebook that belongs to another course, or cannot hold one, before anything is written to it."""

from __future__ import annotations

from collections.abc import Collection

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, inspect, text

from torchmarks.course.backup_contents import NAMELESS
from torchmarks.course.records import missing_file, reading
from torchmarks.errors import UsageError


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
    others = set(names) - NAMELESS - {ours}
    if others and ours not in names and ours not in NAMELESS:
        what = f"it is the gradebook of the course {', '.join(sorted(others))}, not of {ours}"
        remedy = "Set c.CourseDirectory.db_url or course_id in nbgrader_config.py."
        raise UsageError(what, str(directory.db_url).removeprefix("sqlite:///"), remedy)


def require_encoding(directory: CourseDirectory) -> None:
    """Raise UsageError for a database that cannot hold every text. One that does not exist yet is accepted."""
    if missing_file(str(directory.db_url)):
        return
    with reading(str(directory.db_url)) as connection:
        if fault := other_encoding(connection):
            raise fault


def other_encoding(connection: Connection) -> UsageError | None:
    """What is wrong with a database of PostgreSQL that holds ASCII only, as `createdb` makes it in a locale like C."""
    if connection.dialect.name != "postgresql":
        return None
    encoding = str(connection.execute(text("SHOW server_encoding")).scalar())
    if encoding == "UTF8":
        return None
    url = connection.engine.url
    remedy = (
        "Make another, createdb -T template0 -E UTF8 --owner OWNER NAME, and name it in c.CourseDirectory.db_url;"
        " what this one holds comes along with pg_dump and pg_restore."
    )
    return UsageError(f"has the encoding {encoding}, but notebooks and names need UTF8", str(url), remedy)
