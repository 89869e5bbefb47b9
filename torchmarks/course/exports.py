"""Marks for other systems: nbgrader export plugins that write CSV, plain, for Canvas or for Moodle.

    nbgrader export --exporter=torchmarks.course.exports.CanvasExportPlugin --to=canvas.csv

Canvas identifies a student by ID, SIS user ID or SIS login ID, beside name and section; then comes a column for each
assignment, and the second line holds the points possible (Canvas Instructor Guide, "How do I import grades in the
Gradebook?"). Moodle lets the importer choose the columns and asks to map one to the user: user name, e-mail address or
ID number (Moodle Docs, "Grade import"). A cell stays empty where there is no grade. Late penalties are taken off. Reads
only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import ExportPlugin
from sqlalchemy import and_, case, func, not_, or_, select

from torchmarks.course import records
from torchmarks.course.commands import grade_command
from torchmarks.course.records import missing_file
from torchmarks.course.warnings import of_marks
from torchmarks.errors import UsageError
from torchmarks.grading.repair import composed
from torchmarks.printable import no_formula
from torchmarks.whole_files import write_whole


class _OfMarks(ExportPlugin):  # type: ignore[misc]
    """An export of marks. marks: those of the gradebook, for a caller that has them already."""

    marks: Mapping[tuple[str, str], Mark] | None = None

    def marks_in(self, gradebook: Gradebook) -> Mapping[tuple[str, str], Mark]:
        """See `marks_of`."""
        return marks_of(gradebook) if self.marks is None else self.marks


class _OneRowAStudent(_OfMarks):
    """A row for each student, a column for each assignment. default: the file's name without --to."""

    default = ""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file. Raises UsageError for an empty gradebook, an unknown assignment, a file that cannot be
        written.
        """
        assignments = _assignments(gradebook, self.assignment)
        students = _students(gradebook, self.student)
        marks = self.marks_in(gradebook)
        if not marks:
            raise UsageError("there are no grades to export", str(gradebook.db.bind.url), "Autograde first.")
        columns = _columns(assignments, marks)
        rows = [
            [*self.who(student), *(_number(one.score(marks.get((student.id, one.assignment)))) for one in columns)]
            for student in students
        ]
        _write(Path(self.to or self.default), [*self.head(columns), *rows])
        _warn(self, assignments)

    def head(self, assignments: Sequence[Column]) -> list[list[str]]:
        """The lines above the students."""
        raise NotImplementedError

    def who(self, student: Any) -> list[str]:
        """The columns that say who a student is."""
        raise NotImplementedError


class CanvasExportPlugin(_OneRowAStudent):
    """CSV as Canvas exports and imports its gradebook."""

    default = "canvas.csv"

    def head(self, assignments: Sequence[Column]) -> list[list[str]]:
        """Names of the columns, then the points possible."""
        names = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        points = ["    Points Possible", "", "", "", ""]  # Canvas itself writes the four spaces
        return [[*names, *(a.name for a in assignments)], [*points, *(_number(a.max_score) for a in assignments)]]

    def who(self, student: Any) -> list[str]:
        """Name, the LMS's own number where nbgrader knows it, and nbgrader's student id as login."""
        return [_name(student), _plain(student.lms_user_id), "", _plain(student.id), ""]


class MoodleExportPlugin(_OneRowAStudent):
    """CSV for Moodle's grade import, with the columns that it can map to a user."""

    default = "moodle.csv"

    def head(self, assignments: Sequence[Column]) -> list[list[str]]:
        """Names of the columns as Moodle's own export writes them."""
        names = ["First name", "Surname", "Username", "ID number", "Email address"]
        return [[*names, *(f"Assignment: {a.name} (Real)" for a in assignments)]]

    def who(self, student: Any) -> list[str]:
        """Names, nbgrader's student id as user name, the LMS's own number, the address."""
        return [
            _plain(t) for t in (student.first_name, student.last_name, student.id, student.lms_user_id, student.email)
        ]


