"""The checks can fail: the same attacks against stock nbgrader, where many of them win.

Each runs in a kernel as nbgrader runs it, with the gradebook where nbgrader has it. docs/security.md holds the result.
"""

from __future__ import annotations

import sqlite3
import sys
import warnings
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.assignment import NAME, submission
from attacks.grader import leaked, placed, text_of
from attacks.corpus import ATTACKS, Attack

STOCK = [attack for attack in ATTACKS if attack.stock]
# What each wins on nbgrader 0.9.6, as measured by this test: points, hidden tests, the gradebook, the batch.
WINS: dict[str, set[str]] = {
    'asserts dropped by an input transformer': {'points'},
    'asserts dropped by an AST transformer': {'points'},
    'run_cell patched to succeed': set(),
    'exceptions swallowed by set_custom_exc': set(),
    'showtraceback silenced': set(),
    "names of the test's words taken": {'no grade'},
    "pytest's way out: an exception that is no Exception": set(),
    'equal to everything': {'points'},
    'a Tensor by its word': {'points'},
    'an int that is every number': {'points'},
    'a list that is every list': {'points'},
    'tests on disk': {'hidden tests'},
    'hidden tests from the gradebook': {'hidden tests'},
    'history and In': {'hidden tests'},
    'an eavesdropping input transformer': set(),
    'frames of the caller': set(),
    'the gradebook written': {'points', 'the gradebook'},
    'exit': {'no grade'},
    'exit in a call': {'no grade'},
}


def _attempt(attack: Attack, root: Path) -> set[str]:
    """What the attack wins against nbgrader without torchmarks."""
    import json

    from nbgrader.converters import NbGraderException
    from test_preprocessors import scratch

    course = scratch(root, stock=True)
    aimed = placed(attack, course.root)
    folder = course.root / "submitted" / "mallory" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_bytes(submission(aimed.answers, aimed.own, at_end=aimed.last))
    won = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            course.autograde(NAME, "mallory")
        except NbGraderException:
            return {"no grade"}
    points = sum(score.points or 0.0 for score in course.scores(NAME, "mallory").values())
    graded = json.loads((course.root / "autograded" / "mallory" / NAME / f"{NAME}.ipynb").read_text())
    own = [cell for cell in graded["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
    if points > attack.honest:
        won.add("points")
    if leaked(text_of({"metadata": {}, "cells": own})):
        won.add("hidden tests")
    with closing(sqlite3.connect(course.root / "gradebook.db")) as base:
        if base.execute("select count(*) from grade where auto_score = 99").fetchone()[0]:
            won.add("the gradebook")
    return won


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("attack", STOCK, ids=lambda attack: attack.name)
def test_stock_nbgrader(attack: Attack, tmp_path: Path) -> None:
    """The attack wins against stock nbgrader what the table says."""
    assert _attempt(attack, tmp_path / "course") == WINS[attack.name]


def test_the_checks_can_fail() -> None:
    """By that record at least five attacks win points there, and at least three read hidden tests."""
    assert WINS.keys() == {attack.name for attack in STOCK}
    assert sum("points" in won for won in WINS.values()) >= 5
    assert sum("hidden tests" in won for won in WINS.values()) >= 3
