"""Before and after: what the last grading of each submission changed, for a person or as JSON. Pure.

Compares what the gradebook keeps, so that a run which was cut short and taken up again is compared whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from torchmarks.course.gradings import GradeChange
from torchmarks.printable import printable

_NOBODY: Final = "no submission has been graded twice, so there is nothing to compare"


def comparison_lines(assignment: str, changes: Sequence[GradeChange]) -> list[str]:
    """For a terminal: the students whose points differ, by the reason why."""
    if not changes:
        return [f"{assignment}: {_NOBODY}."]
    other = [change for change in changes if change.is_other]
    counted = f"{len(other)} of {len(changes)} submissions have other points than before"
    lines = [f"{assignment}: {counted}{_up_and_down(other)}"]
    for why in dict.fromkeys(change.why for change in other):
        same = [change for change in other if change.why == why]
        lines.append(printable(f"Because of: {'; '.join(why)}"))
        width = max(len(printable(change.student)) for change in same)
        lines += [f"  {printable(change.student):<{width}}  {_row(change)}" for change in same]
    return lines


def comparison_json(changes: Sequence[GradeChange]) -> list[str]:
    """For a program: a line for each submission that was graded more than once."""
    rows = (
        {
            "student": change.student,
            "state": "compared",
            "before": change.before,
            "after": change.after,
            "exercises": change.exercises,
            "why": change.why,
        }
        for change in changes
    )
    return [json.dumps(row, sort_keys=True) for row in rows]


def _up_and_down(other: Sequence[GradeChange]) -> str:
    up = sum(change.after is not None and change.after > change.before for change in other)
    gone = sum(change.after is None for change in other)
    down = sum(change.after is not None and change.after < change.before for change in other)
    counts = [(up, "more"), (down, "fewer"), (gone, "without a grade now")]
    counted = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f" ({counted})." if counted else "."


def _row(change: GradeChange) -> str:
    if change.after is None:
        return f"{change.before:6g} → no grade"
    exercises = ", ".join(f"{name} {before:g} → {after:g}" for name, (before, after) in change.exercises.items())
    return f"{change.before:6g} → {change.after:<6g}  {printable(exercises)}"
