"""torchmarks.authoring.pasting: the lines of messages, pasted into a namespace with the answer, show the failure."""

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from torchmarks.authoring.pasting import Pasted, pasted
from torchmarks.catalogue import Answer
from torchmarks.checks.exercises import part_of
from torchmarks.checks.scenarios import scenario_of
from torchmarks.course import Course, repository

ROOT = repository()
COURSE = Course(ROOT)
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())


def _notebook(assignment: str) -> Path:
    return COURSE.path("source", assignment) / f"{assignment}.ipynb"


def _wrong(assignment: str) -> list[Answer]:
    return [answer for answer in COURSE.catalogue(assignment).answers if not answer.is_right]


def _short(found: Sequence[Pasted]) -> list[str]:
    return [f"{one.answer}, {one.part}: {one.problem}" for one in found if one.problem and not one.varies]


def _scenarios(assignment: str) -> Iterator[tuple[str, str | None]]:
    """The scenarios of hidden tests, which take functions of the student's: name and docstring."""
    cells = json.loads(_notebook(assignment).read_text(encoding="utf-8"))["cells"]
    students = {str(cell["metadata"].get("nbgrader", {}).get("grade_id")) for cell in cells}
    for cell in cells:
        if part_of(str(cell["metadata"].get("nbgrader", {}).get("grade_id"))) == "hidden":
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(node, ast.FunctionDef) and {argument.arg for argument in node.args.args} & students:
                    yield node.name, ast.get_docstring(node)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_scenario_of_a_hidden_test_has_steps(assignment: str) -> None:
    """A function of a hidden test that takes a student's function says in its docstring how to do the same by hand."""

    def f() -> None: ...

    without = []
    for name, text in _scenarios(assignment):
        f.__doc__ = text
        without += [name] if not scenario_of(f).steps else []

    assert without == []


@pytest.mark.timeout(300)
def test_lines_show_the_failure() -> None:
    """Of a wrong answer to each exercise of 08, and one whose lines cannot show it: it draws at random."""
    first = {answer.exercise: answer for answer in reversed(_wrong("08-training"))}
    found = pasted(_notebook("08-training"), first.values())

    assert {one.part for one in found} == {"visible", "hidden"}
    assert sum(one.shows for one in found) > 10
    assert _short(found) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_lines_of_every_message_show_the_failure(assignment: str) -> None:
    """Of every wrong answer, but for those that do something else each time and calls that have no exact code."""
    assert _short(pasted(_notebook(assignment), _wrong(assignment))) == []


def _written(folder: Path, cells: list[tuple[str, str]]) -> Path:
    """A notebook of code cells, each with its grade id and source."""
    path = folder / "n.ipynb"
    marked = [{"cell_type": "code", "source": s, "metadata": {"nbgrader": {"grade_id": n}}} for n, s in cells]
    path.write_text(json.dumps({"cells": marked}))
    return path


def test_lines_that_show_something_else_are_noticed(tmp_path: Path) -> None:
    """An answer whose first call differs from its later ones: what is pasted is not what the test had seen."""
    counts = "seen = []\ndef half(x):\n    seen.append(x)\n    return float(len(seen))"
    cells = [("setup", "from torchmarks import expect, observe"), ("half", "def half(x):\n    return x / 2")]
    cells += [("half-visible", "half(1)\nexpect(observe(half, 4)).returned(5.0)")]
    path = _written(tmp_path, cells)
    steady = Answer("half", "steady", "def half(x):\n    return x + 0.0")

    changing, shown = pasted(path, [Answer("half", "counts", counts), steady])

    assert "it gives 1.0, seen was 2" in changing.problem
    assert changing.varies
    assert shown.shows
    assert shown.lines == ("half(4)",)


def test_lines_that_read_the_same_for_a_right_answer_are_noticed(tmp_path: Path) -> None:
    """The result prints as the right one; what differs is how it lies in memory."""
    cells = [
        ("setup", "import torch\nfrom torchmarks import expect, observe"),
        ("rows", "def rows(x):\n    return x + 0"),
    ]
    asked = "expect(observe(rows, torch.ones(2, 3))).that(lambda seen: seen.result.is_contiguous, expected='rows'{})"
    turned = Answer("rows", "turned", "def rows(x):\n    return x.t().contiguous().t()")
    found = []
    for look in ("", ", look='.is_contiguous()'"):
        every = [*cells, ("rows-visible", asked.format(look))]
        path = _written(tmp_path, every)
        found += pasted(path, [turned])

    without, shown = found
    assert "is what a right answer gives, too" in without.problem
    assert shown.shows
    assert shown.lines[-1] == "rows(torch.ones(2, 3)).is_contiguous()"


def test_an_answer_that_remembers_is_shown_as_its_student_has_it(tmp_path: Path) -> None:
    """The failing call is not its first: a student has run the visible test, and sees what the message says."""
    remembers = "known = []\ndef half(x):\n    known.append(x / 2)\n    return known[0]"
    cells = [("setup", "from torchmarks import expect, observe"), ("half", "def half(x):\n    return x / 2")]
    cells += [("half-visible", "for x in (4, 6):\n    expect(observe(half, x)).returned(x / 2)")]
    path = _written(tmp_path, cells)

    (shown,) = pasted(path, [Answer("half", "remembers", remembers)])

    assert shown.shows
    assert shown.lines == ("half(6)",)
