"""Feedback in bulk: the pages of nbgrader's generate_feedback, made by the same workers.

A page is a pure function of a graded notebook and the grades that the gradebook holds for it; the gradebook is read by
the one process that owns it. nbgrader's exporter and the course's own preprocessors make the page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import nbformat
from nbgrader import utils as kinds
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.gradebook_writer import GradebookWriter
from torchmarks.bulk.jobs import Job, NotebookResult, Outcome, Plan, key_of
from torchmarks.bulk.run import Summary, Tally, Watcher, cannot_write, chosen_students, open_pool, stoppable
from torchmarks.bulk.store import SubmissionStore
from torchmarks.bulk.work import thawed
from torchmarks.course.bundles import assignment_bundle, limits_of

_local = threading.local()


def feedback_cohort(
    config: Config,
    assignment: str,
    watcher: Watcher,
    *,
    students: Sequence[str] = (),
    workers: int = 0,
    scheduler: str = "",
    force: bool = False,
) -> Summary:
    """Make the feedback pages of what is graded and has none yet, or has been graded or marked anew since.

    The options are those of `grade_cohort`. Raises UsageError and MachineError.
    """
    plan = Plan(assignment_bundle(config, assignment), limits_of(config), config)
    directory = CourseDirectory(config=Config(config))
    started = time.perf_counter()
    store = SubmissionStore(config, assignment, GenerateFeedback)
    names = chosen_students(store, students, assignment)
    watcher.begin(len(names), f"feedback {assignment}")
    tally = Tally()
    with (
        store,
        GradebookWriter(str(directory.db_url), str(directory.course_id), assignment, config, "feedback") as writer,
    ):
        run = _Run(plan, store, writer, watcher, tally, force=force)
        with open_pool(plan, workers, scheduler, rendered) as pool, stoppable(watcher) as asked:
            for item in pool.map(run.jobs(names, asked)):
                if item is None:
                    watcher.tick()
                else:
                    run.store(*item)
    return tally.summary(assignment, len(names), time.perf_counter() - started)


class _Run:
    def __init__(
        self,
        plan: Plan,
        store: SubmissionStore,
        writer: GradebookWriter,
        watcher: Watcher,
        tally: Tally,
        *,
        force: bool,
    ) -> None:
        self._plan, self._store, self._writer, self._watcher, self._tally = plan, store, writer, watcher, tally
        self._known = {} if force else {student: known.key for student, known in writer.known().items()}
        store.recover(self._known)

    def jobs(self, names: Sequence[str], asked: Sequence[str]) -> Iterator[Job]:
        version = self._plan.version
        for student in names:
            if asked:
                return
            submission, grades = self._store.submission(student), self._writer.grades(student)
            key = key_of(submission, f"{version} {grades!r}")
            if self._known.get(student) == key and self._store.is_there(student):
                self._tell(Outcome(student, key, "unchanged"))
            else:
                yield Job(submission, key, grades)

    def store(self, job: Job, outcome: Outcome) -> None:
        started = time.perf_counter()
        try:
            if outcome.state == "graded":
                own = {name: c for name, c in job.submission.files.items() if not name.endswith(".ipynb")}
                pages = {f"{n.name}.html": (n.text or "").encode() for n in outcome.notebooks}
                staged = self._store.stage(job.student, job.key, own | pages)
                self._writer.note(outcome)
                self._store.commit(job.student, staged)
        except OSError as error:
            raise cannot_write(error) from error
        self._tell(outcome.timed(write=time.perf_counter() - started))

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._watcher.finished(outcome)


def rendered(job: Job, frozen: bytes) -> Outcome:
    """What a worker does: the pages of a submission, in the fields of an outcome where a grade has its notebooks."""
    started = time.perf_counter()
    plan = thawed(frozen)
    names = [notebook.name for notebook in plan.bundle.notebooks if f"{notebook.name}.ipynb" in job.submission.files]
    pages = tuple(NotebookResult(name, _page(job, plan, name), {}, {}) for name in names)
    return Outcome(job.student, job.key, "graded", notebooks=pages, seconds={"pages": time.perf_counter() - started})


def _page(job: Job, plan: Plan, name: str) -> str:
    resources = {
        "unique_key": name,
        "output_files_dir": f"{name}_files",
        "nbgrader": {"student": job.student, "assignment": plan.bundle.assignment, "notebook": name},
        "metadata": {"name": name, "path": "", "modified_date": ""},
    }
    stamp, exporter = _exporter(plan)
    stamp.grades = job.grades[name]
    node = nbformat.reads(job.submission.files[f"{name}.ipynb"].decode(), as_version=4)
    page, _ = exporter.from_notebook_node(node, resources=resources)
    return str(page)


class _Stamp:
    """Stands for nbgrader's GetGrades: writes grades into the notebook, without a gradebook."""

    grades: Mapping[str, Any]

    def __call__(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        cells = self.grades["cells"]
        for cell in notebook.cells:
            is_task = kinds.is_task(cell)
            mark = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"), {})
            if kinds.is_solution(cell) or is_task:
                cell.metadata.nbgrader["comment"] = mark.get("comment")
            if kinds.is_grade(cell) or is_task:
                cell.metadata.nbgrader["score"], cell.metadata.nbgrader["points"] = mark["score"], mark["points"]
        resources["nbgrader"].update({name: self.grades[name] for name in ("score", "max_score", "late_penalty")})
        return notebook, resources


def _exporter(plan: Plan) -> tuple[_Stamp, Any]:
    """nbgrader's own exporter for feedback, set up as its converter does it, once for each plan and thread."""
    known = getattr(_local, "exporter", None)
    if known is not None and known[0] is plan:
        return known[1], known[2]
    settings = Config(plan.settings)
    converter = GenerateFeedback(coursedir=CourseDirectory(config=settings), config=settings)
    exporter = converter.exporter_class(parent=converter, config=converter.config)
    stamp = _Stamp()
    for step in converter.preprocessors:
        name = step.rpartition(".")[2] if isinstance(step, str) else step.__name__
        if name == "GetGrades":
            exporter.register_preprocessor(stamp, enabled=True)
        else:
            exporter.register_preprocessor(step)
    _local.exporter = (plan, stamp, exporter)
    return stamp, exporter
