"""Notes what nbgrader's own commands graded, and with what, so that `torchmarks grade` knows as much of it as of its
own.

Called by Autograde's exporter before and after nbgrader's steps on each notebook. Writes our table, and takes back the
points of a submission that is refused; must not raise for what a student handed in.
"""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde, NbGraderException

from torchmarks.checks.seeding import Phase
from torchmarks.course import gradings, records
from torchmarks.course.arrivals import Awaited, awaited
from torchmarks.course.bundles import assignment_bundle, limits_of
from torchmarks.course.commands import grade_command, nbgrader_command
from torchmarks.course.gradings import Grading
from torchmarks.course.marked import Marked
from torchmarks.course.outdated import basis_for, outdated
from torchmarks.course.penalties import penalty_lines
from torchmarks.course.records import NBGRADER, Record, RecordState
from torchmarks.errors import UsageError
from torchmarks.grading import Basis, Cause, parts_of, read_submission, scores_of
from torchmarks.grading.basis import files_of
from torchmarks.grading.record import read
from torchmarks.printable import printable

_BEGUN: Final = "Its grading by nbgrader began and did not come to its end: grade it again."


class Refusal(Protocol):
    """The error of a submission that cannot be graded."""

    student: str
    notebook: str
    reason: str
    remedy: str


