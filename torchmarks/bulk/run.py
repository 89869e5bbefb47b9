"""Grades a class: what is new goes to the workers, what they find goes to the gradebook and into autograded/.

The functions that other packages call, and the only place where the parts of bulk grading meet. Prints nothing: a
watcher follows what happens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.grading_run import Consent, GradingRun, keep_all
from torchmarks.bulk.jobs import Greeting, Job, Outcome, Plan, key_of
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.pools import local_pool, open_pool
from torchmarks.bulk.step import Run, chosen_students
from torchmarks.bulk.store import SubmissionStore
from torchmarks.bulk.summary import Summary
from torchmarks.bulk.watcher import Watcher
from torchmarks.bulk.work import attempt, prepare
from torchmarks.checks.seeding import Phase
from torchmarks.course.arrivals import awaited
from torchmarks.course.bundles import assignment_bundle, isolation_of, limits_of
from torchmarks.course.collected import known_students
from torchmarks.course.commands import grade_command
from torchmarks.course.outdated import unregistered
from torchmarks.course.overlooked import near_namesakes
from torchmarks.course.penalties import PenaltyFailed, update_penalties
from torchmarks.course.reachable import reachable
from torchmarks.course.secret import course_secret
from torchmarks.grading import Bundle, Submission
from torchmarks.isolation.client.enclosure import find_enclosure
from torchmarks.wording import few

_SHOWN: Final = 5  # students of a line


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
    again only with consent: its mark may change although nobody did anything.

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
        known_before = known_students(directory)
    store = SubmissionStore(config, assignment)
    chosen = chosen_students(store, students, assignment)
    ahead = _ahead(directory, assignment, chosen) if spares else {}
    left_out = {} if students and force else ahead
    run = GradingRun(plan, store, [name for name in chosen if name not in left_out], watcher, force=force)
    _note_ahead(watcher, assignment, ahead, left_out)
    if not run.students:
        return _with_penalties(run, chosen, config, directory, watcher)
    with run.opened():
        run.begin()
        run.ask(consent)
        with _at_work(pool, plan) if pool is not None else open_pool(plan, workers, scheduler) as at_work:
            run.over(at_work)
    # Last: the lines of a run would scroll it off the screen.
    if other := unregistered(config, assignment, directory):
        watcher.note(other)
    _note_namesakes(watcher, directory, known_before)
    return replace(_with_penalties(run, chosen, config, directory, watcher), unregistered=bool(other))


@contextmanager
def _at_work(pool: LocalPool, plan: Plan) -> Iterator[LocalPool]:
    """A pool that `early_pool` has started, with what its workers are to grade by; it is left running."""
    pool.replan(plan.freeze(), attempt)
    yield pool


def _ahead(directory: CourseDirectory, assignment: str, students: Iterable[str]) -> dict[str, datetime]:
    """The deadlines at which `torchmarks watch` grades, of the students whose own is still to come."""
    with reachable(str(directory.db_url)):
        deadlines = awaited(directory, assignment)
    # asked once of each student: a deadline may pass meanwhile
    return {name: end for name in students if (end := deadlines.until(name)) is not None}


def _with_penalties(
    run: Run, students: Collection[str], config: Config, directory: CourseDirectory, watcher: Watcher
) -> Summary:
    """The summary of a run, once late penalties are brought up to date, also where nothing was graded."""
    db_url = str(directory.db_url)
    try:
        with reachable(db_url):
            penalties = update_penalties(db_url, run.assignment, config, students)
    except PenaltyFailed as error:
        watcher.note(f"{run.assignment}: late penalties are left as they were. {error}")
        return replace(run.summary(), has_failed_penalties=True)
    return replace(run.summary(), penalties=penalties)


@contextmanager
def open_grading(config: Config, assignment: str, watcher: Watcher, phase: Phase) -> Iterator[tuple[Run, Greeting]]:
    """A grading run to which submissions are given one by one, and what its workers need to know.

    What is stale is graded again. Raises UsageError and MachineError.
    """
    directory = CourseDirectory(config=Config(config))
    plan = settled(_plan(config, _bundle(config, assignment, directory), phase))
    store = SubmissionStore(config, assignment)
    run = GradingRun(plan, store, chosen_students(store, (), assignment), watcher, force=False)
    with run.opened():
        run.begin()
        run.consent()
        if other := unregistered(config, assignment, directory):
            watcher.note(other)
        yield run, Greeting(plan.freeze(), attempt)


def _note_namesakes(watcher: Watcher, directory: CourseDirectory, before: Collection[str]) -> None:
    """Note whose id is new since then, and nearly another's: perhaps it is one student in two folders."""
    with reachable(str(directory.db_url)):
        known = known_students(directory)
    for line in near_namesakes(known.difference(before), known):
        watcher.note(line)


def _note_ahead(
    watcher: Watcher, assignment: str, ahead: Mapping[str, datetime], left_out: Mapping[str, datetime]
) -> None:
    """Note whose mark becomes final before their deadline, and whose work is left out until then.

    ahead: the deadlines that are still to come, by student; left_out: those of students who are left out.
    """
    if early := {student: end for student, end in ahead.items() if student not in left_out}:
        watcher.note(f"{few([*early], _SHOWN)}: the mark becomes final now, before the deadline ({_span(early)}).")
    if left_out:
        names = [*left_out]
        remedy = f"`{grade_command(assignment, names[0], force=True)}` makes one final now."
        when = f"torchmarks watch grades it for good at the deadline ({_span(left_out)})"
        watcher.note(f"Left out: {few(names, _SHOWN)}: {when}. {remedy}")


def _span(ends: Mapping[str, datetime]) -> str:
    """Deadlines of students, the first and the last."""
    texts = sorted({f"{end:%Y-%m-%d %H:%M} UTC" for end in ends.values()})
    return " to ".join(dict.fromkeys((texts[0], texts[-1])))


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

    bundle: of the same notebooks, made of whatever there is of them: it says which servers to start; start: False for
    workers that start with the first job. Use as a context.
    """
    plan = settled(_plan(config, bundle))
    pool = local_pool(plan, workers)
    if start:
        pool.start(prepare)
    return pool
