"""Grade a class: what is new goes to the workers, what they find goes to the gradebook and into autograded/.

The conductor of bulk grading, and the only place where its parts meet. Prints nothing: a watcher is told what happens.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from heapq import nlargest
from types import FrameType
from typing import Final, Protocol

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.jobs import Job, Outcome, Plan, key_of
from torchmarks.bulk.ledger import Known, Ledger
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.shelf import Shelf, handed_in
from torchmarks.bulk.work import attempt, prepare
from torchmarks.course.bundles import assignment_bundle, limits_of
from torchmarks.course.outdated import unregistered
from torchmarks.course.records import Record
from torchmarks.errors import MachineError, UsageError
from torchmarks.grading import Bundle, Cause, Submission, causes, data_files, explained, needs_consent

_SLOWEST: Final = 10
# What a submission's own file names can lead to; any other error of the file system is this machine's.
_ITS_OWN_FAULT: Final = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL)


class Watcher(Protocol):
    """Is told of a run as it goes."""

    def begin(self, total: int, what: str) -> None:
        """total: submissions that were collected; what: such as "grade 01-tensors"."""

    def finished(self, outcome: Outcome) -> None:
        """A submission is done. outcome.state: "graded", "unchanged", "stale", "refused" or "aside"."""

    def tick(self) -> None:
        """Time has passed."""

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


Consent = Callable[[tuple[Stale, ...]], bool]


def keep_all(stale: tuple[Stale, ...]) -> bool:
    """The answer of nobody: what is stale is left as it is, and told."""
    return False


@dataclass(frozen=True, slots=True)
class Reported:
    """A submission without a grade. state: "refused" or "aside"."""

    student: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to.

    left: not begun, after Ctrl-C; spent: seconds by step, over all workers; wall: seconds; stale: see `Stale`, left as
    they were; unregistered: source/ has other tests than the gradebook, with which this run graded.
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

    @property
    def complete(self) -> bool:
        """Whether every submission has a grade that grading now would give, too."""
        return not self.reported and not self.left and not self.stale and not self.unregistered


class Tally:
    """Counts what happens in a run."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.reported: list[Reported] = []
        self.stale: list[Stale] = []
        self.spent: Counter[str] = Counter()
        self.slowest: list[tuple[str, float]] = []

    def add(self, outcome: Outcome) -> None:
        """Count a submission."""
        self.states[outcome.state] += 1
        if outcome.state in ("refused", "aside"):
            self.reported.append(Reported(outcome.student, outcome.state, outcome.reason))
        if outcome.state == "stale":
            self.stale.append(Stale(outcome.student, outcome.causes, outcome.reason))
        if outcome.seconds:
            self.spent.update(outcome.seconds)
            entry = (outcome.student, sum(outcome.seconds.values()))
            self.slowest = nlargest(_SLOWEST, [*self.slowest, entry], key=lambda pair: pair[1])

    def summary(self, assignment: str, total: int, wall: float, done: str = "graded") -> Summary:
        """The end of the run."""
        left = total - sum(self.states.values())
        reported = tuple(sorted(self.reported, key=lambda entry: entry.student))
        states, slowest = self.states, tuple(self.slowest)
        stale = tuple(sorted(self.stale, key=lambda entry: entry.student))
        return Summary(
            assignment, states[done], states["unchanged"], reported, left, slowest, dict(self.spent), wall, stale
        )


@contextmanager
def stoppable(watcher: Watcher) -> Iterator[list[str]]:
    """A list that is empty until Ctrl-C (or SIGTERM) asks for an end; a second one ends at once."""
    asked: list[str] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(signal.Signals(number).name)
        watcher.note("Stopping: what is running will be finished; press Ctrl-C again to end at once.")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def chosen_students(shelf: Shelf, wanted: Sequence[str], assignment: str) -> list[str]:
    """Those of the class that a command is about, sorted. Raises UsageError for one who handed nothing in."""
    there = shelf.students()
    unknown = sorted(set(wanted) - set(there))
    if unknown:
        remedy = f"Run `nbgrader collect {assignment}`, or check the name."
        raise UsageError(f"{', '.join(unknown)}: nothing there of {assignment}", "--student", remedy)
    if not there:
        remedy = f"Run `nbgrader collect {assignment}`, or put the files into submitted/STUDENT/{assignment}/."
        raise UsageError(f"there is nothing of {assignment} to work on", str(shelf), remedy)
    return sorted(set(wanted)) or there


def default_workers() -> int:
    """As many as this process has cores."""
    return len(os.sched_getaffinity(0))


