"""Grades a class: what is new goes to the workers, what they find goes to the gradebook and into autograded/.

The conductor of bulk grading, and the only place where its parts meet. Prints nothing: a watcher is told what happens.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.gradebook_writer import Known, reachable
from torchmarks.bulk.jobs import GradeOutcome, Greeting, Job, Outcome, Plan, key_of
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.step import Pool, Run, Stale, Summary, Watcher
from torchmarks.bulk.store import handed_in
from torchmarks.bulk.work import attempt, prepare
from torchmarks.checks.seeding import Phase
from torchmarks.course.arrivals import awaited
from torchmarks.course.bundles import assignment_bundle, isolation_of, limits_of
from torchmarks.course.outdated import unregistered
from torchmarks.course.penalties import update_penalties
from torchmarks.course.records import Record
from torchmarks.course.secret import course_secret
from torchmarks.grading import (
    Bundle,
    Cause,
    Submission,
    causes,
    data_files,
    explained,
    needs_consent,
    parts_of,
    tests_of,
)
from torchmarks.grading.submitted_files import OF_ITS_NAMES
from torchmarks.isolation.client.enclosure import find_enclosure
from torchmarks.printable import few

_SHOWN: Final = 5  # students of a line

Consent = Callable[[tuple[Stale, ...]], bool]


def keep_all(stale: tuple[Stale, ...]) -> bool:
    """The answer of nobody: what is stale is left as it is, and told."""
    return False


def default_workers() -> int:
    """As many as this process has cores."""
    # not cpu_count, which counts cores that a container may not use
    return len(os.sched_getaffinity(0))


def grade_cohort(
    config: Config,
    assignment: str,
    watcher: Watcher,
    *,
    students: Sequence[str] = (),
    workers: int = 0,
    scheduler: str = "",
    force: bool = False,
    consent: Consent = keep_all,
    pool: LocalPool | None = None,
    as_unseen: bool = False,
    phase: Phase = Phase.FINAL,
    spares: bool = False,
) -> Summary:
    """Grade what was collected and is not graded yet, or has changed since.

    What another version of this package or of torch has graded, or what was graded without a note of it, is graded
    again only with consent: its mark may change although nobody did a thing.

    config: the course's; students: ids, or nothing for all; workers: of the local pool, 0 for as many as cores;
    scheduler: address of a Dask scheduler, instead of the local pool; force: grade again what is graded; consent: is
    asked once, if there is something to ask; pool: workers that `early_pool` has started, to be used instead and left
    running; as_unseen: no answer of the catalogue is recognised by itself, for `verify`; phase: what was graded in the
    other one is graded again; spares: what `torchmarks watch` grades for good at a deadline that is ahead is left to
    it, unless `students` and `force` ask for it.
    Raises UsageError and MachineError. Whatever was finished by then is saved, and the next run goes on from there.
    """
    directory = CourseDirectory(config=Config(config))
    bundle = _bundle(config, assignment, directory)
    plan = _plan(config, bundle.as_unseen() if as_unseen else bundle, phase)
    plan = plan if scheduler else settled(plan)  # a cluster's workers find out each for its own machine
    with reachable(str(directory.db_url)):
        # asked once of each student: a deadline may pass meanwhile
        until = functools.cache(awaited(directory, assignment).until) if spares else None
    named = bool(students) and force
    without = (lambda student: None) if until is None or named else until
    run = _Grading(plan, watcher, students, force=force, without=without)
    if until is not None:
        ahead = {student: end for student in (*run.students, *run.left_out) if (end := until(student))}
        _tell_of_ahead(watcher, assignment, run, ahead)
    if run.left_out and not run.students:
        return _with_penalties(run, config, directory)
    with run.opened():
        run.begin()
        run.ask(consent)
        if pool is not None:
            pool.replan(plan.freeze(), attempt)
        opened = open_pool(plan, workers, scheduler) if pool is None else nullcontext(pool)
        with opened as at_work:
            run.over(at_work)
    # Last: what was graded scrolls away what stands above.
    if other := unregistered(config, assignment, directory):
        watcher.note(other)
    return replace(_with_penalties(run, config, directory), unregistered=bool(other))


def _with_penalties(run: Run, config: Config, directory: CourseDirectory) -> Summary:
    """The end of a run, with late penalties that are today's also where nothing was graded."""
    db_url = str(directory.db_url)
    with reachable(db_url):
        found = update_penalties(db_url, run.assignment, config, {*run.students, *run.left_out})
    return replace(run.summary(), penalties=found)


@contextmanager
def open_grading(config: Config, assignment: str, watcher: Watcher, phase: Phase) -> Iterator[tuple[Run, Greeting]]:
    """A grading to which submissions are given one by one, and what its workers have to be told.

    What is stale is graded again. Raises UsageError and MachineError.
    """
    directory = CourseDirectory(config=Config(config))
    plan = settled(_plan(config, _bundle(config, assignment, directory), phase))
    run = _Grading(plan, watcher, (), force=False)
    with run.opened():
        run.begin()
        run.consent()
        if other := unregistered(config, assignment, directory):
            watcher.note(other)
        yield run, Greeting(plan.freeze(), attempt)


