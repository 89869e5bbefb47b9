"""What is graded again, why, and what is asked first: whichever command graded it, and whatever version noted it."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from sqlalchemy import delete
from traitlets.config import Config

from torchmarks.bulk import Stale, Summary, grade_cohort
from torchmarks.bulk.pool import quarantined
from torchmarks.checks.seeding import Phase
from torchmarks.cli import main
from torchmarks.course import Course, records
from torchmarks.course.arrivals import Arrivals
from torchmarks.course.exports import export, marks_of
from torchmarks.course.outdated import outdated
from torchmarks.course.secret import keep_secret, known_secret
from torchmarks.course.ungraded import newer_lines
from torchmarks.course.warnings import of_figures
from torchmarks.errors import UsageError
from torchmarks.grading import Cause, basis
from torchmarks.report.figures import figures
from torchmarks.report.gather import gather
from torchmarks.report.one_student import work_lines

from .conftest import BASICS, BULK, LATE, STOCK, Here, Recorder, a_class, hand_in, more, settings
from .results import rows_of

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def course(both_graded: Course) -> Course:
    """Both graded; what is graded in the test is graded in this process."""
    return both_graded


def _grade(course: Course, recorder: Recorder | None = None, **options: Any) -> Summary:
    return grade_cohort(course.config, BASICS, recorder or Recorder(), **options)


def _edit(course: Course, change: Callable[[list[dict[str, Any]]], None], *, generate: bool = True) -> None:
    """Change the second notebook in source/, and generate, unless a test is about who forgets that."""
    path = course.root / "source" / BASICS / "more.ipynb"
    notebook = json.loads(path.read_text())
    change(notebook["cells"])
    path.write_text(json.dumps(notebook))
    if generate:
        course.generate(BASICS)


def _mended(cells: list[dict[str, Any]]) -> None:
    cells[1]["source"] = "assert double(4) == 9"


def _worth(points: float) -> Callable[[list[dict[str, Any]]], None]:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[1]["metadata"]["nbgrader"]["points"] = points

    return change


def _score(course: Course, student: str) -> float | None:
    return course.scores(BASICS, student)["double-test"].points


CHANGES: dict[str, tuple[Callable[[list[dict[str, Any]]], None], float]] = {
    "a mended test": (_mended, 0.0), "no points": (_worth(0), 0.0), "more points": (_worth(5), 5.0),
    "fewer points": (_worth(1), 1.0),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_after_a_change_both_are_graded_again(course: Course, name: str) -> None:
    """Before, they are said to be of other tests; afterwards the points are new in gradebook and export."""
    change, points = CHANGES[name]
    _edit(course, change)
    warned = of_figures(course.config, [BASICS])
    recorder = Recorder()

    summary = _grade(course, recorder)

    assert warned == [
        f"{BASICS}: 2 submissions were graded with other tests or points than today's. "
        f"To grade again: torchmarks grade {BASICS}"
    ]
    assert recorder.states == {BULK: "graded", STOCK: "graded"}
    assert recorder.notes == ["2 graded submissions are graded again: the assignment's tests or points changed."]
    assert summary.is_complete()
    assert [_score(course, student) for student in (BULK, STOCK)] == [points, points]
    with Gradebook(course.db_url) as gradebook:
        assert {mark.points for mark in marks_of(gradebook).values()} == {9 + points}
    assert of_figures(course.config, [BASICS]) == []
    assert _grade(course).unchanged == 2


def test_newer_work_that_is_not_graded_is_told(course: Course) -> None:
    """Of those who were graded, by name, until it is graded; not of the same work. Others are told apart."""
    before = of_figures(course.config, [BASICS])
    for student in (BULK, STOCK, "new"):
        hand_in(course, student, {"timestamp.txt": LATE.encode()})
    hand_in(course, "new", {"more.ipynb": more("return 2 * x")})
    told = of_figures(course.config, [BASICS])
    shown = CliRunner().invoke(main, ["export", "csv", "--course", str(course.root), "--to", str(course.root / "m")])
    of_pages = CliRunner().invoke(main, ["feedback", BASICS, "--course", str(course.root)])

    _grade(course, students=[BULK])

    line = (
        f"{BASICS}: newer work has been collected than the work that was graded, of {{}}. To grade it: torchmarks grade"
    )
    assert before == []
    never = f"{BASICS}: work has been collected and not graded, of new. To grade it: torchmarks grade {BASICS}"
    assert told == [f"{line.format(f'{BULK}, {STOCK}')} {BASICS}", never]
    assert all(line in shown.stderr for line in told)
    assert told[0] in of_pages.stderr
    assert f"{line.format(STOCK)} {BASICS}" in of_figures(course.config, [BASICS])
    assert _grade(course).is_complete()
    assert of_figures(course.config, [BASICS]) == []


def test_a_file_that_was_replaced_is_newer_work(course: Course) -> None:
    """Its time is the old one; the same bytes written again are the same work."""
    hand_in(course, BULK, {"timestamp.txt": (course.path("submitted", BASICS, BULK) / "timestamp.txt").read_bytes()})
    before = newer_lines(course.marked(BASICS))
    hand_in(course, BULK, {"more.ipynb": more("return 5 * x")})

    assert before == []
    (line,) = newer_lines(course.marked(BASICS))
    assert f"of {BULK}. To grade it: " in line


def test_newer_work_that_watch_will_grade_is_told_apart(course: Course) -> None:
    """The plain command would leave it out until the deadline."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(BASICS, duedate=datetime.now() + timedelta(days=9))
        gradebook.update_or_create_submission(BASICS, STOCK).extension = timedelta(days=-60)
        gradebook.db.commit()
    with Arrivals(course.db_url) as arrivals:
        arrivals.note_look(BASICS, "exchange", datetime.now(UTC), [])
    for student in (BULK, STOCK):
        hand_in(course, student, {"timestamp.txt": LATE.encode()})

    line = f"{BASICS}: newer work has been collected than the work that was graded, of "
    assert newer_lines(course.marked(BASICS)) == [
        f"{line}{STOCK}. To grade it: torchmarks grade {BASICS}",
        f"{line}{BULK}. torchmarks watch grades it for good at the deadline. To make one final now: "
        f"torchmarks grade {BASICS} --student {BULK} --force",
    ]


