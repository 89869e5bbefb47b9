"""Makes the outputs of a test cell, from which nbgrader reads its verdict and no other.

Pure: a verdict in, nbformat outputs out. Must not hold anything of a test's source.
"""

from __future__ import annotations

from typing import Any

from torchmarks.checks.box import to_mime
from torchmarks.checks.report import Report, as_expected
from torchmarks.grading.verdict import Verdict


def outputs_of(verdict: Verdict, points: float) -> list[dict[str, Any]]:
    """Outputs from which nbgrader's `determine_grade` reads this verdict and no other (nbgrader 0.9.6, utils.py).

    Passed: one line of text on stdout, full marks; or, for a test that ends in a number within its points, that number.
    Failed: the report, and an error.
    """
    if not verdict.passed:
        assert verdict.report is not None
        return failed_outputs(verdict.report)
    text = f"{as_expected(verdict.calls)}\n"
    outputs: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": text}]
    # For a number above the points nbgrader raises ValueError, and the whole submission would go ungraded.
    if verdict.score is not None and 0 <= verdict.score < points:
        data = {"text/plain": repr(float(verdict.score))}
        outputs.append({"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}})
    return outputs


def failed_outputs(report: Report) -> list[dict[str, Any]]:
    """The report as a box, and an error for nbgrader. What it says is in the record, too, as data."""
    # These metadata say that we made this output, for no student's has metadata.
    ours = {"torchmarks": {"verdict": "failed"}}
    shown = {"output_type": "display_data", "data": to_mime(report), "metadata": ours}
    # The error is what costs the points. Without a traceback, which would quote the test.
    return [shown, {"output_type": "error", "ename": "CheckFailed", "evalue": report.short(), "traceback": []}]