def _tell_of_ahead(watcher: Watcher, assignment: str, run: Run, ahead: Mapping[str, datetime]) -> None:
    if early := [student for student in run.students if student in ahead]:
        watcher.note(f"{few(early, _SHOWN)}: the mark becomes final now, before the deadline ({_span(ahead, early)}).")
    if run.left_out:
        remedy = f"`torchmarks grade {assignment} --student {run.left_out[0]} --force` makes one final now."
        when = f"torchmarks watch grades it for good at the deadline ({_span(ahead, run.left_out)})"
        watcher.note(f"Left out: {few(run.left_out, _SHOWN)}: {when}. {remedy}")


def _span(ahead: Mapping[str, datetime], students: Sequence[str]) -> str:
    """Their deadlines, the first and the last."""
    ends = sorted({f"{ahead[student]:%Y-%m-%d %H:%M} UTC" for student in students})
    return " to ".join(dict.fromkeys((ends[0], ends[-1])))


def _bundle(config: Config, assignment: str, directory: CourseDirectory) -> Bundle:
    """An assignment with the secret of its course."""
    bundle, db_url = assignment_bundle(config, assignment), str(directory.db_url)
    with reachable(db_url):
        return replace(bundle, secret=course_secret(db_url))


def _plan(config: Config, bundle: Bundle, phase: Phase = Phase.FINAL) -> Plan:
    return Plan(bundle, limits_of(config), config, isolation_of(config), phase)


def settled(plan: Plan) -> Plan:
    """A plan with the one level at which all of a run is graded on this machine. Raises NoSandbox."""
    return replace(plan, isolation=find_enclosure(plan.isolation).level)


def outcomes_of(submissions: Iterable[Submission], plan: Plan, workers: int = 1) -> Iterator[Outcome]:
    """Grade without a class's folders and gradebook: each submission with what came of it, as they finish.

    Workers end and start as for a class, so a submission that brings one down costs itself alone. Raises MachineError.
    """
    plan = settled(plan)
    jobs = (Job(submission, key_of(submission, plan.version)) for submission in submissions)
    with open_pool(plan, workers, "") as pool:
        for item in pool.map(jobs):
            if item is not None:
                yield item[1]


def early_pool(config: Config, bundle: Bundle, workers: int = 0, *, start: bool = True) -> LocalPool:
    """A local pool for `grade_cohort` whose workers start now, while the assignment is still being generated.

    bundle: of the same notebooks, made of whatever there is of them: it tells which servers to start; start: False for
    workers that start with the first job. Use as a context.
    """
    plan = settled(_plan(config, bundle))
    pool = _local_pool(plan, workers, attempt)
    if start:
        pool.start(prepare)
    return pool


def open_pool(
    plan: Plan, workers: int, scheduler: str, function: Callable[[Job, bytes], Outcome] = attempt
) -> AbstractContextManager[Pool]:
    """The local pool, or a running cluster. function: what a worker does with a job and the frozen plan."""
    if scheduler:
        from torchmarks.bulk.cluster import ClusterPool  # noqa: PLC0415 - distributed is an extra, and slow to load

        return ClusterPool(plan.freeze(), scheduler, function)
    return _local_pool(plan, workers, function)


def _local_pool(plan: Plan, workers: int, function: Callable[[Job, bytes], Outcome]) -> LocalPool:
    isolation = plan.isolation if function is attempt else None  # what else there is to do needs no student's process
    count = workers or default_workers()
    return LocalPool(plan.freeze(), count, function, longest_s=_longest(plan), isolation=isolation)


def _longest(plan: Plan) -> float:
    """Seconds that no submission can take whose limits work: then its worker hangs."""
    cells = sum(len(notebook.blueprint.cells) for notebook in plan.bundle.notebooks)
    return 120.0 + (cells + 40) * 2 * (plan.limits.cell_s + plan.limits.call_s)


