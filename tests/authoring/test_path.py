"""The path through a notebook: how long it takes, where one may stop, what it looks ahead to and does not need yet."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from torchmarks.course import repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())


def _path(assignment: str) -> Path:
    return ROOT / "source" / assignment / f"{assignment}.ipynb"


def _cells(assignment: str) -> dict[str, str]:
    """The text of each cell by its id, in order."""
    cells: list[dict[str, Any]] = json.loads(_path(assignment).read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_end_question_has_its_answer_behind_a_fold(assignment: str) -> None:
    """Three numbered questions, and behind each a closed fold of its own."""
    text = _cells(assignment)["questions"]

    assert re.findall(r"^\*\*(\d)\.\*\* ", text, re.MULTILINE) == ["1", "2", "3"]
    parts = re.split(r"^\*\*\d\.\*\* ", text, flags=re.MULTILINE)[1:]
    assert all(
        re.search(r"\?\n\n<details><summary>Answer</summary>.+</details>\s*$", part, re.DOTALL) for part in parts
    )
