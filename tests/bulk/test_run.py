"""torchmarks.bulk.run: the same grades as nbgrader's own command, nothing twice, nothing lost."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException

from torchmarks.bulk import Summary, grade_cohort
from torchmarks.course import Course
from torchmarks.errors import UsageError
from torchmarks.grading.record import read_file
from torchmarks.isolation.client.enclosure import find_enclosure

from .conftest import BASICS, LATE, Recorder, a_class, hand_in, more, settings
from .results import graded_files, rows_of

pytestmark = pytest.mark.timeout(300)


@dataclass
class Pair:
    """One class graded twice: in bulk, and by nbgrader's own command."""

    bulk: Course
    stock: Course
    summary: Summary
    recorder: Recorder


def _both(pair: Pair) -> None:
    with contextlib.suppress(NbGraderException):  # said at the end of a batch in which one could not be graded
        pair.stock.autograde(BASICS)
    pair.summary = grade_cohort(pair.bulk.config, BASICS, pair.recorder, workers=2)


@pytest.fixture(scope="module")
def pair(empty_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The whole class, graded both ways."""
    root = tmp_path_factory.mktemp("pair")
    courses = []
    for name in ("bulk", "stock"):
        shutil.copytree(empty_course, root / name)
        courses.append(Course(root / name, settings()))
        for student, files in a_class().items():
            hand_in(courses[-1], student, files)
    pair = Pair(courses[0], courses[1], Summary(assignment="", graded=0, unchanged=0, wall=0.0), Recorder())
    _both(pair)
    return pair


@pytest.mark.parametrize("table", ["students", "submissions", "notebooks", "grades", "comments"])
def test_the_gradebook_holds_what_nbgrader_would_write(pair: Pair, table: str) -> None:
    """Row for row: scores, comments, who needs a person, timestamps, penalties.

    Left out: the marks of a refused submission, of which nbgrader keeps those of the notebooks that it saw first.
    """
    ours, theirs = rows_of(pair.bulk.db_url)[table], rows_of(pair.stock.db_url)[table]
    refused = {entry.student for entry in pair.summary.reported}
    if table in ("notebooks", "grades", "comments"):
        ours, theirs = ([row for row in rows if row[0] not in refused] for rows in (ours, theirs))

    assert len(ours) >= len(a_class()) - len(refused)
    assert ours == theirs


def test_the_level_of_isolation_is_named(pair: Pair) -> None:
    """By the run's summary and by each graded copy, nbgrader's own command included: the one that was found here."""
    found = find_enclosure().name
    folders = [made.root / "autograded" for made in (pair.bulk, pair.stock)]
    copies = [read_file(path) for folder in folders for path in folder.rglob("*.ipynb")]

    assert set(pair.summary.isolation) == {found}
    assert pair.summary.isolation[found] >= pair.summary.graded
    assert {record.isolation for record in copies} == {found}


def test_a_refused_submission_has_no_part_of_a_grade(pair: Pair) -> None:
    """Neither points nor comments of its other notebook; every cell waits for a person."""
    refused = {entry.student for entry in pair.summary.reported} - {"nothing"}
    grades = [row for row in rows_of(pair.bulk.db_url)["grades"] if row[0] in refused]

    assert len(grades) >= 8 * len(refused) > 0
    assert {row[2] for row in grades} == {None}
    assert {row[5] for row in grades} == {1}


def test_the_graded_copies_are_those_of_nbgrader(pair: Pair) -> None:
    """Byte for byte but for the running time: notebooks, data files, permissions; none of a refused submission."""
    ours, theirs = graded_files(pair.bulk.root), graded_files(pair.stock.root)

    assert f"right/{BASICS}/squares.ipynb" in ours
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_who_cannot_be_graded_is_reported_with_a_reason(pair: Pair) -> None:
    """By name, and everybody else has a grade."""
    reported = {entry.student: entry.reason for entry in pair.summary.reported}

    assert "nothing" in reported
    assert "There is no notebook" in reported["nothing"]
    assert all(reason.endswith(".") for reason in reported.values())
    assert pair.summary.graded == len(a_class()) - len(reported)


def test_a_hanging_student_loses_one_exercise(pair: Pair) -> None:
    """The endless loop costs its own points, and the limit is reported."""
    outcome = next(outcome for outcome in pair.recorder.outcomes if outcome.student == "hangs")
    scores = outcome.notebooks[1].scores

    assert scores["cube-test"] == 0
    assert sum(points or 0 for points in scores.values()) == 7
    assert outcome.limits


def test_a_second_run_grades_nothing(pair: Pair) -> None:
    """What is graded is unchanged; what was refused is reported again without another try."""
    before = graded_files(pair.bulk.root)
    recorder = Recorder()

    summary = grade_cohort(pair.bulk.config, BASICS, recorder, workers=1)

    assert summary.graded == 0
    assert summary.unchanged == pair.summary.graded
    assert summary.reported == pair.summary.reported
    assert graded_files(pair.bulk.root) == before


@pytest.mark.usefixtures("in_process")
def test_what_nbgrader_graded_is_left_alone(pair: Pair) -> None:
    """A class that the formgrader's button has graded is not graded again, but for what nbgrader could not grade."""
    summary = grade_cohort(pair.stock.config, BASICS, Recorder(), workers=1)

    assert summary.graded == 0
    assert summary.unchanged == pair.summary.graded


@pytest.mark.usefixtures("in_process")
def test_a_changed_submission_is_graded_again_and_a_manual_score_stays(course: Course) -> None:
    """Only the changed one; the points that a person gave are kept and flagged for another look."""
    right = a_class()["right"]
    hand_in(course, "ada", right)
    hand_in(course, "bo", right)
    grade_cohort(course.config, BASICS, Recorder(), workers=1)
    with Gradebook(course.db_url) as gradebook:
        gradebook.find_grade("double-test", "more", BASICS, "ada").manual_score = 1.5
        gradebook.db.commit()
    hand_in(course, "ada", {"more.ipynb": more("return 7"), "timestamp.txt": LATE.encode()})
    recorder = Recorder()

    grade_cohort(course.config, BASICS, recorder, workers=1)

    assert recorder.states == {"ada": "graded", "bo": "unchanged"}
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("double-test", "more", BASICS, "ada")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0, 1.5, True)
        notebook = gradebook.find_submission_notebook("more", BASICS, "ada")
        assert notebook.late_submission_penalty == 1.5


