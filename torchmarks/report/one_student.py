"""One student's graded work as lines for a terminal: points, their code, the call that failed, what they read.

    torchmarks show 01-tensors ada --exercise from_list

For an instructor who answers a student's question. Reads the gradebook and the graded copy; shows no source of a test,
so that a line can be passed on. All that a student wrote is made printable and cut to what a person reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Gradebook, MissingEntry

from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.exercises import exercise_of
from torchmarks.course import Course
from torchmarks.course.commands import grade_command
from torchmarks.course.graded_copies import require_copies
from torchmarks.course.records import missing_file
from torchmarks.course.warnings import of_student
from torchmarks.errors import UsageError
from torchmarks.grading import ExerciseRecord, NotebookRecord, UnreadableRecord
from torchmarks.grading.record import read
from torchmarks.grading.repair import losses
from torchmarks.grading.scores import is_by_person
from torchmarks.printable import printable
from torchmarks.wording import few, time_span

_LINES: Final = 200  # of one cell
_COLUMNS: Final = 400


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the gradebook holds of a cell. by_person: whether a person has changed it."""

    score: float
    most: float
    by_person: bool


@dataclass
class _Booked:
    """What the gradebook holds of a submission."""

    marks: dict[str, _Mark] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    score: float = 0.0
    most: float = 0.0
    penalty: float = 0.0
    about: str = ""


def work_lines(course: Course, assignment: str, student: str, exercises: Iterable[str] = ()) -> list[str]:
    """A student's graded work. exercises: their names, or nothing for all.

    Raises UsageError for a student without graded work, with the reason where the grader gave one, and for an unknown
    exercise.
    """
    if place := missing_file(course.db_url):
        raise UsageError("there is no gradebook yet", place, f"Run: {grade_command(assignment)}")
    refused = course.refused(assignment, student=student).get(student)
    folders = course.folders("autograded", assignment)
    if refused is not None:
        remedy = "Nothing of it was graded; look into submitted/."
        why = (refused.reason or refused.state).rstrip(".")  # UsageError ends the sentence
        raise UsageError(f"has no grade: {why}", f"{student}, {assignment}", remedy)
    if student not in folders:
        require_copies(course.marked(assignment, student), [student])
        raise UsageError("has no graded work", f"{student}, {assignment}", _known(folders, assignment))
    booked, notebooks = _booked(course.db_url, assignment, student), _notebooks(folders[student])
    records = {path: record for path, (_, record) in notebooks.items()}
    wanted = _wanted(records.values(), list(exercises), assignment)
    total = f"{booked.score - booked.penalty:g} of {booked.most:g} points{booked.about}"
    lost = [f"repaired: {' '.join(told)}" for record in records.values() if (told := losses(record.repairs))]
    doubts = of_student(course.marked(assignment, student))
    lines = [f"{student}, {assignment}: {total}", *doubts, *lost, *(str(path) for path in notebooks)]
    for notebook, record in notebooks.values():
        codes, texts = _codes(notebook), record.texts
        for exercise in record.exercises:
            if not wanted or exercise.name in wanted:
                lines += ["", *_exercise(exercise, codes.get(exercise.name, []), booked, texts)]
    return [printable(line, keep="\t") for line in lines]


def _known(folders: Mapping[str, Path], assignment: str) -> str:
    if not folders:
        return f"Nobody has. Collect what was handed in, then run: {grade_command(assignment)}"
    return f"Graded: {few(sorted(folders), 8)}."


def _wanted(records: Iterable[NotebookRecord], exercises: list[str], assignment: str) -> set[str]:
    known = [exercise.name for record in records for exercise in record.exercises]
    unknown = [name for name in exercises if name not in known]
    if unknown:
        raise UsageError("there is no such exercise", f"{assignment}, {unknown[0]}", f"Known: {', '.join(known)}.")
    return set(exercises)


def _notebooks(folder: Path) -> dict[Path, tuple[Mapping[str, Any], NotebookRecord]]:
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            found[path] = (notebook, read(notebook, path.name))
        except (OSError, ValueError, UnreadableRecord) as error:
            raise UsageError(f"cannot be read ({error})", str(path), "Grade it again.") from error
    return found


def _booked(db_url: str, assignment: str, student: str) -> _Booked:
    found = _Booked()
    with Gradebook(db_url) as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return found
        found.score, found.most = submission.score, submission.max_score
        found.penalty = submission.late_submission_penalty
        when = f", handed in {submission.timestamp:%Y-%m-%d %H:%M:%S} UTC" if submission.timestamp else ""
        late = f", {time_span(submission.total_seconds_late)} late" if submission.total_seconds_late else ""
        due = submission.duedate if late or found.penalty else None
        when += f", due {due:%Y-%m-%d %H:%M:%S} UTC" if due is not None else ""
        found.about = when + late + (f", late penalty of {found.penalty:g} subtracted" if found.penalty else "")
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                by_person = is_by_person(grade.manual_score, grade.extra_credit)
                found.marks[grade.name] = _Mark(grade.score, grade.max_score, by_person)
            for comment in notebook.comments:
                found.comments[comment.name] = comment.manual_comment or ""  # else nbgrader's own "No response."
    return found


def _codes(notebook: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the student wrote, by exercise."""
    found: dict[str, list[str]] = {}
    for cell in notebook["cells"]:
        meta = marks_of(cell)
        if meta.get("solution"):
            found.setdefault(exercise_of(str(meta["grade_id"])), []).append("".join(cell["source"]))
    return found


def _exercise(exercise: ExerciseRecord, codes: list[str], booked: _Booked, texts: Mapping[str, str]) -> list[str]:
    marks = [(check, booked.marks.get(check.cell)) for check in exercise.checks]
    known = [mark for _, mark in marks if mark is not None]
    lines = [f"{exercise.name}: {sum(m.score for m in known):g} of {sum(m.most for m in known):g} points"]
    for check, mark in marks:
        points = "" if mark is None else f"{mark.score:g} of {mark.most:g} points: "
        calls = f", {check.calls} calls" if check.calls else ""
        person = ", points by a person" if mark is not None and mark.by_person else ""
        lines.append(f"  {check.cell}: {points}{check.verdict.value}{calls}{person}")
    for code in codes:
        lines += ["  Their code:", *_indented(code)]
    for check, _ in marks:
        if check.cell in texts:
            lines += [f"  What they read of {check.cell}:", *_indented(texts[check.cell])]
    for cell, comment in booked.comments.items():
        if comment and exercise_of(cell) == exercise.name:
            lines += ["  Comment:", *_indented(comment)]
    return lines


def _indented(text: str) -> list[str]:
    lines = text.split("\n")
    shown = [f"    {line if len(line) <= _COLUMNS else line[: _COLUMNS - 1] + '…'}" for line in lines[:_LINES]]
    return shown + ([f"    … and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else [])
