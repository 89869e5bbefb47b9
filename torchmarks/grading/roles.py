"""Which process a cell of a notebook runs in, and the name that it has in reports.

Pure: reads a cell's nbgrader metadata, and nothing of its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.grading_sentences import say


def role_of(cell: Mapping[str, Any]) -> str:
    """Where a cell runs: "inside", "both", "test", or "" for text."""
    if cell.get("cell_type") != "code":
        return ""
    meta = marks_of(cell)
    if meta.get("grade") and not meta.get("solution"):
        return "test"
    # A cell that is graded and a solution is an answer for a person to grade: it runs where answers run.
    locked = meta.get("locked") and not meta.get("solution") and not meta.get("grade")
    return "both" if locked else "inside"


def grade_id(cell: Mapping[str, Any], position: int) -> str:
    """The name of a cell in reports."""
    return str(grade_id_of(cell) or say("cell_numbered", number=position + 1))
