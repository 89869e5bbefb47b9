"""Grades single submissions outside a class: one notebook in, one answer out, without a gradebook or an exchange.

    torchmarks grade-file NOTEBOOK --assignment NN-name --student ID --json

The same function and the same workers as `torchmarks grade`, on an assignment that comes from a course folder or from a
bundle file. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from traitlets.config import Config

from torchmarks.bulk.jobs import Plan
from torchmarks.bulk.run import outcomes_of
from torchmarks.checks.seeding import Phase
from torchmarks.course.answer import GraderAnswer, answer_of
from torchmarks.course.bundle_file import BundleFile
from torchmarks.course.config_check import settings
from torchmarks.course.folder import Course
from torchmarks.course.secret import secret_of, travelling
from torchmarks.errors import UsageError
from torchmarks.grading import Submission, read_submission
from torchmarks.grading.submitted_files import read_files
from torchmarks.isolation.protocol.confinement import isolation_told

_NOT_THEIRS: Final = (".git", ".github")  # a student's repository holds thousands of objects


@dataclass(frozen=True, slots=True)
class Grader:
    """Grades submissions to one assignment. file: the assignment; config: nbgrader's settings, the course's if any."""

    file: BundleFile
    config: Config

    @classmethod
    def of_course(cls, course: Course, assignment: str) -> Grader:
        """For an assignment as source/ has it, which draws the hidden inputs that `torchmarks grade` draws.

        A course that has no secret yet draws from a new one each time. Raises UsageError.
        """
        course.require_config(sandbox=False)  # whether there is one is found out when it is needed
        secret = secret_of(course.db_url) or travelling(b"", assignment)
        return cls(BundleFile.of_course(course.config, course.require(assignment), secret), course.config)

    @classmethod
    def of_file(cls, path: Path, assignment: str = "") -> Grader:
        """For a bundle file. assignment: which it has to be of, or "". Raises UsageError."""
        file = BundleFile.read(path)
        if assignment not in ("", file.assignment):
            what = f"this is the bundle of {file.assignment!r}, not of {assignment!r}"
            raise UsageError(what, str(path), "Name the other bundle, or leave out --assignment.")
        return cls(file, settings())

    def submission(self, student: str, path: Path) -> Submission:
        """What was handed in: a notebook, or a folder with all of it. Raises UsageError for a path of another kind."""
        if not student or not student.isprintable():
            raise UsageError("this is not a student's id", repr(student), "Name one: hidden inputs are drawn for it.")
        if path.is_symlink():  # in a student's folder it may lead to any file that the grader may read
            raise UsageError("this is a link", str(path), "Name the file that it leads to.")
        room = self.file.limits.scratch_bytes
        if path.is_dir():
            return read_submission(student, path.resolve(), (*self.file.ignore, *_NOT_THEIRS), room)
        found = read_files(path.parent, [path], room)
        if not found:
            there = "it cannot be read, or is not an ordinary file" if path.exists() else "there is no such file"
            raise UsageError(there, str(path), "Name the notebook, or the folder with all that was handed in.")
        return Submission(student, found)

    def answers(
        self, submissions: Iterable[Submission], phase: Phase = Phase.FINAL, workers: int = 1
    ) -> Iterator[GraderAnswer]:
        """Grade each, as they finish. Raises MachineError where nothing can be graded here."""
        bundle = self.file.bundle()
        plan = Plan(bundle, self.file.limits, self.config, self.file.isolation, phase)
        for outcome in outcomes_of(submissions, plan, workers):
            yield answer_of(outcome, bundle, phase)

    def answer(self, student: str, path: Path, phase: Phase = Phase.FINAL) -> GraderAnswer:
        """Grade one. Raises UsageError for a path that cannot be looked at, MachineError as `answers` does."""
        (answer,) = self.answers([self.submission(student, path)], phase)
        return answer


def packed_assignment(course: Course, assignment: str) -> BundleFile:
    """An assignment of a course to be carried elsewhere, with a secret of its own. Raises UsageError."""
    course.require_config(sandbox=False)
    secret = travelling(secret_of(course.db_url), course.require(assignment))
    return BundleFile.of_course(course.config, assignment, secret)


def lines_of(answer: GraderAnswer) -> Sequence[str]:
    """The answer as lines for a person, without colours."""
    if not answer.is_graded:
        state = "grading failed (not the student's fault)" if answer.state == "quarantined" else answer.state
        return [f"{answer.assignment}, {answer.student}: {state}, no points. {answer.reason}"]
    lines = [f"{answer.assignment}, {answer.student}: {answer.points:g} of {answer.most:g} points"]
    if answer.waiting:
        lines[0] += f", and {answer.waiting:g} that a person has yet to give"
    for exercise in answer.exercises:
        lines += ["", f"{exercise.name}  {exercise.points:g} / {exercise.most:g}"]
        for part in exercise.parts:
            shown = "—" if part.points is None else f"{part.points:g}"
            lines.append(f"  {part.label}  {shown} / {part.most:g}  {part.verdict}")
            if part.verdict == "failed":
                lines += [f"    {line}" for line in part.text.splitlines()]
    lines += [""] if answer.notes or answer.limits else []
    lines += [f"Repaired: {note}" for note in answer.notes]
    lines += [f"Limit: {hit.cell}: {hit.detail}" for hit in answer.limits]
    return [*lines, "", isolation_told({answer.isolation: 1})]
