"""The one writer of a gradebook: a whole submission in one transaction, in nbgrader's own tables.

Writes the rows that nbgrader's Autograde, SaveAutoGrades and AssignLatePenalties would write, and beside them the key
of what was graded, so that a next run knows. Through the tables of nbgrader's classes: through the classes themselves a
submission takes twice the time. Must not grade, and must not touch files.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Connection, Engine, Table, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from traitlets.config import Config

from torchmarks.bulk.gradebook_rows import cells_of, new_id, write_notebook
from torchmarks.bulk.jobs import GradeOutcome, Outcome, OutcomeState
from torchmarks.course import gradings, records
from torchmarks.course.gradings import Grading
from torchmarks.course.page_grades import grades_in
from torchmarks.course.penalties import Rule, seconds_late
from torchmarks.course.reachable import reachable
from torchmarks.course.records import Record, RecordState, open_engine
from torchmarks.course.unfinished import is_unfinished
from torchmarks.grading import Basis

AGAIN: Final = ""  # the key of what no later run may take for done: the next one does it again
_ATTEMPTS = 5
_submissions: Table = SubmittedAssignment.__table__
_notebooks: Table = SubmittedNotebook.__table__
_students: Table = Student.__table__


@dataclass(frozen=True, slots=True)
class GradebookEntry:
    """What the gradebook holds of a submission. record: None when it was graded without one being written."""

    record: Record | None
    timestamp: datetime.datetime | None
    has_rows: bool

    @property
    def key(self) -> str:
        """The key of the job that was done, AGAIN where no job was: nbgrader's command graded it, say."""
        return AGAIN if self.record is None else self.record.key


