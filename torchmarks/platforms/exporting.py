"""Marks and feedback out to a platform: its own file filled, the pages packed, or both.

Decides which of the two is done, and with what; must not know a cell or a file name of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torchmarks.course import Course
from torchmarks.errors import UsageError
from torchmarks.platforms.filling import Filled, Filling, fill
from torchmarks.platforms.pages import Packed, pack_feedback


@dataclass(frozen=True, slots=True)
class Export:
    """What a person asked for. sheet: the platform's file; to: the filled one; feedback: the zip of pages."""

    platform: str
    sheet: Path | None = None
    to: Path | None = None
    assignment: str = ""
    column: str = ""
    feedback: Path | None = None

    @property
    def target(self) -> Path:
        """The file to write: never by itself the one that was downloaded."""
        assert self.sheet is not None
        return self.to or Path(f"{self.sheet.stem}-marks.csv")


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of an export. columns: empty where no file was filled; packed: None where no page was asked for."""

    columns: tuple[Filled, ...]
    packed: Packed | None

    @property
    def is_whole(self) -> bool:
        """Whether every mark and every page has its place in the platform."""
        lost = any(one.lost or one.cut for one in self.columns)
        return not lost and not (self.packed is not None and (self.packed.nameless or self.packed.outdated))


def export_out(course: Course, wish: Export) -> Exported:
    """Fill and pack. Raises UsageError."""
    if wish.platform not in ("canvas", "moodle"):
        raise UsageError("has no file of its own to fill", repr(wish.platform), "Known: canvas, moodle.")
    columns: list[Filled] = []
    if wish.sheet is not None:
        filling = Filling(wish.platform, wish.sheet, wish.target, wish.assignment, wish.column)
        columns = fill(course, filling)
    if wish.feedback is None:
        return Exported(tuple(columns), None)
    names = [wish.assignment] if wish.assignment else [one.assignment for one in columns]
    if len(names) != 1:
        what, remedy = "pages of one assignment go into a zip", "Name it with --assignment."
        raise UsageError(what, str(wish.feedback), remedy)
    return Exported(tuple(columns), pack_feedback(course, wish.platform, names[0], wish.feedback, wish.sheet))
