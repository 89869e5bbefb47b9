"""new-exercise: the skeleton works as it is, from the cells to the proof."""

import shutil
from pathlib import Path

import pytest

from torchmarks.authoring.skeleton import new_exercise
from torchmarks.authoring.verification import verify
from torchmarks.course import Course, repository
from torchmarks.errors import UsageError


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one assignment and its answers."""
    scratch = Course.scratch(tmp_path / "course", repository(), ["01-tensors"])
    (scratch.root / "tests" / "answers").mkdir(parents=True)
    shutil.copy(repository() / "tests/answers/01-tensors.py", scratch.root / "tests/answers/01-tensors.py")
    return scratch


@pytest.mark.timeout(300)
def test_the_skeleton_proves_itself(course: Course) -> None:
    """A new exercise accepts its right answers, refuses its wrong one by name, and is worth nothing when blank."""
    new_exercise(course, "01-tensors", "twice", after="describe")

    result = verify(course, "01-tensors", only=["twice"], fast=True)

    assert [outcome.answer.name for outcome in result.failed] == []
    assert {o.answer.label for o in result.outcomes} == {"reference solution", "blank release", "adds", "through float"}


@pytest.mark.parametrize(("name", "after"), [("from_list", None), ("2b", None), ("class", None), ("twice", "nope")])
def test_an_impossible_exercise_is_refused(course: Course, name: str, after: str | None) -> None:
    """A taken name, no name, a keyword, an unknown place; the notebook stays as it was."""
    path = course.root / "source/01-tensors/01-tensors.ipynb"
    before = path.read_bytes()

    with pytest.raises(UsageError):
        new_exercise(course, "01-tensors", name, after)
    assert path.read_bytes() == before
