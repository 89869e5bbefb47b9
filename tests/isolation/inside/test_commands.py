"""torchmarks.isolation.inside.commands: shell commands of cells, without a terminal."""

from __future__ import annotations

import pytest

from torchmarks.isolation.inside import commands


@pytest.mark.parametrize(
    ("command", "status", "printed"),
    [
        ("echo out; echo err >&2; exit 3", 3, "out\nerr\n"),
        ("kill -9 $$", -9, ""),
        ("printf 'h\\303\\244 '; sleep 0.3; printf '\\303'; sleep 0.3; printf '\\266\\377'", 0, "hä ö�"),
        ("read answer; echo $?", 0, "1\n"),  # nobody answers
        ("echo first; exec >&-; exit 4", 4, "first\n"),
    ],
    ids=["both streams", "signal", "a letter in two pieces", "asks", "closes its output"],
)
def test_what_a_command_writes_is_printed(
    command: str, status: int, printed: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its two streams in order, and the status as subprocess tells it."""
    assert commands.run(command) == status
    assert capfd.readouterr().out == printed


@pytest.mark.timeout(20)
def test_what_is_left_in_the_background_is_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    """It holds the other end of the pipe."""
    assert commands.run("sleep 60 & echo begun; kill $!") == 0
    assert commands.run("(sleep 5; echo late) & echo begun") == 0
    assert capfd.readouterr().out == "begun\nbegun\n"
