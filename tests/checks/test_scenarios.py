"""torchmarks.checks.scenarios: what the docstring of a scenario says."""

from __future__ import annotations

import pytest

from torchmarks.checks.scenarios import Scenario, filled, places, scenario_of


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


def test_places_are_filled_in() -> None:
    """Braces around a name that is none of the arguments stay as they are."""
    assert filled("f({x}, {1, 2}, {'a': {y}})", {"x": "1"}.get) == "f(1, {1, 2}, {'a': {y}})"
    assert places("{x} and {x}, {y}") == ["x", "x", "y"]