def grade_class(
    config: Config,
    assignment: str,
    watcher: Watcher,
    *,
    students: Sequence[str] = (),
    workers: int = 0,
    scheduler: str = "",
    force: bool = False,
    consent: Consent = keep_all,
    pool: LocalPool | None = None,
) -> Summary:
    """Grade what was collected and is not graded yet, or has changed since.

    What another version of this package or of torch has graded, or what was graded without a note of it, is graded
    again only with consent: its mark may change although nobody did a thing.

    config: the course's; students: ids, or nothing for all; workers: of the local pool, 0 for as many as cores;
    scheduler: address of a Dask scheduler, instead of the local pool; force: grade again what is graded; consent: is
    asked once, if there is something to ask; pool: workers that `early_pool` has started, to be used instead and left
    running.
    Raises UsageError and MachineError. Whatever was finished by then is saved, and the next run goes on from there.
    """
    plan = _plan(config, assignment_bundle(config, assignment))
    directory = CourseDirectory(config=Config(config))
    started = time.perf_counter()
    shelf = Shelf(config, assignment)
    names = chosen_students(shelf, students, assignment)
    watcher.begin(len(names), f"grade {assignment}")
    tally = Tally()
    with shelf, Ledger(str(directory.db_url), str(directory.course_id), assignment, config) as ledger:
        run = _Run(plan, shelf, ledger, watcher, tally, force=force)
        run.ask(names, consent)
        if pool is not None:
            pool.replan(plan.freeze())
        opened = open_pool(plan, workers, scheduler) if pool is None else nullcontext(pool)
        with opened as at_work, stoppable(watcher) as asked:
            for item in at_work.map(run.jobs(names, asked)):
                if item is None:
                    watcher.tick()
                else:
                    run.store(*item)
    if other := unregistered(config, assignment, directory):  # last: what was graded scrolls away what stands above
        watcher.note(other)
    return replace(tally.summary(assignment, len(names), time.perf_counter() - started), unregistered=bool(other))


def _plan(config: Config, bundle: Bundle) -> Plan:
    return Plan(bundle, limits_of(config), config, bool(config.get("Judge", {}).get("unsafe_no_sandbox", False)))


def early_pool(config: Config, bundle: Bundle, workers: int = 0) -> LocalPool:
    """A local pool for `grade_class` whose workers start now, while the assignment is still being generated.

    bundle: of the same notebooks, made of whatever there is of them: it tells which servers to start. Use as a context.
    """
    plan = _plan(config, bundle)
    pool = _local_pool(plan, workers, attempt)
    pool.start(prepare)
    return pool


def open_pool(
    plan: Plan, workers: int, scheduler: str, function: Callable[[Job, bytes], Outcome] = attempt
) -> AbstractContextManager[Pool]:
    """The local pool, or a running cluster. function: what a worker does with a job and the frozen plan."""
    if scheduler:
        from torchmarks.bulk.cluster import ClusterPool  # noqa: PLC0415 - distributed is an extra, and slow to load

        return ClusterPool(plan.freeze(), scheduler, function)
    return _local_pool(plan, workers, function)


def _local_pool(plan: Plan, workers: int, function: Callable[[Job, bytes], Outcome]) -> LocalPool:
    unsafe = plan.unsafe if function is attempt else None  # what else there is to do needs no student's process
    count = workers or default_workers()
    return LocalPool(plan.freeze(), count, function, longest_s=_longest(plan), unsafe=unsafe)


def _longest(plan: Plan) -> float:
    """Seconds that no submission can take whose limits work: then its worker hangs."""
    cells = sum(len(notebook.blueprint.cells) for notebook in plan.bundle.notebooks)
    return 120.0 + (cells + 40) * 2 * (plan.limits.cell_s + plan.limits.call_s)


