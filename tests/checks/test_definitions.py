"""torchmarks.checks.definitions: functions that cells define, and what stands in their place."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch

from torchmarks import observe
from torchmarks.checks.definitions import Definitions, defined_by, error_text, meant
from torchmarks.checks.left import Left


class Notebook:
    """Cells that run one after the other in one namespace, watched."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.definitions = Definitions(self.names, lambda source, number: f"In [{number}]")
        self._count = 0

    def run(self, source: str, cell_id: str | None = None) -> tuple[Left, ...]:
        """Run a cell; what was found then."""
        self._count += 1
        self.definitions.before(source)
        try:
            exec(source, self.names)
            error: Exception | None = None
        except Exception as raised:
            error = raised
        self.definitions.after(source, self._count, error, cell_id)
        return self.definitions.found()


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("def f(x:\n    return 1", "SyntaxError: '(' was never closed (line 1)"),
        ("1 / 0\ndef f(x): return 1", "ZeroDivisionError: division by zero"),
        ("1 / 0\nf = len", "ZeroDivisionError: division by zero"),
        ("def f(x): return 1\n  f", "IndentationError: unexpected indent (line 2)"),
    ],
)
def test_a_cell_that_stopped_leaves_the_older_function(cell: str, error: str) -> None:
    """It is named with the cell and its error, until a cell that binds the name has run."""
    notebook = Notebook()
    notebook.run("def f(x): return 0")

    assert notebook.run(cell) == (Left("older", "f", error, "In [2]"),)
    assert notebook.run("g = 1") == (Left("older", "f", error, "In [2]"),)
    assert notebook.run("def f(x): return 0") == ()


@pytest.mark.parametrize("cell", ["def f(x): return 1\n1 / 0", "f = lambda x: 1\n1 / 0", "h = 1\n1 / 0", "f = f"])
def test_a_function_that_was_bound_is_no_older_one(cell: str) -> None:
    """A cell may stop after it has bound the name, or never meant to."""
    notebook = Notebook()
    notebook.run("def f(x): return 0")

    assert notebook.run(cell) == ()


def test_an_older_function_that_is_replaced_otherwise() -> None:
    """What counts is what the name stands for when it is asked."""
    notebook = Notebook()
    notebook.run("def f(x): return 0")
    notebook.run("def f(x")

    assert notebook.run("for f in [len]: pass") == ()


F, G = "def f(x): return 0", "def g(x): return 0"


@pytest.mark.parametrize(
    ("cell", "other"),
    [
        (G, "g"),
        ("", ""),
        (f"{G}\ndef h(): pass", ""),
        ("# def f(x): return 0", ""),
        ("def g(x", ""),
        (f"{G}\n1 / 0", "g"),
    ],
)
def test_a_function_that_its_cell_no_longer_defines(cell: str, other: str) -> None:
    """It is named with that cell and the one function that is there in its place, until a cell defines it again."""
    notebook = Notebook()
    notebook.run(F, "a")
    gone = (Left("gone", "f", other, "In [2]"),)

    assert [left for left in notebook.run(cell, "a") if left.setting == "f"] == [*gone]
    assert notebook.run("y = f", "b") == gone
    assert notebook.run(F, "b") == ()


@pytest.mark.parametrize(
    "cells",
    [
        [(F, "a"), (G, "b")],
        [(F, None), (G, None)],
        [(F, ""), (G, "")],
        [(F, "a"), (F, "b"), (G, "a")],
        [(F, "a"), ("for f in [len]: pass", "b"), (G, "a")],
        [(F, "a"), ("if True:\n  def f(x): return 1", "a")],
        [(F, "a"), ("f = lambda x: 1", "a")],
        [(F, "a"), (G, "a"), (F, "a")],
        [(F, "a"), ("del f", "a")],
    ],
)
def test_a_function_that_a_cell_still_defines_is_not_gone(cells: list[tuple[str, str | None]]) -> None:
    """Nothing is said where another cell has it, where it came about otherwise, or where cells have no id."""
    notebook = Notebook()

    found = [notebook.run(cell, cell_id) for cell, cell_id in cells][-1]

    assert "f" not in [left.setting for left in found]


def test_a_function_that_its_cell_no_longer_defines_is_not_present() -> None:
    """Nobody is told that the notebook defines it, though its name is still there."""
    notebook = Notebook()
    notebook.run(F, "a")
    there = notebook.definitions.present()
    notebook.run("# nothing yet", "a")

    assert (there, notebook.definitions.present(), "f" in notebook.names) == (["f"], [], True)


