"""The record of a graded notebook: what is written is read again, and nothing else is taken for it."""

import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import nbformat
import pytest

from torchmarks.checks.left import Left
from torchmarks.checks.report import Report, Row
from torchmarks.grading import CheckRecord, CheckVerdict, ExerciseRecord, NotebookRecord, UnreadableRecord
from torchmarks.grading.record import VERSION, by_exercise, read, read_file, written
from torchmarks.grading.repair import Refused, Repair
from torchmarks.isolation import LimitHit

HIT = LimitHit("timeout", 4.0, "mean", "The cell ran longer than 4 s.")
REPORT = Report(
    "mean([1, 2]) is not what was asked for.",
    (Row("values", "1", "1.5", "1 of 1 wrong"), Row("dtype", "int64", "float32")),
    why="Half of it was lost.",
    misconception="integer-division",
    next="print(mean([1, 2]).dtype)",
    link="https://docs.pytorch.org/",
    note="2 of 3 calls differ; this is one of them.",
    subject="mean",
    left="Your cells left set: default dtype.",
    missing="mean",
)
RECORD = NotebookRecord(
    by_exercise(
        [
            CheckRecord("mean-visible", 1.0, 1.0, CheckVerdict.PASSED, 3),
            CheckRecord("mean-hidden", 0.0, 3.0, CheckVerdict.FAILED, 3, REPORT, HIT),
            CheckRecord("essay", None, 2.0, CheckVerdict.OPEN),
            CheckRecord("proof", 0.0, 2.0, CheckVerdict.BLANK),
        ]
    ),
    (Repair("renamed", None, "The file was called x.ipynb."), Repair("deleted", "mean", "It was put back.")),
    (HIT, LimitHit("exit", None, "cell 3", "The process ended.")),
    (Left("setting", "default dtype", "torch.float64", "mean"),),
    1.25,
)
BARE: dict[str, Any] = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_a_record_survives_its_file() -> None:
    """Every field of it, and the rest of the metadata; read as nbformat gives a notebook, too."""
    text = json.dumps(written(BARE, RECORD))

    assert read(json.loads(text), "x.ipynb") == RECORD
    assert read(nbformat.reads(text, as_version=4), "x.ipynb") == RECORD
    assert json.loads(text)["metadata"]["kernelspec"] == {"name": "python3"}


def test_what_is_written_is_what_a_file_holds() -> None:
    """A notebook in memory equals the one that was written and loaded: no tuple, no enumeration."""
    made = written(BARE, RECORD)

    assert json.loads(json.dumps(made)) == made


def test_the_writer_replaces_whatever_stood_there() -> None:
    """Nothing of an earlier record, or of somebody else's, is kept."""
    forged = {**BARE, "metadata": {"torchmarks": {"version": VERSION, "seconds": 1e9, "by": "hand"}}}

    assert written(forged, RECORD)["metadata"] == {"torchmarks": written(BARE, RECORD)["metadata"]["torchmarks"]}


@pytest.mark.parametrize("version", [VERSION + 1, 0, "1", True, None])
def test_another_layout_is_said_and_not_guessed(version: Any) -> None:
    """Which it is, which would be read, and what to do."""
    notebook = written(BARE, RECORD)
    notebook["metadata"]["torchmarks"]["version"] = version

    with pytest.raises(UnreadableRecord) as caught:
        read(notebook, "x.ipynb")

    assert str(caught.value) == (
        f"x.ipynb: its record has the layout {version!r}, and this version of torchmarks reads {VERSION}. "
        "Grade it again with this version: torchmarks grade ASSIGNMENT --force."
    )


@pytest.mark.parametrize(
    "damage",
    [{"exercises": "all"}, {"exercises": [{"name": "mean", "checks": [{"cell": 3}]}]}, {"limits": [{"cell": "x"}]}],
)
def test_a_damaged_record_is_said(damage: dict[str, Any]) -> None:
    """What is not what it has to be, and what to do."""
    notebook = written(BARE, RECORD)
    notebook["metadata"]["torchmarks"] |= damage

    with pytest.raises(UnreadableRecord, match=r"x\.ipynb: its record is damaged \(.+\$.+\)\. Grade it again"):
        read(notebook, "x.ipynb")


def test_a_file_that_is_not_a_notebook_is_refused(tmp_path: Path) -> None:
    """By its name; so is one that is not there."""
    (tmp_path / "x.ipynb").write_text("{")

    for name in ("x.ipynb", "y.ipynb"):
        with pytest.raises(UnreadableRecord, match=f"{name}: it cannot be read"):
            read_file(tmp_path / name)


