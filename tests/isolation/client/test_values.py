"""torchmarks.isolation.client.values: what crosses as a copy; no name of a student's decides what is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.facts import Plain
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
    """`np` means numpy and `math` means math; a name that stands for another module is not there."""
    assert names("np") is np
    assert names("math").__name__ == "math"
    for name in ("np_", "string"):  # json under a name that is not usual, os under the name of another module
        with pytest.raises(KeyError):
            names(name)


@pytest.mark.parametrize(
    "name", ["numpy.load", "numpy.savez", "numpy.loadtxt", "numpy.memmap", "numpy.void", "numpy.zeros"]
)
def test_no_function_of_numpy_is_called_by_name(name: str, tmp_path: Any) -> None:
    """A type name of a student's process selects among number classes; any other leaves the plain value."""
    target = str(tmp_path / "owned")

    assert value_from(Plain(name, target)) == target
    assert list(tmp_path.iterdir()) == []
