"""torchmarks.checks.seeding: keys from a secret that shows in nothing."""

from __future__ import annotations

import pickle

import pytest

from torchmarks.checks.seeding import Phase, Purpose, Seeding
from torchmarks.errors import AuthorError

ADA = Seeding(b"the course's secret", Phase.FINAL, "ada")


def test_keys_of_two_purposes_have_nothing_in_common() -> None:
    """What the student's process is given is neither the seed of the inputs nor that of the tests."""
    assert len({ADA.key(purpose, "a") for purpose in Purpose}) == len(Purpose)
    assert len({ADA.number(purpose, "a") for purpose in Purpose}) == len(Purpose)


def test_a_key_is_that_of_any_machine() -> None:
    """A regrade in ten years meets the same inputs: the way from secret to key stands still."""
    assert (
        ADA.key(Purpose.INPUTS, "01-tensors", "from_list").hex()
        == "18c5e1cd0ee2c0c6a5b8b6d93078ec145b488d0d67233d2a2831c6666c8fe09d"
    )


def test_the_secret_does_not_show() -> None:
    """No repr, and so no log and no traceback with values, has it."""
    assert "secret" not in repr(ADA)
    assert "ada" in repr(ADA)


def test_it_does_not_travel() -> None:
    """A scenario that holds what inputs are drawn from is refused before anything is sent."""
    with pytest.raises(AuthorError, match="cannot be copied or pickled"):
        pickle.dumps(ADA)


def test_fixed_values_are_hidden_before_the_deadline() -> None:
    """What nobody drew is the same in both phases, so it is told in the last alone."""
    assert Seeding(b"", Phase.BEFORE_DEADLINE).hides_fixed
    assert not ADA.hides_fixed
