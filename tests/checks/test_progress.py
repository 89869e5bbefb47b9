"""torchmarks.checks.progress: the line under a test that passed, and the table at the end, in a real IPython."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.notebook import notebooks
from torchmarks.checks.progress import Progress, progress

VISIBLE = "expect(observe(double, 2)).returned(4)\nexpect(observe(double, 3)).returned(6)"
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "twice"}}, "source": []},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "twice-visible"}}, "source": VISIBLE},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "other-visible"}}, "source": "assert half(4) == 2"},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "third-visible"}}, "source": "1"},
    ]
}


def session(folder: Path, *cells: str) -> list[str]:
    """Run cells in a fresh IPython shell in `folder`; what each of them printed."""
    return [cell["text"] for cell in notebooks(folder, cells)[0]]


SETUP = "from torchmarks import expect, observe, progress"
RIGHT = "def double(x): return 2 * x"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One session of a student: what each step shows."""
    folder = tmp_path_factory.mktemp("student")
    (folder / "00-first.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    steps = {
        "setup": SETUP,
        "before": "print(progress('00-first'))",
        "wrong": f"def double(x): return x\n{VISIBLE}",
        "right": RIGHT,
        "passes": VISIBLE,
        "untold": "expect(observe(double, [], y=1))",
        "assert": "assert half(4) == 2",
        "after": "print(progress('00-first'))",
        "missing": "print(progress('nowhere'))",
    }
    return dict(zip(steps, session(folder, *steps.values()), strict=True))


def test_one_line_when_all_is_well(shown: dict[str, str]) -> None:
    """A cell whose checks pass shows one line, and no value of its last expression."""
    assert shown["passes"].strip().removeprefix("Out[5]: ") == "✓ 2 calls as expected"
    assert "Expectation" not in shown["passes"]


def test_a_failed_check_is_a_report_without_frames(shown: dict[str, str]) -> None:
    """A failed check shows the report and one line, and no frame of ours."""
    assert "double(2) is not what was asked for." in shown["wrong"]
    assert "values  seen 2    expected 4" in shown["wrong"]
    assert "✓" not in shown["wrong"]
    assert "checks/expect.py" not in shown["wrong"]


def test_a_chain_without_a_matcher_is_told(shown: dict[str, str]) -> None:
    """`expect(seen)` alone cannot raise in place; what it found is told when the cell ends."""
    assert "The call itself was refused" in shown["untold"]
    assert "✓" not in shown["untold"]


def test_cells_without_checks_show_nothing(shown: dict[str, str]) -> None:
    """A cell that checks nothing has no line under it."""
    assert shown["right"] == ""


def test_the_table_before_and_after(shown: dict[str, str]) -> None:
    """The table has every exercise of the notebook; a cell counts by its source, also with a plain assert."""
    assert shown["before"].splitlines() == [
        "00-first: 0 of 3 exercises pass their visible tests. Hidden tests follow when it is graded.",
        "  twice  - not tried in this session",
        "  other  - not tried in this session",
        "  third  - not tried in this session",
    ]
    assert shown["after"].splitlines() == [
        "00-first: 1 of 3 exercises pass their visible tests. Hidden tests follow when it is graded.",
        "  twice  ✓ passes its visible tests",
        "  other  ✗ not yet",
        "  third  - not tried in this session",
    ]


def test_without_a_notebook_what_was_tried_is_listed(shown: dict[str, str]) -> None:
    """Where the notebook is not found the functions that were tested are listed."""
    assert "  double  " in shown["missing"]


def test_a_name_that_no_notebook_has_is_not_counted(shown: dict[str, str]) -> None:
    """What is there is named instead."""
    assert shown["missing"].splitlines()[0] == (
        "There is no notebook nowhere.ipynb in this folder. There is: 00-first. Tried in this session:"
    )


def test_names_are_listed_whatever_lies_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order; a notebook of the student's own is not an assignment, and without any nothing is missed."""
    monkeypatch.chdir(tmp_path)
    assert "no visible test has run here" in repr(progress("01-tensor"))
    (tmp_path / "own.ipynb").write_text('{"cells": []}', encoding="utf-8")
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    for name in ("b<", "a"):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")

    assert "There is: a, b&lt;." in progress("01-tensor")._repr_html_()
    assert "There is" not in repr(progress("a"))


def test_the_table_as_html_escapes_names() -> None:
    """The table in a notebook has a row for each exercise, names escaped."""
    page = Progress("00-first", [("a<b", True), ("c", None)])._repr_html_()

    assert "a&lt;b" in page
    assert page.count("<tr>") == 2
    assert "✓ passes its visible tests" in page


def test_where_no_test_ran_none_is_counted() -> None:
    """In a graded notebook the tests ran elsewhere: "0 of 0" would say that nothing passed."""
    assert "no visible test has run here" in repr(Progress("01-tensors", []))


def test_another_pytorch_is_told_once(tmp_path: Path) -> None:
    """Below the first test of a session, whether it passes or not; `checks.versions` reads the installed package."""
    (tmp_path / "torchmarks-0.dist-info").mkdir()
    metadata = "Metadata-Version: 2.4\nName: torchmarks\nVersion: 0\nRequires-Dist: torch==9.9.9; extra == 'grading'\n"
    (tmp_path / "torchmarks-0.dist-info" / "METADATA").write_text(metadata)

    setup, answer, first, second = session(tmp_path, SETUP, RIGHT, VISIBLE, VISIBLE)

    assert setup + answer == ""
    passed, note = first.splitlines()
    assert passed.endswith("✓ 2 calls as expected")
    assert note.startswith("This notebook runs with PyTorch ")
    assert " and is graded with 9.9.9: " in note
    assert second.strip().endswith("✓ 2 calls as expected")
