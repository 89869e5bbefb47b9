"""torchmarks.checks.outcome: two runs of one mistake compare equal, two mistakes do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks import leaf, observe, observe_backward
from torchmarks.checks.facts import Ended, Raised
from torchmarks.checks.outcome import comparable, error

X = torch.tensor([1.0, 2.0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("size 3 at index 0", "size 17 at index 2"),
        ("'cpu' and 'cuda:0'", "'cpu' and 'sim:0'"),
        ("on cuda:0, cpu", "on sim:0, cpu"),
        ("object at 0x7f00aa", "object at 0x10bb"),
        ("in /home/ada/x.py", "in /root/y/z.py"),
        ("has no attribute 'foo'", "has no attribute 'bar'"),
    ],
)
def test_an_error_is_known_whatever_its_numbers_and_names_are(one: str, other: str) -> None:
    """What differs between two runs, machines and versions is masked."""
    assert error(Raised("E", ("E",), one)) == error(Raised("E", ("E",), other))


def test_errors_that_say_other_things_differ() -> None:
    """Type and message both count."""
    said = Raised("ValueError", (), "only one element tensors can be converted")

    assert error(said) != error(Raised("ValueError", (), "expected sequence of length"))
    assert error(said) != error(Raised("TypeError", (), said.message))


def test_an_end_is_known_by_what_ended_it() -> None:
    """Its message is a sentence in the language of the course."""
    german, english = (Ended("E", (), text, limit="timeout") for text in ("Der Aufruf …", "The call …"))

    assert error(german) == error(english)
    assert error(english) != error(Ended("E", (), "The call …", limit="memory"))


def test_rounding_does_not_show() -> None:
    """A sum in another order is the same outcome."""
    assert comparable(observe(lambda x: x / 3, X)) == comparable(observe(lambda x: x * (1 / 3), X))


DIFFERENT: dict[str, Callable[[torch.Tensor], Any]] = {
    "values": lambda x: x + 1,
    "dtype": lambda x: x.double(),
    "shape": lambda x: x[:, None],
    "the argument itself": lambda x: x,
    "a view": lambda x: x[:],
    "an argument that was changed": lambda x: x.add_(1).clone() - 1,
    "an array": lambda x: x.numpy().copy(),
    "a list": lambda x: [x.clone()],
    "numbers": lambda x: x.tolist(),
    "nothing": lambda x: None,
    "an error": lambda x: x.reshape(3),
    "a setting left": lambda x: (torch.set_grad_enabled(False), x.clone())[1],
    "history": lambda x: x.clone().requires_grad_(),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_differs_does_not_compare_equal(what: str) -> None:
    """Each thing that a call can do else is seen."""
    assert comparable(observe(DIFFERENT[what], X)) != comparable(observe(lambda x: x.clone(), X))


def test_gradients_are_compared() -> None:
    """Two functions with one result and other gradients differ."""
    seen = [comparable(observe_backward(f, leaf([1.0, 2.0]))) for f in (lambda x: x * 2, lambda x: x.detach() + x)]

    assert seen[0] != seen[1]


def test_what_is_compared_is_plain() -> None:
    """Only what `repr` writes alike in every process: no object, no address, no set."""
    text = repr(comparable(observe(lambda x: {"a": (x, np.ones(2), object(), torch.float32)}, X)))

    assert "0x" not in text
    assert eval(text, {"__builtins__": {}}, {"torch": torch}) == eval(text, {"__builtins__": {}}, {"torch": torch})
