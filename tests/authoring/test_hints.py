"""Hints: two or three below each statement, folded, that lead to a solution and hold no code of one.

Reads the source notebooks; runs no answer. What the hints claim is shown in tests/claims.
"""

import ast
import functools
import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from torchmarks.checks.exercises import part_of
from torchmarks.course import repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
LONGEST = 420  # characters of a hint: four or five lines on a screen
_FOLD = re.compile(r"<details><summary>([^<]*)</summary>(.*?)</details>", re.DOTALL)


@functools.cache
def _cells(assignment: str) -> list[dict[str, Any]]:
    path = ROOT / "source" / assignment / f"{assignment}.ipynb"
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def _hints(statement: str) -> list[tuple[str, str]]:
    """Title and text of each fold of a statement, as a student reads them."""
    return [(title, html.unescape(re.sub(r"<[^>]+>", "", text))) for title, text in _FOLD.findall(statement)]


def _pressed(text: str) -> str:
    """A text without white space and in one kind of quotes: how code is compared."""
    return re.sub(r"\s+", "", text).replace("'", '"')


def _code(node: ast.stmt) -> Iterator[ast.AST]:
    """What of a line would give it away: the line, if it is a simple one, and what it returns, assigns or asks."""
    value = getattr(node, "test", None) or getattr(node, "value", None)
    # To name a property is what a hint is for, and "return counts" is English as well.
    plain = isinstance(value, ast.Name | ast.Attribute | ast.Constant)
    if isinstance(node, ast.Assign | ast.AugAssign) or (isinstance(node, ast.Return | ast.Expr) and not plain):
        yield node
    if isinstance(value, ast.AST) and not plain:
        yield value


def _solution(source: str) -> set[str]:
    """The code of a reference solution, pressed, without the shortest pieces, which stand everywhere."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    pieces = {_pressed(ast.unparse(code)) for node in statements for code in _code(node)}
    return {piece for piece in pieces if len(piece) > 9}


@functools.cache
def _solutions() -> dict[str, set[str]]:
    """The code of every reference of the course, by assignment and exercise."""
    return {
        f"{assignment} {cell['id']}": _solution(cell["source"])
        for assignment in ASSIGNMENTS
        for cell in _cells(assignment)
        if (cell["metadata"].get("nbgrader") or {}).get("solution")
    }


def _given_away(text: str) -> list[tuple[str, str]]:
    """Whose solution stands in a text, and which piece of it."""
    pressed = _pressed(text)
    return [(whose, piece) for whose, pieces in _solutions().items() for piece in sorted(pieces) if piece in pressed]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_statement_ends_in_hints_that_open_one_by_one(assignment: str) -> None:
    """Hint 1, Hint 2 and mostly Hint 3, each behind a closed fold of its own, short, with nothing between or behind."""
    wrong = []
    for cell in _cells(assignment):
        if part_of(cell["id"]) != "statement":
            continue
        _, opening, rest = cell["source"].partition("<details>")
        hints = _hints(cell["source"])
        numbered = [title for title, _ in hints] == [f"Hint {n + 1}" for n in range(len(hints))]
        alone = _FOLD.sub("", opening + rest).strip() == "" and "\n\n" not in rest
        if not (2 <= len(hints) <= 3 and numbered and alone and all(20 < len(text) <= LONGEST for _, text in hints)):
            wrong.append((cell["id"], [(title, len(text)) for title, text in hints]))

    assert wrong == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_hint_holds_code_of_a_solution(assignment: str) -> None:
    """Neither of the exercise's own nor of one that comes later, here or in another assignment."""
    statements = [cell for cell in _cells(assignment) if part_of(cell["id"]) == "statement"]

    found = {cell["id"]: _given_away(" ".join(text for _, text in _hints(cell["source"]))) for cell in statements}
    assert {name: pieces for name, pieces in found.items() if pieces} == {}


def test_a_hint_that_gives_a_solution_away_is_noticed() -> None:
    """In whatever spacing and quotes, the whole line or what it returns, in HTML; the name of a function is allowed."""
    line = "torch.full((2,) * n, v, dtype=torch.float32)"

    assert ("01-tensors make_rank", _pressed(line)) in _given_away(line.replace(" ", ""))
    ((_, text),) = _hints("<details><summary>Hint 1</summary>Try <code>x[keep == 1] &lt; 2</code></details>")
    assert ("02-indexing-and-shape masked_mean", "x[keep==1]") in _given_away(text)
    assert _given_away("Look at torch.full, and at ctx.saved_tensors.") == []
    assert len(_solutions()) == 9 * len(ASSIGNMENTS)
    assert all(_solutions().values())