def test_the_stop_of_a_cell_is_forgotten_with_the_name() -> None:
    """A cell that stopped and then runs under another name has no error to fix any more."""
    notebook = Notebook()
    notebook.run(F, "a")
    error = "SyntaxError: '(' was never closed (line 1)"

    assert notebook.run("def f(x", "a") == (Left("older", "f", error, "In [2]"),)
    assert notebook.run(G, "a") == (Left("gone", "f", "g", "In [3]"),)
    assert notebook.run("def f(x", "a")[0] == Left("older", "f", error, "In [4]")


def test_the_stop_of_another_cell_is_kept() -> None:
    """A cell that stopped at a name which another one defines is named until it has run again itself."""
    notebook = Notebook()
    notebook.run(F, "a")
    older = notebook.run("def f(x", "b")

    assert older == notebook.run("", "c") != ()
    assert notebook.run("", "b") == ()


def test_a_function_that_became_a_value() -> None:
    """With the cell that did it, however it did, until it is a function again."""
    notebook = Notebook()
    notebook.run("def f(x): return 0")

    assert notebook.run("for f in range(3): pass") == (Left("value", "f", "int", "In [2]"),)
    assert notebook.run("y = f") == (Left("value", "f", "int", "In [2]"),)
    assert notebook.run("f = [f]") == (Left("value", "f", "list", "In [4]"),)
    assert notebook.run("def f(x): return 0") == ()


def test_a_name_that_a_stopped_cell_would_have_bound() -> None:
    """It is missing with the error; one that was there before is not."""
    notebook = Notebook()
    notebook.run("1 / 0\ndef f(x): return 0")
    notebook.run("def g(x): return 0")
    notebook.run("def g(x")

    assert notebook.definitions.stopped("f") == "ZeroDivisionError: division by zero"
    assert notebook.definitions.stopped("g") == notebook.definitions.stopped("h") == ""


def test_what_a_cell_defines() -> None:
    """Functions and classes at its top level, also where it is not Python."""
    assert defined_by("def f(x:\n  def g(): 1\nclass  H:\n  x=1\nasync def i(): (") == ["f", "H", "i"]


def test_which_function_is_meant() -> None:
    """One that is spelled alike, else the only one of its cell."""
    assert meant("from_list", ["make_rank", "fromlist"], "") == "fromlist"
    assert meant("from_list", ["make_rank", "mine"], "def mine(): ...") == "mine"
    assert meant("from_list", ["a", "mine"], "def a(): ...\ndef mine(): ...") == ""
    assert meant("from_list", [], "def mine(): ...") == ""


def test_an_error_in_one_line() -> None:
    """Without the file that Python names, and without an empty message."""
    assert error_text("SyntaxError", "no syntax (<ipython-input-3>, line 7)") == "SyntaxError: no syntax (line 7)"
    assert error_text("KeyboardInterrupt", "") == "KeyboardInterrupt"
    assert error_text("ValueError", "one\ntwo") == "ValueError: one"


def test_a_value_that_is_called_has_the_name_of_the_test() -> None:
    """`observe(f)` of a number reads as the call that the test made, of names with that value the one in the cell."""
    names: dict[str, Any] = {"other": 3, "observe": observe, "f": 3}
    exec("seen = observe(f, 1)", names)

    assert names["seen"].call == "f(1)"
    assert names["seen"].raised.message == "'int' object is not callable"


@pytest.mark.parametrize(
    "source",
    ["f = lambda x: x + 1", "def g(x): return x + 1\nf = g\ndel g", "f = partial(torch.add, other=1)", "f = torch.sin"],
)
def test_a_function_with_another_name_has_that_of_the_test(source: str) -> None:
    """A lambda, a partial, one of PyTorch's: what is read and pasted is what the student's notebook knows."""
    names: dict[str, Any] = {"observe": observe, "torch": torch, "partial": partial}
    exec(source, names)
    exec("def steps(f, x):\n    '>>> f({x})'\n    return f(x)", names)
    exec("here = observe(f, torch.tensor([1., 2.])); there = observe(steps, f, torch.tensor([1., 2.]))", names)

    for seen in (names["here"], names["there"]):
        assert seen.call == "f(tensor([1., 2.]))"
        assert seen.raised is None
    assert names["there"].made_by.subjects == (0,)


def test_a_function_keeps_the_name_that_it_has() -> None:
    """Where the notebook knows it by that, or the test made it; a class is passed as it is."""
    names: dict[str, Any] = {"observe": observe}
    exec("def g(x): return x\nf = g\nclass C: pass\nD = C", names)
    exec("seen = [observe(f, 1), observe(D), observe(lambda x: x, 1)]", names)

    assert [seen.made_by.fn.__name__ for seen in names["seen"]] == ["g", "C", "<lambda>"]
