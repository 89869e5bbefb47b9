"""torchmarks.grading.reports: what a student reads where no expectation speaks."""

from __future__ import annotations

import pytest

from torchmarks.checks.report import Row
from torchmarks.grading.reports import limit_report
from torchmarks.isolation import Died

from .cells import Run, check, solution


@pytest.mark.parametrize(
    ("answer", "misconception", "said"),
    [
        ("def f(x): raise NotImplementedError()", "not-written", "not written yet"),
        ("f_ = 1", "not-defined", "no f in your notebook"),
        ("def f(x): return 2", "", "A check of f failed"),
        ("def f(x): return 1 / 0", "", "ZeroDivisionError"),
    ],
)
def test_a_plain_assert_says_what_it_can(run: Run, answer: str, misconception: str, said: str) -> None:
    """A test without `expect` still says what is the matter, and never shows its source."""
    judgement = run([solution(answer), check("secret = 1\nassert f(1) == secret")])
    report = judgement.verdicts[0].report

    assert report is not None
    assert report.misconception == misconception
    assert said in report.text()
    assert "secret" not in report.text()


def test_a_limit_reads_as_an_error() -> None:
    """Seen and expected, as of a call that ran out of time."""
    report = limit_report(Died("timeout", "It took too long."), "It did not survive.")

    assert report.rows == (Row("error", "timeout: It took too long.", "no error"),)
    assert report.limit == "timeout"
