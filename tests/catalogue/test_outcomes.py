"""torchmarks.catalogue.outcomes: which errors say the same."""

import pytest
import torch

from torchmarks import observe
from torchmarks.catalogue.outcomes import error, same_doing, same_outcome
from torchmarks.checks.facts import Raised


def _raised(message: str, name: str = "ValueError") -> Raised:
    return Raised(name, (name,), message)


SAME = [
    ("size 3 of 12.5e-3", "size 4 of 1"),
    ("no 'weight' there", "no 'bias' there"),
    ('no "a" there', "no `b` there"),
    ("<function f at 0x7f1a>", "<function f at 0xdead>"),
    ("in /tmp/a/b.py", "in /home/someone/c.py"),
    ("on cuda:0", "on SIM"),
    ("one\n  two", "one two"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_differs_between_runs_and_machines_is_masked(one: str, other: str) -> None:
    """Numbers, names in quotes, addresses, paths, accelerators, white space."""
    assert error(_raised(one)) == error(_raised(other))


def test_words_and_types_are_not_masked() -> None:
    """Another sentence is another error, and so is another type; no error is none."""
    assert error(_raised("too long")) != error(_raised("too short"))
    assert error(_raised("x")) != error(_raised("x", "TypeError"))
    assert error(_raised("on cpu")) != error(_raised("on cuda"))
    assert error(None) is None


def test_effects_are_part_of_the_doing_alone() -> None:
    """Two calls with one result of which one writes into its argument have one outcome, and do not do the same."""
    x = torch.tensor([1.0])
    adds, writes = observe(lambda x: x + 1, x), observe(lambda x: x.add_(1).clone(), x)

    assert same_outcome(adds, writes)
    assert not same_doing(adds, writes)
    assert same_doing(adds, observe(lambda x: 1 + x, x))
