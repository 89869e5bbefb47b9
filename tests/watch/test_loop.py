"""torchmarks.watch.loop: it goes on until it is asked to end, over errors that may pass, and refuses what cannot be."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from torchmarks.cli import main
from torchmarks.course import Course
from torchmarks.errors import UsageError
from torchmarks.watch import Event, loop, watch
from torchmarks.watch.arriving import Arriving

from ..bulk.conftest import BASICS
from .conftest import RIGHT, Class, Heard, Here


class EndsAtTheFirstVerdict(Heard):
    """Sends the signal that systemd sends."""

    def event(self, event: Event) -> None:
        super().event(event)
        if event.kind == "told":
            os.kill(os.getpid(), signal.SIGTERM)


def test_it_ends_cleanly_when_it_is_asked_to(students: Class) -> None:
    """What was begun is finished; the handlers of before are back."""
    before = signal.getsignal(signal.SIGTERM)
    students.submit("ada", RIGHT)
    heard = EndsAtTheFirstVerdict()

    assert watch(students.course.config, [BASICS], heard, pool=Here()) == 0  # type: ignore[arg-type]

    assert heard.kinds("ada") == ["arrived", "told"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_error_that_may_pass_is_told_and_tried_again(students: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, say: whoever watches at night is asleep."""
    students.submit("ada", RIGHT)
    monkeypatch.setattr(loop, "_FIRST_PAUSE_S", 0.1)
    real, errors = Arriving.look, [OSError(28, "No space left on device")]

    def look(self: Any) -> None:
        if errors:
            raise errors.pop()
        real(self)

    monkeypatch.setattr(Arriving, "look", look)
    heard = EndsAtTheFirstVerdict()

    watch(students.course.config, [BASICS], heard, pool=Here())  # type: ignore[arg-type]

    assert heard.kinds("ada") == ["arrived", "told"]
    assert any("No space left on device. Trying again in" in note for note in heard.notes)


def _refusal(students: Class, *assignments: str, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        watch(students.course.config, assignments, Heard(), once=True, pool=Here(), **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_what_cannot_be_watched_is_refused_with_what_to_do(students: Class, tmp_path: Path) -> None:
    """An unknown assignment, no due date, no folder, no exchange."""
    assert f"no assignment 'basic'. Known: {BASICS}." in _refusal(students, "basic")
    assert "there is no such folder. Make it" in _refusal(students, BASICS, submitted=tmp_path / "nowhere")
    shutil.rmtree(students.inbound)
    assert "Release an assignment first" in _refusal(students)
    shutil.rmtree(students.root / "exchange")
    assert "there is no exchange. Make the folder" in _refusal(students)
    with Gradebook(students.course.db_url) as gradebook:
        gradebook.find_assignment(BASICS).duedate = None
        gradebook.db.commit()
    assert f"nbgrader db assignment add {BASICS} --duedate=" in _refusal(students)
    assert f"nbgrader db assignment add {BASICS} --duedate=" in _refusal(students, BASICS)
    (students.course.root / "gradebook.db").unlink()
    assert "there is no gradebook yet" in _refusal(students)


def test_the_exchange_of_the_machine_is_found(students: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a hub it is set for everybody, and not in the course."""
    shared = students.root / "etc"
    shared.mkdir()
    text = f"c = get_config()\nc.Exchange.root = {str(students.root / 'exchange')!r}\n"
    (shared / "nbgrader_config.py").write_text(f"{text}c.ExchangeCollect.check_owner = False\n")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(shared))
    students.submit("ada", RIGHT)
    heard = Heard()

    watch(Course(students.course.root).config, [BASICS], heard, once=True, pool=Here())  # type: ignore[arg-type]

    assert heard.kinds("ada") == ["arrived", "told"]


def test_a_policy_that_contradicts_itself_ends_the_command_in_one_line(students: Class) -> None:
    """Before anything is started or looked at."""
    with (students.course.root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Watch.verdicts_a_day = 30\n")

    said = CliRunner().invoke(main, ["watch", "--once", "--course", str(students.course.root)])

    assert said.exit_code == 2
    assert said.output.splitlines() == [
        "torchmarks: c.Watch in nbgrader_config.py: verdicts_a_day is 30, more than verdicts_in_all, which is 20. "
        "Lower the one, or raise the other."
    ]


def test_what_lies_in_the_folder_under_a_wrong_name_is_told(students: Class, tmp_path: Path) -> None:
    """With the nearest name, and counted; nothing of it is taken."""
    folder = tmp_path / "unpacked"
    for place in ("emil/basic", "jan", "lea/notes", "__MACOSX/basic"):
        (folder / place).mkdir(parents=True)
        (folder / place / "squares.ipynb").write_bytes(RIGHT["squares.ipynb"])

    heard = students.watch(submitted=folder)

    assert heard.events == []
    assert heard.notes == [
        f"{folder}/emil/basic: not taken: no assignment is called that. If {BASICS} is meant, rename the folder.",
        f"{folder}/jan/squares.ipynb: not taken: it is in no assignment's folder. "
        "Move it into unpacked/jan/ASSIGNMENT/.",
        f"{folder}/lea/notes: not taken: no assignment is called that. Known: {BASICS}.",
    ]
    assert students.count == 3


def test_nothing_to_do_and_what_is_not_watched_are_said(students: Class) -> None:
    """In a line each: silence looks like a class that was watched."""
    assert students.watch().notes == [f"{BASICS}: nothing new."]
    with Gradebook(students.course.db_url) as gradebook:
        gradebook.add_assignment("undated")
    heard = Heard()

    watch(students.course.config, [], heard, once=True, pool=Here())  # type: ignore[arg-type]

    assert heard.notes[0].startswith("Not watched, for want of a due date: undated. To give one: nbgrader db")
