"""The result of one submission, as data for other programs: points, parts, messages, in one versioned layout.

    {"layout": 1, "assignment": "01-tensors", "student": "ada", "state": "graded", "points": 30.0, "most": 36.0, …}

`torchmarks grade-file --json` prints it, and every adapter starts from it. Pure: an outcome of grading in, frozen data
out. Shows verdicts and messages, never the source of a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Final

import msgspec

from torchmarks.bulk import GradeOutcome, Outcome
from torchmarks.checks.language import ENGLISH, speaking
from torchmarks.checks.report import as_expected
from torchmarks.checks.seeding import Phase
from torchmarks.course.feedback_page import label_of, said_of
from torchmarks.grading import Bundle, CheckRecord, CheckVerdict, ExerciseRecord
from torchmarks.isolation import LimitHit

LAYOUT: Final = 1  # of the JSON; a field may be added in one layout, none goes and none changes its meaning


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A graded cell.

    label: as students read it; hidden: whether it holds tests that they were not given; points: None where a person
    has to look; verdict: "passed", "failed", "open" or "blank"; text, html: what the student reads of it, and code:
    the lines of that which show the failure; misconception: its id, or ""; limit: what ended its calls, or None.
    """

    cell: str
    label: str
    hidden: bool
    points: float | None
    most: float
    verdict: CheckVerdict
    text: str
    html: str
    code: tuple[str, ...] = ()
    misconception: str = ""
    limit: LimitHit | None = None


@dataclass(frozen=True, slots=True)
class AnswerExercise:
    """An exercise of a notebook with its parts, in the notebook's order."""

    notebook: str
    name: str
    points: float
    most: float
    parts: tuple[AnswerPart, ...]


@dataclass(frozen=True, slots=True)
class GraderAnswer:
    """What grading one submission alone answers, for a platform or a person.

    state: "graded", or why not: "refused" (nothing in it could be graded) or "quarantined" (grading itself failed);
    reason: in words, with what to do, and then points is None; notes: what was repaired; limits: those that were hit;
    isolation: the level at which the student's code ran; phase: which hidden inputs; seconds: by step of the work;
    language: of everything that the student reads.
    """

    assignment: str
    student: str
    state: str
    reason: str
    points: float | None
    most: float
    isolation: str
    phase: Phase
    exercises: tuple[AnswerExercise, ...] = ()
    notes: tuple[str, ...] = ()
    limits: tuple[LimitHit, ...] = ()
    seconds: Mapping[str, float] | None = None
    language: str = ENGLISH

    @property
    def is_graded(self) -> bool:
        """Whether there are points."""
        return self.state == "graded"

    @property
    def parts(self) -> Iterator[tuple[AnswerExercise, AnswerPart]]:
        """Every part with its exercise."""
        return ((exercise, part) for exercise in self.exercises for part in exercise.parts)

    @property
    def waiting(self) -> float:
        """Points that a person has yet to give: for answers that no test judges, and for tasks, which are not parts."""
        return self.most - sum(part.most for _, part in self.parts if part.points is not None)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it, with the versions that made it."""
        made_by = {"torchmarks": version("torchmarks"), "torch": version("torch")}
        data: dict[str, Any] = msgspec.to_builtins(self)
        return {"layout": LAYOUT, **data, "made_by": made_by}


def answer_of(outcome: Outcome, bundle: Bundle, phase: Phase) -> GraderAnswer:
    """The answer for an outcome of grading, in the language of the assignment."""
    with speaking(bundle.language):
        return replace(_answer_of(outcome, bundle, phase), language=bundle.language)


def _answer_of(outcome: Outcome, bundle: Bundle, phase: Phase) -> GraderAnswer:
    most = sum(cell.points for notebook in bundle.notebooks for cell in notebook.blueprint.cells)
    of_all = (bundle.assignment, outcome.student)
    if not isinstance(outcome, GradeOutcome):
        return GraderAnswer(*of_all, outcome.state, outcome.reason, None, most, "", phase, seconds=outcome.seconds)
    hidden = {
        (notebook.name, cell.grade_id)
        for notebook in bundle.notebooks
        for cell in notebook.blueprint.cells
        if cell.source != cell.released
    }
    exercises = tuple(
        _exercise(notebook.name, exercise, notebook.scores, hidden)
        for notebook in outcome.notebooks
        for exercise in notebook.record.exercises
    )
    return GraderAnswer(
        *of_all,
        outcome.state,
        "",
        outcome.score,
        most,
        ", ".join(sorted(outcome.isolation)),
        phase,
        exercises,
        tuple(repair.message for repair in outcome.repairs),
        outcome.limits,
        outcome.seconds,
    )


def _exercise(
    notebook: str, record: ExerciseRecord, scores: Mapping[str, float | None], hidden: set[tuple[str, str]]
) -> AnswerExercise:
    parts = tuple(
        # the points of the whole notebook's last step count: a course may have steps of its own
        _part(check, scores.get(check.cell, check.points), hidden=(notebook, check.cell) in hidden)
        for check in record.checks
    )
    return AnswerExercise(notebook, record.name, sum(part.points or 0.0 for part in parts), record.most, parts)


def _part(check: CheckRecord, points: float | None, *, hidden: bool) -> AnswerPart:
    report = check.report
    well = as_expected(check.calls) if check.verdict is CheckVerdict.PASSED else ""
    text = report.text() if report is not None else well
    return AnswerPart(
        check.cell,
        label_of(check.cell),
        hidden,
        points,
        check.most,
        check.verdict,
        text,
        said_of(check),
        () if report is None else report.code,
        "" if report is None else report.misconception,
        check.limit,
    )
