"""Points are read as nbgrader's own step reads them."""

from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import compute_checksum

from torchmarks.checks.report import Report
from torchmarks.grading import scores_of, unanswered_in
from torchmarks.grading.judge import Verdict, outputs_of


def _cell(
    grade_id: str, outputs: list[dict[str, Any]], kind: str = "code", points: float = 3.0, **meta: Any
) -> dict[str, Any]:
    flags = {"grade": True, "solution": False, "locked": True, "task": False, "points": points, "schema_version": 3}
    cell = {
        "cell_type": kind,
        "id": grade_id,
        "metadata": {"nbgrader": flags | {"grade_id": grade_id} | meta},
        "source": grade_id,
    }
    return cell | ({"outputs": outputs, "execution_count": None} if kind == "code" else {})


def _blank(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell, with the checksum of one that nobody has written in."""
    cell["metadata"]["nbgrader"]["checksum"] = compute_checksum(nbformat.from_dict(cell))
    return cell


def _notebook() -> dict[str, Any]:
    written = {"solution": True, "locked": False}
    cells = [
        _cell("passed", outputs_of(Verdict("passed", True, calls=2), 3.0)),
        _cell("failed", outputs_of(Verdict("failed", False, Report("No.")), 3.0)),
        _cell("partial", outputs_of(Verdict("partial", True, score=1.25), 3.0)),
        _cell("silent", []),
        _cell("nothing", [], points=0.0),
        _cell("essay", [], "markdown", **written),
        _blank(_cell("untouched", [], "markdown", **written)),
        _cell("by-hand", [], **written),
        _blank(_cell("stub", [], **written)),
        _cell("text", [], "markdown"),
        _blank(_cell("answer", [], grade=False, **written)),
        _cell("task", [], "markdown", grade=False, task=True),
        {"cell_type": "code", "id": "own", "metadata": {}, "source": "1", "outputs": [], "execution_count": None},
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float | None, bool]]:
    """What SaveAutoGrades puts into a gradebook for that notebook: points, and whether an answer is untouched."""
    url = f"sqlite:///{tmp_path_factory.mktemp('scores')}/gradebook.db"
    node = nbformat.from_dict(_notebook())
    with Gradebook(url) as book:
        book.add_assignment("a")
        book.add_notebook("n", "a")
        for cell in node.cells:
            meta = cell.metadata.get("nbgrader", {})
            if meta.get("grade"):
                book.add_grade_cell(meta.grade_id, "n", "a", max_score=meta.points, cell_type=cell.cell_type)
            if meta.get("task"):
                book.add_task_cell(meta.grade_id, "n", "a", max_score=meta.points, cell_type=cell.cell_type)
            if meta.get("solution"):
                book.add_solution_cell(meta.grade_id, "n", "a")
        book.add_student("ada")
        book.add_submission("a", "ada")
    whose = {"notebook": "n", "assignment": "a", "student": "ada", "db_url": url}
    SaveAutoGrades().preprocess(node, {"nbgrader": whose})
    with Gradebook(url) as book:
        paper = book.find_submission_notebook("n", "a", "ada")
        blank = {comment.name: comment.auto_comment is not None for comment in paper.comments}
        return {grade.name: (grade.auto_score, blank.get(grade.name, False)) for grade in paper.grades} | {
            name: (None, blank[name]) for name in blank if name not in {grade.name for grade in paper.grades}
        }


def test_points_are_those_of_nbgraders_step(saved: dict[str, tuple[float | None, bool]]) -> None:
    """Of tests that passed, failed or gave a part; of answers for a person, written and not; a task has none."""
    scores = scores_of(_notebook())

    assert scores == {name: points for name, (points, _) in saved.items() if name not in ("answer", "task")}
    assert scores["partial"] == 1.25
    assert (scores["essay"], scores["untouched"]) == (None, 0.0)


def test_untouched_answers_are_those_of_nbgraders_step(saved: dict[str, tuple[float | None, bool]]) -> None:
    """Text and code, with points and without; a task never is one."""
    found = unanswered_in(nbformat.from_dict(_notebook()))

    assert found == {name: saved[name][1] for name in ("essay", "untouched", "by-hand", "stub", "answer", "task")}
    assert {name for name, blank in found.items() if blank} == {"untouched", "stub", "answer"}
