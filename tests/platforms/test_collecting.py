"""torchmarks.platforms.collecting: a class's work comes in whole, once, and every file is told of."""

from __future__ import annotations

import shutil
import warnings
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text

from torchmarks.course import Course
from torchmarks.course.locks import Locks
from torchmarks.errors import UsageError
from torchmarks.platforms import CollectResult, FileState, SubmissionState, Wish, collect, import_roster
from torchmarks.platforms.archive import Member, Unreadable, opened
from torchmarks.platforms.names import Given
from torchmarks.platforms.placing import SubmissionPlace, alone
from torchmarks.platforms.plan import Piece, SubmittedWork

from ..bulk.conftest import BASICS, DUE
from .classroom import RIGHT, Pupil, a_class, canvas_csv, canvas_zip, moodle_csv, moodle_zip, packed

ADA = Pupil("", 12, "Lovelace", "Ada", "ada", files=dict(RIGHT))
BO = Pupil("", 13, "Bo", "", "bo", files=dict(RIGHT))


def _wish(folder: Path, pupils: list[Pupil], **options: Any) -> Wish:
    roster = canvas_csv(folder / "canvas.csv", pupils)
    return Wish("canvas", canvas_zip(folder / "canvas.zip", pupils), BASICS, roster, **options)


def _states(found: CollectResult) -> dict[str, str]:
    return {one.student: one.state.value for one in found.submissions}


def _stamp(course: Course, student: str) -> datetime | None:
    return SubmissionPlace.of(course.directory, student, BASICS).stamp()


def _tree(course: Course) -> dict[str, bytes]:
    root = course.root / "submitted"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file() and p.stat().st_size}


@pytest.mark.parametrize(("source", "roster"), [("canvas.zip", "canvas.csv"), ("moodle.zip", "moodle.csv")])
def test_every_file_and_every_student_is_told_of(course: Course, downloads: Path, source: str, roster: str) -> None:
    """Of a class with all oddities, by exactly the names in the archive; forty students are there or named absent."""
    wish = Wish(source.partition(".")[0], downloads / source, BASICS, downloads / roster, zone=UTC)

    found = collect(course, wish)

    with opened(downloads / source) as archive:
        names = [m.name for m in archive.members] + [one.name for one in archive.refused]
    told = [one.name for one in found.files]
    assert [name for name in names if told.count(name) != 1] == []
    assert len(found.submissions) + len(found.absent) == 40
    assert {one.state for one in found.submissions} == {SubmissionState.NEW}
    assert found.of(FileState.NOT_MATCHED) == []


def test_a_dry_run_says_the_same_and_writes_nothing(course: Course, downloads: Path) -> None:
    """No folder, no student, no note."""
    wish = Wish("canvas", downloads / "canvas.zip", BASICS, downloads / "canvas.csv", dry_run=True)
    before = (course.root / "gradebook.db").read_bytes()

    dry = collect(course, wish)

    assert not (course.root / "submitted").exists()
    assert (course.root / "gradebook.db").read_bytes() == before
    assert dry == collect(course, replace(wish, dry_run=False))


def test_what_is_as_it_was_is_left_alone(course: Course, tmp_path: Path) -> None:
    """A second run changes no byte and no time, and says so."""
    wish = _wish(tmp_path, [ADA, BO])
    collect(course, wish)
    folder = course.root / "submitted" / "ada" / BASICS
    before, times = _tree(course), folder.stat().st_mtime_ns

    found = collect(course, wish)

    assert set(_states(found).values()) == {"unchanged"}
    assert found.students == ()
    assert (_tree(course), folder.stat().st_mtime_ns) == (before, times)


def test_a_newer_download_replaces_what_changed_and_says_what(course: Course, tmp_path: Path) -> None:
    """An older one replaces nothing, unless it is forced to."""
    old = _wish(tmp_path, [ADA, BO])
    collect(course, old)
    (tmp_path / "new").mkdir()
    newer = replace(ADA, files={"gone": b"", "x": b"", **RIGHT} | {"more.ipynb": b"{}", "x": b"1"})
    newer.files.pop("gone")
    new = _wish(tmp_path / "new", [replace(newer, files=dict(newer.files)), BO])
    found = collect(course, new)

    assert _states(found) == {"ada": "collected again", "bo": "unchanged"}
    assert found.submissions[0].notes == ("new: x; changed: more.ipynb",)
    assert (course.root / "submitted" / "ada" / BASICS / "more.ipynb").read_bytes() == b"{}"
    older = collect(course, old)
    assert _states(older)["ada"] == "not replaced"
    assert "older" in older.submissions[0].notes[0]
    assert not older.is_whole
    assert _states(collect(course, replace(old, force=True)))["ada"] == "collected again"


