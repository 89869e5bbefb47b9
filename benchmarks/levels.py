"""What the two levels of isolation cost, beside each other in one run: a session, and a whole submission.

    python benchmarks/levels.py [--rounds N] [--assignment 01-tensors]

Prints medians in milliseconds, alternating between the levels, and the ratio. Target: a whole submission at level
landlock takes at most 1.3 times one at level namespaces.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final, TypeVar

from submission_cost import course_of, notebooks

from torchmarks.course.bundles import assignment_bundle
from torchmarks.grading import Submission, grade
from torchmarks.isolation import Engine, Isolation, Limits

T = TypeVar("T")
LEVELS: Final[tuple[Isolation, ...]] = ("namespaces", "landlock")


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds that a call takes, and what it returns."""
    start = time.perf_counter()
    returned = function()
    return (time.perf_counter() - start) * 1e3, returned


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--assignment", default="01-tensors")
    options = parser.parse_args()
    taken: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    with course_of(options.assignment, stock=False) as course:
        bundle = assignment_bundle(course.config, options.assignment)
        texts = notebooks(course, options.assignment, options.rounds)
    engines = {level: Engine(Limits(), isolation=level) for level in LEVELS}
    for level, engine in engines.items():
        engine.session().close()  # warm
        print(f"{level}: {engine.isolation}")
    for text in texts:
        submission = Submission("student", {f"{options.assignment}.ipynb": text})
        for level, engine in engines.items():
            start_ms, session = timed(engine.session)
            taken["session: start", level].append(start_ms)
            taken["session: end", level].append(timed(session.close)[0])
            whole_ms, _ = timed(
                functools.partial(grade, submission, bundle, {"cpu": engine, "sim": engine}.__getitem__)
            )
            taken["a whole submission", level].append(whole_ms)
    for engine in engines.values():
        engine.close()
    for step in dict.fromkeys(step for step, _ in taken):
        one, other = (statistics.median(taken[step, level]) for level in LEVELS)
        print(f"{step:<20}{LEVELS[0]} {one:8.1f} ms   {LEVELS[1]} {other:8.1f} ms   ratio {other / one:.2f}")


if __name__ == "__main__":
    main()
