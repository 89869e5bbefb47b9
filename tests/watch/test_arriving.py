"""torchmarks.watch.arriving: whose something is and when it came is not what its name says."""

from __future__ import annotations

import datetime
import os
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from torchmarks.course.arrivals import Arrivals
from torchmarks.course.exchange import parts_of
from torchmarks.grading.timestamp import NAME
from torchmarks.watch import sources

from ..bulk.conftest import BASICS
from .conftest import FULL, HALF, RIGHT, Class


def _rename(folder: Path, student: str, when: str) -> Path:
    return folder.rename(folder.with_name(f"{student}+{BASICS}+{when}+xyz"))


def _time(students: Class, student: str) -> datetime.datetime:
    text = (students.course.path("submitted", BASICS, student) / NAME).read_text().strip()
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f %Z").replace(tzinfo=datetime.UTC)


def test_a_time_that_is_claimed_does_not_count(students: Class) -> None:
    """What came after the deadline is late, whatever its name and its timestamp.txt say."""
    folder = students.submit("ada", RIGHT)
    early = "2020-01-01 10:00:00.000000 UTC"
    (folder / NAME).chmod(0o644)
    (folder / NAME).write_text(early)
    before = students.now()
    _rename(folder, "ada", early)

    students.watch()

    assert _time(students, "ada") >= before - datetime.timedelta(seconds=1)


def test_what_came_while_nobody_looked_came_when_it_was_changed_last(students: Class) -> None:
    """A look hours later does not make it late."""
    folder = students.submit("ada", RIGHT)
    students.later = datetime.timedelta(hours=5)

    students.watch()

    assert _time(students, "ada").timestamp() == pytest.approx(folder.stat().st_ctime, abs=2)


def test_nothing_came_before_the_last_look(students: Class) -> None:
    """A file system with a clock of its own, or one that was set back, does not make it earlier."""
    students.later = datetime.timedelta(hours=5)
    students.watch()
    looked = students.now()
    students.submit("ada", RIGHT)

    students.watch()

    assert _time(students, "ada") >= looked - datetime.timedelta(seconds=1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give folders away")
def test_the_owner_has_to_be_the_student(students: Class) -> None:
    """Nobody hands in for somebody else, where students are users of the machine."""
    students.course.config.ExchangeCollect.check_owner = True
    students.submit("nobody", RIGHT)  # of root's

    heard = students.watch()

    assert heard.kinds("nobody") == ["refused"]
    assert "it says that it is nobody's, and belongs to root" in heard.last("nobody").reason
    assert not students.course.path("submitted", BASICS, "nobody").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give folders away")
def test_what_is_not_taken_is_said_again_and_taken_when_its_reason_is_gone(students: Class) -> None:
    """By `--once` each time; as handed in when it was. Who hands in again is done with it."""
    students.course.config.ExchangeCollect.check_owner = True
    before = students.now()
    folder = students.submit("nobody", RIGHT)  # of root's
    first = students.watch()

    assert students.watch().kinds("nobody") == first.kinds("nobody") == ["refused"]
    students.course.config.ExchangeCollect.check_owner = False
    students.later = datetime.timedelta(hours=1)
    assert students.watch().kinds("nobody") == ["told"]
    assert before <= _time(students, "nobody") < before + datetime.timedelta(minutes=5)
    assert students.watch().events == []
    assert folder.exists()


def test_what_cannot_be_read_is_said_again_until_there_is_another(students: Class) -> None:
    """Whose reason shows only when it is read."""
    folder = students.submit("ada", RIGHT)
    (folder / "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/1/2/3/4/5/6/7/8").mkdir(parents=True)

    students.watch()

    assert students.watch().kinds("ada") == ["refused"]
    students.submit("ada", RIGHT)
    assert students.watch().kinds("ada") == ["arrived", "superseded", "told"]
    assert students.watch().events == []


def test_where_no_owner_is_asked_for_a_roll_says_who_there_is(students: Class) -> None:
    """A name that nobody has would have a budget of its own. Students that grading has added are not a roll."""
    students.submit("ada", RIGHT)
    students.watch()
    students.submit("bob", RIGHT)
    assert students.watch().kinds("bob") == ["arrived", "told"]
    with Gradebook(students.course.db_url) as gradebook:
        gradebook.add_student("eve", first_name="Eve")
    for student in ("eve", "zz1"):
        students.submit(student, RIGHT)

    heard = students.watch()

    assert heard.kinds("eve") == ["arrived", "told"]
    assert heard.last("zz1").reason == "the gradebook has no student of this name"


@pytest.mark.parametrize("student", ["..", ".", ".hidden", "__MACOSX", "a\\b"])
def test_a_name_that_leads_out_is_no_student(students: Class, student: str) -> None:
    """It becomes the name of a folder."""
    _rename(students.submit("ada", RIGHT), student, "2026-01-01 10:00:00 UTC")
    before = sorted(students.course.root.rglob("*.ipynb"))

    heard = students.watch()

    assert [event.kind for event in heard.events] == ["refused"]
    assert sorted(students.course.root.rglob("*.ipynb")) == before


def test_names_without_student_and_without_utf8_stop_nobody(students: Class) -> None:
    """Anybody can make a folder in the exchange."""
    students.submit("ada", RIGHT)
    (students.inbound / f"x+{BASICS}+junk").mkdir()
    (students.inbound / f"x+{BASICS}+10:999999999999999999999999999999mon").mkdir()  # decimal.InvalidOperation
    os.mkdir(os.fsencode(students.inbound) + b"/\xff+basics+2026-01-01 10:00:00 UTC+x")
    (students.inbound / f"file+{BASICS}+2026-01-01 10:00:00 UTC").write_text("")

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "told"]
    assert sum(event.kind == "refused" for event in heard.events) == 3
    assert any("its name is not valid UTF-8" in note for note in heard.notes)


