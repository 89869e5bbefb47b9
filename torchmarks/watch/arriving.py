"""Takes submissions as they come in: from then on the bytes that were copied count, and the time at which they came.

The name of a folder says when it was handed in, but its owner may have chosen the name. What counts is when it was
seen; after a while in which nobody looked, the file system's time of the last change, which lies between the two looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from torchmarks.course.arrivals import Arrival, State
from torchmarks.course.collected import by_composed_name, excluded, has_roll, known_students
from torchmarks.course.incomplete import what_lacks
from torchmarks.course.locks import Locks
from torchmarks.errors import TorchmarksError
from torchmarks.grading.repair import composed
from torchmarks.grading.submitted_files import OF_ITS_NAMES
from torchmarks.printable import printable
from torchmarks.watch.events import Event, Kind, Reporter
from torchmarks.watch.placing import SubmittedFolder
from torchmarks.watch.rows import Rows, is_refused
from torchmarks.watch.sources import LONGEST_STUDENT, TOO_LONG, Exchange, Folder, Sighting, Source, handed_in_at
from torchmarks.watch.taking import NotTaken, TakenFiles

_LEFT_OUT: Final = "the course leaves this student out"
_NOBODY: Final = "the gradebook has no student of this name"
_NOTED: Final = timedelta(seconds=10)  # how old what is noted of the last look may be


class Arriving:
    """Takes what comes in for an assignment. sources: where it comes in; clock: gives the time, in UTC."""

    def __init__(
        self, config: Config, rows: Rows, sources: Sequence[Source], reporter: Reporter, clock: Callable[[], datetime]
    ) -> None:
        self._directory = CourseDirectory(config=Config(config))
        self._rows, self._sources, self._reporter, self._clock = rows, sources, reporter, clock
        self._submitted = SubmittedFolder(config, rows.assignment)
        self._locks = Locks(Path(self._directory.root))
        self._looked: dict[str, datetime | None] = {one.place: rows.looked_at(one.place) for one in sources}
        self._noted: dict[str, datetime] = {}
        self._excluded = set(map(composed, excluded(self._directory)))
        self._unreadable: set[str] = set()
        self._refused: dict[str, tuple[int, str]] = {}  # when each was changed last, and the reason that was reported
        self._waiting: dict[str, datetime] = {}  # by name: the last look at which it was not complete

    def recover(self) -> None:
        """Finish what a killed run was putting into its place."""
        for placed in self._submitted.recover():
            row = self._rows.get(placed.name)
            if row is not None and row.state is State.SEEN:
                self._rows.save(replace(row, state=State.TAKEN, arrived_at=placed.arrived_at))

    def look(self) -> None:
        """Look everywhere, note what is new, and take what is complete."""
        for source in self._sources:
            if isinstance(source, Folder):
                current = self._rows.current.items()
                source.placed = {student: one.arrived_at for student, one in current if one.arrived_at is not None}
            now = self._clock()  # before the look: what comes while it lasts came after
            seen = [one for one in source.look(self._rows.assignment, self._rows) if one.name not in self._unreadable]
            seen = self._with_reasons(source, seen)
            self._note(source.place, now, seen)
            self._give_up_vanished(source, seen)
            self._review(seen)
            if not isinstance(source, Folder):  # no student can write there
                self._wait_for([one.name for one in seen if not one.settled], now)
            self._take(source, seen)

    def _note(self, place: str, now: datetime, seen: Sequence[Sighting]) -> None:
        unknown = [one for one in seen if self._rows.get(one.name) is None]
        known = by_composed_name(known_students(self._directory)) if unknown else {}
        new = [self._row(one, place, now, known) for one in unknown if self._is_readable(one)]
        noted = self._noted.get(place)
        if new or noted is None or now - noted >= _NOTED:
            self._rows.note_look(place, now, new)
            self._noted[place] = now
        self._looked[place] = now
        for row in new:
            self._tell("refused" if row.state is State.REFUSED else "arrived", row, row.reason)

    def _with_reasons(self, source: Source, seen: Sequence[Sighting]) -> list[Sighting]:
        """Add the reasons that the course has for not taking some of them."""
        open_ones = [one for one in seen if (row := self._rows.get(one.name)) is None or is_refused(row)]
        ids = None
        # where no owner is checked, a name that somebody made up would have a budget of its own
        if open_ones and isinstance(source, Exchange) and not source.checks_owner and has_roll(self._directory):
            ids = {composed(name) for name in known_students(self._directory)}
        return [replace(one, refused=one.refused or self._against(composed(one.student), ids)) for one in seen]

    def _against(self, student: str, ids: set[str] | None) -> str:
        if student in self._excluded:
            return _LEFT_OUT
        if len(student) > LONGEST_STUDENT:  # also one that is longer composed: a column holds no more
            return TOO_LONG
        return _NOBODY if ids is not None and student not in ids else ""

    def _is_readable(self, one: Sighting) -> bool:
        """Whether a gradebook can hold its name; one that it cannot hold is reported once, and left."""
        try:
            one.name.encode()
            return True
        except UnicodeEncodeError:
            self._unreadable.add(one.name)
            self._reporter.note(f"{printable(one.name)}: not taken: its name is not valid UTF-8.")
            return False

    def _row(self, one: Sighting, place: str, now: datetime, known: Mapping[str, Sequence[str]]) -> Arrival:
        student = composed(one.student)
        student = next(iter(known.get(student, ())), student)
        if one.refused:
            self._refused[one.name] = one.changed_ns, one.refused
        student = "" if len(student) > LONGEST_STUDENT else student
        state = State.REFUSED if one.refused else State.SEEN
        return Arrival(self._rows.assignment, one.name, student, state, self._looked[place], now, reason=one.refused)

    def _review(self, seen: Sequence[Sighting]) -> None:
        """Look again at what was not taken: a setting or its owner may have changed. A new reason is reported once."""
        for one in seen:
            row = self._rows.get(one.name)
            if row is None or not is_refused(row):
                continue
            current = self._rows.current.get(row.student)
            has_passed = current is not None and current.seen_at > row.seen_at
            if has_passed or one.refused == _LEFT_OUT or self._refused.get(one.name) == (one.changed_ns, one.refused):
                continue
            self._refused[one.name] = one.changed_ns, one.refused
            state = State.REFUSED if one.refused else State.SEEN
            self._rows.save(replace(row, state=state, reason=one.refused))
            if one.refused:
                self._tell("refused", row, one.refused)

    def _wait_for(self, names: Iterable[str], now: datetime) -> None:
        """Note that these are not complete yet: they come in later, whatever the times of their files say."""
        changed = []
        for name in names:
            row = self._rows.get(name)
            if row is None or row.state is not State.SEEN:
                continue
            self._waiting[name] = now
            if row.looked_at is None or now - row.looked_at >= _NOTED:
                changed.append(replace(row, looked_at=now))
        if changed:
            self._rows.save(*changed)

    def _give_up_vanished(self, source: Source, seen: Sequence[Sighting]) -> None:
        there = {one.name for one in seen}
        for row in self._rows.seen:
            if row.name not in there and ("/" in row.name) is isinstance(source, Folder):
                reason = "it was gone before it was taken"
                self._rows.save(replace(row, state=State.REFUSED, reason=reason))
                self._tell("refused", row, reason)

    # ---- taking

    def _take(self, source: Source, seen: Sequence[Sighting]) -> None:
        by_student: dict[str, list[Sighting]] = defaultdict(list)
        for one in seen:
            row = self._rows.get(one.name)
            if row is not None and row.state is State.SEEN and one.settled:
                by_student[row.student].append(one)
        for student, sightings in by_student.items():
            newest_first = sorted(sightings, key=lambda one: (one.changed_ns, one.name), reverse=True)
            hold = self._locks.attempt(self._rows.assignment, student)
            if hold is None:  # another command works on it: the next look will do
                continue
            try:
                self._take_newest(source, newest_first)
            finally:
                hold.release()

    def _take_newest(self, source: Source, newest_first: Sequence[Sighting]) -> None:
        """Take the newest that can be; those before it are superseded."""
        for number, one in enumerate(newest_first):
            row = self._rows.get(one.name)
            assert row is not None
            try:
                taken = source.take(one)
                older = newest_first[number + 1 :]
                self._require_complete(source, row, taken, has_another=bool(older))
                self._settle(source, row, taken, older)
                return
            except NotTaken as error:
                if error.again:
                    if not isinstance(source, Folder):
                        self._wait_for([one.name], self._clock())
                    return
                reason = f"{error.reason[:1].upper()}{error.reason[1:]}."
            except OSError as error:
                if error.errno not in OF_ITS_NAMES:
                    raise
                reason = f"Its files cannot be stored next to each other: {error.strerror}."
            except (TorchmarksError, SQLAlchemyError):
                raise
            except Exception as error:  # whatever it holds, it must not keep the others from being taken
                reason = f"It cannot be read ({type(error).__name__}: {error})."
            self._refused[one.name] = one.changed_ns, ""
            self._rows.save(replace(row, state=State.REFUSED, reason=reason))
            self._tell("refused", row, reason)

    def _require_complete(self, source: Source, row: Arrival, taken: TakenFiles, *, has_another: bool) -> None:
        """Raises NotTaken for what a submit left that was cut short, where it would replace another submission."""
        has_another = has_another or row.student in self._rows.current
        if isinstance(source, Exchange) and has_another and (lack := what_lacks(taken.files)):
            raise NotTaken(f"it is incomplete: {lack}; it does not replace the one before it")

    def _settle(self, source: Source, row: Arrival, taken: TakenFiles, older: Sequence[Sighting]) -> None:
        in_place = isinstance(source, Folder) and source.in_place
        waited = self._waiting.pop(row.name, None)
        arrived = min(self._clock(), max(filter(None, (row.looked_at, waited, taken.changed_at))))
        if in_place:  # whoever collected it has noted when it was handed in
            arrived = handed_in_at(taken) or arrived
        made = replace(row, state=State.TAKEN, arrived_at=arrived)
        current = self._rows.current.get(row.student)
        # Half of a folder, left by a kill, must not count as the latest one because it was waited for.
        was_waited_for = waited is not None or (row.looked_at is not None and row.looked_at >= row.seen_at)
        came = taken.changed_at if was_waited_for else arrived
        passed = [found for one in older if (found := self._rows.get(one.name)) is not None]
        if current is not None and current.arrived_at is not None and current.arrived_at > came and not in_place:
            passed.append(row)  # it came before what is there
        else:
            if not in_place:
                for note in self._submitted.put(row.student, row.name, taken.files, arrived):
                    self._reporter.note(f"{row.student}: {note}")
            if current is not None and current.state in (State.TAKEN, State.GRANTED, State.KEPT):
                passed.append(current)
            self._rows.save(made)
        for name in taken.left_out:
            self._reporter.note(f"{row.student}: left out: {name}")
        # a verdict that was granted and not given goes back to the budget
        self._rows.save(*(replace(one, state=State.SUPERSEDED, granted_at=None) for one in passed))
        for one in passed:
            self._tell("superseded", one)

    def _tell(self, kind: Kind, row: Arrival, reason: str = "") -> None:
        self._reporter.event(
            Event(
                kind,
                row.assignment,
                row.student,
                self._clock(),
                name=row.name,
                arrived_at=row.arrived_at,
                reason=reason,
            )
        )
