"""The main loop of `torchmarks watch`: poll the sources, hand work to free workers, sleep; until SIGINT or SIGTERM.

One process watches an assignment; a lock sees to that. An error that may pass (a full disk, a gradebook that is away)
is reported and the step tried again; what cannot be watched is refused before anything is looked at.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk import early_pool
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.pools import default_workers
from torchmarks.bulk.stopping import stoppable
from torchmarks.course.arrivals import Arrivals
from torchmarks.course.bundles import assignment_bundle
from torchmarks.course.commands import due_date_command, generate_command
from torchmarks.course.config_check import with_exchange
from torchmarks.course.deadlines import deadlines_of
from torchmarks.course.locks import Hold, Locks
from torchmarks.course.policy import policy_of
from torchmarks.course.reachable import reachable
from torchmarks.course.records import missing_file
from torchmarks.course.registered import assignments_in
from torchmarks.course.whose import require_own
from torchmarks.errors import TorchmarksError, UsageError
from torchmarks.watch.arriving import Arriving
from torchmarks.watch.events import Event, Reporter
from torchmarks.watch.rounds import Round
from torchmarks.watch.rows import Rows
from torchmarks.watch.sources import Exchange, Folder, Source
from torchmarks.watch.steps import Steps
from torchmarks.watch.work_queue import WorkQueue

_EVERY_S: Final = 0.5
_MISPLACED_EVERY_S: Final = 60.0  # a look at every name in a folder, for people who have made a mistake
_SLICE_S: Final = 0.1  # so that an end that is asked for is not waited for
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Watched:
    """An assignment under watch, with its retry state.

    pause_s: how long was waited after the last error, longer after one that follows soon; not_before: until when, by
    the monotonic clock.
    """

    assignment: str
    arriving: Arriving
    round: Round
    pause_s: float = 0.0
    not_before: float = float("-inf")


class _Counting(Reporter):
    """A reporter that counts what could not be graded, for the exit status."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self.not_graded = self.lines = 0

    def idle(self, text: str) -> None:
        self._reporter.idle(text)

    def note(self, text: str) -> None:
        self.lines += 1
        self._reporter.note(text)

    def not_taken(self, text: str) -> None:
        """A line on something that is not a submission."""
        self.not_graded += 1
        self.note(text)

    def event(self, event: Event) -> None:
        self.lines += 1
        self.not_graded += event.kind in ("not graded", "refused")
        self._reporter.event(event)


def watch(
    config: Config,
    assignments: Sequence[str],
    reporter: Reporter,
    *,
    once: bool = False,
    submitted: Path | None = None,
    workers: int = 0,
    clock: Callable[[], datetime] = utc_now,
    pool: LocalPool | None = None,
) -> int:
    """Watch assignments (none: all that have a due date) until SIGINT or SIGTERM.

    once: do what there is to do now, and end; submitted: a folder to watch beside the exchange; workers: 0 for as many
    as cores; clock: the time in UTC; pool: workers to be used instead, and left running. Returns how many submissions
    could not be taken or graded. Raises UsageError and MachineError for what cannot be watched at all.
    """
    policy_of(config)
    config = with_exchange(config)
    names = _watchable(config, assignments, reporter)
    count = workers or default_workers()
    counting = _Counting(reporter)
    with ExitStack() as stack:
        holds = _hold(config, names, reporter, quiet=once)
        for hold in holds.values():
            stack.callback(hold.release)
        if not holds:
            return 0
        sources = _sources(config, submitted)
        asked = stack.enter_context(stoppable(reporter.note))
        if pool is None:
            bundle = assignment_bundle(config, next(iter(holds)))
            pool = stack.enter_context(early_pool(config, bundle, count, start=not once))
        with reachable(str(CourseDirectory(config=Config(config)).db_url)):
            arrivals = stack.enter_context(Arrivals(str(CourseDirectory(config=Config(config)).db_url)))
        queue = stack.enter_context(WorkQueue(pool))
        watched = [_watched(config, name, arrivals, sources, counting, clock, queue) for name in holds]
        for one in watched:
            one.arriving.recover()
        every = assignments_in(str(CourseDirectory(config=Config(config)).db_url))
        folders = [one for one in sources if isinstance(one, Folder)]
        _Loop(watched, queue, folders, every, counting, asked, once=once).run()
    return counting.not_graded


def _watchable(config: Config, wanted: Sequence[str], reporter: Reporter) -> list[str]:
    """The assignments to watch; those that are left out are reported.

    Raises UsageError for one without a gradebook, or without a deadline.
    """
    directory = CourseDirectory(config=Config(config))
    place = str(directory.db_url)
    if file := missing_file(place):
        remedy = f"Generate and release an assignment first: {generate_command()}."
        raise UsageError("there is no gradebook yet", file, remedy)
    require_own(directory)
    there = assignments_in(place)
    for name in wanted:
        if name not in there:
            remedy = f"Known: {', '.join(there)}." if there else f"Run: {generate_command()}."
            raise UsageError(f"the gradebook has no assignment {name!r}", str(directory.root), remedy)
    due = {name: deadlines_of(directory, name) for name in wanted or there}
    found = [name for name, deadlines in due.items() if deadlines is not None and deadlines.due is not None]
    missing = [name for name in due if name not in found]
    if missing and (wanted or not found):
        remedy = f"Give it one: {due_date_command(missing[0])}."
        raise UsageError("it has no due date, so nobody can tell when a grade is final", missing[0], remedy)
    if not found:
        raise UsageError("there is no assignment", str(directory.root), f"Run: {generate_command()}.")
    if missing:
        remedy = f"To give one: {due_date_command(missing[0])}"
        reporter.note(f"Not watched, for want of a due date: {', '.join(missing)}. {remedy}")
    return found


