"""The verdict on a test cell, and what judging a notebook gave. Frozen data; knows nothing of how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torchmarks.checks.left import Left
from torchmarks.checks.report import Report
from torchmarks.isolation import LimitHit


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test cell came to.

    cell: its grade_id; passed; report: what the student reads when it failed; calls: how many calls it judged; score: a
    fraction of the points, for tests that end in a number; limit: what ended its calls, or the cell that should have
    defined what it tests.
    """

    cell: str
    passed: bool
    report: Report | None = None
    calls: int = 0
    score: float | None = None
    limit: LimitHit | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a notebook. outputs: for each code cell, by position; stopped: the limits that its cells and tests
    hit; seconds: wall-clock of the whole run; left: what cells left set, or otherwise behind, where tests met it;
    catalogue_errors: those of the catalogue's author, met while reasons were looked for.
    """

    outputs: dict[int, list[dict[str, Any]]]
    verdicts: tuple[Verdict, ...]
    stopped: tuple[LimitHit, ...]
    seconds: float
    left: tuple[Left, ...] = ()
    catalogue_errors: tuple[str, ...] = ()
