"""torchmarks.checks.validate: the visible tests of a notebook from a fresh start, in a real process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from torchmarks.checks.sentences import say
from torchmarks.checks.validate import CELL_S, VERSION, Checked, ExerciseChecked, check, lines_of, main, summary
from torchmarks.course.config_check import SETTINGS_FILE
from torchmarks.errors import UsageError

SETUP = "import torch\nfrom torchmarks import expect, observe"
ANSWERS = {
    "right": "def right(x):\n    return 2 * x",
    "wrong": "def wrong(x):\n    print('called')\n    return x",
    "broken": "def broken(x) return x",
    "endless": "import time\nwhile True: time.sleep(0.01)",
    "deadly": "def deadly(x):\n    __import__('os')._exit(3)",
    "after": "from beside import twice\ndef after(x):\n    return twice(x)",
}


def cell(source: str, grade_id: str = "", points: float = 0) -> dict[str, Any]:
    """A code cell; one with points is a test."""
    marks = {"nbgrader": {"grade_id": grade_id, "grade": bool(points), "points": points}} if grade_id else {}
    return {"cell_type": "code", "metadata": marks, "source": source.splitlines(keepends=True)}


def written(folder: Path, *cells: dict[str, Any]) -> Path:
    """A notebook of these cells."""
    path = folder / "one.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": []}, *cells]}))
    return path


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The exercises in the order in which they were told of."""
    return []


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Checked:
    """A notebook with an exercise of each kind."""
    folder, cells = tmp_path_factory.mktemp("notebook"), [cell(SETUP, "setup")]
    for name, answer in ANSWERS.items():
        cells += [cell(answer, name), cell(f"expect(observe({name}, 3)).returned(6)", f"{name}-visible", 2)]
        cells += [cell("raise SystemError('hidden tests are not for students')", f"{name}-hidden", 3)]
    (folder / "beside.py").write_text("def twice(x):\n    return 2 * x\n")
    return check(written(folder, *cells), seconds=3, tell=lambda one: told.append(one.exercise))


def of(checked: Checked, exercise: str) -> ExerciseChecked:
    """One of its exercises."""
    return next(one for one in checked.exercises if one.exercise == exercise)


def test_points_are_those_of_visible_tests(checked: Checked) -> None:
    """Hidden tests count neither for nor against."""
    assert (checked.points, checked.most) == (4, 12)
    assert {one.exercise: (one.passed, one.points, one.most) for one in checked.exercises} == {
        name: (name in ("right", "after"), 2.0 * (name in ("right", "after")), 2.0) for name in ANSWERS
    }


def test_each_exercise_is_told_when_it_is_done(checked: Checked, told: list[str]) -> None:
    """In the order of the notebook."""
    assert told == [one.exercise for one in checked.exercises] == list(ANSWERS)


def test_the_message_is_that_of_the_notebook(checked: Checked) -> None:
    """As plain text and once, below what the function printed."""
    lines = of(checked, "wrong").message.splitlines()

    assert lines[:2] == ["called", "wrong(3) is not what was asked for."]
    assert sum("is not what was asked for" in line for line in lines) == 1
    assert lines[-1].startswith("Next: ")


def test_a_cell_that_python_cannot_read_is_the_reason(checked: Checked) -> None:
    """What a notebook says of a name that is missing is said here."""
    assert "The cell of broken stopped with SyntaxError" in of(checked, "broken").message


def test_a_cell_without_end_is_stopped(checked: Checked) -> None:
    """And named, with the limit."""
    assert checked.stopped[0] == "The cell endless ran longer than 3 s and was stopped."
    assert "There is no endless in your notebook." in of(checked, "endless").message


def test_a_cell_has_as_long_as_with_validate() -> None:
    """Work that passes there in ninety seconds passes here."""
    assert json.loads(SETTINGS_FILE.read_text())["Execute"]["timeout"] == CELL_S


def test_what_ends_the_process_costs_one_exercise(checked: Checked) -> None:
    """The exercises after it are checked in a new process, in which the cells before have run; a module beside the
    notebook is found there.
    """
    assert of(checked, "deadly").message == checked.stopped[1]
    assert "deadly-visible ended the process (exit status 3)" in checked.stopped[1]
    assert of(checked, "after").passed


def test_a_cell_that_ends_the_process_when_it_runs_again_costs_no_test(tmp_path: Path) -> None:
    """A first run that was let through: the tests behind it are told what they found, not what that cell did."""
    twice = "from pathlib import Path\nif Path('seen').exists():\n    import os; os._exit(3)\nPath('seen').touch()"
    cells = [cell(SETUP, "setup"), cell(twice)]
    for name in ("deadly", "second", "last"):
        cells += [cell(ANSWERS.get(name, f"def {name}(x):\n    return 2 * x"), name)]
        cells += [cell(f"expect(observe({name}, 3)).returned(6)", f"{name}-visible", 2)]
    found = check(written(tmp_path, *cells), seconds=3)

    assert [one.passed for one in found.exercises] == [False, True, True]
    assert "deadly-visible ended the process" in of(found, "deadly").message


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "cannot be read: "),
        (b"[1", "is not a Jupyter notebook: JSONDecodeError"),
        (b'{"cells": 1}', "is not a Jupyter notebook: TypeError"),
        (b'{"cells": [{"cell_type": "code", "metadata": {}, "source": "1"}]}', "has no visible tests"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, sentence: str
) -> None:
    """With exit status 2."""
    path = tmp_path / "one.ipynb"
    if content is not None:
        path.write_bytes(content)

    assert main([str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"torchmarks: {path}: ")
    assert sentence in line
    with pytest.raises(UsageError):
        check(path)


def test_json_holds_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object on standard output, the progress on standard error; the exit status says that some fail."""
    path = written(tmp_path, cell("assert 1 + 1 == 2", "add-visible", 1), cell("assert 1 > 2", "less-visible", 1))

    assert main([str(path), "--json"]) == 1

    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["version"], found["notebook"], found["points"], found["most"]) == (VERSION, "one.ipynb", 1, 2)
    assert found["exercises"][0] == {"exercise": "add", "passed": True, "points": 1, "most": 1, "message": ""}
    assert found["exercises"][1]["message"] == "AssertionError"
    assert err.splitlines()[1:] == ["✓ add  1 of 1", "✗ less  0 of 1"]


def test_lines_for_a_terminal_show_the_message_below() -> None:
    """Indented; at the end the points, the note on PyTorch, and what was stopped."""
    one = ExerciseChecked(exercise="less", passed=False, points=0, most=1, message="AssertionError\nNext: look.")
    found = Checked(
        version=VERSION,
        notebook="one.ipynb",
        python="3.11",
        torch="2.10.0",
        note="Another PyTorch.",
        points=0,
        most=1,
        stopped=["Stopped."],
        exercises=[one],
    )

    assert lines_of(one) == ["✗ less  0 of 1", "    AssertionError", "    Next: look."]
    assert summary(found) == [
        "Stopped.",
        "Another PyTorch.",
        say("check_points", done=0, count=1, points="0", most="1"),
    ]


def test_a_closed_pipe_ends_it_without_a_word() -> None:
    """As behind `| head`, which stops reading."""
    read, write = os.pipe()
    os.close(read)
    code = "import sys; from torchmarks.checks.validate import main; sys.exit(main(['hw.ipynb']))"

    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False)

    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")
