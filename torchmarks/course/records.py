"""Our tables beside nbgrader's own in the gradebook: what was graded, by which command and with what.

Owns the layout of these tables, among them the one that holds the course's secret and those of what was seen to come in
or was collected; and the indexes that nbgrader's tables get. Of those it reads who has points, and takes points back.
Every statement is one of a transaction that the caller opened. Must not grade, touch files, or decide whether something
is graded again.

`torchmarks grade` and nbgrader's own commands write a row. nbgrader's also write one when grading begins: a row that
stays so is a grading that failed, whatever points are beside it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Assignment, Comment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.pool import NullPool

from torchmarks.checks.seeding import Phase
from torchmarks.errors import MachineError
from torchmarks.grading import Basis

VERSION: Final = 5  # of the layout below; 1 to 4 were never released
BUSY_MS: Final = 30_000
OURS: Final = "torchmarks"  # Record.grader
NBGRADER: Final = "nbgrader"
BASIS: Final = tuple(Basis.__dataclass_fields__)  # in the tables that note what a grade was made from
_BASIS_TYPES: Final = {"limits": Text(), "phase": String(32)}  # in DONE, the others: String(64)
METADATA = MetaData()
DONE = Table(
    "torchmarks_done",
    METADATA,
    Column("step", String(16), primary_key=True),  # "grade" or "feedback"
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text(), nullable=False),
    Column("graded_at", DateTime(), nullable=False),
    Column("grader", String(16), nullable=False),
    *(Column(name, _BASIS_TYPES.get(name, String(64))) for name in BASIS),
)
# Of one row. In hexadecimal, so that a person can move it to another gradebook.
SECRET = Table(
    "torchmarks_secret",
    METADATA,
    Column("number", Integer(), primary_key=True, autoincrement=False),
    Column("secret", String(64), nullable=False),
)
# Every grading that finished: DONE only holds the last. See course/gradings.py.
GRADINGS = Table(
    "torchmarks_gradings",
    METADATA,
    Column("number", Integer(), primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("graded_at", DateTime()),
    Column("handed_in", DateTime()),
    Column("points", Text(), nullable=False),
    Column("names", Text(), nullable=False),
    *(Column(name, Text()) for name in BASIS),
    Index("torchmarks_gradings_whose", "assignment", "student"),
)
# What the tests were, by the fingerprint that a grading notes of them.
TESTS = Table(
    "torchmarks_tests",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("tests", String(64), primary_key=True),
    Column("parts", Text(), nullable=False),
)
# What `torchmarks watch` saw come in, and what came of it: see `arrivals`. Times in UTC, without a zone.
ARRIVALS = Table(
    "torchmarks_arrivals",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("student", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("looked_at", DateTime()),
    Column("seen_at", DateTime(), nullable=False),
    Column("arrived_at", DateTime()),
    Column("granted_at", DateTime()),
    Column("reason", Text(), nullable=False),
    Column("score", Float()),
    Column("most", Float()),
    Column("named", Text(), nullable=False),
)
# When each place where submissions come in was last looked at.
LOOKS = Table(
    "torchmarks_looks",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("place", String(16), primary_key=True),
    Column("looked_at", DateTime(), nullable=False),
)
# When the grader last failed at a student's work: see `watch.faults`. In UTC, without a zone.
FAULTS = Table(
    "torchmarks_faults",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("failed_at", DateTime(), nullable=False),
)
# For which last deadline the whole pages of an assignment were released. In UTC, without a zone.
OPENED = Table(
    "torchmarks_opened",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("deadline", DateTime(), nullable=False),
)
# From which platform a submission came, and under which names: see `platforms.taken`, which makes these when there is
# something to note.
PLATFORMS = MetaData()
COLLECTED = Table(
    "torchmarks_collected",
    PLATFORMS,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("file", Text(), primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("given", Text(), nullable=False),
    Column("upload", BigInteger(), nullable=False),
)
ZONES = Table(
    "torchmarks_zones",
    PLATFORMS,
    Column("assignment", String(128), primary_key=True),
    Column("zone", String(64), nullable=False),
)
_LAYOUT = Table("torchmarks_layout", METADATA, Column("version", Integer(), primary_key=True))
_submissions: Table = SubmittedAssignment.__table__
_notebooks: Table = SubmittedNotebook.__table__
_grades: Table = Grade.__table__
_assignments: Table = Assignment.__table__
# Indexes on nbgrader's tables, whose own begin with another column: without these all rows of the class are read for
# those of one student. Not part of nbgrader's definitions: what it makes or upgrades stays its own. In the order in
# which a grade is written, so that in PostgreSQL nobody waits for somebody who waits.
_INDEXED: Final = (
    (SubmittedNotebook.__tablename__, "assignment_id"),
    (Grade.__tablename__, "notebook_id"),
    (Comment.__tablename__, "notebook_id"),
)


class RecordState(StrEnum):
    """How the grading of a submission ended, as the gradebook stores it.

    REFUSED, QUARANTINED: see bulk's OutcomeState; BEGUN: nbgrader's command has not come to its end.
    """

    GRADED = "graded"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class Record:
    """What is noted of a submission.

    key: of the work, "" when nbgrader's command graded it; grader: OURS or NBGRADER, "" for work that was graded
    without this package, of which nothing is noted; basis: None for the same, and where none of it was read.
    """

    state: RecordState
    reason: str = ""
    key: str = ""
    grader: str = ""
    basis: Basis | None = None

    @property
    def is_graded(self) -> bool:
        """Whether the points in the gradebook are those of a grading that finished."""
        return self.state is RecordState.GRADED

    @property
    def is_provisional(self) -> bool:
        """Whether it was graded with other hidden inputs than those that count."""
        return self.basis is not None and self.basis.phase != Phase.FINAL


def prepare(engine: Engine) -> None:
    """Make our tables, and indexes on nbgrader's, where they are missing.

    Of two that do so at once one may fail with a database error, and only has to look again.
    Raises MachineError for a gradebook that another version of this package, with another layout, has written to.
    """
    with engine.begin() as connection:
        make_tables(connection)


def make_tables(connection: Connection) -> None:
    """See `prepare`, within a transaction."""
    _make_indexes(connection)
    if set(inspect(connection).get_table_names()) >= METADATA.tables.keys() and _layout_of(connection) == VERSION:
        return
    METADATA.create_all(connection)
    if connection.dialect.name == "postgresql":  # SQLite's transaction has locked the whole file, see open_engine
        connection.execute(text(f"LOCK TABLE {DONE.name} IN ACCESS EXCLUSIVE MODE"))
    found = _layout_of(connection)
    if found is None:
        connection.execute(insert(_LAYOUT).values(version=VERSION))
    elif found != VERSION:
        which = "a later version of torchmarks" if found > VERSION else "torchmarks as it was before its first release"
        raise MachineError(
            f"The gradebook was written to by {which} (layout {found}, known: {VERSION}).",
            "Install that version here too.",
        )


def _make_indexes(connection: Connection) -> None:
    for table, column in _INDEXED:
        name = f"torchmarks_{table}_{column}"
        if _may_index(connection, table) and not inspect(connection).has_index(table, name):
            connection.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})"))


def _may_index(connection: Connection, table: str) -> bool:
    """Whether there is such a table, and an index may be made: in PostgreSQL by its owner alone. Others go without."""
    if connection.dialect.name != "postgresql":
        return inspect(connection).has_table(table)
    owned = text("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(:name)")
    return bool(connection.execute(owned, {"name": table}).scalar())


def _layout_of(connection: Connection) -> int | None:
    found: int | None = connection.execute(select(_LAYOUT.c.version)).scalar()
    return found


def read(
    connection: Connection, step: str = "grade", *, assignment: str | None = None, student: str | None = None
) -> dict[tuple[str, str], Record]:
    """All records by assignment and student; empty where there is no table of ours. Changes nothing.

    assignment, student: only of this one.
    """
    if not inspect(connection).has_table(DONE.name):
        return {}
    query = select(DONE).where(DONE.c.step == step)
    query = query if assignment is None else query.where(DONE.c.assignment == assignment)
    query = query if student is None else query.where(DONE.c.student == student)
    rows = (dict(row._mapping) for row in connection.execute(query))
    return {(row["assignment"], row["student"]): _record(row) for row in rows}


def without_grade(db_url: str, assignment: str, student: str | None = None) -> dict[str, Record]:
    """The records of the submissions whose grading gave no grade, by student. See `noted`."""
    return {who: one for who, one in noted(db_url, assignment, student).items() if not one.is_graded}


def noted(db_url: str, assignment: str, student: str | None = None) -> dict[str, Record]:
    """The records of an assignment's submissions, by student. student: only of this one. Changes nothing."""
    with reading(db_url) as connection:
        return noted_in(connection, assignment, student)


