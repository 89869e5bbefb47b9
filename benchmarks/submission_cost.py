"""What a submission costs: all exercises of an assignment in a warm worker, and beside stock nbgrader.

    python benchmarks/submission_cost.py [--assignment NAME] [--rounds N] [--stock N]

Prints CPU seconds of all processes together, where the time goes, and how long the same answers take through stock
nbgrader's kernels: beside `nbgrader autograde` in isolation, and beside `torchmarks verify`. Targets: below 0.5 s of
CPU for a submission of 01-tensors; verify at least 5 times faster than stock.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import statistics
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torchmarks.authoring import exercises_of, verify
from torchmarks.course import CONFIG, Course, repository
from torchmarks.course.judging import close_engines
from torchmarks.course.secret import SCRATCH_SECRET
from torchmarks.grading import Bundle, NotebookBundle, Submission, conductor, grade
from torchmarks.isolation import Engine, Probe, Session

STEPS: dict[str, tuple[tuple[Any, str], ...]] = {
    "repair": ((conductor, "notebooks_in"),),
    "fork": ((Engine, "session"),),
    "cells": ((Session, "run_cell"),),
    "probes": ((Session, "probe"),),
    "calls": ((Probe, "send"), (Probe, "reply")),
    "end": ((Session, "close"),),
    "notebook": ((conductor, "with_outputs"), (conductor, "record_of"), (conductor, "written")),
}


class Clock:
    """Collects the wall-clock seconds of the steps, of a step inside another only the outer."""

    def __init__(self) -> None:
        self.taken: defaultdict[str, float] = defaultdict(float)
        self._inside = False

    def watch(self, step: str, owner: Any, name: str) -> None:
        """Time every call of `owner.name` from now on."""
        original = getattr(owner, name)

        @functools.wraps(original)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return original(*args, **kwargs)
            self._inside, start = True, time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                self.taken[step] += time.perf_counter() - start
                self._inside = False

        setattr(owner, name, timed)


def cpu_s() -> float:
    """CPU seconds of this process and all below it, those that have ended included."""
    ticks, parents, times = os.sysconf("SC_CLK_TCK"), {}, {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            parents[int(entry)] = int(fields[1])
            times[int(entry)] = sum(map(int, fields[11:15])) / ticks
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(times[pid] for pid in family)


@contextlib.contextmanager
def course_of(assignment: str, *, stock: bool) -> Iterator[Course]:
    """A scratch course with the assignment generated. stock: without torchmarks' configuration."""
    with tempfile.TemporaryDirectory(prefix="torchmarks-bench-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        course = Course.scratch(Path(folder) / "course", repository(), [assignment])
        if stock:
            (course.root / CONFIG).write_text("c = get_config()\n")
            course = Course(course.root)
        course.generate(assignment)
        course.draw_as_ever()
        yield course


def notebooks(course: Course, assignment: str, count: int, step: int = 5) -> list[bytes]:
    """Submissions made of the course's answers: the reference solutions first, then of each exercise every `step`th."""
    source, released = (
        json.loads((course.root / folder / assignment / f"{assignment}.ipynb").read_text())
        for folder in ("source", "release")
    )
    exercises = {exercise.name: exercise for exercise in exercises_of(source, released)}
    answers = course.catalogue(assignment).answers
    made = []
    for number in range(count):
        chosen = {name: exercise.reference for name, exercise in exercises.items()}
        for name in chosen if number else ():
            own = [answer.source for answer in answers if answer.exercise == name]
            chosen[name] = own[step * (number - 1) % len(own)]  # right and wrong ones
        notebook = json.loads(json.dumps(released))
        for cell in notebook["cells"]:
            cell["source"] = chosen.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
        made.append(json.dumps(notebook).encode())
    return made


def measure_one(assignment: str, rounds: int) -> None:
    """The pure grading function in a warm worker."""
    with course_of(assignment, stock=False) as course:
        content = notebooks(course, assignment, 1)[0]
        source = json.loads((course.root / "source" / assignment / f"{assignment}.ipynb").read_text())
    bundle = Bundle(assignment, (NotebookBundle.of(assignment, source),), secret=SCRATCH_SECRET)
    clock, cpu, wall = Clock(), list[float](), list[float]()
    engines: dict[Any, Engine] = {}
    for step, places in STEPS.items():
        for owner, name in places:
            clock.watch(step, owner, name)

    def engine(device: Any) -> Engine:
        return engines.setdefault(device, Engine(device=device))

    sent = Submission("ada", {f"{assignment}.ipynb": content})
    graded = grade(sent, bundle, engine)
    points = sum(score or 0.0 for score in graded.notebooks[0].record.scores.values())
    clock.taken.clear()
    for _ in range(rounds):
        before, start = cpu_s(), time.perf_counter()
        grade(sent, bundle, engine)
        wall.append(time.perf_counter() - start)
        cpu.append(cpu_s() - before)
    for made in engines.values():
        made.close()
    print(f"{assignment}: {points:g} points, {rounds} rounds")
    print(f"  CPU, all processes {statistics.median(cpu):8.3f} s    (target 0.5)")
    print(f"  wall-clock         {statistics.median(wall):8.3f} s, of that")
    for step in STEPS:
        print(f"    {step:<16} {clock.taken[step] / rounds:8.3f} s")
    print(f"    {'judge':<16} {(sum(wall) - sum(clock.taken.values())) / rounds:8.3f} s")


@contextlib.contextmanager
def spending(count: int) -> Iterator[list[float]]:
    """Measures what is done inside, for each of `count` notebooks."""
    spent: list[float] = []
    before, start = cpu_s(), time.perf_counter()
    yield spent
    spent += [(time.perf_counter() - start) / count, (cpu_s() - before) / count]


def autograded(assignment: str, sent: int, *, stock: bool, step: int) -> tuple[list[float], list[float]]:
    """nbgrader autograde of `sent` submissions: what one took, and the points of all."""
    with course_of(assignment, stock=stock) as course:
        for number, content in enumerate(notebooks(course, assignment, sent + 1, step)):
            folder = course.root / "submitted" / f"s{number}" / assignment
            folder.mkdir(parents=True)
            (folder / f"{assignment}.ipynb").write_bytes(content)
        course.autograde(assignment, "s0")  # warm: the server here, the files of a kernel there
        with spending(sent) as spent:
            for number in range(1, sent + 1):
                course.autograde(assignment, f"s{number}")
        scores = [course.scores(assignment, f"s{number}") for number in range(1, sent + 1)]
    return spent, [sum(score.points or 0 for score in of_one.values()) for of_one in scores]


def verified(assignment: str) -> tuple[list[float], int]:
    """torchmarks verify of all answers to an assignment: what one notebook of them took, and how many there are."""
    steps: list[str] = []
    with spending(1) as spent:
        result = verify(Course(repository()), assignment, say=steps.append)
    if result.failed:
        raise SystemExit(f"{len(result.failed)} answers without their verdict: first run torchmarks verify")
    count = int(steps[-1].rsplit(" ", 1)[1])
    return [seconds / count for seconds in spent], count


def measure_stock(assignment: str, count: int) -> None:
    """The same submissions through nbgrader: judged in isolation, and executed in kernels."""
    ours, our_points = autograded(assignment, count, stock=False, step=5)
    close_engines()
    stock, points = autograded(assignment, count, stock=True, step=5)
    print(f"nbgrader autograde, {count} submissions: wall-clock and CPU of all processes for one")
    for name, (wall, cpu), seen in (("stock nbgrader", stock, points), ("isolated", ours, our_points)):
        print(f"  {name:<16} {wall:8.3f} s {cpu:8.3f} s    points {seen}")
    print(f"  {'times less':<16} {stock[0] / ours[0]:8.1f}   {stock[1] / ours[1]:8.1f}")


def measure_verify(assignment: str, count: int) -> None:
    """verify, its start included, and the first `count` of the same notebooks through stock nbgrader."""
    ours, many = verified(assignment)
    stock, _ = autograded(assignment, count, stock=True, step=1)
    print(
        f"torchmarks verify, {many} notebooks of {assignment}, {len(os.sched_getaffinity(0))} cores: for one notebook"
    )
    for name, (wall, cpu) in (("stock nbgrader", stock), ("verify", ours)):
        print(f"  {name:<16} {wall:8.3f} s {cpu:8.3f} s")
    print(f"  {'times less':<16} {stock[0] / ours[0]:8.1f}   {stock[1] / ours[1]:8.1f}      (target 5)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--assignment", default="01-tensors")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--stock", type=int, default=5, help="submissions for the comparisons; 0: none")
    options = parser.parse_args()
    if options.stock:
        measure_stock(options.assignment, options.stock)
        measure_verify(options.assignment, options.stock)
    measure_one(options.assignment, options.rounds)


if __name__ == "__main__":
    main()
