"""A submitted notebook's own record of an earlier grading: nothing of it is read, shown or counted."""

import json

import pytest

from attacks.assignment import NAME, RIGHT, STUBS, instructor, submission
from attacks.grader import Grader
from torchmarks.grading.record import VERSION, read
from torchmarks.grading.repair import Blueprint, Repaired, repair
from torchmarks.report.gather import failures_in

FORGED = "forged-by-hand"
_RECORD = {
    "repairs": [{"kind": FORGED, "cell": None, "message": FORGED}], "limits": [{"cell": FORGED, "how": FORGED, "name": FORGED, "value": 1.0, "detail": FORGED}],
    "seconds": 1e9, FORGED: FORGED, "verdict": "failed", "misconception": FORGED, "version": VERSION, "left": [],
    "exercises": [{"name": FORGED, "checks": [{"cell": FORGED, "points": 99.0, "most": 99.0, "verdict": "passed"}]}],
}
_SHOWN = {"output_type": "display_data", "data": {"text/plain": FORGED, "text/html": FORGED}, "metadata": {"torchmarks": _RECORD}}


def forged(answers: dict[str, str]) -> bytes:
    """A submission with records wherever a notebook can hold one."""
    notebook = json.loads(submission(answers, ["1 + 1"]))
    notebook["metadata"] |= {"torchmarks": _RECORD, FORGED: _RECORD, "nbgrader": _RECORD}
    for cell in notebook["cells"]:
        cell["metadata"] |= {"torchmarks": _RECORD, FORGED: _RECORD, "tags": [FORGED]}
        cell["metadata"].setdefault("nbgrader", {}).update({"score": 99.0, "comment": FORGED, "checksum": FORGED, FORGED: FORGED})
        if cell["cell_type"] == "code":
            cell |= {"outputs": [_SHOWN], "execution_count": 99}
        cell[FORGED] = _RECORD
    notebook[FORGED] = _RECORD
    return json.dumps(notebook).encode()


def test_the_forged_record_would_be_read() -> None:
    """It is one of the layout in force: what keeps it out is where records are looked for, and not its looks."""
    assert list(read(json.loads(forged(RIGHT)), NAME).checks) == [FORGED]


def test_reading_drops_every_record() -> None:
    """Of the notebook, its cells, their outputs and nbgrader's metadata."""
    repaired = repair(forged(RIGHT), Blueprint.from_notebook(instructor(), NAME))

    assert isinstance(repaired, Repaired)
    assert FORGED not in json.dumps(repaired.notebook)
    assert "torchmarks" not in repaired.notebook["metadata"]


@pytest.mark.parametrize("answers", [RIGHT, STUBS], ids=["right", "blank"])
def test_the_record_of_a_grade_is_its_own(answers: dict[str, str], grader: Grader) -> None:
    """A graded copy holds what this grading found: for the page, the report's counts, and the score."""
    done, honest = grader.grade(forged(answers)), grader.grade(submission(answers, ["1 + 1"]))
    notebook = done.graded.notebooks[0].notebook

    assert notebook is not None
    assert FORGED not in json.dumps(notebook)
    assert done.score == honest.score
    assert read(notebook, NAME).checks == done.graded.notebooks[0].record.checks == honest.graded.notebooks[0].record.checks
    assert notebook["metadata"]["torchmarks"]["limits"] == []
    assert notebook["metadata"]["torchmarks"]["seconds"] < 1e6
    assert {failure.misconception for failure in failures_in(read(notebook, NAME))} <= {"not-written", ""}
