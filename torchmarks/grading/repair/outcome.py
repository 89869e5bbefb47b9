"""The outcomes of repairing a submission, and the limits it is held to.

Pure data, a leaf: imports no sibling. Must never hold the text of a hidden test: students read every message here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Json = Any  # a decoded JSON value that nobody has checked yet


@dataclass(frozen=True, slots=True)
class NotebookLimits:
    """How much a submitted notebook may hold before it is refused.

    max_bytes: size of the file; max_depth: nesting of JSON lists and objects; max_tokens: strings, lists and objects in
    the file (they cost memory far beyond their bytes); max_cells: cells; max_source: characters of all cell sources
    together.
    """

    max_bytes: int = 20_000_000
    max_depth: int = 100
    max_tokens: int = 2_000_000
    max_cells: int = 2_000
    max_source: int = 4_000_000


DEFAULT_LIMITS = NotebookLimits()

# Kinds of repairs by which it is known whether work was lost.
BLANK_AGAIN: Final = "deleted"  # a solution cell was missing
CONFLICT: Final = "conflict"  # two versions of the notebook in one file; with a cell: what was taken from the other one


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was found damaged and repaired.

    kind: a stable word for statistics; cell: the grade id concerned, None for the whole notebook; message: one sentence
    for instructor and student: what was found, where, what was done.
    """

    kind: str
    cell: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """A notebook that can be graded.

    notebook: a valid nbformat 4.5 dictionary with exactly one cell for each grade id of the blueprint, in its order and
    with its metadata; solution sources are the student's, the student's own cells are near where they were. repairs:
    none for an undamaged submission.
    """

    notebook: dict[str, Any]
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """This submission cannot be graded. Never a score of zero.

    reason: why; remedy: what to do about it; foreign: the notebook is one of another assignment; absent: nothing that
    was handed in could be the notebook.
    """

    reason: str
    remedy: str
    foreign: bool = False
    absent: bool = False
