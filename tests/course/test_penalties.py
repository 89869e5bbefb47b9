"""torchmarks.course.penalties, in its commands: a late penalty is brought up to date without grading, or reported."""

from __future__ import annotations

import csv
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from torchmarks.bulk import Outcome, feedback
from torchmarks.bulk.jobs import Job
from torchmarks.checks.seeding import Phase
from torchmarks.cli import main
from torchmarks.course import Course, records
from torchmarks.course.programs import programs_found

from ..bulk.conftest import BASICS, BULK, DUE, STOCK, Here, a_class, hand_in

pytestmark = pytest.mark.timeout(300)
BEFORE_IT_CAME = DUE - timedelta(days=3)  # what both handed in came one day before DUE
SETTINGS = "\nc.Judge.call_s = 3.0\nc.Judge.cell_s = 5.0\n"  # those of `settings`, for commands
RULE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


@pytest.fixture
def course(both_graded: Course) -> Iterator[Course]:
    """Two right submissions of 11 points, in time, graded by a command each; late work gets nothing."""
    path = both_graded.root / "nbgrader_config.py"
    path.write_text(path.read_text() + SETTINGS + RULE)
    with programs_found():
        yield both_graded


class _Pages(Here):
    """Makes pages in this process."""

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        for job in jobs:
            yield job, feedback.rendered(job, self._frozen)