@pytest.mark.parametrize("student", ["a" * 129, "\u0958" * 70])
def test_a_name_that_no_column_holds_is_noted_without_it(students: Class, student: str) -> None:
    """The second is twice as long when it is composed; PostgreSQL refuses the row, and with it the whole look."""
    (students.inbound / f"{student}+{BASICS}+2026-01-01 10:00:00 UTC").mkdir()

    heard = students.watch()

    assert [event.reason for event in heard.events] == ["its name is too long"]
    with Arrivals(students.course.db_url) as arrivals:
        assert [row.student for row in arrivals.of(BASICS)] == [""]


def test_a_name_that_ends_its_reading_is_refused_alone(students: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever error it makes."""

    def reading(name: str, assignment: str) -> tuple[str, str] | None:
        if name.startswith("x+"):
            raise RuntimeError
        return parts_of(name, assignment)

    monkeypatch.setattr(sources, "parts_of", reading)
    students.submit("ada", RIGHT)
    (students.inbound / f"x+{BASICS}+2026-01-01 10:00:00 UTC").mkdir()

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "told"]
    assert heard.last("").reason == "its name cannot be read (RuntimeError)"


@pytest.mark.parametrize("names", [[b"\xff", b"\xfe/x"], [b"\xff" * 255]])
def test_names_that_cannot_be_written_cost_their_student_alone(students: Class, names: list[bytes]) -> None:
    """What is not UTF-8 has replacement characters: one name for a file and a folder, or one that is too long."""
    folder = os.fsencode(students.submit("mallory", RIGHT))
    students.submit("ada", RIGHT)
    for name in names:
        os.makedirs(os.path.dirname(folder + b"/" + name), exist_ok=True)
        with open(folder + b"/" + name, "wb") as file:
            file.write(b"x")

    heard = students.watch()

    assert heard.kinds("ada") == ["arrived", "told"]
    assert "cannot be stored next to each other" in heard.last("mallory").reason


def test_what_is_still_being_handed_in_is_waited_for(students: Class) -> None:
    """nbgrader opens the folder to everybody when all is in it."""
    folder = students.submit("ada", RIGHT)
    folder.chmod(0o755)

    assert students.watch().kinds("ada") == ["arrived"]
    folder.chmod(0o777)
    assert students.watch().kinds("ada") == ["told"]


def test_what_was_not_whole_at_a_look_came_after_it(students: Class) -> None:
    """Its owner can keep it from being whole without a trace: the times of its files are not asked alone."""
    folder = students.submit("ada", RIGHT)
    folder.chmod(0o755)
    students.watch()
    students.later = datetime.timedelta(hours=1)
    students.watch()
    looked = students.now()
    folder.chmod(0o777)

    students.watch()

    assert _time(students, "ada") >= looked - datetime.timedelta(seconds=30)


def test_what_was_waited_for_is_not_the_last_for_that(students: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a folder, of a submit that was cut off, and then a whole one."""
    monkeypatch.setattr(sources, "_QUIET_S", 600)  # however slow the machine is
    half = students.submit("ada", HALF)
    half.chmod(0o755)
    students.watch()
    students.submit("ada", RIGHT)
    assert students.watch().last("ada").points == FULL
    monkeypatch.undo()
    _old(half, monkeypatch)
    students.later = datetime.timedelta(seconds=60)

    assert students.watch().kinds("ada") == ["superseded"]


@pytest.mark.parametrize("content", [b"", b'{"cells": ['], ids=["empty", "half"])
def test_a_submit_that_was_cut_short_replaces_nothing(
    content: bytes, students: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a full exchange leaves it. It is taken once it is complete, or where there is no other."""
    students.submit("ada", RIGHT)
    assert students.watch().last("ada").points == FULL
    cut = students.submit("ada", HALF)
    notebook = cut / "squares.ipynb"
    timestamp, whole = (cut / NAME).read_bytes(), notebook.read_bytes()
    (cut / NAME).unlink()
    notebook.chmod(0o644)
    notebook.write_bytes(content)
    _old(cut, monkeypatch)

    heard = students.watch()
    assert heard.kinds("ada") == ["arrived", "refused"]
    reason = heard.last("ada").reason
    assert reason.startswith(f"It is incomplete: it has no {NAME}, and squares.ipynb is ")
    assert reason.endswith("; it does not replace the one before it.")
    assert (students.course.path("submitted", BASICS, "ada") / "squares.ipynb").read_bytes() == RIGHT["squares.ipynb"]

    monkeypatch.undo()
    notebook.write_bytes(whole)
    (cut / NAME).write_bytes(timestamp)
    assert students.watch().kinds("ada") == ["told"]


def test_a_submit_that_was_cut_short_is_graded_where_there_is_no_other(students: Class) -> None:
    """What can be read of it earns its points."""
    cut = students.submit("ada", RIGHT)
    (cut / NAME).unlink()
    (cut / "squares.ipynb").chmod(0o644)
    (cut / "squares.ipynb").write_bytes(RIGHT["squares.ipynb"][:-5])

    assert students.watch().last("ada").points == FULL


def test_what_is_gone_before_it_was_taken_is_told(students: Class) -> None:
    """And is not looked for again."""
    folder = students.submit("ada", RIGHT)
    folder.chmod(0o755)
    students.watch()
    folder.rename(students.root / "away")

    heard = students.watch()

    assert heard.last("ada").reason == "it was gone before it was taken"
    assert students.watch().events == []


def test_a_notebook_under_another_name_is_told_under_it(students: Class) -> None:
    """The student fetches the page of the file that they have."""
    students.submit("ada", {"squares (1).ipynb": RIGHT["squares.ipynb"], "more.ipynb": RIGHT["more.ipynb"]})

    assert students.watch().last("ada").points == FULL

    students.fetched("ada")
    assert list((students.root / "homes" / "ada" / BASICS / "feedback").rglob("squares (1).html"))


# ---- a folder that something else fills


def _old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A while passes, in which nothing changes there."""
    real = time.time
    monkeypatch.setattr("torchmarks.watch.sources.time.time", lambda: real() + 60)


def _put(root: Path, student: str, files: dict[str, bytes]) -> None:
    folder = root / student / BASICS
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("where", ["elsewhere", "the course's own"])
def test_a_folder_is_watched_beside_the_exchange(
    students: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """What is put there is graded, once; other files are another submission."""
    root = tmp_path / "synced" if where == "elsewhere" else students.course.root / "submitted"
    root.mkdir(exist_ok=True)
    _put(root, "mail", HALF)
    assert students.watch(submitted=root).events == []  # it may not be whole yet
    _old(root, monkeypatch)

    assert students.watch(submitted=root).kinds("mail") == ["arrived", "told"]
    assert students.watch(submitted=root).events == []
    _put(root, "mail", RIGHT)
    assert students.watch(submitted=root).last("mail").points == FULL
    students.submit("ada", RIGHT)
    assert students.watch(submitted=root).kinds("ada") == ["arrived", "told"]
    assert students.watch(submitted=root).events == []
