"""What a copy of a gradebook holds, and whether it may stand in this course's place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torchmarks.course.records import VERSION
from torchmarks.errors import UsageError


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds. students, submissions: how many, None where nobody has counted; has_secret: whether hidden
    inputs can be drawn from it as before.
    """

    students: int | None
    submissions: int | None
    has_secret: bool

    def __str__(self) -> str:
        counted = "" if self.students is None else f"{self.students} students, {self.submissions} submissions, "
        return f"{counted}{'with' if self.has_secret else 'without'} the course's secret"


def refuse_others(ids: Sequence[str], course_id: str, file: Path) -> None:
    """Raise UsageError for the gradebook of other courses. ids: of those that it holds."""
    if ids and course_id not in ids:
        what = f"is the gradebook of {', '.join(map(repr, sorted(ids)))}, and this course is {course_id!r}"
        raise UsageError(what, str(file), "Run this in that course's folder, or set c.CourseDirectory.course_id.")


def refuse_later(version: int | None, file: Path) -> None:
    """Raise UsageError for what a later version of this package has written. version: of its layout."""
    if version is not None and version > VERSION:
        what = f"was written by a later version of torchmarks (layout {version}, known: {VERSION})"
        raise UsageError(what, str(file), "Install that version here too.")
