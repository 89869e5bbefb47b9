"""torchmarks.checks.signatures: names of parameters, read without running anything."""

from __future__ import annotations

import functools
import types
from typing import Any

import pytest
import torch
from torch import nn

from torchmarks.checks.signatures import bind, parameters_of

from .hostile import Raising


class Square(nn.Module):
    """Has a forward of its own."""

    def __init__(self, side: int, scale: float = 1.0) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor, mask: object = None) -> torch.Tensor:
        return x


class Caller:
    """An object that is called like a function."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x


def plain(x: int, y: int = 0, *, z: int = 0) -> None:
    """Takes two by position."""


@pytest.mark.parametrize(
    ("fn", "names"),
    [
        (plain, ("x", "y")),
        (torch.no_grad()(plain), ("x", "y")),
        (functools.cache(plain), ("x", "y")),
        (functools.wraps(plain)(lambda *args: None), ("x", "y")),
        (Square, ("side", "scale")),
        (Square(1), ("x", "mask")),
        (Square(1).forward, ("x", "mask")),
        (len, ()),
        (types.SimpleNamespace, ()),
        (Raising(), ()),
        (Caller(), ("x",)),
        (functools.partial(plain, 1), ("y",)),
        (functools.partial(plain, y=1), ("x",)),
    ],
    ids=[
        "function",
        "no_grad",
        "cache",
        "wraps",
        "class",
        "module",
        "method",
        "builtin",
        "no init",
        "raising",
        "callable",
        "partial",
        "partial by name",
    ],
)
def test_parameters_by_position(fn: Any, names: tuple[str, ...]) -> None:
    """Names of parameters are read without running anything, through decorators too."""
    assert parameters_of(fn) == names


def test_arguments_beyond_the_parameters_are_numbered() -> None:
    """What a `*args` takes is called by its position."""
    assert bind(("x",), (1, 2), {"k": 3}) == {"x": 1, "argument 2": 2, "k": 3}
