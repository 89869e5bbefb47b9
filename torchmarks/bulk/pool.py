"""The local pool: workers forked from one warm process, in one sandbox, each replaced when it dies.

Hands out jobs and takes results as they finish. A job whose worker died goes to another one; after three deaths it is
quarantined. Must not know what a job means. (concurrent.futures gives up the whole pool when one worker dies.)
"""

from __future__ import annotations

import contextlib
import pickle
import socket
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import IO, Any, Final

from torchmarks.bulk.forkserver import ForkServer
from torchmarks.bulk.jobs import Greeting, Job, Outcome, OutcomeState
from torchmarks.errors import MachineError
from torchmarks.isolation import Isolation, Sandbox
from torchmarks.isolation.client.last_line import last_line_of

ATTEMPTS: Final = 3
_LOSSES: Final = 3 * ATTEMPTS  # of a job that lost its worker together with others: any of their jobs may be the reason
_TICK_S: Final = 0.5
_START_S: Final = 300.0


class _Worker:
    """One process and the channel to it. job: what it works on, None while idle; ended: whether it has said that it
    ends; greeting: the last one that it was sent.
    """

    def __init__(self, parent: ForkServer, greeting: Greeting, sandbox: Sandbox | None) -> None:
        ours, theirs = socket.socketpair()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        self.parent, self.sandbox = parent, sandbox
        with contextlib.ExitStack() as given:
            given.callback(theirs.close)
            # Not through the channel: it holds less than a plan, and nobody reads it until the worker is there.
            written = given.enter_context(tempfile.TemporaryFile())
            written.write(pickle.dumps(greeting))
            written.seek(0)
            fds = [theirs.fileno(), written.fileno(), self._stderr.fileno()]
            if sandbox is not None:
                with contextlib.suppress(OSError):  # it ended meanwhile: the worker makes one of its own
                    fds.append(given.enter_context(sandbox.connect()).fileno())
            self.process = parent.fork(*fds, isolation="none" if sandbox is None else sandbox.isolation)
        self.channel = Connection(ours.detach())
        self.ready = self.ended = False
        self.greeting = greeting
        self.job: Job | None = None
        self.since = 0.0

    def greet(self, greeting: Greeting) -> None:
        self.greeting = greeting
        with contextlib.suppress(OSError):  # it died at once: seen when the channel is read
            self.channel.send(greeting)

    def give(self, job: Job) -> None:
        self.job, self.since = job, time.monotonic()
        with contextlib.suppress(OSError):
            self.channel.send(job)

    def exit_reason(self) -> str:
        """The last line that it wrote to stderr, and how it ended."""
        how, last = self.process.ended(_TICK_S), last_line_of(self._stderr)
        return f"{how}: {last}" if last else how

    def end(self) -> None:
        """Close the channel, which ends an idle one; kill it if it does not end."""
        self.channel.close()
        self.process.ended(_TICK_S if self.job is None else 0)
        self._stderr.close()


_Given = tuple[Job, Greeting]  # a job, and what the worker that does it needs before


