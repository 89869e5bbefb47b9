"""Grades a submission: takes it and an assignment bundle, and returns graded notebooks with their records.

Pure but for the student's process, which is reached through the engines passed in: no gradebook, no course folder, no
clock that a result depends on. It maps over a local pool or a cluster, and is what nbgrader's own commands call too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import speaking, spoken
from torchmarks.checks.seeding import Phase, Seeding
from torchmarks.grading.bundle import Bundle, NotebookBundle, data_files
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.record import CheckRecord, CheckVerdict, NotebookRecord, by_exercise, written
from torchmarks.grading.repair import Blueprint, Found, Refused, Repair
from torchmarks.grading.roles import role_of
from torchmarks.grading.scores import scores_of
from torchmarks.grading.submission import Submission, notebooks_in
from torchmarks.grading.verdict import Judgement
from torchmarks.isolation import Device, Engine

Engines = Callable[[Device], Engine]


@dataclass(frozen=True, slots=True)
class GradedNotebook:
    """One notebook of a graded submission.

    notebook: nbformat v4 dictionary with outputs and the record; None where there is nothing that could be graded, and
    then the record says why.
    """

    name: str
    notebook: dict[str, Any] | None
    record: NotebookRecord


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded submission."""

    student: str
    assignment: str
    notebooks: tuple[GradedNotebook, ...]

    @property
    def refused(self) -> Refused | None:
        """Why the submission cannot be graded, or None."""
        return next((notebook.record.refused for notebook in self.notebooks if notebook.record.refused), None)


def grade(submission: Submission, bundle: Bundle, engines: Engines, phase: Phase = Phase.FINAL) -> Graded:
    """Grade a submission.

    engines: gives the engine of a device, "cpu" or "sim"; phase: which hidden inputs. Raises MachineError, ServerHurt
    and AuthorError; whatever the submission holds or does is part of the result.
    """
    seeding = Seeding(bundle.secret, phase, submission.student)
    with speaking(bundle.language):
        found = notebooks_in(submission, (notebook.blueprint for notebook in bundle.notebooks))
        graded = [_grade_notebook(submission, n, found[n.name], bundle, seeding, engines) for n in bundle.notebooks]
    return Graded(submission.student, bundle.assignment, tuple(graded))


def _grade_notebook(
    submission: Submission,
    notebook: NotebookBundle,
    found: Found | Refused,
    bundle: Bundle,
    seeding: Seeding,
    engines: Engines,
) -> GradedNotebook:
    if isinstance(found, Refused):
        record = _missing(notebook) if found.absent else NotebookRecord(refused=found, language=spoken())
        return GradedNotebook(notebook.name, None, record)
    files = data_files(submission, bundle)
    return grade_notebook(found.repaired.notebook, notebook, found.all_repairs, seeding, files, engines)


def grade_notebook(
    notebook: Mapping[str, Any],
    bundle: NotebookBundle,
    repairs: tuple[Repair, ...],
    seeding: Seeding,
    files: Mapping[str, bytes],
    engines: Engines,
) -> GradedNotebook:
    """Grade one notebook that repair has been through, in the language that is spoken.

    All the steps of it, for every command that grades.

    repairs: what was repaired; seeding: of the hidden inputs; files: for the student's working directory. Raises as
    `grade` does.
    """
    judgement = judged(notebook, bundle, seeding, files, engines)
    graded = with_outputs(notebook, judgement)
    record = replace(
        record_of(graded, judgement, repairs),
        isolation=engines(bundle.device).isolation,
        phase=seeding.phase.value,
        language=spoken(),
    )
    graded = _marked_provisional(graded) if record.is_provisional else graded
    return GradedNotebook(bundle.name, written(graded, record), record)


def _marked_provisional(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """With a cell on top that says so: where the formgrader shows the notebook nothing else of ours is to be seen."""
    cell = {
        "cell_type": "markdown",
        "id": "torchmarks-provisional",
        "metadata": {},
        "source": f"**{say('provisional')}**",
    }
    return {**notebook, "cells": [cell, *notebook["cells"]]}


def _missing(notebook: NotebookBundle) -> NotebookRecord:
    """As nbgrader has it: 0 in every cell that has points, those for a person too."""
    cells = [cell for cell in notebook.blueprint.cells if cell.grade or cell.task]
    checks = [CheckRecord(cell.grade_id, 0.0, cell.points, CheckVerdict.BLANK) for cell in cells]
    return NotebookRecord(by_exercise(checks), missing=True)


def judged(
    notebook: Mapping[str, Any], bundle: NotebookBundle, seeding: Seeding, files: Mapping[str, bytes], engines: Engines
) -> Judgement:
    """Run a repaired notebook."""
    return judge_notebook(
        [_ours_or_theirs(cell, bundle.blueprint) for cell in notebook["cells"]],
        engines(bundle.device),
        seeding=seeding,
        signatures=bundle.signatures,
        files=files,
        catalogue=bundle.catalogue,
        reasons=bundle.reasons,
        as_unseen=bundle.as_unseen,
    )


def _ours_or_theirs(cell: Mapping[str, Any], blueprint: Blueprint) -> Mapping[str, Any]:
    """A cell as the judge may run it: outside the sandbox runs the assignment's own text, whatever the file says.

    Repair has seen to that already. This is a second lock on the one way by which a student's code could get out.
    """
    if role_of(cell) in ("inside", ""):
        return cell
    known = {source.grade_id: source for source in blueprint.cells if source.grade_id}
    source = known.get(grade_id_of(cell))
    if source is None or source.solution or not (source.grade or source.locked):
        return {**cell, "metadata": {}}  # the student's own, whatever its metadata say
    return {**cell, "source": source.source}


def with_outputs(notebook: Mapping[str, Any], judgement: Judgement) -> dict[str, Any]:
    """The notebook with the outputs of its run."""
    cells = []
    for position, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            cell = {**cell, "outputs": judgement.outputs.get(position, []), "execution_count": None}
        cells.append(cell)
    return {**notebook, "cells": cells}


def record_of(notebook: Mapping[str, Any], judgement: Judgement, repairs: tuple[Repair, ...]) -> NotebookRecord:
    """What grading found. notebook: with outputs; repairs: what was repaired."""
    exercises = by_exercise(_checks(notebook, judgement))
    return NotebookRecord(
        exercises,
        repairs,
        judgement.stopped,
        judgement.left,
        round(judgement.seconds, 3),
        catalogue_errors=judgement.catalogue_errors,
    )


def _checks(notebook: Mapping[str, Any], judgement: Judgement) -> Iterator[CheckRecord]:
    """The graded cells of a notebook with outputs. Their points are what nbgrader reads from these."""
    verdicts = {verdict.cell: verdict for verdict in judgement.verdicts}
    most = {str(meta["grade_id"]): float(meta.get("points") or 0) for meta in map(marks_of, notebook["cells"]) if meta}
    for name, points in scores_of(notebook).items():
        verdict = verdicts.get(name)
        if verdict is None:
            found = CheckVerdict.OPEN if points is None else CheckVerdict.BLANK
            yield CheckRecord(name, points, most[name], found)
        else:
            found = CheckVerdict.PASSED if verdict.passed else CheckVerdict.FAILED
            yield CheckRecord(name, points, most[name], found, verdict.calls, verdict.report, verdict.limit)
