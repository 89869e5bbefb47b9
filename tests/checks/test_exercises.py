"""The one rule from a cell's grade_id to its exercise."""

import json
import re

import pytest

from torchmarks.checks.exercises import PARTS, exercise_of, part_of

from .course import ASSIGNMENTS, ROOT


@pytest.mark.parametrize(
    ("grade_id", "exercise", "part"),
    [
        ("mean", "mean", ""),
        ("mean-visible", "mean", "visible"),
        ("mean-hidden", "mean", "hidden"),
        ("mean-hidden-dtypes", "mean", "hidden"),
        ("two-words-hidden-dtypes", "two-words", "hidden"),
        ("mean-visible-dtypes", "mean-visible-dtypes", ""),
        ("-hidden-dtypes", "-hidden-dtypes", ""),
        ("mean-hidden-", "mean-hidden-", ""),
        ("mean-statement", "mean", "statement"),
        ("cube-test", "cube", "test"),
        ("two-words-hidden", "two-words", "hidden"),
        ("two-words", "two-words", ""),
        ("correct_squares", "correct_squares", ""),
        ("hidden", "hidden", ""),
        ("-hidden", "-hidden", ""),
        ("", "", ""),
    ],
)
def test_a_grade_id_tells_exercise_and_part(grade_id: str, exercise: str, part: str) -> None:
    """What stands behind the last hyphen is a part only where it is one of the known words."""
    assert (exercise_of(grade_id), part_of(grade_id)) == (exercise, part)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_test_of_the_course_finds_its_exercise(assignment: str) -> None:
    """The exercise of a test cell is the grade_id of a solution cell above it."""
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    solved: set[str] = set()
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader") or {}
        if meta.get("solution"):
            solved.add(meta["grade_id"])
        elif meta.get("grade"):
            assert exercise_of(meta["grade_id"]) in solved
    assert len(solved) > 5


def test_nobody_else_takes_a_grade_id_apart() -> None:
    """No other module of the package looks for a part behind a hyphen."""
    own = rf"""["']-({"|".join(PARTS)})["']|r(partition|split)\(["']-["']"""
    elsewhere = [
        path.name
        for path in (ROOT / "torchmarks").rglob("*.py")
        if path.name not in ("exercises.py", "skeleton.py") and re.search(own, path.read_text(encoding="utf-8"))
    ]

    assert elsewhere == []
