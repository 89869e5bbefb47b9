"""Reads the points of a graded notebook's cells by nbgrader's own rule, by which SaveAutoGrades fills the gradebook.

Pure: reads meta, sources and outputs of cells. Must not look at what the tests found: what the outputs say counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.utils import compute_checksum, determine_grade, is_solution, is_task

from torchmarks.checks.cell_marks import marks_of


def points_of(cell: Mapping[str, Any]) -> float | None:
    """The points of a graded cell; None where a person has to look."""
    points: float | None = determine_grade(_node(cell))[0]
    return None if points is None else float(points)


def counted(auto: float | None, manual: float | None, extra: float | None) -> float:
    """What a cell counts, as nbgrader's Grade.score has it: a person's points replace those of the test, extra credit
    is added.
    """
    return ((auto if manual is None else manual) or 0.0) + (extra or 0.0)


def is_by_person(manual: float | None, extra: float | None) -> bool:
    """Whether a person gave points, in place of the test's or as extra credit."""
    return manual is not None or bool(extra)


def scores_of(notebook: Mapping[str, Any]) -> dict[str, float | None]:
    """The points of every graded cell by grade_id, as SaveAutoGrades reads them."""
    marked = ((cell, marks_of(cell)) for cell in notebook["cells"])
    return {str(meta["grade_id"]): points_of(cell) for cell, meta in marked if meta.get("grade")}


def unanswered_in(notebook: NotebookNode) -> dict[str, bool]:
    """Of every solution cell and task whether it is as it was released, as SaveAutoGrades sees it."""
    found = {}
    for cell in notebook.cells:
        if is_solution(cell) or is_task(cell):
            untouched = cell.metadata.nbgrader.get("checksum", None) == compute_checksum(cell)
            # a task is described in its cell and answered elsewhere: as it was released it is not a missing answer
            found[str(cell.metadata.nbgrader["grade_id"])] = untouched and not is_task(cell)
    return found


def _node(cell: Mapping[str, Any]) -> NotebookNode:
    return cell if isinstance(cell, NotebookNode) else from_dict(cell)  # type: ignore[no-untyped-call]
