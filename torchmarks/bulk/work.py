"""What a worker does with a job: grade, and finish the notebook as nbgrader does.

Pure but for the student's process behind the engines. The same function serves the local pool and a cluster. Must not
open a gradebook or a course folder: a worker may stand on another machine.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils as marks
from traitlets.config import Config

from torchmarks.bulk.jobs import CellNote, Job, NotebookResult, Outcome, Plan
from torchmarks.errors import AuthorError, TorchmarksError
from torchmarks.grading import Graded, GradedNotebook, grade
from torchmarks.isolation import EnginePool

# nbgrader's steps that are done elsewhere: by `grade`, and by the one writer of the gradebook. CheckCellMetadata only
# looks, at 5 ms a cell, and all marked cells are the assignment's own by now.
_DONE_ELSEWHERE = frozenset({"Judge", "Execute", "SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata"})


class ServerLost(TorchmarksError):
    """The warm server ended while a submission was graded: what was seen of the student's code means nothing.

    `student`: whose submission it was. Grade it again.
    """

    def __init__(self, student: str) -> None:
        super().__init__(student)
        self.student = student

    def __str__(self) -> str:
        return f"{self.student}: the process that students' code is forked from ended while this was graded."


def warmed(plan: Plan, engines: EnginePool) -> Mapping[Any, int]:
    """Start what a plan needs and does not run; a server started in the middle could not be told from a second.

    Returns what EnginePool.unhurt wants to know. Raises ServerHurt and MachineError.
    """
    worlds = [notebook.world for notebook in plan.bundle.notebooks]
    return engines.warm(worlds, plan.limits, unsafe_no_sandbox=plan.unsafe)


def graded(job: Job, plan: Plan, engines: EnginePool) -> Outcome:
    """Grade one submission. Raises ServerLost, ServerHurt and MachineError; a fault of the course is an outcome."""
    started = time.perf_counter()
    before = warmed(plan, engines)
    warm = time.perf_counter()
    try:
        result = grade(job.submission, plan.bundle, engines.of_worlds(plan.limits, unsafe_no_sandbox=plan.unsafe))
    except AuthorError as error:
        return Outcome(job.student, job.key, "aside", f"A test of the assignment is wrong: {error}")
    if not engines.unhurt(before):
        raise ServerLost(job.student)
    judged = time.perf_counter()
    outcome = _outcome(job, plan, result)
    ended = time.perf_counter()
    judging = sum(notebook.seconds for notebook in result.notebooks)
    seconds = {
        "start": warm - started,
        "students' code and tests": judging,
        "repair": judged - warm - judging,
        "finish": ended - judged,
    }
    return replace(outcome, seconds=seconds)


def _outcome(job: Job, plan: Plan, result: Graded) -> Outcome:
    bad = next((n for n in result.notebooks if n.refused is not None and not n.refused.absent), None)
    if bad is not None and bad.refused is not None:
        return Outcome(job.student, job.key, "refused", f"{bad.name}.ipynb: {bad.refused.reason} {bad.refused.remedy}")
    return Outcome(
        job.student,
        job.key,
        "graded",
        notebooks=tuple(_finished(notebook, plan, job.student) for notebook in result.notebooks),
        notes=tuple(
            CellNote(m.cell, m.report.misconception, "\n".join(m.report.lines()))
            for n in result.notebooks
            for m in n.messages
        ),
        repairs=tuple(repair.message for notebook in result.notebooks for repair in notebook.repairs),
        limits=tuple(f"{limit.cell}: {limit.detail}" for notebook in result.notebooks for limit in notebook.limits),
    )


def _finished(result: GradedNotebook, plan: Plan, student: str) -> NotebookResult:
    if result.notebook is None:
        blueprint = next(n.blueprint for n in plan.bundle.notebooks if n.name == result.name)
        return NotebookResult(result.name, None, {c.grade_id: 0.0 for c in blueprint.cells if c.grade or c.task}, {})
    resources = {
        "unique_key": result.name,
        "nbgrader": {"student": student, "assignment": plan.bundle.assignment, "notebook": result.name},
        "metadata": {"name": result.name, "path": ""},
    }
    keeper = _Keeper()
    exporter = _exporter(plan)
    exporter.register_preprocessor(keeper, enabled=True)
    try:
        text, _ = exporter.from_notebook_node(nbformat.from_dict(result.notebook), resources=resources)
    finally:
        exporter._preprocessors.remove(keeper)
    return NotebookResult(result.name, text, *_rows(keeper.notebook))


class _Keeper:
    """The last step of an exporter: keeps the notebook as it is written."""

    notebook: Any = None

    def __call__(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        self.notebook = notebook
        return notebook, resources


def _rows(notebook: Any) -> tuple[dict[str, float | None], dict[str, bool]]:
    """Scores and untouched answers, read from the outputs by nbgrader's own rules (SaveAutoGrades)."""
    scores: dict[str, float | None] = {}
    unanswered: dict[str, bool] = {}
    for cell in notebook.cells:
        if marks.is_grade(cell):
            scores[cell.metadata.nbgrader["grade_id"]] = marks.determine_grade(cell)[0]
        if marks.is_solution(cell) or marks.is_task(cell):
            untouched = cell.metadata.nbgrader.get("checksum", None) == marks.compute_checksum(cell)
            unanswered[cell.metadata.nbgrader["grade_id"]] = untouched and not marks.is_task(cell)
    return scores, unanswered


_local = threading.local()


def _exporter(plan: Plan) -> NotebookExporter:
    """nbgrader's exporter for the second pass of autograde, without the steps that are done elsewhere."""
    known = getattr(_local, "exporter", None)
    if known is not None and known[0] is plan:
        return known[1]
    settings = Config(plan.settings)
    settings.Exporter.default_preprocessors = []
    exporter = NotebookExporter(config=settings)
    for step in plan.settings.Autograde.get("autograde_preprocessors", []):
        name = step.rpartition(".")[2] if isinstance(step, str) else step.__name__
        if name not in _DONE_ELSEWHERE:
            exporter.register_preprocessor(step)
    _local.exporter = (plan, exporter)
    return exporter


# ---- as bytes, for processes and clusters


@lru_cache(maxsize=4)
def thawed(frozen: bytes) -> Plan:
    """The plan that `Plan.freeze` gave; the same object again for the same bytes."""
    return Plan.thaw(frozen)


def engines_of_thread() -> EnginePool:
    """The engines of this thread: one is not for two at once, and a cluster's worker may have several threads."""
    if not hasattr(_local, "engines"):
        _local.engines = EnginePool()
    engines: EnginePool = _local.engines
    return engines


def keep_engines(engines: EnginePool) -> None:
    """Make these the engines of this thread."""
    _local.engines = engines


def prepare(frozen: bytes) -> None:
    """Start the servers that a plan needs, before there is a job. Raises ServerHurt and MachineError."""
    warmed(thawed(frozen), engines_of_thread())


def attempt(job: Job, frozen: bytes) -> Outcome:
    """Grade with the engines of this thread. Raises what asks for another attempt (ServerLost, ServerHurt) or for an
    end of the run (MachineError); any other error is set aside with its last line, for it would come again.
    """
    try:
        return graded(job, thawed(frozen), engines_of_thread())
    except TorchmarksError:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"Grading failed with {type(error).__name__}: {error} ({where.filename}:{where.lineno})"
        return Outcome(job.student, job.key, "aside", reason)
