"""Lists of students as the platforms write them: Canvas's gradebook, Moodle's grading worksheet, a plain table.

Canvas (lib/gradebook_exporter.rb): `Student`, or `LastName` and `FirstName`; `ID`; for some users `SIS User ID`,
`Integration ID`, `Root Account`; `SIS Login ID`; `Section`; these names are English in every language. Below the head
come a row on posting policies, where there are any, and one with the points possible.

Moodle (mod/assign/gradingtable.php, "Download grading worksheet"): the participant's number in this one assignment,
"Participant 12345"; unless submissions are anonymous the full name and the fields that the site shows of users, mostly
the e-mail address; status; group; marker; the grade, its maximum, and so on. Every name of a column is translated, so
most are recognised by their contents.

A plain table has nbgrader's names of columns: `id`, `first_name`, `last_name`, `email`, `lms_user_id`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from torchmarks.errors import UsageError
from torchmarks.platforms.moodle_words import FULL_NAME, GRADE, GROUP, ID_NUMBER, USERNAME
from torchmarks.platforms.sheet import Sheet

_POSTING: Final = re.compile(r"\s*(muted|manual posting.*)?\s*", re.IGNORECASE)
_TEST_STUDENT: Final = "Student, Test"  # Canvas's own, of the view as a student
_NUMBERED: Final = re.compile(r"\D*?([0-9]{1,20})")
_AMOUNT: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Person:
    """A student as a platform knows one. row: of the sheet; key: the number that names of files have.

    number: the institution's own; submitted: the time as the platform wrote it.
    """

    row: int
    key: str
    first: str = ""
    last: str = ""
    email: str = ""
    login: str = ""
    number: str = ""
    group: str = ""
    submitted: str = ""

    @property
    def name(self) -> str:
        """For people, as lists are sorted."""
        return ", ".join(part for part in (self.last, self.first) if part) or self.login or self.email or self.key


@dataclass(frozen=True, slots=True)
class Roster:
    """A platform's list. grade: number of the column with Moodle's grades, or -1."""

    sheet: Sheet
    people: tuple[Person, ...]
    grade: int = -1


def roster_of(sheet: Sheet, platform: str) -> Roster:
    """The students of a sheet. platform: canvas, moodle or folder. Raises UsageError for another kind of file, and for
    two rows of one student.
    """
    readers: dict[str, Callable[[Sheet], Roster]] = {"canvas": _canvas, "moodle": _moodle, "folder": _plain}
    found = readers[platform](sheet)
    if not found.people:
        raise UsageError("has no students", str(sheet.path), "Download it again, with all students.")
    for field in ("key", "login", "email"):
        _require_one_row_each(sheet, found.people, field)
    return found


def _require_one_row_each(sheet: Sheet, people: Sequence[Person], field: str) -> None:
    seen: dict[str, Person] = {}
    for person in people:
        value = str(getattr(person, field)).casefold()
        first = seen.setdefault(value, person)
        if value and first is not person:
            rows = f"lines {sheet.lines[first.row]} and {sheet.lines[person.row]}"
            what = f"{rows} are of one student ({value})"
            raise UsageError(what, str(sheet.path), "Download it again, or take one of the two out.")


def canvas_columns(head: Sequence[str]) -> dict[str, int]:
    """The places of Canvas's columns on students, by their names; empty for any other file."""
    wanted = ("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Section")
    found = {name: head.index(name) for name in wanted if name in head}
    named = "Student" in found or {"LastName", "FirstName"} <= found.keys()
    return found if named and {"ID", "Section"} <= found.keys() else {}


def is_canvas_student(sheet: Sheet, row: int) -> bool:
    """Whether a row below the head is of a student, not of points, posting or Canvas's test student."""
    first = sheet.at(row, 0)
    if "Points Possible" in first or first == _TEST_STUDENT:
        return False
    return not all(_POSTING.fullmatch(cell.text) for cell in sheet.rows[row])


