"""torchmarks.checks.scenarios: what the docstring of a scenario says."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from torchmarks.checks.scenarios import Scenario, filled, places, scenario_of
from torchmarks.course import repository

NOTEBOOKS = sorted((repository() / "source").glob("*/*.ipynb"))


def spoken() -> None:
    """two steps, with w = {w}"""


def stepped() -> None:
    """w after two steps

    >>> for _ in range(2):
    ...     step_({w})
    >>> {w}
    returns: the losses, model.training after the call
    """


def bare() -> None:
    """
    >>> w = init()
    >>> w.grad
    """


@pytest.mark.parametrize(
    ("fn", "said"),
    [
        (spoken, Scenario("two steps, with w = {w}")),
        (
            stepped,
            Scenario(
                "w after two steps",
                ("for _ in range(2):\n    step_({w})", "{w}"),
                ("the losses", "model.training after the call"),
            ),
        ),
        (bare, Scenario("w = init(); w.grad", ("w = init()", "w.grad"))),
        (len.__call__, scenario_of(len.__call__)),
        (None, scenario_of(lambda: None)),
    ],
)
def test_a_docstring_has_a_line_steps_and_names(fn: object, said: Scenario) -> None:
    """The first line is how it reads, lines after `>>> ` are code, and `returns:` names what comes out."""
    assert scenario_of(fn) == said


def test_a_comma_between_brackets_is_part_of_a_name() -> None:
    """Else each name after it would stand beside the item before its own."""

    def scenario() -> None:
        """returns: as before (values, versions), [a, b] of it, the rest"""

    assert scenario_of(scenario).returns == ("as before (values, versions)", "[a, b] of it", "the rest")


def _returning(path: Path) -> Iterator[tuple[ast.FunctionDef, Scenario]]:
    """The scenarios of a notebook that name what they return."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        for node in ast.walk(ast.parse(source)) if "returns:" in source and cell["cell_type"] == "code" else ():
            if isinstance(node, ast.FunctionDef):
                scenario = scenario_of(type("", (), {"__doc__": ast.get_docstring(node, clean=False)}))
                if scenario.returns:
                    yield node, scenario


def _own_returns(node: ast.AST) -> Iterator[ast.AST | None]:
    """What a function returns, without the functions in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child.value
        elif not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _own_returns(child)


def _last_of(steps: Sequence[str]) -> Iterator[ast.AST | None]:
    """The expression that the steps end with."""
    for statement in ast.parse(filled(steps[-1], str)).body[-1:] if steps else ():
        if isinstance(statement, ast.Expr):
            yield statement.value


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_item_that_is_returned_has_a_name(path: Path) -> None:
    """As many names as a scenario, or its steps, return items, where it can be read how many these are."""
    wrong = []
    for node, scenario in _returning(path):
        values = [*_own_returns(node), *_last_of(scenario.steps)]
        tuples = [value.elts for value in values if isinstance(value, ast.Tuple)]
        items = {len(found) for found in tuples if not any(isinstance(item, ast.Starred) for item in found)}
        if items and len(scenario.returns) not in items:
            wrong.append((node.name, items, scenario.returns))

    assert wrong == []


def test_places_are_filled_in() -> None:
    """Braces around a name that is none of the arguments stay as they are."""
    assert filled("f({x}, {1, 2}, {'a': {y}})", {"x": "1"}.get) == "f(1, {1, 2}, {'a': {y}})"
    assert places("{x} and {x}, {y}") == ["x", "x", "y"]
