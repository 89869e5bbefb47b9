"""new-exercise: the skeleton works as it is, from the cells to the proof."""

from collections.abc import Callable
from pathlib import Path

import pytest

from torchmarks.authoring.skeleton import new_exercise
from torchmarks.authoring.verification import verify
from torchmarks.course import Course, repository
from torchmarks.errors import UsageError
from torchmarks.isolation import Engine


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one assignment and its catalogue."""
    return Course.scratch(tmp_path / "course", repository(), ["01-tensors"])


@pytest.mark.timeout(300)
def test_the_skeleton_proves_itself(course: Course, warm: Callable[[str], Engine]) -> None:
    """A new exercise accepts its right answers, refuses its wrong ones, names their mistake on the proofs, and is worth
    nothing when blank; its part of the catalogue has no problem.
    """
    new_exercise(course, "01-tensors", "twice", after="describe")

    result = verify(course, "01-tensors", only=["twice"], fast=True, engines=warm)

    assert [outcome.answer.name for outcome in result.failed] == []
    assert result.problems == []
    labels = {o.answer.label for o in result.outcomes}
    assert labels == {"reference solution", "blank release", "adds", "through float", "twice a float", "to float64"}
    assert (result.proofs.answers, result.proofs.right) == (2, 2)


@pytest.mark.parametrize(("name", "after"), [("from_list", None), ("2b", None), ("class", None), ("twice", "nope")])
def test_an_impossible_exercise_is_refused(course: Course, name: str, after: str | None) -> None:
    """A taken name, no name, a keyword, an unknown place; notebook and catalogue stay as they were."""
    paths = [course.root / "source/01-tensors/01-tensors.ipynb", course.root / "source/01-tensors.py"]
    before = [path.read_bytes() for path in paths]

    with pytest.raises(UsageError):
        new_exercise(course, "01-tensors", name, after)
    assert [path.read_bytes() for path in paths] == before