class LocalPool:
    """Workers on this machine. Use as a context.

    frozen: the plan; workers: how many; longest_s: seconds after which a worker that has not answered is killed;
    function: what a worker does with a job and the plan; it travels by name. isolation: start one sandbox of this level
    for all workers; None: jobs need no student's process.
    """

    def __init__(
        self,
        frozen: bytes,
        workers: int,
        function: Callable[[Job, bytes], Outcome],
        *,
        longest_s: float = 3600.0,
        isolation: Isolation | None = None,
    ) -> None:
        self._greeting = Greeting(frozen, function)
        self._count = workers
        self._longest_s = longest_s
        self._isolation = isolation
        self._parent: ForkServer | None = None
        self._sandbox: Sandbox | None = None
        self._workers: list[_Worker] = []
        self._failures: dict[str, list[str]] = {}
        self._losses: Counter[str] = Counter()
        self._queue: deque[_Given] = deque()
        self._failed_starts = 0

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        # the parent first: its end takes all workers along, busy or not
        parent, sandbox = self._parent, self._sandbox
        self._parent = self._sandbox = None
        if parent is not None:
            parent.close()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        if sandbox is not None:
            sandbox.close()

    def abandon(self) -> None:
        """End the workers, and forget what they were doing, after an error that ended a `map`: the next starts anew."""
        self.close()
        self._queue.clear()
        self._failures.clear()
        self._losses.clear()

    def start(self, warm: Callable[[bytes], None]) -> None:
        """Start the workers before there are jobs. warm: called by each with the plan; its errors are not reported,
        since the first job will run into them, too.
        """
        self._greeting = self._greeting._replace(warm=warm)
        self._workers = [self._worker() for _ in range(self._count)]

    def _worker(self) -> _Worker:
        """A new worker. The processes that workers share are started where they do not run (any more)."""
        if self._isolation is not None and (self._sandbox is None or not self._sandbox.usable):
            if self._sandbox is not None:
                self._sandbox.close()
            with contextlib.suppress(MachineError):  # the worker runs into it, too, and reports it
                self._sandbox = Sandbox(self._isolation)
        if self._parent is None or not self._parent.usable:
            if self._parent is not None:
                self._parent.close()
            self._parent = ForkServer()
        return _Worker(self._parent, self._greeting, self._sandbox)

    def replan(self, frozen: bytes, function: Callable[[Job, bytes], Outcome] | None = None) -> None:
        """Take another plan, and another function where one is given, for the jobs of the next `map`."""
        self._greeting = self._greeting._replace(frozen=frozen, function=function or self._greeting.function)
        for worker in self._workers:
            worker.greet(self._greeting)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        for worker in self._workers:
            worker.parent.answer(worker.process)
        return [worker.process.pid for worker in self._workers]

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        """Each job with its outcome, in the order in which they finish; None now and then while nothing does.

        Takes a job from `jobs` only when a worker is free for it. Raises MachineError where nothing can be graded.
        """
        waiting = True
        done: list[tuple[Job, Outcome]] = []
        while True:
            while waiting and self.free:
                job = next(jobs, None)
                if job is None:
                    waiting = False
                else:
                    self.post(job, self._greeting)
            yield from (done or (None,))  # only now: while the caller writes these, the workers are at the next
            if not waiting and not self.busy:
                return
            done = self.finished()

    @property
    def free(self) -> int:
        """How many more jobs would begin at once. Starts no worker: there may be no job."""
        idle = len(self._idle()) if self._workers else self._count
        return max(0, idle - len(self._queue))

    @property
    def busy(self) -> bool:
        """Whether a worker has a job, or one waits for a worker."""
        return bool(self._queue) or any(worker.job is not None for worker in self._workers)

    def post(self, job: Job, greeting: Greeting) -> None:
        """Have a job done by the next worker that is free, which gets `greeting` first. `finished` gives what came of
        it.
        """
        self._queue.append((job, greeting))
        self._give()

    def _give(self) -> None:
        for worker in self._idle():
            if not self._queue:
                return
            job, greeting = self._queue.popleft()
            if worker.greeting is not greeting:
                worker.greet(greeting)
            worker.give(job)

    def _idle(self) -> list[_Worker]:
        if not self._workers:  # the first jobs wait in the channel while they start
            self._workers = [self._worker() for _ in range(self._count)]
        return [worker for worker in self._workers if worker.job is None and not worker.ended]

    def finished(self) -> list[tuple[Job, Outcome]]:
        """What has finished; waits for it for a moment. Raises MachineError where nothing can be graded."""
        done = self._finished()
        self._give()
        return done

    def _finished(self) -> list[tuple[Job, Outcome]]:
        channels = {worker.channel: worker for worker in self._workers}
        done: list[tuple[Job, Outcome]] = []
        for channel in wait(list(channels), _TICK_S):
            worker = channels[channel]  # type: ignore[index]
            try:
                kind, value = worker.channel.recv()
            except (EOFError, OSError):
                done += self._replace(worker, f"Its worker died ({worker.exit_reason()}).")
                continue
            done += self._received(worker, kind, value)
        for worker in self._workers:
            longest_s = self._longest_s if worker.ready else max(_START_S, self._longest_s)
            if worker.job is not None and time.monotonic() - worker.since > longest_s:
                worker.process.kill()  # its closed channel is seen in the next round
        return done

    def _received(self, worker: _Worker, kind: str, value: Any) -> list[tuple[Job, Outcome]]:
        if kind == "ready":
            worker.ready = True
            self._failed_starts = 0
            # its first job has waited in the channel until now
            worker.since = time.monotonic()
            return []
        job, worker.job = worker.job, None
        assert job is not None
        if kind == "done":
            return [(job, value)]
        if kind == "stop":
            raise value  # an error of the machine, which every worker would meet
        if kind == "lost":
            worker.ended = True
            more = "" if worker.sandbox is None else f" The sandbox ended: {worker.sandbox.exit_reason}."
            return self._lost((job, worker.greeting), f"{value}{more}")
        return self._retry((job, worker.greeting), str(value))

    def _replace(self, worker: _Worker, why: str) -> list[tuple[Job, Outcome]]:
        job, worker.job = worker.job, None
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= ATTEMPTS * self._count:
                raise MachineError(f"A worker cannot be started. {why}", "See the message above.")
        shared = not worker.parent.usable
        worker.end()
        self._workers[self._workers.index(worker)] = self._worker()
        if job is None:
            return []
        given = job, worker.greeting
        if not worker.ready:  # it never got to see the job
            self._queue.append(given)
            return []
        return self._lost(given, why) if shared else self._retry(given, why)

    def _lost(self, given: _Given, why: str) -> list[tuple[Job, Outcome]]:
        """Retry a job whose worker ended together with the processes that workers share."""
        job = given[0]
        self._losses[job.key] += 1
        if self._losses[job.key] < _LOSSES:
            self._queue.append(given)
            return []
        return [(job, quarantined(job, why, self._losses.pop(job.key)))]  # who does it again later begins anew

    def _retry(self, given: _Given, why: str) -> list[tuple[Job, Outcome]]:
        """Retry a job that brought down its worker."""
        job = given[0]
        failures = self._failures.setdefault(job.key, [])
        failures.append(why)
        if len(failures) < ATTEMPTS:
            self._queue.append(given)
            return []
        return [(job, quarantined(job, why, len(self._failures.pop(job.key))))]


def quarantined(job: Job, why: str, times: int) -> Outcome:
    """The outcome of a job that could not be done so many times, the last time because of `why`."""
    reason = f"It failed {times} times; the last time: {why.rstrip().removesuffix('.')}."
    return Outcome(job.student, OutcomeState.QUARANTINED, reason)
