"""Reads the title of an exercise, the first line of its statement: name, difficulty, minutes and points.

Pure text. Must not decide what a title's numbers should be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from torchmarks.checks.exercises import exercise_of, part_of

# `\s` takes the wide spaces before the stars, too.
_TITLE: Final = re.compile(
    r"### \d+ · `(?P<name>\w+)` — (?P<what>.+?)\s+(?P<stars>★[★☆]{4}) · (?P<minutes>\d+) min · (?P<points>\d+) points"
)


@dataclass(frozen=True, slots=True)
class Title:
    """An exercise as its statement's title has it. difficulty: 1 to 5."""

    name: str
    what: str
    difficulty: int
    minutes: int
    points: int


def title_of(statement: str) -> Title | None:
    """The title of a statement; None where it cannot be read."""
    found = _TITLE.match(statement.partition("\n")[0])
    if found is None:
        return None
    minutes, points = int(found["minutes"]), int(found["points"])
    return Title(found["name"], found["what"].strip(), found["stars"].count("★"), minutes, points)


def difficulties_in(notebook: Mapping[str, Any]) -> dict[str, int]:
    """The difficulty of each exercise of a notebook whose title says it, 1 to 5."""
    statements = [cell for cell in notebook["cells"] if part_of(cell.get("id", "")) == "statement"]
    titles = {exercise_of(cell["id"]): title_of("".join(cell["source"])) for cell in statements}
    return {name: title.difficulty for name, title in titles.items() if title is not None}
