"""torchmarks.catalogue.sealing: an outcome tells a name only where no other answer has it."""

from __future__ import annotations

from torchmarks.catalogue import Misconception
from torchmarks.catalogue.sealing import Shown, seal

A, B = Misconception("f", "a", "Because a."), Misconception("f", "b", "Because b.")


def test_an_outcome_of_two_mistakes_names_none() -> None:
    """Two mistakes that do the same with the visible inputs cannot be told apart there."""
    assert seal([A, B], [Shown("a", b"1"), Shown("b", b"1")]).locks == []


def test_an_answer_without_a_name_silences_its_outcome() -> None:
    """A wrong answer that shows no known mistake does what the others do for another reason."""
    assert seal([A], [Shown("a", b"1"), Shown("", b"1")]).locks == []


def test_each_outcome_of_a_mistake_has_a_lock() -> None:
    """And the text stands there once."""
    cell = seal([A, B], [Shown("a", b"1"), Shown("a", b"2"), Shown("a", b"2"), Shown("b", b"3")])

    assert len(cell.locks) == 3
    assert len(cell.texts) == 2


def test_the_same_outcomes_give_the_same_data() -> None:
    """In whatever order the answers come: what is committed is compared with what would be made today."""
    shown = [Shown("a", b"1"), Shown("b", b"3"), Shown("a", b"2")]

    assert seal([A, B], shown) == seal([A, B], shown[::-1])
