"""Helpers of all platforms' start scripts: read what the platform gives, write the results that it wants.

    /opt/torchmarks/bin/python -I -m torchmarks.adapters.gradescope /autograder

Prints for instructors; students read only the results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import speaking
from torchmarks.course.answer import GraderAnswer
from torchmarks.errors import TorchmarksError, UsageError
from torchmarks.isolation.protocol.confinement import isolation_told
from torchmarks.printable import printable
from torchmarks.whole_files import write_whole


def read_json(path: Path, *, default: dict[str, Any] | None = None) -> dict[str, Any]:
    """Reads an object that the platform or `torchmarks adapter` wrote. Raises UsageError for any other file."""
    if default is not None and not path.exists():
        return default
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"it cannot be read ({error})", str(path), "The platform gives this file.") from error
    if not isinstance(found, dict):
        raise UsageError("it is not a JSON object", str(path), "The platform gives this file.")
    return found


def write_results(path: Path, results: dict[str, Any]) -> None:
    """Writes results where the platform looks for them, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(results).encode())


def log_line(answer: GraderAnswer) -> str:
    """One line for the instructor: points and level of isolation, or why it could not be graded."""
    if not answer.is_graded:
        return printable(f"{answer.student}: {answer.state}: {answer.reason}")
    points = f"{answer.points:g} of {answer.most:g} points"
    return printable(f"{answer.student}: {points}. {isolation_told({answer.isolation: 1})}")


def notes_of(answer: GraderAnswer) -> list[str]:
    """What a student reads beside points: what was repaired in the file, and which points a person has yet to give."""
    with speaking(answer.language):
        repaired = [say("page_repaired", message=note) for note in answer.notes]
        return [*repaired, *([say("points_by_a_person", points=f"{answer.waiting:g}")] if answer.waiting else [])]


def not_graded(answer: GraderAnswer) -> str:
    """What a student reads instead of points."""
    with speaking(answer.language):
        return say("nothing_graded", reason=answer.reason)


def started(run: Callable[[Sequence[str]], None]) -> None:
    """Runs a start script's function. An error prints one line and writes no results: no evidence, no points."""
    try:
        run(sys.argv[1:])
    except TorchmarksError as error:
        print(f"torchmarks: {printable(error, keep=chr(10))}", flush=True)
        sys.exit(1)
