"""torchmarks.watch: from a submission in the exchange to the page that its student fetches, and to the final grade."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps.api import NbGraderAPI

from torchmarks.bulk import grade_cohort
from torchmarks.checks.seeding import Phase
from torchmarks.course import records
from torchmarks.course.exports import export
from torchmarks.course.locks import Locks
from torchmarks.course.warnings import of_figures
from torchmarks.grading.record import read_file
from torchmarks.report.figures import figures
from torchmarks.report.gather import gather
from torchmarks.report.page import page
from torchmarks.watch import watch
from torchmarks.watch.events import as_text

from ..bulk.conftest import BASICS, Recorder
from .conftest import FULL, HALF, NEXT_WEEK, RIGHT, Class, Here

AFTER = NEXT_WEEK + datetime.timedelta(minutes=1)


def _phase(students: Class, student: str) -> str:
    record = records.noted(students.course.db_url, BASICS)[student]
    assert record.basis is not None
    return record.basis.phase


def test_a_submission_is_told_before_the_deadline(students: Class) -> None:
    """Its page is there to be fetched, says that it is provisional and until when, and what the student has left."""
    students.submit("ada", HALF)

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "told"]
    assert heard.last("ada").released
    (page,) = students.fetched("ada")
    assert "It is graded again at your deadline" in page.replace("&#39;", "'")
    assert "You may have this many more verdicts before the deadline: 19." in page
    assert "You may have this many more verdicts today: 4." in page


def test_who_mends_it_reads_more_points(students: Class) -> None:
    """The second submission has a page of its own; the last one stands in the course's folder."""
    students.submit("ada", HALF)
    first = students.watch().last("ada")
    students.submit("ada", RIGHT)

    second = students.watch().last("ada")

    assert first.points is not None
    assert second.points is not None
    assert first.points < second.points
    assert len(students.fetched("ada")) == 2
    assert (students.course.path("submitted", BASICS, "ada") / "squares.ipynb").read_bytes() == RIGHT["squares.ipynb"]


def test_nothing_is_done_twice(students: Class) -> None:
    """Who starts it again hears nothing, and the page is the same."""
    students.submit("ada", RIGHT)
    students.watch()
    before = students.fetched("ada")

    assert students.watch().events == []
    assert students.fetched("ada") == before


def test_over_the_budget_work_is_kept_until_the_deadline(students: Class) -> None:
    """The student reads when it is graded and from when on there are verdicts again; at the deadline it is."""
    students.course.config.Watch.verdicts_a_day = 1
    students.submit("ada", HALF)
    students.watch()
    students.submit("ada", RIGHT)

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "kept"]
    kept = students.fetched("ada")[-1]
    assert "it will be graded at your deadline" in kept
    assert "You have had the one verdict that the course gives in a day." in kept
    assert ", a submission is graded at once again." in kept
    assert _phase(students, "ada") == Phase.BEFORE_DEADLINE
    students.later = AFTER
    heard = students.watch()
    assert heard.kinds("ada") == ["final"]
    assert (heard.last("ada").points, _phase(students, "ada")) == (FULL, Phase.FINAL)
    assert "Provisional" not in students.fetched("ada")[-1]


def test_at_the_deadline_all_is_graded_for_good(students: Class) -> None:
    """So is what has a provisional grade; a student who has more time keeps that until then."""
    for student in ("ada", "boris"):
        students.submit(student, RIGHT)
    students.watch()
    students.extend("boris", days=2)

    students.later = AFTER
    students.watch()

    assert (_phase(students, "ada"), _phase(students, "boris")) == (Phase.FINAL, Phase.BEFORE_DEADLINE)
    assert "What the tests said follows after" in students.fetched("ada")[-1]
    students.later += datetime.timedelta(days=2)
    students.watch()
    assert _phase(students, "boris") == Phase.FINAL
    assert "What the tests said follows" not in students.fetched("ada")[-1]


def test_the_pages_say_which_exercises_pass_and_no_more(students: Class) -> None:
    """Where the course wants it so, no message of a test stands on them before the deadline."""
    students.course.config.Watch.says = "passes"
    students.submit("ada", HALF)
    students.watch()

    (page,) = students.fetched("ada")

    assert "this page says which exercises pass" in page
    assert "✗ not yet" in page
    assert "<h3>Tests " not in page
    students.later = AFTER
    students.watch()
    assert "<h3>Tests " in students.fetched("ada")[-1]


