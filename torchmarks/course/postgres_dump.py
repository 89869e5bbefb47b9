"""Copies and examines a gradebook in PostgreSQL with PostgreSQL's own programs, or refuses and shows their commands.

pg_dump takes one snapshot while others write (https://www.postgresql.org/docs/current/app-pgdump.html). The password is
passed in the environment, never on a command line. `postgres_rows` puts a dump back.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from torchmarks.course.backup_contents import Contents, fingerprint, refuse_later, refuse_others, require_file
from torchmarks.course.postgres_rows import column_of
from torchmarks.errors import MachineError, UsageError

HEAD: Final = b"PGDMP"  # with which a dump of the custom format begins
_TABLE: Final = "submitted_assignment"
_INSTALL: Final = "Install them (Debian: apt-get install postgresql-client), or run where they are:"


def require_programs(url: URL, to: Path) -> None:
    """Raise MachineError, with the command to run elsewhere, where PostgreSQL's programs are not on PATH."""
    if missing := [name for name in ("pg_dump", "pg_restore") if shutil.which(name) is None]:
        reason = f"The gradebook is in PostgreSQL, and its programs are not on PATH ({', '.join(missing)})."
        raise MachineError(reason, f"{_INSTALL} {shlex.join(_dumping(url, to))}")


def dump(url: URL, made: Path) -> None:
    """Write the gradebook at `url` to a file. Raises MachineError."""
    _run(url, _dumping(url, made))


def _dumping(url: URL, to: Path) -> list[str]:
    return ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}", *_where(url)]


def examined(file: Path, course_id: str = "") -> Contents:
    """What a dump holds. course_id: whose it has to be, "" for anybody's. Raises UsageError."""
    require_file(file)
    with file.open("rb") as opened:
        if opened.read(len(HEAD)) != HEAD:
            what = "is not a dump of PostgreSQL, which this course keeps its gradebook in"
            raise UsageError(what, str(file), "Name a file that `torchmarks backup` has made of it.")
    try:
        listed = _run(None, ["pg_restore", "--list", str(file)])
    except MachineError as error:
        if shutil.which("pg_restore") is None:
            raise
        raise UsageError(f"cannot be read ({error.reason})", str(file), "Take another backup.") from error
    if f"TABLE DATA public {_TABLE} " not in listed:
        raise UsageError("is a dump, but not of a gradebook of nbgrader's", str(file), "Name a backup of a gradebook.")
    if course_id:
        refuse_others(column_of(file, "course", "id"), course_id, file)
    versions = column_of(file, "torchmarks_layout", "version")
    if not all(version.isdecimal() for version in versions):
        raise UsageError("has a layout that is not a number", str(file), "Take another backup.")
    refuse_later(max(map(int, versions), default=None), file)
    secret = next(iter(column_of(file, "torchmarks_secret", "secret")), "")
    return Contents(None, None, bool(secret), frozenset(column_of(file, "student", "id")), fingerprint(secret))


def contents(url: URL) -> Contents:
    """What the gradebook at `url` is recognised by, where there is one."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            ids = frozenset(str(one) for one in connection.execute(text("SELECT id FROM student")).scalars())
            there = inspect(connection).has_table("torchmarks_secret")
            found = connection.execute(text("SELECT secret FROM torchmarks_secret")).scalar() if there else None
    finally:
        engine.dispose()
    return Contents(None, None, bool(found), ids, fingerprint(str(found or "")))


def has_gradebook(url: URL) -> bool:
    """Whether there is one at `url`. Raises MachineError where nobody answers."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        return bool(inspect(engine).has_table(_TABLE))
    except DBAPIError as error:
        raise MachineError(f"{shown(url)} cannot be reached: {' '.join(str(error.orig).split())}.") from error
    finally:
        engine.dispose()


def shown(url: URL) -> str:
    """The address without the password."""
    return url.render_as_string(hide_password=True)


def _where(url: URL) -> list[str]:
    """The database as libpq's connection string, without the password."""
    parts = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    parts |= {name: value for name, value in url.query.items() if isinstance(value, str)}
    quoted = {name: str(value).replace("\\", r"\\").replace("'", r"\'") for name, value in parts.items() if value}
    return ["--no-password", "--dbname=" + " ".join(f"{name}='{value}'" for name, value in quoted.items())]


def _run(url: URL | None, command: list[str]) -> str:
    """What a program of PostgreSQL's prints. Raises MachineError with the reason that it gives."""
    if shutil.which(command[0]) is None:
        reason = f"The gradebook is in PostgreSQL, and its program {command[0]} is not on PATH."
        raise MachineError(reason, f"{_INSTALL} {shlex.join(command)}")
    environment = dict(os.environ, PGOPTIONS="-c lock_timeout=30s", LC_MESSAGES="C")
    if url is not None and url.password:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise MachineError(f"{command[0]} failed: {said}.", "Nothing was changed.")
    return done.stdout
