"""torchmarks.checks.collecting: of a cell's failures the most telling one is told, and others of another kind."""

from __future__ import annotations

import torch

from torchmarks import expect, observe
from torchmarks.checks.box import to_html
from torchmarks.checks.collecting import Collected, collecting


def collected(*wrong: object) -> Collected:
    """A cell in which each of these is what a function returned in place of tensor([1., 2.])."""
    with collecting() as found:
        for value in wrong:
            expect(observe(lambda value=value: value)).returned(torch.tensor([1.0, 2.0]))
    return found


def test_failures_of_another_kind_are_told_too() -> None:
    """Wrong values, then a wrong dtype, then another wrong dtype: two kinds."""
    report = collected(torch.tensor([1.0, 3.0]), torch.tensor([1, 2]), torch.tensor([3, 4]).double()).report(others=2)

    assert report is not None
    assert [row.label for row in report.rows] == ["values"]
    assert [[row.label for row in other.rows][:1] for other in report.others] == [["dtype"], ["dtype"]]


def test_a_failure_that_shows_less_of_the_same_is_no_other_kind() -> None:
    """The same row with other values, part of the rows, and wrong values after a wrong shape; more rows are another."""
    wide, long_ = torch.tensor([[1.0, 3.0]]), torch.tensor([1.0, 3.0, 4.0])
    integers, wrong = torch.tensor([3, 4]), torch.tensor([1.0, 3.0])

    assert [
        len(report.others)
        for values in [(wrong, wrong + 1), (integers, wrong), (wide, long_, wrong), (wrong, integers), (wrong, long_)]
        if (report := collected(*values).report(others=2)) is not None
    ] == [0, 0, 0, 1, 1]


def test_no_more_than_asked_for() -> None:
    """In a notebook one failure is told."""
    found = collected(torch.tensor([1.0, 3.0]), torch.tensor([1, 2]), None)

    assert [len(found.report(others=n).others) for n in (0, 1, 2)] == [0, 1, 2]  # type: ignore[union-attr]


def test_others_are_short() -> None:
    """The reason and the next step belong to the first one."""
    report = collected(torch.tensor([1.0, 3.0]), torch.tensor([1, 2])).report(others=2)

    assert report is not None
    assert (report.others[0].why, report.others[0].next, report.others[0].link) == ("", "", "")
    assert report.text().count("Next:") <= 1
    assert to_html(report).count("role=") == 2
