"""Notes when the grader failed at a student's work, and what was said of it: such work is tried again later.

A fault is in the gradebook, where the next process finds it, too. Must not decide what is done about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from torchmarks.watch.rows import Rows

AFTER_A_FAULT: Final = timedelta(hours=1)  # before the same work is tried again


class Faults:
    """The faults of the grader's at the work of an assignment."""

    def __init__(self, rows: Rows, clock: Callable[[], datetime]) -> None:
        self._rows, self._clock = rows, clock
        self._failed_at: dict[str, datetime | None] = {}  # by student, of those who were asked about
        self._told: dict[str, str] = {}  # by student: the reason that was reported last

    def note(self, student: str) -> None:
        """Note that the grader has just failed at a student's work."""
        self._failed_at[student] = now = self._clock()
        self._rows.note_fault(student, now)

    def rests(self, student: str, within: timedelta = AFTER_A_FAULT) -> bool:
        """Whether the grader failed at a student's work not longer ago than this."""
        if student not in self._failed_at:
            self._failed_at[student] = self._rows.failed_at(student)
        failed_at = self._failed_at[student]
        return failed_at is not None and abs(self._clock() - failed_at) < within

    def know_told(self, reasons: Mapping[str, str]) -> None:
        """Take it that these were reported, by student, where nothing newer was."""
        self._told = {**reasons, **self._told}

    def is_told(self, student: str, reason: str) -> bool:
        """Whether this was reported of the student before. From now on it counts as reported."""
        before, self._told[student] = self._told.get(student), reason
        return before == reason
