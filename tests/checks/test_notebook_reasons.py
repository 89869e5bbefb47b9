"""In a notebook: a visible test says why, from all of its calls, and is as before without the file of reasons."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.mistakes import CATALOGUE, NOTEBOOK, SETUP, VISIBLE, WHY
from checks.notebook import notebooks
from torchmarks.authoring.visible_reasons import made
from torchmarks.catalogue import read_catalogue
from torchmarks.checks.reasons_file import NAME

WRONG = "def half(x):\n    y = torch.div(x, 2, rounding_mode='floor')\n    return y"
RIGHT = "def half(x):\n    return x / 2"
MISSING = "def halve(x):\n    return x / 2"
UNKNOWN = "def half(x):\n    return x / 4"
ENDLESS = "calls = []\ndef half(x):\n    calls.append(x)\n    while True: pass"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What the visible test showed, by the answer that stood above it."""
    folder, bare = tmp_path_factory.mktemp("with"), tmp_path_factory.mktemp("without")
    (folder / NAME).write_bytes(made(NOTEBOOK, read_catalogue(CATALOGUE, ["half"], "")))
    answers = {"wrong": WRONG, "right": RIGHT, "missing": MISSING, "unknown": UNKNOWN}
    runs = notebooks(folder, *([SETUP, answer, VISIBLE, "1 + 1"] for answer in answers.values()))
    found = {name: run[2] for name, run in zip(answers, runs, strict=True)}
    return found | {"no file": notebooks(bare, [SETUP, WRONG, VISIBLE])[0][2], "after": runs[0][3]}


def test_a_visible_test_says_why(shown: dict[str, dict[str, str]]) -> None:
    """An answer that does what an example does, written in another way, reads the reason."""
    assert WHY in shown["wrong"]["error"]
    assert "floor-division" in shown["wrong"]["error"]


def test_all_calls_are_judged_before_it_speaks(shown: dict[str, dict[str, str]]) -> None:
    """It says how many of the cell's calls differ."""
    assert "2 of 2 calls differ" in shown["unknown"]["error"]


def test_a_call_that_runs_out_of_time_is_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test has failed, and the other calls would take as long: they are not made."""
    monkeypatch.setenv("TORCHMARKS_CALL_SECONDS", "0.5")
    (tmp_path / NAME).write_bytes(made(NOTEBOOK, read_catalogue(CATALOGUE, ["half"], "")))

    *_, shown, made_calls = notebooks(tmp_path, [SETUP, ENDLESS, VISIBLE, "print(len(calls))"])[0]

    assert "timeout: The call ran longer than 0.5 s." in shown["error"]
    assert made_calls["text"] == "1\n"


def test_an_unknown_mistake_gets_no_name(shown: dict[str, dict[str, str]]) -> None:
    """What no example does is told without a reason."""
    assert "Why:" not in shown["unknown"]["error"]


def test_a_right_answer_passes_as_before(shown: dict[str, dict[str, str]]) -> None:
    """One line, and no error."""
    assert shown["right"] == {"text": "✓ 2 calls as expected\n", "error": ""}


def test_a_missing_function_is_told_as_before(shown: dict[str, dict[str, str]]) -> None:
    """The block that gathers hides no error of the cell itself."""
    assert shown["missing"]["error"].startswith("NameError: name 'half' is not defined")


def test_without_the_file_it_works_as_before(shown: dict[str, dict[str, str]]) -> None:
    """A notebook that was moved away from its folder still tests."""
    assert "1.5" in shown["no file"]["error"] or "is not what was asked for" in shown["no file"]["error"]
    assert "Why:" not in shown["no file"]["error"]


def test_the_next_cell_is_an_ordinary_one(shown: dict[str, dict[str, str]]) -> None:
    """Nothing of the block is left."""
    assert shown["after"]["error"] == ""
