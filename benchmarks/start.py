"""How long a pool takes until its workers are warm, beside one import of torch in the same run.

    python benchmarks/start.py [--workers 2 16] [--rounds 3]

Prints wall-clock and CPU seconds of all processes, alternating, and the ratio of the wall-clock. Targets: two workers
on two cores within 2 times one import of torch, sixteen within 4 times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from submission_cost import cpu_s
from traitlets.config import Config

from torchmarks.bulk.jobs import Job, Plan
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.work import attempt, prepare
from torchmarks.course import repository
from torchmarks.course.secret import SCRATCH_SECRET
from torchmarks.grading import Bundle, NotebookBundle, Submission
from torchmarks.isolation import Limits

ASSIGNMENT = "01-tensors"


class Cost(NamedTuple):
    """Seconds, of the clock and of all cores together."""

    wall: float
    cpu: float


def one_import() -> Cost:
    """A fresh Python that imports torch."""
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    wall, after = time.perf_counter() - start, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, spent)


def frozen_plan() -> bytes:
    """What workers are told of an assignment."""
    notebook = json.loads(Path(repository(), "source", ASSIGNMENT, f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8"))
    bundle = Bundle(ASSIGNMENT, (NotebookBundle.of(ASSIGNMENT, notebook),), secret=SCRATCH_SECRET)
    return Plan(bundle, Limits(), Config()).freeze()


def pool_start(plan: bytes, workers: int) -> Cost:
    """From nothing until each worker has its server and has answered a job in which there is nothing to do."""
    jobs = [Job(Submission(f"student{number}", {}), f"key{number}") for number in range(workers)]
    before, start = cpu_s(), time.perf_counter()
    with LocalPool(plan, workers, attempt, isolation="auto") as pool:
        pool.start(prepare)
        done = [item for item in pool.map(iter(jobs)) if item is not None]
        assert len(done) == workers
        return Cost(time.perf_counter() - start, cpu_s() - before)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 16])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    plan = frozen_plan()
    costs: dict[int, list[Cost]] = {0: []} | {workers: [] for workers in options.workers}
    for _ in range(options.rounds):
        for workers, taken in costs.items():
            taken.append(pool_start(plan, workers) if workers else one_import())
    base = Cost(*(statistics.median(some) for some in zip(*costs.pop(0), strict=True)))
    print(f"{'one import of torch':<24}{base.wall:7.2f} s{base.cpu:9.2f} s CPU")
    for workers, taken in costs.items():
        wall, cpu = (statistics.median(some) for some in zip(*taken, strict=True))
        print(f"{f'{workers} workers ready':<24}{wall:7.2f} s{cpu:9.2f} s CPU{wall / base.wall:9.2f} times")


if __name__ == "__main__":
    main()
