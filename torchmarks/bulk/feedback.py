"""Feedback in bulk: the pages of nbgrader's generate_feedback, made by the same workers.

A page is a pure function of a graded notebook and the grades that the gradebook holds for it; the gradebook is read by
the one process that owns it. nbgrader's exporter and the course's own preprocessors make the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import nbformat
from nbgrader import utils as kinds
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.jobs import FeedbackOutcome, Greeting, Job, Outcome, OutcomeState, Plan, key_of
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.pools import open_pool
from torchmarks.bulk.step import Run, chosen_students
from torchmarks.bulk.store import SubmissionStore
from torchmarks.bulk.summary import Summary
from torchmarks.bulk.watcher import Watcher
from torchmarks.bulk.work import once_per_plan, quarantining, thawed
from torchmarks.checks.cell_marks import grade_id_of
from torchmarks.course.bundles import assignment_bundle, limits_of
from torchmarks.course.policy import PageDetail
from torchmarks.course.renewing import outdated_pages
from torchmarks.course.solutions import for_feedback
from torchmarks.course.unfinished import reason
from torchmarks.grading import Submission


def feedback_cohort(
    config: Config,
    assignment: str,
    watcher: Watcher,
    *,
    students: Sequence[str] = (),
    workers: int = 0,
    scheduler: str = "",
    force: bool = False,
    shown: Callable[[str], PageDetail | None] = lambda student: None,
    pool: LocalPool | None = None,
) -> Summary:
    """Make the feedback pages of what is graded and has none yet, or has been graded or marked anew since.

    shown: how much of a student's grading the page shows; None: what the graded notebook says. The other options are
    those of `grade_cohort`. Raises UsageError and MachineError.
    """
    plan = _plan(config, assignment)
    run = _feedback_run(plan, students, watcher, force=force, shown=shown)
    with run.opened():
        if pool is not None:
            pool.replan(plan.freeze(), rendered)
        opened = open_pool(plan, workers, scheduler, rendered) if pool is None else nullcontext(pool)
        with opened as at_work:
            run.over(at_work)
    return run.summary()


@contextmanager
def open_feedback(
    config: Config, assignment: str, watcher: Watcher, shown: Callable[[str], PageDetail | None]
) -> Iterator[tuple[Run, Greeting]]:
    """A feedback run to which graded submissions are given one by one, and what its workers need to know.

    Raises UsageError and MachineError.
    """
    plan = _plan(config, assignment)
    run = _feedback_run(plan, (), watcher, force=False, shown=shown)
    with run.opened():
        yield run, Greeting(plan.freeze(), rendered)


def _plan(config: Config, assignment: str) -> Plan:
    solutions = for_feedback(config, assignment)
    return Plan(assignment_bundle(config, assignment), limits_of(config), config, solutions=solutions)


def _feedback_run(
    plan: Plan, students: Sequence[str], watcher: Watcher, *, force: bool, shown: Callable[[str], PageDetail | None]
) -> FeedbackRun:
    assignment = plan.bundle.assignment
    store = SubmissionStore(plan.settings, assignment, GenerateFeedback)
    return FeedbackRun(plan, store, chosen_students(store, students, assignment), watcher, force=force, shown=shown)


class FeedbackRun(Run):
    """The making of pages for a class; see `Run`. shown: see `feedback_cohort`."""

    step, done = "feedback", "made"

    def __init__(
        self,
        plan: Plan,
        store: SubmissionStore,
        students: Sequence[str],
        watcher: Watcher,
        *,
        force: bool,
        shown: Callable[[str], PageDetail | None],
    ) -> None:
        super().__init__(plan, store, students, watcher, force=force)
        self._shown = shown

    def job(self, submission: Submission) -> Job | Outcome:
        """See Run."""
        student = submission.student
        if self._writer.is_unfinished(student, self._store.graded(student)):
            return Outcome(student, OutcomeState.REFUSED, reason(self.assignment, student))
        grades = self._writer.grades(student)
        # with the grades: a mark or comment of a person's asks for a new page, and so do solutions that are out now
        out = f" {sorted(self._plan.solutions.items())!r}" if self._plan.solutions else ""
        shown = self._shown(student)
        out += f" {shown!r}" if shown is not None else ""
        key = key_of(submission, f"{self._plan.version} {grades!r}{out}")
        known = None if self._force else self._known.get(student)
        if known is not None and known.key == key and self._is_current(submission, grades):
            return Outcome(student, OutcomeState.UNCHANGED)
        return Job(submission, key, grades, shown=shown)

    def _is_current(self, submission: Submission, grades: Mapping[str, Any]) -> bool:
        """Whether all pages are there, and none is of another grade: nbgrader's command may have made one since."""
        student = submission.student
        pages, copies = self._store.place(student), self._store.graded(student)
        wanted = {pages / f"{name}.html": copies / f"{name}.ipynb" for name in _notebooks_in(submission, self._plan)}
        return self._store.is_there(student) and not outdated_pages(wanted, grades)

    def save(self, job: Job, outcome: Outcome) -> Outcome:
        """Stage the pages, note them in the gradebook, move them in place. Old pages stay where none could be made."""
        if isinstance(outcome, FeedbackOutcome):
            # as nbgrader copies what lies beside a notebook: a page may show a picture from there
            own = {name: c for name, c in job.submission.files.items() if not name.endswith(".ipynb")}
            pages = {name: page.encode() for name, page in outcome.pages.items()}
            staged = self._store.stage(job.student, job.key, own | pages)
            self._writer.note(outcome, job.key)
            self._store.commit(job.student, staged)
        return outcome


