"""Opens the workers of a run: a local pool, or those of a running Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from torchmarks.bulk.jobs import Job, Outcome, Plan
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.step import Pool
from torchmarks.bulk.work import attempt


def default_workers() -> int:
    """As many as this process has cores."""
    # not cpu_count, which counts cores that a container may not use
    return len(os.sched_getaffinity(0))


def open_pool(
    plan: Plan, workers: int, scheduler: str, function: Callable[[Job, bytes], Outcome] = attempt
) -> AbstractContextManager[Pool]:
    """The local pool, or a running cluster where there is a scheduler. function: what a worker does with a job and the
    frozen plan.
    """
    if scheduler:
        from torchmarks.bulk.cluster import ClusterPool  # noqa: PLC0415 - distributed is an extra, and slow to load

        return ClusterPool(plan.freeze(), scheduler, function)
    return local_pool(plan, workers, function)


def local_pool(plan: Plan, workers: int, function: Callable[[Job, bytes], Outcome] = attempt) -> LocalPool:
    """A pool of this machine. workers: 0 for as many as cores; function: see `open_pool`."""
    isolation = plan.isolation if function is attempt else None  # only grading needs students' processes
    return LocalPool(
        plan.freeze(), workers or default_workers(), function, longest_s=_longest_s(plan), isolation=isolation
    )


def _longest_s(plan: Plan) -> float:
    """Seconds that no submission takes while its limits work: a worker that is longer at one hangs."""
    cells = sum(len(notebook.blueprint.cells) for notebook in plan.bundle.notebooks)
    return 120.0 + (cells + 40) * 2 * (plan.limits.cell_s + plan.limits.call_s)