@pytest.mark.usefixtures("in_process")
def test_force_grades_what_is_graded(course: Course) -> None:
    """With force the one who is named is graded again, and nobody else."""
    for student in ("ada", "bo"):
        hand_in(course, student, a_class()["right"])
    grade_cohort(course.config, BASICS, Recorder(), workers=1)
    recorder = Recorder()

    grade_cohort(course.config, BASICS, recorder, workers=1, students=["bo"], force=True)

    assert recorder.states == {"bo": "graded"}


@pytest.mark.usefixtures("in_process")
def test_an_id_that_is_nearly_anothers_is_told_once(course: Course) -> None:
    """Perhaps it is one student in two folders; both are graded, and the next run is silent."""
    hand_in(course, "ada", a_class()["right"])
    grade_cohort(course.config, BASICS, Recorder(), workers=1)
    for student in ("Ada", "ada "):
        hand_in(course, student, a_class()["right"])
    first, second = Recorder(), Recorder()

    for recorder in (first, second):
        grade_cohort(course.config, BASICS, recorder, workers=1)

    assert first.notes == ["new in the gradebook: Ada, 'ada '; there is ada, too"]
    assert second.notes == []
    assert first.states == {"Ada": "graded", "ada ": "graded", "ada": "unchanged"}


def test_an_unknown_student_is_a_usage_error(course: Course) -> None:
    """What, where, what to do."""
    hand_in(course, "ada", a_class()["right"])

    with pytest.raises(UsageError, match="zoe: nothing there of basics"):
        grade_cohort(course.config, BASICS, Recorder(), students=["zoe"])


def test_an_assignment_that_was_never_generated_is_a_usage_error(course: Course) -> None:
    """With the command that is missing."""
    with pytest.raises(UsageError, match="nbgrader generate_assignment other"):
        grade_cohort(course.config, "other", Recorder())
