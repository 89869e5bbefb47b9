"""What tests distinguished and what the class learned: visible tests, names, what resubmissions brought.

Pure: frozen data in, frozen data out. An attempt is one content of a submission; grading the same again makes none.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.reasons import is_misconception
from torchmarks.course.gradings import Grading
from torchmarks.grading import CheckRecord, CheckVerdict, NotebookRecord

SELDOM: Final = 0.5  # of the failures that could have a name
FEW: Final = 5  # failures: of fewer a share says nothing


@dataclass(frozen=True, slots=True)
class Tried:
    """What the tests of an exercise said of one submission.

    passed_visible: None where the exercise has no visible test; failed_hidden; failed: any test; name: the first
    misconception or reason that is named; limit: whether one was hit, after which no misconception can be named.
    """

    exercise: str
    passed_visible: bool | None
    failed_hidden: bool
    failed: bool
    name: str = ""
    limit: bool = False


def tried_in(record: NotebookRecord) -> list[Tried]:
    """What the tests of a graded notebook said, by exercise. Hidden tests are asked first for a name."""
    return [
        _tried(exercise.name, exercise.checks) for exercise in record.exercises if any(map(_judged, exercise.checks))
    ]


def _judged(check: CheckRecord) -> bool:
    return check.verdict in (CheckVerdict.PASSED, CheckVerdict.FAILED)


def _tried(name: str, checks: Sequence[CheckRecord]) -> Tried:
    visible = [check for check in checks if part_of(check.cell) == "visible"]
    failed = [check for check in checks if check.verdict is CheckVerdict.FAILED]
    hidden = [check for check in failed if check not in visible]
    reports = [check.report for check in (*hidden, *failed) if check.report is not None]
    named = next((report.misconception for report in reports if report.misconception), "")
    passed = all(check.verdict is CheckVerdict.PASSED for check in visible) if visible else None
    limit = any(report.limit for report in reports)
    return Tried(name, passed, bool(hidden), bool(failed), named, limit)


# ---- what visible tests let through


@dataclass(frozen=True, slots=True)
class LetThrough:
    """Submissions that passed the visible tests of an exercise, and those of them that failed a hidden one.

    names: the misconceptions that these showed, each with the number of submissions, the most frequent first; unnamed:
    those without one.
    """

    exercise: str
    passed: int
    failed: int
    names: tuple[tuple[str, int], ...]

    @property
    def unnamed(self) -> int:
        """Those for which no misconception was named."""
        return self.failed - sum(count for _, count in self.names)


def let_through(works: Sequence[Sequence[Tried]]) -> tuple[LetThrough, ...]:
    """By exercise, those that let most through first. works: what the tests said of each submission."""
    found = []
    for exercise, tries in _by_exercise(works):
        passed = [one for one in tries if one.passed_visible]
        wrong = [one for one in passed if one.failed_hidden]
        if wrong:
            names = Counter(one.name for one in wrong if is_misconception(one.name))
            ordered = tuple(sorted(names.items(), key=lambda pair: (-pair[1], pair[0])))
            found.append(LetThrough(exercise, len(passed), len(wrong), ordered))
    return tuple(sorted(found, key=lambda one: -one.failed))


# ---- names


@dataclass(frozen=True, slots=True)
class Naming:
    """Failures of an exercise that could have a name (something was written, no limit was hit), and those that have."""

    exercise: str
    failed: int
    named: int

    @property
    def share(self) -> float:
        """Of the failures, those with a name."""
        return self.named / self.failed

    @property
    def is_seldom(self) -> bool:
        """Whether the catalogue of mistakes may lack what this class gets wrong there."""
        return self.failed >= FEW and self.share < SELDOM


def naming(works: Sequence[Sequence[Tried]]) -> tuple[Naming, ...]:
    """By exercise that somebody failed, in the order of the notebook."""
    found = []
    for exercise, tries in _by_exercise(works):
        could = [one for one in tries if one.failed and not one.limit and (not one.name or is_misconception(one.name))]
        if could:
            found.append(Naming(exercise, len(could), sum(bool(one.name) for one in could)))
    return tuple(found)


def _by_exercise(works: Sequence[Sequence[Tried]]) -> Iterator[tuple[str, list[Tried]]]:
    found: dict[str, list[Tried]] = {}
    for work in works:
        for one in work:
            found.setdefault(one.exercise, []).append(one)
    yield from found.items()


# ---- resubmissions


@dataclass(frozen=True, slots=True)
class Held:
    """How long a misconception lasted.

    students: how many showed it and handed in again; gone: how many of them showed it no longer later; attempts,
    hours: median over these, from the first work that showed it to the first without it; hours: None where they are not
    known.
    """

    exercise: str
    name: str
    students: int
    gone: int
    attempts: float | None
    hours: float | None


def held(gradings: Mapping[str, Sequence[Grading]]) -> tuple[Held, ...]:
    """By exercise and misconception, those of most students first."""
    spans: dict[tuple[str, str], list[tuple[int, float | None] | None]] = {}
    for history in gradings.values():
        attempts = _attempts(history)
        shown = [_shown(one) for one in attempts]
        for key in {key for names in shown[:-1] for key in names}:
            spans.setdefault(key, []).append(_span(key, attempts, shown))
    found = []
    for (exercise, name), all_ in spans.items():
        gone = [span for span in all_ if span is not None]
        hours = [time for _, time in gone if time is not None]
        found.append(
            Held(
                exercise,
                name,
                len(all_),
                len(gone),
                statistics.median(count for count, _ in gone) if gone else None,
                statistics.median(hours) if hours else None,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.students, one.exercise, one.name)))


def _attempts(gradings: Sequence[Grading]) -> list[Grading]:
    """The last grading of each content in turn."""
    found: list[Grading] = []
    for one in gradings:
        if found and one.basis is not None and found[-1].basis is not None and one.basis.files == found[-1].basis.files:
            found[-1] = one
        else:
            found.append(one)
    return found


def _shown(grading: Grading) -> set[tuple[str, str]]:
    names = ((exercise_of(cell), name) for notebook in grading.names.values() for cell, name in notebook.items())
    return {(exercise, name) for exercise, name in names if is_misconception(name)}


def _span(
    key: tuple[str, str], attempts: Sequence[Grading], shown: Sequence[set[tuple[str, str]]]
) -> tuple[int, float | None] | None:
    """How many attempts in turn showed it, and hours until one did not; None where the last still does."""
    first = next(number for number, names in enumerate(shown) if key in names)
    without = next((number for number in range(first, len(shown)) if key not in shown[number]), None)
    if without is None:
        return None
    begun, ended = _when(attempts[first]), _when(attempts[without])
    hours = None if begun is None or ended is None else max((ended - begun).total_seconds(), 0.0) / 3600
    return without - first, hours


def _when(grading: Grading) -> datetime | None:
    return grading.handed_in or grading.graded_at