def _canvas(sheet: Sheet) -> Roster:
    columns = canvas_columns(sheet.head)
    if not columns:
        remedy = "In Canvas: Grades, Export, Export Entire Gradebook."
        raise UsageError("is not a gradebook of Canvas's: it lacks Student, ID or Section", str(sheet.path), remedy)
    people = []
    for row in range(1, len(sheet.rows)):
        if not is_canvas_student(sheet, row):
            continue
        values = {name: sheet.at(row, number) for name, number in columns.items()}
        last, _, first = values.get("Student", "").partition(", ")
        login = values.get("SIS Login ID", "")
        last, first = values.get("LastName", last), values.get("FirstName", first)
        email = login if "@" in login else ""
        people.append(Person(row, values["ID"], first, last, email, login, values.get("SIS User ID", "")))
    return Roster(sheet, tuple(people))


def _moodle(sheet: Sheet) -> Roster:
    head = [name.casefold().replace("\u2019", "'") for name in sheet.head]
    keys = [_NUMBERED.fullmatch(value) for value in sheet.column(0)]
    if not all(keys) or canvas_columns(sheet.head):
        what = "is not a grading worksheet of Moodle's: it has no numbers of participants"
        remedy = "In the assignment in Moodle: Submissions, Actions, Download grading worksheet."
        raise UsageError(what, str(sheet.path), remedy)
    grade = next((i for i, name in enumerate(head) if name in GRADE), -1)
    grade = grade if grade >= 0 else _grade_before_maximum(sheet)
    name = 1 if head[1] in FULL_NAME or (grade > 2 and _is_of_each(sheet.column(1))) else -1
    email = next((i for i in range(1, len(head)) if _is_email(sheet.column(i))), -1)
    login, number, group = (_known(head, names) for names in (USERNAME, ID_NUMBER, GROUP))
    time = _submission_time(sheet.head)
    people = []
    for row, key in enumerate(keys, 1):
        assert key is not None
        first, _, last = sheet.at(row, name).rpartition(" ")
        values = [sheet.at(row, i) for i in (email, login, number, group, time)]
        people.append(Person(row, key[1], first, last, *values))
    return Roster(sheet, tuple(people), grade)


def _known(head: Sequence[str], names: Iterable[str]) -> int:
    return next((i for i, name in enumerate(head) if i and name in names), -1)


def _grade_before_maximum(sheet: Sheet) -> int:
    """The column of the grade in an unknown language: the maximum after it is the same number in all rows."""
    for number in range(len(sheet.head) - 1, 1, -1):
        if is_maximum(sheet.column(number)):
            before = sheet.column(number - 1)
            return number - 1 if all(v in ("", "-") or _AMOUNT.fullmatch(v) for v in before) else -1
    return -1


def is_maximum(values: Sequence[str]) -> bool:
    """Whether a column is that of the maximum grade."""
    return len(set(values)) == 1 and _AMOUNT.fullmatch(values[0]) is not None


def _is_of_each(values: Sequence[str]) -> bool:
    return 2 * len(set(values)) > len(values)


def _is_email(values: Sequence[str]) -> bool:
    there = [value for value in values if value]
    return bool(there) and all(value.count("@") == 1 and " " not in value for value in there)


def _submission_time(head: Sequence[str]) -> int:
    """ "Last modified (submission)": the first of two names, in every language, that differ in their brackets alone."""
    stems = [name.partition("(")[0].rstrip() if name.endswith(")") and "(" in name else "" for name in head]
    return next((i for i, stem in enumerate(stems) if stem and stem in stems[i + 1 :]), -1)


def _plain(sheet: Sheet) -> Roster:
    head = [name.casefold().replace(" ", "_") for name in sheet.head]
    if "id" not in head or canvas_columns(sheet.head):
        what, remedy = "has no column id", "Its head: id,first_name,last_name,email,lms_user_id (as nbgrader's)."
        raise UsageError(what, str(sheet.path), remedy)
    places = [head.index(name) if name in head else -1 for name in ("first_name", "last_name", "email", "lms_user_id")]
    people = []
    for row in range(1, len(sheet.rows)):
        first, last, email, number = (sheet.at(row, place) for place in places)
        student = sheet.at(row, head.index("id"))
        people.append(Person(row, student, first, last, email, student, number))
    return Roster(sheet, tuple(people))
