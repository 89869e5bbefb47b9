"""torchmarks.watch.faults: what the grader cannot do costs no verdict, is tried again later, and is told once."""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import Any

import pytest

from torchmarks.bulk.jobs import Job, Outcome
from torchmarks.bulk.pool import quarantined
from torchmarks.checks.seeding import Phase
from torchmarks.course import records
from torchmarks.course.arrivals import Arrivals

from ..bulk.conftest import BASICS
from .conftest import FULL, HALF, NEXT_WEEK, RIGHT, Class, Here
from .test_ends import Killed

AFTER = NEXT_WEEK + datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The students at whose work a worker was killed, which goes on until `stop` is appended."""
    found: list[str] = []
    real = Here.finished

    def finished(self: Here) -> list[tuple[Job, Outcome]]:
        if "stop" in found:
            return real(self)
        job, _ = self.posted.popleft()
        found.append(job.student)
        return [(job, quarantined(job, "It was killed.", 3))]

    monkeypatch.setattr(Here, "finished", finished)
    return found


def test_a_worker_that_dies_costs_no_verdict(students: Class, tries: list[str]) -> None:
    """It is told once, tried again an hour later by whatever process watches then, and gives the one verdict."""
    students.course.config.Watch.verdicts_in_all = students.course.config.Watch.verdicts_a_day = 1
    students.submit("ada", RIGHT)

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "not graded"]
    assert "It was killed." in heard.last("ada").reason
    assert heard.last("ada").reason == ("It failed 3 times; the last time: It was killed. It is tried again in 60 min.")
    assert students.count == 1
    assert "Ask your instructor." in students.fetched("ada")[-1]
    assert (students.watch().events, tries) == ([], ["ada"])
    students.later = HOUR
    assert (students.watch().events, tries) == ([], ["ada", "ada"])
    tries.append("stop")
    assert students.watch().events == []
    students.later = 2 * HOUR
    assert students.watch().kinds("ada") == ["told"]
    assert "more verdicts before the deadline: 0." in students.fetched("ada")[-1]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["note_fault", "save"])
def test_after_a_kill_it_is_neither_lost_nor_paid_for(
    students: Class, tries: list[str], name: str, *, after: bool
) -> None:
    """Before or after what is written when the grader fails: the next one tells, and later there is the one verdict."""
    students.course.config.Watch.verdicts_in_all = students.course.config.Watch.verdicts_a_day = 1
    students.submit("ada", RIGHT)
    real = getattr(Arrivals, name)

    def dying(*given: Any) -> Any:
        if tries and not after:
            raise Killed
        real(*given)
        if tries:
            raise Killed

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
        patch.setattr(Arrivals, name, dying)
        students.watch()
    assert tries == ["ada"]
    students.watch()
    tries.append("stop")

    assert students.watch().events == []
    students.later = HOUR
    assert students.watch().kinds("ada") == ["told"]
    assert "more verdicts before the deadline: 0." in students.fetched("ada")[-1]


def test_what_is_handed_in_after_that_is_graded(students: Class, tries: list[str]) -> None:
    """After the pause between two verdicts; it has the verdict that the one before it did not get."""
    students.course.config.Watch.verdicts_in_all = students.course.config.Watch.verdicts_a_day = 1
    students.course.config.Watch.minutes_between = 10.0
    students.submit("ada", HALF)
    students.watch()
    tries.append("stop")
    students.submit("ada", RIGHT)

    assert students.watch().kinds("ada") == ["arrived", "superseded"]
    students.later = datetime.timedelta(minutes=10)
    heard = students.watch()
    assert (heard.kinds("ada"), heard.last("ada").points) == (["told"], FULL)


def test_a_fault_at_ones_work_is_nobody_elses(students: Class, tries: list[str]) -> None:
    """The ids are two whose digests begin with the same nine letters."""
    students.course.config.Watch.minutes_between = 10.0
    students.submit("s63969", RIGHT)
    students.watch()
    tries.append("stop")
    students.submit("s357070", RIGHT)

    assert students.watch().kinds("s357070") == ["arrived", "told"]


def test_at_the_deadline_it_is_graded_as_soon_as_that_is_possible(students: Class, tries: list[str]) -> None:
    """What came through the exchange, and what was collected by hand; nobody's work is final without a grade."""
    folder = students.course.path("submitted", BASICS, "mail")
    folder.mkdir(parents=True)
    for name, content in RIGHT.items():
        (folder / name).write_bytes(content)
    students.submit("ada", RIGHT)
    students.later = AFTER

    heard = students.watch()

    assert (heard.kinds("ada"), heard.kinds("mail")) == (["arrived", "not graded"], ["not graded"])
    assert (students.watch().events, sorted(tries)) == ([], ["ada", "mail"])
    students.later += HOUR
    assert (students.watch().events, sorted(tries)) == ([], ["ada", "ada", "mail", "mail"])
    tries.append("stop")
    students.later += HOUR
    heard = students.watch()
    assert {event.student: (event.kind, event.points) for event in heard.events} == {
        "ada": ("final", FULL),
        "mail": ("final", FULL),
    }
    assert students.watch().events == []


def test_late_work_is_decided_on_before_it_is_graded_again(students: Class, tries: list[str]) -> None:
    """The verdict that it was granted is that of its page, which is released."""
    students.due(datetime.timedelta(seconds=-5))
    students.course.config.Watch.verdicts_in_all = students.course.config.Watch.verdicts_a_day = 1
    students.submit("ada", RIGHT)
    assert students.watch().kinds("ada") == ["arrived", "not graded"]
    tries.append("stop")
    students.later = HOUR

    heard = students.watch()

    assert (heard.kinds("ada"), heard.last("ada").released) == (["final"], True)


def _write_test(students: Class, source: str) -> None:
    path = students.course.root / "source" / BASICS / "more.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text())
    notebook["cells"][1]["source"] = source
    path.write_text(json.dumps(notebook))
    students.course.generate(BASICS)


def test_a_wrong_test_leaves_provisional_marks_until_it_is_corrected(students: Class) -> None:
    """At the deadline each is named once; the marks of before stay, and stay provisional."""
    students.submit("ada", RIGHT)
    students.watch()
    _write_test(students, "assert double(")
    students.later = AFTER

    heard = students.watch()

    assert heard.kinds("ada") == ["not graded"]
    assert "A test of the assignment is wrong: The test cell " in heard.last("ada").reason
    assert f"in source/, run `nbgrader generate_assignment {BASICS} --force`; the" in heard.last("ada").reason
    assert "the grade from before stays" in heard.last("ada").reason
    assert records.noted(students.course.db_url, BASICS)["ada"].is_provisional
    _write_test(students, "assert double(4) == 8")
    students.later += HOUR
    assert students.watch().kinds("ada") == ["final"]
    basis = records.noted(students.course.db_url, BASICS)["ada"].basis
    assert basis is not None
    assert basis.phase == Phase.FINAL