class CsvMarksExportPlugin(_OfMarks):
    """The columns and rows of nbgrader's own CsvExportPlugin, which writes 0.0 where there is no grade: here the cells
    of a mark are empty there, for a student who has handed in nothing, too.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the file. Raises UsageError for an unknown assignment, and for a file that cannot be written."""
        assignments = _assignments(gradebook, self.assignment)
        students = _students(gradebook, self.student)
        marks, times = self.marks_in(gradebook), _times(gradebook)
        told = any(mark.provisional for mark in marks.values())  # a column of ours, while any mark is provisional
        rows = [[*_CSV_COLUMNS, *(["provisional"] if told else [])]]
        for assignment in assignments:
            for student in students:
                key = (student.id, assignment.name)
                who = (student.id, student.last_name, student.first_name, student.email)
                mark = marks.get(key)
                values = ("", "", "") if mark is None else (mark.points, mark.penalty, mark.score)
                when = (assignment.duedate or "", times.get(key) or "")
                rows.append([assignment.name, *map(str, when), *map(_plain, who), *map(str, values),
                             str(assignment.max_score)])  # fmt: skip
                rows[-1] += ["yes" if mark is not None and mark.provisional else ""] if told else []
        _write(Path(self.to or "grades.csv"), rows)
        _warn(self, assignments)


_CSV_COLUMNS = [
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
]  # fmt: skip
EXPORTERS: dict[str, type[Any]] = {
    "canvas": CanvasExportPlugin, "moodle": MoodleExportPlugin, "csv": CsvMarksExportPlugin,
}  # fmt: skip


def export(db_url: str, kind: str, to: Path) -> None:
    """Write the marks of a gradebook to a file. kind: one of EXPORTERS. Raises UsageError."""
    if kind not in EXPORTERS:
        raise UsageError("there is no such exporter", repr(kind), f"Known: {', '.join(EXPORTERS)}.")
    place = db_url.removeprefix("sqlite:///")
    if missing_file(db_url):
        raise UsageError("there is no gradebook yet", place, "Generate, release, collect and autograde first.")
    with Gradebook(db_url) as gradebook:
        marks = marks_of(gradebook)
        if not marks:
            raise UsageError("there are no grades to export", place, f"Run: {grade_command()}")
        plugin = EXPORTERS[kind]()
        plugin.to, plugin.marks = str(to), marks
        plugin.export(gradebook)


def _assignments(gradebook: Gradebook, wanted: Sequence[str]) -> list[Any]:
    known = {assignment.name: assignment for assignment in gradebook.assignments}
    for name in wanted:
        if name not in known:
            raise UsageError("the gradebook has no such assignment", repr(name), f"Known: {', '.join(known)}.")
    return [known[name] for name in (wanted or known)]


def _students(gradebook: Gradebook, wanted: Sequence[Any]) -> list[Any]:
    """The students of the rows, by default all: the gradebook's, then those of whom it only has the note that their
    submission was not graded. nbgrader does not add who handed in no notebook.
    """
    students = list(gradebook.students)
    there = {composed(student.id) for student in students}
    noted = records.read(gradebook.db.connection())
    refused = {student for (_, student), one in noted.items() if not one.is_graded}
    students += [Student(id=student) for student in sorted(refused) if composed(student) not in there]
    return [student for student in students if not wanted or student.id in set(map(str, wanted))]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a submission earned. penalty: for lateness, not yet taken off the points; provisional: graded before the
    deadline, with other hidden inputs than those that count.
    """

    points: float
    penalty: float
    provisional: bool = False

    @property
    def score(self) -> float:
        """What counts."""
        return max(0.0, self.points - self.penalty)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of marks. Provisional ones have a column of their own: no importer takes them for final marks."""

    assignment: str
    max_score: float
    provisional: bool = False

    @property
    def name(self) -> str:
        """The heading."""
        return f"{self.assignment} (provisional)" if self.provisional else self.assignment

    def score(self, mark: Mark | None) -> float | None:
        """The value for a student with this mark."""
        return mark.score if mark is not None and mark.provisional is self.provisional else None


def _columns(assignments: Sequence[Any], marks: Mapping[tuple[str, str], Mark]) -> list[Column]:
    provisional = {name for (_, name), mark in marks.items() if mark.provisional}
    found = []
    for one in assignments:
        found.append(Column(one.name, one.max_score))
        found += [Column(one.name, one.max_score, provisional=True)] if one.name in provisional else []
    return found


