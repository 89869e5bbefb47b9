"""torchmarks.course.commands: what a message tells to type can be copied into a shell."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import torchmarks
from torchmarks.course.commands import feedback_command, grade_command

BY_HAND = re.compile(r"torchmarks (?:grade|feedback) \{")


def test_names_are_quoted() -> None:
    """Students choose their ids, and an assignment is a folder."""
    assert shlex.split(grade_command("week 1", "ada l.")) == ["torchmarks", "grade", "week 1", "--student", "ada l."]
    assert shlex.split(feedback_command("week 1")) == ["torchmarks", "feedback", "week 1"]
    assert grade_command("01-tensors", "ada", force=True) == "torchmarks grade 01-tensors --student ada --force"


def test_no_message_writes_such_a_command_by_itself() -> None:
    """It would not quote. The page of a new course names an assignment of ours."""
    root = Path(torchmarks.__file__).parent
    found = [str(path.relative_to(root)) for path in sorted(root.rglob("*.py")) if BY_HAND.search(path.read_text())]

    assert found == ["course/packed.py"]