def test_what_cannot_be_graded_is_told_and_costs_no_verdict(students: Class) -> None:
    """The student reads why, mends it, and has all verdicts left."""
    students.course.config.Watch.verdicts_a_day = 1
    students.submit("ada", {"squares.ipynb": b"no notebook", "more.ipynb": RIGHT["more.ipynb"]})

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "not graded"]
    assert "The file is not valid JSON" in students.fetched("ada")[-1]
    students.submit("ada", RIGHT)
    assert students.watch().kinds("ada") == ["arrived", "told"]


def test_of_two_at_once_the_last_counts(students: Class) -> None:
    """The one before it takes no verdict."""
    students.submit("ada", HALF)
    students.submit("ada", RIGHT)

    heard = students.watch()

    assert sorted(heard.kinds("ada")) == ["arrived", "arrived", "superseded", "told"]
    assert heard.last("ada").points == FULL
    assert "more verdicts today: 4." in students.fetched("ada")[-1]


def test_late_work_is_graded_and_its_pages_are_bounded(students: Class) -> None:
    """It counts as late; beyond the budget no page tells what counts again and again."""
    students.due(datetime.timedelta(seconds=-5))
    students.course.config.Watch.verdicts_in_all = students.course.config.Watch.verdicts_a_day = 1
    students.submit("ada", HALF)

    assert students.watch().kinds("ada") == ["arrived", "final"]
    students.submit("ada", RIGHT)
    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "kept", "final"]
    assert not heard.last("ada").released
    kept, final = (as_text(event) for event in heard.events[1:])
    assert "late and over the budget, graded for good" in kept
    assert "for the deadline" not in kept
    assert f"left to you. To release it: nbgrader release_feedback {BASICS} --student=ada" in final
    assert "counts as handed in late" in students.fetched("ada")[-1]


def test_late_work_over_the_budget_is_graded_once_an_hour(students: Class) -> None:
    """Each grading takes time of everybody's; the last one counts."""
    students.due(datetime.timedelta(seconds=-5))
    students.course.config.Watch.verdicts_in_all = students.course.config.Watch.verdicts_a_day = 0
    seen = []
    for files in (HALF, HALF, RIGHT):
        students.submit("ada", files)
        seen.append(students.watch().kinds("ada"))
    assert seen == [["arrived", "kept", "final"], ["arrived", "kept"], ["arrived", "superseded", "kept"]]

    students.later = datetime.timedelta(hours=1)

    assert students.watch().last("ada").points == FULL


def test_what_cannot_be_read_is_rested_from(students: Class) -> None:
    """It costs no verdict, but time of everybody's."""
    students.course.config.Watch.minutes_between = 10.0
    students.submit("ada", {**RIGHT, "squares.ipynb": b"{"})
    assert students.watch().kinds("ada") == ["arrived", "not graded"]
    students.submit("ada", RIGHT)
    assert students.watch().kinds("ada") == ["arrived", "kept"]


def test_provisional_marks_have_a_column_of_their_own(students: Class, tmp_path: Path) -> None:
    """No importer takes them for those that count; after the deadline they stand where marks stand."""
    students.submit("ada", RIGHT)
    students.watch()
    paths = {system: tmp_path / f"{system}.csv" for system in ("canvas", "moodle", "csv")}
    for system, path in paths.items():
        export(students.course.db_url, system, path)

    canvas, table = (list(csv.DictReader(paths[name].read_text().splitlines())) for name in ("canvas", "csv"))
    assert (canvas[1][BASICS], canvas[1][f"{BASICS} (provisional)"]) == ("", f"{FULL:g}")
    assert f"Assignment: {BASICS} (provisional) (Real)" in paths["moodle"].read_text()
    assert [row["provisional"] for row in table] == ["yes"]
    told = of_figures(students.course.config, [BASICS])
    assert any("provisional" in line for line in told)
    assert not any("newer work" in line for line in told)  # it is this very work that was graded
    students.later = AFTER
    students.watch()
    export(students.course.db_url, "canvas", paths["canvas"])
    assert "provisional" not in paths["canvas"].read_text()


