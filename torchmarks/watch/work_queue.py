"""The work queue of `torchmarks watch`: submissions to grade and pages to make, of all assignments at once.

Each is done by the step that the command of that name takes. The next free worker begins what is asked for, and a
callback gets what came of it, so that nobody waits for somebody else's slow submission. Must not decide what is done.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Final, NamedTuple

from torchmarks.bulk import Outcome
from torchmarks.bulk.jobs import Greeting, Job, OutcomeState
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.step import Run

_OPEN_S: Final = 20.0  # how long a step takes new work: a test that is fixed meanwhile counts from the next one on
Then = Callable[[Outcome], None]


class Step(NamedTuple):
    """A step of an assignment. name: distinguishes it from others of that assignment; opening: opens it."""

    assignment: str
    name: str
    opening: Callable[[], AbstractContextManager[tuple[Run, Greeting]]]


@dataclass(slots=True)
class _OpenStep:
    """A step that is open for work. at_work: how many of its submissions workers have."""

    step: Step
    run: Run
    greeting: Greeting
    stack: ExitStack
    since: float
    at_work: int = 0


class WorkQueue:
    """The workers, and what they are doing. Use as a context; from one thread."""

    def __init__(self, pool: LocalPool) -> None:
        self._pool = pool
        self._opened: list[_OpenStep] = []
        self._given: dict[int, tuple[_OpenStep, Job, Then]] = {}  # by the job itself: two may have one key
        self._students: set[tuple[str, str]] = set()

    def __enter__(self) -> WorkQueue:
        return self

    def __exit__(self, *exception: object) -> None:
        self._forget()

    @property
    def free(self) -> bool:
        """Whether a worker would begin something at once."""
        return self._pool.free > 0

    @property
    def busy(self) -> bool:
        """Whether a worker has anything."""
        return bool(self._given)

    def is_at(self, assignment: str, student: str) -> bool:
        """Whether a worker has a student's submission. Its lock is held from the grading to the page, so that nothing
        else of theirs takes its place.
        """
        return (assignment, student) in self._students

    def begin(self, step: Step, student: str, then: Then) -> bool:
        """Have a step done to a submission. then: called with what came of it, at once where there is nothing to do.

        Returns False where another command works on it. Raises the error of a step that cannot be opened.
        """
        opened = self._open(step)
        why_not = opened.run.look_at(student)
        if why_not:  # one name in two Unicode forms, or left out since it came in
            then(Outcome(student, OutcomeState.QUARANTINED, why_not))
            return True
        work = opened.run.take(student)
        if isinstance(work, Outcome):
            then(work)
        elif work is not None:
            opened.at_work += 1
            self._given[id(work)] = opened, work, then
            self._students.add((step.assignment, student))
            self._pool.post(work, opened.greeting)
        return work is not None

    def settle(self) -> dict[str, Exception]:
        """Wait for a moment, save what has finished and call back. Returns what went wrong with that, by assignment.

        Raises an error of the workers themselves.
        """
        failed: dict[str, Exception] = {}
        for job, outcome in self._pool.finished() if self._given else ():
            opened, _, then = self._given.pop(id(job))
            opened.at_work -= 1
            self._students.discard((opened.step.assignment, job.student))
            try:
                then(opened.run.finish(job, outcome))
            except Exception as error:
                opened.since = float("-inf")  # it holds what it could not finish, so it gets nothing more
                failed[opened.step.assignment] = error
        now = time.monotonic()
        for opened in [one for one in self._opened if not one.at_work]:
            if now - opened.since >= _OPEN_S:
                self._close(opened)
        return failed

    def close_idle(self) -> None:
        """Close the steps that have no work, once there is none: to open one is to read what is known of the class."""
        for opened in [one for one in self._opened if not one.at_work]:
            with contextlib.suppress(Exception):  # what cannot be tidied up, the next run tidies up
                self._close(opened)

    def abandon(self) -> None:
        """End the workers, and forget what they were doing."""
        self._pool.abandon()
        self._forget()

    def _open(self, step: Step) -> _OpenStep:
        now = time.monotonic()
        for one in self._opened:
            if (one.step.assignment, one.step.name) == (step.assignment, step.name) and now - one.since < _OPEN_S:
                return one
        with ExitStack() as stack:
            run, greeting = stack.enter_context(step.opening())
            opened = _OpenStep(step, run, greeting, stack.pop_all(), now)
        self._opened.append(opened)
        return opened

    def _close(self, opened: _OpenStep) -> None:
        self._opened.remove(opened)
        opened.stack.close()

    def _forget(self) -> None:
        self._given.clear()
        self._students.clear()
        for opened in list(self._opened):
            with contextlib.suppress(Exception):  # what cannot be tidied up must not hide why
                self._close(opened)
