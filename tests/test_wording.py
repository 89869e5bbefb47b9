"""torchmarks.wording: lists and times as a person says them."""

from __future__ import annotations

import pytest

from torchmarks.wording import few, time_span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 01 s"), (7_500, "2 h 05 min"), (90_061, "1 d 1 h")],
)
def test_a_span_has_at_most_two_units(seconds: float, text: str) -> None:
    """And no unit that would be 0."""
    assert time_span(seconds) == text


def test_a_long_list_says_how_many_more_there_are() -> None:
    """As many as fit are shown as they are."""
    assert few(["a", "b"], 2) == "a, b"
    assert few(["a", "b", "c", "d"], 2) == "a, b and 2 more"