class Notes:
    """The notes of one run of a converter; one that grades single notebooks of an assignment changes none."""

    def __init__(self, converter: Any) -> None:
        self._converter = converter
        self._on = isinstance(converter, Autograde) and converter.coursedir.notebook_id == "*"
        self._bases: dict[str, Basis] = {}
        self._now: dict[tuple[str, str], Basis] = {}
        self._parts: dict[str, dict[str, str]] = {}
        self._found: dict[str, NotebookNode] = {}  # the graded notebooks of the current submission
        self._awaited: dict[str, Awaited] = {}
        self._phases: dict[tuple[str, str], Phase] = {}

    def phase(self, assignment: str, student: str) -> Phase:
        """How a submission is graded now: provisionally where `watch` grades it finally at a later deadline."""
        if (assignment, student) not in self._phases:  # one for all its notebooks
            early = self._awaited_of(assignment).until(student) is not None
            self._phases[assignment, student] = Phase.BEFORE_DEADLINE if early else Phase.FINAL
        return self._phases[assignment, student]

    def _awaited_of(self, assignment: str) -> Awaited:
        if assignment not in self._awaited:
            self._awaited[assignment] = awaited(self._converter.coursedir, assignment)
        return self._awaited[assignment]

    def begin(self, assignment: str, student: str, notebook: str) -> None:
        """A notebook is about to be read. Raises UsageError for an assignment that cannot be graded."""
        # A record is of a whole submission: its first notebook begins it, its last ends it.
        if self._on and notebook == self._names()[0]:
            basis = self._now[assignment, student] = self._basis(assignment, student)
            if basis.phase != Phase.FINAL:
                self._converter.log.warning(self._early(assignment, student))
            self._found.clear()
            with records.opened(self._url) as connection:
                gradings.note_tests(connection, assignment, basis.tests, self._parts[assignment])
                gradings.note_earlier(connection, assignment, student)
                record = Record(RecordState.BEGUN, _BEGUN, grader=NBGRADER, basis=basis)
                records.write(connection, assignment, student, record)

    def end(self, assignment: str, student: str, notebook: str, graded: str) -> None:
        """The points of a notebook are in the gradebook. graded: the text that is written."""
        if self._on:
            self._found[notebook] = nbformat.reads(graded, as_version=4)
        # nbgrader saves notebook by notebook: before the last the points are not a mark
        if self._on and notebook == self._names()[-1]:
            basis = self._now[assignment, student]
            scores = {name: scores_of(found) for name, found in self._found.items()}
            said = {name: read(found, name) for name, found in self._found.items()}
            with records.opened(self._url) as connection:
                record = Record(RecordState.GRADED, grader=NBGRADER, basis=basis)
                records.write(connection, assignment, student, record)
                gradings.note(connection, assignment, student, Grading.of(scores, said, basis))

    def refuse(self, assignment: str, refused: Refusal) -> None:
        """A submission cannot be graded."""
        if self._on:
            reason = f"{refused.notebook}.ipynb: {refused.reason} {refused.remedy}"
            with records.opened(self._url) as connection:
                records.take_back(connection, assignment, refused.student)
                # nothing is known of one that was refused before its first notebook was read
                basis = self._now.get((assignment, refused.student))
                record = Record(RecordState.REFUSED, reason, grader=NBGRADER, basis=basis)
                records.write(connection, assignment, refused.student, record)

    def check(self) -> None:
        """Before anything is skipped or deleted: refuse an assignment that cannot be graded, and warn of what nbgrader
        is about to skip although its grade is not that of today's tests. Does nothing for a converter that was not
        started. Raises NbGraderException.
        """
        coursedir, log = self._converter.coursedir, self._converter.log
        assignment = str(coursedir.assignment_id)
        # of a pattern's assignments each is asked for when its turn comes, in `_basis`
        if not self._on or not self._converter.assignments or glob.has_magic(assignment):
            return
        marked = Marked(self._converter.config, assignment, coursedir)
        try:
            self._bases[assignment] = basis_for(self._converter.config, assignment, coursedir)
            found = outdated(marked)
        except UsageError as error:
            log.error("%s", error)
            raise NbGraderException(str(error)) from error
        waiting = self._awaited_of(assignment)
        found = tuple(one for one in found if one.causes != (Cause.PHASE,) or waiting.until(one.student) is None)
        skipped = [] if self._converter.force else [one for one in found if self._is_meant(one.student)]
        for line in [] if self._converter.force else penalty_lines(marked):
            log.warning(line)
        if skipped:
            by_tests = {Cause.TESTS, Cause.UNRECORDED} & {cause for one in skipped for cause in one.causes}
            what = "tests or points" if by_tests else "limits, versions, secret or phase"
            again = nbgrader_command("autograde", assignment, "--force")
            log.warning(
                f"{assignment}: {len(skipped)} graded copies are older than today's {what}, and nbgrader skips what is "
                f"graded. To grade again: {grade_command(assignment)}, or {again}"
            )

    def _is_meant(self, student: str) -> bool:
        wanted, coursedir = str(self._converter.coursedir.student_id), self._converter.coursedir
        return wanted in ("*", student) and Path(self._place(coursedir.autograded_directory, student)).is_dir()

    def _place(self, step: str, student: str) -> str:
        coursedir = self._converter.coursedir
        return str(coursedir.format_path(step, student, coursedir.assignment_id))

    @property
    def _url(self) -> str:
        return str(self._converter.coursedir.db_url)

    def _names(self) -> list[str]:
        return [Path(path).stem for path in self._converter.notebooks]

    def _basis(self, assignment: str, student: str) -> Basis:
        config, coursedir = self._converter.config, self._converter.coursedir
        if assignment not in self._bases:
            self._bases[assignment] = basis_for(config, assignment, coursedir)
        if assignment not in self._parts:
            self._parts[assignment] = parts_of(assignment_bundle(config, assignment, coursedir))
        folder = Path(coursedir.format_path(coursedir.submitted_directory, student, assignment))
        submission = read_submission(student, folder, coursedir.ignore, limits_of(config).scratch_bytes)
        phase = self.phase(assignment, student).value
        return replace(self._bases[assignment], files=files_of(submission), phase=phase)

    def _early(self, assignment: str, student: str) -> str:
        end = f"{self._awaited_of(assignment).deadlines.of(student):%Y-%m-%d %H:%M} UTC"
        remedy = f"To make it final now: {grade_command(assignment, student, force=True)}"
        why = f"torchmarks watch grades it for good at the deadline ({end})"
        return printable(f"{student}: the mark is provisional: {why}. {remedy}")
