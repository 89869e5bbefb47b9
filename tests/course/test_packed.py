"""A course that is laid out: what is in it, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from torchmarks.course import Course, new_course, packed, repository
from torchmarks.course.config_check import CONFIG, JSON_CONFIG, PLAIN_FILE, SETTINGS_FILE
from torchmarks.errors import UsageError


def test_a_new_course_has_all_that_one_is_made_of(tmp_path: Path) -> None:
    """Notebooks, catalogues, student versions and settings of what was asked for, and a page of ten lines."""
    made = new_course(tmp_path / "course", ["05-gradients", "01-tensors", "01-tensors"])

    assert sorted(path.name for path in made.root.iterdir()) == [
        ".gitignore", "LICENSE-notebooks", "README.md", "nbgrader_config.json", "nbgrader_config.py", "release",
        "source",
    ]  # fmt: skip
    assert sorted(path.name for path in (made.root / "source").iterdir()) == [
        "01-tensors", "01-tensors.py", "05-gradients", "05-gradients.py",
    ]  # fmt: skip
    assert sorted(path.name for path in (made.root / "release" / "01-tensors").iterdir()) == sorted(
        path.name for path in (repository() / "release" / "01-tensors").iterdir()
    )
    page = (made.root / "README.md").read_text()
    assert len(page.splitlines()) <= 12
    assert "nbgrader generate_assignment 05-gradients" in page


def test_without_names_it_has_every_assignment(tmp_path: Path) -> None:
    """In a folder that is there and empty."""
    assert new_course(tmp_path).assignments() == Course(repository()).assignments()


def test_a_class_of_its_own_has_no_others_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Laid out from a course that a class works in: neither its exchange nor its name or rounds are copied."""
    configured = Course.scratch(tmp_path / "configured", repository(), ["01-tensors"]).root
    shutil.copytree(repository() / "release" / "01-tensors", configured / "release" / "01-tensors")
    shutil.copy(repository() / "LICENSE-notebooks", configured)
    with (configured / "nbgrader_config.py").open("a") as settings:
        settings.write('c.Exchange.root = "/srv/theirs"\nc.CourseDirectory.course_id = "theirs"\n')
        settings.write("c.Watch.verdicts_a_day = 3\n")
    monkeypatch.setattr(packed, "origin", lambda: configured)

    made = new_course(tmp_path / "course")

    assert made.directory.course_id == "tensors"
    assert "Watch" not in made.config
    assert "Exchange" not in made.config


def test_the_plain_settings_are_the_repositorys() -> None:
    """Two files, one text: a checkout may be configured, what new courses get is not."""
    assert PLAIN_FILE.read_text() == (repository() / CONFIG).read_text()
    assert SETTINGS_FILE.read_text() == (repository() / JSON_CONFIG).read_text()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """The error says so, and nothing is written."""
    (tmp_path / "mine.txt").touch()

    with pytest.raises(UsageError, match="the folder exists and is not empty"):
        new_course(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_assignment_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    """Before a folder is made."""
    with pytest.raises(UsageError, match=r"there is no assignment '99-none'.*Known: 01-tensors, 02-indexing"):
        new_course(tmp_path / "course", ["01-tensors", "99-none"])
    assert not (tmp_path / "course").exists()
