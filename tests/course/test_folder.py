"""A course folder as functions: what is refused, what is found, and whose files count."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from torchmarks.course import CONFIG, Course, Score, programs_found, repository
from torchmarks.errors import UsageError

ROOT = Path(__file__).parents[2]


def _course(root: Path) -> Course:
    (root / "source" / "one").mkdir(parents=True)
    (root / "source" / "one" / "one.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    (root / "source" / "notes").mkdir()
    (root / CONFIG).write_text("c = get_config()\nc.CourseDirectory.course_id = 'k'\n")
    return Course(root)


def test_a_folder_without_configuration_is_refused(tmp_path: Path) -> None:
    """The error names the folder and the way out."""
    with pytest.raises(UsageError) as error:
        Course(tmp_path)

    assert error.value.where == str(tmp_path)
    assert "--course" in error.value.remedy


def test_assignments_are_folders_with_their_notebook(tmp_path: Path) -> None:
    """A folder without a notebook of its name is no assignment; an unknown one is refused with those known."""
    course = _course(tmp_path)

    assert course.assignments() == ["one"]
    assert course.require("one") == "one"
    with pytest.raises(UsageError, match="Known: one"):
        course.require("two")


def test_the_gradebook_lies_in_the_folder(tmp_path: Path) -> None:
    """The address does not depend on the working directory."""
    assert _course(tmp_path).db_url == f"sqlite:///{tmp_path}/gradebook.db"


def test_scratch_copies_and_never_overwrites(tmp_path: Path) -> None:
    """A scratch course has configuration and source of its origin; a folder with something in it is refused."""
    origin = _course(tmp_path / "origin")

    made = Course.scratch(tmp_path / "new", origin.root, ["one"])

    assert made.assignments() == ["one"]
    with pytest.raises(UsageError, match="not empty"):
        Course.scratch(tmp_path / "new", origin.root, ["one"])


def test_submitted_files_by_student(tmp_path: Path) -> None:
    """All files of each student, by relative path; links are not theirs, other assignments neither."""
    course = _course(tmp_path)
    for student, name in (("ada", "one/one.ipynb"), ("ada", "one/data/x.txt"), ("bob", "one/b"), ("bob", "two/c")):
        path = tmp_path / "submitted" / student / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(student)
    (tmp_path / "submitted" / "bob" / "one" / "link").symlink_to(tmp_path / CONFIG)

    found = course.submitted("one")

    assert {student: set(submission.files) for student, submission in found.items()} == {
        "ada": {"one.ipynb", "data/x.txt"},
        "bob": {"b"},
    }
    assert found["ada"].files["one.ipynb"] == b"ada"


def test_generating_and_reading_scores(tmp_path: Path) -> None:
    """An assignment with one test, generated and autograded by stock steps, has that cell's score."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from attacks.assignment import submission
    from course.test_preprocessors import scratch

    from torchmarks.course.judging import close_engines

    course = scratch(tmp_path / "course")
    folder = tmp_path / "course" / "submitted" / "ada" / "attacked"
    folder.mkdir(parents=True)
    (folder / "attacked.ipynb").write_bytes(submission({"double": "def double(x): return 4"}))

    course.autograde("attacked")
    close_engines()

    scores = course.scores("attacked", "ada")
    assert scores["double-visible"] == Score("double-visible", 1.0, 1.0)
    assert scores["double-hidden"] == Score("double-hidden", 0.0, 3.0)
    assert course.refused("attacked") == {}


def test_programs_of_this_environment_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nbgrader works its programs are found, and PATH is as it was afterwards."""
    monkeypatch.setenv("PATH", "/usr/bin")
    with programs_found():
        assert shutil.which("alembic", path=os.environ["PATH"]) == str(Path(sys.executable).parent / "alembic")

    assert os.environ["PATH"] == "/usr/bin"


def test_the_repository_is_a_course() -> None:
    """The course that comes with the package is found from wherever it is started."""
    assert repository() == ROOT
