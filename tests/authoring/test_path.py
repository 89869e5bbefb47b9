"""The path through a notebook: how long it takes, where one may stop, what it looks ahead to and does not need yet."""

import contextlib
import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from torchmarks.authoring.syllabus_page import read_unit
from torchmarks.checks.exercises import part_of
from torchmarks.course import repository

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
_TIME = re.compile(
    r"^\*\*Time:\*\* (\d+) minutes for the (\w+) exercises and (\d+) to read .*, (\d+) in all\. .*$", re.MULTILINE
)
_POINTS = re.compile(r"\*\*Points:\*\* (\d+)\.|\b(\d+) points\b")
_IN_WORDS = {8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}


_COLUMNS = 100  # what JupyterLab shows of a line at 1280 pixels with its side bar closed


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

    count = _IN_WORDS[len(unit.exercises)]
    minutes = str(unit.working), count, str(unit.reading), str(unit.working + unit.reading)
    assert _TIME.findall(_cells(assignment)["introduction"]) == [minutes]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_introduction_says_what_it_is_worth(assignment: str) -> None:
    """All points of the exercises together, as the syllabus counts them."""
    said = ["".join(found) for found in _POINTS.findall(_cells(assignment)["introduction"])]

    assert said == [str(sum(exercise.points for exercise in read_unit(_path(assignment)).exercises))]


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
def test_a_worked_cell_is_as_wide_as_a_laptop_shows(assignment: str) -> None:
    """No comment of a worked cell stands outside the window, where a student has to scroll for it."""
    worked = {name: text for name, text in _cells(assignment).items() if name.endswith("-example")}

    lines = [line for text in worked.values() for line in text.splitlines()]
    assert lines
    assert [line for line in lines if len(line) > _COLUMNS] == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_end_question_has_its_answer_behind_a_fold(assignment: str) -> None:
    """Three numbered questions, and behind each a closed fold of its own."""
    text = _cells(assignment)["questions"]

    assert re.findall(r"^\*\*(\d)\.\*\* ", text, re.MULTILINE) == ["1", "2", "3"]
    parts = re.split(r"^\*\*\d\.\*\* ", text, flags=re.MULTILINE)[1:]
    assert all(
        re.search(r"\?\n\n<details><summary>Answer</summary>.+</details>\s*$", part, re.DOTALL) for part in parts
    )


def test_a_line_learns_in_the_first_notebook() -> None:
    """The look ahead, before the fourth exercise: about ten lines, a loss that falls every time it is printed, and the
    line that was looked for, the same for everybody.
    """
    cells = _cells("01-tensors")
    source = cells["line-example"]
    names: dict[str, Any] = {"torch": torch}
    state = torch.get_rng_state()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "line-example", "exec"), names)

    losses = [float(line.split()[-1]) for line in printed.getvalue().splitlines() if line.startswith("step")]
    assert len(losses) > 5
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))
    assert names["line"].detach().numpy() == pytest.approx([3, -1], abs=0.1)
    assert torch.equal(torch.get_rng_state(), state), "what students draw afterwards would depend on this cell"
    assert len([line for line in source.splitlines() if line.strip()]) <= 11
    assert list(cells).index("line-example") < list(cells).index("mean_any-statement")


@pytest.mark.parametrize("assignment", ASSIGNMENTS[:4])
def test_nothing_before_05_needs_the_words_of_autograd(assignment: str) -> None:
    """`is_leaf`, `grad_fn` and the like stand in no cell that students see, but for one sentence of 04, which says that
    nobody has to know them yet.
    """
    seen = {name: text for name, text in _cells(assignment).items() if part_of(name) != "hidden"}
    aside = "`is_leaf`, `grad_fn`, version count. (Notebooks 05 and 06 explain the last three."
    texts = {name: " ".join(text.split()).replace(aside, "") for name, text in seen.items()}
    reasons = re.findall(r"^(?:why|next) = .*$", _path(assignment).parent.with_suffix(".py").read_text(), re.MULTILINE)

    words = re.compile(r"is_leaf|grad_fn|retain_grad|create_graph")
    assert [name for name, text in texts.items() if words.search(text)] == []
    assert [reason for reason in reasons if words.search(reason)] == []
    assert len(reasons) > 50
