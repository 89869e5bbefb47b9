"""What isolation costs: the warm server's start, and per session and per probe where the time goes.

    python benchmarks/session_cost.py [--rounds N]

Prints medians in milliseconds. Targets: a session (fork, namespaces, first cell, end) below 40 ms, a probe below 10 ms.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

import msgspec

from torchmarks.isolation import Engine, Probe

T = TypeVar("T")
STEPS = {
    "session": ("fork + namespaces", "first cell", "second cell", "end"),
    "probe": ("fork", "request", "end + sweep"),
}
_REQUEST = msgspec.msgpack.encode({"names": [], "seed": 0})
_CELL = "import torch\nx = torch.ones(3, requires_grad=True)\n(x * 2).sum().backward()"


class Clock:
    """Collects how long named steps took, seconds."""

    def __init__(self) -> None:
        self.taken: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def run(self, group: str, step: str, function: Callable[[], T]) -> T:
        """Call `function` and note its time."""
        start = time.perf_counter()
        result = function()
        self.taken[group, step].append(time.perf_counter() - start)
        return result


def _answered(probe: Probe) -> bytes:
    probe.send("names", _REQUEST)
    return probe.reply()


def measure(engine: Engine, clock: Clock) -> None:
    """One session with two cells and one probe."""
    session = clock.run("session", "fork + namespaces", engine.session)
    clock.run("session", "first cell", lambda: session.run_cell(_CELL))
    clock.run("session", "second cell", lambda: session.run_cell(_CELL))
    probe = clock.run("probe", "fork", session.probe)
    clock.run("probe", "request", lambda: _answered(probe))
    clock.run("probe", "end + sweep", probe.close)
    clock.run("session", "end", session.close)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    clock = Clock()
    with Engine() as engine:
        clock.run("server", "start (imports torch)", lambda: engine.session().close())
        for _ in range(rounds):
            measure(engine, clock)
    start = statistics.median(clock.taken["server", "start (imports torch)"]) * 1e3
    print(f"{'server':<8}{'start (imports torch)':<24}{start:9.2f} ms")
    for group, steps in STEPS.items():
        medians = [statistics.median(clock.taken[group, step]) * 1e3 for step in steps]
        for step, value in zip(steps, medians, strict=True):
            print(f"{group:<8}{step:<24}{value:9.2f} ms")
        print(f"{group:<8}{'together':<24}{sum(medians):9.2f} ms")


if __name__ == "__main__":
    main()