def noted_in(connection: Connection, assignment: str, student: str | None = None) -> dict[str, Record]:
    """See `noted`, within a transaction."""
    return {who: one for (_, who), one in read(connection, assignment=assignment, student=student).items()}


def with_points(connection: Connection, assignment: str, student: str | None = None) -> list[str]:
    """The students whose submissions have points from a test, 0 included, sorted. student: only this one."""
    query = (
        select(_submissions.c.student_id)
        .join(_assignments, _assignments.c.id == _submissions.c.assignment_id)
        .join(_notebooks, _notebooks.c.assignment_id == _submissions.c.id)
        .join(_grades, _grades.c.notebook_id == _notebooks.c.id)
        .where(_assignments.c.name == assignment, _grades.c.auto_score.is_not(None))
        .distinct()
    )
    query = query if student is None else query.where(_submissions.c.student_id == student)
    return sorted(connection.execute(query).scalars())


def _record(row: Mapping[str, Any]) -> Record:
    return Record(RecordState(row["state"]), row["reason"], row["key"], row["grader"], basis_in(row))


def basis_in(row: Mapping[str, Any]) -> Basis | None:
    """The basis of a grade that a row holds; None where it holds none."""
    parts = {name: row[name] for name in BASIS}
    return None if None in parts.values() else Basis(**parts)


