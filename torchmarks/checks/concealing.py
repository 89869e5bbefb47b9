"""Reports of failures whose values nobody may know yet: what kind of thing was wrong, and nothing of the case.

Pure. It takes no text from the student's process: a message, a line or the name of a class made for it could carry the
values out.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from torchmarks.checks import messages as words
from torchmarks.checks.compare import Finding, in_order
from torchmarks.checks.diagnosis import Diagnosis
from torchmarks.checks.facts import Ended, Observation, Raised
from torchmarks.checks.reasons import Reason
from torchmarks.checks.report import Report, Row
from torchmarks.checks.sentences import say

# Common causes whose reason is a sentence of ours alone.
_OURS: Final = (Reason.RETURNED_NOTHING, Reason.ENDLESS_RECURSION, Reason.CALLED_EXIT, Reason.ASKED_FOR_INPUT)
_MOST_ROWS: Final = 6
_SAY_NO_VALUE: Final = (Reason.NOT_WRITTEN, Reason.NOT_DEFINED)


def of_common(report: Report, subject: str) -> Report:
    """The report of a mistake that every exercise knows. subject: the student's function."""
    if report.misconception in _SAY_NO_VALUE:
        return report
    why = report.why if report.misconception in _OURS else ""
    return replace(report, headline=_headline(subject), rows=(), why=why, note=say("shown_later"))


def of_findings(findings: Sequence[Finding], subject: str, diagnosis: Diagnosis | None, seen: Observation) -> Report:
    """The report of a call with these findings. diagnosis: of the misconception behind it, if one was recognised."""
    shown = [finding for finding in in_order(findings) if not finding.agrees]
    ended = next((x.limit for x in (seen.raised, seen.backward_raised) if isinstance(x, Ended)), "")
    step = (diagnosis.next if diagnosis else "") or say("next_concealed", subject=subject)
    return Report(
        _headline(subject),
        tuple(dict.fromkeys(_row(finding, seen.raised) for finding in shown)),
        why=diagnosis.why if diagnosis else "",
        misconception=diagnosis.name if diagnosis else "",
        next=words.advice(ended) if ended else step,
        link=diagnosis.link if diagnosis else "",
        note=say("shown_later"),
        subject=subject,
        limit=ended,
        authored=words.authored(
            why=diagnosis.why if diagnosis else "", next="" if ended or not diagnosis else diagnosis.next
        ),
    )


def of_drawn(report: Report, findings: Sequence[Finding], call: str) -> Report:
    """The report of a case that was drawn: the call and what was expected of it besides, since they come from the test.

    report: one of the above; call: how the call reads.
    """
    if report.misconception in _SAY_NO_VALUE:
        return report
    shown = [finding for finding in in_order(findings) if not finding.agrees][: len(report.rows) and _MOST_ROWS]
    rows = (replace(_row(finding, None), expected=finding.expected) for finding in shown)
    headline, note = say("not_as_asked", call=call), say("rest_shown_later")
    return replace(report, headline=headline, rows=tuple(dict.fromkeys(rows)), note=note)


def _headline(subject: str) -> str:
    return say("not_as_asked", call=say("call_without_arguments", name=subject))


def _row(finding: Finding, raised: Raised | None) -> Row:
    label = say(words.LABELS[finding.aspect])
    return Row(label, _usual_error(raised) if finding.aspect == "raised" and raised else say("not_as_expected"), "")


def _usual_error(raised: Raised) -> str:
    """The class of an error, or the nearest of Python's own above it."""
    known = (name for name in (raised.type_name, *raised.bases) if hasattr(builtins, name))
    return next(known, "Exception")
