"""Submission folders that attack whoever reads or copies them."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from attacks.assignment import NAME, RIGHT, instructor, submission
from attacks.grader import Grader
from torchmarks.bulk.gradebook_writer import GradebookEntry
from torchmarks.bulk.grading_run import _is_newer
from torchmarks.bulk.store import handed_in
from torchmarks.course.collected import mend_timestamp
from torchmarks.course.own_files import remove_uncopyable
from torchmarks.grading import Submission, grade, read_submission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission under another name, in a course with a release."""
    release, made = tmp_path / "release" / NAME, tmp_path / "submitted" / "mallory" / NAME
    release.mkdir(parents=True)
    (release / f"{NAME}.ipynb").write_text(json.dumps(instructor()))
    made.mkdir(parents=True)
    (made / "mine.ipynb").write_bytes(submission(RIGHT))
    return made


def test_what_nbgrader_could_not_copy_is_removed(folder: Path) -> None:
    """Pipes and links to devices or to nowhere go before nbgrader copies the folder; files stay."""
    os.mkfifo(folder / "pipe")
    (folder / "endless").symlink_to("/dev/zero")
    (folder / "nowhere").symlink_to(folder / "not-there")
    (folder / "data.csv").write_text("1")

    remove_uncopyable(NAME, "mallory", [str(folder / "mine.ipynb")])

    assert sorted(os.listdir(folder)) == ["data.csv", "mine.ipynb"]


@pytest.mark.parametrize("linked", ["the assignment's folder", "the student's folder"])
def test_a_folder_that_is_a_link_is_refused(linked: str, folder: Path) -> None:
    """It may lead to another student's work, which would be graded as this one's."""
    thief = folder.parents[1] / "thief"
    if linked == "the student's folder":
        thief.symlink_to("mallory")
    else:
        thief.mkdir()
        (thief / NAME).symlink_to(f"../mallory/{NAME}")

    read = read_submission("thief", thief / NAME, [], 1 << 20)

    assert read.files == {}
    assert read.refused is not None
    assert "is a link" in read.refused.reason


@pytest.mark.parametrize("target", ["elsewhere/bo/{0}", "source/{0}", "elsewhere/thief/other"])
def test_a_link_to_another_name_outside_is_refused(target: str, folder: Path, tmp_path: Path) -> None:
    """The solutions, or where another student's work is kept."""
    there = tmp_path / target.format(NAME)
    there.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(there)
    folder.symlink_to(there)

    assert read_submission("mallory", folder, [], 1 << 20).refused is not None


@pytest.mark.parametrize("linked", ["the assignment's folder", "the student's folder"])
def test_a_link_to_the_same_name_elsewhere_is_read(linked: str, folder: Path, tmp_path: Path) -> None:
    """A course may keep its submissions on another disk, and reach each student's by a link."""
    (tmp_path / "elsewhere").mkdir()
    (folder / "timestamp.txt").write_text("tomorrow")
    folder.parent.rename(tmp_path / "elsewhere" / "mallory")
    if linked == "the student's folder":
        folder.parent.symlink_to(tmp_path / "elsewhere" / "mallory")
    else:
        folder.parent.mkdir()
        folder.symlink_to(tmp_path / "elsewhere" / "mallory" / NAME)

    note = mend_timestamp(folder)
    read = read_submission("mallory", folder, [], 1 << 20)

    assert "no time that can be read" in note
    assert read.refused is None
    assert list(read.files) == ["mine.ipynb", "timestamp-unreadable.txt"]


def test_a_linked_course_is_read(folder: Path, tmp_path: Path) -> None:
    """Above the students' folders it is the course that decides where they lie."""
    (tmp_path / "elsewhere").symlink_to(tmp_path / "submitted")

    read = read_submission("mallory", tmp_path / "elsewhere" / "mallory" / NAME, [], 1 << 20)

    assert read.refused is None
    assert list(read.files) == ["mine.ipynb"]


@pytest.mark.parametrize("text", ["9" * 400, "9999-12-31T23:59:59-23:00", "2020-01-01 00:00:00 " + "9" * 20, "soon"])
def test_a_time_that_no_calendar_has(text: str) -> None:
    """timestamp.txt is the student's file, too: whatever is in it is one kind of error, and does not end the run."""
    submitted = Submission("mallory", {"timestamp.txt": text.encode()})

    with pytest.raises(ValueError):  # noqa: PT011 - the words are dateutil's
        handed_in(submitted)
    assert _is_newer(submitted, GradebookEntry(None, datetime(2020, 1, 1), True))


def test_many_files_do_not_hold_up_the_grader(grader: Grader) -> None:
    """They are written anew after every cell that ends the process: that takes of the cells' time."""
    files = {f"{NAME}.ipynb": submission(RIGHT, ["import os\nos._exit(0)"] * 10)} | {f"f{n}": b"" for n in range(4000)}

    graded = grade(Submission("mallory", files), grader.bundle, lambda device: grader._engine)

    assert (graded.notebooks[0].record.seconds or 0.0) < 30.0