def test_work_that_came_another_way_is_not_replaced_unasked(course: Course, tmp_path: Path) -> None:
    """Its files in the download are told of as not taken."""
    folder = course.root / "submitted" / "ada" / BASICS
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("through the exchange")

    found = collect(course, _wish(tmp_path, [ADA, BO]))

    assert _states(found) == {"ada": "not replaced", "bo": "collected"}
    assert [one.student for one in found.of(FileState.NOT_TAKEN)] == ["ada", "ada"]
    assert (folder / "mine.txt").exists()


@pytest.mark.parametrize("place", ["ada/.basics.collected-new", "ada/.basics.collected-old"])
def test_a_killed_run_is_run_again(course: Course, tmp_path: Path, place: str) -> None:
    """What it left beside the place of a submission is cleared, and nobody else sees it."""
    left = course.root / "submitted" / place
    left.mkdir(parents=True)
    (left / "half.ipynb").write_text("{")

    found = collect(course, _wish(tmp_path, [ADA]))

    assert _states(found) == {"ada": "collected"}
    assert not left.exists()
    assert list(course.folders("submitted", BASICS)) == ["ada"]


def test_two_at_once_are_one_too_many(course: Course, tmp_path: Path) -> None:
    """The second is told to wait, and a killed one keeps nobody out."""
    wish = _wish(tmp_path, [ADA])

    with alone(Locks(course.root)), pytest.raises(UsageError, match="Wait until it has ended"):
        collect(course, wish)
    assert _states(collect(course, wish)) == {"ada": "collected"}


def test_names_and_numbers_go_to_the_gradebook(course: Course, tmp_path: Path) -> None:
    """Of everybody in the list; what a person wrote there stays."""
    with Gradebook(course.db_url, str(course.directory.course_id)) as gradebook:
        gradebook.add_student("ada", first_name="Augusta")

    collect(course, _wish(tmp_path, [ADA, BO, Pupil("", 14, "None", "Nick", "nick@x.org")]))

    with Gradebook(course.db_url, str(course.directory.course_id)) as gradebook:
        there = {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in gradebook.students}
    assert there == {
        "ada": ("Augusta", "Lovelace", None, "12"),
        "bo": (None, "Bo", None, "13"),
        "nick@x.org": ("Nick", "None", "nick@x.org", "14"),
    }


def test_late_work_is_after_the_deadline(course: Course, tmp_path: Path) -> None:
    """Canvas says that, Moodle by how much; an extension is the student's own."""
    due, late = DUE.replace(tzinfo=UTC), replace(ADA, late=True)
    collect(course, _wish(tmp_path, [late, BO]))
    assert _stamp(course, "ada") == due + timedelta(seconds=1)
    assert _stamp(course, "bo") == due

    sheet = moodle_csv(tmp_path / "m.csv", [replace(late, login="ada@x.org"), replace(BO, login="bo@x.org")])
    wish = Wish("moodle", moodle_zip(tmp_path / "m.zip", [late, BO]), BASICS, sheet, zone=UTC)
    found = collect(course, wish)

    assert [(one.told, one.is_late) for one in found.submissions] == [("late by 22 h", True), ("on time", False)]
    assert _stamp(course, "ada@x.org") == datetime(2026, 1, 16, 10, tzinfo=UTC)


def test_a_student_moves_no_clock(course: Course, tmp_path: Path) -> None:
    """A timestamp.txt that was handed in is left out, and told of."""
    early = replace(ADA, late=True, files={"timestamp.txt": b"2000-01-01 00:00:00 UTC", **RIGHT})

    found = collect(course, _wish(tmp_path, [early]))

    assert [one.name.endswith("timestamp.txt") for one in found.of(FileState.LEFT_OUT)] == [True]
    assert _stamp(course, "ada") == DUE.replace(tzinfo=UTC) + timedelta(seconds=1)


