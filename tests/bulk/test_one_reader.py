"""Both commands read a submission in the same way: the same grade, or the same refusal by name."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import unicodedata
from dataclasses import dataclass, replace
from functools import partial

import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from traitlets.config import Config

from torchmarks import doctor, grading
from torchmarks.bulk import grade_cohort
from torchmarks.course import Course, folder
from torchmarks.errors import MachineError
from torchmarks.grading import NotebookRecord, submission
from torchmarks.grading.record import read_file
from torchmarks.report import _gathered
from torchmarks.report.figures import figures

from ..damage import assignment as small
from .conftest import BASICS, ON_TIME, Files, Recorder, dumped, hand_in, make_small, more, settings, squares
from .results import rows_of

pytestmark = pytest.mark.timeout(300)

APART = unicodedata.normalize("NFD", "José")
RIGHT, MORE, BLANK = squares(), more("return 2 * x"), dumped(small.released())
ALL = 11.0  # what tests give for both notebooks
TIME = {"timestamp.txt": ON_TIME.encode()}


def with_answers(*names: str) -> bytes:
    """The first notebook with some of its answers."""
    notebook = small.released()
    for name in names:
        small.cell_of(notebook, name)["source"] = small.cell_of(small.solved(), name)["source"]
    return dumped(notebook)


def other_assignment() -> bytes:
    """A notebook of another assignment, worked on."""
    notebook = small.solved()
    cells = [
        small.code("def power(x, n):\n    return x ** n", "id-p", grade_id="power", solution=True),
        small.code("assert power(2, 2) == 4", "id-t", grade_id="power-test", grade=True, locked=True, points=2),
    ]
    return dumped({**notebook, "cells": cells})


def _without_cube(notebook: small.Notebook) -> None:
    for name in ("cube", "cube-test"):
        notebook["cells"].remove(small.cell_of(notebook, name))


OTHER = squares(lambda n: small.cell_of(n, "cube").update(source="def cube(x):\n    return x * x * x"))
BOTH = {"squares.ipynb": RIGHT, "more.ipynb": MORE}
GRADED: dict[str, tuple[Files, float]] = {
    "blank-beside-copy": ({"squares.ipynb": BLANK, "squares-Copy1.ipynb": RIGHT, "more.ipynb": MORE}, ALL),
    "blank-beside-folder": ({"squares.ipynb": BLANK, "work/squares.ipynb": RIGHT, "more.ipynb": MORE}, ALL),
    "all-in-a-folder": ({"basics/squares.ipynb": RIGHT, "basics/more.ipynb": MORE}, ALL),
    "one-in-a-folder": ({"more.ipynb": MORE, "deep/er/squares.ipynb": RIGHT}, ALL),
    "txt": ({"squares.ipynb.txt": RIGHT, "more.ipynb.txt": MORE}, ALL),
    "one-txt": ({"squares.ipynb.txt": RIGHT, "more.ipynb": MORE}, ALL),
    "json": ({"squares.json": RIGHT, "more.json": MORE, "numbers2.json": b"{}"}, ALL),
    "upper-case": ({"SQUARES.IPYNB": RIGHT, "More.IPYNB": MORE}, ALL),
    "download": ({"squares.ipynb.download": RIGHT, "more (2).ipynb": MORE}, ALL),
    "renamed": ({"squares (1).ipynb": RIGHT, "more.ipynb": MORE}, ALL),
    "twice-the-same": (BOTH | {"squares (1).ipynb": RIGHT}, ALL),
    "goes-on-in-a-copy": (BOTH | {"squares.ipynb": with_answers("cube"), "squares-Copy1.ipynb": RIGHT}, ALL),
    "other-copy": (BOTH | {"squares-Copy1.ipynb": with_answers("cube")}, ALL),
    "broken-original": (BOTH | {"squares.ipynb": b'{"cells": [', "squares (1).ipynb": RIGHT}, ALL),
    "other-assignment": (BOTH | {"powers.ipynb": other_assignment()}, ALL),
    "blank-beside-other": ({"squares.ipynb": BLANK, "powers.ipynb": other_assignment(), "more.ipynb": MORE}, 2.0),
    "mac": (BOTH | {"__MACOSX/._squares.ipynb": b"\x00\x05\x16\x07", "._more.ipynb": b"\x00\x05\x16\x07"}, ALL),
    "checkpoint": (
        {"squares.ipynb": BLANK, ".ipynb_checkpoints/squares-checkpoint.ipynb": RIGHT, "more.ipynb": MORE}, 2.0
    ),
    "cells-gone": (BOTH | {"squares.ipynb": squares(_without_cube)}, ALL - 2.0),
    "half": ({"squares.ipynb": RIGHT}, 9.0),
    "half-renamed": ({"squares (1).ipynb": RIGHT}, 9.0),
    "all-blank": ({"squares.ipynb": BLANK, "more.ipynb": more("raise NotImplementedError()")}, 0.0),
    "bom": (BOTH | {"timestamp.txt": b"\xef\xbb\xbf" + ON_TIME.encode()}, ALL),
    "utf-16": (BOTH | {"timestamp.txt": ON_TIME.encode("utf-16")}, ALL),
    "no-time": (BOTH | {"timestamp.txt": b"yesterday"}, ALL),
    "latin-time": (BOTH | {"timestamp.txt": "5. März".encode("latin-1")}, ALL),
    "digits-for-time": (BOTH | {"timestamp.txt": b"1" * 100_000}, ALL),
    "folder-for-time": (BOTH | {"timestamp.txt/x": b""}, ALL),
    APART: (BOTH, ALL),
    unicodedata.normalize("NFD", "Zoë"): (BOTH, ALL),  # not in the gradebook before
}  # fmt: skip
REFUSED: dict[str, tuple[Files, str]] = {
    "two-copies": (
        {"squares.ipynb": BLANK, "a.ipynb": RIGHT, "b.ipynb": OTHER, "more.ipynb": MORE}, "a.ipynb, b.ipynb"
    ),
    "two-in-folders": ({"a/squares.ipynb": with_answers("cube"), "b/squares.ipynb": with_answers("square")},
                       "a/squares.ipynb, b/squares.ipynb"),
    "second-undecided": ({"squares.ipynb": RIGHT, "x/more.ipynb": MORE, "y/more.ipynb": more("return x + x")},
                         "x/more.ipynb, y/more.ipynb"),
    "broken-copy": ({"squares.ipynb": BLANK, "squares-Copy1.ipynb": b"{", "more.ipynb": MORE},
                    "squares-Copy1.ipynb cannot be read"),
    "nothing": ({"essay.txt": b"sorry"}, "There is no notebook"),
    "only-other": ({"powers.ipynb": other_assignment()}, "another assignment"),
    "archive": ({"work.zip": b"PK\x03\x04", "more.ipynb": MORE}, "work.zip is an archive"),
    "broken-second": ({"squares.ipynb": RIGHT, "more (1).ipynb": b"{"}, "more (1).ipynb was not taken for it"),
    "Ana\u00efs": (BOTH, "different Unicode forms"),
    "Ren\ufffd": (BOTH, "not UTF-8"),
}  # fmt: skip

FOLDERS = {"Ren\ufffd": "Ren\udce9"}  # as an archive of an old Windows names it


@dataclass
class Judged:
    """The same class judged by both commands, with what each said."""

    bulk: Course
    stock: Course
    recorder: Recorder
    log: str


def configured() -> Config:
    """The small course with folders of other names."""
    extra = settings()
    extra.CourseDirectory.update(
        {"release_directory": "handouts", "submitted_directory": "received", "autograded_directory": "marked"}
    )
    return extra


def hand_in_all(course: Course) -> None:
    """Everybody's files into the folder of what was submitted."""
    sent = {student: files for student, (files, _) in (GRADED | REFUSED).items()}
    sent |= {unicodedata.normalize("NFD", "Ana\u00efs"): BOTH, "__MACOSX": {"._squares.ipynb": b"\x00\x05"}}
    for student, files in sent.items():
        timed = files if any(name.startswith("timestamp.txt") for name in files) else TIME | files
        for name, content in timed.items():
            path = course.path("submitted", BASICS, FOLDERS.get(student, student)) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """One run of each command."""
    root = tmp_path_factory.mktemp("reader")
    make_small(root / "bulk", configured())
    with Gradebook(Course(root / "bulk", configured()).db_url) as gradebook:
        gradebook.update_or_create_student("José")
    shutil.copytree(root / "bulk", root / "stock")
    bulk, stock = (Course(root / name, configured()) for name in ("bulk", "stock"))
    hand_in_all(bulk)
    hand_in_all(stock)
    said: list[str] = []
    logger = logging.getLogger("torchmarks.nbgrader")
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    with contextlib.suppress(NbGraderException):  # said at the end of a batch in which one could not be graded
        stock.autograde(BASICS)
    logger.removeHandler(handler)
    recorder = Recorder()
    grade_cohort(bulk.config, BASICS, recorder, workers=2)
    return Judged(bulk, stock, recorder, "\n".join(said))


