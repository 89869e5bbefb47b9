"""What came in for an assignment, in memory as in the gradebook: this process alone writes it.

A change is in the gradebook before anybody sees it here. Must not look at a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from torchmarks.course.arrivals import Arrival, Arrivals, State

_HERE = frozenset({State.TAKEN, State.GRANTED, State.TOLD, State.KEPT, State.REFUSED, State.FINAL})


class Rows:
    """The arrivals of an assignment."""

    def __init__(self, arrivals: Arrivals, assignment: str) -> None:
        self._arrivals, self.assignment = arrivals, assignment
        self._by_name: dict[str, Arrival] = {}
        self._by_student: dict[str, dict[str, Arrival]] = {}  # of each by name
        self._current: dict[str, Arrival] = {}
        for one in arrivals.of(assignment):
            self._keep(one)
            self._order(one)

    def __contains__(self, name: object) -> bool:
        """Whether something of this name needs no look any more. What was not taken may be, when its reason is gone."""
        known = self._by_name.get(str(name))
        return known is not None and known.state is not State.SEEN and not is_refused(known)

    def get(self, name: str) -> Arrival | None:
        """The arrival of this name."""
        return self._by_name.get(name)

    @property
    def seen(self) -> list[Arrival]:
        """Those that were seen and not taken yet."""
        return [one for one in self._by_name.values() if one.state is State.SEEN]

    @property
    def current(self) -> dict[str, Arrival]:
        """By student the one that counts: the last of those that were taken."""
        return dict(self._current)

    def granted(self, student: str) -> list[datetime]:
        """When a student's verdicts were granted."""
        return [one.granted_at for one in self._of(student) if one.granted_at is not None]

    def refused(self, student: str) -> list[datetime]:
        """When work of a student was seen that was taken, could not be read, and cost no verdict."""
        own = (one for one in self._of(student) if one.granted_at is None)
        return [one.seen_at for one in own if one.state is State.REFUSED and one.arrived_at is not None]

    def withheld(self, student: str, deadline: datetime) -> list[datetime]:
        """When work of a student was seen that was graded for good after a deadline, over the budget."""
        own = (one for one in self._of(student) if one.granted_at is None)
        late = (one for one in own if one.arrived_at is not None and one.arrived_at > deadline)
        return [one.seen_at for one in late if one.state is State.FINAL]

    def is_graded_by(self, student: str, time: datetime, other_than: str) -> bool:
        """Whether a student has a final grade for something else that came in by a time."""
        others = (one for one in self._of(student) if one.name != other_than)
        graded = (one for one in others if one.state is State.FINAL and one.score is not None)
        return any(one.arrived_at is not None and one.arrived_at <= time for one in graded)

    def looked_at(self, place: str) -> datetime | None:
        """See Arrivals."""
        return self._arrivals.looked_at(self.assignment, place)

    def note_look(self, place: str, now: datetime, new: Iterable[Arrival] = ()) -> None:
        """See Arrivals."""
        new = list(new)
        self._arrivals.note_look(self.assignment, place, now, new)
        for one in new:
            self._keep(one)

    def failed_at(self, student: str) -> datetime | None:
        """See Arrivals."""
        return self._arrivals.failed_at(self.assignment, student)

    def note_fault(self, student: str, now: datetime) -> None:
        """See Arrivals."""
        self._arrivals.note_fault(self.assignment, student, now)

    def opened_for(self) -> datetime | None:
        """See Arrivals."""
        return self._arrivals.opened_for(self.assignment)

    def note_opened(self, deadline: datetime) -> None:
        """See Arrivals."""
        self._arrivals.note_opened(self.assignment, deadline)

    def save(self, *changed: Arrival) -> None:
        """Write what became of arrivals, all or none."""
        self._arrivals.save(*changed)
        for one in changed:
            self._keep(one)
            if one.state is State.SUPERSEDED and self._is_current(one):
                del self._current[one.student]
            self._order(one)

    def _of(self, student: str) -> Iterable[Arrival]:
        return self._by_student.get(student, {}).values()

    def _keep(self, one: Arrival) -> None:
        self._by_name[one.name] = one
        self._by_student.setdefault(one.student, {})[one.name] = one

    def _is_current(self, one: Arrival) -> bool:
        known = self._current.get(one.student)
        return known is not None and known.name == one.name

    def _order(self, one: Arrival) -> None:
        if one.state not in _HERE or one.arrived_at is None:  # refused before it was taken
            return
        known = self._current.get(one.student)
        if known is None or known.name == one.name or is_later(one, known):
            self._current[one.student] = one


def is_refused(one: Arrival) -> bool:
    """Whether it was not even taken."""
    return one.state is State.REFUSED and one.arrived_at is None


def is_later(one: Arrival, other: Arrival) -> bool:
    """Whether one came in after another, both taken."""
    assert one.arrived_at is not None
    assert other.arrived_at is not None
    return (one.arrived_at, one.seen_at, one.name) > (other.arrived_at, other.seen_at, other.name)
