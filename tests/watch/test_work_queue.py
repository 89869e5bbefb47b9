"""torchmarks.watch.work_queue: nobody waits for somebody else's slow submission."""

from __future__ import annotations

import datetime
import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest

from torchmarks.bulk.jobs import Job, Outcome
from torchmarks.bulk.store import SubmissionStore
from torchmarks.watch import watch
from torchmarks.watch.steps import Steps

from ..bulk.conftest import BASICS
from .conftest import HALF, NEXT_WEEK, RIGHT, Class, Heard, Here


class TwoWorkers(Here):
    """Two, of which one is at work on slow's submission until somebody else's time has come: `until`.

    Meanwhile somebody hands in, once, by `hand_in`.
    """

    def __init__(self, hand_in: Callable[[], object], until: Callable[[], bool]) -> None:
        super().__init__()
        self._hand_in: Callable[[], object] | None = hand_in
        self._until, self._end = until, time.monotonic() + 60

    @property
    def free(self) -> int:
        return 2 - len(self.posted)

    def finished(self) -> list[tuple[Job, Outcome]]:
        if self.posted[0][0].student == "slow" and not self._until():
            if len(self.posted) == 1:
                assert time.monotonic() < self._end
                self._submit()
                return []
            self.posted.rotate(-1)
        return super().finished()

    def _submit(self) -> None:
        if self._hand_in is not None:
            self._hand_in()
            self._hand_in = None
        time.sleep(0.05)


def _watch(students: Class, name: str, until: Callable[[Heard], bool]) -> Heard:
    """Watch a class that has handed in. name: who hands in meanwhile; until: how long slow's work takes."""
    heard = Heard()
    pool = TwoWorkers(lambda: students.submit(name, RIGHT), lambda: until(heard))
    watch(students.course.config, [BASICS], heard, once=True, clock=students.now, pool=pool)  # type: ignore[arg-type]
    return heard


def test_who_hands_in_while_a_slow_one_is_graded_is_told_before_it(students: Class) -> None:
    """The round does not end with its slowest submission: a worker that is free takes what has come in since."""
    students.submit("slow", RIGHT)

    heard = _watch(students, "ada", lambda heard: "told" in heard.kinds("ada"))

    assert [event.student for event in heard.events if event.kind == "told"] == ["ada", "slow"]


def test_what_is_at_work_is_not_replaced(students: Class) -> None:
    """Who hands in again meanwhile has a verdict on both, each on its own work, and both count."""
    students.submit("slow", HALF)

    heard = _watch(students, "slow", lambda heard: heard.kinds("slow").count("arrived") == 2)

    assert heard.kinds("slow") == ["arrived", "arrived", "told", "told"]
    first, second = (event.points for event in heard.events if event.kind == "told")
    assert first is not None
    assert second is not None
    assert first < second
    assert "more verdicts today: 3." in students.fetched("slow")[-1]


def test_a_student_who_is_left_out_since_is_told_why(students: Class) -> None:
    """At the deadline, with the setting; who is back is graded. It is the reader who can change it, not the student."""
    for student in ("ada", "boris"):
        students.submit(student, RIGHT)
    students.watch()
    before = students.fetched("ada")
    students.course.config.CourseDirectory.student_id_exclude = "ada"
    students.later = NEXT_WEEK + datetime.timedelta(minutes=1)

    heard = students.watch()

    assert heard.kinds("ada") == ["not graded"]
    assert heard.last("ada").reason == "The course leaves this student out: c.CourseDirectory.student_id_exclude."
    assert not heard.last("ada").released
    assert students.fetched("ada") == before
    students.course.config.CourseDirectory.student_id_exclude = ""
    students.later += datetime.timedelta(hours=1)
    assert students.watch().kinds("ada") == ["final"]


def test_a_graded_copy_that_is_missing_is_named(students: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its page should be made: with the command that makes it again."""
    students.submit("boris", RIGHT)
    students.watch()
    students.submit("ada", RIGHT)
    real = Steps.page

    def page(self: Steps, student: str, *given: Any) -> bool:
        shutil.rmtree(students.course.path("autograded", BASICS, student))
        return real(self, student, *given)

    monkeypatch.setattr(Steps, "page", page)

    reason = students.watch().last("ada").reason

    assert reason == (f"The graded copy is missing. To make it again: torchmarks grade {BASICS} --student ada")


@pytest.mark.parametrize("names", [[], ["Mu\u0308ller", "M\u00fcller"]], ids=["gone", "two forms"])
def test_why_somebody_is_not_there(students: Class, names: list[str]) -> None:
    """A folder that is gone, and two that may both be theirs."""
    for name in names:
        students.course.path("submitted", BASICS, name).mkdir(parents=True)
    store = SubmissionStore(students.course.config, BASICS)
    store.students()

    why = store.why_not("M\u00fcller")

    assert ("2 folders have this student's name" in why, "is not there any more" in why) == (bool(names), not names)
