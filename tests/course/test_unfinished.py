"""torchmarks.course.unfinished and renewing: what a kill leaves is graded again, and nobody gets an old page."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook, SubmittedNotebook
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.exchange.default import ExchangeReleaseAssignment
from nbgrader.utils import notebook_hash

from torchmarks import grading
from torchmarks.bulk import feedback_cohort, grade_cohort
from torchmarks.bulk.store import SubmissionStore
from torchmarks.cli import main
from torchmarks.course import Course
from torchmarks.course.exchange import ReleaseFeedback
from torchmarks.course.unfinished import unfinished
from torchmarks.errors import UsageError
from torchmarks.grading.record import VERSION
from torchmarks.report import all_figures

from ..bulk.conftest import BASICS, BULK, DUE, STOCK, Recorder, hand_in, more
from ..bulk.test_recovery import Killed, _dies_at

pytestmark = pytest.mark.timeout(300)
NEWER = "2026-01-14 11:00:00 UTC"
COMMAND = f"torchmarks grade {BASICS} --student {STOCK}"


@pytest.fixture
def course(both_graded: Course) -> Course:
    """Both graded; STOCK, whom a person gave a point and a half, has handed in again: the second notebook is wrong."""
    with Gradebook(both_graded.db_url) as gradebook:
        gradebook.find_grade("why", "squares", BASICS, STOCK).manual_score = 1.5
        gradebook.db.commit()
    hand_in(both_graded, STOCK, {"more.ipynb": more("return 3 * x"), "timestamp.txt": NEWER.encode()})
    return both_graded


def _nbgrader(course: Course) -> None:
    course.autograde(BASICS, STOCK)


def _bulk(course: Course) -> None:
    grade_cohort(course.config, BASICS, Recorder(), students=[STOCK])


def _judge(turn: int) -> Callable[[pytest.MonkeyPatch], None]:
    def die(patch: pytest.MonkeyPatch) -> None:
        real, calls = grading.grade_notebook, [0]

        def dying(*given: Any) -> Any:
            calls[0] += 1
            if calls[0] == turn:
                raise Killed
            return real(*given)

        patch.setattr(grading, "grade_notebook", dying)

    return die


def _at(owner: type, name: str, turn: int) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: _dies_at(patch, owner, name, turn, Killed())


MOMENTS: dict[str, tuple[Callable[[Course], None], Callable[[pytest.MonkeyPatch], None]]] = {
    "the folder is made": (_nbgrader, _at(Autograde, "convert_single_notebook", 1)),
    "in the first notebook": (_nbgrader, _judge(1)),
    "in the second notebook": (_nbgrader, _judge(2)),
    "points are saved": (_nbgrader, _at(FilesWriter, "write", 4)),
    "noted, not moved": (_bulk, _at(SubmissionStore, "commit", 1)),
}


def _kill(course: Course, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    grade, die = MOMENTS[moment]
    with monkeypatch.context() as patch:
        die(patch)
        with pytest.raises(Killed):
            grade(course)


def _pages(course: Course) -> set[str]:
    return {path.parts[-3] for path in (course.root / "feedback").glob(f"*/{BASICS}/*.html")}


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_page_is_made_of_what_a_kill_left(course: Course, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """By either command; the student is named with the command that grades again, and the others get their pages."""
    _kill(course, monkeypatch, moment)

    with pytest.raises(NbGraderException, match=STOCK):
        course.feedback(BASICS)
    summary = feedback_cohort(course.config, BASICS, Recorder(), students=[STOCK], workers=1)

    assert _pages(course) == {BULK}
    assert [(entry.student, COMMAND in entry.reason) for entry in summary.reported] == [(STOCK, True)]


def test_a_copy_of_another_version_is_not_taken_for_half_of_one(
    both_graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is graded again is asked for, and not decided because its record is laid out otherwise."""
    for module in ("torchmarks.course.unfinished", "torchmarks.grading.record"):
        monkeypatch.setattr(f"{module}.VERSION", VERSION + 1)

    assert unfinished(both_graded.directory, BASICS) == {}


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_is_graded_again_without_force(course: Course, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """By nbgrader's command, with the points that the work earns; what a person gave stays, and the page is made."""
    _kill(course, monkeypatch, moment)

    course.autograde(BASICS)
    course.feedback(BASICS)

    assert course.unfinished(BASICS) == {}
    assert course.scores(BASICS, STOCK)["double-test"].points == 0.0
    assert course.scores(BASICS, STOCK)["square-hidden"].points is not None
    with Gradebook(course.db_url) as gradebook:
        assert gradebook.find_grade("why", "squares", BASICS, STOCK).manual_score == 1.5
    assert _pages(course) == {BULK, STOCK}


def test_ours_grades_again_what_nbgrader_noted_and_did_not_write(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gradebook says graded, and the copy is nbgrader's first pass: nothing of it is taken for unchanged."""
    _kill(course, monkeypatch, "points are saved")
    recorder = Recorder()

    grade_cohort(course.config, BASICS, recorder)

    assert recorder.states == {BULK: "unchanged", STOCK: "graded"}
    assert course.unfinished(BASICS) == {}


def test_graded_copies_are_not_taken_for_half_graded(both_graded: Course) -> None:
    """Of either command, also where a person has changed points; nothing is graded again."""
    with Gradebook(both_graded.db_url) as gradebook:
        gradebook.find_grade("double-test", "more", BASICS, BULK).manual_score = 0.5
        gradebook.db.commit()
    recorder = Recorder()

    grade_cohort(both_graded.config, BASICS, recorder)

    assert both_graded.unfinished(BASICS) == {}
    assert recorder.states == {BULK: "unchanged", STOCK: "unchanged"}


def test_the_report_leaves_it_out_and_names_it(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit status 1; on the page it is one without a grade."""
    _kill(course, monkeypatch, "points are saved")
    source = course.path("source", BASICS)
    shutil.copy(source / "squares.ipynb", source / f"{BASICS}.ipynb")  # or it is no assignment for a report

    arguments = ["report", BASICS, "--to", str(tmp_path / "report.html"), "--course", str(course.root)]

    with pytest.raises(SystemExit) as ended:
        main(arguments, standalone_mode=False)

    assert ended.value.code == 1
    assert f"{STOCK}: left out of the page. The grading of {BASICS}" in capsys.readouterr().err
    (figures,) = all_figures(course, [BASICS])
    assert (len(figures.scores), [one.student for one in figures.trouble]) == (1, [STOCK])


def _exchange(course: Course, root: Path) -> Path:
    """An exchange in which the assignment is released, and both students can be given their pages."""
    exchange = root / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    course.config.Exchange.root = str(exchange)
    course.exchange(ExchangeReleaseAssignment, BASICS)
    for student in (BULK, STOCK):
        (course.path("autograded", BASICS, student) / "submission_secret.txt").write_text(student)
    return exchange


def _released(exchange: Path) -> set[str]:
    return {path.stem for path in exchange.glob("*/feedback/*.html")}


def _pages_of(*students: str) -> set[str]:
    return {notebook_hash(secret=one, notebook_id=name) for one in students for name in ("squares", "more")}


def test_a_page_of_before_is_not_released(course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """While the grading of the newer work is half done; the command ends with an error, the others get theirs."""
    exchange = _exchange(course, tmp_path)
    course.feedback(BASICS)
    _kill(course, monkeypatch, "in the first notebook")

    with pytest.raises(UsageError, match=STOCK):
        course.exchange(ReleaseFeedback, BASICS)

    assert _released(exchange) == _pages_of(BULK)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "its folder alone": lambda page: page.unlink(),
    "half a page": lambda page: page.write_bytes(page.read_bytes()[:500]),
    "the page of an earlier grade": lambda page: os.utime(page, (0, 0)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_page_that_is_not_that_of_the_grade_is_made_anew(both_graded: Course, damage: str) -> None:
    """By nbgrader's own command without --force, and none besides."""
    both_graded.feedback(BASICS)
    pages = {student: both_graded.path("feedback", BASICS, student) / "squares.html" for student in (BULK, STOCK)}
    whole, kept = pages[STOCK].read_bytes(), pages[BULK].stat().st_mtime_ns
    DAMAGE[damage](pages[STOCK])

    both_graded.feedback(BASICS, force=False)

    assert pages[STOCK].read_bytes() == whole
    assert pages[STOCK].stat().st_mtime > 0
    assert pages[BULK].stat().st_mtime_ns == kept


def _other_points(paper: SubmittedNotebook) -> None:
    next(grade for grade in paper.grades if grade.name == "why").manual_score = 0.25


def _other_comment(paper: SubmittedNotebook) -> None:
    next(comment for comment in paper.comments if comment.name == "why").manual_comment = "Look again."


def _penalty(paper: SubmittedNotebook) -> None:
    paper.late_submission_penalty = 2.0


def _no_penalty(paper: SubmittedNotebook) -> None:
    paper.late_submission_penalty = None


def _change(course: Course, change: Callable[[SubmittedNotebook], None]) -> None:
    with Gradebook(course.db_url) as gradebook:
        change(gradebook.find_submission_notebook("squares", BASICS, STOCK))
        gradebook.db.commit()


@contextmanager
def _heard(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What nbgrader's steps log is in `caplog`."""
    logger = logging.getLogger("torchmarks.nbgrader")
    logger.addHandler(caplog.handler)
    yield
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("made_by", ["nbgrader", "torchmarks"])
@pytest.mark.parametrize("change", [_other_points, _other_comment, _penalty])
def test_a_page_with_other_points_or_comments_is_made_anew(
    both_graded: Course, change: Callable[[SubmittedNotebook], None], made_by: str
) -> None:
    """By nbgrader's own command without --force, whichever command made the page; and none besides."""
    if made_by == "nbgrader":
        both_graded.feedback(BASICS)
    else:
        feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)
    old, other = (both_graded.path("feedback", BASICS, student) / "squares.html" for student in (STOCK, BULK))
    before, kept = old.read_bytes(), other.stat().st_mtime_ns
    _change(both_graded, change)

    both_graded.feedback(BASICS, force=False)
    after, made = old.read_bytes(), old.stat().st_mtime_ns
    both_graded.feedback(BASICS, force=False)

    assert after != before
    assert old.stat().st_mtime_ns == made
    assert other.stat().st_mtime_ns == kept


def test_ours_renews_a_page_that_nbgrader_made_of_other_points(both_graded: Course) -> None:
    """Also where the gradebook has again what it had when ours made a page."""
    page = both_graded.path("feedback", BASICS, STOCK) / "squares.html"
    feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)
    first = page.read_bytes()
    _change(both_graded, _penalty)
    both_graded.feedback(BASICS, force=False)
    _change(both_graded, _no_penalty)
    recorder = Recorder()

    feedback_cohort(both_graded.config, BASICS, recorder, workers=1)

    assert recorder.states == {BULK: "unchanged", STOCK: "graded"}
    assert page.read_bytes() == first


@pytest.mark.parametrize("change", [_other_points, _other_comment, _penalty])
def test_a_page_with_other_points_or_comments_is_not_released(
    both_graded: Course, change: Callable[[SubmittedNotebook], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The student is named with the command, after which the page is released; the others get theirs at once."""
    exchange = _exchange(both_graded, tmp_path)
    both_graded.feedback(BASICS)
    _change(both_graded, change)

    with _heard(caplog), pytest.raises(UsageError, match=rf"No page was released for {STOCK}\."):
        both_graded.exchange(ReleaseFeedback, BASICS)
    released = _released(exchange)
    feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)
    both_graded.exchange(ReleaseFeedback, BASICS)

    line = f"{STOCK}: no page is released. Points, a comment or the late penalty have changed since squares.html was "
    assert f"{line}made. To renew it: torchmarks feedback {BASICS}" in caplog.text
    assert f"{BULK}: no page" not in caplog.text
    assert released == _pages_of(BULK)
    assert _released(exchange) == _pages_of(BULK, STOCK)


@pytest.mark.parametrize("damage", ["half a page", "the page of an earlier grade"])
def test_a_page_that_is_not_that_of_the_grade_is_not_released(
    both_graded: Course, damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor by `torchmarks watch`; what it renews has the page as it was."""
    exchange = _exchange(both_graded, tmp_path)
    feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)
    page = both_graded.path("feedback", BASICS, STOCK) / "squares.html"
    whole = page.read_bytes()
    DAMAGE[damage](page)

    with _heard(caplog), pytest.raises(UsageError, match=STOCK):
        both_graded.exchange(ReleaseFeedback, BASICS)
    released = _released(exchange)
    feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)
    both_graded.exchange(ReleaseFeedback, BASICS)

    assert "squares.html is cut short, or older than the graded work." in caplog.text
    assert released == _pages_of(BULK)
    assert page.read_bytes() == whole
    assert _released(exchange) == _pages_of(BULK, STOCK)


def test_a_late_penalty_that_is_not_todays_is_named_where_pages_are_released(
    both_graded: Course, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A due date was corrected: the pages show what the gradebook has, and grading brings that up to date."""
    exchange = _exchange(both_graded, tmp_path)
    both_graded.feedback(BASICS)
    with Gradebook(both_graded.db_url) as gradebook:
        gradebook.update_or_create_assignment(BASICS, duedate=DUE - timedelta(days=3))

    with _heard(caplog):
        both_graded.exchange(ReleaseFeedback, BASICS)

    assert f"since the late penalty of {BULK} (0, now 11), {STOCK} (0, now 11) was computed" in caplog.text
    assert _released(exchange) == _pages_of(BULK, STOCK)


@pytest.mark.parametrize("by", ["nbgrader", "torchmarks"])
def test_a_page_subtracts_a_late_penalty_once(both_graded: Course, by: str) -> None:
    """By both commands: what nbgrader's GetGrades calls the score has lost it already."""
    with Gradebook(both_graded.db_url) as gradebook:
        paper = gradebook.find_submission_notebook("squares", BASICS, STOCK)
        paper.late_submission_penalty, score = 2.0, paper.score
        gradebook.db.commit()

    if by == "nbgrader":
        both_graded.feedback(BASICS)
    else:
        feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)

    page = " ".join((both_graded.path("feedback", BASICS, STOCK) / "squares.html").read_text().split())
    assert f'<p class="total">{score - 2:g} of ' in page
    assert f"{score:g} less 2 for handing in late" in page


@pytest.mark.slow
def test_a_killed_nbgrader_autograde(course: Course) -> None:
    """`kill -9` of the command while it grades, then the same commands once more."""
    hand_in(course, STOCK, {"more.ipynb": more("import time; time.sleep(3); return 3 * x")})
    command = [sys.executable, "-m", "nbgrader"]
    options: dict[str, Any] = {"cwd": course.root, "text": True, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "autograde", BASICS], start_new_session=True, **options) as killed:
        assert killed.stderr is not None
        for line in killed.stderr:
            if "Autograding" in line and "more" in line:
                os.killpg(killed.pid, signal.SIGKILL)

    refused = subprocess.run([*command, "generate_feedback", BASICS], check=False, **options)
    again = subprocess.run([*command, "autograde", BASICS], check=False, **options)
    made = subprocess.run([*command, "generate_feedback", BASICS], check=False, **options)

    assert killed.returncode == -signal.SIGKILL
    assert refused.returncode == 1
    assert f"{STOCK}: no page is made. The grading of {BASICS}" in refused.stderr
    assert f"{STOCK}: an earlier grading was cut short" in again.stderr
    assert (again.returncode, made.returncode) == (0, 0)
    assert _pages(course) == {BULK, STOCK}
    assert course.scores(BASICS, STOCK)["double-test"].points == 0.0
