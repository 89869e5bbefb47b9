"""Reads and sets what each exercise of an assignment is worth, in its source notebook: `torchmarks points`.

Changes the points of an exercise's test cells, and the texts that say them: the title of the statement and the first
line of a test. 0 drops an exercise: it stays in the notebook, and counts for nobody. What its author gave a test is
remembered in the cell's metadata, so that it is this proportion that later points have, whatever was set between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.exercises import aspect_of, exercise_of, part_of
from torchmarks.course import Course
from torchmarks.errors import UsageError
from torchmarks.whole_files import write_whole

_IN_TITLE: Final = re.compile(r"(?<= · )\d+ points?$")
_IN_TEST: Final = re.compile(r"\(\d+ points?\)$")
_KEY: Final = "torchmarks"  # in a cell's metadata: {"points": {"author": 3, "set": 6}}
_GOES_ON: Final = "Write it as EXERCISE=POINTS with a whole number, 0 to drop the exercise."


def points_of(course: Course, assignment: str) -> dict[str, float]:
    """Points by exercise, in the order of the notebook. Raises UsageError for an unknown assignment."""
    return {name: sum(shares.values()) for name, shares in shares_of(course, assignment).items()}


def shares_of(course: Course, assignment: str) -> dict[str, dict[str, float]]:
    """Points of each test of each exercise, by what tells it from the others. Raises as `points_of`."""
    course.require(assignment)
    found: dict[str, dict[str, float]] = {}
    for meta in _graded(course.notebook("source", assignment)):
        cell = str(meta["grade_id"])
        found.setdefault(exercise_of(cell), {})[aspect_of(cell) or part_of(cell) or "answer"] = float(meta["points"])
    return found


def wishes_in(texts: tuple[str, ...], assignment: str) -> dict[str, int]:
    """Texts like "from_list=8" as points by exercise. Raises UsageError."""
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or not number.isascii() or not number.isdigit() or len(number) > 6:
            raise UsageError(f"{text!r} says no points of an exercise", assignment, _GOES_ON)
        if name in found:
            raise UsageError(f"{name} is given twice", assignment, _GOES_ON)
        found[name] = int(number)
    return found


def set_points(course: Course, assignment: str, wishes: Mapping[str, int]) -> Path:
    """Write new points into the source notebook: those of an exercise over its tests as they were, in whole numbers.

    Raises UsageError for an unknown exercise, and for less than a point for each test; then nothing is written.
    """
    known = points_of(course, assignment)
    unknown = [name for name in wishes if name not in known]
    if unknown:
        raise UsageError(f"there is no exercise {unknown[0]!r} with points", assignment, f"Known: {', '.join(known)}.")
    notebook = course.notebook("source", assignment)
    for name, most in wishes.items():
        _set(notebook, assignment, name, most)
    path = course.path("source", assignment) / f"{assignment}.ipynb"
    # ensure_ascii=False: the stars and dots of titles stay readable in a diff.
    write_whole(path, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode())
    return path


def _graded(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cell in notebook["cells"]:
        meta = marks_of(cell)
        if meta.get("grade"):
            yield meta


def _set(notebook: Mapping[str, Any], assignment: str, name: str, most: int) -> None:
    mine = [cell for cell in notebook["cells"] if exercise_of(grade_id_of(cell)) == name]
    tests = [cell for cell in mine if marks_of(cell).get("grade")]
    before = [_by_author(cell["metadata"]) for cell in tests]
    least = sum(bool(points) for points in before) or len(before)
    if 0 < most < least:
        remedy = f"Give {least} or more, or 0 to drop the exercise."
        raise UsageError(f"{name} has {least} tests, and each is worth a point at least", assignment, remedy)
    for cell, author, share in zip(tests, before, spread(most, before), strict=True):
        cell["metadata"]["nbgrader"]["points"] = share
        _remember(cell["metadata"], author, share)
        _say(cell, _IN_TEST, f"({_points(share)})")
    for cell in mine:
        if part_of(grade_id_of(cell)) == "statement":
            _say(cell, _IN_TITLE, _points(most))


def _by_author(metadata: Mapping[str, Any]) -> float:
    """The points that the author of a test gave it; the current ones, unless this command has set them."""
    now = metadata["nbgrader"]["points"]
    noted = metadata.get(_KEY, {}).get("points", {})
    return float(noted["author"] if noted.get("set") == now else now)


def _remember(metadata: dict[str, Any], author: float, share: int) -> None:
    ours = {name: value for name, value in metadata.pop(_KEY, {}).items() if name != "points"}
    if share != author:
        ours["points"] = {"author": author, "set": share}
    if ours:
        metadata[_KEY] = ours


def _say(cell: dict[str, Any], pattern: re.Pattern[str], text: str) -> None:
    """Put a text into the first line of a cell, where it says its points."""
    lines = "".join(cell["source"]).splitlines(keepends=True)
    if lines:
        ending = lines[0][len(lines[0].rstrip("\n")) :]
        lines[0] = pattern.sub(text, lines[0].rstrip("\n")) + ending
        cell["source"] = lines


def _points(number: int) -> str:
    return f"{number} points"  # also of 1: the syllabus reads it


def spread(most: int, before: list[float]) -> list[int]:
    """Whole points over the tests of an exercise, in the proportion that they had; evenly where all had none.

    What does not divide goes to the greatest rests, of equal ones to the last: hidden tests come after visible ones.
    A test that had points has one at least, unless there are fewer than such tests.
    """
    weights = before if sum(before) else [1.0] * len(before)
    exact = [most * weight / sum(weights) for weight in weights]
    found = [int(share) for share in exact]
    order = sorted(range(len(found)), key=lambda n: (exact[n] - found[n], n), reverse=True)
    for number in order[: most - sum(found)]:
        found[number] += 1
    for number, weight in enumerate(weights):
        rich = [n for n, share in enumerate(found) if share > 1]
        if weight and not found[number] and rich:
            found[max(rich, key=lambda n: (found[n] - exact[n], found[n]))] -= 1
            found[number] = 1
    return found
