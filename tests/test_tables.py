"""torchmarks.tables: what commands say while they work."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from torchmarks.demo import DemoResult
from torchmarks.tables import print_demo, steps


def test_each_step_has_a_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, when it begins; one that counts on within ten seconds has the one line."""
    with steps(lines=True) as say:
        for text in ("01: reading", "01: notebook 1 of 3", "01: notebook 2 of 3", "01: lines", "02: reading"):
            say(text)

    printed = capsys.readouterr()
    assert printed.err.splitlines() == ["01: reading", "01: notebook 1 of 3", "01: lines", "02: reading"]
    assert printed.out == ""


def test_the_formgrader_of_a_demo_is_opened_by_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Also below a folder with a blank in its name; make hands the text to a shell once more."""
    print_demo(DemoResult(Path("/My Courses"), "01-tensors", (), (), Path("marks.csv"), {}))

    line = next(line for line in capsys.readouterr().out.splitlines() if "formgrader" in line)
    given = shlex.split(line)[-1].removeprefix("ARGS=")
    assert shlex.split(given) == ["--notebook-dir", "/My Courses/course"]
