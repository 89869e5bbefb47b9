"""A large class: does a submission cost more than in a small one, and does a run survive kill -9?

    python benchmarks/large_class.py [--students 2000] [--small 200] [--kills 20] [--workers N] [--seed 0]

Grades a small class and a large one, and the large one again while processes of the grader are killed at random. Prints
what a submission took, the most memory that the grader itself ever held, and whether the two gradebooks and the graded
copies are identical; exits with 1 if they are not. No submission hangs: which limit is hit first may differ.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from classes import ASSIGNMENT, NO_HANGING, make_class, make_course

from torchmarks.course import Course, repository

sys.path.insert(0, str(repository()))
from tests.bulk.kills import count_graded, grade_disturbed, start
from tests.bulk.results import graded_files, rows_of

_TOLD, _LINES, _WIDTH = 10, 20, 160  # of copies that differ: how many are shown, lines of each, characters of a line


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """wall: seconds, the start included; each: seconds for a submission, after the start; memory: MiB at most."""

    wall: float
    each: float
    memory: float


def grade_undisturbed(course: Course, students: int, workers: int) -> Undisturbed:
    """Grade a class in a process of its own. Raises SystemExit where that fails."""
    started = first = time.perf_counter()
    before, pid = 0, 0
    with tempfile.TemporaryFile() as stderr:
        grader = start(course.root, ASSIGNMENT, workers, stderr)
        while pid == 0:
            time.sleep(0.05)
            if before == 0:
                first, before = time.perf_counter(), count_graded(course.root)
            pid, status, used = os.wait4(grader.pid, os.WNOHANG)
        grader.returncode = os.waitstatus_to_exitcode(status)
        stderr.seek(0)
        if grader.returncode != 0:
            raise SystemExit(stderr.read().decode(errors="replace"))
    ended = time.perf_counter()
    return Undisturbed(ended - started, (ended - first) / (students - before), used.ru_maxrss / 1024)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Grade a class with and without kill -9.")
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--small", type=int, default=200, help="the class to compare the cost with")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torchmarks-kills-") as folder:
        sizes = {"small": given.small, "calm": given.students}
        runs = {}
        for name, students in sizes.items():
            course = make_course(Path(folder) / name)
            make_class(course, students, seed=given.seed, mix=NO_HANGING | {"unreadable": 0})
            if name == "calm":
                disturbed = Course(Path(shutil.copytree(course.root, Path(folder) / "disturbed")))
            runs[name] = run = grade_undisturbed(course, students, given.workers)
            print(f"{students} submissions, {given.workers} workers: {run.wall:.0f} s; {run.each:.3f} s for each after "
                  f"the start; the grader held {run.memory:.0f} MiB at most", flush=True)  # fmt: skip
        print(f"cost of a submission, times that of the small class: {runs['calm'].each / runs['small'].each:.2f}, "
              f"memory likewise: {runs['calm'].memory / runs['small'].memory:.2f}", flush=True)  # fmt: skip
        started = time.perf_counter()
        seen = grade_disturbed(disturbed.root, ASSIGNMENT, given.students, given.workers, given.kills, given.seed)
        print(f"{seen.kills} of {given.kills} kills hit, {seen.runs} runs: {time.perf_counter() - started:.0f} s")
        rows = rows_of(course.db_url)
        same_rows = rows_of(disturbed.db_url) == rows
        files = [graded_files(root) for root in (course.root, disturbed.root)]
        different = sorted(name for name in files[0].keys() | files[1] if files[0].get(name) != files[1].get(name))
        graded = len(rows["submissions"])
        print(f"gradebook of {graded} submissions identical: {same_rows}; graded copies that differ: {len(different)}")
        for name in different[:_TOLD]:
            texts = [found[name][1].decode().splitlines() if name in found else [] for found in files]
            told = difflib.unified_diff(texts[0], texts[1], f"calm/{name}", f"disturbed/{name}", lineterm="", n=1)
            print(*(line[:_WIDTH] for line in itertools.islice(told, _LINES)), sep="\n")
    if different or not same_rows:
        sys.exit(1)


if __name__ == "__main__":
    main()