def points(course: Course, student: str) -> float | None:
    """What the tests gave; None for a submission without a mark."""
    scores = [score.points for score in course.scores(BASICS, student).values()]
    return None if set(scores) == {None} else sum(score or 0.0 for score in scores)


@pytest.mark.parametrize("student", GRADED)
def test_both_commands_give_the_same_points(judged: Judged, student: str) -> None:
    """Whatever the files are called and wherever they lie."""
    name, expected = unicodedata.normalize("NFC", student), GRADED[student][1]

    assert points(judged.bulk, name) == expected
    assert points(judged.stock, name) == expected


@pytest.mark.parametrize("student", REFUSED)
def test_both_commands_refuse_by_name(judged: Judged, student: str) -> None:
    """With the reason, in the summary as in the log; never a zero."""
    outcome = next(o for o in judged.recorder.outcomes if o.student == student)
    line, last = (line for line in judged.log.splitlines() if f"{student}: " in line and "cannot be graded" in line)

    assert outcome.state == "refused"
    assert REFUSED[student][1] in outcome.reason
    assert REFUSED[student][1] in line
    assert last == f"Not graded: {line}"
    for course in (judged.bulk, judged.stock):
        grades = [row for row in rows_of(course.db_url)["grades"] if row[0] == student]
        assert {row[2] for row in grades} <= {None}


