"""torchmarks.watch.events: a line for a person, a line of JSON for a program, and nothing that steers a terminal."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from torchmarks.watch.events import Event, Json, Lines, as_json, as_text

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = Event(
    "told", "01", "ada", NOON, name="ada+01+…", arrived_at=NOON, points=30.0, most=36.0, released=True, seconds=2.34567
)


def test_a_program_reads_what_there_is() -> None:
    """What an event does not have is left out."""
    assert as_json(TOLD) == {
        "event": "told", "assignment": "01", "student": "ada", "at": "2026-03-01T12:00:00+00:00", "name": "ada+01+…",
        "arrived_at": "2026-03-01T12:00:00+00:00", "points": 30.0, "most": 36.0, "released": True, "seconds": 2.346,
    }  # fmt: skip
    assert set(as_json(Event("arrived", "01", "ada", NOON))) == {"event", "assignment", "student", "at"}


def test_a_person_reads_a_line() -> None:
    """With points, time and what went wrong."""
    assert as_text(TOLD) == "12:00:00 01 ada: provisional 30 of 36 points after 2.3 s"
    unseen = Event("final", "01", "ada", NOON, points=5.0, most=9.0, released=False, reason="there is no secret")
    assert as_text(unseen).endswith("final 5 of 9 points; the student cannot fetch it: there is no secret")


def test_names_do_not_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither by escapes nor as markup; JSON stays one line."""
    hostile = Event("refused", "01", "\x1b[2J[red]eve\n", NOON)
    shown = io.StringIO()

    Lines(Console(file=shown)).event(hostile)
    Json().event(hostile)

    assert "\x1b" not in shown.getvalue()
    assert "[red]eve" in shown.getvalue()
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["student"] == "\x1b[2J[red]eve\n"