def write(connection: Connection, assignment: str, student: str, record: Record, step: str = "grade") -> None:
    """Note a record in place of an earlier one."""
    whose = {"step": step, "assignment": assignment, "student": student}
    where = [DONE.c[name] == value for name, value in whose.items()]
    # without a zone, as nbgrader keeps its times
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    values: dict[str, Any] = {name: getattr(record, name) for name in ("key", "reason", "grader")}
    values["state"] = str(record.state)  # a driver of a database may not take an enum for text
    values["graded_at"] = now
    for name in BASIS:
        values[name] = None if record.basis is None else getattr(record.basis, name)
    if connection.execute(update(DONE).where(*where).values(values)).rowcount == 0:
        connection.execute(insert(DONE).values(whose | values))


def take_back(connection: Connection, assignment: str, student: str) -> None:
    """Take the tests' points and the late penalty out of the gradebook, where a submission cannot be graded.

    What a person gave stays, and every cell is marked for a person to look at.
    """
    submission = (
        select(_submissions.c.id)
        .join(_assignments, _assignments.c.id == _submissions.c.assignment_id)
        .where(_assignments.c.name == assignment, _submissions.c.student_id == student)
    )
    mine = select(_notebooks.c.id).where(_notebooks.c.assignment_id.in_(submission))
    nothing = {"auto_score": None, "needs_manual_grade": True}
    connection.execute(update(_grades).where(_grades.c.notebook_id.in_(mine)).values(nothing))
    where = _notebooks.c.assignment_id.in_(submission)
    connection.execute(update(_notebooks).where(where).values(late_submission_penalty=None))


def open_engine(db_url: str, *, pooled: bool = True) -> Engine:
    """A connection to a gradebook for writing.

    pooled: for many transactions. SQLite then gets a write-ahead log, so that the formgrader reads while this writes.
    SQLite gets a busy timeout in any case, so that it waits for another writer, and every transaction takes the write
    lock at once: one that reads first and then finds itself second could only fail.
    """
    # pre-ping: a server may have closed a connection that waited for a slow submission
    engine = create_engine(db_url, pool_pre_ping=True) if pooled else create_engine(db_url, poolclass=NullPool)
    if engine.dialect.name != "sqlite":
        return engine

    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not Python's driver, begins transactions
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if pooled:
            cursor.execute("PRAGMA journal_mode = WAL")
            # with the log a killed process loses nothing; a power cut may take the last commits, never the file
            cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def missing_file(db_url: str) -> str:
    """The path of a gradebook that SQLite has not made yet, and would make to connect; "" where one can be read."""
    place = db_url.removeprefix("sqlite:///")
    return place if place != db_url and not Path(place).exists() else ""


@contextmanager
def reading(db_url: str) -> Iterator[Connection]:
    """A connection to a gradebook that is only read: no table is made."""
    engine = create_engine(db_url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def opened(db_url: str) -> Iterator[Connection]:
    """A transaction on a gradebook with our tables in it, for a single note."""
    engine = open_engine(db_url, pooled=False)
    try:
        prepare(engine)
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
