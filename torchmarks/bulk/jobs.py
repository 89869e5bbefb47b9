"""What travels in bulk grading: the plan of a run, one job for each submission, and what came of it.

Frozen data and its fingerprints. Everything here pickles; nothing here reads a file, a clock or a gradebook.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.metadata import version
from typing import Any, NamedTuple, Self

import cloudpickle
from traitlets.config import Config

from torchmarks.checks.seeding import Phase
from torchmarks.course.policy import PageDetail
from torchmarks.grading import (
    Basis,
    Bundle,
    Cause,
    NotebookRecord,
    Submission,
    add_bundle,
    add_files,
    inputs_of,
    limits_text,
    tests_of,
)
from torchmarks.grading.repair import Repair
from torchmarks.isolation import Isolation, LimitHit, Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """What all jobs of a run share.

    settings: the course's configuration, by which nbgrader's own steps are set up on a worker; isolation: the level
    at which students' code runs; phase: which hidden inputs, and whether messages show those that are the same in both;
    solutions: those that feedback shows.
    """

    bundle: Bundle
    limits: Limits
    settings: Config
    isolation: Isolation = "auto"
    phase: Phase = Phase.FINAL
    solutions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def freeze(self) -> bytes:
        """The plan as bytes for a worker, with what the configuration file itself defines (hooks, classes)."""
        frozen: bytes = cloudpickle.dumps(self)
        return frozen

    @staticmethod
    def thaw(frozen: bytes) -> Plan:
        """The plan that `freeze` gave. Only for bytes of the grader's own."""
        plan = pickle.loads(frozen)
        assert isinstance(plan, Plan)
        return plan

    @property
    def version(self) -> str:
        """A fingerprint of all that a grade depends on besides the submission, the same in every process."""
        parts = version("torchmarks"), version("torch"), self.limits, self.isolation == "none", inputs_of(self.bundle)
        digest = hashlib.sha256(repr(parts).encode())
        if self.phase is not Phase.FINAL:  # what is noted of final grades keeps its key
            digest.update(self.phase.encode())
        add_bundle(digest, self.bundle)
        return digest.hexdigest()[:16]

    @property
    def basis(self) -> Callable[[Submission], Basis]:
        """A function that says for a submission what a grade by this plan depends on, in parts."""
        tests, limits = tests_of(self.bundle), limits_text(self.limits, unsafe=self.isolation == "none")
        inputs = inputs_of(self.bundle)
        return lambda submission: Basis.of(submission, tests, limits, inputs, self.phase)


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to work on.

    key: its identity, see `key_of`; grades: by notebook what the gradebook holds of it, for feedback; basis: what its
    grade will depend on, in parts; shown: how much of a grading the page shows, where not all.
    """

    submission: Submission
    key: str
    grades: Mapping[str, Any] = field(default_factory=dict)
    basis: Basis | None = None
    shown: PageDetail | None = None

    @property
    def student(self) -> str:
        """The id of the student who handed it in."""
        return self.submission.student


def key_of(submission: Submission, plan_version: str) -> str:
    """The identity of a grade: equal keys mean that grading again would give the same."""
    # of one that was refused no file was read: only the reason distinguishes it from another
    refused = () if submission.refused is None else (submission.refused.reason,)
    digest = hashlib.sha256(repr((submission.student, plan_version, *refused)).encode())
    add_files(digest, submission.files)
    return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class NotebookResult:
    """A graded notebook as the gradebook and autograded/ take it.

    text: the file, None for a notebook that was not handed in (it scores 0); scores: of each graded cell by grade_id
    (None: to be graded by hand); unanswered: for each solution cell whether it is as it was released; record: what
    grading found.
    """

    name: str
    text: str | None
    scores: Mapping[str, float | None]
    unanswered: Mapping[str, bool]
    record: NotebookRecord = field(default_factory=NotebookRecord)


class OutcomeState(StrEnum):
    """How a job ended, as `--json` writes it.

    GRADED: it is graded, or its pages are made: both have one word; UNCHANGED: an earlier run did the same work; STALE:
    it is graded, would be graded otherwise now, and was left as it is; REFUSED: the submission cannot be graded;
    QUARANTINED: it brought down its workers, or the work on it failed for a reason that is not the student's.
    """

    GRADED = "graded"
    UNCHANGED = "unchanged"
    STALE = "stale"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a student's submission, whether or not there was a job to do. reason: why it ended so, with what to
    do; seconds: wall-clock by step.
    """

    student: str
    state: OutcomeState
    reason: str = ""
    seconds: Mapping[str, float] | None = None

    @property
    def is_done(self) -> bool:
        """Whether there is a grade, or a page, that is up to date."""
        return self.state in (OutcomeState.GRADED, OutcomeState.UNCHANGED)

    @property
    def is_without_grade(self) -> bool:
        """Whether nothing came of it that counts."""
        return self.state in (OutcomeState.REFUSED, OutcomeState.QUARANTINED)

    def timed(self, **seconds: float) -> Self:
        """The same outcome, with the seconds that more steps took."""
        return replace(self, seconds={**(self.seconds or {}), **seconds})


@dataclass(frozen=True, slots=True)
class GradeOutcome(Outcome):
    """What came of grading a submission. causes: of a stale one."""

    notebooks: tuple[NotebookResult, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What was repaired in its notebooks."""
        return tuple(repair for notebook in self.notebooks for repair in notebook.record.repairs)

    @property
    def limits(self) -> tuple[LimitHit, ...]:
        """The limits that were hit."""
        return tuple(hit for notebook in self.notebooks for hit in notebook.record.limits)

    @property
    def isolation(self) -> frozenset[str]:
        """The names of the levels at which its notebooks ran."""
        return frozenset(notebook.record.isolation for notebook in self.notebooks if notebook.record.isolation)

    @property
    def score(self) -> float:
        """Points of all cells, those to be graded by hand without any."""
        return sum(points or 0.0 for notebook in self.notebooks for points in notebook.scores.values())

    @property
    def most(self) -> float:
        """Points to be had."""
        return sum(check.most for notebook in self.notebooks for check in notebook.record.checks.values())


@dataclass(frozen=True, slots=True)
class FeedbackOutcome(Outcome):
    """What came of making the feedback on a submission. pages: the text of each, by file name."""

    pages: Mapping[str, str] = field(default_factory=dict)


class Greeting(NamedTuple):
    """What a worker gets before its jobs, and again when the plan changes. function: what it does with a job and the
    frozen plan; warm: what it calls with the plan before it says that it is ready. Both travel by name.
    """

    frozen: bytes
    function: Callable[[Job, bytes], Outcome]
    warm: Callable[[bytes], None] | None = None
