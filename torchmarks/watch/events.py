"""The events of a course that is watched, as data, and how a person or a program sees them.

Must not decide anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any, Literal

from rich.console import Console
from rich.status import Status
from rich.text import Text

from torchmarks.console import print_json, print_line, print_note
from torchmarks.printable import printable

Kind = Literal["arrived", "refused", "superseded", "kept", "told", "final", "not graded"]
_WORDS: dict[Kind, str] = {
    "arrived": "handed in",
    "refused": "not taken",
    "superseded": "handed in again before it was graded",
    "kept": "kept for the deadline",
    "told": "provisional",
    "final": "final",
    "not graded": "not graded",
}
_LATE = "late and over the budget, graded for good"  # nothing is kept for a deadline that has passed


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a submission.

    name: of the arrival, such as the folder in the exchange, "" where the work was collected by hand; arrived_at: what
    counts as the time of handing in; reason: why, or what a person should know; released: whether the student can fetch
    it; seconds: from the first sight to now; late: of what is over the budget, whether it came after its deadline.
    """

    kind: Kind
    assignment: str
    student: str
    at: datetime
    _: KW_ONLY
    name: str = ""
    arrived_at: datetime | None = None
    points: float | None = None
    most: float | None = None
    reason: str = ""
    released: bool | None = None
    seconds: float | None = None
    late: bool | None = None


class Reporter:
    """Receives what happens. Ignores everything; a subclass overrides the methods that it has a use for."""

    def event(self, event: Event) -> None:
        """Something happened to a submission."""

    def note(self, text: str) -> None:
        """Something that a person should read."""

    def idle(self, text: str) -> None:
        """What is being waited for."""


class Lines(Reporter):
    """A line for each event on stderr; on a terminal with a last line that says what is being waited for."""

    def __init__(self, console: Console, status: Status | None = None) -> None:
        self._console, self._status = console, status

    def event(self, event: Event) -> None:
        self.note(as_text(event))

    def note(self, text: str) -> None:
        print_line(self._console, text)

    def idle(self, text: str) -> None:
        if self._status is not None:
            self._status.update(Text(printable(text)))  # not markup


class Json(Reporter):
    """One line of JSON on stdout for each event."""

    def event(self, event: Event) -> None:
        print_json(as_json(event))

    def note(self, text: str) -> None:
        """On stderr: every line of stdout is an event."""
        print_note(text)


def as_json(event: Event) -> dict[str, Any]:
    """An event as plain data, without what it does not have. Times in ISO 8601, UTC."""
    data: dict[str, Any] = {"event": event.kind, "assignment": event.assignment, "student": event.student}
    data["at"] = event.at.isoformat()
    for name in ("name", "reason"):
        if value := getattr(event, name):
            data[name] = value
    if event.arrived_at is not None:
        data["arrived_at"] = event.arrived_at.isoformat()
    for name in ("points", "most", "released", "late"):
        if (found := getattr(event, name)) is not None:
            data[name] = found
    if event.seconds is not None:
        data["seconds"] = round(event.seconds, 3)
    return data


def as_text(event: Event) -> str:
    """An event as a line for a person."""
    points = "" if event.points is None else f" {event.points:g}"
    points += f" of {event.most:g}" if points and event.most is not None else ""
    points += " points" if points else ""
    seconds = "" if event.seconds is None else f" after {event.seconds:.1f} s"
    unseen = "; the student cannot fetch it" if event.released is False else ""
    why = f": {event.reason}" if event.reason else ""
    who = event.student or event.name
    what = _LATE if event.kind == "kept" and event.late else _WORDS[event.kind]
    return f"{event.at:%H:%M:%S} {event.assignment} {who}: {what}{points}{seconds}{unseen}{why}"


@contextmanager
def reporting(*, as_lines: bool) -> Iterator[Reporter]:
    """The reporter that fits. as_lines: JSON on stdout."""
    console = Console(stderr=True)
    if as_lines:
        yield Json()
    elif not console.is_terminal:
        yield Lines(console)
    else:
        with console.status("starting") as status:
            yield Lines(console, status)
