"""torchmarks.course.commands: what a message tells to type can be copied into a shell."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import torchmarks
from torchmarks.course.commands import (
    due_date_command,
    feedback_command,
    generate_command,
    grade_command,
    nbgrader_command,
    torchmarks_command,
)

BY_HAND = re.compile(
    r"(?:torchmarks (?:grade|feedback|show|report|release|verify)"
    r"|nbgrader (?:generate_assignment|collect|release_\w+|autograde|db \w+ \w+)) [{%]"
)


def test_names_are_quoted() -> None:
    """Students choose their ids, and an assignment is a folder."""
    assert shlex.split(grade_command("week 1", "ada l.")) == ["torchmarks", "grade", "week 1", "--student", "ada l."]
    assert shlex.split(feedback_command("week 1")) == ["torchmarks", "feedback", "week 1"]
    assert grade_command("01-tensors", "ada", force=True) == "torchmarks grade 01-tensors --student ada --force"


def test_those_of_nbgrader_are_quoted() -> None:
    """With what stands behind the name."""
    due = ["nbgrader", "db", "assignment", "add", "week 1", "--duedate=2030-01-31 23:59:00 UTC"]
    assert shlex.split(generate_command("week 1", force=True)) == [
        "nbgrader",
        "generate_assignment",
        "week 1",
        "--force",
    ]
    assert shlex.split(due_date_command("week 1")) == due
    assert nbgrader_command("release_feedback", "a", "--student=ada") == "nbgrader release_feedback a --student=ada"
    assert shlex.split(torchmarks_command("report", "week 1")) == ["torchmarks", "report", "week 1"]


def test_no_message_writes_such_a_command_by_itself() -> None:
    """It would not quote. The page of a new course names an assignment of ours."""
    root = Path(torchmarks.__file__).parent
    found = [str(path.relative_to(root)) for path in sorted(root.rglob("*.py")) if BY_HAND.search(path.read_text())]

    assert found == ["course/packed.py"]
