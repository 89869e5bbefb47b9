"""torchmarks.isolation.protocol.statements: how far a cell has come, and no other."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from torchmarks.isolation.protocol.statements import Counter, finished, make_page


@pytest.fixture
def page() -> Iterator[int]:
    """A fresh page."""
    made = make_page()
    yield made
    os.close(made)


def test_a_count_is_of_the_cell_that_the_page_names(page: int) -> None:
    """What an earlier cell had come to is nothing of a later one's, whose first statement may have ended it all."""
    counter = Counter(page)
    counter.start(1)
    counter.tell(3)

    assert finished(page, 1) == 3
    assert finished(page, 2) == 0
