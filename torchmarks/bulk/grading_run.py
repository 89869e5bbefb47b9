"""The grading of a class, step by step: what is new, what is stale, and how a graded submission is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from torchmarks.bulk.gradebook_writer import AGAIN, GradebookEntry
from torchmarks.bulk.jobs import GradeOutcome, Job, Outcome, OutcomeState, Plan, key_of
from torchmarks.bulk.step import Run
from torchmarks.bulk.store import SubmissionStore, handed_in
from torchmarks.bulk.summary import Stale
from torchmarks.bulk.watcher import Watcher
from torchmarks.course.penalties import PenaltyFailed
from torchmarks.course.records import Record, RecordState
from torchmarks.grading import Cause, Submission, causes, data_files, explained, needs_consent, parts_of, tests_of
from torchmarks.grading.submitted_files import OF_ITS_NAMES

Consent = Callable[[tuple[Stale, ...]], bool]  # whether what is stale is graded again


def keep_all(stale: tuple[Stale, ...]) -> bool:
    """The answer where nobody is asked: what is stale is left as it is, and reported."""
    return False


class GradingRun(Run):
    """The grading of a class; see `Run`. First `begin`, and `ask` or `consent`, once it is opened."""

    step, done = "grade", "graded"

    def __init__(
        self, plan: Plan, store: SubmissionStore, students: Sequence[str], watcher: Watcher, *, force: bool
    ) -> None:
        super().__init__(plan, store, students, watcher, force=force)
        self._version, self._basis = plan.version, plan.basis  # each is worked out anew when it is asked for
        self._again = False  # whether what is stale is graded again
        self._retries = False  # whether what was quarantined is graded again, although nothing has changed

    def begin(self) -> None:
        """Note which tests this run grades with, so that a changed grade can be explained."""
        bundle = self._plan.bundle
        self._writer.begin(tests_of(bundle), parts_of(bundle))

    def ask(self, consent: Consent) -> None:
        """Note what is graded again because the assignment or its limits changed; ask about what is stale."""
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
                grade = self._stale(submission, key_of(submission, self._version))
                stale += [grade] if grade is not None and needs_consent(grade.causes) else []
            elif why:
                changed[explained(why, record.basis, now)] += 1
        for reason, count in changed.items():
            self._watcher.note(f"{count} graded submission{'s are' if count > 1 else ' is'} graded again: {reason}.")
        self._again = bool(stale) and consent(tuple(stale))

    def consent(self) -> None:
        """Grade again what is stale, without asking, and what was quarantined."""
        self._again = self._retries = True

    def _record_of_grade(self, student: str) -> Record | None:
        """What is noted of a grade; an empty record where nothing was noted, None where there is no grade."""
        entry = self._known.get(student)
        # rows or a copy that somebody has deleted: then all is graded, and none is made of our notes
        if entry is None or not entry.has_rows or not self._store.is_there(student):
            return None
        if entry.record is None:
            return Record(RecordState.GRADED)  # without this package
        return entry.record if entry.record.is_graded else None

    def _stale(self, submission: Submission, key: str) -> Stale | None:
        """Why a grade is not what grading would give now; None where it is, or where there is none."""
        record, entry = self._record_of_grade(submission.student), self._known.get(submission.student)
        if record is None or entry is None:
            return None
        now = self._basis(submission)
        why = causes(record.basis, now)
        # which files nbgrader graded is not noted; a later time shows that there are others
        if Cause.UNRECORDED in why and _is_newer(submission, entry):
            why = (Cause.FILES, *why)
        return Stale(submission.student, why, explained(why, record.basis, now)) if why else None

    def job(self, submission: Submission) -> Job | Outcome:
        """See Run."""
        key = key_of(submission, self._version)
        earlier = None if self._force else self._kept(submission) or self._earlier(submission, key)
        return earlier or Job(submission, key, basis=self._basis(submission))

    def _kept(self, submission: Submission) -> Outcome | None:
        """The outcome where a folder became a link after its grade, which stays: a person may just have moved it."""
        if not submission.is_foreign or submission.refused is None or not self._writer.has_grade(submission.student):
            return None
        reason = f"{submission.refused.reason} {submission.refused.remedy.rstrip('.')}; the grade from before stays."
        return Outcome(submission.student, OutcomeState.QUARANTINED, reason)

    def _earlier(self, submission: Submission, key: str) -> Outcome | None:
        """The outcome where an earlier run did the same work; None where there is a job to do."""
        student, entry = submission.student, self._known.get(submission.student)
        record = self._record_of_grade(student)
        if record is not None and self._writer.is_unfinished(student, self._store.graded(student)):
            return None  # the note is of another copy than the one in place
        if record is None:
            refused = None if entry is None else entry.record
            if refused is None or refused.is_graded or refused.key != key:
                return None
            if self._retries and refused.state is RecordState.QUARANTINED:
                return None
            return Outcome(student, OutcomeState(refused.state), refused.reason)
        stale = self._stale(submission, key)
        if stale is None:
            return Outcome(student, OutcomeState.UNCHANGED)
        if self._again or not needs_consent(stale.causes):
            return None
        return GradeOutcome(student, OutcomeState.STALE, stale.reason, causes=stale.causes)

    def save(self, job: Job, outcome: Outcome) -> Outcome:
        """Stage the copy, note the grade in the gradebook, move the copy into place.

        A fault that is not the student's takes away no earlier grade. Nothing is noted then, so that the next run tries
        again, and what the grade was made from still says whether it is out of date.
        """
        try:
            return self._save(job, outcome, job.key)
        except PenaltyFailed as error:
            failed = Outcome(job.student, OutcomeState.QUARANTINED, str(error), outcome.seconds)
            return self._save(job, failed, AGAIN)

    def _save(self, job: Job, outcome: Outcome, key: str) -> Outcome:
        """See `save`. key: by which the outcome is noted."""
        if outcome.state is OutcomeState.QUARANTINED and self._writer.has_grade(job.student):
            return replace(outcome, reason=f"{outcome.reason.rstrip('.')}; the grade from before stays.")
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
                outcome = _not_graded(outcome, f"Its files cannot be stored next to the assignment's: {error}.")
        seen = job.submission.has_notebook_on_top or outcome.state is OutcomeState.GRADED
        try:
            self._writer.save(outcome, timestamp, key=key, has_notebook=seen, basis=job.basis)
        except PenaltyFailed:
            if staged is not None:
                self._store.discard(staged)
            raise
        if staged is not None:
            self._store.commit(job.student, staged)
        else:
            self._store.remove(job.student)
        return outcome

    def _files(self, job: Job, outcome: GradeOutcome) -> dict[str, bytes]:
        files = data_files(job.submission, self._plan.bundle)
        texts = {f"{n.name}.ipynb": n.text.encode() for n in outcome.notebooks if n.text is not None}
        return files | texts


def _is_newer(submission: Submission, entry: GradebookEntry) -> bool:
    """Whether a submission came in after the one that nbgrader graded: nbgrader's own rule for grading again."""
    try:
        came = handed_in(submission)
    except ValueError:
        return True
    return came is not None and (entry.timestamp is None or came > entry.timestamp)


def _not_graded(outcome: Outcome, reason: str) -> Outcome:
    return Outcome(outcome.student, OutcomeState.REFUSED, reason, outcome.seconds)