def test_a_group_of_moodles_work_is_all_its_members(course: Course, tmp_path: Path) -> None:
    """By the worksheet's column of groups."""
    head = "Identifier,Full name,Email address,Status,Group,Grade,Maximum grade,Last modified (grade)\n"
    members = [(1, "a", "Team One"), (2, "b", "Team One"), (3, "c", "")]
    rows = [f"Participant {number},{who} X,{who}@x.org,S,{team},,5,-\n" for number, who, team in members]
    (tmp_path / "m.csv").write_text(head + "".join(rows))
    (tmp_path / "m.zip").write_bytes(packed({"Team One_77_assignsubmission_file/more.ipynb": b"{}"}))

    found = collect(course, Wish("moodle", tmp_path / "m.zip", BASICS, tmp_path / "m.csv"))

    assert _states(found) == {"a@x.org": "collected", "b@x.org": "collected"}
    assert found.absent == ("c@x.org",)


def test_a_name_that_is_not_the_lists_is_noted(course: Course, tmp_path: Path) -> None:
    """In Canvas a group's file has the group's name and one member's number."""
    wish = _wish(tmp_path, [ADA])
    canvas_zip(wish.source, [replace(ADA, last="Team One", first="")])

    (one,) = collect(course, wish).submissions

    assert "called teamone in the archive" in one.notes[0]


def test_plain_folders_are_matched_by_what_students_are_called(course: Course, tmp_path: Path) -> None:
    """By id, address or name; what is nobody's is told, and a time only believed when asked for."""
    import_roster(course, "canvas", canvas_csv(tmp_path / "c.csv", [ADA, BO]))
    for name in ("Ada Lovelace", "bo/basics", "nobody"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "more.ipynb").write_text("{}")
    (tmp_path / "in" / "bo" / BASICS / "timestamp.txt").write_text("2026-01-14 10:00:00 UTC")
    wish = Wish("folder", tmp_path / "in", BASICS)

    found = collect(course, wish)

    assert _states(found) == {"ada": "collected", "bo": "collected"}
    assert [(one.name, one.note.partition(":")[0]) for one in found.of(FileState.NOT_MATCHED)] == [
        ("nobody/more.ipynb", "nobody in the gradebook or the roster is called nobody")
    ]
    assert _stamp(course, "bo") is None
    assert _states(collect(course, replace(wish, take_times=True)))["bo"] == "new time"
    assert _stamp(course, "bo") == datetime(2026, 1, 14, 10, tzinfo=UTC)


def test_one_students_archive_cannot_fill_the_disk(course: Course, downloads: Path) -> None:
    """A bomb and a path out cost themselves: the rest of that submission is there."""
    found = collect(course, Wish("canvas", downloads / "canvas.zip", BASICS, downloads / "canvas.csv"))

    refused = {one.name.rpartition("/")[2]: one.note for one in found.of(FileState.NOT_TAKEN)}
    assert "bytes; a submission may have" in refused["zeros"]
    assert refused["evil.txt"] == "its path leads out of the archive"
    for student in ("login17", "login18"):
        names = {path.name for path in (course.root / "submitted" / student / BASICS).iterdir()}
        assert names == {"squares.ipynb", "more.ipynb", "timestamp.txt"}


def test_a_damaged_member_costs_what_it_says_it_holds() -> None:
    """It is unpacked before anybody can tell: a thousand of them must not each be unpacked anew."""
    asked = []

    def damaged(most: int) -> bytes:
        asked.append(most)
        raise Unreadable("it is damaged")

    pieces = [Piece(Member(f"{n}", 1 << 20, None, damaged), Given("ada", "ada", f"{n}")) for n in range(1000)]
    work = SubmittedWork.read("ada", pieces, [], "moodle", 1 << 20)

    assert len(work.outcomes) == 1000
    assert len(asked) * (1 << 20) <= asked[0] < 1000 << 20


