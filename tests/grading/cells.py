"""Cells of small notebooks for the judge, and what to read off a judgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchmarks.grading.verdict import Judgement
from torchmarks.isolation import Limits

MIB = 1024**2

LIMITS = Limits(memory_bytes=512 * MIB, cpu_s=20, cell_s=4.0, call_s=4.0, output_bytes=64 * 1024, message_bytes=4 * MIB)

Cell = dict[str, Any]

Run = Callable[..., Judgement]

ENDS = {
    "exit": "import os; os._exit(3)",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "sys.exit": "raise SystemExit",
}


def code_cell(source: str, **meta: Any) -> Cell:
    """A code cell with nbgrader's metadata, if any is given."""
    return {"cell_type": "code", "source": source, "metadata": {"nbgrader": meta} if meta else {}}


def own(source: str) -> Cell:
    """An unmarked cell."""
    return code_cell(source)


def solution(source: str, name: str = "f") -> Cell:
    """A student's answer."""
    return code_cell(source, grade_id=name, solution=True)


def locked(source: str) -> Cell:
    """A read-only cell of the assignment."""
    return code_cell(source, grade_id="locked", locked=True)


def check(source: str, name: str = "f-hidden", points: float = 3) -> Cell:
    """A test cell."""
    return code_cell(source, grade_id=name, grade=True, locked=True, points=points)


def passed(judgement: Judgement) -> dict[str, bool]:
    """The verdicts by cell."""
    return {verdict.cell: verdict.passed for verdict in judgement.verdicts}


def shown(judgement: Judgement) -> str:
    """All outputs as text."""
    return str(judgement.outputs)
