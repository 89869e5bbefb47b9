"""Describes a copy of a gradebook, and refuses one that does not belong to this course. Must not open a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from torchmarks.course.records import VERSION
from torchmarks.errors import UsageError

NAMELESS: Final = frozenset({"", "default_course"})  # nbgrader's name for a course without a name


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds. students, submissions: how many, None where they were not counted; has_secret: whether hidden
    inputs can be drawn from it as before; ids: of the students; fingerprint: of the secret, "" without one.
    """

    students: int | None
    submissions: int | None
    has_secret: bool
    ids: frozenset[str] = field(default=frozenset(), repr=False)
    fingerprint: str = field(default="", repr=False)

    def __str__(self) -> str:
        counted = "" if self.students is None else f"{self.students} students, {self.submissions} submissions, "
        return f"{counted}{'with' if self.has_secret else 'without'} the course's secret"


def require_file(path: Path) -> None:
    """Raise UsageError where there is no file that could be a copy of a gradebook."""
    if path.is_dir():
        raise UsageError("is a folder", str(path), "Name a file in it that `torchmarks backup` has made.")
    if not path.is_file():
        raise UsageError("there is no such file", str(path), "Name a file that `torchmarks backup` has made.")


def refuse_others(ids: Sequence[str], course_id: str, file: Path) -> None:
    """Raise UsageError for the gradebook of other courses. ids: of those that it holds."""
    if ids and course_id not in ids:
        named = sorted(set(ids) - NAMELESS)
        owner = ", ".join(map(repr, named)) or f"a course without a name ({ids[0]!r} is nbgrader's word for it)"
        what = f"is the gradebook of {owner}, and this course is {course_id!r}"
        raise UsageError(what, str(file), "Run this in that course's folder, or set c.CourseDirectory.course_id.")


def fingerprint(secret: str) -> str:
    """A fingerprint of a secret, which does not give the secret away. secret: in hexadecimal, "" for none."""
    return hashlib.sha256(f"fingerprint of {secret}".encode()).hexdigest() if secret else ""


def refuse_strangers(found: Contents, here: Contents, file: Path) -> None:
    """Raise UsageError for a copy that did not come from the gradebook which is here: courses may be named alike.

    Two with a secret are the same course's by it alone, others by a student whom both know. A gradebook without
    students, as the first generation makes it, holds nothing to compare.
    """
    if not here.ids:
        return
    by_secret = bool(found.fingerprint and here.fingerprint)
    if found.fingerprint == here.fingerprint if by_secret else found.ids & here.ids:
        return
    what = "has another secret than the gradebook here" if by_secret else "shares no student with the gradebook here"
    remedy = "To restore it anyway, give --other-course: hidden inputs are then drawn from its secret."
    raise UsageError(f"{what}, so it is another course's of the same name", str(file), remedy)


def refuse_later(version: int | None, file: Path) -> None:
    """Raise UsageError for a copy that a later version of this package has written. version: of its layout."""
    if version is not None and version > VERSION:
        what = f"was written by a later version of torchmarks (layout {version}, known: {VERSION})"
        raise UsageError(what, str(file), "Install that version here too.")
