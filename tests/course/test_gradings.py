"""What is kept of each grading, and what one changed: for each student, with the reason, by whichever command."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from torchmarks.bulk import grade_cohort
from torchmarks.checks.seeding import Phase
from torchmarks.cli import main
from torchmarks.course import Course
from torchmarks.course.gradings import GradeChange, changes_of, history_of
from torchmarks.grading import basis
from torchmarks.report.figures import figures
from torchmarks.report.gather import gather

from ..bulk.conftest import BASICS, BULK, STOCK, Recorder, a_class, hand_in, more

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def course(both_graded: Course) -> Course:
    """Both graded; what is graded in the test is graded in this process."""
    return both_graded


def _mend(course: Course, change: Callable[[list[dict[str, Any]]], None]) -> None:
    path = course.root / "source" / BASICS / "more.ipynb"
    notebook = json.loads(path.read_text())
    change(notebook["cells"])
    path.write_text(json.dumps(notebook))
    course.generate(BASICS)


def _harder(cells: list[dict[str, Any]]) -> None:
    cells[1]["source"] = "assert double(4) == 9"


def _worth_five(cells: list[dict[str, Any]]) -> None:
    cells[1]["metadata"]["nbgrader"]["points"] = 5


def _changes(course: Course) -> dict[str, GradeChange]:
    return {change.student: change for change in changes_of(course.db_url, BASICS)}


def test_both_commands_leave_the_same_of_a_grading(course: Course) -> None:
    """Points of every cell, when it was handed in, and what it was made from."""
    found = history_of(course.db_url, BASICS)[0]
    (ours,), (theirs,) = found[BULK], found[STOCK]

    assert ours.points == theirs.points
    assert ours.points["more"] == {"double-test": 2.0}
    assert (ours.basis, ours.handed_in) == (theirs.basis, theirs.handed_in)
    assert ours.handed_in is not None
    assert changes_of(course.db_url, BASICS) == ()


@pytest.mark.parametrize("command", ["bulk", "nbgrader"])
def test_a_mended_test_is_told_for_each_student(course: Course, command: str) -> None:
    """Points before and after, the exercise, and which test it was."""
    _mend(course, _harder)
    if command == "bulk":
        grade_cohort(course.config, BASICS, Recorder())
    else:
        course.autograde(BASICS, force=True)

    for change in _changes(course).values():
        assert (change.before, change.after) == (11.0, 9.0)
        assert change.exercises == {"double": (2.0, 0.0)}
        assert change.why == ("test double-test",)


def test_the_report_tells_it_too(course: Course) -> None:
    """From the gradebook, whichever command has graded and whenever."""
    _mend(course, _harder)
    grade_cohort(course.config, BASICS, Recorder())
    graded = {
        student: tuple(folder.glob("*.ipynb")) for student, folder in course.folders("autograded", BASICS).items()
    }

    shown = figures(gather(course.db_url, graded, BASICS))

    assert (shown.compared, [change.why for change in shown.changes]) == (2, [("test double-test",)] * 2)


def test_other_points_are_told_as_points(course: Course) -> None:
    """Before and now."""
    _mend(course, _worth_five)
    grade_cohort(course.config, BASICS, Recorder())

    assert _changes(course)[BULK].why == ("points of double-test: 2, now 5",)
    assert _changes(course)[BULK].exercises == {"double": (2.0, 5.0)}


def test_every_other_reason_is_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another submission, limits, versions, phase."""
    hand_in(course, BULK, {"more.ipynb": more("return 0")})
    monkeypatch.setattr(basis, "_installed", lambda: ("9.9", "8.8"))
    course.config.Judge.call_s = 4.0
    grade_cohort(course.config, BASICS, Recorder(), phase=Phase.BEFORE_DEADLINE, force=True)

    assert [line.partition(",")[0] for line in _changes(course)[BULK].why] == [
        "another submission", "limits (call_s: 3.0", "hidden inputs",
        f"torchmarks {version('torchmarks')}", f"torch {version('torch')}",
    ]  # fmt: skip


