"""Reports of failures that no expectation found: a plain `assert`, a limit, a cell that stopped.

Pure: what happened in, a Report out. Never shows a test's source.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from torchmarks.checks import messages as words
from torchmarks.checks.definitions import error_text
from torchmarks.checks.exercises import exercise_of
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.report import Report, Row
from torchmarks.isolation import CellRun, Died

_MISSING_MODULE: Final = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '([\w.]+)'")
_NOBODY_ANSWERS: Final = ("EOFError", "StdinNotImplementedError")
_LONGEST: Final = 2_000  # characters of a line of a report; what a student's process sends may be of any length


def plain_report(error: BaseException, name: str, *, names: frozenset[str] | None = None) -> Report:
    """The report of a test that used `assert`, or failed with another error: its message, never its source.

    names: those of the test's source, where its message, which may contain values, is not shown either.
    """
    exercise = exercise_of(name)
    message = str(error).strip()
    if isinstance(error, NameError):
        # One that was raised in the student's process was made anew from its message, and has no `name`.
        missing = getattr(error, "name", None) or (message.split("'")[1] if message.count("'") >= 2 else exercise)
        if names is None or missing in names:
            return words.missing(missing, exercise)
    if isinstance(error, NotImplementedError):
        return words.not_written(exercise)
    if names is not None:
        note, step = say("shown_later"), say("next_own_inputs")
        return Report(say("check_failed", exercise=exercise), next=step, note=note, subject=exercise)
    if isinstance(error, AssertionError):
        why = message.splitlines()[0][:300] if message else ""
        headline, step = say("check_failed", exercise=exercise), say("next_own_inputs")
        return Report(headline, why=why, next=step, subject=exercise, authored=words.authored(why=why))
    text = f"{type(error).__name__}: {message.splitlines()[0][:200] if message else ''}"
    row = Row(say("label_raised"), text, "")
    return Report(say("test_stopped", exercise=exercise), (row,), subject=exercise)


def limit_report(died: Died, headline: str) -> Report:
    """The report of a limit that was hit: which, and in the headline, where."""
    seen = say("error_line", error=died.name, message=died.detail)
    rows = (Row(say("label_raised"), seen, say("no_error")),)
    return Report(headline, rows, next=words.advice(died.name), limit=died.name)


def stopped_report(report: Report, cell: str, error: str, *, taken: bool) -> Report:
    """The report of a missing name whose cell stopped. error: as `error_in` gives it; taken: the cell uses a name of
    the first cell that has another value.

    Run by the student the same cell may work: what is there alone, and not where it is graded, is said.
    """
    stopped = words.stopped_cell(report, cell, error, taken=taken)
    if module := _MISSING_MODULE.match(error):
        return dataclasses.replace(stopped, next=say("next_not_installed", module=module[1]))
    if error.startswith(_NOBODY_ANSWERS):
        return dataclasses.replace(stopped, next=say("next_no_input"))
    return stopped


def bounded(report: Report) -> Report:
    """The report with every line of a length that a person may read."""

    def short(text: str) -> str:
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    rows = tuple(Row(short(r.label), short(r.seen), short(r.expected), short(r.detail)) for r in report.rows)
    return dataclasses.replace(
        report,
        headline=short(report.headline),
        rows=rows,
        why=short(report.why),
        next=short(report.next),
        left=short(report.left),
        others=tuple(map(bounded, report.others)),
    )


def error_in(run: CellRun) -> str:
    """The error that a cell stopped with, as "SyntaxError: '(' was never closed (line 2)"; nothing if it did not."""
    errors = [output for output in run.outputs if output.get("output_type") == "error"]
    if run.ok or not errors:
        return ""
    return error_text(errors[-1]["ename"], errors[-1]["evalue"])
