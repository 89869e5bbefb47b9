"""torchmarks.checks.cell_runner: what it tells of cells, told to it as JSON, in a real process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from torchmarks.checks.cell_runner import CellBegun, CellEnded

SOURCES = [
    "import os, sys\nprint('o'); print('e', file=sys.stderr); os.write(1, b'from C')",
    "input()",
    "print('x' * 100_000)",
    "1 + 1",
]


def test_what_cells_print_stays_with_them(tmp_path: Path) -> None:
    """Bounded, and never between the events; nobody can be asked for input; a last value is not a message."""
    run = subprocess.run(
        [sys.executable, "-c", "from torchmarks.checks.cell_runner import main; main()"],
        input=msgspec.json.encode(SOURCES), cwd=tmp_path, capture_output=True, timeout=100, check=True,
    )  # fmt: skip
    told = [msgspec.json.decode(line, type=CellBegun | CellEnded) for line in run.stdout.splitlines()]

    assert told[::2] == [CellBegun(number) for number in range(4)]
    first, asks, long, value = [event for event in told if isinstance(event, CellEnded)]
    assert first == CellEnded(0, True, "o\ne")
    assert not asks.passed
    assert asks.text.startswith("EOFError")
    assert len(long.text) == 20_000
    assert value.passed
    assert run.stderr == b""
