"""Fills marks into a platform's own file: its rows, ids, columns, points and every other byte stay what they are.

Canvas imports a column by `Name (id)`, scales nothing, and takes its row of points possible for the assignment's
(lib/gradebook_importer.rb); "EX" is excused, "N/A" not assigned, and neither is a mark that could be written over.
Moodle imports the grade of each participant of its worksheet and silently skips what is above the maximum
(mod/assign/feedback/offline/locallib.php, `process_import_grades`); both read a point as a decimal mark in every
language. So marks are scaled to the platform's points, and that is said.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbgrader.api import Gradebook

from torchmarks.course import Course
from torchmarks.course.commands import grade_command
from torchmarks.course.exports import marks_of
from torchmarks.course.records import missing_file
from torchmarks.errors import UsageError
from torchmarks.platforms.people import Roster, canvas_columns, is_maximum, roster_of
from torchmarks.platforms.sheet import Sheet, read_sheet
from torchmarks.platforms.students import KnownStudent, gradebook_students, identified
from torchmarks.whole_files import write_whole

_WITH_ID: Final = re.compile(r"(.*\S)\s+\([0-9]+\)")
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_KEPT: Final = {"EX": "is excused", "N/A": "was not given the assignment"}
_DIGITS: Final = 4  # after the decimal mark; Canvas shows two


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled into one column. column: its name there; most: our points, possible: the platform's.

    changes: student, the value before, the value now; same: how many were right already; kept: cells that do not hold
    marks, and why; absent: rows of students without a mark here; lost: students with a mark here and no row there; cut:
    marks that are higher than the platform accepts.
    """

    assignment: str
    column: str
    most: float
    possible: float
    changes: tuple[tuple[str, str, str], ...]
    same: int
    kept: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]
    lost: tuple[str, ...]
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """The marks to fill in. column: the name of the platform's column, if it is not the assignment's."""

    platform: str
    sheet: Path
    to: Path
    assignment: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class _Marks:
    """Of one assignment: the scores by student, and what they are out of."""

    assignment: str
    scores: Mapping[str, float]
    most: float


def fill(course: Course, wish: Filling) -> list[Filled]:
    """Write the platform's file with the marks in it. Raises UsageError, and then writes nothing."""
    sheet = read_sheet(wish.sheet)
    roster = roster_of(sheet, wish.platform)
    known = gradebook_students(course)
    ids = students_in(roster, known, wish.platform)
    columns = _columns(sheet, roster, wish, _marks(course, wish.assignment))
    changes: dict[tuple[int, int], str] = {}
    filled = [_fill(roster, ids, known, wish.platform == "moodle", *column, changes) for column in columns]
    _refuse_loss(wish, sheet, {number for _, number, _ in columns})
    content = sheet.filled(changes)
    try:
        write_whole(wish.to, content, named=True)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise UsageError(what, str(wish.to), "Name another file with --to.") from error
    return filled


def _refuse_loss(wish: Filling, sheet: Sheet, filled: set[int]) -> None:
    """Raise UsageError where an earlier export holds marks in a column that is not filled now."""
    if not wish.to.exists() or (wish.sheet.exists() and wish.to.samefile(wish.sheet)):
        return
    old = read_sheet(wish.to)
    now = {name: sum(map(bool, sheet.column(n))) for n, name in enumerate(sheet.head)}
    now |= {sheet.head[n]: len(old.rows) for n in filled}
    lost = [name for n, name in enumerate(old.head) if sum(map(bool, old.column(n))) > now.get(name, 0)]
    if lost:
        what = f"holds marks that this would lose ({'; '.join(lost)})"
        raise UsageError(
            what, str(wish.to), f"To add to them: --fill {shlex.quote(str(wish.to))}. Or name another file with --to."
        )


def students_in(roster: Roster, known: Sequence[KnownStudent], platform: str) -> dict[int, str]:
    """The gradebook's students in a platform's list, by row. Raises UsageError where none of them is in it."""
    there = {one.id for one in known}
    ids = {row: student for row, student in identified(roster, known, platform).ids.items() if student in there}
    if not ids:
        what = f"none of its {len(roster.people)} students is in the gradebook"
        remedy = f"Is it of this course and year? `torchmarks roster {platform} CSV` brings them into the gradebook."
        raise UsageError(what, str(roster.sheet.path), remedy)
    return ids


def _marks(course: Course, assignment: str) -> list[_Marks]:
    place = course.db_url.removeprefix("sqlite:///")
    if missing_file(course.db_url):
        raise UsageError("there is no gradebook yet", place, "Generate, release, collect and autograde first.")
    with Gradebook(course.db_url, str(course.directory.course_id)) as gradebook:
        most = {str(one.name): float(one.max_score) for one in gradebook.assignments}
        scores: dict[str, dict[str, float]] = {}
        for (student, name), mark in marks_of(gradebook).items():
            scores.setdefault(name, {})[student] = mark.score
    if assignment and assignment not in most:
        raise UsageError("the gradebook has no such assignment", repr(assignment), f"Known: {', '.join(most)}.")
    found = [_Marks(name, scores[name], most[name]) for name in sorted(scores) if assignment in ("", name)]
    if not found:
        raise UsageError("there are no grades to export", place, f"Run: {grade_command(assignment or 'ASSIGNMENT')}")
    return found