def _run(course: Course, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--course", str(course.root)])


def _due(course: Course, when: datetime | None) -> None:
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(BASICS, duedate=when)


def _penalties(course: Course) -> dict[str, float]:
    with Gradebook(course.db_url) as gradebook:
        found = gradebook.find_assignment(BASICS).submissions
        return {one.student_id: one.late_submission_penalty for one in found}


def _by_hand(course: Course, points: float) -> None:
    with Gradebook(course.db_url) as gradebook:
        gradebook.find_grade("double-test", "more", BASICS, BULK).manual_score = points
        gradebook.db.commit()


def test_a_due_date_that_is_mended_gives_the_points_back(course: Course) -> None:
    """Without a line of the student's run again; each is named with the reason, then nobody any more."""
    _due(course, BEFORE_IT_CAME)
    late = _run(course, "grade", BASICS)
    taken = _penalties(course)
    _due(course, DUE)

    mended = _run(course, "grade", BASICS)

    assert (late.exit_code, taken) == (0, {BULK: 11, STOCK: 11})
    assert f"{BULK}: late penalty 0 before, now 11: handed in 2026-01-14 10:00 UTC, " in late.output
    assert "due 2026-01-12 12:00 UTC, 1 d 22 h late, by the rule 'zero'" in late.output
    assert (mended.exit_code, _penalties(course)) == (0, {BULK: 0, STOCK: 0})
    assert f"{BASICS}: 0 graded, 2 unchanged, 0 not graded, 2 late penalties brought up to date" in mended.output
    assert f"{STOCK}: late penalty 11 before, now 0: handed in 2026-01-14 10:00 UTC, due 2026-01-15" in mended.output
    assert "penalt" not in _run(course, "grade", BASICS).output


def test_a_rule_that_is_taken_out_takes_nothing_off(course: Course) -> None:
    """The line in the configuration is as good a reason as a due date."""
    _due(course, BEFORE_IT_CAME)
    _run(course, "grade", BASICS)
    path = course.root / "nbgrader_config.py"
    path.write_text(path.read_text().replace(RULE, ""))

    done = _run(course, "grade", BASICS)

    assert "now 0: " in done.output
    assert "by the rule 'none'" in done.output
    assert _penalties(course) == {BULK: 0, STOCK: 0}


def test_only_those_who_are_named_are_brought_up_to_date(course: Course) -> None:
    """An extension given since counts, and is said."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.find_submission(BASICS, BULK).extension = timedelta(hours=1)
        gradebook.db.commit()
    _due(course, BEFORE_IT_CAME)

    done = _run(course, "grade", BASICS, "--student", BULK)

    assert "due 2026-01-12 13:00 UTC, extension included, 1 d 21 h late" in done.output
    assert _penalties(course) == {BULK: 11, STOCK: 0}


def test_a_rule_of_the_courses_own_is_asked(course: Course) -> None:
    """For each notebook, with its score."""
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(
            "from nbgrader.plugins import BasePlugin\nclass Tenth(BasePlugin):\n"
            "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
            "        return score / 10\nc.AssignLatePenalties.plugin_class = Tenth\n"
        )
    _due(course, BEFORE_IT_CAME)

    done = _run(course, "grade", BASICS)

    assert "by the rule Tenth" in done.output
    assert _penalties(course) == pytest.approx({BULK: 1.1, STOCK: 1.1})
    assert "penalt" not in _run(course, "grade", BASICS).output


def test_late_work_that_a_person_gave_points_is_named_and_left(course: Course) -> None:
    """Nobody can tell a due date that is new from a mark that a person meant; with --no it is as it is wanted."""
    _by_hand(course, 1.0)
    _due(course, BEFORE_IT_CAME)

    done = _run(course, "grade", BASICS)

    assert done.exit_code == 1
    assert f"{BULK}: late penalty left at 0, as a person has given points; it would be 10: " in done.output
    assert f"To subtract the penalty of 10 points: torchmarks grade {BASICS} --student {BULK} --force" in done.output
    assert _penalties(course) == {BULK: 0, STOCK: 11}
    assert _run(course, "grade", BASICS, "--no").exit_code == 0


def test_a_persons_points_are_given_back_with_the_others(course: Course) -> None:
    """What is in time loses nothing, and what a person gave is still there."""
    _due(course, BEFORE_IT_CAME)
    _run(course, "grade", BASICS)
    assert _penalties(course) == {BULK: 11, STOCK: 11}
    _by_hand(course, 1.0)
    _due(course, DUE)

    assert _run(course, "grade", BASICS).exit_code == 0

    assert _penalties(course) == {BULK: 0, STOCK: 0}
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("double-test", "more", BASICS, BULK)
        assert (grade.manual_score, grade.needs_manual_grade) == (1.0, False)


@pytest.mark.parametrize("days", ["2", "3000"], ids=["in the past", "still ahead"])
def test_what_extend_prints_brings_a_penalty_up_to_date(course: Course, days: str) -> None:
    """A final mark needs no other grading for it, whether or not the new deadline has passed."""
    _due(course, BEFORE_IT_CAME)
    _run(course, "grade", BASICS)
    printed = _run(course, "extend", BASICS, BULK, "--days", days).output.splitlines()[-1].split()

    done = _run(course, *printed[1:])

    assert printed == ["torchmarks", "grade", BASICS, "--student", BULK]
    assert (done.exit_code, _penalties(course)) == (0, {BULK: 0, STOCK: 11})
    assert f"{BASICS}: 0 graded" in done.output


def test_show_says_what_was_taken_off_and_whether_it_still_would_be(course: Course) -> None:
    """That it is a late penalty, and from which time on; one that is not today's is named with the command."""
    _due(course, BEFORE_IT_CAME)
    _run(course, "grade", BASICS)
    today = _run(course, "show", BASICS, BULK).output
    _due(course, DUE)

    before = _run(course, "show", BASICS, BULK).output

    when = "handed in 2026-01-14 10:00:00 UTC, due 2026-01-12 12:00:00 UTC, 1 d 22 h late"
    assert f"{BULK}, {BASICS}: 0 of 18 points, {when}, late penalty of 11 subtracted\n" in today
    assert "has changed since" not in today
    assert "due 2026-01-15 12:00:00 UTC, late penalty of 11 subtracted\n" in before
    assert f"since the late penalty of {BULK} (11, now 0) was computed" in before
    assert STOCK not in before


@pytest.mark.parametrize("state", ["refused", "provisional"])
def test_what_has_no_mark_that_counts_is_left_alone(course: Course, state: str) -> None:
    """A provisional mark gets its penalty when it is graded for good."""
    found = records.noted(course.db_url, BASICS)[BULK]
    assert found.basis is not None
    early = replace(found, basis=replace(found.basis, phase=Phase.BEFORE_DEADLINE.value))
    with records.opened(course.db_url) as connection:
        records.write(connection, BASICS, BULK, early if state == "provisional" else replace(found, state="refused"))
    _due(course, BEFORE_IT_CAME)

    said = _run(course, "export", "csv", "--to", str(course.root / "marks.csv")).output

    assert f"since the late penalty of {STOCK} (0, now 11) was computed" in said


@pytest.mark.parametrize(
    "words",
    [
        ("export", "csv"), ("export", "canvas"), ("export", "moodle"), ("export", "canvas", "--fill"),
        ("report", BASICS), ("feedback", BASICS),
    ],
    ids=" ".join,
)  # fmt: skip
def test_whoever_shows_marks_names_them(
    course: Course, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that mends it, which is the only one that changes a mark."""
    monkeypatch.setattr(feedback, "open_pool", lambda plan, *rest: _Pages(plan.freeze()))
    source = course.root / "source" / BASICS
    shutil.copy(source / "more.ipynb", source / f"{BASICS}.ipynb")  # a report is of those with a notebook of their name
    _due(course, BEFORE_IT_CAME)
    if words[-1] == "--fill":
        (course.root / "theirs.csv").write_text(
            f"Student,ID,SIS User ID,SIS Login ID,Section,{BASICS} (7)\n    Points Possible,,,,,11\nB,1,,{BULK},,\n"
        )
        words = (*words, str(course.root / "theirs.csv"))
    to = () if words[0] == "feedback" else ("--to", str(course.root / "made"))

    said = _run(course, *words, *to).output

    line = f"since the late penalty of {BULK} (0, now 11), {STOCK} (0, now 11) was computed"
    assert line in said
    assert f"To bring it up to date: torchmarks grade {BASICS}" in said
    assert _penalties(course) == {BULK: 0, STOCK: 0}


def test_autograde_that_skips_them_says_so(course: Course, caplog: pytest.LogCaptureFixture) -> None:
    """nbgrader looks at no penalty of what it has graded."""
    _due(course, BEFORE_IT_CAME)
    logger = logging.getLogger("torchmarks.nbgrader")
    logger.addHandler(caplog.handler)
    try:
        Course(course.root).autograde(BASICS)
    finally:
        logger.removeHandler(caplog.handler)

    assert f"since the late penalty of {BULK} (0, now 11), {STOCK} (0, now 11) was computed" in caplog.text


@pytest.mark.slow
def test_nbgraders_own_commands_name_them(course: Course) -> None:
    """From the due date to the export, which writes what was noted."""
    add = ("db", "assignment", "add", BASICS, "--duedate=2026-01-12 12:00:00 UTC")
    export = ("export", "--exporter=torchmarks.course.exports.CsvMarksExportPlugin", "--to=marks.csv")
    said = []

    for words in (add, ("autograde", BASICS), export):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words], cwd=course.root, capture_output=True, text=True, check=True
        )
        said.append(done.stderr)

    line = f"since the late penalty of {BULK} (0, now 11), {STOCK} (0, now 11) was computed"
    assert [line in one for one in said] == [False, True, True]
    with (course.root / "marks.csv").open() as file:
        assert [row["score"] for row in csv.DictReader(file)] == ["11.0", "11.0"]


@pytest.mark.parametrize("words", [("grade", BASICS), ("export", "csv"), ("doctor",)], ids=" ".join)
def test_an_assignment_that_source_has_not_is_told(course: Course, words: tuple[str, ...]) -> None:
    """A due date was given to a name that was mistyped: with the one that was meant, and the way back."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment("basic", duedate=DUE)

    said = _run(course, *words).output

    assert "the gradebook has an assignment 'basic', which source/ does not have; if basics was meant" in said
    assert "nbgrader db assignment remove basic" in said


def test_work_under_a_mistyped_name_is_told(course: Course) -> None:
    """It was graded by nobody, and no export has it; what the student should have is said."""
    place = course.root / "submitted" / "typo" / "basic" / "squares.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text("{}")
    line = "torchmarks: submitted/typo/basic is not graded: no assignment is called that. If basics is meant, rename"

    assert line in _run(course, "grade", BASICS).output


_FAILS = (
    "from nbgrader.plugins import BasePlugin\nclass Fails(BasePlugin):\n"
    "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
    f"        return score / (student_id != {BULK!r})\nc.AssignLatePenalties.plugin_class = Fails\n"
)


def test_a_rule_that_fails_costs_nobody_a_mark(course: Course) -> None:
    """Work that is new, that is graded again, or that is graded already: the student is named with the error, marks of
    before stay, all others are graded, and all is well once the rule is corrected.
    """
    path = course.root / "nbgrader_config.py"
    right = path.read_text()
    _due(course, BEFORE_IT_CAME)
    _run(course, "grade", BASICS)
    path.write_text(right + _FAILS)
    hand_in(course, "zoe", a_class()["right"])
    why = f"the late penalty of {BULK} cannot be computed (ZeroDivisionError: "

    already = _run(course, "grade", BASICS)
    again = _run(course, "grade", BASICS, "--force")
    of_others = _run(course, "grade", BASICS, "--student", STOCK)
    extended = _run(course, "extend", BASICS, BULK, "--hours", "1")

    assert f"{BASICS}: late penalties are left as they were. AssignLatePenalties.plugin_class: {why}" in already.output
    assert f"  {BULK}: AssignLatePenalties.plugin_class: {why}" in again.output
    assert "the grade from before stays" in again.output
    assert [done.exit_code for done in (already, again, of_others, extended)] == [1, 1, 0, 2]
    assert f"the time is given, but {why}" in extended.output
    assert _penalties(course) == {BULK: 11, STOCK: 11, "zoe": 11}
    assert (course.root / "autograded" / BULK / BASICS / "more.ipynb").exists()
    path.write_text(right)
    assert _run(course, "grade", BASICS).exit_code == 0


def test_new_work_whose_penalty_fails_is_graded_once_the_rule_is_corrected(course: Course) -> None:
    """Without --force; until then it has no mark, and no graded copy."""
    path = course.root / "nbgrader_config.py"
    right = path.read_text()
    path.write_text(right + _FAILS.replace(BULK, "zoe"))
    hand_in(course, "zoe", a_class()["right"])
    _due(course, BEFORE_IT_CAME)

    failed = _run(course, "grade", BASICS, "--student", "zoe")

    assert failed.exit_code == 1
    assert "zoe: AssignLatePenalties.plugin_class: the late penalty of zoe cannot be computed" in failed.output
    assert records.noted(course.db_url, BASICS)["zoe"].state == "quarantined"
    assert not (course.root / "autograded" / "zoe").exists()
    path.write_text(right)
    assert _run(course, "grade", BASICS, "--student", "zoe").exit_code == 0
    assert _penalties(course)["zoe"] == 11