def test_the_error_survives_a_worker() -> None:
    """With its fields."""
    error = pickle.loads(pickle.dumps(UnreadableRecord("x.ipynb", "why", "What to do.")))

    assert (error.where, error.reason, error.remedy) == ("x.ipynb", "why", "What to do.")


def test_the_layout_has_a_number() -> None:
    """Who adds, removes or renames a field here changes what graded notebooks hold: VERSION has to go up with it."""
    parts = (NotebookRecord, ExerciseRecord, CheckRecord, Report, Row, LimitHit, Repair, Left, Refused)
    layout = {part.__name__: [field.name for field in dataclasses.fields(part)] for part in parts}

    assert VERSION == 1
    assert layout == {
        "NotebookRecord": [
            *("exercises", "repairs", "limits", "left", "seconds", "missing", "refused", "catalogue_errors"),
            *("isolation", "phase", "language", "version"),
        ],
        "ExerciseRecord": ["name", "checks"],
        "CheckRecord": ["cell", "points", "most", "verdict", "calls", "report", "limit"],
        "Report": [
            *("headline", "rows", "why", "misconception", "next", "link", "note", "subject", "left", "missing"),
            *("limit", "code", "others", "authored"),
        ],
        "Row": ["label", "seen", "expected", "detail"],
        "LimitHit": ["name", "value", "cell", "detail"],
        "Repair": ["kind", "cell", "message"],
        "Left": ["kind", "setting", "value", "cell"],
        "Refused": ["reason", "remedy", "foreign", "absent"],
    }


def test_cells_gather_to_exercises() -> None:
    """In the order of the notebook, with points and a verdict of their own."""
    rows = [(e.name, e.points, e.most, e.verdict) for e in RECORD.exercises]

    assert rows == [("mean", 1.0, 4.0, "failed"), ("essay", 0.0, 2.0, "open"), ("proof", 0.0, 2.0, "blank")]
    assert by_exercise([CheckRecord("f-hidden", 3.0, 3.0, CheckVerdict.PASSED)])[0].verdict == "passed"


def test_a_record_tells_scores_and_messages() -> None:
    """Of every graded cell; None for a person."""
    assert RECORD.scores == {"mean-visible": 1.0, "mean-hidden": 0.0, "essay": None, "proof": 0.0}
    assert [check.report for check in RECORD.messages] == [REPORT]


def test_only_misconceptions_count_as_such() -> None:
    """What is found in the outcome itself is none."""
    named = ("wrong-signature", "not-written", "", "shares-memory")
    checks = [
        CheckRecord(f"f{n}", 0.0, 1.0, CheckVerdict.FAILED, 1, Report("", misconception=m)) for n, m in enumerate(named)
    ]

    assert NotebookRecord(by_exercise(checks)).misconceptions == {"shares-memory"}


# ---- graded without this package

_ERROR = {"output_type": "error", "ename": "CheckFailed", "evalue": "short", "traceback": []}


def _cell(grade_id: str, *outputs: Any, points: float = 2, **meta: Any) -> dict[str, Any]:
    flags = {"grade": True, "solution": False, "locked": True, "points": points, "grade_id": grade_id} | meta
    return {"cell_type": "code", "metadata": {"nbgrader": flags}, "source": "", "outputs": list(outputs)}


def test_what_nbgrader_alone_graded_is_read_from_outputs() -> None:
    """An error with its text, partial points, answers for a person; what nbgrader itself cannot read waits for one."""
    half = {"output_type": "execute_result", "data": {"text/plain": "0.5"}, "metadata": {}, "execution_count": 1}
    many = half | {"data": {"text/plain": "99"}}
    found = read(
        {
            "metadata": {},
            "cells": [
                _cell("a", _ERROR),
                _cell("b", half),
                _cell("c", many),
                _cell("d", solution=True, locked=False, checksum="x"),
                {"cell_type": "markdown", "metadata": {}, "source": "text"},
            ],
        },
        "x.ipynb",
    )

    rows = {name: (check.points, check.verdict) for name, check in found.checks.items()}
    assert rows == {"a": (0.0, "failed"), "b": (0.5, "passed"), "c": (None, "open"), "d": (None, "open")}
    assert [check.report for check in found.messages] == [Report("CheckFailed: short")]
