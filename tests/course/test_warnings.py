"""torchmarks.course.warnings and marked: what is said beside marks, in which order, from one look at each class."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.cli import main
from torchmarks.course import Course, records, repository, warnings
from torchmarks.course.marked import Marked
from torchmarks.course.records import OURS, Record, RecordState

NAMES = ("hw1", "hw2", "hw3")
READ: Counter[tuple[str | None, str | None]] = Counter()  # assignment, student


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with assignments that ada and bo have marks for: bo has handed in again since, cy never had a mark, and
    di's work is gone.
    """
    root = tmp_path / "course"
    root.mkdir()
    shutil.copy(repository() / "nbgrader_config.py", root)
    made = Course(root)
    with Gradebook(made.db_url) as book:
        for student in ("ada", "bo", "di"):
            book.add_student(student)
        for name in NAMES:
            book.add_assignment(name)
            book.add_notebook(name, name)
            book.add_grade_cell("test", name, name, max_score=1, cell_type="code")
            for student in ("ada", "bo", "di"):
                book.add_submission(name, student)
                book.find_grade("test", name, name, student).auto_score = 1
        book.db.commit()
    with records.opened(made.db_url) as connection:
        for name in NAMES:
            for student in ("ada", "bo", "di"):
                records.write(connection, name, student, Record(RecordState.GRADED, grader=OURS))
    for name in NAMES:
        for step, students in (("submitted", ("ada", "bo", "cy")), ("autograded", ("ada", "bo", "di"))):
            for student in students:
                folder = made.path(step, name, student)
                folder.mkdir(parents=True)
                (folder / f"{name}.ipynb").write_text("{}")
        (made.path("submitted", name, "bo") / "timestamp.txt").write_text("2026-01-16 10:00:00 UTC")
    return made


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each folder was listed, from now on; READ counts how often the records were read."""
    listed: Counter[str] = Counter()
    scandir, read = os.scandir, records.read
    READ.clear()

    def counted(path: Any = ".") -> Any:
        listed[os.fspath(path)] += 1
        return scandir(path)

    def counted_read(
        connection: Any, step: str = "grade", *, assignment: str | None = None, student: str | None = None
    ) -> Any:
        READ[assignment, student] += 1
        return read(connection, step, assignment=assignment, student=student)

    monkeypatch.setattr(os, "scandir", counted)
    monkeypatch.setattr(records, "read", counted_read)
    return listed


def test_an_export_looks_at_each_class_once(course: Course, looks: Counter[str], tmp_path: Path) -> None:
    """However many lines there are to say of it; at submitted/ once more, for the course's closed folders."""
    shown = CliRunner().invoke(main, ["export", "csv", "--to", str(tmp_path / "m.csv"), "--course", str(course.root)])

    assert shown.exit_code == 0
    for name in NAMES:
        assert f"{name}: 1 student has a mark, and no work in submitted/ any more: di. " in shown.stderr
        assert f"{name}: newer work has been collected than the work that was graded, of bo. " in shown.stderr
        assert f"{name}: work has been collected and not graded, of cy. " in shown.stderr
    assert looks[str(course.root / "submitted")] == len(NAMES) + 1
    assert looks[str(course.root / "autograded")] == len(NAMES)
    assert {key: count for key, count in READ.items() if key[0]} == {(name, None): 1 for name in NAMES}


def test_what_is_said_of_one_student_is_read_of_one(course: Course, looks: Counter[str]) -> None:
    """Nobody else's record, nor anybody's graded copy."""
    lines = warnings.of_student(course.marked("hw1", "bo"))

    assert lines[0].startswith("hw1: newer work has been collected than the work that was graded, of bo. ")
    assert READ == {("hw1", "bo"): 1}
    assert str(course.root / "autograded") not in looks


def test_nothing_is_read_where_there_is_no_gradebook(course: Course) -> None:
    """Nor is one made."""
    path = course.root / "gradebook.db"
    path.unlink()
    marked = course.marked("hw1")

    assert (marked.noted, marked.points, marked.finished, marked.times, marked.notebooks) == ({}, set(), [], {}, [])
    assert warnings.of_pages(marked) == []
    assert not path.exists()


LINES = ("lost", "withdrawn", "missing", "penalty", "newer", "ungraded", "outdated")


def test_the_order_of_the_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is gone first, then what is not of today, each by assignment; what belongs to the course stands once."""
    config = Config({"CourseDirectory": {"root": str(tmp_path)}})
    for name in LINES:
        monkeypatch.setattr(warnings, f"{name}_lines", lambda marked, *more, name=name: [f"{name} {marked.assignment}"])
    for name in ("closed", "stray"):
        monkeypatch.setattr(warnings, f"{name}_lines", lambda directory, *more, name=name: [name])

    of_grades = [f"{what} {name}" for name in ("a", "b") for what in ("penalty", "newer", "ungraded", "outdated")]
    of_work = ["lost a", "closed", "withdrawn a", "lost b", "withdrawn b"]
    assert warnings.of_marks(config, ["a", "b"]) == [*of_work, *of_grades, "stray"]
    assert warnings.of_figures(config, ["a", "b"]) == [*of_grades, "stray"]
    assert warnings.of_marks(config, []) == ["stray"]
    marked = Marked(config, "a", CourseDirectory(config=config), "ada")
    assert warnings.of_pages(marked) == ["missing a", "penalty a", "newer a"]
    assert warnings.of_pages(marked, missing=False) == ["penalty a", "newer a"]
    assert warnings.of_student(marked) == ["newer a", "outdated a"]
