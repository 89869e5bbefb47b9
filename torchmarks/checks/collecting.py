"""Collects the failed checks of one cell, and chooses the one that is reported.

In place the first failing matcher raises CheckFailed; in a `collecting` block, which a grader opens, failures are
gathered and the most telling call is reported once for the whole cell. Must not judge.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from torchmarks.checks.box import show_traceback
from torchmarks.checks.diagnosis import Diagnosis, Failure, most_telling
from torchmarks.checks.judged import JudgedCall
from torchmarks.checks.observe import Seen
from torchmarks.checks.reasons import Reason
from torchmarks.checks.report import Report
from torchmarks.checks.sentences import say


class CheckFailed(AssertionError):
    """A check that failed. `report`: what the student reads. Renders in IPython as a box, without frames."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)  # what pickle rebuilds it from, on the way from a cluster's worker
        self.report = report
        self._shown = False

    def __str__(self) -> str:
        return self.report.text()

    def _render_traceback_(self) -> list[str]:
        # IPython asks a second time, for its history: the box is shown once.
        if self._shown:
            return [self.report.above()]
        self._shown = True
        return show_traceback(self.report)


Conceals = Callable[[Seen], bool]
"""Says of which calls no value is shown."""


def _nothing(seen: Seen) -> bool:
    return False


@dataclass
class Collected:
    """The judged calls of one cell.

    judged: the calls, in order; failed: those that are not as expected; impatient: the cell ends with a call that ran
    out of time.
    """

    judged: list[JudgedCall] = field(default_factory=list)
    failed: list[JudgedCall] = field(default_factory=list)
    impatient: bool = False

    @property
    def calls(self) -> int:
        """How many calls were judged."""
        return len(self.judged)

    def note(self, call: JudgedCall) -> None:
        """Keeps a call among those that failed, or removes it when it has not failed, or no longer."""
        if call.failed and call not in self.failed:
            self.failed.append(call)
        elif not call.failed and call in self.failed:
            self.failed.remove(call)

    def failures(self) -> list[Failure]:
        """The failing calls, as the search for a misconception takes them."""
        return [call.failure(self.judged.index(call)) for call in self.failed]

    def report(self, others: int = 0, conceals: Conceals = _nothing, *, quotes: bool = True) -> Report | None:
        """The report of the most telling failing call, or None when all is well.

        others: how many failures of other kinds it may show besides; conceals: of which calls no value is shown;
        quotes: whether anything is shown that the student's process said, which may reveal other calls.
        """
        if not self.failed:
            return None
        parts = self.reported(others, conceals, quotes=quotes)
        return replace(parts[0][1], others=tuple(report for _, report in parts[1:]))

    def reported(
        self, others: int = 0, conceals: Conceals = _nothing, *, quotes: bool = True
    ) -> list[tuple[JudgedCall, Report]]:
        """The calls that a report is about, each with its part: the most telling one, then those of other kinds.

        others, conceals and quotes: see `report`.
        """
        common = [call.common() for call in self.failed]
        # Before any misconception: a stub may do by chance what a wrong answer does.
        for call, report in zip(self.failed, common, strict=True):
            if report is not None and report.misconception == Reason.NOT_WRITTEN:
                return [(call, report)]
        chosen, diagnosis = most_telling(self.failures(), [call.seen for call in self.judged if not call.failed])
        if diagnosis is None:
            # A cause that every exercise knows says more than a difference without one.
            chosen = next((n for n, report in enumerate(common) if report is not None), chosen)
        hidden = conceals(self.failed[chosen].seen)
        if hidden and diagnosis is None and common[chosen] is None:  # another says more
            shown = (n for n, call in enumerate(self.failed) if not conceals(call.seen))
            chosen = next(shown, chosen)
            hidden = conceals(self.failed[chosen].seen)
        first = self.failed[chosen]
        report = _report(first, diagnosis, conceals, quotes=quotes)
        if len(self.failed) > 1:
            sentence = "also_shown_later" if hidden or not quotes else "also"
            report = replace(report, note=say(sentence, wrong=len(self.failed), total=self.calls))
        return [(first, report), *self._others(first, others, conceals, quotes=quotes)]

    def _others(
        self, first: JudgedCall, most: int, conceals: Conceals, *, quotes: bool
    ) -> list[tuple[JudgedCall, Report]]:
        """Failing calls with something wrong that no call before them shows, each with a short report."""
        kinds = [first.kind]
        found: list[tuple[JudgedCall, Report]] = []
        for call in self.failed:
            if len(found) == most:
                break
            if not any(call.kind <= kind for kind in kinds):
                kinds.append(call.kind)
                report = _report(call, None, conceals, quotes=quotes)
                found.append((call, replace(report, why="", misconception="", next="", link="", authored=())))
        return found


def _report(call: JudgedCall, diagnosis: Diagnosis | None, conceals: Conceals, *, quotes: bool) -> Report:
    if conceals(call.seen):
        return call.concealed(diagnosis)
    return call.report(diagnosis) if quotes else call.unquoted(diagnosis)


_collected: contextvars.ContextVar[Collected | None] = contextvars.ContextVar("collected", default=None)
# The calls that the cell which runs has judged, where somebody counts them.
counted: contextvars.ContextVar[list[JudgedCall] | None] = contextvars.ContextVar("counted", default=None)


@contextlib.contextmanager
def collecting(*, impatient: bool = False) -> Iterator[Collected]:
    """Gathers failures instead of raising at the first. impatient: a call that ran out of time raises CheckFailed: the
    test has failed, and each further call of that function would take as long to say so again.
    """
    collected = Collected(impatient=impatient)
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def begin(call: JudgedCall) -> None:
    """Counts a call that a test begins to judge, before anything is demanded of it."""
    collected, calls = _collected.get(), counted.get()
    if calls is not None:
        calls.append(call)
    if collected is not None:
        collected.judged.append(call)
        collected.note(call)  # an exception or a changed argument fails it at once


def settle(call: JudgedCall) -> None:
    """A matcher is done. What is wrong so far is gathered; raises CheckFailed where nobody gathers or waits."""
    collected = _collected.get()
    if collected is not None:
        collected.note(call)
    if (collected is None or (collected.impatient and call.out_of_time)) and (report := call.tell()) is not None:
        raise CheckFailed(report)
