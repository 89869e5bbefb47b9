"""Notes in the gradebook from which platform a submission came, and under which names.

So a platform gets feedback back under names that it knows, an older download does not replace a newer one, and work
that came by another way is not replaced unasked. Every statement is one of a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, inspect, select

from torchmarks.course.reachable import reachable
from torchmarks.course.records import COLLECTED, PLATFORMS, ZONES, missing_file, open_engine


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file of a submission. file: its path in submitted/; given: in the archive; upload: larger for what is later."""

    student: str
    file: str
    platform: str
    given: str
    upload: int


def read(db_url: str, assignment: str) -> dict[str, list[TakenFile]]:
    """What was collected of an assignment, by student; empty where nothing ever was."""
    if missing_file(db_url):
        return {}
    found: dict[str, list[TakenFile]] = {}
    with _connected(db_url) as connection:
        if not inspect(connection).has_table(COLLECTED.name):
            return {}
        query = select(COLLECTED).where(COLLECTED.c.assignment == assignment).order_by(COLLECTED.c.file)
        for row in connection.execute(query):
            taken = TakenFile(row.student, row.file, row.platform, row.given, row.upload)
            found.setdefault(row.student, []).append(taken)
    return found


def write(db_url: str, assignment: str, student: str, files: Sequence[TakenFile]) -> None:
    """Note a submission in place of an earlier one."""
    with _connected(db_url) as connection:
        PLATFORMS.create_all(connection)
        mine = (COLLECTED.c.assignment == assignment, COLLECTED.c.student == student)
        connection.execute(delete(COLLECTED).where(*mine))
        rows = [
            {"assignment": assignment, "student": student, "file": one.file, "platform": one.platform}
            | {"given": one.given, "upload": one.upload}
            for one in files
        ]
        if rows:
            connection.execute(insert(COLLECTED), rows)


def zone_of(db_url: str, assignment: str) -> str:
    """The zone that was named when an assignment was collected last, "" where none ever was."""
    if missing_file(db_url):
        return ""
    with _connected(db_url) as connection:
        if not inspect(connection).has_table(ZONES.name):
            return ""
        return connection.scalar(select(ZONES.c.zone).where(ZONES.c.assignment == assignment)) or ""


def keep_zone(db_url: str, assignment: str, zone: str) -> None:
    """Note the zone that was named for an assignment's times, in place of an earlier one."""
    with _connected(db_url) as connection:
        PLATFORMS.create_all(connection)
        connection.execute(delete(ZONES).where(ZONES.c.assignment == assignment))
        connection.execute(insert(ZONES).values(assignment=assignment, zone=zone))


@contextmanager
def _connected(db_url: str) -> Iterator[Connection]:
    engine = open_engine(db_url, pooled=False)
    try:
        with reachable(db_url), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
