"""Bulk grading against stock nbgrader, and against the floor: paired, in one run.

    python benchmarks/throughput.py [--students 200] [--sample 10] [--quick] [--write]

Prints ratios; --write puts them into RESULTS.md with the machine, the versions and the command. Every figure is taken
on submissions of 01-tensors made by classes.py with the same seed.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classes import ASSIGNMENT, NO_HANGING, make_class, make_course
from distributed import LocalCluster
from traitlets.config import Config

from torchmarks.bulk import GradeOutcome, Outcome, Summary, Watcher, grade_cohort
from torchmarks.bulk.gradebook_writer import GradebookWriter
from torchmarks.bulk.jobs import NotebookResult, OutcomeState
from torchmarks.bulk.store import SubmissionStore
from torchmarks.course import Course

HERE = Path(__file__).parent
PACKAGES = ("torchmarks", "nbgrader", "torch", "sqlalchemy", "distributed")
LIMIT_S = 2.0
_KEPT = 50


class Quiet(Watcher):
    """A watcher that keeps when each was finished, and the first outcomes; all would count as memory of the grader."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.moments: list[float] = []

    def finished(self, outcome: Outcome) -> None:
        self.moments.append(time.time())
        if len(self.outcomes) < _KEPT:
            self.outcomes.append(outcome)

    def note(self, text: str) -> None:
        print(f"  {text}")


class Results:
    """Lines as they are found."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    def add(self, what: str, figure: str, target: str = "") -> None:
        self.rows.append((what, figure, target))
        print(f"{what:<66}{figure:>24}  {target}", flush=True)


def _settings() -> Config:
    extra = Config()
    extra.Judge.call_s = extra.Judge.cell_s = LIMIT_S
    return extra


def course_with(folder: Path, name: str, students: int, **mix: Any) -> tuple[Course, dict[str, str]]:
    """A course in `folder` with a class in it."""
    course = make_course(folder / name, _settings())
    return course, make_class(course, students, **mix)


def graded(course: Course, workers: int, **options: Any) -> tuple[Summary, float, list[Outcome]]:
    """Grade a class; the summary, the seconds from the first grade to the last, and the outcomes."""
    watcher = Quiet()
    summary = grade_cohort(course.config, ASSIGNMENT, watcher, workers=workers, **options)
    moments = watcher.moments
    return summary, (moments[-1] - moments[0]) / max(len(moments) - 1, 1), watcher.outcomes


# ---- stock nbgrader: the same submissions, its own preprocessors, a kernel for each


def stock_course(course: Course, folder: Path, students: list[str]) -> Course:
    """The same course without torchmarks in its configuration: everything stock but a timeout."""
    root = folder / "stock"
    shutil.copytree(course.root / "source", root / "source")
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'tensors'\nc.ExecutePreprocessor.timeout = 10\n"
        "c.Execute.timeout = 10\n"
    )
    for student in students:
        shutil.copytree(course.root / "submitted" / student, root / "submitted" / student)
    made = Course(root)
    made.generate(ASSIGNMENT)
    return made


def measure_stock(course: Course, students: list[str]) -> float:
    """Seconds for each submission of `nbgrader autograde`."""
    started = time.time()
    with contextlib.suppress(Exception):  # its exception at the end of a batch
        course.autograde(ASSIGNMENT)
    return (time.time() - started) / len(students)


def equal_scores(ours: Course, stock: Course, students: list[str]) -> tuple[int, int, list[str]]:
    """Students with the same score in every cell, out of those that stock graded; who differs."""
    differ, seen = [], 0
    for student in students:
        with contextlib.suppress(Exception):
            theirs = {name: score.points for name, score in stock.scores(ASSIGNMENT, student).items()}
            mine = {name: score.points for name, score in ours.scores(ASSIGNMENT, student).items()}
            seen += 1
            if theirs != mine:
                differ.append(f"{student}: " + ", ".join(n for n in mine if mine[n] != theirs.get(n)))
    return seen - len(differ), seen, differ


# ---- the floor: the same cells by a bare exec in one warm process

_FLOOR = """
import json, sys, time, io, contextlib
import torch, torchmarks
paths = json.load(sys.stdin)
def once(path):
    names = {"__name__": "__main__"}
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] == "code":
            with contextlib.suppress(BaseException):
                exec(compile("".join(cell["source"]), "cell", "exec"), names)
out, sys.stdout = sys.stdout, io.StringIO()
once(paths[0])
start = time.time()
for path in paths: once(path)
print((time.time() - start) / len(paths), file=out)
"""


def measure_floor(course: Course, students: list[str]) -> float:
    """Seconds for each submission when the graded notebooks' cells, hidden tests included, are just executed."""
    paths = [str(course.root / "autograded" / s / ASSIGNMENT / f"{ASSIGNMENT}.ipynb") for s in students]
    run = subprocess.run(
        [sys.executable, "-c", _FLOOR], input=json.dumps(paths), capture_output=True, text=True, check=True
    )
    return float(run.stdout)


# ---- the writer alone


def measure_writer(course: Course, outcomes: list[Outcome], count: int) -> tuple[float, float]:
    """Submissions a second that the one writer puts into SQLite and autograded/; and into SQLite alone."""
    done = [outcome for outcome in outcomes if outcome.state is OutcomeState.GRADED]
    kept = [outcome for outcome in done if isinstance(outcome, GradeOutcome)]
    both = _timed_writes(course, kept, count, "both", files=True)
    return both, _timed_writes(course, kept, count, "rows", files=False)


