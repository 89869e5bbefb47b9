"""The sealed reasons of visible tests: made again exactly, current or not, and nothing leaks from them."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.mistakes import CATALOGUE, NOTEBOOK, VISIBLE

from torchmarks.authoring import visible_reasons
from torchmarks.authoring.visible_reasons import fingerprint, made, outcome, visible_tests
from torchmarks.catalogue import read_catalogue
from torchmarks.checks.cells import digest
from torchmarks.checks.exercises import exercise_of
from torchmarks.checks.quiet import quietly
from torchmarks.checks.reasons_file import NAME, decode
from torchmarks.course import Course, repository

ROOT = repository()
ASSIGNMENTS = Course(ROOT).assignments()


def test_the_same_notebook_and_catalogue_give_the_same_file() -> None:
    """Whoever makes it again commits no change."""
    catalogue = read_catalogue(CATALOGUE, ["half"], "")
    first = made(NOTEBOOK, catalogue)

    assert first == made(NOTEBOOK, catalogue)
    assert decode(first).made_from == fingerprint(NOTEBOOK, catalogue)
    assert len(decode(first).cells[digest(VISIBLE)].texts) == 2


def test_a_mended_reason_makes_the_file_old() -> None:
    """The catalogue is part of what it was made from."""
    old, new = (read_catalogue(text, ["half"], "") for text in (CATALOGUE, CATALOGUE.replace("rounds", "floors")))

    assert fingerprint(NOTEBOOK, old) != fingerprint(NOTEBOOK, new)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_committed_file_is_current(assignment: str) -> None:
    """`torchmarks release` was run after the last change of the notebook or its catalogue."""
    assert visible_reasons.is_current(Course(ROOT), assignment)


# What the statement is about in the first place: nobody should hear of it only after handing in.
SUBSTANCE = {("08-training", "classification_loss"): ["other-axis | index", "labels-of-any-integer | cross_entropy"]}


@pytest.mark.parametrize(("assignment", "exercise"), SUBSTANCE)
def test_the_visible_test_refuses_mistakes_of_substance(assignment: str, exercise: str) -> None:
    """A softmax along the wrong axis is seen in the notebook, not only when the work is graded."""
    course = Course(ROOT)
    wrong = {f"{a.mistake} | {a.label}": a for a in course.catalogue(assignment).answers if a.exercise == exercise}
    with quietly():
        tests = visible_tests(course.notebook("source", assignment))
        source, names = next((source, names) for cell, source, names in tests if exercise_of(cell) == exercise)
        passing = [name for name in SUBSTANCE[assignment, exercise] if not outcome(source, wrong[name], names)]

    assert passing == []


def _secrets(assignment: str) -> Iterator[str]:
    """What must not be read off: lines of references, literals of hidden tests, ids and reasons."""
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if "BEGIN SOLUTION" in source:
            yield from (line.strip() for line in source.splitlines() if len(line.strip()) > 12)
        if "BEGIN HIDDEN TESTS" in source:
            constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
            yield from (value for value in constants if isinstance(value, str) and len(value) > 5)
    for one in Course(ROOT).catalogue(assignment).misconceptions:
        yield from (one.name, one.why, one.next or one.name)
    for answer in Course(ROOT).catalogue(assignment).answers:
        yield from (line.strip() for line in answer.source.splitlines() if len(line.strip()) > 12)


def leaks(text: str, assignment: str) -> list[str]:
    """The secrets that stand in a text, white space aside."""
    bare = re.sub(r"\s", "", text)
    return [secret for secret in _secrets(assignment) if re.sub(r"\s", "", secret) in bare]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nothing_can_be_read_off_the_file(assignment: str) -> None:
    """No line of a reference or an answer, no text of a hidden test, no reason in clear."""
    assert leaks((ROOT / "source" / assignment / NAME).read_text(encoding="utf-8"), assignment) == []


def test_a_planted_line_is_found() -> None:
    """The search itself can fail."""
    one = Course(ROOT).catalogue("01-tensors").misconceptions[0]

    assert one.why in leaks(f'{{"texts": ["{one.why}"]}}', "01-tensors")
