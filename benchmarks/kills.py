"""A large class graded undisturbed, and graded while processes of the grader are killed at random: same marks?

    python benchmarks/kills.py [--students 2000] [--kills 20] [--workers N] [--seed 0]

Prints what both runs took, the most memory that the grader itself ever held, and whether the two gradebooks and the
graded copies are identical; exits with 1 if they are not. No submission hangs: which limit is hit first may differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from classes import ASSIGNMENT, NO_HANGING, make_class, make_course

from torchmarks.course import Course, repository

sys.path.insert(0, str(repository()))
from tests.bulk.kills import grade_disturbed, start
from tests.bulk.results import graded_files, rows_of


def grade_undisturbed(root: Path, workers: int) -> tuple[float, float]:
    """Seconds, and the most memory of the grader without its workers, in MiB. Raises SystemExit where it fails."""
    started = time.perf_counter()
    grader = start(root, ASSIGNMENT, workers, subprocess.PIPE)
    assert grader.stderr is not None
    said = grader.stderr.read()
    _, status, used = os.wait4(grader.pid, 0)
    grader.returncode = os.waitstatus_to_exitcode(status)
    if grader.returncode not in (0, 1):  # 1: some submissions cannot be graded, and were reported
        raise SystemExit(said.decode(errors="replace"))
    return time.perf_counter() - started, used.ru_maxrss / 1024


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Grade a class with and without kill -9.")
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torchmarks-kills-") as folder:
        calm = make_course(Path(folder) / "calm")
        make_class(calm, given.students, seed=given.seed, mix=NO_HANGING | {"unreadable": 0})
        disturbed = Course(Path(shutil.copytree(calm.root, Path(folder) / "disturbed")))
        seconds, memory = grade_undisturbed(calm.root, given.workers)
        pace = given.students / seconds
        print(
            f"{given.students} submissions, {given.workers} workers: {seconds:.0f} s, {pace:.2f} a second", flush=True
        )
        print(f"the most memory that the grader held: {memory:.0f} MiB", flush=True)
        started = time.perf_counter()
        seen = grade_disturbed(disturbed.root, ASSIGNMENT, given.students, given.workers, given.kills, given.seed)
        print(f"{seen.kills} of {given.kills} kills hit, {seen.runs} runs: {time.perf_counter() - started:.0f} s")
        same_rows = rows_of(disturbed.db_url) == rows_of(calm.db_url)
        same_files = graded_files(disturbed.root) == graded_files(calm.root)
        graded = len(rows_of(calm.db_url)["submissions"])
        print(f"gradebook of {graded} submissions identical: {same_rows}; graded copies identical: {same_files}")
    if not (same_rows and same_files):
        sys.exit(1)


if __name__ == "__main__":
    main()
