"""torchmarks.console: a line is printed as it is, whoever prints it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from torchmarks import tables
from torchmarks.console import print_line
from torchmarks.platforms import telling

LINE = f"{Path('/course/submitted') / ('x' * 300)} [bold]: 12\x1b[2J"
SHOWN = LINE.replace("\x1b", "\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    "say",
    [
        lambda text: print_line(Console(), text),
        lambda text: print_line(Console(force_terminal=True, color_system="standard"), text),
        tables.say,
        telling._line,
    ],
    ids=["bulk and watch", "on a terminal with colours", "tables", "platforms"],
)
def test_a_line_stays_what_it_is(say: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """One line, however long; what looks like rich's markup or steers a terminal is neither."""
    say(LINE)

    assert capsys.readouterr().out == f"{SHOWN}\n"


def test_a_step_without_a_terminal_is_such_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr."""
    with tables.steps(lines=True) as say:
        say(LINE)

    assert capsys.readouterr().err == f"{SHOWN}\n"


@pytest.mark.parametrize(("is_terminal", "width"), [(True, 100), (False, 240)])
def test_a_table_is_as_wide_as_what_it_is_printed_on(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool, width: int
) -> None:
    """Where that is a terminal when it is printed: the module may have been imported long before."""
    monkeypatch.setenv("COLUMNS", "100")
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stdout", out)

    assert telling._console().width == width
