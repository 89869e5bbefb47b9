"""new-exercise: the skeleton works as it is, from the cells to the proof."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from torchmarks.authoring.skeleton import new_exercise
from torchmarks.authoring.verification import verify
from torchmarks.cli import main
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
    assert {o.answer.label for o in result.outcomes} == {
        *("reference solution", "blank release", "adds", "sum of a stack", "in place, on a copy"),
        *("through float", "twice a float", "to float64"),
    }
    assert (result.proofs.answers, result.proofs.right) == (2, 2)


def test_each_title_has_the_number_of_its_place(course: Course) -> None:
    """In the order of the notebook, with a new exercise in between."""
    new_exercise(course, "01-tensors", "twice", after="describe")

    titles = ["".join(cell["source"]) for cell in course.notebook("source", "01-tensors")["cells"]]
    numbers = [title.split()[1] for title in titles if title.startswith("### ")]
    assert numbers == [str(number) for number in range(1, 11)]


def test_what_else_has_to_be_changed_is_printed(course: Course) -> None:
    """The counts that the introduction says, and sentences that name a later exercise by its number."""
    arguments = ["new-exercise", "01-tensors", "twice", "--after", "describe", "--course", str(course.root)]

    printed = CliRunner().invoke(main, arguments).output

    most = "10 exercises, 40 points, 66 minutes for the exercises and 20 to read, 86 in all"
    assert f"  introduction: {most}\n" in printed
    assert "  from_list-statement: “exercise 7”: exercises from 3 on now have the next number\n" in printed
    assert "twice-statement" not in printed


@pytest.mark.parametrize("write", ["write_text", "write_bytes"])
def test_an_exercise_is_added_to_both_files_or_to_none(
    course: Course, write: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error between the two, a second run said that the exercise is there already."""
    paths = [course.root / "source/01-tensors/01-tensors.ipynb", course.root / "source/01-tensors.py"]
    before = [path.read_bytes() for path in paths]
    there = sorted(course.root.rglob("*"))

    def full(path: Path, *args: object, **kwargs: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, write, full)
    with pytest.raises(OSError, match="No space left"):
        new_exercise(course, "01-tensors", "twice")
    monkeypatch.undo()

    assert [path.read_bytes() for path in paths] == before
    assert sorted(course.root.rglob("*")) == there
    new_exercise(course, "01-tensors", "twice")


@pytest.mark.parametrize(
    ("name", "after", "why"),
    [
        ("from_list", None, "there is an exercise 'from_list' already"),
        ("2b", None, "'2b' cannot be the name of a Python function"),
        ("class", None, "'class' cannot be the name of a Python function"),
        ("twice", "nope", "there is no exercise 'nope'"),
    ],
)
def test_an_impossible_exercise_is_refused(course: Course, name: str, after: str | None, why: str) -> None:
    """A taken name, no name, a keyword, an unknown place; notebook and catalogue stay as they were."""
    paths = [course.root / "source/01-tensors/01-tensors.ipynb", course.root / "source/01-tensors.py"]
    before = [path.read_bytes() for path in paths]

    with pytest.raises(UsageError, match=why):
        new_exercise(course, "01-tensors", name, after)
    assert [path.read_bytes() for path in paths] == before
