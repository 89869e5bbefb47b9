"""What cannot be used ends a command in one line that says what, where and what to do; nothing is half written."""

from __future__ import annotations

import hashlib
import resource
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from sqlalchemy import text

from torchmarks.cli import main
from torchmarks.course import Course

from .bulk.conftest import BASICS
from .bulk.conftest import course as course
from .bulk.conftest import empty_course as empty_course
from .platforms.classroom import RIGHT, Pupil, canvas_csv, canvas_zip

ADA = Pupil("", 12, "Lovelace", "Ada", "ada@x.org", files=dict(RIGHT))
COLLECT = ("collect", "canvas", "work.zip", "--assignment", BASICS, "--roster", "grades.csv")


def _set(line: str) -> Callable[[Course], None]:
    def change(course: Course) -> None:
        with (course.root / "nbgrader_config.py").open("a") as config:
            config.write(f"\n{line}\n")

    return change


def _of_another_course(course: Course) -> None:
    with Gradebook(course.db_url, "algebra") as gradebook:
        gradebook.db.execute(text("DELETE FROM course WHERE id != 'algebra'"))
        gradebook.db.commit()


def _no_zip(course: Course) -> None:
    (course.root.parent / "work.zip").write_bytes(b"%PDF-1.7 a form that somebody has filled in")


def _two_rows(course: Course) -> None:
    canvas_csv(course.root.parent / "grades.csv", [ADA, replace(ADA, last="Byron")])


def _of_last_year(course: Course) -> None:
    canvas_csv(course.root.parent / "grades.csv", [replace(ADA, number=700, login="old")], assignment=BASICS)


OTHERS = "it is the gradebook of the course algebra, not of tensors. Set c.CourseDirectory.db_url or course_id"
TWICE = "grades.csv: lines 4 and 5 are of one student (12). Download it again, or take one of the two out."
CASES: dict[str, tuple[tuple[str, ...], Callable[[Course], None], str]] = {
    "a zip that is none": (COLLECT, _no_zip, "work.zip: is not a zip archive"),
    "a list with two rows of one student": (("roster", "canvas", "grades.csv"), _two_rows, TWICE),
    "collecting by such a list": (COLLECT, _two_rows, TWICE),
    "another course's gradebook, of students": (("roster", "canvas", "grades.csv"), _of_another_course, OTHERS),
    "another course's gradebook, of work": (COLLECT, _of_another_course, OTHERS),
    "another course's gradebook, watched": (("watch", "--once"), _of_another_course, OTHERS),
    "a path for an assignment": (("grade", "./01-tensors"), lambda course: None, "this is a path, not the name"),
    "paths for assignments": (("report", "source/01-tensors"), lambda course: None, "this is a path, not the name"),
    "a policy that contradicts itself": (
        ("watch", "--once"),
        _set("c.Watch.verdicts_a_day = 0"),
        "c.Watch in nbgrader_config.py: verdicts_a_day is 0, but verdicts_in_all is 20. Set both to 0",
    ),
    "an exchange that is not there": (
        ("watch", "--once"),
        _set('c.Exchange.root = "/nowhere/exchange"'),
        "/nowhere/exchange: there is no exchange. Make the folder",
    ),
    "a platform's file of another year": (
        ("export", "canvas", "--fill", "grades.csv"),
        _of_last_year,
        "grades.csv: none of its 1 students is in the gradebook. Is it of this course and year",
    ),
    "work of another year": (COLLECT, _of_last_year, "work.zip: none of its 2 files is that of a student here"),
}


def _everything(folder: Path) -> dict[str, str]:
    """All files, by what is in them, but for the locks and what SQLite keeps beside a gradebook."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("gradebook.db-")]
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_used_ends_the_command_in_one_line(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Exit status 2, by the real command."""
    arguments, spoil, said = CASES[case]
    canvas_csv(tmp_path / "grades.csv", [ADA])
    canvas_zip(tmp_path / "work.zip", [ADA])
    spoil(course)
    before = _everything(tmp_path)
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(main, [*arguments, "--course", str(course.root)])

    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    assert said in done.output
    assert _everything(tmp_path) == before


UNKNOWN = (
    ("grade",), ("feedback",), ("report",), ("solutions",), ("watch", "--once"), ("show", "ada"), ("points",),
    ("extend", "ada"), ("verify",), ("release",), ("new-exercise", "name"), ("pack-assignment",),
    ("adapter", "gradescope", "--to", "made"), ("adapter", "prairielearn", "--to", "made"),
    ("adapter", "github", "--to", "made"), ("export", "csv", "--assignment"),
    ("grade-file", "one.ipynb", "--student", "ada", "--assignment"), ("demo", "--assignment"),
    ("collect", "folder", "work", "--assignment"),
)  # fmt: skip


@pytest.mark.parametrize("words", UNKNOWN, ids=" ".join)
def test_an_assignment_that_is_not_there_is_refused_in_every_command(
    course: Course, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same words, and without the slash that a shell completes."""
    monkeypatch.chdir(tmp_path)
    place = 2 if words[0] == "adapter" else len(words) if words[-1] == "--assignment" else 1
    arguments = [*words[:place], "99-none/", *words[place:]]
    before = _everything(tmp_path)

    done = CliRunner().invoke(main, [*arguments, "--course", str(course.root)])

    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    assert "there is no assignment '99-none'" in done.output
    assert _everything(tmp_path) == before


def test_a_full_disk_is_told_in_one_line(course: Course) -> None:
    """A gradebook that takes no page more (here by a limit on the size of files) ended in sixty lines."""
    with Gradebook(course.db_url, "tensors") as gradebook:
        gradebook.add_student("ada")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        done = CliRunner().invoke(main, ["extend", BASICS, "ada", "--days", "2", "--course", str(course.root)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "cannot be written" in done.output
    assert "make room" in done.output


DENIED = {
    "a backup": ("backup", "--to", "closed/backup"),
    "marks": ("export", "csv", "--to", "closed/marks.csv"),
    "a notebook": ("grade-file", "closed/one.ipynb", "--assignment", BASICS, "--student", "ada"),
    "an archive": ("collect", "folder", "closed/work", "--assignment", BASICS),
    "a course": ("doctor", "--course", "closed/course"),
}


@pytest.mark.parametrize("arguments", DENIED.values(), ids=DENIED.keys())
def test_a_folder_that_is_closed_is_told_in_one_line(
    course: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    as_somebody_else: Callable[[], AbstractContextManager[None]],
) -> None:
    """With the path: an error of the machine's ended in a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "closed" / "work").mkdir(parents=True)
    (tmp_path / "closed").chmod(0)
    place = [] if "--course" in arguments else ["--course", str(course.root)]
    CliRunner().invoke(main, [*arguments, *place])  # loads what it needs while it may

    with as_somebody_else():
        done = CliRunner().invoke(main, [*arguments, *place])

    assert done.exit_code in (1, 2), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.output.count("\n") == 1, done.output
    assert "closed" in done.output


def test_a_locked_gradebook_is_told_in_one_line(course: Course) -> None:
    """Another program that writes and does not end."""
    with Gradebook(course.db_url, "tensors") as gradebook:
        gradebook.add_student("ada")
    other = sqlite3.connect(course.db_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        done = CliRunner().invoke(main, ["extend", BASICS, "ada", "--days", "2", "--course", str(course.root)])
    finally:
        other.close()

    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "The gradebook cannot be used: database is locked." in done.output