def test_of_two_members_of_one_name_the_last_counts(course: Course, tmp_path: Path) -> None:
    """As every program unpacks them; the first is told of as superseded."""
    wish, name = _wish(tmp_path, [ADA]), "lovelaceada_12_80120_squares.ipynb"
    with zipfile.ZipFile(wish.source, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the module's own, of what is made here on purpose
        archive.writestr(name, b"first")
        archive.writestr(name, b"last")

    found = collect(course, wish)

    assert (course.root / "submitted" / "ada" / BASICS / "squares.ipynb").read_bytes() == b"last"
    assert [(one.name, one.state) for one in found.files] == [(name, FileState.SUPERSEDED), (name, FileState.TAKEN)]


def test_a_time_in_words_that_nobody_knows_is_told(course: Course, tmp_path: Path) -> None:
    """It counts as no time, and a person reads why."""
    sheet = moodle_csv(tmp_path / "m.csv", [replace(ADA, login="ada@x.org")])
    sheet.write_text(sheet.read_text().replace("January", "Hamalawy"))

    found = collect(course, Wish("moodle", moodle_zip(tmp_path / "m.zip", [ADA]), BASICS, sheet, zone=UTC))

    assert found.submissions[0].told == "time not understood: Wednesday, 14 Hamalawy 2026, 10:00 AM"


def test_a_file_and_a_folder_of_one_name_stop_nobody(course: Course, tmp_path: Path) -> None:
    """The second is not taken; the next student is."""
    odd = replace(ADA, files={"a": b"1", "a.zip": packed({"b": b"2"}), **RIGHT})

    found = collect(course, _wish(tmp_path, [odd, BO]))

    assert set(_states(found)) == {"ada", "bo"}
    assert [one.note for one in found.of(FileState.NOT_TAKEN)] == ["a file and a folder would have the same name"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"assignment": "99-none"}, "there is no assignment '99-none'"),
        ({"assignment": "../basics"}, "there is no assignment"),
        ({"roster": None}, "none of its 4 files is that of a student here .* Name the platform's list"),
        ({"platform": "moodle", "roster": None}, "none of its 4 files .* Name the platform's list"),
        ({"roster": "other.csv"}, "none of its 4 files .* of this course and this assignment"),
        ({"roster": "canvas.zip"}, "is not a CSV file"),
        ({"source": "canvas.csv"}, "is not a zip archive"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_and_nothing_is_written(
    course: Course, tmp_path: Path, change: dict[str, Any], what: str
) -> None:
    """No assignment, no list, one of another course, a zip that is none."""
    wish = _wish(tmp_path, [ADA, BO])
    canvas_csv(tmp_path / "other.csv", [replace(ADA, number=555, login="x")])
    paths = {name: tmp_path / value for name, value in change.items() if name in ("roster", "source") and value}
    before = (course.root / "gradebook.db").read_bytes()

    with pytest.raises(UsageError, match=what):
        collect(course, replace(wish, **(change | paths)))
    assert not (course.root / "submitted").exists()
    assert (course.root / "gradebook.db").read_bytes() == before


def test_a_gradebook_of_another_course_is_refused(course: Course, tmp_path: Path) -> None:
    """It is named, and nothing is written into it."""
    with Gradebook(course.db_url, "algebra") as gradebook:
        gradebook.db.execute(text("DELETE FROM course WHERE id != 'algebra'"))
        gradebook.db.commit()

    with pytest.raises(UsageError, match="it is the gradebook of the course algebra, not of tensors"):
        collect(course, _wish(tmp_path, [ADA]))


def test_importing_a_list_twice_changes_nothing_the_second_time(course: Course, downloads: Path) -> None:
    """Of the class with all oddities, from either platform."""
    for platform in ("canvas", "moodle"):
        _, first = import_roster(course, platform, downloads / f"{platform}.csv")
        _, second = import_roster(course, platform, downloads / f"{platform}.csv")

        assert len(first) >= len(a_class()) - 6
        assert second == []


def test_a_folder_that_cannot_be_written_is_said(course: Course, tmp_path: Path) -> None:
    """With its place, and what to do."""
    shutil.rmtree(course.root / "submitted", ignore_errors=True)
    (course.root / "submitted").mkdir()
    (course.root / "submitted" / "ada").write_text("no folder")

    with pytest.raises(UsageError, match="cannot be written"):
        collect(course, _wish(tmp_path, [ADA]))
