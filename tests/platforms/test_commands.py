"""The commands collect and roster: what is printed, and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from torchmarks.cli import main
from torchmarks.course import Course

from ..bulk.conftest import BASICS
from .classroom import RIGHT, Pupil, canvas_csv, canvas_zip, moodle_csv, moodle_zip

ADA = Pupil("", 12, "Lovelace", "Ada", "ada@x.org", files=dict(RIGHT), late=True)
EVE = Pupil("", 13, "Eve\x1b]0;x\x07", "", "eve@x.org", files={"a\u202eb.txt": b"", "squares-1.ipynb": b"{}"})
NED = Pupil("", 14, "None", "Ned", "ned@x.org")


def _run(course: Course, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--course", str(course.root)], env={"COLUMNS": "160"})


def test_collecting_tells_of_everybody_and_everything(course: Course, tmp_path: Path) -> None:
    """A row for each student, a line for each file that was not collected, the sums; 1 where something was not."""
    sheet = canvas_csv(tmp_path / "c.csv", [ADA, EVE, NED])
    source = canvas_zip(tmp_path / "c.zip", [ADA, EVE], {"anon_abc12_9_x.ipynb": b"{}", ".DS_Store": b""})
    arguments = ("collect", "canvas", str(source), "--assignment", BASICS, "--roster", str(sheet))

    dry, done = _run(course, *arguments, "--dry-run"), _run(course, *arguments)

    assert (dry.exit_code, done.exit_code) == (1, 1)
    assert dry.output.splitlines()[:-1] == done.output.splitlines()
    assert dry.output.endswith("This was a dry run: nothing was written.\n")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.output.splitlines() if "│" in line]
    assert rows[0] == ["ada@x.org", "Lovelace, Ada", "2", "late, Canvas does not say by how much", "collected"]
    for line in (
        "Not matched to a student:",
        "  anon_abc12_9_x.ipynb: Canvas hides whose it is (anonymous grading), and its CSV takes no marks for it: turn "
        "anonymous grading off for the assignment, and download again",
        "Left out:",
        "  .DS_Store: made by the system that packed it",
        "Nothing handed in: ned@x.org",
        "basics: 2 students (2 collected), 1 late",
        "6 files: 4 collected, 1 not matched, 1 left out",
    ):
        assert line in done.output.splitlines()


def test_a_missing_due_date_is_said(course: Course, tmp_path: Path) -> None:
    """Or "0 late" would read as if somebody had looked."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(BASICS, duedate=None)
    sheet, source = moodle_csv(tmp_path / "m.csv", [ADA]), moodle_zip(tmp_path / "m.zip", [ADA])

    done = _run(course, "collect", "moodle", str(source), "--assignment", BASICS, "--roster", str(sheet))

    assert "the gradebook has no due date, so nobody is late here" in done.output


def test_no_name_steers_a_terminal(course: Course, tmp_path: Path) -> None:
    """Neither a student's nor a file's, in the table or in an error."""
    sheet = canvas_csv(tmp_path / "c.csv", [EVE])
    source = canvas_zip(tmp_path / "c.zip", [EVE], {"\x1b[2J": b""})
    arguments = ("--assignment", BASICS, "--roster", str(sheet))

    shown = _run(course, "collect", "canvas", str(source), *arguments).output
    canvas_zip(source, [], {"\x1b[2J": b""})
    refused = _run(course, "collect", "canvas", str(source), *arguments).output

    assert "Eve" in shown
    assert "none of its 1 files" in refused
    assert not {"\x1b", "\x07", "\u202e"} & set(shown + refused)


def test_the_zone_of_moodles_times_is_told_and_can_be_named(course: Course, tmp_path: Path) -> None:
    """One that is none is refused in one line."""
    sheet, source = moodle_csv(tmp_path / "m.csv", [ADA]), moodle_zip(tmp_path / "m.zip", [ADA])
    arguments = ("collect", "moodle", str(source), "--assignment", BASICS, "--roster", str(sheet), "--timezone")

    done, refused = _run(course, *arguments, "Pacific/Auckland"), _run(course, *arguments, "Mars/Olympus")

    assert "late by 9 h" in done.output
    assert "in the zone Pacific/Auckland" in done.output
    again = _run(course, *arguments[:-1])
    assert "in the zone Pacific/Auckland" in again.output
    assert "1 unchanged" in again.output
    assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
    assert "'Mars/Olympus': there is no such time zone. Its name is like Europe/Zurich." in refused.output


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_a_roster_says_what_it_changes(course: Course, tmp_path: Path, platform: str) -> None:
    """First in a dry run, which writes nothing, then for good; a second time nothing."""
    write = canvas_csv if platform == "canvas" else moodle_csv
    arguments = ("roster", platform, str(write(tmp_path / "list.csv", [ADA, NED])))

    dry, done, again = _run(course, *arguments, "--dry-run"), _run(course, *arguments), _run(course, *arguments)

    said = ["ada@x.org: added", "ned@x.org: added", "2 students: 2 added, 0 changed, 0 unchanged"]
    assert dry.output.splitlines()[:3] == done.output.splitlines() == said
    assert again.output == "2 students: 0 added, 0 changed, 2 unchanged\n"
