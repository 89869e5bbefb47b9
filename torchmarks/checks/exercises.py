"""Which exercise of an assignment a cell belongs to, by its grade_id. The only place that knows this rule.

Pure text: imports nothing. Must not read a notebook.
"""

from __future__ import annotations

from typing import Final

# What may come after the last hyphen; the cell that students write into has the exercise's bare name.
PARTS: Final = ("statement", "visible", "hidden", "test", "tests")


def exercise_of(grade_id: str) -> str:
    """The exercise of a cell: its grade_id without what says which cell it is ("-hidden", "-hidden-dtypes")."""
    return _split(grade_id)[0]


def part_of(grade_id: str) -> str:
    """Which cell of its exercise it is, one of PARTS; nothing for the cell that students write into."""
    return _split(grade_id)[1]


def aspect_of(grade_id: str) -> str:
    """What one of several hidden test cells looks at: "dtypes" of "f-hidden-dtypes"; nothing for any other cell."""
    return _split(grade_id)[2]


def _split(grade_id: str) -> tuple[str, str, str]:
    name, _, last = grade_id.rpartition("-")
    if name and last in PARTS:
        return name, last, ""
    exercise = name.removesuffix("-hidden")
    return (exercise, "hidden", last) if exercise and last and exercise != name else (grade_id, "", "")
