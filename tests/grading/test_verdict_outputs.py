"""torchmarks.grading.verdict_outputs: nbgrader reads what a test cell came to in one way."""

from __future__ import annotations

import pytest

from torchmarks.grading.reports import plain_report
from torchmarks.grading.verdict import Verdict
from torchmarks.grading.verdict_outputs import outputs_of

from .cells import Run, check


@pytest.mark.parametrize(
    ("last", "score"),
    [
        ("2.5", 2.5),
        ("0", 0.0),
        ("float('nan')", 0.0),
        ("-1", 0.0),
        ("99", 3.0),
        ("False", 3.0),
        ("None", 3.0),
        ("'2'", 3.0),
    ],
)
def test_partial_credit(run: Run, last: str, score: float) -> None:
    """A test that ends in a number gives that many points, none for nan, never more than there are."""
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    judgement = run([check(f"x = 1\n{last}")])
    cell = {**check("", points=3), "outputs": judgement.outputs[0], "execution_count": None}

    assert determine_grade(from_dict(cell))[0] in ({None, 3.0} if score == 3.0 else {score})


def test_nbgrader_reads_our_outputs_one_way() -> None:
    """Of a failed test 0, of a passed one all points."""
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    good = {**check("", points=3), "outputs": outputs_of(Verdict("f-hidden", True, calls=2), 3)}
    report = plain_report(AssertionError("wrong"), "f-hidden")
    bad = {**check("", points=3), "outputs": outputs_of(Verdict("f-hidden", False, report), 3)}

    assert determine_grade(from_dict(good))[0] in (None, 3)
    assert determine_grade(from_dict(bad))[0] == 0
