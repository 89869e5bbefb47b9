"""What a worker does with a job: grade, and finish the notebook as nbgrader does.

Pure but for the student's process behind the engines. The same function serves the local pool and a cluster. Must not
open a gradebook or a course folder: a worker may be on another machine.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any, TypeVar

import nbformat
from nbconvert.exporters import NotebookExporter
from traitlets.config import Config

from torchmarks import grading  # what grades, PyTorch with it, is fetched where something is graded
from torchmarks.bulk.jobs import GradeOutcome, Job, NotebookResult, Outcome, OutcomeState, Plan
from torchmarks.course.commands import once_corrected
from torchmarks.errors import AuthorError, TorchmarksError
from torchmarks.grading import scores_of, unanswered_in
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
    """Start what a plan needs and does not run: a server that started during a job could be one that replaced another.

    Returns what EnginePool.unhurt wants to know. Raises ServerHurt and MachineError.
    """
    devices = [notebook.device for notebook in plan.bundle.notebooks]
    return engines.warm(devices, plan.limits, isolation=plan.isolation)


def graded(job: Job, plan: Plan, engines: EnginePool) -> Outcome:
    """Grade one submission. Raises ServerLost, ServerHurt and MachineError; a fault of the course is an outcome."""
    started = time.perf_counter()
    before = warmed(plan, engines)
    warm = time.perf_counter()
    try:
        of_devices = engines.of_devices(plan.limits, isolation=plan.isolation)
        result = grading.grade(job.submission, plan.bundle, of_devices, plan.phase)
    except AuthorError as error:  # a wrong test is wrong for the whole class, and nobody's zero
        reason = f"A test of the assignment is wrong: {error} {once_corrected(plan.bundle.assignment)}"
        return Outcome(job.student, OutcomeState.QUARANTINED, reason)
    if not engines.unhurt(before):
        raise ServerLost(job.student)
    judged = time.perf_counter()
    outcome = _outcome(job, plan, result)
    ended = time.perf_counter()
    judging = sum(notebook.record.seconds or 0.0 for notebook in result.notebooks)
    seconds = {
        "start": warm - started,
        "students' code and tests": judging,
        "repair": judged - warm - judging,
        "finish": ended - judged,
    }
    return replace(outcome, seconds=seconds)


def _outcome(job: Job, plan: Plan, result: grading.Graded) -> Outcome:
    for notebook in result.notebooks:
        if refused := notebook.record.refused:
            reason = f"{notebook.name}.ipynb: {refused.reason} {refused.remedy}"
            return Outcome(job.student, OutcomeState.REFUSED, reason)
    finished = tuple(_finished(notebook, plan, job.student) for notebook in result.notebooks)
    return GradeOutcome(job.student, OutcomeState.GRADED, notebooks=finished)


def _finished(result: grading.GradedNotebook, plan: Plan, student: str) -> NotebookResult:
    if result.notebook is None:
        return NotebookResult(result.name, None, result.record.scores, {}, result.record)
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
        exporter._preprocessors.remove(keeper)  # the exporter serves the next notebook, too
    # of the notebook as the course's own steps leave it: nbgrader, too, reads the points after them
    scores, unanswered = scores_of(keeper.notebook), unanswered_in(keeper.notebook)
    return NotebookResult(result.name, text, scores, unanswered, result.record)


class _Keeper:
    """The last step of an exporter: keeps the notebook as it is written."""

    notebook: Any = None

    def __call__(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        self.notebook = notebook
        return notebook, resources


_Made = TypeVar("_Made")


def once_per_plan(make: Callable[[Plan], _Made]) -> Callable[[Plan], _Made]:
    """Keeps what `make` gives for a plan until another plan comes, for each thread by itself.

    An exporter takes long to set up, and is not for two threads at once.
    """
    latest = threading.local()

    @wraps(make)
    def made(plan: Plan) -> _Made:
        # by identity: `thawed` gives the same plan for the same bytes
        if getattr(latest, "plan", None) is not plan:
            latest.made = make(plan)
            latest.plan = plan
        result: _Made = latest.made
        return result

    return made


@once_per_plan
def _exporter(plan: Plan) -> NotebookExporter:
    """nbgrader's exporter for the second pass of autograde, without the steps that are done elsewhere."""
    settings = Config(plan.settings)
    settings.Exporter.default_preprocessors = []  # as in nbgrader's converters
    exporter = NotebookExporter(config=settings)
    for step in plan.settings.Autograde.get("autograde_preprocessors", []):
        name = step.rpartition(".")[2] if isinstance(step, str) else step.__name__
        if name not in _DONE_ELSEWHERE:
            exporter.register_preprocessor(step)
    return exporter


# ---- as bytes, for processes and clusters


_local = threading.local()


@lru_cache(maxsize=16)  # `torchmarks watch` has two or three for each assignment at work at once
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


def quarantining(what: str) -> Callable[[Callable[[Job, bytes], Outcome]], Callable[[Job, bytes], Outcome]]:
    """Turns an unexpected error of a worker's function into a quarantined outcome, with the error's last line. Our own
    errors pass: they ask for another attempt, or end the run. what: the work, at the head of the reason.
    """

    def around(function: Callable[[Job, bytes], Outcome]) -> Callable[[Job, bytes], Outcome]:
        @wraps(function)  # it travels to workers by its name
        def guarded(job: Job, frozen: bytes) -> Outcome:
            try:
                return function(job, frozen)
            except TorchmarksError:
                raise
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                reason = f"{what} failed with {type(error).__name__}: {error} ({where.filename}:{where.lineno})."
                return Outcome(job.student, OutcomeState.QUARANTINED, reason)

        return guarded

    return around


@quarantining("Grading")
def attempt(job: Job, frozen: bytes) -> Outcome:
    """Grade with the engines of this thread. Raises what asks for another attempt (ServerLost, ServerHurt) or for an
    end of the run (MachineError).
    """
    return graded(job, thawed(frozen), engines_of_thread())