class _Run:
    def __init__(
        self, plan: Plan, shelf: Shelf, ledger: Ledger, watcher: Watcher, tally: Tally, *, force: bool
    ) -> None:
        self._plan, self._shelf, self._ledger, self._watcher, self._tally = plan, shelf, ledger, watcher, tally
        self._version, self._basis = plan.version, plan.basis
        self._force, self._again = force, False
        self._known = ledger.known()
        moved = shelf.recover({student: known.key for student, known in self._known.items()})
        if moved:
            watcher.note(f"{len(moved)} graded by a run that was cut short: moved into place.")

    def ask(self, names: Sequence[str], consent: Consent) -> None:
        """Tell what is graded again because the assignment or its limits changed; ask about what is stale."""
        if self._force:
            return
        changed: Counter[str] = Counter()
        stale = []
        for student in names:
            record = self._record_of_grade(student)
            if record is None:
                continue
            now = self._basis(Submission(student, {}))
            why = causes(record.basis, now if record.basis is None else replace(now, files=record.basis.files))
            if needs_consent(why):  # unless its files are others: a look at them costs something
                submission = self._shelf.submission(student)
                found = self._stale(submission, key_of(submission, self._version))
                stale += [found] if found is not None and needs_consent(found.causes) else []
            elif why:
                changed[explained(why, record.basis, now)] += 1
        for reason, count in changed.items():
            self._watcher.note(f"{count} graded submission{'s are' if count > 1 else ' is'} graded again: {reason}.")
        self._again = bool(stale) and consent(tuple(stale))

    def _record_of_grade(self, student: str) -> Record | None:
        """What is noted of a grade that stands. One that no note was taken of has a note that says nothing."""
        known = self._known.get(student)
        if known is None or not known.has_rows or not self._shelf.is_there(student):
            return None
        if known.record is None or not (known.record.grader or known.record.is_graded):
            return Record("graded")  # by nbgrader's command, at the time of version 0.1
        return known.record if known.record.is_graded else None

    def _stale(self, submission: Submission, key: str) -> Stale | None:
        """Why a grade that stands is not what grading would give now; None when it is, or when none stands."""
        record, known = self._record_of_grade(submission.student), self._known.get(submission.student)
        if record is None or known is None:
            return None
        now = self._basis(submission)
        why = () if record.basis is None and record.key == key else causes(record.basis, now)
        if Cause.UNRECORDED in why and _is_newer(submission, known):
            why = (Cause.FILES, *why)
        return Stale(submission.student, why, explained(why, record.basis, now)) if why else None

    def jobs(self, names: Sequence[str], asked: Sequence[str]) -> Iterator[Job]:
        """What has to be graded; what need not be is told at once."""
        for student in names:
            if asked:
                return
            submission = self._shelf.submission(student)
            self._pass_on()
            key = key_of(submission, self._version)
            earlier = None if self._force else self._earlier(submission, key)
            if earlier is None:
                yield Job(submission, key, basis=self._basis(submission))
            else:
                self._tell(earlier)

    def _pass_on(self) -> None:
        """What the shelf has to say goes to the watcher, once."""
        for note in self._shelf.notes:
            self._watcher.note(note)
        self._shelf.notes = ()

    def _earlier(self, submission: Submission, key: str) -> Outcome | None:
        """What an earlier run made of the same work."""
        student, known = submission.student, self._known.get(submission.student)
        record = self._record_of_grade(student)
        if record is None:
            refused = None if known is None else known.record
            if refused is None or refused.is_graded or refused.key != key:
                return None
            return Outcome(student, key, refused.state, refused.reason)
        stale = self._stale(submission, key)
        if stale is None:
            if record.basis is None:
                self._ledger.note(Outcome(student, key, "graded"), self._basis(submission))
            return Outcome(student, key, "unchanged")
        if self._again or not needs_consent(stale.causes):
            return None
        return Outcome(student, key, "stale", stale.reason, causes=stale.causes)

    def store(self, job: Job, outcome: Outcome) -> None:
        """Save an outcome: aside, gradebook, into place. See `shelf` for what a sudden end leaves."""
        started = time.perf_counter()
        try:
            timestamp = handed_in(job.submission)
        except ValueError:
            timestamp = None
            outcome = _not_graded(outcome, "timestamp.txt cannot be read. Correct it, or remove it.")
        aside = None
        if outcome.state == "graded":
            try:
                aside = self._shelf.lay_aside(job.student, job.key, self._files(job, outcome))
            except OSError as error:
                if error.errno not in _ITS_OWN_FAULT:
                    raise cannot_write(error) from error
                outcome = _not_graded(outcome, f"Its files cannot stand beside the assignment's: {error}.")
        seen = job.submission.has_notebook_on_top or outcome.state == "graded"
        self._ledger.save(outcome, timestamp, has_notebook=seen, basis=job.basis)
        try:
            if aside is not None:
                self._shelf.put(job.student, aside)
            else:
                self._shelf.remove(job.student)
        except OSError as error:
            raise cannot_write(error) from error
        self._tell(outcome.timed(write=time.perf_counter() - started))

    def _files(self, job: Job, outcome: Outcome) -> dict[str, bytes]:
        files = data_files(job.submission, self._plan.bundle)
        texts = {f"{n.name}.ipynb": n.text.encode() for n in outcome.notebooks if n.text is not None}
        return files | texts

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._watcher.finished(outcome)


def _is_newer(submission: Submission, known: Known) -> bool:
    """Whether a submission came in after the one that nbgrader graded: nbgrader's own rule for grading again."""
    try:
        came = handed_in(submission)
    except ValueError:
        return True
    return came is not None and (known.timestamp is None or came > known.timestamp)


def _not_graded(outcome: Outcome, reason: str) -> Outcome:
    return replace(outcome, state="refused", reason=reason, notebooks=(), notes=())


def cannot_write(error: OSError) -> MachineError:
    """The error of a disk that is full or may not be written."""
    return MachineError(
        f"{error.filename or 'autograded/'} cannot be written: {error.strerror or error}.",
        "What was graded before is saved; make room and run the same command again.",
    )
