"""torchmarks.course.bounds and grading.timestamp: what is refused before nbgrader works on it."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import dateutil.parser
import nbgrader.converters.base
import pytest
from nbgrader.converters import NbGraderException
from traitlets.config import Config

from torchmarks.bulk.store import SubmissionStore, handed_in
from torchmarks.course import Course
from torchmarks.course.bounds import refusal
from torchmarks.grading import Submission
from torchmarks.grading.listing import BOUNDS
from torchmarks.grading.timestamp import timestamp_text

from ..damage.assignment import instructor

ROOT = Path(__file__).parents[2]
HOUR = b"2026-01-01 10:00:00.000000 UTC\n"


def long_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_bytes(b"1" * 200_000)


def padded_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_bytes(HOUR + b"\n" * 200_000)


def endless_time(folder: Path) -> None:
    (folder / "timestamp.txt").symlink_to("/dev/zero")


def silent_time(folder: Path) -> None:
    os.mkfifo(folder / "timestamp.txt")


def many_files(folder: Path) -> None:
    for number in range(BOUNDS.entries):
        (folder / f"{number}.txt").touch()


def deep_folders(folder: Path) -> None:
    (folder / "/".join("d" * (BOUNDS.depth + 1))).mkdir(parents=True)


TOO_MUCH = [many_files, deep_folders]
NO_TIME = [long_time, padded_time, endless_time, silent_time]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one assignment, generated, and one submission. For copying only."""
    root = tmp_path_factory.mktemp("bounds") / "course"
    (root / "source" / "hw").mkdir(parents=True)
    (root / "source" / "hw" / "hw.ipynb").write_text(json.dumps(instructor()))
    (root / "nbgrader_config.py").write_bytes((ROOT / "nbgrader_config.py").read_bytes())
    Course(root).generate("hw")
    (root / "submitted" / "ada" / "hw").mkdir(parents=True)
    (root / "submitted" / "ada" / "hw" / "hw.ipynb").write_text("{}")
    return root


@pytest.fixture
def course(generated: Path, tmp_path: Path) -> Course:
    """The course for one test."""
    shutil.copytree(generated, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def folder(course: Course) -> Path:
    """The submission's."""
    return course.root / "submitted" / "ada" / "hw"


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nbgrader's own listing of a folder, and the parser of times, end the test."""

    def never(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("the bound comes too late")

    monkeypatch.setattr(nbgrader.converters.base, "find_all_files", never)
    monkeypatch.setattr(dateutil.parser, "parse", never)


@pytest.mark.parametrize("make", TOO_MUCH)
@pytest.mark.parametrize("graded_before", [False, True])
def test_autograde_refuses_by_name_before_it_begins(
    make: Any,
    graded_before: bool,
    course: Course,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither nbgrader's listing nor the parser of times sees such a submission, new or handed in again."""
    make(folder)
    if graded_before:
        (course.root / "autograded" / "ada" / "hw").mkdir(parents=True)
    forbid(monkeypatch)
    logger = logging.getLogger("torchmarks.nbgrader")
    logger.addHandler(caplog.handler)

    with pytest.raises(NbGraderException):
        course.autograde("hw")

    logger.removeHandler(caplog.handler)
    assert "ada: hw.ipynb cannot be graded." in caplog.text
    assert "the bound comes too late" not in caplog.text


def test_autograde_goes_on_with_the_others(course: Course, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is within the bounds reaches nbgrader's steps, beside what is not; an excluded student is left alone."""
    many_files(folder)
    for student in ("bob", "eve"):
        beside = course.root / "submitted" / student / "hw"
        beside.mkdir(parents=True)
        (beside / "hw.ipynb").write_text("{}")
    many_files(course.root / "submitted" / "eve" / "hw")
    course.config.merge(Config({"CourseDirectory": {"student_id_exclude": "eve"}}))
    logger = logging.getLogger("torchmarks.nbgrader")
    logger.addHandler(caplog.handler)

    with pytest.raises(NbGraderException):
        course.autograde("hw")

    logger.removeHandler(caplog.handler)
    assert "ada: hw.ipynb cannot be graded. The submission holds more than" in caplog.text
    assert "bob: hw.ipynb cannot be graded. The notebook has no list of cells." in caplog.text
    assert "eve" not in caplog.text


@pytest.mark.parametrize("make", TOO_MUCH)
def test_grade_refuses_the_same(make: Any, course: Course, folder: Path) -> None:
    """`torchmarks grade` gives the reason that autograde logs, and has read no more than the bounds."""
    make(folder)

    submission = SubmissionStore(course.config, "hw").submission("ada")

    assert submission.refused == refusal(folder)
    assert submission.refused is not None
    assert sum(map(len, submission.files.values())) < 300_000


@pytest.mark.parametrize("make", NO_TIME)
def test_what_is_no_time_costs_the_time_alone(
    make: Any, course: Course, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is graded without a time, and its student named; the parser of times never sees it."""
    make(folder)
    monkeypatch.setattr(dateutil.parser, "parse", lambda *a, **o: pytest.fail("the bound comes too late"))
    store = SubmissionStore(course.config, "hw")
    store.students()

    submission = store.submission("ada")

    assert submission.refused is None
    assert "timestamp.txt" not in submission.files
    assert [note.partition(":")[0] for note in store.notes] == ["ada"]


@pytest.mark.parametrize("text", [HOUR, b"2026-01-01 10:00:00 Europe/Berlin", b"2026-01-01T10:00:00.1+02:00\r\n", b""])
def test_a_time_is_read(text: bytes, tmp_path: Path) -> None:
    """Whatever nbgrader itself writes, and what people write in its place."""
    (tmp_path / "timestamp.txt").write_bytes(text)

    assert refusal(tmp_path) is None
    assert timestamp_text(text) == text.decode().strip()


@pytest.mark.parametrize("text", [b"1" * 65, b"\x00" * 300, b" " * 257, "\uff11".encode() * 65, b"1." * 1_000_000])
def test_what_is_too_long_for_a_time_is_never_parsed(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cost would grow with the square of its length."""
    monkeypatch.setattr(dateutil.parser, "parse", lambda *a, **o: pytest.fail("the bound comes too late"))

    with pytest.raises(ValueError, match=r"timestamp\.txt"):
        handed_in(Submission("mallory", {"timestamp.txt": text}))


def test_a_submission_within_bounds_is_not_refused(folder: Path) -> None:
    """As many files as a course may ask for, and no timestamp."""
    for number in range(BOUNDS.entries - 1):
        (folder / f"{number}.txt").touch()

    assert refusal(folder) is None
