"""Which exercise of an assignment a cell belongs to, told by its grade_id. The one owner of that rule.

Pure text: imports nothing. Must not read a notebook.
"""

from __future__ import annotations

from typing import Final

# What may stand behind the last hyphen; the cell that students write into has the exercise's bare name.
PARTS: Final = ("statement", "visible", "hidden", "test", "tests")


def exercise_of(grade_id: str) -> str:
    """The exercise of a cell: its grade_id without a part of PARTS at the end, such as "-hidden"."""
    part = part_of(grade_id)
    return grade_id.removesuffix(f"-{part}") if part else grade_id


def part_of(grade_id: str) -> str:
    """Which cell of its exercise it is, one of PARTS; nothing for the cell that students write into."""
    name, _, last = grade_id.rpartition("-")
    return last if name and last in PARTS else ""
