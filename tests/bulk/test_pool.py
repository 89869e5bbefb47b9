"""torchmarks.bulk.pool: a worker that dies costs nothing but its time."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.bulk.jobs import Greeting, Job, Outcome
from torchmarks.bulk.pool import LocalPool, quarantined
from torchmarks.bulk.work import quarantining
from torchmarks.errors import MachineError

from .toys import job, leave_a_mark, play

pytestmark = pytest.mark.timeout(240)


def _all(pool: LocalPool, jobs: Iterator[Job]) -> dict[str, Outcome]:
    return {item[0].student: item[1] for item in pool.map(jobs) if item is not None}


def test_a_killed_worker_loses_nothing_and_a_killer_is_quarantined(tmp_path: Path) -> None:
    """One that kills its worker once is graded by another; one that does so every time is quarantined with the reason,
    as is one whose server is lost three times; everybody else is graded.
    """
    once = str(tmp_path / "mark").encode()
    names = [
        ("a", b""),
        ("kills-once b", once),
        ("kills c", b""),
        ("hurts d", b""),
        *((f"e {n}", b"") for n in range(5)),
    ]
    with LocalPool(b"plan", 2, play) as pool:
        found = _all(pool, iter([job(*name) for name in names]))

    states = {student: outcome.state for student, outcome in found.items()}
    assert states == {name: "quarantined" if name in ("kills c", "hurts d") else "graded" for name, _ in names}
    assert "killed by signal 9" in found["kills c"].reason
    assert found["kills c"].reason.startswith("It failed 3 times; the last time: ")
    assert found["a"].reason == "plan"


def test_what_was_quarantined_has_all_its_attempts_when_it_is_tried_again(tmp_path: Path) -> None:
    """In the same pool, as `watch` does an hour later: its failures of before are not counted."""
    with LocalPool(b"", 1, play) as pool:
        before = _all(pool, iter([job("hurts a")]))
        after = _all(pool, iter([job("hurts a")]))

    assert before["hurts a"].reason.startswith("It failed 3 times;")
    assert after == before


def test_a_worker_that_hangs_is_killed() -> None:
    """A job that takes longer than any could is quarantined, and the run goes on."""
    with LocalPool(b"", 1, play, longest_s=0.5) as pool:
        found = _all(pool, iter([job("sleeps", b"600"), job("a")]))

    assert found["sleeps"].state == "quarantined"
    assert found["a"].state == "graded"


def test_a_machine_that_cannot_grade_ends_the_run() -> None:
    """The error of a worker is raised here, with its reason."""
    with pytest.raises(MachineError, match=r"No sandbox\. Get one\."), LocalPool(b"", 1, play) as pool:
        _all(pool, iter([job("stops")]))


def test_jobs_are_taken_only_when_a_worker_is_free() -> None:
    """However long the class: one job for each worker is in memory, and one more."""
    taken: list[int] = []

    def jobs() -> Iterator[Job]:
        for number in range(50):
            taken.append(number)
            yield job(f"n {number}")

    most = 0
    with LocalPool(b"", 1, play) as pool:
        for done, _ in enumerate(item for item in pool.map(jobs()) if item is not None):
            most = max(most, len(taken) - done)

    assert len(taken) == 50
    assert most <= 2


def test_workers_end_with_the_pool() -> None:
    """None is left, not even one that was busy."""
    with LocalPool(b"", 1, play) as pool:
        found = pool.map(iter([job("a"), job("sleeps", b"600")]))
        next(item for item in found if item is not None)
        pids = pool.pids
    time.sleep(0.1)

    assert pids
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_workers_that_start_before_there_are_jobs(tmp_path: Path) -> None:
    """They warm up with the plan that there is; an error of that is for the first job to meet. Jobs get the plan that
    came later, and the same workers serve the next jobs with the next plan.
    """
    mark = tmp_path / "mark"
    with LocalPool(str(mark).encode(), 2, play) as pool:
        pool.start(leave_a_mark)
        started = pool.pids
        deadline = time.monotonic() + 120
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        rounds = []
        for plan in (str(tmp_path / "second"), str(tmp_path / "third")):
            pool.replan(plan.encode())
            rounds += [_all(pool, iter([job("a"), job("b")])).values()]

        assert mark.exists()
        assert [{outcome.reason for outcome in outcomes} for outcomes in rounds] == [
            {str(tmp_path / "second")},
            {str(tmp_path / "third")},
        ]
        assert pool.pids == started


def test_workers_that_start_early_end_without_a_job() -> None:
    """None is left where nothing came to be graded."""
    with LocalPool(b"/nowhere/mark", 2, play) as pool:
        pool.start(leave_a_mark)
        pids = pool.pids

    assert len(pids) == 2
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_who_asks_for_a_free_worker_starts_none() -> None:
    """There may be no job for it: a step of cron that finds nothing costs no worker."""
    with LocalPool(b"", 2, play) as pool:
        assert (pool.free, pool.busy, pool.pids) == (2, False, [])


def test_jobs_of_several_plans_are_at_work_at_once() -> None:
    """Each is done by the plan that it was posted with, also when its worker is killed and another one does it."""
    greetings = [Greeting(plan, play) for plan in (b"one", b"two")]
    with tempfile.TemporaryDirectory() as folder, LocalPool(b"", 2, play) as pool:
        names = ["a", "kills-once b", "c", "d"]
        for number, name in enumerate(names):
            pool.post(job(name, f"{folder}/{number}".encode()), greetings[number % 2])
        found: dict[str, Outcome] = {}
        while pool.busy:
            found |= {done.student: outcome for done, outcome in pool.finished()}

    assert [found[name].reason for name in names] == ["one", "two", "one", "two"]


@pytest.mark.parametrize("why", ["It was killed.", "it hit a limit", "two lines\n"])
def test_a_reason_is_a_sentence_and_no_commands_advice(why: str) -> None:
    """Other sentences follow it, and not everybody who reads it has a --force."""
    reason = quarantined(job("a"), why, 3).reason

    assert reason == f"It failed 3 times; the last time: {why.strip().rstrip('.')}."


def test_an_error_of_the_graders_is_a_sentence() -> None:
    """With its place; `watch` says more behind it."""

    @quarantining("Grading")
    def fails(job: Job, frozen: bytes) -> Outcome:
        raise KeyError("x")

    reason = fails(job("a"), b"").reason

    assert reason.startswith("Grading failed with KeyError: 'x' (")
    assert reason.endswith(").")
