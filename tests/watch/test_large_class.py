"""What `watch` does again and again costs little in a large class: counted, as no time says it of a busy machine."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from torchmarks.bulk.gradebook_writer import GradebookEntry, GradebookWriter
from torchmarks.bulk.store import SubmissionStore
from torchmarks.course import collected
from torchmarks.course.arrivals import Arrival, State
from torchmarks.watch import arriving, loop
from torchmarks.watch.arriving import Arriving
from torchmarks.watch.rows import Rows
from torchmarks.watch.sources import Folder, Sighting
from torchmarks.watch.steps import Steps

from ..bulk.conftest import BASICS
from .conftest import RIGHT, Class, Heard


def test_nobody_looks_through_the_class_before_anything_is_due(
    students: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For work that was not seen coming in: it can only be due where a student's time has ended."""
    looks, real = [], Steps.students

    def counted(self: Steps) -> list[str]:
        looks.append(self)
        return real(self)

    monkeypatch.setattr(Steps, "students", counted)
    students.submit("ada", RIGHT)

    students.watch()
    assert looks == []

    students.later = datetime.timedelta(days=8)
    students.watch()
    assert looks != []


class _Noted:
    """Arrivals that are in no gradebook."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals = arrivals

    def of(self, assignment: str) -> list[Arrival]:
        return self._arrivals

    def save(self, *changed: Arrival) -> None:
        """Nowhere."""

    def note_look(self, *look: object) -> None:
        """Nowhere."""


NOW = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
ANSWERS: list[Callable[[Rows], object]] = [
    lambda rows: rows.granted("s0"),
    lambda rows: rows.refused("s0"),
    lambda rows: rows.withheld("s0", NOW),
    lambda rows: rows.is_graded_by("s0", NOW, "another"),
]


def _rows(students: int) -> Rows:
    """Two arrivals of each, the later one final."""
    seen = [
        Arrival(BASICS, f"s{n}+{i}", f"s{n}", State.FINAL if i else State.SUPERSEDED, None, NOW, NOW, NOW, score=1.0)
        for n in range(students)
        for i in range(2)
    ]
    return Rows(_Noted(seen), BASICS)  # type: ignore[arg-type]


@pytest.mark.parametrize("ask", ANSWERS)
def test_what_is_known_of_a_student_is_not_looked_for_among_all(
    ask: Callable[[Rows], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the deadline it is asked of everybody."""
    rows, seen = _rows(50), []
    real = Arrival.__getattribute__

    def counted(self: Arrival, name: str) -> object:
        seen.append(self)
        return real(self, name)

    monkeypatch.setattr(Arrival, "__getattribute__", counted)
    ask(rows)
    monkeypatch.undo()

    assert {one.student for one in seen} <= {"s0"}


def test_what_is_saved_is_known_of_its_student() -> None:
    """New arrivals and changed ones."""
    rows = _rows(2)
    new = Arrival(BASICS, "s0+new", "s0", State.TAKEN, None, NOW, NOW)
    rows.note_look("exchange", NOW, [new])
    rows.save(replace(new, state=State.GRANTED, granted_at=NOW + datetime.timedelta(hours=1)))

    assert rows.granted("s0") == [NOW, NOW, NOW + datetime.timedelta(hours=1)]
    assert rows.granted("s1") == [NOW, NOW]
    assert rows.current["s0"].name == "s0+new"


def test_each_known_student_is_looked_at_once_when_a_class_comes_in(
    students: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for everybody whose work is seen for the first time."""
    with Gradebook(students.course.db_url) as gradebook:
        for number in range(30):
            gradebook.add_student(f"s{number}")
    looked_at, real = [], collected.composed

    def composed(name: str) -> str:
        looked_at.append(name)
        return real(name)

    for module in (arriving, collected):
        monkeypatch.setattr(module, "composed", composed)
    rows = Rows(_Noted([]), BASICS)  # type: ignore[arg-type]
    coming = Arriving(students.course.config, rows, [], Heard(), students.now)
    coming._looked["exchange"] = None
    new = [Sighting(f"s{n}+x", f"s{n}", students.inbound, 0, settled=False) for n in range(30)]
    looked_at.clear()
    coming._note("exchange", NOW, new)

    assert {rows.get(one.name).student for one in new} == {f"s{n}" for n in range(30)}  # type: ignore[union-attr]
    assert len(looked_at) <= 2 * 30


def test_misplaced_work_is_looked_for_once_a_minute(
    students: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All names of a folder are read for it, for mistakes that a person makes."""
    folder, looks, real = tmp_path / "unpacked", [], Folder.not_understood

    def counted(self: Folder, assignments: Sequence[str]) -> Iterator[str]:
        looks.append(self)
        return real(self, assignments)

    monkeypatch.setattr(Folder, "not_understood", counted)
    monkeypatch.setattr(loop, "_EVERY_S", 0.0)
    monkeypatch.setattr(loop, "_MISPLACED_EVERY_S", 3600.0)  # however slow this machine is
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "loose.ipynb").write_text("{}")
    for name in ("ada", "boris"):
        students.submit(name, RIGHT)
    heard = students.watch(submitted=folder)

    assert len(looks) == 1
    assert any("loose.ipynb: not taken" in note for note in heard.notes)


def test_what_is_begun_for_one_looks_at_no_class(students: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the last deadline everybody's turn comes, and there is one loop for all."""
    read, looked = [], []
    known, roll = GradebookWriter.known, SubmissionStore.students

    def counted(self: GradebookWriter, student: str | None = None) -> dict[str, GradebookEntry]:
        read.append(student)
        return known(self, student)

    def looking(self: SubmissionStore) -> list[str]:
        looked.append(self)
        return roll(self)

    monkeypatch.setattr(GradebookWriter, "known", counted)
    monkeypatch.setattr(SubmissionStore, "students", looking)
    names = [f"s{number}" for number in range(6)] + ["jos\u00e9"]
    for name in names:
        students.submit(name, RIGHT)

    heard = students.watch()

    assert [event.student for event in heard.events if event.kind == "told"] == names
    steps_opened = read.count(None)
    assert steps_opened < len(names)
    assert len(looked) <= 2 * steps_opened
    assert set(names) <= set(read)