@pytest.mark.parametrize("text", [b"no time", b"9" * 1000, b""])
def test_a_time_that_cannot_be_read_is_not_newer(course: Course, text: bytes) -> None:
    """The run that grades says what is the matter with it. It is another file, where the graded ones are noted."""
    for student in (BULK, STOCK):
        hand_in(course, student, {"timestamp.txt": text})

    (line,) = of_figures(course.config, [BASICS])
    assert f"of {BULK}. To grade it: " in line


def _with_more_hidden(cells: list[dict[str, Any]]) -> None:
    cells[1]["source"] += "\n### BEGIN HIDDEN TESTS\nassert double(0) == 0\n### END HIDDEN TESTS"


@pytest.mark.parametrize("change", [_mended, _worth(0), _with_more_hidden], ids=["test", "points", "hidden"])
def test_a_change_that_was_not_generated_is_told(
    course: Course, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    """The run grades with the gradebook's tests, says so with the command, and is not complete."""
    _edit(course, change, generate=False)
    recorder = Recorder()

    summary = _grade(course, recorder)

    line = (
        f"{BASICS}: source/ has other tests or points than the gradebook (double-test): "
        f"run `nbgrader generate_assignment {BASICS} --force`, then `torchmarks grade {BASICS}`"
    )
    assert (summary.unchanged, summary.unregistered, summary.is_complete()) == (2, True, False)
    assert recorder.notes == [line]
    assert of_figures(course.config, [BASICS]) == [line]
    course.generate(BASICS)
    assert _grade(course).is_complete()


def test_a_test_that_nbgrader_writes_is_not_compared(course: Course) -> None:
    """Its text is never that of source/, its points are."""
    _edit(course, lambda cells: cells[1].update(source="### AUTOTEST double(4)"), generate=False)
    before = _grade(course).unregistered
    _edit(course, _worth(7), generate=False)

    assert (before, _grade(course).unregistered) == (False, True)


def test_another_solution_or_text_in_source_is_no_other_test(course: Course) -> None:
    """Nor is a notebook that is half written: grading uses the gradebook's."""
    _edit(course, lambda cells: cells[0].update(source=cells[0]["source"].replace("2 * x", "x + x")), generate=False)
    (course.root / "source" / BASICS / "squares.ipynb").write_text("{")

    assert (_grade(course).unregistered, of_figures(course.config, [BASICS])) == (False, [])


def test_an_earlier_release_is_graded_again_without_a_word_to_the_student(course: Course) -> None:
    """Who keeps the notebook that was released first has changed nothing, whatever the instructor mended since."""
    released = json.loads((course.root / "release" / BASICS / "more.ipynb").read_text())
    released["cells"][0]["source"] = "def double(x):\n    return 2 * x"
    for student in (BULK, STOCK):
        hand_in(course, student, {"more.ipynb": json.dumps(released).encode()})
    _edit(course, _worth(5), generate=False)
    _edit(course, _mended)
    recorder = Recorder()

    _grade(course, recorder)

    assert [outcome.repairs for outcome in recorder.outcomes] == [(), ()]
    assert [_score(course, student) for student in (BULK, STOCK)] == [0.0, 0.0]


def test_an_exercise_of_no_points_leaves_the_report(course: Course) -> None:
    """It can no longer be won or lost: its points are neither in the scores nor in what can be reached."""
    _edit(course, _worth(0))
    _grade(course)

    found = figures(gather(course.db_url, {}, BASICS))

    assert found.most == 11  # two of them are for a person to give
    assert set(found.scores.values()) == {9}
    assert "double" not in [exercise.name for exercise in found.exercises]


def test_other_data_files_are_a_change_too(course: Course) -> None:
    """They are part of the tests, also without generating."""
    (course.root / "source" / BASICS / "numbers.csv").write_text("7")

    assert _grade(course).graded == 2


def test_nothing_changed_is_unchanged(course: Course) -> None:
    """Whichever command graded it, and after generating once more."""
    course.generate(BASICS)

    assert (_grade(course).unchanged, of_figures(course.config, [BASICS])) == (2, [])


def test_changed_limits_are_told_by_name(course: Course) -> None:
    """They are the course's own choice: nobody is asked."""
    extra = Config(settings())
    extra.Judge.call_s = 7.0
    recorder = Recorder()

    _grade(Course(course.root, extra), recorder)

    assert recorder.states == {BULK: "graded", STOCK: "graded"}
    assert recorder.notes == ["2 graded submissions are graded again: limits changed (call_s: 3.0, now 7.0)."]


@pytest.mark.parametrize(
    ("installed", "cause"), [(("9.9", None), Cause.PACKAGE), ((None, "9.9"), Cause.TORCH)], ids=["package", "torch"]
)
def test_after_an_upgrade_a_person_is_asked(
    course: Course, monkeypatch: pytest.MonkeyPatch, installed: tuple[str | None, str | None], cause: Cause
) -> None:
    """Without consent the new one alone is graded and the others are reported; with it all are."""
    before = basis._installed()
    now = tuple(new or old for new, old in zip(installed, before, strict=True))
    monkeypatch.setattr(basis, "_installed", lambda: now)
    hand_in(course, "new", a_class()["right"])
    asked: list[Stale] = []
    rows = [row for row in rows_of(course.db_url)["grades"] if row[0] != "new"]
    recorder = Recorder()

    summary = _grade(course, recorder, consent=lambda stale: bool(asked.extend(stale)))

    assert recorder.states == {BULK: "stale", STOCK: "stale", "new": "graded"}
    assert {(entry.student, entry.causes) for entry in asked} == {(BULK, (cause,)), (STOCK, (cause,))}
    assert "9.9" in summary.stale[0].reason
    assert not summary.is_complete()
    assert [row for row in rows_of(course.db_url)["grades"] if row[0] != "new"] == rows
    assert _grade(course, consent=lambda stale: len(stale) == 2).graded == 2
    assert _grade(course).unchanged == 3


def test_after_a_change_of_the_secret_a_person_is_asked(course: Course) -> None:
    """Hidden inputs are others then, so a mark may change although nobody did anything."""
    keep_secret(course.db_url, b"another")
    asked: list[Stale] = []

    summary = _grade(course, consent=lambda stale: bool(asked.extend(stale)))

    assert {(entry.student, entry.causes) for entry in asked} == {(BULK, (Cause.INPUTS,)), (STOCK, (Cause.INPUTS,))}
    assert "another secret of the course" in summary.stale[0].reason
    assert _grade(course, consent=lambda stale: True).graded == 2
    assert _grade(course).unchanged == 2


def test_the_secret_stands_in_the_gradebook_alone(
    course: Course, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No graded copy, page, export or line of the log of either command has it, as bytes or as text."""
    log = logging.getLogger("torchmarks.nbgrader")
    log.addHandler(caplog.handler)
    caplog.set_level(logging.DEBUG)
    try:
        course.autograde(BASICS, STOCK, force=True)
        recorder = Recorder()
        _grade(course, recorder, force=True)
        course.feedback(BASICS)
    finally:
        log.removeHandler(caplog.handler)
    export(course.db_url, "csv", course.root / "marks.csv")

    secret = known_secret(course.db_url)
    texts = (secret, secret.hex().encode(), base64.b64encode(secret), repr(secret).encode()[2:-1])
    holding = [p for p in course.root.rglob("*") if p.is_file() and any(text in p.read_bytes() for text in texts)]
    told = f"{caplog.text}{recorder.notes}{recorder.outcomes}".encode()

    assert {path.name.removesuffix("-wal") for path in holding} == {"gradebook.db"}
    assert not any(text in told for text in texts)


def test_a_new_submission_needs_no_consent_after_an_upgrade(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The student has changed something: it is new work."""
    monkeypatch.setattr(basis, "_installed", lambda: ("9.9", "9.9"))
    hand_in(course, STOCK, {"more.ipynb": more("return 7")})
    recorder = Recorder()

    _grade(course, recorder)

    assert recorder.states == {BULK: "stale", STOCK: "graded"}


def test_force_asks_nothing(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the answer."""
    monkeypatch.setattr(basis, "_installed", lambda: ("9.9", "9.9"))

    assert _grade(course, consent=lambda stale: pytest.fail("asked"), force=True).graded == 2


# ---- graded without this package


@pytest.fixture
def without(course: Course) -> Course:
    """The gradebook has nbgrader's tables alone."""
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        ours = database.execute("select name from sqlite_master where type = 'table' and name like 'torchmarks%'")
        for (name,) in ours.fetchall():
            database.execute(f"drop table {name}")
        database.commit()
    return course


def test_what_was_graded_without_this_package_is_asked_about(without: Course) -> None:
    """With what is not known: nothing is graded again in silence, and nothing called unchanged."""
    summary = _grade(without)

    assert {entry.student: entry.causes for entry in summary.stale} == dict.fromkeys((BULK, STOCK), (Cause.UNRECORDED,))
    assert "without this package" in summary.stale[0].reason
    assert "2 submissions were graded without this package" in of_figures(without.config, [BASICS])[0]
    assert _grade(without, consent=lambda stale: True).graded == 2
    assert outdated(without.marked(BASICS)) == ()
    assert _grade(without).unchanged == 2


def test_newer_work_than_was_graded_without_it_is_new_work(without: Course) -> None:
    """By its time, as nbgrader tells."""
    hand_in(without, STOCK, {"timestamp.txt": LATE.encode()})
    recorder = Recorder()

    _grade(without, recorder)

    assert recorder.states == {BULK: "stale", STOCK: "graded"}


@pytest.mark.parametrize(("layout", "which"), [(99, "a later version"), (4, "torchmarks as it was before its first")])
def test_another_layout_is_refused(course: Course, layout: int, which: str) -> None:
    """A gradebook that another version has written to is left alone."""
    from torchmarks.errors import MachineError

    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        database.execute("update torchmarks_layout set version = ?", [layout])
        database.commit()

    with pytest.raises(MachineError, match=f"written to by {which}"):
        _grade(course)


# ---- nbgrader's own command


def _records(course: Course) -> dict[str, records.Record]:
    with records.opened(course.db_url) as connection:
        return {student: record for (_, student), record in records.read(connection).items()}


def test_nbgrader_skips_and_says_so(course: Course, caplog: pytest.LogCaptureFixture) -> None:
    """Without --force it grades nothing again: the log counts what is older than its tests, with the command."""
    _edit(course, _mended)
    log = logging.getLogger("torchmarks.nbgrader")
    log.addHandler(caplog.handler)
    try:
        course.autograde(BASICS)
        skipped = caplog.text
        caplog.clear()
        course.autograde(BASICS, STOCK, force=True)
    finally:
        log.removeHandler(caplog.handler)

    assert "basics: 2 graded copies are older than today's tests or points" in skipped
    assert "torchmarks grade basics, or nbgrader autograde basics --force" in skipped
    assert "older than" not in caplog.text
    assert [_score(course, student) for student in (BULK, STOCK)] == [2.0, 0.0]
    assert [one.student for one in outdated(course.marked(BASICS))] == [BULK]


def test_what_nbgrader_refuses_has_no_mark(course: Course) -> None:
    """Neither the points of the notebook before it, nor those of an earlier grading; a person's points count."""
    hand_in(course, STOCK, {"squares.ipynb": b"{"})
    with pytest.raises(NbGraderException):
        course.autograde(BASICS, STOCK, force=True)
    with Gradebook(course.db_url) as gradebook:
        before = marks_of(gradebook)
        gradebook.find_grade("double-test", "more", BASICS, STOCK).manual_score = 1.5
        gradebook.db.commit()
        after = marks_of(gradebook)

    assert {score.points for score in course.scores(BASICS, STOCK).values()} == {None}
    assert (_records(course)[STOCK].state, _records(course)[STOCK].grader) == ("refused", records.NBGRADER)
    assert (STOCK, BASICS) not in before
    assert after[STOCK, BASICS].score == 1.5


def test_what_bulk_refuses_has_no_mark_of_earlier_work(course: Course) -> None:
    """A torn file, or none at all, in place of what was graded: the old points are taken back."""
    hand_in(course, BULK, {"squares.ipynb": b"{"})
    for path in (course.root / "submitted" / STOCK / BASICS).glob("*.ipynb"):
        path.unlink()

    summary = _grade(course)

    assert {entry.student for entry in summary.reported} == {BULK, STOCK}
    with Gradebook(course.db_url) as gradebook:
        assert marks_of(gradebook) == {}
    assert {row[2] for row in rows_of(course.db_url)["grades"]} == {None}


def test_a_folder_that_became_a_link_keeps_the_mark(course: Course) -> None:
    """It may lead to anybody's work, and may have been moved by a person: named each time, until --force decides."""
    folder = course.path("submitted", BASICS, BULK)
    folder.rename(course.root / "moved")
    folder.symlink_to(course.root / "moved")
    points = _score(course, BULK)

    for _ in range(2):
        (reported,) = _grade(course).reported
        assert reported.student == BULK
        assert reported.reason.endswith("Put the files themselves there; the grade from before stays.")
        assert _score(course, BULK) == points
        assert course.path("autograded", BASICS, BULK).is_dir()

    _grade(course, force=True)

    with Gradebook(course.db_url) as gradebook:
        assert {student for student, _ in marks_of(gradebook)} == {STOCK}


def _broken(cells: list[dict[str, Any]]) -> None:
    cells[1]["source"] = "assert double("


def test_a_wrong_test_costs_nobody_the_mark_that_they_had(course: Course) -> None:
    """Each is named with the reason, the mark of before stays with its copy, and is said to be of other tests until the
    test is corrected. Of a student without a mark the reason is noted.
    """
    with Gradebook(course.db_url) as gradebook:
        marks = marks_of(gradebook)
    hand_in(course, "new", a_class()["right"])
    _edit(course, _broken)

    summary = _grade(course)

    assert {entry.student for entry in summary.reported} == {BULK, STOCK, "new"}
    stays = {entry.student for entry in summary.reported if "the grade from before stays" in entry.reason}
    assert (stays, summary.is_complete()) == ({BULK, STOCK}, False)
    with Gradebook(course.db_url) as gradebook:
        assert marks_of(gradebook) == marks
        assert gradebook.find_submission(BASICS, BULK).needs_manual_grade  # as before: a written answer
    assert all((course.root / "autograded" / who / BASICS / "more.ipynb").exists() for who in (BULK, STOCK))
    assert {who: record.state for who, record in _records(course).items() if not record.is_graded} == {
        "new": "quarantined"
    }
    assert "2 submissions were graded with other tests or points than today's" in of_figures(course.config, [BASICS])[0]
    for who in (BULK, STOCK):
        assert any("other tests or points than today's" in line for line in work_lines(course, BASICS, who))
    _edit(course, _mended)
    assert _grade(course).graded == 3
    assert not any("today's" in line for line in work_lines(course, BASICS, BULK))


@pytest.mark.parametrize("lost", ["copy", "record", "nothing"])
def test_a_worker_that_dies_costs_nobody_the_mark_that_they_had(
    course: Course, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """Nor where its copy or our note of it has gone. The newer work is named, until it is graded."""
    with Gradebook(course.db_url) as gradebook:
        marks = marks_of(gradebook)
    hand_in(course, BULK, {"more.ipynb": more("return 3 * x"), "timestamp.txt": LATE.encode()})
    if lost == "copy":
        shutil.rmtree(course.root / "autograded" / BULK)
    if lost == "record":
        with records.opened(course.db_url) as connection:
            connection.execute(delete(records.DONE).where(records.DONE.c.student == BULK))
    with monkeypatch.context() as patch:
        patch.setattr(Here, "map", lambda self, jobs: ((one, quarantined(one, "It was killed.", 3)) for one in jobs))
        summary = _grade(course)

    assert [(entry.student, "from before stays" in entry.reason) for entry in summary.reported] == [(BULK, True)]
    with Gradebook(course.db_url) as gradebook:
        assert marks_of(gradebook) == marks
    assert f"newer work has been collected than the work that was graded, of {BULK}." in "".join(
        of_figures(course.config, [BASICS])
    )
    assert _grade(course).graded == 1
    assert _score(course, BULK) == 0.0


def test_a_grading_that_fails_half_way_has_no_mark(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader saves notebook by notebook: the points that it saved before the error are no mark, and both say so."""
    from torchmarks import grading

    real = grading.grade_notebook

    def failing(notebook: Any, *rest: Any) -> Any:
        if len(notebook["cells"]) > 2:
            raise RuntimeError("squares")
        return real(notebook, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(grading, "grade_notebook", failing)
        with pytest.raises(NbGraderException):
            course.autograde(BASICS, STOCK, force=True)

    assert _records(course)[STOCK].state == "begun"
    with Gradebook(course.db_url) as gradebook:
        assert set(marks_of(gradebook)) == {(BULK, BASICS)}
    assert _grade(course).graded == 1


def test_a_source_folder_that_vanished_invents_nothing(course: Course) -> None:
    """Its data files are unknown: neither command grades, nothing graded goes, and marks are said to be uncertain."""
    shutil.rmtree(course.root / "source" / BASICS)
    before = rows_of(course.db_url)

    with pytest.raises(UsageError, match="the folder is missing"):
        _grade(course)
    with pytest.raises(NbGraderException, match="the folder is missing"):
        course.autograde(BASICS, force=True)

    assert rows_of(course.db_url) == before
    assert (course.root / "autograded" / STOCK / BASICS / "more.ipynb").exists()
    assert "it is not known whether its marks are of today's tests" in of_figures(course.config, [BASICS])[0]


def test_marks_of_an_assignment_that_was_removed_are_gone(course: Course) -> None:
    """`nbgrader db assignment remove --force` deletes its marks: none is invented from our notes, and all is graded
    again.
    """
    with Gradebook(course.db_url) as gradebook:
        gradebook.remove_assignment(BASICS)
        assert marks_of(gradebook) == {}
    course.generate(BASICS)

    assert _grade(course).graded == 2


def test_the_other_phase_is_another_grade(course: Course) -> None:
    """Before the deadline it is graded with other inputs, which is said; after it once more, unasked."""
    before = _grade(course, phase=Phase.BEFORE_DEADLINE)
    warned = of_figures(course.config, [BASICS])
    recorder = Recorder()

    after = _grade(course, recorder)

    assert (before.graded, after.graded) == (2, 2)
    assert "2 submissions were graded before the deadline" in warned[0]
    assert recorder.notes == [
        "2 graded submissions are graded again: they were graded in the phase 'before the deadline', this is 'final'."
    ]
    assert of_figures(course.config, [BASICS]) == []
    assert _grade(course).unchanged == 2