class _Grading(Run):
    step, done = "grade", "graded"

    def __init__(
        self,
        plan: Plan,
        watcher: Watcher,
        students: Sequence[str],
        *,
        force: bool,
        without: Callable[[str], object] = lambda student: None,
    ) -> None:
        super().__init__(plan, watcher, students, force=force, without=without)
        self._version, self._basis = plan.version, plan.basis  # each is worked out anew when it is asked for
        self._again = False  # whether what is stale is graded again

    def begin(self) -> None:
        """Note with what this run grades, so that it can be told what it changed."""
        bundle = self._plan.bundle
        self._writer.begin(tests_of(bundle), parts_of(bundle))

    def ask(self, consent: Consent) -> None:
        """Tell what is graded again because the assignment or its limits changed; ask about what is stale."""
        if self._force:
            return
        changed: Counter[str] = Counter()
        stale = []
        for student in self.students:
            record = self._record_of_grade(student)
            if record is None:
                continue
            now = self._basis(Submission(student, {}))
            why = causes(record.basis, now if record.basis is None else replace(now, files=record.basis.files))
            if needs_consent(why):  # unless its files are others: a look at them costs something
                submission = self._store.submission(student)
                found = self._stale(submission, key_of(submission, self._version))
                stale += [found] if found is not None and needs_consent(found.causes) else []
            elif why:
                changed[explained(why, record.basis, now)] += 1
        for reason, count in changed.items():
            self._watcher.note(f"{count} graded submission{'s are' if count > 1 else ' is'} graded again: {reason}.")
        self._again = bool(stale) and consent(tuple(stale))

    def consent(self) -> None:
        """Grade again what is stale, without asking."""
        self._again = True

    def _record_of_grade(self, student: str) -> Record | None:
        """What is noted of a grade that stands. One that no note was taken of has a note that says nothing."""
        known = self._known.get(student)
        # rows or a copy that somebody has deleted: then all is graded, and none is made of our notes
        if known is None or not known.has_rows or not self._store.is_there(student):
            return None
        if known.record is None or not (known.record.grader or known.record.is_graded):
            return Record("graded")  # by nbgrader's command, at the time of version 0.1
        return known.record if known.record.is_graded else None

    def _stale(self, submission: Submission, key: str) -> Stale | None:
        """Why a grade that stands is not what grading would give now; None when it is, or when none stands."""
        record, known = self._record_of_grade(submission.student), self._known.get(submission.student)
        if record is None or known is None:
            return None
        now = self._basis(submission)
        why = () if record.basis is None and record.key == key else causes(record.basis, now)
        # which files nbgrader graded is not noted; a later time tells that there are others
        if Cause.UNRECORDED in why and _is_newer(submission, known):
            why = (Cause.FILES, *why)
        return Stale(submission.student, why, explained(why, record.basis, now)) if why else None

    def job(self, submission: Submission) -> Job | Outcome:
        """See Run."""
        key = key_of(submission, self._version)
        earlier = None if self._force else self._earlier(submission, key)
        return earlier or Job(submission, key, basis=self._basis(submission))

    def _earlier(self, submission: Submission, key: str) -> Outcome | None:
        """What an earlier run made of the same work."""
        student, known = submission.student, self._known.get(submission.student)
        record = self._record_of_grade(student)
        if record is not None and self._writer.is_unfinished(student, self._store.graded(student)):
            return None  # the note is of another copy than the one in place
        if record is None:
            refused = None if known is None else known.record
            if refused is None or refused.is_graded or refused.key != key:
                return None
            return Outcome(student, key, refused.state, refused.reason)
        stale = self._stale(submission, key)
        if stale is None:
            if record.basis is None:  # 0.1 noted a key alone: from now on the parts are there
                self._writer.note(Outcome(student, key, "graded"), self._basis(submission))
            return Outcome(student, key, "unchanged")
        if self._again or not needs_consent(stale.causes):
            return None
        return GradeOutcome(student, key, "stale", stale.reason, causes=stale.causes)

    def save(self, job: Job, outcome: Outcome) -> Outcome:
        """Staged, noted in the gradebook, moved into place."""
        try:
            timestamp = handed_in(job.submission)
        except ValueError:
            timestamp = None
            outcome = _not_graded(outcome, "timestamp.txt cannot be read. Correct it, or remove it.")
        staged = None
        if isinstance(outcome, GradeOutcome):
            try:
                staged = self._store.stage(job.student, job.key, self._files(job, outcome))
            except OSError as error:
                if error.errno not in OF_ITS_NAMES:
                    raise
                outcome = _not_graded(outcome, f"Its files cannot stand beside the assignment's: {error}.")
        seen = job.submission.has_notebook_on_top or outcome.state == "graded"
        self._writer.save(outcome, timestamp, has_notebook=seen, basis=job.basis)
        if staged is not None:
            self._store.commit(job.student, staged)
        else:
            self._store.remove(job.student)
        return outcome

    def _files(self, job: Job, outcome: GradeOutcome) -> dict[str, bytes]:
        files = data_files(job.submission, self._plan.bundle)
        texts = {f"{n.name}.ipynb": n.text.encode() for n in outcome.notebooks if n.text is not None}
        return files | texts


def _is_newer(submission: Submission, known: Known) -> bool:
    """Whether a submission came in after the one that nbgrader graded: nbgrader's own rule for grading again."""
    try:
        came = handed_in(submission)
    except ValueError:
        return True
    return came is not None and (known.timestamp is None or came > known.timestamp)


def _not_graded(outcome: Outcome, reason: str) -> Outcome:
    return Outcome(outcome.student, outcome.key, "refused", reason, outcome.seconds)
