"""Matches the people in a platform's list to students of the gradebook, and adds what the gradebook does not know.

The platform's number and the institution's go first, then the login, then the address; a name decides only where one
person alone has it. A platform's lists are the authority on names and addresses; nothing is ever blanked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbgrader.api import Gradebook, Student
from sqlalchemy import inspect, select

from torchmarks.course import Course
from torchmarks.course.reachable import reachable
from torchmarks.course.records import missing_file, reading
from torchmarks.course.whose import courses_in, refuse_other
from torchmarks.errors import UsageError
from torchmarks.grading.repair import composed
from torchmarks.platforms.people import Person, Roster

_LONGEST: Final = 128  # characters that nbgrader's columns hold
_FIELDS: Final = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True, slots=True)
class KnownStudent:
    """A student as the gradebook has one."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What an import does to a student. before: None for one whom the gradebook did not have; values: new ones."""

    student: str
    before: KnownStudent | None
    values: Mapping[str, str]

    @property
    def told(self) -> str:
        """The change in words, for people."""
        if self.before is None:
            return "added"
        parts = [f"{name} {getattr(self.before, name) or 'nothing'} → {value}" for name, value in self.values.items()]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Identities:
    """Who is who. ids: the gradebook's id by the row of the sheet; people: the reverse, the person by id."""

    ids: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)


def gradebook_students(course: Course) -> list[KnownStudent]:
    """All students in the gradebook; none where there is none yet. Raises UsageError for that of another course."""
    if missing_file(course.db_url):
        return []
    with reachable(course.db_url), reading(course.db_url) as connection:
        if not inspect(connection).has_table(Student.__tablename__):
            return []
        refuse_other(course.directory, courses_in(connection))
        columns = [getattr(Student, name) for name in ("id", *_FIELDS)]
        return [KnownStudent(*(value or "" for value in row)) for row in connection.execute(select(*columns))]


def identified(roster: Roster, known: Sequence[KnownStudent], platform: str) -> Identities:
    """The ids of a roster's people: those of the gradebook, or new ones for people whom it does not know.

    Raises UsageError where two rows lead to one student.
    """
    find = _Finder(known)
    ids: dict[int, str] = {}
    people: dict[str, Person] = {}
    for person in roster.people:
        student = find.of(person, platform) or _new_id(person, platform)
        if student in people:
            rows = f"lines {roster.sheet.lines[people[student].row]} and {roster.sheet.lines[person.row]}"
            what = f"{rows} are both of the student {student} in the gradebook"
            raise UsageError(
                what, str(roster.sheet.path), "Take one of the two out, or correct the student in the gradebook."
            )
        ids[person.row], people[student] = student, person
    return Identities(ids, people)


class _Finder:
    def __init__(self, known: Sequence[KnownStudent]) -> None:
        self._by: dict[str, dict[str, str]] = {}
        for kind, values in (
            ("lms_user_id", ((k.lms_user_id, k.id) for k in known)),
            ("id", ((k.id, k.id) for k in known)),
            ("email", ((k.email, k.id) for k in known)),
            ("name", ((f"{k.first_name} {k.last_name}", k.id) for k in known)),
        ):
            self._by[kind] = _unique(values)

    def of(self, person: Person, platform: str) -> str | None:
        """The id of a student whom the gradebook knows."""
        # Moodle's number of a participant holds for one assignment only, so it is not an id
        lms = person.key if platform == "canvas" else person.number
        tries = [("lms_user_id", lms), ("id", person.login), ("id", person.number), ("email", person.email)]
        tries += [("id", person.email), ("email", person.login)]
        if platform == "canvas":
            tries.append(("id", person.key))
        if platform == "moodle" and not (person.login or person.number or person.email):
            tries += [("id", _participant(person)), ("name", f"{person.first} {person.last}")]
        found = (self._by[kind].get(_folded(value)) for kind, value in tries if value.strip())
        return next((student for student in found if student), None)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The ids by value, without values that several students have."""
    found: dict[str, set[str]] = {}
    for value, student in pairs:
        if value.strip():
            found.setdefault(_folded(value), set()).add(student)
    return {value: next(iter(students)) for value, students in found.items() if len(students) == 1}


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _participant(person: Person) -> str:
    return f"participant-{person.key}"


def _new_id(person: Person, platform: str) -> str:
    canvas, other = (person.login, person.number, person.key), (person.login, person.email, person.number)
    wanted = canvas if platform == "canvas" else other
    return next((composed(one) for one in wanted if is_id(one)), _participant(person))


def is_id(text_: str) -> bool:
    """Whether a text can be a student's id: nbgrader makes a folder of it."""
    fits = 0 < len(text_) <= _LONGEST and text_.isprintable() and text_ == text_.strip()
    return fits and not any(mark in text_ for mark in "/\\*?[]{}") and not text_.startswith((".", "-", "__"))


def changes(
    identities: Identities, known: Sequence[KnownStudent], platform: str, *, fill_only: bool
) -> list[RosterChange]:
    """What to change in the gradebook. fill_only: only fill what is empty; what a person wrote there stays."""
    before = {one.id: one for one in known}
    found = []
    for student, person in identities.people.items():
        lms = person.key if platform == "canvas" else person.number
        values = dict(zip(_FIELDS, (person.first, person.last, person.email, lms), strict=True))
        one = before.get(student)
        fits = {name: value[:_LONGEST] for name, value in values.items() if value}
        if one is not None:
            fits = {n: v for n, v in fits.items() if v != getattr(one, n) and not (fill_only and getattr(one, n))}
        if one is None or fits:
            found.append(RosterChange(student, one, fits))
    return found


def apply(course: Course, wanted: Sequence[RosterChange]) -> None:
    """Write changes into the gradebook, all or none."""
    if not wanted:
        return
    with reachable(course.db_url), Gradebook(course.db_url, str(course.directory.course_id)) as gradebook:
        there: dict[str, Any] = {str(student.id): student for student in gradebook.students}
        for change in wanted:
            student = there.get(change.student)
            if student is None:
                gradebook.db.add(Student(id=change.student, **change.values))
                continue
            for name, value in change.values.items():
                setattr(student, name, value)
        gradebook.db.commit()
