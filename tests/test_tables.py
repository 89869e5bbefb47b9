"""torchmarks.tables: what commands say while they work."""

from __future__ import annotations

import pytest

from torchmarks.tables import steps


def test_each_step_has_a_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, when it begins; one that counts on within ten seconds has the one line."""
    with steps(lines=True) as say:
        for text in ("01: reading", "01: notebook 1 of 3", "01: notebook 2 of 3", "01: lines", "02: reading"):
            say(text)

    printed = capsys.readouterr()
    assert printed.err.splitlines() == ["01: reading", "01: notebook 1 of 3", "01: lines", "02: reading"]
    assert printed.out == ""