def marks_of(gradebook: Gradebook) -> dict[tuple[str, str], Mark]:
    """(student, assignment) -> mark, of the submissions that have one.

    A submission has one when a grading of it finished, or a person gave it points. Points that tests gave count only in
    the first case: a refused submission, or a grading that was cut short, may have some left in the gradebook.
    """
    session = gradebook.db
    noted = records.read(session.connection())
    marks = (
        (row.student, row.assignment, _mark(row, noted.get((row.assignment, row.student))))
        for row in session.execute(_sums())
    )
    return {(student, name): mark for student, name, mark in marks if mark is not None}


def _mark(row: Any, record: records.Record | None) -> Mark | None:
    # graded without this package: the points have to tell
    graded = bool(row.any_test and not row.any_missing) if record is None else record.is_graded
    if graded:
        return Mark(row.points, row.penalty, record is not None and record.is_provisional)
    return Mark(row.by_hand, row.penalty) if row.by_person else None


def _sums() -> Any:
    """A row for each submission, of whose grades all is summed in one pass: nbgrader's `score` and `grades` ask for
    those of each anew.

    by_hand: what a person gave alone; any_test: a test or a person gave points; any_missing: a test gave none, where
    that was not noted: nbgrader saves them cell by cell.
    """
    by_person = or_(Grade.manual_score.is_not(None), func.coalesce(Grade.extra_credit, 0) != 0)
    scored = or_(Grade.auto_score.is_not(None), Grade.manual_score.is_not(None))
    # an answer that waits for a person does not mean that grading stopped
    missing = and_(not_(scored), Grade.cell_id.not_in(_answers()))
    grades = (
        select(
            SubmittedNotebook.assignment_id,
            func.sum(Grade.score).label("points"),
            func.sum(func.coalesce(Grade.manual_score, 0.0) + func.coalesce(Grade.extra_credit, 0.0)).label("by_hand"),
            func.max(case((by_person, 1), else_=0)).label("by_person"),
            func.max(case((scored, 1), else_=0)).label("any_test"),
            func.max(case((missing, 1), else_=0)).label("any_missing"),
        )
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .group_by(SubmittedNotebook.assignment_id)
        .subquery()
    )
    notebooks = (
        select(SubmittedNotebook.assignment_id, func.sum(SubmittedNotebook.late_submission_penalty).label("penalty"))
        .group_by(SubmittedNotebook.assignment_id)
        .subquery()
    )
    sums = (func.coalesce(one, 0.0).label(one.name) for one in (grades.c.points, grades.c.by_hand, notebooks.c.penalty))
    return (
        select(Student.id.label("student"), Assignment.name.label("assignment"), *sums,
               grades.c.by_person, grades.c.any_test, grades.c.any_missing)
        .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .outerjoin(grades, grades.c.assignment_id == SubmittedAssignment.id)
        .outerjoin(notebooks, notebooks.c.assignment_id == SubmittedAssignment.id)
    )  # fmt: skip


def _answers() -> Any:
    """The ids of the cells that a person grades: of the name of an answer of their notebook, or a task."""
    cells, answers = BaseCell.__table__.alias(), BaseCell.__table__.alias()
    has_answer = and_(answers.c.notebook_id == cells.c.notebook_id, answers.c.name == cells.c.name)
    return select(cells.c.id).join(answers, has_answer).where(answers.c.type.in_(("SolutionCell", "TaskCell")))


def _times(gradebook: Gradebook) -> dict[tuple[str, str], Any]:
    rows = gradebook.db.execute(
        select(SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.timestamp).join(
            Assignment, Assignment.id == SubmittedAssignment.assignment_id
        )
    )
    return {(student, name): time for student, name, time in rows}


def _warn(plugin: Any, assignments: Sequence[Any]) -> None:
    """Warn of marks of work that may have been lost in part or is gone, or that are not those of today's tests, where
    the plugin knows the course: under `nbgrader export`.
    """
    coursedir = getattr(plugin.parent, "coursedir", None)
    if coursedir is not None:
        for line in of_marks(plugin.config, [assignment.name for assignment in assignments], coursedir):
            plugin.log.warning("%s", line)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _name(student: Any) -> str:
    """ "Family name, first name", as Canvas sorts; the id where nbgrader knows no name."""
    names = [name for name in (student.last_name, student.first_name) if name]
    return _plain(", ".join(names) or student.id)


_plain = no_formula  # names may come from the students themselves


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    try:
        write_whole(path, text.getvalue().encode(), named=True)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", str(path), "Name another file with --to.") from error
