"""torchmarks.course.collected: whose folder is whose, in a class of any size."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course import collected
from torchmarks.course.collected import by_form, mend_timestamp, roll_of

COMPOSED, APART = "jos\u00e9", "jose\u0301"


def _directory(root: Path, *students: str) -> CourseDirectory:
    for student in students:
        (root / "submitted" / student / "hw").mkdir(parents=True)
    return CourseDirectory(config=Config({"CourseDirectory": {"root": str(root)}}))


def test_names_that_differ_in_their_form_are_one_list() -> None:
    """By the form that a folder and an id have in common."""
    assert by_form([COMPOSED, "ada", APART]) == {"ada": ["ada"], COMPOSED: [APART, COMPOSED]}


def test_each_name_of_a_class_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for every other one: of 5,000 students that was 25 million times, every five seconds of `watch`."""
    students = [f"s{number}" for number in range(40)]
    directory, looked_at = _directory(tmp_path, APART, *students), []

    def composed(name: str) -> str:
        looked_at.append(name)
        return COMPOSED if name == APART else name

    monkeypatch.setattr(collected, "composed", composed)
    roll = roll_of(directory, "hw", {*students, COMPOSED})

    assert set(roll.folders) == {*students, COMPOSED}
    assert len(looked_at) <= 2 * 41


@pytest.mark.parametrize("linked", ["ada/01-tensors", "ada"])
def test_no_time_is_set_aside_through_a_link(linked: str, tmp_path: Path) -> None:
    """The folder that it leads to may be another student's."""
    theirs = tmp_path / "bo" / "01-tensors"
    theirs.mkdir(parents=True)
    (theirs / "timestamp.txt").write_text("tomorrow")
    link = tmp_path / linked
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(theirs if "/" in linked else theirs.parent)

    assert mend_timestamp(tmp_path / "ada" / "01-tensors") == ""
    assert [path.name for path in theirs.iterdir()] == ["timestamp.txt"]
