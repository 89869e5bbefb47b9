"""torchmarks.course.collected: whose folder is whose, in a class of any size."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course import collected
from torchmarks.course.collected import by_composed_name, mend_timestamp, roll_of, student_folders

COMPOSED, APART = "jos\u00e9", "jose\u0301"


def _directory(root: Path, *students: str) -> CourseDirectory:
    for student in students:
        (root / "submitted" / student / "hw").mkdir(parents=True)
    return CourseDirectory(config=Config({"CourseDirectory": {"root": str(root)}}))


def test_names_that_differ_in_their_unicode_form_are_one_list() -> None:
    """By the composed name, which a folder and an id have in common."""
    assert by_composed_name([COMPOSED, "ada", APART]) == {"ada": ["ada"], COMPOSED: [APART, COMPOSED]}


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


@pytest.mark.parametrize(
    ("structure", "linked"),
    [
        ("{nbgrader_step}/{student_id}/{assignment_id}", "{0}"),
        ("{nbgrader_step}/{student_id}/{assignment_id}", "{0}/01-tensors"),
        ("{nbgrader_step}/{assignment_id}/{student_id}", "01-tensors/{0}"),
    ],
)
def test_one_link_into_a_closed_folder_hides_no_other(
    structure: str, linked: str, as_somebody_else: Callable[[], AbstractContextManager[None]]
) -> None:
    """Whatever their order in the directory; a link in the place of the work itself is one to be refused by name."""
    with tempfile.TemporaryDirectory() as root:  # pytest's own lies in a folder that is closed to others
        Path(root).chmod(0o755)
        config = Config()
        config.CourseDirectory.root, config.CourseDirectory.directory_structure = root, structure
        directory = CourseDirectory(config=config)
        students = [f"s{number:02}" for number in range(20)]
        for student in students:
            place = Path(directory.format_path("submitted", student, "01-tensors"))
            link = Path(root) / "submitted" / linked.format(student)
            if student in ("s03", "s11"):
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(root) / "closed" / "handed-in")
            else:
                place.mkdir(parents=True)
        (Path(root) / "closed" / "handed-in" / "01-tensors").mkdir(parents=True)
        (Path(root) / "closed").chmod(0)
        with as_somebody_else():
            found = set(student_folders(directory, "submitted", "01-tensors"))

    gone = {"s03", "s11"} if linked == "{0}" else set()
    assert found == set(students) - gone