def test_autograde_names_the_exercises_that_lost_work(judged: Judged) -> None:
    """In one line of its log, apart from what was put back without loss."""
    lines = [line for line in judged.log.splitlines() if line.startswith("cells-gone: ")]

    assert lines == [
        "cells-gone: repaired: Missing, put back blank: 1 solution cell (cube).",
        "cells-gone: repaired: A test cell was missing; it was put back.",
    ]


def test_only_what_was_not_handed_in_is_missed(judged: Judged) -> None:
    """nbgrader's own line is untrue of a notebook that is graded under another name."""
    missed = [line for line in judged.log.splitlines() if line.startswith("No submitted file")]

    assert any("/half/" in line for line in missed)
    assert not any("/renamed/" in line or "/upper-case/" in line for line in missed)


def test_no_refusal_is_logged_with_a_traceback(judged: Judged) -> None:
    """nbgrader alone logs 10 to 25 lines of each, and at the end names without reasons."""
    assert "Traceback" not in judged.log
    assert "error processing" not in judged.log
    assert "traceback" not in judged.log


def test_the_gradebooks_are_the_same(judged: Judged) -> None:
    """Row for row: students, submissions with their times, marks; nobody is there twice, and no __MACOSX."""
    ours, theirs = rows_of(judged.bulk.db_url), rows_of(judged.stock.db_url)
    names = [row[0] for row in ours["students"]]

    assert ours == theirs
    assert names == sorted({unicodedata.normalize("NFC", name) for name in names})
    assert "__MACOSX" not in names


def test_a_time_is_read_with_a_mark_before_it(judged: Judged) -> None:
    """Others have none, and their students are named."""
    times = {row[1]: row[2] for row in rows_of(judged.stock.db_url)["submissions"]}
    unread = ["no-time", "latin-time", "digits-for-time", "folder-for-time"]

    assert {times[s] for s in ("bom", "utf-16", "half")} == {ON_TIME.replace(" UTC", ".000000")}
    assert {times[s] for s in unread} == {None}
    for student in unread:
        assert any(note.startswith(f"{student}: timestamp.txt holds no time") for note in judged.recorder.notes)
        assert f"{student}: timestamp.txt holds no time" in judged.log