def _hold(config: Config, names: Sequence[str], reporter: Reporter, *, quiet: bool) -> dict[str, Hold]:
    """The locks of these assignments. quiet: what another process watches is left to it, as cron needs it."""
    locks = Locks(Path(CourseDirectory(config=Config(config)).root))
    found: dict[str, Hold] = {}
    for name in names:
        hold = locks.attempt_watch(name)
        if hold is not None:
            found[name] = hold
        elif quiet:
            reporter.note(f"{name}: another process watches it.")
        else:
            for held in found.values():
                held.release()
            raise UsageError("another process watches it already", name, "End that one first, or leave it to it.")
    return found


def _sources(config: Config, submitted: Path | None) -> list[Source]:
    """Where to look. Without an exchange a folder is enough."""
    folder = [] if submitted is None else [Folder(config, submitted)]
    try:
        return [Exchange(config), *folder]
    except UsageError:
        if not folder:
            raise
        return [*folder]


def _watched(
    config: Config,
    assignment: str,
    arrivals: Arrivals,
    sources: Sequence[Source],
    reporter: Reporter,
    clock: Callable[[], datetime],
    queue: WorkQueue,
) -> _Watched:
    rows = Rows(arrivals, assignment)
    steps = Steps(config, assignment, reporter, queue)
    arriving = Arriving(config, rows, sources, reporter, clock)
    return _Watched(assignment, arriving, Round(config, rows, steps, policy_of(config), reporter, clock))


class _Loop:
    """The loop itself. assignments: all that the gradebook knows; once: end as soon as there is nothing to do."""

    def __init__(
        self,
        watched: Sequence[_Watched],
        queue: WorkQueue,
        folders: Sequence[Folder],
        assignments: Sequence[str],
        reporter: _Counting,
        asked: Sequence[str],
        *,
        once: bool,
    ) -> None:
        self._watched, self._queue, self._folders, self._assignments = deque(watched), queue, folders, assignments
        self._names = ", ".join(one.assignment for one in watched)
        self._reporter, self._asked, self._once = reporter, asked, once
        self._looked_for_misplaced = float("-inf")

    def run(self) -> None:
        """Look for work and hand it to free workers, until an end is asked for."""
        looked = float("-inf")
        while not self._asked:
            is_time = time.monotonic() - looked >= _EVERY_S
            if is_time:
                looked = time.monotonic()
                self._look()
            if self._begin() or self._queue.busy:
                self._settle()
                looked = looked if self._queue.busy else float("-inf")
            elif is_time and self._once and not any(one.round.blocked for one in self._watched):
                self._say_nothing_new()
                return
            else:
                self._queue.close_idle()
                self._reporter.idle(f"watching {self._names}{self._kept()}")
                _wait(_EVERY_S, self._asked)
        while self._queue.busy:  # what was begun is finished, and reported
            self._settle()

    def _look(self) -> None:
        if time.monotonic() - self._looked_for_misplaced >= _MISPLACED_EVERY_S:
            self._looked_for_misplaced = time.monotonic()
            for line in (line for folder in self._folders for line in folder.not_understood(self._assignments)):
                self._reporter.not_taken(line)
        for one in self._watched:
            self._attempt(one, one.arriving.look)
            self._attempt(one, one.round.look)

    def _begin(self) -> bool:
        """Give every worker something to do, of each assignment in turn. Returns whether something was begun."""
        begun, idle = False, 0
        while idle < len(self._watched) and self._queue.free and not self._asked:
            self._watched.rotate(-1)
            found = self._attempt(self._watched[-1], self._watched[-1].round.begin)
            begun, idle = begun or found, 0 if found else idle + 1
        return begun

    def _settle(self) -> None:
        self._reporter.idle(f"watching {self._names}; at work{self._kept()}")
        try:
            failed = self._queue.settle()
        except Exception as error:
            if self._once:
                raise
            self._queue.abandon()
            failed = {one.assignment: error for one in self._watched}
        for one in self._watched:
            if one.assignment in failed:
                self._rest(one, failed[one.assignment])

    def _attempt(self, one: _Watched, step: Callable[[], bool | None]) -> bool:
        """Whether a step found something to do. An error that may pass is reported, and the step tried again later."""
        if time.monotonic() < one.not_before:
            return False
        try:
            found = bool(step())
        except Exception as error:
            self._rest(one, error)
            return False
        return found

    def _rest(self, one: _Watched, error: Exception) -> None:
        """Pause an assignment after an error that may pass: nobody is there at night to start it again."""
        if self._once:  # the only try
            raise error
        now = time.monotonic()
        one.pause_s = min(2 * one.pause_s, _LONGEST_PAUSE_S) if now - one.not_before < one.pause_s else _FIRST_PAUSE_S
        text = str(error) if isinstance(error, TorchmarksError) else f"{type(error).__name__}: {error}."
        self._reporter.note(f"{one.assignment}: {text} Trying again in {one.pause_s:.0f} s.")
        one.not_before = now + one.pause_s

    def _kept(self) -> str:
        waiting = sum(one.round.waiting for one in self._watched)
        return f"; {waiting} kept for a deadline" if waiting else ""

    def _say_nothing_new(self) -> None:
        if not self._reporter.lines:
            self._reporter.note(f"{self._names}: nothing new{self._kept()}.")


def _wait(seconds: float, asked: Sequence[str]) -> None:
    end = time.monotonic() + seconds
    while not asked and (left := end - time.monotonic()) > 0:
        time.sleep(min(_SLICE_S, left))
