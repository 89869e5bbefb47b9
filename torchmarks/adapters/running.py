"""What the start scripts of all platforms share: reading what the platform gives, writing what it wants.

    /opt/torchmarks/bin/python -I -m torchmarks.adapters.gradescope /autograder

Prints for instructors; students read what stands in the results alone.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import speaking
from torchmarks.course.answer import Answer
from torchmarks.errors import TorchmarksError, UsageError
from torchmarks.isolation.protocol.confinement import isolation_told
from torchmarks.printable import printable


def read_json(path: Path, *, default: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object that the platform, or `torchmarks adapter`, has written. Raises UsageError for another file."""
    if default is not None and not path.exists():
        return default
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"it cannot be read ({error})", str(path), "The platform gives this file.") from error
    if not isinstance(found, dict):
        raise UsageError("it holds no object", str(path), "The platform gives this file.")
    return found


def write_results(path: Path, results: dict[str, Any]) -> None:
    """Put results where the platform looks for them, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.new")
    made.write_text(json.dumps(results), encoding="utf-8")
    os.replace(made, path)


def told(answer: Answer) -> str:
    """One line for the instructor: points, level, what could not be graded."""
    if not answer.is_graded:
        return printable(f"{answer.student}: {answer.state}: {answer.reason}")
    points = f"{answer.points:g} of {answer.most:g} points"
    return printable(f"{answer.student}: {points}. {isolation_told({answer.isolation: 1})}")


def said_of(answer: Answer) -> list[str]:
    """What a student reads beside points: what was mended in the file, and what a person has yet to give."""
    with speaking(answer.language):
        mended = [say("page_mended", message=note) for note in answer.notes]
        return [*mended, *([say("points_by_a_person", points=f"{answer.waiting:g}")] if answer.waiting else [])]


def not_graded(answer: Answer) -> str:
    """What a student reads in place of points."""
    with speaking(answer.language):
        return say("nothing_graded", reason=answer.reason)


def started(run: Callable[[Sequence[str]], None]) -> None:
    """Run what a start script asks for. An error is one line, and no results: no evidence, no points."""
    try:
        run(sys.argv[1:])
    except TorchmarksError as error:
        print(f"torchmarks: {printable(error, keep=chr(10))}", flush=True)
        sys.exit(1)
