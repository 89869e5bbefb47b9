"""Counts what happens in a run over a class, and sums it up at the end. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final

from torchmarks.bulk.jobs import GradeOutcome, Outcome, OutcomeState
from torchmarks.course.penalties import OtherPenalty
from torchmarks.grading import Cause
from torchmarks.grading.repair import losses

_SLOWEST: Final = 10


@dataclass(frozen=True, slots=True)
class Stale:
    """A graded submission that would be graded otherwise now, although nothing that a person did asks for it."""

    student: str
    causes: tuple[Cause, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A submission without a grade. state: REFUSED or QUARANTINED."""

    student: str
    state: OutcomeState
    reason: str


@dataclass(frozen=True, slots=True)
class RepairedWork:
    """A graded submission that was repaired. lost: what may be missing, in words; empty where nothing is."""

    student: str
    lost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to.

    not_begun: how many it did not come to before Ctrl-C; slowest: students with their seconds; spent: seconds by step,
    over all workers; wall: seconds; stale: see `Stale`, left as they were; unregistered: whether source/ has other
    tests than the gradebook, with which this run graded; isolation: levels at which students' code ran, each with the
    number of submissions; penalties: those that were not today's, brought up to date or left; has_failed_penalties:
    whether a plugin of the course's own could not compute one, so that all were left; repaired: those that this run
    graded and repaired.
    """

    assignment: str
    graded: int
    unchanged: int
    wall: float
    reported: tuple[Reported, ...] = ()
    not_begun: int = 0
    slowest: tuple[tuple[str, float], ...] = ()
    spent: Mapping[str, float] = field(default_factory=dict)
    stale: tuple[Stale, ...] = ()
    unregistered: bool = False
    isolation: Mapping[str, int] = field(default_factory=dict)
    penalties: tuple[OtherPenalty, ...] = ()
    has_failed_penalties: bool = False
    repaired: tuple[RepairedWork, ...] = ()

    def is_complete(self, *, accept_stale: bool = False) -> bool:
        """Whether every submission has a grade that grading now would give, too.

        accept_stale: grades and late penalties that were left as they are, and would be others now, are as the person
        wants them.
        """
        others = self.stale or any(penalty.is_left for penalty in self.penalties)
        failed = self.reported or self.unregistered or self.has_failed_penalties
        return not (failed or self.not_begun or (others and not accept_stale))


class Tally:
    """Counts the outcomes of a run as they come."""

    def __init__(self) -> None:
        self._states: Counter[OutcomeState] = Counter()
        self._reported: list[Reported] = []
        self._stale: list[Stale] = []
        self._repaired: list[RepairedWork] = []
        self._spent: Counter[str] = Counter()
        self._isolation: Counter[str] = Counter()
        self._slowest: list[tuple[str, float]] = []

    def add(self, outcome: Outcome) -> None:
        """Count a submission."""
        self._states[outcome.state] += 1
        if outcome.is_without_grade:
            self._reported.append(Reported(outcome.student, outcome.state, outcome.reason))
        if isinstance(outcome, GradeOutcome):
            self._isolation.update(outcome.isolation)
            if outcome.repairs:
                lost = " ".join(line for notebook in outcome.notebooks for line in losses(notebook.record.repairs))
                self._repaired.append(RepairedWork(outcome.student, lost))
        if isinstance(outcome, GradeOutcome) and outcome.state is OutcomeState.STALE:
            self._stale.append(Stale(outcome.student, outcome.causes, outcome.reason))
        if outcome.seconds:
            self._spent.update(outcome.seconds)
            entry = (outcome.student, sum(outcome.seconds.values()))
            # Kept short at once: a class may have thousands, and a person reads ten.
            self._slowest = nlargest(_SLOWEST, [*self._slowest, entry], key=lambda pair: pair[1])

    def summary(self, assignment: str, total: int, wall: float) -> Summary:
        """The end of the run. total: how many submissions it was about; wall: how many seconds it took."""
        return Summary(
            assignment=assignment,
            graded=self._states[OutcomeState.GRADED],
            unchanged=self._states[OutcomeState.UNCHANGED],
            wall=wall,
            reported=tuple(sorted(self._reported, key=lambda entry: entry.student)),
            not_begun=total - sum(self._states.values()),
            slowest=tuple(self._slowest),
            spent=dict(self._spent),
            stale=tuple(sorted(self._stale, key=lambda entry: entry.student)),
            isolation=dict(self._isolation),
            repaired=tuple(sorted(self._repaired, key=lambda entry: entry.student)),
        )
