"""Marks for other systems: nbgrader export plugins that write CSV files for the gradebooks of Canvas and Moodle.

    nbgrader export --exporter=torchmarks.exports.CanvasExportPlugin --to=canvas.csv

Canvas identifies a student by ID, SIS user ID or SIS login ID, beside name and section; then comes a column for each
assignment, and the second line holds the points possible (Canvas Instructor Guide, "How do I import grades in the
Gradebook?"). Moodle lets the importer choose the columns and asks to map one to the user: user name, e-mail address or
ID number (Moodle Docs, "Grade import"). A cell stays empty where there is no grade. Late penalties are taken off. Reads
only.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin, ExportPlugin
from sqlalchemy import select

from torchmarks.errors import UsageError

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _OneRowAStudent(ExportPlugin):  # type: ignore[misc]
    """A row for each student, a column for each assignment. default: the file's name without --to."""

    default = ""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file. Raises UsageError for an empty gradebook, an unknown assignment, a file that cannot be
        written.
        """
        assignments = _assignments(gradebook, self.assignment)
        students = [s for s in gradebook.students if not self.student or s.id in set(map(str, self.student))]
        scores = _scores(gradebook)
        if not scores:
            raise UsageError("there are no grades to export", str(gradebook.db.bind.url), "Autograde first.")
        rows = [
            [*self.who(student), *(_number(scores.get((student.id, a.name))) for a in assignments)]
            for student in students
        ]
        _write(Path(self.to or self.default), [*self.head(assignments), *rows])

    def head(self, assignments: Sequence[Any]) -> list[list[str]]:
        """The lines above the students."""
        raise NotImplementedError

    def who(self, student: Any) -> list[str]:
        """The columns that say who a student is."""
        raise NotImplementedError


class CanvasExportPlugin(_OneRowAStudent):
    """CSV as Canvas exports and imports its gradebook."""

    default = "canvas.csv"

    def head(self, assignments: Sequence[Any]) -> list[list[str]]:
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

    def head(self, assignments: Sequence[Any]) -> list[list[str]]:
        """Names of the columns as Moodle's own export writes them."""
        names = ["First name", "Surname", "Username", "ID number", "Email address"]
        return [[*names, *(f"Assignment: {a.name} (Real)" for a in assignments)]]

    def who(self, student: Any) -> list[str]:
        """Names, nbgrader's student id as user name, the LMS's own number, the address."""
        return [
            _plain(t) for t in (student.first_name, student.last_name, student.id, student.lms_user_id, student.email)
        ]


EXPORTERS: dict[str, type[Any]] = {"canvas": CanvasExportPlugin, "moodle": MoodleExportPlugin, "csv": CsvExportPlugin}


def export(db_url: str, kind: str, to: Path) -> None:
    """Write the marks of a gradebook to a file. kind: one of EXPORTERS. Raises UsageError."""
    if kind not in EXPORTERS:
        raise UsageError("there is no such exporter", repr(kind), f"Known: {', '.join(EXPORTERS)}.")
    place = db_url.removeprefix("sqlite:///")
    if place != db_url and not Path(place).exists():
        raise UsageError("there is no gradebook yet", place, "Generate, release, collect and autograde first.")
    with Gradebook(db_url) as gradebook:
        if not _scores(gradebook):
            raise UsageError("there are no grades to export", place, "Run: nbgrader autograde ASSIGNMENT")
        plugin = EXPORTERS[kind]()
        plugin.to = str(to)
        plugin.export(gradebook)


def _assignments(gradebook: Gradebook, wanted: Sequence[str]) -> list[Any]:
    known = {assignment.name: assignment for assignment in gradebook.assignments}
    for name in wanted:
        if name not in known:
            raise UsageError("the gradebook has no such assignment", repr(name), f"Known: {', '.join(known)}.")
    return [known[name] for name in (wanted or known)]


def _scores(gradebook: Gradebook) -> dict[tuple[str, str], float]:
    """(student, assignment) -> points less the late penalty; graded submissions only."""
    rows = gradebook.db.execute(
        select(Student.id, Assignment.name, SubmittedAssignment)
        .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    )
    graded = {
        (student, name): submission
        for student, name, submission in rows
        if any(g.auto_score is not None or g.manual_score is not None for n in submission.notebooks for g in n.grades)
    }
    return {key: max(0.0, s.score - s.late_submission_penalty) for key, s in graded.items()}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _name(student: Any) -> str:
    """ "Family name, first name", as Canvas sorts; the id where nbgrader knows no name."""
    names = [name for name in (student.last_name, student.first_name) if name]
    return _plain(", ".join(names) or student.id)


def _plain(text: object) -> str:
    """A cell that no spreadsheet takes for a formula: names may come from the students themselves."""
    cell = "" if text is None else str(text)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", str(path), "Name another file with --to.") from error
