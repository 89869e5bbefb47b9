"""torchmarks.watch.work_queue: nobody waits for somebody else's slow submission."""

from __future__ import annotations

import time
from collections.abc import Callable

from torchmarks.bulk.jobs import Job, Outcome
from torchmarks.watch import watch

from ..bulk.conftest import BASICS
from .conftest import HALF, RIGHT, Class, Heard, Here


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
