"""One step over the submissions of a class: whose they are, the workers, Ctrl-C, what it came to.

What grading and feedback share. A step subclasses `Run` and says what there is to do for a student, and how what came
of it is saved. Prints nothing: a watcher is told what happens.
"""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Final, Literal, Protocol

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.gradebook_writer import GradebookWriter, Known
from torchmarks.bulk.jobs import GradeOutcome, Job, Outcome, Plan
from torchmarks.bulk.store import SubmissionStore
from torchmarks.course.locks import Hold, Locks
from torchmarks.course.penalties import OtherPenalty
from torchmarks.errors import MachineError, UsageError
from torchmarks.grading import Cause, Submission

_SLOWEST: Final = 10
_BUSY_S: Final = 0.1


class Watcher(Protocol):
    """Is told of a run as it goes."""

    def begin(self, total: int, what: str) -> None:
        """A run begins. total: submissions that were collected; what: such as "grade 01-tensors"."""

    def finished(self, outcome: Outcome) -> None:
        """A submission is done. outcome.state: "graded", "unchanged", "stale", "refused" or "quarantined"."""

    def tick(self) -> None:
        """No submission has finished for a moment: a display may bring its clock up to date."""

    def note(self, text: str) -> None:
        """Something that a person should read."""


class Pool(Protocol):
    """Workers, here or elsewhere."""

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        """See LocalPool.map."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A graded submission that would be graded otherwise now, although nothing that a person did asks for it."""

    student: str
    causes: tuple[Cause, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A submission without a grade. state: "refused" or "quarantined"."""

    student: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to.

    left: not begun, after Ctrl-C; spent: seconds by step, over all workers; wall: seconds; stale: see `Stale`, left as
    they were; unregistered: source/ has other tests than the gradebook, with which this run graded; isolation: levels
    at which students' code ran, each with the number of submissions; penalties: those that were not today's, brought up
    to date or left.
    """

    assignment: str
    graded: int
    unchanged: int
    reported: tuple[Reported, ...]
    left: int
    slowest: tuple[tuple[str, float], ...]
    spent: Mapping[str, float]
    wall: float
    stale: tuple[Stale, ...] = ()
    unregistered: bool = False
    isolation: Mapping[str, int] = field(default_factory=dict)
    penalties: tuple[OtherPenalty, ...] = ()

    @property
    def penalties_left(self) -> bool:
        """Whether a late penalty is left as it was, which grading now would not take off."""
        return any(one.is_left for one in self.penalties)

    @property
    def complete(self) -> bool:
        """Whether every submission has a grade that grading now would give, too."""
        return not (self.reported or self.left or self.stale or self.unregistered or self.penalties_left)


class Tally:
    """Counts what happens in a run."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.reported: list[Reported] = []
        self.stale: list[Stale] = []
        self.spent: Counter[str] = Counter()
        self.isolation: Counter[str] = Counter()
        self.slowest: list[tuple[str, float]] = []

    def add(self, outcome: Outcome) -> None:
        """Count a submission."""
        self.states[outcome.state] += 1
        if outcome.state in ("refused", "quarantined"):
            self.reported.append(Reported(outcome.student, outcome.state, outcome.reason))
        if isinstance(outcome, GradeOutcome):
            self.isolation.update(outcome.isolation)
        if isinstance(outcome, GradeOutcome) and outcome.state == "stale":
            self.stale.append(Stale(outcome.student, outcome.causes, outcome.reason))
        if outcome.seconds:
            self.spent.update(outcome.seconds)
            entry = (outcome.student, sum(outcome.seconds.values()))
            # Kept short at once: a class may have thousands, and a person reads ten.
            self.slowest = nlargest(_SLOWEST, [*self.slowest, entry], key=lambda pair: pair[1])

    def summary(self, assignment: str, total: int, wall: float) -> Summary:
        """The end of the run."""
        left = total - sum(self.states.values())
        reported = tuple(sorted(self.reported, key=lambda entry: entry.student))
        states, slowest = self.states, tuple(self.slowest)
        stale = tuple(sorted(self.stale, key=lambda entry: entry.student))
        return Summary(
            assignment,
            states["graded"],
            states["unchanged"],
            reported,
            left,
            slowest,
            dict(self.spent),
            wall,
            stale,
            isolation=dict(self.isolation),
        )


class _Stop:
    """A handler of Ctrl-C and SIGTERM that notes the first and ends at the second. asked: their names."""

    def __init__(self, watcher: Watcher) -> None:
        self.asked: list[str] = []
        self.before: dict[int, Any] = {}
        self._watcher = watcher

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked.append(signal.Signals(number).name)
        around = self.before[number]
        if isinstance(around, _Stop):  # a run within another: that one ends, too, and tells
            around(number, frame)
        else:
            self._watcher.note("Stopping: what is running will be finished; press Ctrl-C again to end at once.")


@contextmanager
def stoppable(watcher: Watcher) -> Iterator[list[str]]:
    """A list that is empty until Ctrl-C (or SIGTERM) asks for an end; a second one ends at once."""
    stop = _Stop(watcher)
    for one in (signal.SIGINT, signal.SIGTERM):
        stop.before[one] = signal.getsignal(one)
        signal.signal(one, stop)
    try:
        yield stop.asked
    finally:
        for number, handler in stop.before.items():
            signal.signal(number, handler)


def chosen_students(store: SubmissionStore, wanted: Sequence[str], assignment: str) -> list[str]:
    """Those of the class that a command is about, sorted. Raises UsageError for one who handed nothing in."""
    there = store.students()
    unknown = sorted(set(wanted) - set(there))
    if unknown:
        remedy = f"Run `nbgrader collect {assignment}`, or check the name."
        raise UsageError(f"{', '.join(unknown)}: nothing there of {assignment}", "--student", remedy)
    if not there:
        remedy = f"Run `nbgrader collect {assignment}`, or put the files into submitted/STUDENT/{assignment}/."
        raise UsageError(f"there is nothing of {assignment} to work on", store.where, remedy)
    return sorted(set(wanted)) or there


class Run(ABC):
    """A step over the submissions of an assignment. First `opened`, then `over`, then `summary`.

    plan: what all jobs share; students: ids, or nothing for all; force: also what is done already; without: tells who
    is left out all the same.
    Raises UsageError where there is nothing to work on. Whatever was finished before an error is saved.
    """

    step: ClassVar[Literal["grade", "feedback"]]
    done: ClassVar[str]  # what happens to a submission, as a person reads it
    converter: ClassVar[type[BaseConverter]] = Autograde  # nbgrader's, whose folders are read and written

    def __init__(
        self,
        plan: Plan,
        watcher: Watcher,
        students: Sequence[str],
        *,
        force: bool,
        without: Callable[[str], object] = lambda student: None,
    ) -> None:
        self._plan, self._watcher, self._force = plan, watcher, force
        self._started = time.perf_counter()
        self._store = SubmissionStore(plan.settings, self.assignment, self.converter)
        chosen = chosen_students(self._store, students, self.assignment)
        self.left_out = [student for student in chosen if without(student)]
        out = set(self.left_out)
        self.students = [student for student in chosen if student not in out]
        self._tally = Tally()
        self._known: Mapping[str, Known] = {}
        self._locks = Locks(Path(CourseDirectory(config=Config(plan.settings)).root))
        self._holds: dict[str, Hold] = {}
        self._busy: list[str] = []  # on whom somebody else is at work
        watcher.begin(len(self.students), f"{self.step} {self.assignment}")

    @property
    def assignment(self) -> str:
        """What the class handed in."""
        return self._plan.bundle.assignment

    @contextmanager
    def opened(self) -> Iterator[None]:
        """The gradebook and the folders open for writing; what an earlier run has left is brought to an end."""
        config = self._plan.settings
        directory = CourseDirectory(config=Config(config))
        writer = GradebookWriter(str(directory.db_url), str(directory.course_id), self.assignment, config, self.step)
        with self._store, writer as self._writer:
            self._known = writer.known()
            moved = self._store.recover({student: known.key for student, known in self._known.items()})
            if moved:
                self._watcher.note(f"{len(moved)} {self.done} by a run that was cut short: moved into place.")
            try:
                yield
            finally:
                for student in list(self._holds):
                    self._let_go(student)

    def over(self, pool: Pool) -> None:
        """Have the workers of a pool do what there is to do, until all is done or Ctrl-C asks for an end."""
        with stoppable(self._watcher) as asked:
            self._pass_over(self.students, pool, asked)
            if self._busy and not asked:
                count = len(self._busy)
                self._watcher.note(f"Another command works on {count} submission{'s' * (count > 1)}: waiting for it.")
            while self._busy and not asked:  # no lock is held here, so that nobody waits for somebody who waits
                self._watcher.tick()
                time.sleep(_BUSY_S)
                self._known = self._writer.known()  # the other one has perhaps done the work
                self._pass_over(self._busy, pool, asked)

    def _pass_over(self, students: Sequence[str], pool: Pool, asked: Sequence[str]) -> None:
        self._busy = []
        for item in pool.map(self._jobs(students, asked)):
            if item is None:
                self._watcher.tick()
            else:
                self.finish(*item)

    def summary(self) -> Summary:
        """What it came to."""
        return self._tally.summary(self.assignment, len(self.students), time.perf_counter() - self._started)

    @abstractmethod
    def job(self, submission: Submission) -> Job | Outcome:
        """What there is to do for a submission, or what came of it when it was done before."""

    @abstractmethod
    def save(self, job: Job, outcome: Outcome) -> Outcome:
        """Save what a worker made of a job, so that a sudden end leaves the old or the new; see `store`.

        What came of it in the end. An OSError is that of a disk which is full or may not be written.
        """

    def _jobs(self, students: Sequence[str], asked: Sequence[str]) -> Iterator[Job]:
        """What has to be done; what need not be is told at once."""
        for student in students:
            # Those that workers have begun are finished and saved all the same.
            if asked:
                return
            found = self.take(student)
            if found is None:
                self._busy.append(student)
            elif isinstance(found, Job):
                yield found

    def take(self, student: str) -> Job | Outcome | None:
        """What there is to do for a student, whose submission is locked until `finish`; what came of it when it was
        done before, which is told at once; None while somebody else works on it.
        """
        hold = self._locks.attempt(self.assignment, student)
        if hold is None:
            return None
        self._holds[student] = hold
        # read when a worker is free for it: so much of a class is in memory as is at work
        submission = self._store.submission(student)
        self._pass_on()
        found = self.job(submission)
        if not isinstance(found, Job):
            self._let_go(student)
            self._tell(found)
        return found

    def look_again(self) -> frozenset[str]:
        """Bring what is known of the class up to date. Who is in it now."""
        self._known = self._writer.known()
        return frozenset(self._store.students())

    def _let_go(self, student: str) -> None:
        self._holds.pop(student).release()

    def _pass_on(self) -> None:
        """What the store has to say goes to the watcher, once."""
        for note in self._store.notes:
            self._watcher.note(note)
        self._store.notes = ()

    def finish(self, job: Job, outcome: Outcome) -> Outcome:
        """Save what a worker made of a job, and tell. What came of it in the end. Raises MachineError."""
        started = time.perf_counter()
        try:
            outcome = self.save(job, outcome)
        except OSError as error:
            raise _cannot_write(error) from error  # a full disk is full for every student: nobody is reported for it
        self._let_go(job.student)
        outcome = outcome.timed(write=time.perf_counter() - started)
        self._tell(outcome)
        return outcome

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._watcher.finished(outcome)


def _cannot_write(error: OSError) -> MachineError:
    return MachineError(
        f"{error.filename or 'autograded/'} cannot be written: {error.strerror or error}.",
        "What was graded before is saved; make room and run the same command again.",
    )