def _timed_writes(course: Course, kept: list[GradeOutcome], count: int, name: str, *, files: bool) -> float:
    store = SubmissionStore(course.config, ASSIGNMENT)
    with store, GradebookWriter(course.db_url, "tensors", ASSIGNMENT, course.config) as writer:
        started = time.time()
        for number in range(count):
            outcome = kept[number % len(kept)]
            student, key = f"{name}{number}", f"key{number}"
            made = GradeOutcome(student, OutcomeState.GRADED, notebooks=outcome.notebooks)
            staged = store.stage(student, key, _texts(outcome.notebooks)) if files else None
            writer.save(made, datetime.datetime(2026, 1, 14), key=key)
            if staged is not None:
                store.commit(student, staged)
        return count / (time.time() - started)


def _texts(notebooks: tuple[NotebookResult, ...]) -> dict[str, bytes]:
    return {f"{n.name}.ipynb": n.text.encode() for n in notebooks if n.text is not None} | {"timestamp.txt": b"x"}


# ---- the run


def run(given: argparse.Namespace, folder: Path, found: Results) -> None:
    """Measure everything."""
    workers = given.workers or len(os.sched_getaffinity(0))
    small, kinds = course_with(folder, "small", given.students, mix=NO_HANGING)
    summary, per, outcomes = graded(small, workers)
    found.add(f"{given.students} submissions, {workers} workers", f"{1 / per:.2f} /s")
    whole = sum(summary.spent.values())
    for step, seconds in sorted(summary.spent.items(), key=lambda pair: -pair[1]):
        found.add(f"  of one submission: {step}", f"{1000 * seconds / summary.graded:.1f} ms", f"{seconds / whole:.0%}")
    sample = [s for s, kind in kinds.items() if kind in ("ordinary", "perfect", "blank", "late")][: given.sample]
    stock = stock_course(small, folder, sample)
    stock_per = measure_stock(stock, sample)
    found.add(f"stock nbgrader on {len(sample)} of them, a submission", f"{stock_per:.2f} s")
    found.add("times the throughput of stock", f"{stock_per / per:.1f}", "target: at least 30")
    same, seen, differ = equal_scores(small, stock, sample)
    found.add("scores equal to stock's", f"{same} of {seen}", "; ".join(differ)[:200])
    floor = measure_floor(small, [s for s in sample if small.scores(ASSIGNMENT, s)])
    found.add("floor: bare exec of the same cells, one process", f"{1000 * floor:.1f} ms")
    found.add("one submission on one worker, times the floor", f"{per * workers / floor:.1f}")
    both, rows = measure_writer(small, outcomes, 400)
    found.add("the writer alone: rows and files", f"{both:.0f} /s", "target: at least 200")
    found.add("the writer alone: rows", f"{rows:.0f} /s")
    if not given.quick:
        measure_hanging(given, folder, workers, summary.wall, found)
        measure_cluster(small, found)


def measure_hanging(given: argparse.Namespace, folder: Path, workers: int, calm: float, found: Results) -> None:
    """A class with 5 % hanging submissions against one without."""
    course, kinds = course_with(folder, "hanging", given.students)
    hanging = sum(kind == "hanging" for kind in kinds.values())
    summary, _, _ = graded(course, workers)
    allowed = 1.5 * calm + hanging * LIMIT_S / workers
    found.add(f"{hanging} hanging of {given.students} (limit {LIMIT_S:g} s)", f"{summary.wall:.0f} s",
              f"without: {calm:.0f} s; allowed: {allowed:.0f} s")  # fmt: skip


def measure_cluster(course: Course, found: Results) -> None:
    """Two Dask workers on this machine against the local pool."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        first = sorted(course.submitted(ASSIGNMENT))[:40]
        graded(course, 0, scheduler=cluster.scheduler_address, force=True, students=first[:4])
        _, dask, _ = graded(course, 0, scheduler=cluster.scheduler_address, force=True, students=first)
        _, pool, _ = graded(course, 2, force=True, students=first)
    found.add("Dask, two local workers, times the local pool", f"{pool / dask:.2f}", "target: at least 0.8")


def write(found: Results, given: argparse.Namespace) -> None:
    """RESULTS.md."""
    text = io.StringIO()
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())  # fmt: skip
    print("# Results\n", file=text)
    print("`benchmarks/throughput.py --write` writes this page down to the next heading; ratios are of one run. What "
          "follows is\nwritten by hand, with the programs that gave the figures.\n", file=text)  # fmt: skip
    print(f"- machine: {model}, {os.cpu_count()} cores, Linux {platform.release()}", file=text)
    print(f"- load before the run: {given.load:.1f}; above about 0.5 others took part of the machine", file=text)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"- versions: Python {platform.python_version()}, {versions}", file=text)
    print(f"- command: `python benchmarks/throughput.py {' '.join(sys.argv[1:])}`\n", file=text)
    print("| what | figure | |\n| --- | --: | --- |", file=text)
    for row in found.rows:
        print("| " + " | ".join(row) + " |", file=text)
    path = HERE / "RESULTS.md"
    _, section, others = path.read_text(encoding="utf-8").partition("\n## ")  # of the other benchmarks, kept
    path.write_text(text.getvalue() + section + others, encoding="utf-8")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Measure bulk grading.")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--sample", type=int, default=10, help="how many of them stock nbgrader grades")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="without the hanging class and the cluster")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    given = parser.parse_args()
    given.load = os.getloadavg()[0]
    found = Results()
    with tempfile.TemporaryDirectory(prefix="torchmarks-bench-") as folder:
        run(given, Path(folder), found)
    if given.write:
        write(found, given)


if __name__ == "__main__":
    main()