def test_points_of_a_person_count_on_both_sides(course: Course) -> None:
    """What a person gave stays when a test is mended: nothing has changed for that student."""
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("double-test", "more", BASICS, BULK)
        grade.manual_score, grade.extra_credit = 1.5, 1.0
        gradebook.db.commit()
    _mend(course, _harder)
    grade_cohort(course.config, BASICS, Recorder())

    assert (_changes(course)[BULK].before, _changes(course)[BULK].after) == (11.5, 11.5)
    assert not _changes(course)[BULK].is_other


def test_a_grade_without_this_package_is_compared_too(course: Course) -> None:
    """Whichever command grades again: what is in the gradebook is kept before it is written over."""
    with sqlite3.connect(course.root / "gradebook.db") as base:
        for name in ("done", "gradings", "tests"):
            base.execute(f"drop table torchmarks_{name}")
    _mend(course, _harder)
    grade_cohort(course.config, BASICS, Recorder(), students=[BULK], consent=lambda stale: True)
    course.autograde(BASICS, STOCK, force=True)

    assert {(one.before, one.after) for one in _changes(course).values()} == {(11.0, 9.0)}
    assert [one.why for one in _changes(course).values()] == [
        ("it was not recorded what it was graded with before",)
    ] * 2


def test_a_notebook_under_another_name_has_no_earlier_grade(course: Course) -> None:
    """nbgrader gives 0 for the notebook that it does not find, before it is known where the work is."""
    folder = course.path("submitted", BASICS, "hal")
    shutil.copytree(course.path("submitted", BASICS, STOCK), folder)
    for name in ("squares", "more"):
        (folder / f"{name}.ipynb").rename(folder / f"{name} (1).ipynb")

    course.autograde(BASICS, "hal")

    found = history_of(course.db_url, BASICS)[0]
    assert [one.points for one in found["hal"]] == [found[STOCK][0].points]


def test_a_submission_that_lost_its_grade_is_told(course: Course) -> None:
    """With the reason that the grader gives."""
    (course.root / "submitted" / BULK / BASICS / "squares.ipynb").write_text("no JSON")
    grade_cohort(course.config, BASICS, Recorder())

    change = _changes(course)[BULK]
    assert (change.before, change.after) == (11.0, None)
    assert change.why[0].startswith("squares.ipynb: ")


def test_grading_again_the_same_leaves_no_row(course: Course) -> None:
    """A class that is graded every night does not fill the gradebook."""
    grade_cohort(course.config, BASICS, Recorder(), force=True)

    assert [len(mine) for mine in history_of(course.db_url, BASICS)[0].values()] == [1, 1]


def _grade(course: Course, *options: str) -> Any:
    (course.root / "nbgrader_config.py").write_text(
        (course.root / "nbgrader_config.py").read_text() + "\nc.Judge.call_s = 3.0\nc.Judge.cell_s = 5.0\n"
    )
    return CliRunner().invoke(main, ["grade", BASICS, "--course", str(course.root), *options])


def test_grade_compare_shows_who_has_other_points(course: Course) -> None:
    """A line for each, above it the reason; asked again with nothing to do it says the same."""
    hand_in(course, "\x1b[31mred", a_class()["right"])
    grade_cohort(course.config, BASICS, Recorder())
    _mend(course, _harder)

    first, again = _grade(course, "--compare"), _grade(course, "--compare")

    assert first.exit_code == 0
    for done in (first, again):
        lines = [" ".join(line.split()) for line in done.output.splitlines()]
        assert f"{BASICS}: 3 of 3 submissions have other points than before" in done.output
        assert "bulk 11 → 9 double 2 → 0" in lines
        assert "Because of: test double-test" in done.output
        assert "\x1b" not in done.output


def test_compared_submissions_are_lines_of_json(course: Course) -> None:
    """One for each, with points before and after, also of those that did not change."""
    _mend(course, _worth_five)

    done = _grade(course, "--compare", "--json")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    compared = [row for row in rows if row["state"] == "compared"]
    assert [row["student"] for row in compared] == [BULK, STOCK]
    assert compared[0] == {
        "student": BULK, "state": "compared", "before": 11.0, "after": 14.0, "exercises": {"double": [2.0, 5.0]},
        "why": ["points of double-test: 2, now 5"],
    }  # fmt: skip
