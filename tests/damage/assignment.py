"""The small assignment all damages are done to, and what a good submission of it holds.

Plain Python without torch, so that its cells can be run by `exec` in a test within microseconds.
"""

from __future__ import annotations

import contextlib
import copy
import io
import re
from typing import Any

Notebook = dict[str, Any]
Cell = dict[str, Any]

NAME = "squares"
PYTHON = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
WRITTEN = "Because multiplication is repeated addition."

_SQUARE = ("def square(x):\n    {}", "return x * x")
_CUBE = ("def cube(x):\n    {}", "return x ** 3")
_SUMS = ("def total(xs):\n    {}\n\ndef mean(xs):\n    {}", "return sum(xs)", "return sum(xs) / len(xs)")


def code(source: str, cell_id: str, **meta: Any) -> Cell:
    """A code cell as JupyterLab writes it."""
    return {**_cell("code", source, cell_id, meta), "execution_count": 1, "outputs": []}


def text(source: str, cell_id: str, **meta: Any) -> Cell:
    """A markdown cell."""
    return _cell("markdown", source, cell_id, meta)


def _cell(cell_type: str, source: str, cell_id: str, meta: dict[str, Any]) -> Cell:
    flags = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    metadata = {"nbgrader": {**flags, **meta}} if meta else {}
    return {"cell_type": cell_type, "id": cell_id, "metadata": metadata, "source": source}


def _test(grade_id: str, points: int, visible: str, hidden: str = "") -> Cell:
    hidden = f"\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS" if hidden else ""
    return code(visible + hidden, f"id-{grade_id}", grade_id=grade_id, grade=True, locked=True, points=points)


def _solution(grade_id: str, shape: tuple[str, ...]) -> Cell:
    regions = [f"### BEGIN SOLUTION\n    {part}\n    ### END SOLUTION" for part in shape[1:]]
    return code(shape[0].format(*regions), f"id-{grade_id}", grade_id=grade_id, solution=True)


def instructor() -> Notebook:
    """The instructor's version, with solutions and hidden tests."""
    cells = [
        text("# Squares\nSome arithmetic.", "id-title"),
        code("import math", "id-imports", grade_id="imports", locked=True),
        code("numbers = [1, 2, 3]", "id-numbers"),
        text("### 1 Write `square`.", "id-say-square", grade_id="say-square", locked=True),
        _solution("square", _SQUARE),
        _test("square-visible", 1, "assert square(3) == 9"),
        _test("square-hidden", 3, "# Hidden tests: negative numbers (3 points)", "assert square(-2) == 4"),
        text("### 2 Write `cube`.", "id-say-cube", grade_id="say-cube", locked=True),
        _solution("cube", _CUBE),
        _test("cube-test", 2, "assert cube(2) == 8\nassert cube(0) == 0", "assert cube(-1) == -1"),
        text("### 3 Write `total` and `mean`.", "id-say-sums"),
        _solution("sums", _SUMS),
        _test("total-test", 1, "assert total(numbers) == 6"),
        _test("mean-test", 1, "assert mean(numbers) == 2"),
        text("### 4 Why?", "id-say-why"),
        text("Any good reason.", "id-why", grade_id="why", grade=True, solution=True, points=2),
        text("### 5 Set `answer`.", "id-say-answer"),
        code("answer = 42", "id-answer", grade_id="answer", solution=True),
        _test("answer-test", 1, "assert answer == 42"),
        text("### 6 Write an essay below.", "id-essay", grade_id="essay", task=True, locked=True, points=5),
    ]
    return _notebook(cells)


_ANSWERS = {
    "square": _SQUARE[0].format(_SQUARE[1]),
    "cube": _CUBE[0].format(_CUBE[1]),
    "sums": _SUMS[0].format(*_SUMS[1:]),
    "why": WRITTEN,
    "answer": "answer = 6 * 7",
}
_BODY_STUB = "# YOUR CODE HERE\n    raise NotImplementedError()"
STUBS = {
    "square": _SQUARE[0].format(_BODY_STUB),
    "cube": _CUBE[0].format(_BODY_STUB),
    "sums": _SUMS[0].format(_BODY_STUB, _BODY_STUB),
    "why": "YOUR ANSWER HERE",
    "answer": CODE_STUB,
}


def released() -> Notebook:
    """What students get: stubs, no hidden tests, and a checksum in each marked cell."""
    notebook = instructor()
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader")
        if meta:
            meta["checksum"] = "0" * 32
            cell["source"] = STUBS.get(meta["grade_id"], cell["source"])
            cell["source"] = re.sub(r"\n### BEGIN HIDDEN.*?END HIDDEN TESTS", "", cell["source"], flags=re.DOTALL)
    return notebook


def solved() -> Notebook:
    """An undamaged submission that answers everything, with an essay and a scratch cell of the student's own."""
    notebook = released()
    for cell in notebook["cells"]:
        cell["source"] = _ANSWERS.get(grade_id(cell), cell["source"])
    notebook["cells"].append(text("My essay.", "id-my-essay"))
    notebook["cells"].insert(at(notebook, "square") + 1, code("print(square(5))", "id-my-scratch"))
    return notebook


def _notebook(cells: list[Cell]) -> Notebook:
    metadata = {"kernelspec": dict(PYTHON), "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def grade_id(cell: Cell) -> str:
    """The grade id of an undamaged cell, or ""."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def at(notebook: Notebook, wanted: str) -> int:
    """The index of the cell with a grade id."""
    return next(index for index, cell in enumerate(notebook["cells"]) if grade_id(cell) == wanted)


def cell_of(notebook: Notebook, wanted: str) -> Cell:
    """The cell with a grade id."""
    found: Cell = notebook["cells"][at(notebook, wanted)]
    return found


def duplicate(cell: Cell, source: str | None = None) -> Cell:
    """A copy of a cell as Jupyter pastes it: same metadata, a new cell id."""
    other = copy.deepcopy(cell)
    other["id"] += "-copy"
    return other if source is None else {**other, "source": source}


ALL = frozenset(
    ["square-visible", "square-hidden", "cube-test", "total-test", "mean-test", "answer-test", "why", "essay"]
)


def earned(notebook: Notebook) -> frozenset[str]:
    """The grade ids that score when the notebook's code cells are run in order, and the texts that arrived unharmed.

    Stands for grading: nbgrader gives a test cell its points if it does not raise.
    """
    namespace: dict[str, Any] = {}
    won = set()
    for cell in notebook["cells"]:
        name = grade_id(cell)
        if cell["cell_type"] == "code":
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(cell["source"], namespace)
                won.add(name)
        elif name == "why" and cell["source"] == WRITTEN or cell["source"] == "My essay.":
            won.add(name or "essay")
    return frozenset(won) & ALL
