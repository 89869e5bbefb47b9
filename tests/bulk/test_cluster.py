"""torchmarks.bulk.cluster: the same grades from workers that share nothing with the grader."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.bulk import grade_cohort
from torchmarks.course import Course
from torchmarks.errors import MachineError

from .conftest import BASICS, Recorder, a_class, hand_in
from .results import graded_files, rows_of

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]
STUDENTS = ("right", "wrong", "blank", "late", "nothing")


class Cluster:
    """A scheduler and two workers, as `dask scheduler` and `dask worker` start them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = (folder / "said").open("wb")
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.address = self._address()
        self.workers = [self._start("worker", self.address, "--nthreads", "1", "--no-dashboard") for _ in range(2)]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments]
        return subprocess.Popen(command, cwd=self._folder, stderr=self._said, stdout=self._said, start_new_session=True)

    def _address(self) -> str:
        while self.scheduler.poll() is None:
            found = re.search(r"Scheduler at:\s*(tcp://\S+)", (self._folder / "said").read_text())
            if found:
                return found[1]
        raise RuntimeError((self._folder / "said").read_text())

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._said.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster for one test."""
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


def test_a_cluster_gives_the_same_grades_and_survives_a_dead_worker(course: Course, cluster: Cluster) -> None:
    """One of two workers is killed after the first grade; every submission is graded once, as the local pool does."""
    people = {f"{name}-{n}": a_class()[name] for n in range(3) for name in STUDENTS}
    for student, files in people.items():
        hand_in(course, student, files)
    recorder = Recorder(
        lambda outcome: os.killpg(cluster.workers[0].pid, signal.SIGKILL) if len(recorder.outcomes) == 1 else None
    )

    summary = grade_cohort(course.config, BASICS, recorder, scheduler=cluster.address)
    from_cluster = rows_of(course.db_url), graded_files(course.root)
    grade_cohort(course.config, BASICS, Recorder(), workers=1, force=True)

    assert summary.graded == 12
    assert sorted(recorder.states) == sorted(people)
    assert from_cluster == (rows_of(course.db_url), graded_files(course.root))


def test_a_scheduler_that_does_not_answer_is_said(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    hand_in(course, "ada", a_class()["right"])
    monkeypatch.setattr("torchmarks.bulk.cluster._CONNECT_S", 1)

    with pytest.raises(MachineError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        grade_cohort(course.config, BASICS, Recorder(), scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_that_is_lost_ends_the_run_with_a_reason(course: Course, cluster: Cluster) -> None:
    """What was graded before is saved, and the next run goes on."""
    for number in range(6):
        hand_in(course, f"s{number}", a_class()["right"])
    recorder = Recorder(
        lambda outcome: os.killpg(cluster.scheduler.pid, signal.SIGKILL) if len(recorder.outcomes) == 1 else None
    )

    with pytest.raises(MachineError, match=rf"The Dask cluster at {cluster.address} cannot go on: .*run the same"):
        grade_cohort(course.config, BASICS, recorder, scheduler=cluster.address)

    assert 1 <= len(recorder.outcomes) < 6
    assert len(rows_of(course.db_url)) >= 1
