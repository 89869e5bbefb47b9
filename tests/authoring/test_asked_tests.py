"""Which cells verify leaves out: tests of exercises that it has no answer to, and worked cells."""

from __future__ import annotations

from typing import Any

import pytest

from torchmarks.authoring.asked_tests import not_asked, without, without_examples


def _cell(name: str, text: str, **mark: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": text, "metadata": {"nbgrader": {"grade_id": name, **mark}}}


def _notebook(first: str, second: str) -> dict[str, Any]:
    """Two exercises, `a` and `b`, and a cell without marks. first, second: their tests."""
    return {
        "metadata": {"kernelspec": {}},
        "cells": [
            {"cell_type": "markdown", "source": "Read.", "metadata": {}},
            _cell("a", "def a(): pass", solution=True, grade=False),
            _cell("a-hidden", first, solution=False, grade=True),
            _cell("b", "def b(): pass", solution=True, grade=False),
            _cell("b-hidden", second, solution=False, grade=True),
        ],
    }


def test_the_tests_of_other_exercises_are_not_asked() -> None:
    """Nor are they where both bind and use a name of their own, as most tests do."""
    notebook = _notebook("seen = a()\nassert seen", "seen = b()\nassert seen")

    assert not_asked(notebook, {"b"}) == {"a-hidden"}
    assert not_asked(notebook, {"a"}) == {"b-hidden"}
    assert not_asked(notebook, {"a", "b"}) == set()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("limit = 3", "assert b() < limit"),
        ("import math as m", "def near(x): return x < m.pi\nassert near(b())"),
        ("def near(x): return x < 3", "assert all(near(x) for x in b())"),
    ],
)
def test_a_test_that_another_needs_is_asked(first: str, second: str) -> None:
    """It binds a name that the other one uses and does not bind, be it in a function."""
    assert not_asked(_notebook(first, second), {"b"}) == set()


def test_what_a_test_is_given_by_name_alone_is_no_need() -> None:
    """A parameter of a function of its own is no name of the notebook."""
    assert not_asked(_notebook("x = 3", "check = lambda x: x > 1\nassert check(b())"), {"b"}) == {"a-hidden"}


def test_a_graded_cell_of_no_exercise_is_asked() -> None:
    """Nobody knows whose it is."""
    notebook = _notebook("assert a()", "assert b()")
    notebook["cells"].append(_cell("essay", "", solution=False, grade=True))

    assert not_asked(notebook, {"b"}) == {"a-hidden"}


def test_a_notebook_without_some_cells_has_all_others() -> None:
    """Cells without a mark too, and what stands beside the cells."""
    notebook = _notebook("assert a()", "assert b()")

    left = without(notebook, {"a-hidden"})

    assert left["metadata"] == notebook["metadata"]
    assert left["cells"] == [cell for cell in notebook["cells"] if cell["source"] != "assert a()"]


@pytest.mark.parametrize(
    ("example", "answer", "stays"),
    [
        ("x = train()\nplot(x)", "def b(): return 1", False),
        ("def helper(): pass", "def b(): return helper()", True),
        ("import math", "def b():\n    def inner(): return math.pi\n    return inner", True),
        ("helper = None", "def b(helper): return helper", False),
        ("print('read me')", "def b(): return print", False),
        ("x = [1, 2]", "x = b", False),
    ],
)
def test_worked_cells_stay_where_their_names_are_used(example: str, answer: str, stays: bool) -> None:
    """In an answer or in another worked cell that stays; a parameter is another name."""
    notebook = _notebook("assert a()", "assert b()")
    worked = {"cell_type": "code", "source": example, "metadata": {}}
    notebook["cells"].insert(1, worked)
    notebook["cells"][4]["source"] = answer

    left = without_examples(notebook)

    assert (worked in left["cells"]) is stays
    assert [cell for cell in left["cells"] if cell is not worked] == notebook["cells"][:1] + notebook["cells"][2:]


def test_a_worked_cell_that_a_kept_one_needs_is_kept() -> None:
    """And one that only a cell needs that goes is not."""
    notebook = _notebook("assert a()", "assert b(y)")
    sources = ["x = 1", "y = x", "z = 1", "print(z)"]
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    notebook["cells"][1:1] = cells

    assert [cell for cell in cells if cell in without_examples(notebook)["cells"]] == cells[:2]
