"""Corrects what nbgrader's autograde logs: a submission that cannot be graded takes one line, with the reason.

nbgrader logs a traceback of whatever is raised for a submission, its list at the end has names without reasons, and it
misses a notebook that is graded under another name. Changes or drops log records; nothing else.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from torchmarks.errors import TorchmarksError
from torchmarks.printable import printable


class SubmissionRefused(TorchmarksError):
    """A submission that cannot be graded: reported for its student alone, never a silent zero."""

    def __init__(self, student: str, notebook: str, reason: str, remedy: str) -> None:
        super().__init__(student, notebook, reason, remedy)
        self.student, self.notebook, self.reason, self.remedy = student, notebook, reason, remedy

    def __str__(self) -> str:
        said = f"{self.student}: {self.notebook}.ipynb cannot be graded. {self.reason} {self.remedy}"
        return printable(said)


class RefusalFilter(logging.Filter):
    """Puts the sentence of a `SubmissionRefused` in place of its traceback, in the log of one run of Autograde.

    is_there: whether a notebook of the current submission was found, under whatever name. What went wrong for any
    other reason stays as nbgrader logs it.
    """

    _MISSING = "No submitted file: "

    def __init__(self, is_there: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_there = is_there
        self._refused: list[SubmissionRefused] = []  # those that nbgrader's list at the end has not come to
        self._has_reasons = True  # whether that list has come to nothing but refusals

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging."""
        text, error = printable(record.getMessage(), keep="\n\t"), sys.exc_info()[1]
        if text.startswith(self._MISSING):
            return not self._is_there(Path(text.removeprefix(self._MISSING)).stem)
        if record.levelno != logging.ERROR:
            return True
        if isinstance(error, SubmissionRefused):  # nbgrader logs it while it handles it
            is_traceback = text.startswith("Traceback")
            if is_traceback:
                self._refused.append(error)
                record.msg, record.args = str(error), ()
            return is_traceback
        if text.startswith("There was an error processing assignment '"):
            self._list(record, text)
        return not (text.startswith("Please see the ") and self._has_reasons)  # the traceback, of which there is none

    def _list(self, record: logging.LogRecord, text: str) -> None:
        """A line of the list at the end, with the reason."""
        ends = [(error, printable(f" for student '{error.student}'")) for error in self._refused]
        refused = next((error for error, end in ends if text.endswith(end)), None)
        if refused is None:
            self._has_reasons = False
        else:
            self._refused.remove(refused)
            record.msg, record.args = f"Not graded: {refused}", ()
