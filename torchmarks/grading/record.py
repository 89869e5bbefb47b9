"""The record of a graded notebook: what grading found, as data with a version, in the notebook's own metadata.

`written` is its one writer and `read` its one reader; feedback, report, demo, verification, bulk grading and nbgrader's
steps all start from what these give. Pure but for `read_file`. Must not be asked for the record of what a student
handed in: whatever is there may be anybody's, and repair makes the metadata of every notebook anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.exercises import exercise_of
from torchmarks.checks.language import ENGLISH, speaking
from torchmarks.checks.left import Left
from torchmarks.checks.reasons import is_misconception
from torchmarks.checks.report import Report
from torchmarks.checks.seeding import Phase
from torchmarks.errors import TorchmarksError
from torchmarks.grading.repair import Refused, Repair
from torchmarks.grading.scores import points_of
from torchmarks.isolation import LimitHit

VERSION: Final = 1  # of the layout below, names of all fields in it
KEY: Final = "torchmarks"  # in the metadata of a graded notebook


class UnreadableRecord(TorchmarksError):
    """A graded notebook without a record that this version can read. `where`; `reason`; `remedy`."""

    def __init__(self, where: str, reason: str, remedy: str) -> None:
        super().__init__(where, reason, remedy)
        self.where, self.reason, self.remedy = where, reason, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}. {self.remedy}"


class CheckVerdict(StrEnum):
    """What a graded cell came to. OPEN: a person has to look; BLANK: an answer for a person, left as released, or one
    of a notebook that was not handed in.
    """

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A graded cell.

    cell: its grade_id; points: reached, None where a person has to look; most: to be had; calls: how many it judged;
    report: what the student reads of a test that failed; limit: what ended its calls, or the cell that should have
    defined what it tests.
    """

    cell: str
    points: float | None
    most: float
    verdict: CheckVerdict
    calls: int = 0
    report: Report | None = None
    limit: LimitHit | None = None


@dataclass(frozen=True, slots=True)
class ExerciseRecord:
    """An exercise: its graded cells, in the order of the notebook."""

    name: str
    checks: tuple[CheckRecord, ...]

    @property
    def points(self) -> float:
        """Points reached so far, without those that a person has yet to give."""
        return sum(check.points or 0.0 for check in self.checks)

    @property
    def most(self) -> float:
        """Points to be had."""
        return sum(check.most for check in self.checks)

    @property
    def verdict(self) -> CheckVerdict:
        """FAILED where a check failed, else OPEN where one waits for a person, else BLANK where one is; else PASSED."""
        found = {check.verdict for check in self.checks}
        worst = (CheckVerdict.FAILED, CheckVerdict.OPEN, CheckVerdict.BLANK)
        return next((verdict for verdict in worst if verdict in found), CheckVerdict.PASSED)


@dataclass(frozen=True, slots=True)
class NotebookRecord:
    """All that grading found in a notebook.

    repairs: what was repaired; limits: those that its cells and tests hit; left: what cells left set; seconds: of
    grading, None where it was not noted; missing: it was not handed in, beside others that were, and scores 0; refused:
    why it could not be graded, and then there are no exercises; catalogue_errors: of the course's author, which cost
    names and no mark; isolation: the name of the level at which students' code ran; phase: of the hidden inputs;
    language: of all its texts. A notebook that is missing or refused has no metadata for a record: the first is in the
    gradebook, the second in its notes.
    """

    exercises: tuple[ExerciseRecord, ...] = ()
    repairs: tuple[Repair, ...] = ()
    limits: tuple[LimitHit, ...] = ()
    left: tuple[Left, ...] = ()
    seconds: float | None = None
    missing: bool = False
    refused: Refused | None = None
    catalogue_errors: tuple[str, ...] = ()
    isolation: str = ""
    phase: str = Phase.FINAL.value
    language: str = ENGLISH
    version: int = VERSION

    @property
    def checks(self) -> dict[str, CheckRecord]:
        """The graded cells by grade_id, in order."""
        return {check.cell: check for exercise in self.exercises for check in exercise.checks}

    @property
    def is_provisional(self) -> bool:
        """Whether it was graded with other hidden inputs than those that count."""
        return self.phase != Phase.FINAL

    @property
    def scores(self) -> dict[str, float | None]:
        """Points of the graded cells by grade_id; None where a person has to look."""
        return {name: check.points for name, check in self.checks.items()}

    @property
    def messages(self) -> tuple[CheckRecord, ...]:
        """The checks of which the student reads a report."""
        return tuple(check for check in self.checks.values() if check.report is not None)

    @property
    def texts(self) -> dict[str, str]:
        """What the student reads of each test that failed, by grade_id: plain lines, in the record's language."""
        with speaking(self.language):
            return {check.cell: check.report.text() for check in self.messages if check.report is not None}

    @property
    def misconceptions(self) -> frozenset[str]:
        """Ids of the misconceptions that the messages name."""
        named = (check.report.misconception for check in self.checks.values() if check.report is not None)
        return frozenset(filter(is_misconception, named))


