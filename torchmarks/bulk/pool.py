"""The local pool: worker processes of our own, each warm, each replaced when it dies.

Hands out jobs and takes results as they finish. A job whose worker died goes to another one; after three deaths it is
quarantined. Must not know what a job means. (concurrent.futures gives up the whole pool when one worker dies.)
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any, Final

from torchmarks.bulk.jobs import Greeting, Job, Outcome
from torchmarks.errors import MachineError

ATTEMPTS: Final = 3
_TICK_S: Final = 0.5
_START_S: Final = 300.0
_PACKAGE_PARENT: Final = str(Path(__file__).resolve().parents[2])
# jsonschema goes without this package where it cannot be imported. Where it can, each process that reads notebooks
# builds a grammar of internet addresses first, at three seconds of CPU, and no notebook has a field that it is for.
_NEVER_NEEDED: Final = "rfc3987_syntax"


class _Worker:
    """One process and the channel to it. job: what it is at, None while idle."""

    def __init__(self, greeting: Greeting) -> None:
        ours, theirs = socket.socketpair()
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        program = (
            f"import sys; sys.path.insert(0, {_PACKAGE_PARENT!r}); sys.modules[{_NEVER_NEEDED!r}] = None; "
            f"from torchmarks.bulk.worker import main; main({theirs.fileno()})"
        )
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                start_new_session=True,
                env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},  # as many workers as cores
            )
        self.channel = Connection(ours.detach())
        self.ready = False
        self.job: Job | None = None
        self.since = 0.0
        self.greet(greeting)

    def greet(self, greeting: Greeting) -> None:
        with contextlib.suppress(OSError):  # it died at once: seen when the channel is read
            self.channel.send(greeting)

    def give(self, job: Job) -> None:
        self.job, self.since = job, time.monotonic()
        with contextlib.suppress(OSError):
            self.channel.send(job)

    def exit_reason(self) -> str:
        """The last line that it wrote to stderr, and how it ended."""
        try:
            status = self.process.wait(_TICK_S)
        except subprocess.TimeoutExpired:  # it closed its channel and lives on
            self.process.kill()
            status = self.process.wait()
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return f"{how}{': ' + lines[-1] if lines else ''}"

    def end(self) -> None:
        """Close the channel, which ends an idle one; kill it if it does not end."""
        self.channel.close()
        try:
            self.process.wait(0.5 if self.job is None else 0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._said.close()


class LocalPool:
    """Workers on this machine. Use as a context.

    frozen: the plan; workers: how many; longest_s: seconds after which a worker that has not answered is killed;
    function: what a worker does with a job and the plan; it travels by name.
    """

    def __init__(
        self, frozen: bytes, workers: int, function: Callable[[Job, bytes], Outcome], *, longest_s: float = 3600.0
    ) -> None:
        self._greeting = Greeting(frozen, function)
        self._count = workers
        self._longest_s = longest_s
        self._workers: list[_Worker] = []
        self._failures: dict[str, list[str]] = {}
        self._again: deque[Job] = deque()
        self._failed_starts = 0

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, whatever they are at."""
        for worker in self._workers:
            worker.channel.close()  # all at once, so that they end side by side
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def start(self, warm: Callable[[bytes], None]) -> None:
        """Start the workers before there are jobs. warm: called by each with the plan; an error of it is not told,
        since the first job will meet it.
        """
        self._greeting = self._greeting._replace(warm=warm)
        self._workers = [_Worker(self._greeting) for _ in range(self._count)]

    def replan(self, frozen: bytes) -> None:
        """Take another plan for the jobs of the next `map`."""
        self._greeting = self._greeting._replace(frozen=frozen)
        for worker in self._workers:
            worker.greet(self._greeting)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid for worker in self._workers]

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        """Each job with its outcome, in the order in which they finish; None now and then while nothing does.

        Takes a job from `jobs` only when a worker is free for it. Raises MachineError where nothing can be graded.
        """
        waiting = True
        done: list[tuple[Job, Outcome]] = []
        while True:
            for worker in self._idle():
                job = self._again.popleft() if self._again else next(jobs, None) if waiting else None
                if job is None:
                    waiting = False
                    break
                worker.give(job)
            yield from (done or (None,))  # only now: while the caller writes these, the workers are at the next
            if not waiting and not self._again and all(worker.job is None for worker in self._workers):
                return
            done = self._finished()

    def _idle(self) -> list[_Worker]:
        if not self._workers:  # the first jobs wait in the channel while they start
            self._workers = [_Worker(self._greeting) for _ in range(self._count)]
        return [worker for worker in self._workers if worker.job is None]

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
            worker.since = time.monotonic()
            return []
        job, worker.job = worker.job, None
        assert job is not None
        if kind == "done":
            return [(job, value)]
        if kind == "stop":
            raise value
        return self._retry(job, str(value))

    def _replace(self, worker: _Worker, why: str) -> list[tuple[Job, Outcome]]:
        job, worker.job = worker.job, None
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= ATTEMPTS * self._count:
                raise MachineError(f"A worker cannot be started. {why}", "See the message above.")
        worker.end()
        self._workers[self._workers.index(worker)] = _Worker(self._greeting)
        if job is None:
            return []
        if not worker.ready:  # it never got to see the job
            self._again.append(job)
            return []
        return self._retry(job, why)

    def _retry(self, job: Job, why: str) -> list[tuple[Job, Outcome]]:
        failures = self._failures.setdefault(job.key, [])
        failures.append(why)
        if len(failures) < ATTEMPTS:
            self._again.append(job)
            return []
        return [(job, set_aside(job, why))]


def set_aside(job: Job, why: str) -> Outcome:
    """The outcome of a job that brought down its workers `ATTEMPTS` times."""
    reason = f"Grading it failed {ATTEMPTS} times; the last time: {why} Grade it by hand, or again with --force."
    return Outcome(job.student, job.key, "quarantined", reason)