class GradebookWriter:
    """The gradebook of an assignment, open for writing. Use as a context, from one thread.

    step: whose work is noted, "grade" or "feedback".

    Raises MachineError when the database cannot be reached; what was saved before stays saved.
    """

    def __init__(self, db_url: str, course_id: str, assignment: str, settings: Config, step: str = "grade") -> None:
        self._assignment, self._step = assignment, step
        self._rule = Rule(settings)
        with reachable(db_url):
            self._engine = open_engine(db_url)
            _make_tables(self._engine, db_url, course_id)
            with Session(self._engine) as session:
                found = session.scalars(select(Assignment).where(Assignment.name == assignment)).one()
                self._id, self._duedate = str(found.id), found.duedate
                self._cells = {notebook.name: cells_of(session, notebook) for notebook in found.notebooks}
        self._url = db_url

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.dispose()

    def known(self, student: str | None = None) -> dict[str, GradebookEntry]:
        """What the gradebook holds of every student's submission. student: only of this one's."""
        rows = select(_submissions.c.student_id, _submissions.c.timestamp).where(
            _submissions.c.assignment_id == self._id
        )
        rows = rows if student is None else rows.where(_submissions.c.student_id == student)
        with reachable(self._url), self._engine.connect() as connection:
            times = {row.student_id: row.timestamp for row in connection.execute(rows)}
            found = {one: GradebookEntry(None, time, True) for one, time in times.items()}
            noted = records.read(connection, self._step, assignment=self._assignment, student=student)
            for (_, one), record in noted.items():
                found[one] = GradebookEntry(record, times.get(one), one in times)
        return found

    def is_unfinished(self, student: str, folder: Path) -> bool:
        """Whether what is in a folder of autograded/ is not the copy of the student's grade."""
        with reachable(self._url), self._engine.connect() as connection:
            noted = records.read(connection, assignment=self._assignment, student=student)
            return is_unfinished(connection, self._assignment, student, folder, noted.get((self._assignment, student)))

    def has_grade(self, student: str) -> bool:
        """Whether the gradebook holds, as of now, the points of a grading of the student's work that finished."""
        with reachable(self._url), self._engine.connect() as connection:
            noted = records.read(connection, assignment=self._assignment, student=student)
            record = noted.get((self._assignment, student))
            if record is None:  # without this package; rows without points come from an extension, say
                return student in records.with_points(connection, self._assignment, student)
            where = (_submissions.c.assignment_id == self._id, _submissions.c.student_id == student)
            rows = connection.execute(select(_submissions.c.id).where(*where))
            return record.is_graded and rows.first() is not None

    def save(
        self,
        outcome: Outcome,
        timestamp: datetime.datetime | None,
        *,
        key: str,
        has_notebook: bool = True,
        basis: Basis | None = None,
    ) -> None:
        """Write all that follows from an outcome, or nothing.

        timestamp: when it was handed in, UTC without a zone; None when that is not known; key: of the job, by which a
        later run knows that it was done, or AGAIN; basis: what it depends on. A submission without any notebook leaves
        a note only: nbgrader does not see it either. The points that the tests gave before to one that can no longer be
        graded are taken back.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with reachable(self._url), self._engine.begin() as connection:
                    is_new = has_notebook and self._write(connection, outcome, timestamp)
                    if outcome.state is not OutcomeState.GRADED:
                        records.take_back(connection, self._assignment, outcome.student)
                    self._note(connection, outcome, key, basis)
                    if isinstance(outcome, GradeOutcome) and outcome.state is OutcomeState.GRADED:
                        made = _grading(outcome, basis, timestamp)
                        gradings.note(connection, self._assignment, outcome.student, made, is_first=is_new)
                return
            except (IntegrityError, OperationalError):  # another grader was quicker by a moment, or both waited
                if attempt == _ATTEMPTS - 1:
                    raise

    def note(self, outcome: Outcome, key: str) -> None:
        """Note that a step is done for a submission, and nothing else. key: of the job."""
        with reachable(self._url), self._engine.begin() as connection:
            self._note(connection, outcome, key)

    def begin(self, tests: str, parts: Mapping[str, str]) -> None:
        """Note the tests that a run grades with, and the grades of work that was graded without this package.

        tests: their fingerprint; parts: see `parts_of`.
        """
        with reachable(self._url), self._engine.begin() as connection:
            gradings.note_tests(connection, self._assignment, tests, parts)
            gradings.note_earlier(connection, self._assignment)

    def grades(self, student: str) -> dict[str, dict[str, Any]]:
        """What feedback shows of a student, by notebook; see `page_grades`."""
        with reachable(self._url), Session(self._engine) as session:
            return grades_in(session, self._assignment, student)

    def _write(self, connection: Connection, outcome: Outcome, timestamp: datetime.datetime | None) -> bool:
        """Write nbgrader's rows. Returns whether there were none of this submission before."""
        submission, late, is_new = self._submission(connection, outcome.student, timestamp)
        results = {result.name: result for result in outcome.notebooks} if isinstance(outcome, GradeOutcome) else {}
        for name, cells in self._cells.items():
            result = results.get(name)
            notebook, score = write_notebook(connection, submission, cells, result, is_new=is_new)
            # a new one that is in time has no penalty to be taken back
            if result is not None and result.text is not None and (late or not is_new):
                penalty = self._rule.penalty(outcome.student, score, late)
                row = _notebooks.c.id == notebook
                connection.execute(update(_notebooks).where(row).values(late_submission_penalty=penalty))
        return is_new

    def _submission(
        self, connection: Connection, student: str, timestamp: datetime.datetime | None
    ) -> tuple[str, float, bool]:
        """The id of a student's submission, how many seconds late it is, and whether it is new."""
        if connection.execute(select(_students.c.id).where(_students.c.id == student)).first() is None:
            # as autograde does unless create_student is off
            connection.execute(insert(_students).values(id=student))
        where = (_submissions.c.assignment_id == self._id, _submissions.c.student_id == student)
        # of two graders that save a student at once the second waits here
        row = connection.execute(select(_submissions).where(*where).with_for_update()).first()
        if row is None:
            new = new_id()
            values = {"id": new, "assignment_id": self._id, "student_id": student, "timestamp": timestamp}
            connection.execute(insert(_submissions).values(values))
            return new, seconds_late(timestamp, self._duedate, None), True
        timestamp = timestamp or row.timestamp
        connection.execute(update(_submissions).where(_submissions.c.id == row.id).values(timestamp=timestamp))
        return str(row.id), seconds_late(timestamp, self._duedate, row.extension), False

    def _note(self, connection: Connection, outcome: Outcome, key: str, basis: Basis | None = None) -> None:
        record = Record(RecordState(outcome.state), outcome.reason, key, records.OURS, basis)
        records.write(connection, self._assignment, outcome.student, record, self._step)


def _grading(outcome: GradeOutcome, basis: Basis | None, handed_in: datetime.datetime | None) -> Grading:
    scores = {notebook.name: notebook.scores for notebook in outcome.notebooks}
    return Grading.of(scores, {notebook.name: notebook.record for notebook in outcome.notebooks}, basis, handed_in)


def _make_tables(engine: Engine, db_url: str, course_id: str) -> None:
    """nbgrader's tables, the course and the table of notes, where they are missing.

    Looking and making are two steps: of two graders that start on a fresh gradebook at once, both may find a table
    missing, and the second to make it fails. It looks again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            Gradebook(db_url, course_id).close()
            records.prepare(engine)
            return
        except (IntegrityError, OperationalError, ProgrammingError):
            if attempt == _ATTEMPTS - 1:
                raise
