"""The path through a notebook: how long it takes, where one may stop, what it looks ahead to and does not need yet."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from torchmarks.authoring.syllabus_page import read_unit
from torchmarks.checks.exercises import part_of
from torchmarks.course import repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
_TIME = re.compile(
    r"^\*\*Time:\*\* (\d+) minutes for the nine exercises and (\d+) to read .*, (\d+) in all\. .*$", re.MULTILINE
)


def _path(assignment: str) -> Path:
    return ROOT / "source" / assignment / f"{assignment}.ipynb"


def _cells(assignment: str) -> dict[str, str]:
    """The text of each cell by its id, in order."""
    cells: list[dict[str, Any]] = json.loads(_path(assignment).read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_introduction_says_how_long_it_takes(assignment: str) -> None:
    """On a line of its own: the exercises, the reading, and both together, as the syllabus counts them."""
    unit = read_unit(_path(assignment))

    said = [tuple(map(int, minutes)) for minutes in _TIME.findall(_cells(assignment)["introduction"])]
    assert said == [(unit.working, unit.reading, unit.working + unit.reading)]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_there_is_a_place_to_stop_half_way(assignment: str) -> None:
    """Between two exercises, with about half of their minutes before it; it says what to save and how to go on."""
    unit, cells = read_unit(_path(assignment)), _cells(assignment)
    minutes = {exercise.name: exercise.minutes for exercise in unit.exercises}

    before = list(cells)[: list(cells).index("halfway")]
    done = sum(minutes.get(name, 0) for name in before)
    assert 0.4 <= done / unit.working <= 0.62
    assert part_of(before[-1]) == "hidden"
    assert all(
        words in cells["halfway"] for words in ("Save the notebook", "Run All Above", f'progress("{assignment}")')
    )


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_end_question_has_its_answer_behind_a_fold(assignment: str) -> None:
    """Three numbered questions, and behind each a closed fold of its own."""
    text = _cells(assignment)["questions"]

    assert re.findall(r"^\*\*(\d)\.\*\* ", text, re.MULTILINE) == ["1", "2", "3"]
    parts = re.split(r"^\*\*\d\.\*\* ", text, flags=re.MULTILINE)[1:]
    assert all(
        re.search(r"\?\n\n<details><summary>Answer</summary>.+</details>\s*$", part, re.DOTALL) for part in parts
    )