def test_report_and_formgrader_say_provisional(students: Class) -> None:
    """The class report, and the graded notebook that the formgrader shows, in a cell on top."""
    students.submit("ada", RIGHT)
    students.watch()

    graded = students.course.path("autograded", BASICS, "ada") / "squares.ipynb"
    shown = page("tensors", [figures(gather(students.course.db_url, {"ada": (graded,)}, BASICS))])
    assert "Provisional: 1 of 1" in shown
    assert read_file(graded).is_provisional
    assert graded.read_text().index("Provisional: graded before the deadline") < graded.read_text().index("def square")


def test_grading_by_hand_leaves_what_has_time_left(students: Class) -> None:
    """A final mark tells what the hidden tests found to somebody who can still hand in: only where a person insists."""
    students.course.config.Watch.verdicts_a_day = 1
    for student in ("ada", "boris"):
        students.submit(student, RIGHT)
    students.watch()
    students.submit("boris", HALF)
    students.watch()  # over the budget: kept

    def grade(**options: Any) -> list[str]:
        watcher = Recorder()
        grade_cohort(students.course.config, BASICS, watcher, spares=True, workers=1, **options)
        return watcher.notes

    (note,) = grade()
    assert note.startswith("Left out: ada, boris: torchmarks watch grades it for good at the deadline (")
    assert f"`torchmarks grade {BASICS} --student ada --force`" in note
    assert grade(students=("ada",)) != []
    assert _phase(students, "ada") == Phase.BEFORE_DEADLINE
    assert any("ada: the mark becomes final now" in note for note in grade(students=("ada",), force=True))
    assert (_phase(students, "ada"), _phase(students, "boris")) == (Phase.FINAL, Phase.BEFORE_DEADLINE)


def test_the_formgraders_button_gives_a_provisional_mark_before_the_deadline(students: Class, tmp_path: Path) -> None:
    """As `watch` does, and says so wherever marks are shown; at the deadline it gives way to the final one."""
    students.submit("ada", RIGHT)
    students.watch()
    course = students.course

    said = NbGraderAPI(course.directory, config=course.config).autograde(BASICS, "ada")

    assert said["success"], said
    assert f"torchmarks grade {BASICS} --student ada --force" in said["log"]
    record = records.noted(course.db_url, BASICS)["ada"]
    assert (record.grader, record.is_provisional) == (records.NBGRADER, True)
    graded = course.path("autograded", BASICS, "ada") / "squares.ipynb"
    assert "Provisional: graded before the deadline" in graded.read_text()
    export(course.db_url, "csv", tmp_path / "marks.csv")
    marks = csv.DictReader((tmp_path / "marks.csv").read_text().splitlines())
    assert [row["provisional"] for row in marks] == ["yes"]
    students.later = AFTER
    assert students.watch().kinds("ada") == ["final"]
    assert _phase(students, "ada") == Phase.FINAL


def test_what_another_grader_is_at_is_left_for_the_next_look(students: Class) -> None:
    """Nobody takes a submission away under somebody who grades it."""
    students.submit("ada", RIGHT)
    hold = Locks(students.course.root).attempt(BASICS, "ada")
    assert hold is not None

    assert students.watch().kinds("ada") == ["arrived"]
    hold.release()
    assert students.watch().kinds("ada") == ["told"]


def test_two_processes_do_not_watch_one_assignment(students: Class) -> None:
    """The second one says so, and as a step of cron ends well."""
    students.submit("ada", RIGHT)
    hold = Locks(students.course.root).attempt_watch(BASICS)

    heard = students.watch()

    assert heard.events == []
    assert heard.notes == [f"{BASICS}: another process watches it."]
    assert hold is not None
    with pytest.raises(Exception, match="another process watches it already"):
        watch(students.course.config, [BASICS], heard, pool=Here())  # type: ignore[arg-type]


def test_what_was_collected_by_hand_is_graded_at_the_deadline(students: Class) -> None:
    """And no earlier, without being asked by name: work that came by e-mail, say, of which no row is kept."""
    folder = students.course.path("submitted", BASICS, "mail")
    folder.mkdir(parents=True)
    for name, content in RIGHT.items():
        (folder / name).write_bytes(content)

    assert students.watch().events == []
    grade_cohort(students.course.config, BASICS, Recorder(), spares=True, workers=1)
    assert records.noted(students.course.db_url, BASICS) == {}
    students.later = AFTER
    heard = students.watch()
    assert heard.kinds("mail") == ["final"]
    assert heard.last("mail").points == FULL
    assert students.watch().events == []