def _columns(sheet: Sheet, roster: Roster, wish: Filling, marks: Sequence[_Marks]) -> list[tuple[_Marks, int, float]]:
    """The marks, the number of the column that they go to, and its points."""
    if wish.column or wish.platform == "moodle":
        if len(marks) > 1:
            names = ", ".join(one.assignment for one in marks)
            what, remedy = "marks of one assignment go there", f"Name it with --assignment: {names}."
            raise UsageError(what, wish.column or str(wish.sheet), remedy)
        (one,) = marks
        if wish.platform == "moodle":
            number = _named(sheet, wish.column) if wish.column else _graded(roster)
            return [(one, number, _moodle_points(sheet, number))]
        number = _named(sheet, wish.column)
        return [(one, number, _canvas_points(sheet, number, one))]
    found = []
    for one in marks:
        numbers = [i for i, name in enumerate(sheet.head) if _is_called(name, one.assignment)]
        if len(numbers) > 1:
            what = f"has {len(numbers)} columns {one.assignment}: {', '.join(sheet.head[i] for i in numbers)}"
            raise UsageError(what, str(sheet.path), "Name the right one with --as and --assignment.")
        found += [(one, number, _canvas_points(sheet, number, one)) for number in numbers]
    if not found:
        wanted = ", ".join(one.assignment for one in marks)
        what, remedy = f"has no column for {wanted}", f"Name it with --as and --assignment: {_offered(sheet)}."
        raise UsageError(what, str(sheet.path), remedy)
    return found


def _is_called(column: str, assignment: str) -> bool:
    found = _WITH_ID.fullmatch(column)
    return assignment.casefold() in (column.casefold(), found[1].casefold() if found else "")


def _named(sheet: Sheet, column: str) -> int:
    exact = [i for i, name in enumerate(sheet.head) if name == column.strip()]
    found = exact or [i for i, name in enumerate(sheet.head) if _is_called(name, column.strip())]
    if len(found) != 1:
        what = f"has {len(found) or 'no'} column{'s' if found else ''} {column!r}"
        raise UsageError(what, str(sheet.path), f"It has: {_offered(sheet)}.")
    return found[0]


def _offered(sheet: Sheet) -> str:
    """Columns that marks may go to: Canvas's assignments have an id, and the rest is one of its own totals."""
    with_id = [name for name in sheet.head if _WITH_ID.fullmatch(name)]
    return ", ".join(with_id or sheet.head)


def _graded(roster: Roster) -> int:
    if roster.grade < 0:
        remedy = f"Name it with --as: {', '.join(roster.sheet.head)}."
        raise UsageError("has no column for the grade that is known", str(roster.sheet.path), remedy)
    return roster.grade


def _moodle_points(sheet: Sheet, grade: int) -> float:
    """The maximum grade, which is in the column after the grade."""
    if not is_maximum(sheet.column(grade + 1)):
        what = f"has no maximum beside {sheet.head[grade]}: the assignment uses a scale, or no grade"
        raise UsageError(what, str(sheet.path), "In Moodle, set the grade's type to Point, and download it again.")
    return _points(sheet, sheet.at(1, grade + 1), "the maximum grade", 1)


def _canvas_points(sheet: Sheet, number: int, marks: _Marks) -> float:
    known = canvas_columns(sheet.head)
    if number in known.values():
        raise UsageError(
            f"{sheet.head[number]} is not a column for marks", str(sheet.path), f"It has: {_offered(sheet)}."
        )
    for row in range(1, len(sheet.rows)):
        if "Points Possible" in sheet.at(row, 0):
            text = sheet.at(row, number)
            return _points(sheet, text, f"Points Possible of {sheet.head[number]}", row) if text else marks.most
    return marks.most


def _points(sheet: Sheet, text: str, what: str, row: int) -> float:
    value = _value(text)
    if not value:
        remedy = "Set the points in the platform (a column that is read only takes no marks), and export it again."
        raise UsageError(f"{what} is {text or 'empty'}", sheet.where(row), remedy)
    return value


def _value(text: str) -> float | None:
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _fill(
    roster: Roster, ids: Mapping[int, str], known: Sequence[KnownStudent], is_moodle: bool, marks: _Marks, number: int,
    possible: float, into: dict[tuple[int, int], str],
) -> Filled:  # fmt: skip
    """Collect the changes of one column in `into`."""
    sheet = roster.sheet
    changes, kept, absent, cut, same = [], [], [], [], 0
    comma = any("," in sheet.at(row, number) for row in range(1, len(sheet.rows)))
    comma = comma or (is_moodle and "," in sheet.at(1, number + 1))
    for person in roster.people:
        score = marks.scores.get(ids.get(person.row, ""))
        if score is None:
            absent.append(person.name)
            continue
        before = sheet.at(person.row, number)
        if before.upper() in _KEPT:
            kept.append((person.name, _KEPT[before.upper()]))
            continue
        value = score if marks.most in (0, possible) else score * possible / marks.most
        if is_moodle and value > possible:  # Moodle would skip it, and say nothing
            cut.append(person.name)
            value = possible
        after = _written(value, comma=comma)
        if _value(before) == _value(after):
            same += 1
            continue
        into[person.row, number] = after
        changes.append((person.name, before, after))
    names = {one.id: ", ".join(n for n in (one.last_name, one.first_name) if n) for one in known}
    there = set(ids.values())
    lost = tuple(f"{s} ({names[s]})" if names.get(s) else s for s in sorted(marks.scores) if s not in there)
    return Filled(
        marks.assignment, sheet.head[number], marks.most, possible, tuple(changes), same, tuple(kept), tuple(absent),
        lost, tuple(cut),
    )  # fmt: skip


def _written(value: float, *, comma: bool) -> str:
    text = f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text
