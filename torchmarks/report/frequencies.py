"""Anonymous frequencies of misconceptions, which a course can publish: CSV, and a data dictionary beside it.

Each submission is counted in one row of each exercise, so that the counts of an exercise add up to the number of graded
submissions. A count below LEAST is never written, nor can it be computed: rows that are too small are put together,
with the next rarest where they are too small together still, and how many were put together is not said (on small
cells, and totals that give them away: https://sdctools.github.io/HandbookSDC/05-frequency-tables.html). Two versions
of a table, one submission apart, would give that one away: publish once. Pure.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from torchmarks.checks.reasons import Reason, is_misconception
from torchmarks.printable import no_formula
from torchmarks.report.figures import Gathered, GradedWork

LEAST: Final = 5
SOLVED, NOT_WRITTEN, UNNAMED, OTHER = "solved", "not written", "failed, no name", "rarer ones together"
_HEAD: Final = ("assignment", "exercise", "kind", "name", "submissions", "of", "share")
_KINDS: Final = (
    f"{SOLVED}: all points; misconception: the first one that the tests named; {UNNAMED}: not all points, and no "
    f"misconception was named; {NOT_WRITTEN}: nothing was written; {OTHER}: whatever is too rare to stand alone"
)
_COUNTS: Final = (
    f"at least {LEAST}. What would be less was put together with others of the exercise until it was not; a row "
    "that is not there stands for none or is among these"
)
_DICTIONARY: Final = (
    ("variable", "type", "meaning", "values"),
    ("assignment", "text", "Name of the assignment.", ""),
    ("exercise", "text", "Name of the exercise in it.", ""),
    ("kind", "category", "What is counted: each graded submission in exactly one row of an exercise.", _KINDS),
    ("name", "text", "Id of the misconception; empty for other kinds.", "ids of the catalogue of mistakes"),
    ("submissions", "integer", "Graded submissions; of each student the last one counts.", _COUNTS),
    ("of", "integer", "Graded submissions of the assignment: the sum over an exercise.", f"at least {LEAST}"),
    ("share", "number", "submissions / of, three decimals.", "0 to 1"),
)
_Key = tuple[str, str]  # kind, name


def frequencies(found: Iterable[Gathered]) -> str:
    """The table. An assignment with fewer than LEAST graded submissions has no row."""
    rows: list[tuple[object, ...]] = []
    for gathered in found:
        for exercise, most in gathered.most.items():
            counts = Counter(_kind(work, exercise, most) for work in gathered.works)
            kept = pooled(counts)
            for (kind, name), count in kept.items():
                total = sum(kept.values())
                whose = (gathered.assignment, exercise, kind, name)
                rows.append((*map(no_formula, whose), count, total, f"{count / total:.3f}"))
    return _csv(_HEAD, rows)


def dictionary() -> str:
    """What the columns mean, a row for each."""
    return _csv(_DICTIONARY[0], _DICTIONARY[1:])


def pooled(counts: Mapping[_Key, int]) -> dict[_Key, int]:
    """Counts of which none is below LEAST, with the same sum; nothing where the sum is. The most frequent first."""
    if sum(counts.values()) < LEAST:
        return {}
    ordered = sorted((count, key) for key, count in counts.items() if count)
    together = 0
    # Also the next rarest, until they are enough together: alone, their sum would follow from the others.
    while ordered and (ordered[0][0] < LEAST or 0 < together < LEAST):
        together += ordered.pop(0)[0]
    kept = {key: count for count, key in sorted(ordered, key=lambda pair: (-pair[0], pair[1]))}
    return kept | ({(OTHER, ""): together} if together else {})


def _kind(work: GradedWork, exercise: str, most: float) -> _Key:
    if work.points.get(exercise, 0.0) >= most:
        return SOLVED, ""
    name = next((one.name for one in work.tried if one.exercise == exercise and one.name), "")
    if is_misconception(name):
        return "misconception", name
    return (NOT_WRITTEN if name == Reason.NOT_WRITTEN else UNNAMED), ""


def _csv(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
