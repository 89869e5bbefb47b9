"""One small data set from 04 to 11, and no notebook that holds what an earlier one asked for.

Reads the source notebooks. That their worked cells run from top to bottom is shown in tests/claims/test_claims.py.
"""

import ast
import functools
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from torchmarks.checks.exercises import part_of
from torchmarks.course import repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
_REGION = re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION", re.MULTILINE | re.DOTALL)


@functools.cache
def _cells(assignment: str) -> list[dict[str, Any]]:
    path = ROOT / "source" / assignment / f"{assignment}.ipynb"
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def _about(cell: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = cell["metadata"].get("nbgrader") or {}
    return found


def _calls_pebbles(source: str) -> bool:
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Name) and called.id == "pebbles" for called in calls)


@pytest.mark.parametrize("assignment", ASSIGNMENTS[3:])
def test_each_notebook_from_04_on_carries_the_thread(assignment: str) -> None:
    """The introduction says that the pebbles return, the first cell imports them, and worked cells alone use them."""
    cells = _cells(assignment)
    by_id = {cell["id"]: cell["source"] for cell in cells}
    users = [cell["id"] for cell in cells if cell["cell_type"] == "code" and _calls_pebbles(cell["source"])]

    assert "pebbles" in by_id["introduction"]
    assert re.search(r"^from torchmarks import .*\bpebbles\b", by_id["setup"], re.MULTILINE)
    assert users
    assert [name for name in users if not name.endswith("-example")] == []


@functools.cache
def _solutions(assignment: str) -> dict[str, tuple[int, str]]:
    """Of each solution of two lines or more, a region between markers each: how many statements, and the statements."""
    found = {}
    for cell in _cells(assignment):
        for number, region in enumerate(_REGION.findall(cell["source"]) if _about(cell).get("solution") else []):
            body = ast.parse(textwrap.dedent(region)).body
            if sum(len(ast.unparse(line).splitlines()) for line in body) > 1:
                found[f"{assignment} {cell['id']} {number}"] = len(body), _normal(body)
    return found


def _normal(statements: Sequence[ast.stmt]) -> str:
    """Statements without the names that somebody chose, the last one without what becomes of its value."""
    *before, last = statements
    value = getattr(last, "value", None) if isinstance(last, ast.Return | ast.Assign | ast.Expr) else None
    text = "\n".join(ast.unparse(node) for node in [*before, value or last])
    tree, names = ast.parse(text), dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.setdefault(node.id, f"n{len(names)}")
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = names.setdefault(node.arg, f"n{len(names)}"), None
    return ast.unparse(tree)


def _blocks(source: str) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(ast.parse(source)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _held(source: str, solutions: Mapping[str, tuple[int, str]]) -> list[str]:
    """Whose statements, up to their names, follow each other somewhere in a cell."""
    lengths = {length for length, _ in solutions.values()}
    windows = {
        (length, _normal(block[at : at + length]))
        for block in _blocks(source)
        for length in lengths
        for at in range(len(block) - length + 1)
    }
    return [whose for whose, body in solutions.items() if body in windows]


@pytest.mark.parametrize("assignment", ASSIGNMENTS[1:])
def test_no_notebook_holds_an_earlier_ones_solution(assignment: str) -> None:
    """No cell that students see is, up to names, the body of a reference solution of two lines or more."""
    earlier = [_solutions(name) for name in ASSIGNMENTS[: ASSIGNMENTS.index(assignment)]]
    solutions = {whose: body for part in earlier for whose, body in part.items()}
    shown = [
        cell
        for cell in _cells(assignment)
        if cell["cell_type"] == "code" and part_of(cell["id"]) != "hidden" and not _about(cell).get("solution")
    ]

    assert len(solutions) > 2
    found = [(cell["id"], whose) for cell in shown for whose in _held(cell["source"], solutions)]
    assert found == []


def test_a_solution_under_other_names_is_noticed() -> None:
    """Inside a loop, under other names, with its result kept and not returned; other code is left alone."""
    solutions = _solutions("04-memory-and-numpy")
    copied = """for table in tables:
    a = table.quantile(0.5, dim=1, keepdim=True)
    b = table.std(dim=1, keepdim=True, correction=0)
    scores = (table - a) / b
"""

    assert _held(copied, solutions) == ["04-memory-and-numpy robust_score 0"]
    assert _held(copied.replace("correction=0", "correction=1"), solutions) == []
    assert _held(copied.replace("(table - a)", "(table - b)"), solutions) == []