@quarantining("Making the page")
def rendered(job: Job, frozen: bytes) -> Outcome:
    """Make the pages of a submission: what a worker does with a job."""
    started = time.perf_counter()
    plan = thawed(frozen)
    pages = {f"{name}.html": _page(job, plan, name) for name in _notebooks_in(job.submission, plan)}
    seconds = {"pages": time.perf_counter() - started}
    return FeedbackOutcome(job.student, OutcomeState.GRADED, seconds=seconds, pages=pages)


def _notebooks_in(submission: Submission, plan: Plan) -> list[str]:
    """The notebooks of the assignment that are in a graded submission, each of which gets a page."""
    return [notebook.name for notebook in plan.bundle.notebooks if f"{notebook.name}.ipynb" in submission.files]


def _page(job: Job, plan: Plan, name: str) -> str:
    resources = {  # what nbconvert's from_filename makes of a path, which a worker has not
        "unique_key": name,
        "output_files_dir": f"{name}_files",
        "nbgrader": {"student": job.student, "assignment": plan.bundle.assignment, "notebook": name},
        "metadata": {"name": name, "path": "", "modified_date": ""},
    }
    stamp, exporter = _exporter(plan)
    stamp.grades, exporter.shown = job.grades[name], job.shown
    node = nbformat.reads(job.submission.files[f"{name}.ipynb"].decode(), as_version=4)
    page, _ = exporter.from_notebook_node(node, resources=resources)
    return str(page)


class _Stamp:
    """Replaces nbgrader's GetGrades: writes grades into the notebook, without a gradebook."""

    grades: Mapping[str, Any]

    def __call__(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        cells = self.grades["cells"]
        for cell in notebook.cells:
            is_task = kinds.is_task(cell)
            mark = cells.get(grade_id_of(cell), {})
            if kinds.is_solution(cell) or is_task:
                cell.metadata.nbgrader["comment"] = mark.get("comment")
            if kinds.is_grade(cell) or is_task:
                cell.metadata.nbgrader["score"], cell.metadata.nbgrader["points"] = mark["score"], mark["points"]
        resources["nbgrader"].update({name: self.grades[name] for name in ("score", "max_score", "late_penalty")})
        return notebook, resources


@once_per_plan
def _exporter(plan: Plan) -> tuple[_Stamp, Any]:
    """The step that is given the grades, and nbgrader's own exporter for feedback, set up as its converter does it."""
    settings = Config(plan.settings)
    converter = GenerateFeedback(coursedir=CourseDirectory(config=settings), config=settings)
    exporter = converter.exporter_class(parent=converter, config=converter.config)
    exporter.solutions = plan.solutions
    stamp = _Stamp()
    for step in converter.preprocessors:
        name = step.rpartition(".")[2] if isinstance(step, str) else step.__name__
        if name == "GetGrades":  # which opens the gradebook, and a worker may not have it
            exporter.register_preprocessor(stamp, enabled=True)
        else:
            exporter.register_preprocessor(step)
    return stamp, exporter
