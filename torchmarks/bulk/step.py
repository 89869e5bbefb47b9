"""The base class of bulk grading and bulk feedback: goes over the students, drives the pool, saves, counts outcomes.

A subclass says what there is to do for a student, and how what a worker made of it is saved. Prints nothing: a watcher
follows what happens.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final, Literal, Protocol

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk.gradebook_writer import GradebookEntry, GradebookWriter
from torchmarks.bulk.jobs import Job, Outcome, Plan
from torchmarks.bulk.stopping import stoppable
from torchmarks.bulk.store import SubmissionStore
from torchmarks.bulk.summary import Summary, Tally
from torchmarks.bulk.watcher import Watcher
from torchmarks.course.commands import nbgrader_command
from torchmarks.course.locks import Hold, Locks
from torchmarks.course.machine_faults import cannot_write
from torchmarks.errors import UsageError
from torchmarks.grading import Submission

_BUSY_S: Final = 0.1


class Pool(Protocol):
    """Workers, here or elsewhere."""

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        """See LocalPool.map."""


def chosen_students(store: SubmissionStore, wanted: Sequence[str], assignment: str) -> list[str]:
    """The students that a command is about, sorted. wanted: ids, or nothing for all.

    Raises UsageError where there is nothing to work on.
    """
    there = store.students()
    unknown = sorted(set(wanted) - set(there))
    collect = nbgrader_command("collect", assignment)
    if unknown:
        remedy = f"Run `{collect}`, or check the name."
        raise UsageError(f"{', '.join(unknown)}: nothing there of {assignment}", "--student", remedy)
    if not there:
        remedy = f"Run `{collect}`, or put the files into submitted/STUDENT/{assignment}/."
        raise UsageError(f"there is nothing of {assignment} to work on", store.where, remedy)
    return sorted(set(wanted)) or there


class Run(ABC):
    """A step over the submissions of an assignment. First `opened`, then `over`, then `summary`.

    plan: what all jobs share; store: the folders that are read and written; students: see `chosen_students`; force:
    also what is done already. Whatever was finished before an error is saved.
    """

    step: ClassVar[Literal["grade", "feedback"]]
    done: ClassVar[str]  # what happens to a submission, as a person reads it

    def __init__(
        self, plan: Plan, store: SubmissionStore, students: Sequence[str], watcher: Watcher, *, force: bool
    ) -> None:
        self._plan, self._store, self._watcher, self._force = plan, store, watcher, force
        self._started = time.perf_counter()
        self.students = list(students)
        self._tally = Tally()
        self._known: dict[str, GradebookEntry] = {}
        self._locks = Locks(Path(CourseDirectory(config=Config(plan.settings)).root))
        self._holds: dict[str, Hold] = {}
        self._busy: list[str] = []  # students on whose submissions another command works
        watcher.begin(len(self.students), f"{self.step} {self.assignment}")

    @property
    def assignment(self) -> str:
        """What the class handed in."""
        return self._plan.bundle.assignment

    @contextmanager
    def opened(self) -> Iterator[None]:
        """The gradebook and the folders open for writing; what an earlier run has left is brought to an end."""
        config = self._plan.settings
        directory = CourseDirectory(config=Config(config))
        writer = GradebookWriter(str(directory.db_url), str(directory.course_id), self.assignment, config, self.step)
        with self._store, writer as self._writer:
            self._known = writer.known()
            moved = self._store.recover({student: known.key for student, known in self._known.items()})
            if moved:
                self._watcher.note(f"{len(moved)} {self.done} by a run that was cut short: moved into place.")
            try:
                yield
            finally:
                for student in list(self._holds):
                    self._let_go(student)

    def over(self, pool: Pool) -> None:
        """Have the workers of a pool do what there is to do, until all is done or Ctrl-C asks for an end."""
        with stoppable(self._watcher.note) as asked:
            self._pass_over(self.students, pool, asked)
            if self._busy and not asked:
                count = len(self._busy)
                self._watcher.note(f"Another command works on {count} submission{'s' * (count > 1)}: waiting for it.")
            while self._busy and not asked:  # no lock is held here, so that nobody waits for somebody who waits
                self._watcher.tick()
                time.sleep(_BUSY_S)
                self._known = self._writer.known()  # the other one has perhaps done the work
                self._pass_over(self._busy, pool, asked)

    def _pass_over(self, students: Sequence[str], pool: Pool, asked: Sequence[str]) -> None:
        self._busy = []
        for item in pool.map(self._jobs(students, asked)):
            if item is None:
                self._watcher.tick()
            else:
                self.finish(*item)

    def summary(self) -> Summary:
        """What the run came to."""
        return self._tally.summary(self.assignment, len(self.students), time.perf_counter() - self._started)

    @abstractmethod
    def job(self, submission: Submission) -> Job | Outcome:
        """The job for a submission, or the outcome where it was done before."""

    @abstractmethod
    def save(self, job: Job, outcome: Outcome) -> Outcome:
        """Save what a worker made of a job, so that a sudden end leaves the old or the new; see `store`.

        Returns what came of it in the end. Raises OSError where the disk is full or cannot be written.
        """

    def _jobs(self, students: Sequence[str], asked: Sequence[str]) -> Iterator[Job]:
        """The jobs to be done; where there is none the outcome is reported at once."""
        for student in students:
            # Those that workers have begun are finished and saved all the same.
            if asked:
                return
            work = self.take(student)
            if work is None:
                self._busy.append(student)
            elif isinstance(work, Job):
                yield work

    def take(self, student: str) -> Job | Outcome | None:
        """The job for a student, whose submission is locked until `finish`; the outcome where it was done before, which
        is reported at once; None while another command works on it.
        """
        hold = self._locks.attempt(self.assignment, student)
        if hold is None:
            return None
        self._holds[student] = hold
        try:
            # read when a worker is free for it: no more of a class is in memory than workers have
            submission = self._store.submission(student)
            self._pass_on()
            work = self.job(submission)
        except BaseException:  # a gradebook that is busy, say: the next try must find it free
            self._let_go(student)
            raise
        if not isinstance(work, Job):
            self._let_go(student)
            self._report(work)
        return work

    def look_at(self, student: str) -> str:
        """Read again what the gradebook holds of a student. Returns why there is nothing to be done for them, "" where
        there is.
        """
        self._known.pop(student, None)
        self._known |= self._writer.known(student)
        return self._store.look_at(student)

    def _let_go(self, student: str) -> None:
        self._holds.pop(student).release()

    def _pass_on(self) -> None:
        """Pass the notes of the store to the watcher, each once."""
        for note in self._store.notes:
            self._watcher.note(note)
        self._store.notes = ()

    def finish(self, job: Job, outcome: Outcome) -> Outcome:
        """Save what a worker made of a job, and report it. Returns what came of it in the end. Raises MachineError."""
        started = time.perf_counter()
        try:
            outcome = self.save(job, outcome)
        except OSError as error:
            # a full disk is full for every student: nobody is reported for it
            raise cannot_write(error, "autograded/") from error
        self._let_go(job.student)
        outcome = outcome.timed(write=time.perf_counter() - started)
        self._report(outcome)
        return outcome

    def _report(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._watcher.finished(outcome)
