"""Two graders do not work on one submission: the second waits until the first is done with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.converters import NbGraderException

from torchmarks.bulk import Watcher, grade_cohort
from torchmarks.bulk.jobs import Job
from torchmarks.bulk.run import open_grading
from torchmarks.bulk.store import SubmissionStore
from torchmarks.checks.seeding import Phase
from torchmarks.course import Course
from torchmarks.course.locks import Hold, Locks

from .conftest import BASICS, Recorder, a_class, hand_in

pytestmark = pytest.mark.usefixtures("in_process")


@pytest.fixture
def held(course: Course) -> Hold:
    """The lock of one of two submissions."""
    for student in ("right", "wrong"):
        hand_in(course, student, a_class()[student])
    hold = Locks(course.root).attempt(BASICS, "right")
    assert hold is not None
    return hold


def test_torchmarks_grade_does_the_others_first(course: Course, held: Hold) -> None:
    """And the one that was locked as soon as it can."""
    recorder = Recorder(lambda outcome: held.release())  # when the other one is done

    summary = grade_cohort(course.config, BASICS, recorder)

    assert [outcome.student for outcome in recorder.outcomes] == ["wrong", "right"]
    assert summary.is_complete()
    assert "Another command works on 1 submission: waiting for it." in recorder.notes


def test_what_the_other_one_did_is_not_done_again(course: Course, held: Hold) -> None:
    """The second looks at the gradebook once more."""

    def other() -> None:
        held.release()
        grade_cohort(course.config, BASICS, Recorder(), students=["right"])

    recorder = Recorder(_once(other))

    grade_cohort(course.config, BASICS, recorder)

    assert recorder.states == {"wrong": "graded", "right": "unchanged"}


def _once(act: Callable[[], None]) -> Callable[[object], None]:
    left = [act]

    def once(outcome: object) -> None:
        if left:
            left.pop()()

    return once


def test_a_submission_that_could_not_be_looked_at_is_let_go(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gradebook that is busy, say: the next try is not kept off by the one before."""
    hand_in(course, "right", a_class()["right"])
    with open_grading(course.config, BASICS, Watcher(), Phase.FINAL) as (run, _):
        with monkeypatch.context() as patch:
            patch.setattr(SubmissionStore, "submission", lambda *given: _raise(OSError("disk")))
            with pytest.raises(OSError, match="disk"):
                run.take("right")

        assert isinstance(run.take("right"), Job)


def _raise(error: Exception) -> None:
    raise error


def test_nbgraders_autograde_waits(course: Course, held: Hold) -> None:
    """By command or from the formgrader: it takes what is graded, and not half of it."""
    graded = course.root / "autograded" / "right" / BASICS
    there: list[bool] = []

    def release() -> None:
        there.append(graded.exists())
        held.release()

    timer = threading.Timer(1.0, release)
    timer.start()

    course.autograde(BASICS, "right")

    timer.join()
    assert there == [False]
    assert (graded / "squares.ipynb").exists()
    assert Locks(course.root).attempt(BASICS, "right") is not None


def test_nbgraders_autograde_lets_go_where_it_fails(course: Course) -> None:
    """A submission that is refused blocks nobody, also in a formgrader that stays open."""
    hand_in(course, "nothing", a_class()["nothing"])
    hand_in(course, "right", a_class()["right"])
    (course.root / "submitted" / "right" / BASICS / "squares.ipynb").write_bytes(b"no notebook")

    with pytest.raises(NbGraderException):
        course.autograde(BASICS)

    locks = Locks(Path(course.root))
    assert all(locks.attempt(BASICS, student) is not None for student in ("nothing", "right"))
