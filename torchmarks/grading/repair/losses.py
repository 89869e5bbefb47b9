"""Says in few lines what repairing a notebook may have cost its student, for those who grade.

Pure: repairs in, sentences out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from torchmarks.checks.exercises import exercise_of
from torchmarks.grading.repair.outcome import BLANK_AGAIN, CONFLICT, Repair
from torchmarks.wording import few

_NAMED: Final = 8  # exercises of a line
# Kinds of repairs of a whole notebook after which work may be missing or another file was taken.
_OF_THE_FILE: Final = frozenset({"invalid-json", "no-cell", "no-source", CONFLICT, "copy", "untouched"})


def losses(repairs: Iterable[Repair]) -> list[str]:
    """Sentences on what may be missing, with the names of the exercises; none where nothing can have been lost."""
    known = list(dict.fromkeys(repairs))
    lines = [repair.message for repair in known if _is_of_the_file(repair)]
    if blank := _blank(known):
        names = few([*dict.fromkeys(map(exercise_of, blank))], _NAMED)
        lines.append(f"Missing, put back blank: {len(blank)} solution cell{'s' * (len(blank) > 1)} ({names}).")
    return lines


def in_short(repairs: Iterable[Repair]) -> list[str]:
    """All that was repaired: in one line what may be missing, if anything may; then each sentence once."""
    known = list(repairs)
    blank = _blank(known)
    named = [r for r in known if _is_of_the_file(r) or (r.kind == BLANK_AGAIN and r.cell in blank)]
    others = Counter(repair.message for repair in known if repair not in named)
    lines = [message if count == 1 else f"{message} ({count} times)" for message, count in others.items()]
    lost = " ".join(losses(known))
    return [lost, *lines] if lost else lines


def _is_of_the_file(repair: Repair) -> bool:
    return repair.kind in _OF_THE_FILE and repair.cell is None


def _blank(repairs: Iterable[Repair]) -> list[str]:
    """The solution cells that are blank because they were missing."""
    known = list(repairs)
    completed = {repair.cell for repair in known if repair.kind == CONFLICT}  # from another version of the notebook
    cells = [repair.cell for repair in known if repair.kind == BLANK_AGAIN and repair.cell]
    return [cell for cell in dict.fromkeys(cells) if cell not in completed]
