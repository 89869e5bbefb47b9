"""Draws what statements allow: any shape, any layout, numbers that a dtype can hardly hold, leaves, functions."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from torchmarks.checks.drawn import Layout
from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import LAYOUTS, SHAPES, edges

LINES = (torch.float32, torch.float64)
COURSE_02 = (torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool)


def shape(draw: Draw, smallest: int = 0, ranks: Sequence[int] = (0, 1, 2, 3)) -> tuple[int, ...]:
    """Any shape with these ranks; no size below `smallest`."""
    fixed = [one for one in SHAPES if len(one) in ranks and min(one, default=smallest) >= smallest]
    if fixed and draw.integer(0, 2) == 0:
        return draw.choice(fixed)
    return tuple(draw.integer(smallest, 4) for _ in range(draw.choice(ranks)))


def tensor(
    draw: Draw,
    size: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
    low: float | None = None,
    high: float | None = None,
    *,
    expanded: bool = True,
) -> torch.Tensor:
    """A tensor in any memory layout. expanded: also one with elements in one place, which nobody can write to."""
    return draw.tensor(size, dtype, low, high, layout(draw, size, expanded=expanded))


def layout(draw: Draw, size: tuple[int, ...], *, expanded: bool = True) -> Layout:
    """Any layout that the shape can have."""
    needed = {"contiguous": 0, "transposed": 2}
    fitting = [one for one in LAYOUTS if len(size) >= needed.get(one, 1) and (expanded or one != "expanded")]
    return draw.choice(fitting)


def with_values(draw: Draw, values: Sequence[Any], size: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    """A tensor of any layout in which each element is one of the values, exactly."""
    t = tensor(draw, size, dtype, expanded=False)
    places = np.random.default_rng(draw.seed()).integers(0, len(values), math.prod(size))
    chosen = torch.tensor([values[place] for place in places], dtype=dtype)
    return t.copy_(chosen.reshape(size))


def ends(dtype: torch.dtype) -> list[Any]:
    """The smallest and the largest number of a dtype and what stands around 0, as Python numbers."""
    return edges(dtype).tolist()


def leafy(
    draw: Draw, size: tuple[int, ...], dtype: torch.dtype = torch.float32, *, expanded: bool = False
) -> torch.Tensor:
    """A plain tensor, a leaf that requires grad, or such a leaf with a `.grad`."""
    kind = draw.choice(["plain", "leaf", "filled"])
    how = layout(draw, size, expanded=expanded)
    if kind == "plain":
        return draw.tensor(size, dtype, layout=how)
    return draw.leaf(size, dtype, how, grad=kind == "filled")


def array(draw: Draw, size: tuple[int, ...], dtype: Any, *, reversed_too: bool = False) -> np.ndarray:
    """An array in any layout; reversed_too: also with negative strides."""
    fitting = ["contiguous"]
    if size:
        fitting += ["strided", "offset", "fortran"] + ["reversed"] * reversed_too
    if len(size) >= 2:
        fitting += ["transposed"]
    return draw.array(size, dtype, layout=draw.choice(fitting))
