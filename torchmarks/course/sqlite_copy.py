"""Examines a gradebook in a file of SQLite's, and copies it while others write to it.

The online backup API copies pages (https://www.sqlite.org/backup.html,
https://www.sqlite.org/c3ref/backup_finish.html): a copy by `cp` lacks what is still in the write-ahead log. Must not
decide what a file is called.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from torchmarks.course import postgres_dump
from torchmarks.course.backup_contents import Contents, fingerprint, refuse_later, refuse_others, require_file
from torchmarks.course.records import BUSY_MS
from torchmarks.errors import MachineError, UsageError
from torchmarks.printable import printable

Say = Callable[[str], None]
SIDES: Final = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file; never to be read with another one
_HEAD: Final = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html, 1.3.1
_NBGRADERS: Final = frozenset({"assignment", "base_cell", "grade", "student", "submitted_assignment"})
_ACTS: Final = "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index') ORDER BY name"
# What would write by itself into a later grading: a point, where a grader leaves a cell for a person.
_DEFAULTS: Final = """
    SELECT m.name || '.' || x.name FROM sqlite_master m, pragma_table_xinfo(m.name) x
    WHERE m.type = 'table' AND (x.dflt_value IS NOT NULL OR x.hidden) ORDER BY 1
"""
_NBGRADERS_DEFAULT: Final = "notebook.kernelspec"
_VIRTUAL: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage = 0 ORDER BY name"
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_WAIT: Final = "Wait until it has ended, and try again."
_PAGES: Final = 2_000  # between two looks at the clock: 8 MB


def examined(path: Path, course_id: str = "") -> Contents:
    """What a copy of a gradebook holds. course_id: whose it has to be, "" for anybody's.

    Raises UsageError for a file that is not a whole gradebook, is another course's, or comes from a later version of
    this package.
    """
    require_file(path)
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
    if head != _HEAD:
        dump = head.startswith(postgres_dump.HEAD)
        what = "is a dump of PostgreSQL, and this gradebook is a file of SQLite's" if dump else "is not a gradebook"
        raise UsageError(what, str(path), "Name a file that `torchmarks backup` has made of this gradebook.")
    try:
        with contextlib.closing(_opened(path, "ro")) as connection:
            return _contents(connection, path, course_id)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) in _LOCKED:
            raise MachineError(f"{path} is locked by another program.", _WAIT) from error
        raise UsageError(f"cannot be read ({error})", str(path), "Take another backup.") from error


def _contents(connection: sqlite3.Connection, path: Path, course_id: str) -> Contents:
    connection.execute("PRAGMA trusted_schema = OFF")  # nothing in the file may run
    (sound,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if sound != "ok":
        raise UsageError(f"is damaged ({' '.join(str(sound).split())})", str(path), "Take another backup.")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _NBGRADERS:
        raise UsageError("is a database, but not a gradebook of nbgrader's", str(path), "Name a backup of a gradebook.")
    acts = [f"{kind} {name!r}" for kind, name in connection.execute(_ACTS)]
    acts += [f"virtual table {name!r}" for (name,) in connection.execute(_VIRTUAL)]
    if not acts:  # a virtual table's columns are asked of its module
        found = connection.execute(_DEFAULTS)
        acts = [f"value that {name!r} takes by itself" for (name,) in found if name != _NBGRADERS_DEFAULT]
    if acts:  # a trigger would write what it says into every later grading
        what = f"has a {printable(acts[0])}, which no gradebook has"
        raise UsageError(what, str(path), "Find out who put it there; drop it, or take another backup.")
    if "torchmarks_layout" in tables:
        refuse_later(connection.execute("SELECT max(version) FROM torchmarks_layout").fetchone()[0], path)
    if course_id and "course" in tables:
        refuse_others([name for (name,) in connection.execute("SELECT id FROM course")], course_id, path)
    ids = frozenset(str(student) for (student,) in connection.execute("SELECT id FROM student"))
    (submissions,) = connection.execute("SELECT count(*) FROM submitted_assignment").fetchone()
    row = "torchmarks_secret" in tables and connection.execute("SELECT secret FROM torchmarks_secret").fetchone()
    secret = str(row[0]) if row else ""
    return Contents(len(ids), submissions, bool(row), ids, fingerprint(secret))


def copied(place: Path, made: Path, say: Say) -> None:
    """Copy a gradebook into an empty file. Raises MachineError."""
    try:
        with contextlib.closing(_opened(place, "rw")) as source, contextlib.closing(_opened(made, "rw")) as target:
            _copy(source, target, place, say)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:  # of the copy: the gradebook is only read
            raise MachineError(
                f"The copy of {place} cannot be written: {error}.", f"Free some space for {made.parent}."
            ) from error
        raise MachineError(f"{place} cannot be copied: {error}.", "See which program holds it.") from error


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, place: Path, say: Say) -> None:
    """All pages as they are now, as one transaction of the target's."""
    begun = time.monotonic()

    def look(status: int, remaining: int, total: int) -> None:
        # CPython tries again for ever while one of the two is locked.
        if status in _LOCKED and time.monotonic() - begun > BUSY_MS / 1000:
            raise MachineError(f"{place} is locked by another program.", _WAIT)
        if total:
            say(f"copying the gradebook: {100 * (total - remaining) // total} %")

    # Held over all steps: one that another program wrote in between would restart the copy, without an end.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    source.backup(target, pages=_PAGES, progress=look, sleep=0.1)
    source.execute("COMMIT")


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode={mode}"  # with "rw" a file that is gone is not made again
    return sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)


def exchanged(file: Path, place: Path, say: Say) -> None:
    """Copy a file that was examined over a gradebook that others may have open, in one transaction. Raises
    MachineError.
    """
    try:
        with contextlib.closing(_opened(file, "ro")) as source, contextlib.closing(_opened(place, "rw")) as target:
            _copy(source, target, place, say)
    except sqlite3.Error as error:
        raise MachineError(
            f"{place} cannot be written: {error}.", "It is unchanged. See which program holds it."
        ) from error
