"""The submissions that `torchmarks watch` saw come in, and their states: a row for each, in the gradebook.

Every change of state is one transaction, so that the next run after a sudden end knows what is left to do. Must not
look at a file or grade.

    seen -> taken -> granted -> told          graded at once; the student can read it
                  -> kept                     over the budget: graded at the deadline
    granted -> taken                          the grader failed at it; tried again later
         -> superseded                        a later one of the same student was taken
         -> refused                           not taken, or it cannot be graded; `reason` says why
    refused -> seen                           not taken, and the reason no longer holds
    taken, granted, told, kept, refused
         -> final                             graded in the final phase
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import ColumnElement, Connection, Engine, Table, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from torchmarks.course import records
from torchmarks.course.deadlines import Deadlines, deadlines_of
from torchmarks.course.records import ARRIVALS, FAULTS, LOOKS, OPENED, Record, open_engine

_ATTEMPTS = 5


class State(StrEnum):
    """See the module."""

    SEEN = "seen"
    TAKEN = "taken"
    GRANTED = "granted"
    TOLD = "told"
    KEPT = "kept"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission that came in.

    name: of the folder in the exchange, or what it has instead; looked_at: the last look at which it was not there, or
    not whole, None where there was none: it came after that; arrived_at: what counts as the time of handing in;
    granted_at: when its verdict was taken off the budget; score, most: points, of those to be had; named: ids of
    misconceptions that its messages name. Times in UTC.
    """

    assignment: str
    name: str
    student: str
    state: State
    looked_at: datetime | None
    seen_at: datetime
    arrived_at: datetime | None = None
    granted_at: datetime | None = None
    reason: str = ""
    score: float | None = None
    most: float | None = None
    named: tuple[str, ...] = ()


class Arrivals:
    """The rows of a course, in the gradebook, which has to exist. A context manager, for one thread."""

    def __init__(self, db_url: str) -> None:
        self._engine: Engine = open_engine(db_url)
        for attempt in range(_ATTEMPTS):
            try:
                records.prepare(self._engine)
                return
            except (IntegrityError, OperationalError, ProgrammingError):  # another command is making them right now
                if attempt == _ATTEMPTS - 1:
                    raise

    def __enter__(self) -> Arrivals:
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.dispose()

    def of(self, assignment: str) -> list[Arrival]:
        """Everything that came in for an assignment, in the order in which it was seen."""
        query = select(ARRIVALS).where(ARRIVALS.c.assignment == assignment)
        with self._engine.connect() as connection:
            found = [_arrival(row._mapping) for row in connection.execute(query)]
        return sorted(found, key=lambda one: (one.seen_at, one.arrived_at or one.seen_at, one.name))

    def looked_at(self, assignment: str, place: str) -> datetime | None:
        """When a place was last looked at."""
        return self._time(LOOKS, {"assignment": assignment, "place": place})

    def note_look(self, assignment: str, place: str, now: datetime, new: Iterable[Arrival]) -> None:
        """Note a look at a place, and what it found."""
        with self._engine.begin() as connection:
            for one in new:
                connection.execute(insert(ARRIVALS).values(_row(one)))
            _put(connection, LOOKS, {"assignment": assignment, "place": place}, now)

    def failed_at(self, assignment: str, student: str) -> datetime | None:
        """When the grader last failed at a student's work."""
        return self._time(FAULTS, {"assignment": assignment, "student": student})

    def note_fault(self, assignment: str, student: str, now: datetime) -> None:
        """Note that the grader failed at a student's work."""
        with self._engine.begin() as connection:
            _put(connection, FAULTS, {"assignment": assignment, "student": student}, now)

    def opened_for(self, assignment: str) -> datetime | None:
        """The last deadline for which the whole pages of an assignment were released."""
        return self._time(OPENED, {"assignment": assignment})

    def note_opened(self, assignment: str, deadline: datetime) -> None:
        """Note that the whole pages are released, as nobody has time left after this deadline."""
        with self._engine.begin() as connection:
            _put(connection, OPENED, {"assignment": assignment}, deadline)

    def save(self, *changed: Arrival) -> None:
        """Write the new states of arrivals, all or none."""
        with self._engine.begin() as connection:
            for one in changed:
                where = (ARRIVALS.c.assignment == one.assignment, ARRIVALS.c.name == one.name)
                connection.execute(update(ARRIVALS).where(*where).values(_row(one)))

    def _time(self, table: Table, key: Mapping[str, str]) -> datetime | None:
        """The time in the row of this key."""
        (time,) = (column for column in table.c if not column.primary_key)
        with self._engine.connect() as connection:
            return _zoned(connection.execute(select(time).where(*_is(table, key))).scalar())


@dataclass(frozen=True, slots=True)
class Awaited:
    """The students whose marks are provisional until their deadline, when `watch` grades finally.

    students: None for everybody, where the assignment is watched.
    """

    deadlines: Deadlines
    students: frozenset[str] | None

    def until(self, student: str) -> datetime | None:
        """A student's deadline where it is in the future and a mark before it is provisional; else None."""
        end = self.deadlines.of(student) if self.students is None or student in self.students else None
        return end if end is not None and end > datetime.now(UTC) else None


def awaited(directory: CourseDirectory, assignment: str, noted: Mapping[str, Record] | None = None) -> Awaited:
    """The students with a provisional mark on an assignment that `watch` has looked at. Changes nothing.

    noted: the records by student, for a caller that has them already.
    """
    with records.reading(str(directory.db_url)) as connection:
        noted = records.noted_in(connection, assignment) if noted is None else noted
        provisional = frozenset(student for student, one in noted.items() if one.is_provisional)
        found = select(LOOKS.c.place).where(LOOKS.c.assignment == assignment)
        is_watched = inspect(connection).has_table(LOOKS.name) and connection.execute(found).first() is not None
    deadlines = deadlines_of(directory, assignment) if is_watched or provisional else None
    return Awaited(deadlines or Deadlines(None), None if is_watched else provisional)


def _put(connection: Connection, table: Table, key: Mapping[str, str], time: datetime) -> None:
    """Write the one time of a row, whether or not there is such a row."""
    (column,) = (column for column in table.c if not column.primary_key)
    value = {column.name: _bare(time)}
    if connection.execute(update(table).where(*_is(table, key)).values(value)).rowcount == 0:
        connection.execute(insert(table).values({**key, **value}))


def _is(table: Table, key: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.items()]


def _row(one: Arrival) -> dict[str, Any]:
    times = {name: _bare(getattr(one, name)) for name in ("looked_at", "seen_at", "arrived_at", "granted_at")}
    plain = {name: getattr(one, name) for name in ("assignment", "name", "student", "reason", "score", "most")}
    return {**plain, **times, "state": one.state.value, "named": " ".join(one.named)}


def _arrival(row: Any) -> Arrival:
    values = dict(row)
    for name in ("looked_at", "seen_at", "arrived_at", "granted_at"):
        values[name] = _zoned(values[name])
    return Arrival(**{**values, "state": State(values["state"]), "named": tuple(values["named"].split())})


def _bare(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)


def _zoned(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)
