"""torchmarks.isolation.client.values: what crosses as a copy; no name of a student's decides what is called."""

from __future__ import annotations

import cmath
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.facts import Plain
from torchmarks.isolation.client import values
from torchmarks.isolation.client.values import value_from


def test_values_are_copied_out(names: Callable[[str], Any]) -> None:
    """Plain data, tensors, arrays and numpy numbers arrive as what they are."""
    assert names("value") == [1, (2.5, "x"), {"k": None}]
    assert torch.equal(names("tensor"), torch.ones(2))
    assert names("tensor").requires_grad
    assert (names("array") == np.arange(3)).all()
    assert type(names("scalar")) is np.float32
    assert names("none") is None


def test_usual_modules_only(names: Callable[[str], Any]) -> None:
    """`np` means numpy and `math` means math; a name for another module is not there."""
    assert names("np") is np
    assert names("math").__name__ == "math"
    for name in ("np_", "string"):  # json under a name that is not usual, os under the name of another module
        with pytest.raises(KeyError, match=name):
            names(name)


@pytest.mark.parametrize(
    "name", ["numpy.load", "numpy.savez", "numpy.loadtxt", "numpy.memmap", "numpy.void", "numpy.zeros"]
)
def test_no_function_of_numpy_is_called_by_name(name: str, tmp_path: Any) -> None:
    """A type name of a student's process selects among number classes; any other leaves the plain value."""
    target = str(tmp_path / "owned")

    assert value_from(Plain(name, target)) == target
    assert list(tmp_path.iterdir()) == []


def _function(source: str, names: dict[str, Any]) -> Any:
    """The function f of a test's source."""
    exec(source, names)
    return names["f"]


def _travelled(function: Any) -> Any:
    """The function as the student's process gets it."""
    return pickle.loads(values.dump((function, [1]), lambda thing: None))[0]


def test_a_function_that_uses_modules_alone_is_pickled_once() -> None:
    """Attributes of the same name as a global of the test do not count; another module under the name does."""
    names: dict[str, Any] = {"m": math, "sqrt": [1]}
    f = _function("def f(x):\n    return m.sqrt(x)", names)

    first, second = values.dump(f, lambda thing: None), values.dump(f, lambda thing: None)
    assert _travelled(f)(4.0) == 2.0
    names["m"] = cmath

    assert first == second
    assert f in values._pickled
    assert _travelled(f)(-4.0) == 2j


@pytest.mark.parametrize("source", ["def f():\n    return n", "def f():\n    return [n for _ in 'a'][0]"])
def test_a_function_that_uses_a_value_is_pickled_anew(source: str) -> None:
    """The value is the one of the call, also where a comprehension within the function uses it."""
    names: dict[str, Any] = {"n": 1}
    f = _function(source, names)

    assert _travelled(f)() == 1
    names["n"] = 2

    assert _travelled(f)() == 2
    assert f not in values._pickled


@pytest.mark.parametrize(
    "change",
    [lambda f: setattr(f, "__defaults__", (5,)), lambda f: setattr(f, "n", 5)],
    ids=["default", "attribute"],
)
def test_what_a_function_carries_is_never_old(change: Callable[[Any], None]) -> None:
    """A default or an attribute that the test sets between two calls arrives."""
    f = _function("def f(x=3):\n    return x", {})
    _travelled(f)

    change(f)

    assert 5 in (_travelled(f)(), getattr(_travelled(f), "n", None))
