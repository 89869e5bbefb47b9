"""A run that ends anywhere leaves nothing half done, and the next one goes on."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from torchmarks.bulk import grade_cohort
from torchmarks.bulk.gradebook_writer import GradebookWriter
from torchmarks.bulk.jobs import Outcome
from torchmarks.bulk.store import SubmissionStore
from torchmarks.course import Course
from torchmarks.errors import MachineError

from .conftest import BASICS, Recorder, a_class, hand_in, make_small, settings
from .kills import grade_disturbed
from .results import graded_files, rows_of

pytestmark = pytest.mark.timeout(300)
STUDENTS = ("blank", "late", "right", "wrong")


class Killed(BaseException):
    """Stands for a sudden end."""


@pytest.fixture
def handed_in(course: Course) -> Course:
    """The small course with four submissions."""
    for student in STUDENTS:
        hand_in(course, student, a_class()[student])
    return course


def _dies_at(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, turn: int, error: BaseException) -> None:
    original, calls = getattr(owner, name), [0]

    def dying(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == turn:
            raise error
        return original(self, *args, **kwargs)

    monkeypatch.setattr(owner, name, dying)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (SubmissionStore, "stage"),
        (GradebookWriter, "_note"),
        (GradebookWriter, "save"),
        (SubmissionStore, "commit"),
        (Recorder, "finished"),
    ],
)
def test_the_next_run_goes_on(
    handed_in: Course, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, tmp_path: Path
) -> None:
    """An end before, in or after the transaction, or before the move: no folder without its grades, nothing twice."""
    with monkeypatch.context() as patch:
        _dies_at(patch, owner, name, 2, Killed())
        with contextlib.suppress(Killed):
            grade_cohort(handed_in.config, BASICS, Recorder())
    rows = rows_of(handed_in.db_url)
    noted = {row[0] for row in rows["students"]}
    there = {path.parent.name for path in (handed_in.root / "autograded").glob(f"*/{BASICS}")}
    recorder = Recorder()

    grade_cohort(handed_in.config, BASICS, recorder)

    assert there <= noted
    assert all(row[2] is not None for row in rows["grades"] if row[1] == "double-test")
    assert {s for s, state in recorder.states.items() if state == "unchanged"} == noted
    assert {row[0] for row in rows_of(handed_in.db_url)["students"]} == set(STUDENTS)
    assert len(graded_files(handed_in.root)) == 4 * 4 + 1  # one student has a file of their own
    assert not (handed_in.root / "autograded" / ".torchmarks").exists()


@pytest.mark.parametrize("noted", ["this", "another"])
def test_a_copy_is_moved_where_the_gradebook_has_its_grade(course: Course, noted: str) -> None:
    """What a run left behind that ended before its transaction goes, and the older copy stays in its place."""
    place = course.root / "autograded" / "ada" / BASICS / "squares.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text("graded before")
    with SubmissionStore(course.config, BASICS) as ended:
        ended.stage("ada", "this", {"squares.ipynb": b"graded last"})

    with SubmissionStore(course.config, BASICS) as store:
        moved = store.recover({"ada": noted})

    assert moved == (["ada"] if noted == "this" else [])
    assert place.read_text() == ("graded last" if noted == "this" else "graded before")
    assert not (course.root / "autograded" / ".torchmarks").exists()


@pytest.mark.usefixtures("in_process")
def test_a_full_disk_ends_the_run_with_a_reason(handed_in: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was graded before is saved, what to do is said, and the next run goes on."""
    with monkeypatch.context() as patch:
        _dies_at(patch, SubmissionStore, "stage", 2, OSError(errno.ENOSPC, "No space left on device"))
        with pytest.raises(MachineError, match=r"No space left on device.*run the same command again"):
            grade_cohort(handed_in.config, BASICS, Recorder())
    recorder = Recorder()

    grade_cohort(handed_in.config, BASICS, recorder)

    assert sorted(recorder.states.values()) == ["graded", "graded", "graded", "unchanged"]


@pytest.mark.usefixtures("in_process")
def test_a_gradebook_that_is_gone_ends_the_run_with_a_reason(handed_in: Course) -> None:
    """A database that cannot be written is not a student's fault; nothing is left in autograded/."""

    def lose(outcome: Outcome) -> None:
        with contextlib.closing(sqlite3.connect(handed_in.root / "gradebook.db")) as database:
            database.execute("drop table grade")

    recorder = Recorder(lose)

    with pytest.raises(MachineError, match=r"cannot be used: .*run the same command again"):
        grade_cohort(handed_in.config, BASICS, recorder)

    assert len(recorder.outcomes) == 1
    assert len(list((handed_in.root / "autograded").glob(f"*/{BASICS}"))) == 1


@pytest.mark.usefixtures("in_process")
def test_files_that_cannot_stand_together_cost_their_student_alone(handed_in: Course) -> None:
    """A folder where the assignment has a file is reported, and the others are graded."""
    hand_in(handed_in, "tricky", a_class()["timeless"] | {"numbers.csv/x.txt": b""})
    recorder = Recorder()

    summary = grade_cohort(handed_in.config, BASICS, recorder)

    assert [entry.student for entry in summary.reported] == ["tricky"]
    assert summary.graded == len(STUDENTS)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [4, 20])
def test_random_kills_leave_the_gradebook_of_an_undisturbed_run(tmp_path: Path, kills: int) -> None:
    """kill -9 at random of the grader, a worker or a fork server, four and twenty times."""
    courses = [make_small(tmp_path / name, settings()) for name in ("disturbed", "calm")]
    people = {f"{name}-{n:03d}": files for n in range(kills) for name, files in a_class().items() if name in STUDENTS}
    for course in courses:
        for student, files in people.items():
            hand_in(course, student, files)
    with (courses[0].root / "nbgrader_config.py").open("a") as config:  # of the command, which has no other settings
        config.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    disturbed = grade_disturbed(courses[0].root, BASICS, len(people), 2, kills)
    assert disturbed.kills >= kills / 2, disturbed.said
    grade_cohort(courses[1].config, BASICS, Recorder(), workers=2)

    assert rows_of(courses[0].db_url) == rows_of(courses[1].db_url)
    assert graded_files(courses[0].root) == graded_files(courses[1].root)
