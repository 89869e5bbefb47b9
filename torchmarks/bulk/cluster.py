"""A running Dask cluster as a pool: the same function, mapped over workers that share nothing but the package.

Submissions and plan travel as pickled bytes between the grader's own processes. Must not know what a job means.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from distributed import Client, KilledWorker

from torchmarks.bulk.jobs import Job, Outcome
from torchmarks.bulk.pool import ATTEMPTS, quarantined
from torchmarks.bulk.work import ServerLost
from torchmarks.errors import MachineError, TorchmarksError
from torchmarks.isolation import ServerHurt

_TICK_S: Final = 0.5  # how often a watcher's clock goes on while nothing finishes
_CONNECT_S: Final = 30
_AHEAD: Final = 2  # jobs in the hands of a cluster for each of its threads: one that runs, one that waits there


class ClusterPool:
    """The workers of a Dask scheduler. Use as a context; `map` once.

    frozen: the plan, sent once to each worker; address: such as tcp://host:8786; function: as in LocalPool. Raises
    MachineError when the scheduler does not answer.
    """

    def __init__(self, frozen: bytes, address: str, function: Callable[[Job, bytes], Outcome]) -> None:
        self._function, self._address = function, address
        try:
            self._client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise MachineError(
                f"No Dask scheduler answers at {address} ({type(error).__name__}).",
                "Start one (`dask scheduler`) and workers, or leave out --scheduler.",
            ) from error
        # A task, not scattered data: the scheduler can make it anew when the worker that holds it dies.
        self._plan = self._client.submit(_same, _Plan(frozen), pure=True)
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._running: dict[Any, tuple[Job, int]] = {}

    def __enter__(self) -> ClusterPool:
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(Exception):  # of a lost scheduler: what cannot be tidied up must not hide why
            self._client.cancel(list(self._running), force=True)
        self._running.clear()
        with suppress(Exception):
            self._client.close()

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        """See LocalPool.map."""
        waiting = True
        while True:
            while waiting and len(self._running) < self._room():
                job = next(jobs, None)
                if job is None:
                    waiting = False
                else:
                    self._give(job, 0)
            if not self._running:
                if not waiting:
                    return
                continue
            try:
                future = self._ended.get(timeout=_TICK_S)
            except queue.Empty:
                yield None
                continue
            yield self._received(future)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Raise MachineError where the scheduler is lost, or workers cannot load what they are given."""
        try:
            yield
        except (CancelledError, OSError, ImportError) as error:
            said = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
            raise MachineError(
                f"The Dask cluster at {self._address} cannot go on: {said}.",
                "What was graded before is saved. Make sure that the scheduler runs and that its workers have this "
                "version of torchmarks, then run the same command again.",
            ) from error

    def _room(self) -> int:
        """How many jobs the cluster may hold; workers come and go."""
        with self._answering():
            return max(1, _AHEAD * sum(self._client.nthreads().values()))

    def _give(self, job: Job, failures: int) -> None:
        # a key for each attempt: for one that it knows Dask gives the result that it has
        future = self._client.submit(
            _do, self._function, job, self._plan, pure=False, key=f"grade-{job.key}-{failures}"
        )
        self._running[future] = (job, failures)
        future.add_done_callback(self._ended.put)

    def _received(self, future: Any) -> tuple[Job, Outcome] | None:
        job, failures = self._running.pop(future)
        try:
            with self._answering():
                return job, future.result()
        except KilledWorker as error:  # the scheduler has counted the deaths itself
            why = f"It brought down the worker {error.last_worker.address}."
            return job, quarantined(job, why, error.allowed_failures + 1)
        except (ServerLost, ServerHurt) as error:
            return self._retry(job, failures, error)
        except MachineError:  # the next job would meet it as well: it ends the run
            raise
        except TorchmarksError as error:
            return self._retry(job, failures, error)

    def _retry(self, job: Job, failures: int, error: Exception) -> tuple[Job, Outcome] | None:
        if failures + 1 >= ATTEMPTS:
            return job, quarantined(job, str(error), failures + 1)
        self._give(job, failures + 1)
        return None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A frozen plan. A worker of Dask's writes the arguments of what fails to its log, and a plan holds the secret."""

    frozen: bytes = field(repr=False)


def _same(plan: Any) -> Any:
    return plan


def _do(function: Callable[[Job, bytes], Outcome], job: Job, plan: _Plan) -> Outcome:
    return function(job, plan.frozen)