def by_exercise(checks: Iterable[CheckRecord]) -> tuple[ExerciseRecord, ...]:
    """Checks gathered to exercises, in the order in which these begin."""
    found: dict[str, list[CheckRecord]] = {}
    for check in checks:
        found.setdefault(exercise_of(check.cell), []).append(check)
    return tuple(ExerciseRecord(name, tuple(mine)) for name, mine in found.items())


# ---- the writer


def written(notebook: Mapping[str, Any], record: NotebookRecord) -> dict[str, Any]:
    """A graded notebook (nbformat v4) with the record in its metadata, in place of whatever was there."""
    return {**notebook, "metadata": {**notebook["metadata"], KEY: _listed(msgspec.to_builtins(record))}}


def _listed(value: Any) -> Any:
    """The same with lists for tuples, as JSON has them: a notebook is compared before and after it was a file."""
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items()}
    return [_listed(part) for part in value] if isinstance(value, list | tuple) else value


# ---- the reader


def read_file(path: Path) -> NotebookRecord:
    """The record of a graded copy. Raises UnreadableRecord, also for a file that is not a notebook."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableRecord(path.name, f"it cannot be read ({error})", _AGAIN) from None
    return read(notebook, path.name)


def read(notebook: Mapping[str, Any], where: str) -> NotebookRecord:
    """The record of a graded notebook of ours. where: what an error calls it.

    Of a notebook that was graded without this package, what its outputs tell. Raises UnreadableRecord for the record of
    another version, and for one that is damaged.
    """
    noted = notebook.get("metadata", {}).get(KEY)
    if not isinstance(noted, Mapping) or "version" not in noted:
        return _by_outputs(notebook)
    version = noted["version"]
    if version != VERSION or isinstance(version, bool):
        reason = f"its record has the layout {version!r}, and this version of torchmarks reads {VERSION}"
        raise UnreadableRecord(where, reason, _AGAIN)
    try:
        return msgspec.convert(noted, NotebookRecord)
    except msgspec.ValidationError as error:
        raise UnreadableRecord(where, f"its record is damaged ({error})", _AGAIN) from None


_AGAIN: Final = "Grade it again with this version: torchmarks grade ASSIGNMENT --force."

# ---- what was graded without this package


def _by_outputs(notebook: Mapping[str, Any]) -> NotebookRecord:
    marked = ((cell, marks_of(cell)) for cell in notebook.get("cells", ()))
    checks = [_check_in(cell) for cell, meta in marked if meta.get("grade_id") and meta.get("grade")]
    return NotebookRecord(by_exercise(checks), version=0)


def _check_in(cell: Mapping[str, Any]) -> CheckRecord:
    meta, name = marks_of(cell), str(marks_of(cell)["grade_id"])
    most = float(meta.get("points") or 0)
    if meta.get("solution"):
        points = points_of(cell)
        return CheckRecord(name, points, most, CheckVerdict.OPEN if points is None else CheckVerdict.BLANK)
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "error":
            report = Report(f"{output.get('ename')}: {output.get('evalue')}")
            return CheckRecord(name, 0.0, most, CheckVerdict.FAILED, report=report)
    try:
        points = points_of(cell)
    except (KeyError, ValueError):  # an output that nbgrader itself refuses to read as points
        points = None
    return CheckRecord(name, points, most, CheckVerdict.OPEN if points is None else CheckVerdict.PASSED)
