"""A class of 40 with its oddities comes in from each platform, is graded, and its marks and pages go back.

What goes back is read as the platform's own import reads it: by its numbers alone, which nothing else in here uses.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.blocks import Block, items_of

from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.platforms import SubmissionState, Wish, collect

from ..bulk.conftest import BASICS
from .classroom import Pupil, a_class, written

COLUMN = {"canvas": 6, "moodle": 4}
SHEET = {"canvas": "canvas.csv", "moodle": "deutsch.csv"}
PAGE_SHEET = {"canvas": "grades.csv", "moodle": "worksheet.csv"}


@dataclass(frozen=True)
class Round:
    """A class that went through. given, exported: the platform's file before and after; pages: their names."""

    pupils: list[Pupil]
    platform: str
    given: bytes
    exported: bytes
    pages: list[str]

    @property
    def marks(self) -> dict[str, str]:
        """By the number of the student, or of the participant."""
        rows = [row for row in _cells(self.exported)[1:] if len(row) > 1]
        number = 1 if self.platform == "canvas" else 0
        return {row[number].rpartition(" ")[2]: row[COLUMN[self.platform]] for row in rows if row[number]}


def _cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def commands(platform: str) -> list[list[str]]:
    """What docs/platforms.md tells an instructor to do, in order, with the small course's name for the assignment."""
    blocks = [item for item in items_of(repository(), "docs/platforms.md") if isinstance(item, Block)]
    lines = [
        line
        for block in blocks
        if block.section.casefold() == platform and "test_round_trip.py" in block.detail
        for line in block.text.splitlines()
    ]
    return [line.replace("01-tensors", BASICS).split()[1:] for line in lines]


def test_every_command_of_the_page_is_one_that_a_test_runs() -> None:
    """Of both platforms: coming in, grading, going out; what another test runs names it."""
    for platform in ("canvas", "moodle"):
        words = [command[0] for command in commands(platform)]
        assert [w for w in words if w != "roster"] == ["collect", "collect", "grade", "feedback", "export"]
    blocks = [item for item in items_of(repository(), "docs/platforms.md") if isinstance(item, Block)]
    assert all("tests/platforms/" in block.detail for block in blocks if block.language == "sh")


# One of each kind of work, and of each kind of trouble on the way.
FEW = ("another's number", "digits at the end", "second of one name", "late", "uploaded twice", "packed", "damaged")
WHOLE = pytest.mark.slow


@pytest.fixture(
    params=[
        ("canvas", FEW),
        ("moodle", FEW),
        pytest.param(("canvas", ()), marks=WHOLE),
        pytest.param(("moodle", ()), marks=WHOLE),
    ],
    ids=["canvas", "moodle", "canvas, all", "moodle, all"],
)
def gone_round(
    request: pytest.FixtureRequest, course: Course, tmp_path: Path, in_process: None, monkeypatch: pytest.MonkeyPatch
) -> Round:
    """A class collected, graded, given feedback, and exported; Moodle's worksheet is a German one."""
    platform, few = request.param
    pupils = [pupil for pupil in a_class() if not few or pupil.odd in few]
    (tmp_path / "downloads").mkdir()
    downloads = written(tmp_path / "downloads", pupils)
    with (course.root / "nbgrader_config.py").open("a") as settings:
        settings.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    sheet, saved = downloads / SHEET[platform], course.root / PAGE_SHEET[platform]
    shutil.copy(sheet, saved)
    shutil.copy(downloads / f"{platform}.zip", course.root / "submissions.zip")
    monkeypatch.chdir(course.root)
    for words in commands(platform):
        result = CliRunner().invoke(main, words)
        # of the whole class two files are refused, which collecting says
        assert result.exit_code in ((0, 1) if words[0] in ("collect", "grade") else (0,)), result.output
    pages, marks = course.root / "feedback.zip", saved.with_name(f"{saved.stem}-marks.csv")
    assert saved.read_bytes() == sheet.read_bytes()
    with zipfile.ZipFile(pages) as archive:
        names = archive.namelist()
    return Round(pupils, platform, sheet.read_bytes(), marks.read_bytes(), names)


@pytest.mark.timeout(300)
def test_marks_and_pages_come_back_to_who_earned_them(gone_round: Round) -> None:
    """Equal marks for equal work, whatever names and files are like; nobody is lost, and no other cell changes."""
    pupils, is_canvas = gone_round.pupils, gone_round.platform == "canvas"
    key = {pupil.odd or pupil.last: str(pupil.number + (0 if is_canvas else 5000)) for pupil in pupils}
    of_kind: dict[str, dict[str, str]] = {}
    for pupil in pupils:
        odd = pupil.odd or pupil.last
        of_kind.setdefault("late" if pupil.late else pupil.kind, {})[odd] = gone_round.marks[key[odd]]

    assert len(gone_round.marks) == len(pupils) + is_canvas  # Canvas has a test student
    written = {kind: {mark.replace(",", ".") for mark in marks.values()} for kind, marks in of_kind.items()}
    # of 18 points seven are for what a person marks
    assert written == {"right": {"61.1111"}, "half": {"50"}, "blank": {"0"}, "late": {"0"}, "": {""}}
    column = COLUMN[gone_round.platform]
    before, after = _cells(gone_round.given), _cells(gone_round.exported)
    assert [row[:column] + row[column + 1 :] for row in after] == [row[:column] + row[column + 1 :] for row in before]
    owners = _canvas_owners(gone_round.pages) if is_canvas else _moodle_owners(gone_round.pages)
    graded = {str(pupil.number) for pupil in pupils if pupil.kind}
    assert owners == {number: {"squares.html", "more.html"} for number in graded}


def _canvas_owners(pages: list[str]) -> dict[str, set[str]]:
    """As `infer_comment_context_from_filename` reads a name: the attachment has to be the student's."""
    attachments = {}
    for pupil in a_class():
        for order in range(len(pupil.files)):
            attachments[str(80000 + 10 * (pupil.number - 1000) + order)] = str(pupil.number)
    found: dict[str, set[str]] = {}
    for name in pages:
        parts = [part for part in name.split("_") if part != "LATE"]
        user, attachment = [part for part in parts if re.fullmatch("[0-9]+", part)][:2]
        assert parts[0] != "anon"
        assert attachments[attachment] == user
        found.setdefault(user, set()).add(parts[-1])
    return found


def _moodle_owners(pages: list[str]) -> dict[str, set[str]]:
    """As `is_valid_filename_for_import` reads a path."""
    found: dict[str, set[str]] = {}
    for name in pages:
        _, number, kind, plugin, rest = name.split("/")[0].split("_", 4)
        assert (kind, plugin, rest) == ("assignfeedback", "file", "")
        found.setdefault(str(int(number) - 5000), set()).add(name.split("/")[1])
    return found


def test_every_form_of_moodles_download_is_the_same_work(course: Course, downloads: Path) -> None:
    """Flat or in folders, with a worksheet in either language."""
    folder = Wish("moodle", downloads / "moodle.zip", BASICS, downloads / "deutsch.csv", zone=UTC)
    collect(course, folder)

    found = collect(course, replace(folder, source=downloads / "flat.zip", roster=downloads / "moodle.csv"))

    assert {one.state for one in found.submissions} == {SubmissionState.SAME}
