"""How the grader's own work grows with what a student hands in: time against size, for each step that touches it.

    python benchmarks/linear.py [--largest N] [--rounds N]

Each step gets the costliest text or folder that we know for it in four sizes, each twice the one before. Prints the
best of some rounds in milliseconds, and how many times longer the largest took than the smallest, an eighth of it: 8 is
linear, 64 quadratic; much less than 8 has met its bound. No student's code runs.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbgrader.utils import find_all_files

from torchmarks.bulk.jobs import key_of
from torchmarks.bulk.store import handed_in
from torchmarks.course.display import highlighted, markdown_to_safe_html
from torchmarks.course.feedback_page import FeedbackExporter
from torchmarks.grading import Submission
from torchmarks.grading.listing import Bounds, listed
from torchmarks.grading.repair import Blueprint, repair
from torchmarks.grading.safe_display import safe_html, safe_outputs
from torchmarks.grading.submitted_files import read_files
from torchmarks.printable import no_formula, printable

DOUBLINGS = 3
UNBOUND = Bounds(entries=10**9)
_IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__"]


_rooms: list[tempfile.TemporaryDirectory[str]] = []


def _folder(count: int) -> Path:
    _rooms.append(tempfile.TemporaryDirectory(prefix="torchmarks-linear-"))
    root = Path(_rooms[-1].name)
    for number in range(count):
        (root / f"{number}.txt").touch()
    return root


def _cell(kind: str, source: str, **more: Any) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": f"c{len(source)}", "metadata": {}, "source": source, **more}
    return {"execution_count": None, "outputs": [], **cell} if kind == "code" else cell


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _page(count: int) -> Any:
    import nbformat  # noqa: PLC0415 - slow to load

    marks = {"grade": True, "solution": True, "grade_id": "f", "points": 1, "score": 0, "comment": "*a* " * 100}
    cells = [_cell("code", "x = 1\n" * 100, metadata={"nbgrader": marks}) for _ in range(count)]
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\n" * 500}]
    return nbformat.from_dict(_notebook(cells))


def _displays(count: int) -> list[dict[str, Any]]:
    data = {"text/html": "<div>" * 400, "text/plain": "x"}
    return [{"output_type": "display_data", "data": data, "metadata": {}} for _ in range(count)]


def _bytes_of(cells: list[dict[str, Any]]) -> bytes:
    return json.dumps(_notebook(cells)).encode()


def _one_cell(count: int) -> bytes:
    return _bytes_of([_cell("code", "x\n" * (count // 2))])


_BLUEPRINT = Blueprint.from_notebook(_notebook([_cell("code", "import torch")]), "hw")
_EXPORTER = FeedbackExporter()
_RESOURCES = {"nbgrader": {"score": 0, "max_score": 1, "late_penalty": 0, "student": "x"}, "metadata": {"name": "x"}}


def _refused_time(text: bytes) -> None:
    try:
        handed_in(Submission("x", {"timestamp.txt": text}))
    except ValueError:
        return


Step = tuple[str, int, Callable[[int], Any], Callable[[Any], Any]]
STEPS: tuple[Step, ...] = (
    # what, largest size, what to make of a size, the step
    ("listing, without its bound: files", 8_000, _folder, lambda root: listed(root, _IGNORED, UNBOUND)),
    ("listing, as it is: files", 8_000, _folder, lambda root: listed(root, _IGNORED)),
    ("nbgrader's listing: files", 2_000, _folder, lambda root: find_all_files(str(root), _IGNORED)),
    ("reading: files", 8_000, _folder, lambda root: read_files(root, listed(root, (), UNBOUND).files, 1 << 20)),
    ("key: bytes", 8 << 20, bytes, lambda data: key_of(Submission("x", {"a": data}), "v")),
    ("timestamp: digits", 2_000_000, lambda n: b"1" * n, _refused_time),
    ("repair: cells", 2_000, lambda n: _bytes_of([_cell("code", "x")] * n), lambda data: repair(data, _BLUEPRINT)),
    ("repair: one cell", 4_000_000, _one_cell, lambda b: repair(b, _BLUEPRINT)),
    ("repair: quotes", 4_000_000, lambda n: b'{"cells": ["' + b'"\\' * (n // 2), lambda data: repair(data, _BLUEPRINT)),
    ("repair: brackets", 4_000_000, lambda n: b"[" * n, lambda data: repair(data, _BLUEPRINT)),
    ("displayed HTML: divs", 200_000, lambda n: "<div>" * (n // 5), safe_html),
    ("displayed HTML: backslashes", 200_000, lambda n: "\\" * n, safe_html),
    ("displayed HTML: nested CSS", 200_000, lambda n: f'<p style="width:{"a(" * (n // 2)}">', safe_html),
    ("displayed HTML: bold of many kinds", 200_000, lambda n: "<b title=1><p>" * (n // 14), safe_html),
    ("displays of a cell: outputs", 400, _displays, safe_outputs),
    ("Markdown: emphasis", 20_000, lambda n: "***a " * (n // 5), lambda text: markdown_to_safe_html({}, text)),
    ("Markdown: environments", 80_000, lambda n: r"\begin{a}" * (n // 9), lambda text: markdown_to_safe_html({}, text)),
    ("Markdown: links", 20_000, lambda n: "[a](" * (n // 4), lambda text: markdown_to_safe_html({}, text)),
    ("code: attributes", 80_000, lambda n: "a." * (n // 2), highlighted),
    ("code: ordinary lines", 80_000, lambda n: "x = f(1)\n" * (n // 9), highlighted),
    ("feedback page: exercises", 80, _page, lambda nb: _EXPORTER.from_notebook_node(nb, resources=dict(_RESOURCES))),
    ("a line for a terminal: characters", 2_000_000, lambda n: "\x1b" * n, printable),
    ("a cell of an export: characters", 2_000_000, lambda n: " " * n + "=", no_formula),
)


def best_ms(step: Callable[[Any], Any], made: Any, rounds: int) -> float:
    """The shortest of some rounds, milliseconds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        step(made)
        taken.append((time.perf_counter() - start) * 1000)
    return min(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--largest", type=float, default=1.0, help="Times the largest size of each step.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| step | sizes | milliseconds | times | exponent |\n| --- | --- | --- | --: | --: |")
    for name, largest, make, step in STEPS:
        sizes = [int(largest * options.largest) >> (DOUBLINGS - n) for n in range(DOUBLINGS + 1)]
        took = [best_ms(step, make(size), options.rounds) for size in sizes]
        times = took[-1] / max(took[0], 0.001)
        exponent = math.log2(max(times, 0.001)) / DOUBLINGS
        shown = ", ".join(f"{ms:.3g}" for ms in took)
        while _rooms:
            _rooms.pop().cleanup()
        print(f"| {name} | {sizes[0]:,} to {sizes[-1]:,} | {shown} | {times:.1f} | {exponent:.1f} |", flush=True)


if __name__ == "__main__":
    main()
