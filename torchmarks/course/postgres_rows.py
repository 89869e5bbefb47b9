"""Puts the rows of a dump of PostgreSQL into a gradebook; nothing else of the dump is used.

A dump is a program: its definitions are SQL, which `pg_restore` would run as the owner of the database. So the tables
are nbgrader's and ours, made here, and `pg_restore` only prints rows, without a database
(https://www.postgresql.org/docs/current/app-pgrestore.html), those of each table to be sent as data
(https://www.postgresql.org/docs/current/sql-copy.html).
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from nbgrader.api import Base, get_alembic_version
from sqlalchemy import Connection, Table, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from torchmarks.course import records
from torchmarks.course.programs import programs_found
from torchmarks.errors import MachineError, TorchmarksError, UsageError
from torchmarks.printable import printable

_LAYOUT: Final = "torchmarks_layout"  # that of the tables made here, whatever the dump's were
TABLES: Final[dict[str, Table]] = {
    table.name: table
    for metadata in (Base.metadata, records.METADATA, records.PLATFORMS)
    for table in metadata.sorted_tables
    if table.name != _LAYOUT
}
_HEADER: Final = re.compile(rb'COPY public\."?(\w+)"? \(([\w", ]*)\) FROM stdin;\n')
_LINE: Final = 1 << 28  # bytes: a row holds a cell of a notebook at most
_TABLE: Final = 1 << 33  # bytes of a table: what is packed into a small file may have no end
_COLUMN: Final = 1 << 26  # bytes of a table that is kept in memory
_TOO_MUCH: Final = "unpacks to more than any gradebook holds"
_END: Final = b"\\.\n"
_DRIVER: Final = "postgresql+psycopg2"  # whichever the course uses: sending rows is not a matter of SQLAlchemy's
_NOTHING: Final = "Nothing was changed."


def load(url: URL, file: Path) -> None:
    """Put the rows of a dump that was examined into the place of the gradebook at `url`, all of them or nothing.

    Raises UsageError for a dump that is not a gradebook's, MachineError for what PostgreSQL refuses.
    """
    try:
        engine = create_engine(url.set(drivername=_DRIVER), poolclass=NullPool)
    except ImportError as error:
        raise MachineError(f"{_DRIVER} is not installed ({error}).", "Install torchmarks[cluster].") from error
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            _make_tables(connection)
            connection.execute(text(f"TRUNCATE {', '.join(TABLES)}"))
            for table in TABLES.values():
                _fill(connection, table, file)
    except DBAPIError as error:
        raise _refused(error.orig) from error
    finally:
        engine.dispose()


def _make_tables(connection: Connection) -> None:
    is_new = not inspect(connection).get_table_names()
    Base.metadata.create_all(connection)
    records.make_tables(connection)
    records.PLATFORMS.create_all(connection)
    if is_new:  # as nbgrader's Gradebook does
        with programs_found():
            version = get_alembic_version()
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


def _fill(connection: Connection, table: Table, file: Path) -> None:
    with rows_of(file, table.name) as found:
        if found is None:  # of an older version, which had no such table
            return
        columns, rows = found
        unknown = [name for name in columns if name not in table.c]
        if unknown or not columns:
            what = f"has a column {table.name}.{printable(', '.join(unknown))}, which no gradebook has"
            raise UsageError(what, str(file), "Take another backup.")
        names = ", ".join(f'"{name}"' for name in columns)
        driver: Any = connection.dialect.loaded_dbapi
        cursor: Any = connection.connection.cursor()
        sent = _Readable(rows)
        try:
            cursor.copy_expert(f"COPY {table.name} ({names}) FROM STDIN", sent)
        except driver.Error as error:
            raise sent.error or _refused(error) from error
    number = table.autoincrement_column
    if number is not None and connection.execute(select(func.pg_get_serial_sequence(table.name, number.name))).scalar():
        last = connection.execute(select(func.max(number))).scalar()
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(select(func.setval(sequence, last or 1, last is not None)))


def _refused(error: object) -> MachineError:
    why = (str(error).strip().splitlines() or ["no reason given"])[0]
    return MachineError(f"PostgreSQL refuses the rows: {printable(why)}.", _NOTHING)


def column_of(file: Path, table: str, column: str) -> list[str]:
    """A column of a small table in a dump; nothing where it is not there. Raises UsageError."""
    values: list[str] = []
    left = _COLUMN
    with rows_of(file, table) as found:
        columns, rows = found or ([], iter(()))
        if found is not None and column not in columns:
            raise UsageError(f"has no column {table}.{column}", str(file), "Take another backup.")
        for row in rows:
            left -= len(row)
            if left < 0:
                raise UsageError(_TOO_MUCH, str(file), "Take another backup.")
            cells = row.rstrip(b"\n").split(b"\t")
            values.append(cells[columns.index(column)].decode("utf-8", "replace") if len(cells) == len(columns) else "")
    return values


@contextmanager
def rows_of(file: Path, table: str) -> Iterator[tuple[list[str], Iterator[bytes]] | None]:
    """The columns of a table in a dump, and its rows as lines of COPY's text format; None where it is not there.

    Raises UsageError for anything but a dump of rows.
    """
    command = ["pg_restore", "--data-only", "--schema=public", f"--table={table}", "--file=-", str(file)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as process,
    ):
        assert process.stdout is not None
        try:
            lines = _lines(process.stdout, file)
            header = next((line for line in lines if line.startswith(b"COPY ")), None)
            if header is None:
                yield None
            else:
                rows = _rows(lines, file)
                yield _columns(header, table, file), rows
                for _ in rows:  # not wanted
                    pass
                if any(line.startswith(b"COPY ") for line in lines):
                    raise UsageError(f"has two tables {table}", str(file), "Take another backup.")
            if process.wait() != 0:
                said.seek(0)
                why = " ".join(printable(said.read(500).decode("utf-8", "replace")).split())
                raise UsageError(f"cannot be read ({why})", str(file), "Take another backup.")
        finally:
            process.kill()


def _columns(header: bytes, table: str, file: Path) -> list[str]:
    found = _HEADER.fullmatch(header)
    if found is None or found[1].decode() != table:
        raise UsageError(f"has no rows where those of {table} should be", str(file), "Take another backup.")
    return [name.strip().strip('"') for name in found[2].decode().split(",")]


def _lines(stream: IO[bytes], file: Path) -> Iterator[bytes]:
    left = _TABLE
    while line := stream.readline(_LINE):
        left -= len(line)
        if left < 0 or len(line) == _LINE:
            raise UsageError(_TOO_MUCH, str(file), "Take another backup.")
        yield line


def _rows(lines: Iterator[bytes], file: Path) -> Iterator[bytes]:
    for line in lines:
        if line == _END:
            return
        yield line
    raise UsageError("ends in the middle of a table", str(file), "Take another backup.")


class _Readable:
    """Lines as the file that COPY reads. error: what was wrong with them, which the driver only quotes."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._rest = lines, b""
        self.error: TorchmarksError | None = None

    def read(self, size: int) -> bytes:
        """The next bytes, b"" at the end."""
        if not self._rest:
            try:
                self._rest = next(self._lines, b"")
            except TorchmarksError as error:
                self.error = error
                raise
        found, self._rest = self._rest[:size], self._rest[size:]
        return found
