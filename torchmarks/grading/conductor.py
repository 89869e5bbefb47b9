"""grade: a submission and an assignment bundle in, graded notebooks, scores and messages out.

Pure but for the student's process, which is reached through the engines passed in: no gradebook, no course folder, no
clock that a result depends on. It maps over a local pool or a cluster, and is what nbgrader's own commands call too.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torchmarks._messages import Report
from torchmarks.grading.submission import Submission, notebooks_in
from torchmarks.isolation import Engine, LimitHit, World
from torchmarks.judge import Judge, Judgement, role_of, signatures_of
from torchmarks.repair import Blueprint, Found, Refused, Repair

Engines = Callable[[World], Engine]


@dataclass(frozen=True, slots=True)
class NotebookBundle:
    """What grading one notebook of an assignment needs. blueprint: with the hidden tests; signatures: see judge."""

    name: str
    blueprint: Blueprint
    signatures: Mapping[str, tuple[str, ...]]
    world: World

    @classmethod
    def of(cls, name: str, notebook: Mapping[str, Any]) -> NotebookBundle:
        """From a notebook dictionary, solutions cleared, hidden tests in place."""
        blueprint = Blueprint.from_notebook(notebook, name)
        solutions = [cell.source for cell in blueprint.cells if cell.solution and cell.cell_type == "code"]
        locked = [
            cell.source for cell in blueprint.cells if cell.cell_type == "code" and cell.locked and not cell.grade
        ]
        world: World = "sim" if any("accelerator" in text or "torchmarks.sim" in text for text in locked) else "cpu"
        return cls(name, blueprint, signatures_of(solutions), world)


@dataclass(frozen=True, slots=True)
class Bundle:
    """An assignment as its graders need it: notebooks, and the data files that students were given (path ->
    content).
    """

    assignment: str
    notebooks: tuple[NotebookBundle, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """What a student reads about one test cell that failed."""

    cell: str
    report: Report


@dataclass(frozen=True, slots=True)
class GradedNotebook:
    """One graded notebook.

    notebook: nbformat v4 dictionary with outputs; scores: points of each test cell by grade_id (None: to be graded by
    hand); messages: of the failed ones; repairs: what was mended; refused: why it could not be graded, or None;
    limits: those that its cells and tests hit.
    """

    name: str
    notebook: dict[str, Any] | None
    scores: Mapping[str, float | None] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    repairs: tuple[Repair, ...] = ()
    refused: Refused | None = None
    seconds: float = 0.0
    limits: tuple[LimitHit, ...] = ()


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded submission."""

    student: str
    assignment: str
    notebooks: tuple[GradedNotebook, ...]

    @property
    def refused(self) -> Refused | None:
        """Why the submission cannot be graded, or None."""
        return next((notebook.refused for notebook in self.notebooks if notebook.refused), None)


def grade(submission: Submission, bundle: Bundle, engines: Engines) -> Graded:
    """Grade a submission.

    engines: gives the engine of a world, "cpu" or "sim". Raises MachineError, ServerHurt and AuthorError; whatever the
    submission holds or does is part of the result.
    """
    found = notebooks_in(submission, (notebook.blueprint for notebook in bundle.notebooks))
    return Graded(
        submission.student,
        bundle.assignment,
        tuple(_grade_notebook(submission, n, found[n.name], bundle, engines) for n in bundle.notebooks),
    )


def _grade_notebook(
    submission: Submission, notebook: NotebookBundle, found: Found | Refused, bundle: Bundle, engines: Engines
) -> GradedNotebook:
    if isinstance(found, Refused):
        return GradedNotebook(notebook.name, None, refused=found)
    repaired, repairs = found.repaired.notebook, found.all_repairs
    judgement = judged(repaired, notebook, submission.student, data_files(submission, bundle), engines)
    graded = with_outputs(repaired, judgement, repairs)
    messages = tuple(Message(v.cell, v.report) for v in judgement.verdicts if v.report is not None)
    scores = scores_of(graded, judgement)
    return GradedNotebook(notebook.name, graded, scores, messages, repairs, None, judgement.seconds, judgement.stopped)


def data_files(submission: Submission, bundle: Bundle) -> dict[str, bytes]:
    """What lies in the student's working directory: their own files, the assignment's over them, no notebook."""
    own = {name: content for name, content in submission.files.items() if not name.endswith(".ipynb")}
    return own | dict(bundle.files)


def judged(
    notebook: Mapping[str, Any], bundle: NotebookBundle, student: str, files: Mapping[str, bytes], engines: Engines
) -> Judgement:
    """Run a repaired notebook."""
    judge = Judge(engines(bundle.world), student_id=student, signatures=bundle.signatures, files=files)
    return judge.judge([_ours_or_theirs(cell, bundle.blueprint) for cell in notebook["cells"]])


def _ours_or_theirs(cell: Mapping[str, Any], blueprint: Blueprint) -> Mapping[str, Any]:
    """A cell as the judge may run it: outside the sandbox runs the assignment's own text, whatever stands in the file.

    Repair has seen to that already. This is the second lock on the one door through which a student's code could get
    out.
    """
    if role_of(cell) in ("inside", ""):
        return cell
    known = {source.grade_id: source for source in blueprint.cells if source.grade_id}
    source = known.get(str((cell["metadata"].get("nbgrader") or {}).get("grade_id")))
    if source is None or source.solution or not (source.grade or source.locked):
        return {**cell, "metadata": {}}  # the student's own, whatever its marks say
    return {**cell, "source": source.source}


def with_outputs(notebook: Mapping[str, Any], judgement: Judgement, repairs: tuple[Repair, ...]) -> dict[str, Any]:
    """The notebook with the outputs of its run, and a record of what was mended, which limits were hit and what cells
    left set.
    """
    cells = []
    for position, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            cell = {**cell, "outputs": judgement.outputs.get(position, []), "execution_count": None}
        cells.append(cell)
    record = {
        "repairs": [{"kind": r.kind, "cell": r.cell, "message": r.message} for r in repairs],
        "limits": [hit.to_record() for hit in judgement.stopped],
        "left": [dataclasses.asdict(left) for left in judgement.left],
        "seconds": round(judgement.seconds, 3),
    }
    return {**notebook, "cells": cells, "metadata": {**notebook["metadata"], "torchmarks": record}}


def scores_of(notebook: Mapping[str, Any], judgement: Judgement) -> dict[str, float | None]:
    """The points of every graded cell, as nbgrader reads them from its outputs: None where a person has to look."""
    verdicts = {verdict.cell: verdict for verdict in judgement.verdicts}
    scores: dict[str, float | None] = {}
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader") or {}
        if not marks.get("grade"):
            continue
        points, verdict = float(marks.get("points") or 0), verdicts.get(marks["grade_id"])
        if verdict is None:
            scores[marks["grade_id"]] = None
        elif not verdict.passed:
            scores[marks["grade_id"]] = 0.0
        else:
            partial = verdict.score is not None and 0 <= verdict.score < points
            scores[marks["grade_id"]] = float(verdict.score or 0.0) if partial else points
    return scores


def to_json(notebook: Mapping[str, Any]) -> str:
    """A notebook as nbformat writes it."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
