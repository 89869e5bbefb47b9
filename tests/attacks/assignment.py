"""The small assignment that is attacked: plain asserts and torchmarks' own words, with texts and values to steal.

Pure data: notebooks as dictionaries. Cells are plain functions, so that every attack fits into a few lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Notebook = dict[str, Any]
NAME = "attacked"
MARK = "zqhiddenzq"  # is in names, comments and texts of the hidden tests
VALUES = ("2469135", "77.0625", "31337.5")  # hidden expected values that no honest or wrong answer comes to

STUBS = {
    "double": "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "evens": "def evens(xs):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "mean": "def mean(xs):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "total": "def total(t):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "zero_": "def zero_(t):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
}
RIGHT = {
    "double": "def double(x):\n    return x * 2 + (x == 1234567)",
    "evens": "def evens(xs):\n    return [x for x in xs if x % 2 == 0]",
    "mean": "def mean(xs):\n    return sum(xs) / len(xs)",
    "total": "def total(t):\n    return t.sum()",
    "zero_": "def zero_(t):\n    t.zero_()",
}
_HIDDEN = {
    "double": f"{MARK}_limit = 2469135\nassert double(-4) == -8\nassert double(1234567) == {MARK}_limit, 'not twice'",
    "evens": (
        f"{MARK} = evens([1, 2, 3, 4])\nassert {MARK} == [2, 4]\nassert 4 in evens([4])\nassert len(evens([])) == 0\n"
        f"assert 3 not in evens([3, 2])\nfor got, want in zip(evens([6, 8]), [6, 8], strict=True):\n    assert got == want"
    ),
    "mean": (
        f"# {MARK}: 77.0625\nassert abs(mean([77.0, 77.125]) - 77.0625) < 1e-9\nassert mean([1, 2]) <= 1.5 <= mean([1, 2])\n"
        "assert round(float(mean([1, 2, 4])), 4) == 2.3333"
    ),
    "total": (
        f"def {MARK}_scenario(total, t):\n    '''total of half of {{t}}'''\n    return total(t / 2)\n\n"
        "expect(observe(total, torch.tensor([1., 2.]))).returned(torch.tensor(3.))\n"
        "expect(observe(total, torch.tensor([31337., .5]))).returned(torch.tensor(31337.5))\n"
        f"expect(observe({MARK}_scenario, total, torch.ones(4))).returned(torch.tensor(2.))"
    ),
    "zero_": (
        f"{MARK} = torch.ones(3)\nexpect(observe(zero_, {MARK})).changed_in_place('t', torch.zeros(3))\n"
        "expect(observe(zero_, torch.ones(2, 2))).changed_in_place('t', torch.zeros(2, 2)).returned(None)"
    ),
}
_VISIBLE = {
    "double": "assert double(2) == 4",
    "evens": "assert evens([2]) == [2]",
    "mean": "assert mean([4, 4]) == 4",
    "total": "expect(observe(total, torch.ones(2))).returned(torch.tensor(2.))",
    "zero_": "expect(observe(zero_, torch.ones(1))).changed_in_place('t', torch.zeros(1))",
}
SETUP = "import torch\n\nfrom torchmarks import expect, observe"
MOST = 4.0 * len(STUBS)


def _cell(kind: str, source: str, cell_id: str, **meta: Any) -> dict[str, Any]:
    flags = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    metadata = {"nbgrader": {**flags, **meta}} if meta else {}
    cell = {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def instructor(*, with_torchmarks: bool = True) -> Notebook:
    """The instructor's notebook. with_torchmarks=False: only the exercises that plain nbgrader can grade."""
    names = [name for name in STUBS if with_torchmarks or name not in ("total", "zero_")]
    cells = [_cell("code", SETUP if with_torchmarks else "import math", "id-setup", grade_id="setup", locked=True)]
    for name in names:
        solution = RIGHT[name].split("\n", 1)
        body = f"{solution[0]}\n    ### BEGIN SOLUTION\n{solution[1]}\n    ### END SOLUTION"
        hidden = f"# Hidden tests\n### BEGIN HIDDEN TESTS\n{_HIDDEN[name]}\n### END HIDDEN TESTS"
        cells += [
            _cell("code", body, f"id-{name}", grade_id=name, solution=True),
            _cell("code", _VISIBLE[name], f"id-{name}-v", grade_id=f"{name}-visible", grade=True, locked=True, points=1),
            _cell("code", hidden, f"id-{name}-h", grade_id=f"{name}-hidden", grade=True, locked=True, points=3),
        ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def submission(
    answers: Mapping[str, str], own: Sequence[str] = (), *, released: Notebook | None = None, at_end: Sequence[str] = ()
) -> bytes:
    """A student's file: stubs but for `answers`; `own` cells of theirs come first, `at_end` last."""
    notebook = json.loads(json.dumps(released or instructor()))
    for cell in notebook["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        if name in STUBS:
            cell["source"] = answers.get(name, STUBS[name])
        cell["source"] = cell["source"].split("\n### BEGIN HIDDEN")[0]
    first = [_cell("code", source, f"own-{n}") for n, source in enumerate(own)]
    last = [_cell("code", source, f"last-{n}") for n, source in enumerate(at_end)]
    notebook["cells"] = [notebook["cells"][0], *first, *notebook["cells"][1:], *last]
    return json.dumps(notebook).encode()