def test_the_choice_is_told_in_the_graded_notebook(judged: Judged) -> None:
    """By both commands, in the same words."""
    said = []
    for course in (judged.bulk, judged.stock):
        path = course.path("autograded", BASICS, "blank-beside-copy") / "squares.ipynb"
        said.append([r["message"] for r in json.loads(path.read_text())["metadata"]["torchmarks"]["repairs"]])

    assert said[0] == said[1]
    assert "squares.ipynb is as it was released; the work in squares-Copy1.ipynb was graded." in said[0]


def test_the_report_names_those_refused(judged: Judged) -> None:
    """All of them, and nobody else as one without a grade."""
    for course in (judged.bulk, judged.stock):
        assert set(_gathered(course, BASICS).refused) == set(REFUSED)


def test_both_commands_write_the_same_records(judged: Judged) -> None:
    """With the points of the gradebook, cell by cell, those for a person too; and a page or a report reads them."""
    graded = [student for student, (_, points) in GRADED.items() if points]
    for student in map(partial(unicodedata.normalize, "NFC"), graded):
        ours, theirs = ({}, {})
        for course, records in ((judged.bulk, ours), (judged.stock, theirs)):
            folder = course.path("autograded", BASICS, student)
            # no pattern: nbgrader copies hidden notebooks of students to the graded ones
            paths = [folder / name for name in ("squares.ipynb", "more.ipynb")]
            records.update({path.name: read_file(path) for path in paths if path.exists()})
            scores = {name: points for record in records.values() for name, points in record.scores.items()}
            saved = {name: score.points for name, score in course.scores(BASICS, student).items()}
            assert scores == {name: saved[name] for name in scores}
            assert len(scores) > 3
        assert {name: _untimed(one) for name, one in ours.items()} == {n: _untimed(one) for n, one in theirs.items()}


def _untimed(record: NotebookRecord) -> NotebookRecord:
    """Without what nbgrader's hook or a clock makes different."""
    kept = tuple(repair for repair in record.repairs if repair.kind != "renamed")
    return replace(record, seconds=None, repairs=kept)


def test_the_report_reads_no_submission(judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it reports is in the gradebook and in the records: the class is neither read nor repaired again."""

    def fails(*_: object, **__: object) -> None:
        raise AssertionError("a submission was read")

    for module, name in ((folder, "read_submission"), (submission, "read_files"), (submission, "find_notebook")):
        monkeypatch.setattr(module, name, fails)

    found = figures(_gathered(judged.bulk, BASICS))
    assert {one.student for one in found.trouble if one.kind == "not graded"} == set(REFUSED)
    assert found.seconds
    with pytest.raises(AssertionError, match="a submission was read"):
        judged.bulk.submitted(BASICS)


def test_nothing_that_was_handed_in_is_changed(judged: Judged) -> None:
    """Grading writes no notebook into a submission."""
    for course in (judged.bulk, judged.stock):
        for student, (files, _) in (GRADED | REFUSED).items():
            folder = course.path("submitted", BASICS, FOLDERS.get(student, unicodedata.normalize("NFC", student)))
            there = {p.relative_to(folder).as_posix() for p in folder.rglob("*.ipynb")}
            assert there == {name for name in files if name.endswith(".ipynb")}


def test_doctor_names_what_nbgrader_does_not_see(judged: Judged) -> None:
    """And the two folders of one student."""
    (judged.stock.root / "source" / BASICS / f"{BASICS}.ipynb").write_bytes(b"{}")  # by which doctor knows assignments

    says = [found.says for found in doctor._submissions(Course(judged.stock.root, configured()))]

    assert any("all-in-a-folder" in text and "upper-case" in text and "renamed" not in text for text in says)
    assert any("different Unicode forms" in text for text in says)


def test_a_run_that_breaks_leaves_no_zero(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader gives 0 to a notebook that it does not see, before ours finds it; no such mark outlives a failure."""

    def fails(*_: object) -> None:
        raise MachineError("no sandbox can be made.", "Install bubblewrap.")

    hand_in(course, "ada", {"squares (1).ipynb": RIGHT, "more.ipynb": MORE})
    monkeypatch.setattr(grading, "grade_notebook", fails)

    with pytest.raises(NbGraderException):
        course.autograde(BASICS)

    assert points(course, "ada") is None
