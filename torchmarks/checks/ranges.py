"""The whole range of what a statement allows, so that no hidden test forgets an end: one collection for each
quantifier.

"Any dtype", "may be empty", "any shape", "any memory layout", "a device": a test says which of them its statement has,
and gets all ends of it, drawn from the student's own inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch

from torchmarks.checks.drawn import Layout
from torchmarks.checks.inputs import Draw

FLOATS: Final = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
SIGNED: Final = (torch.int64, torch.int32, torch.int16, torch.int8)
INTEGERS: Final = (*SIGNED, torch.uint8)
NUMBERS: Final = (*FLOATS, *INTEGERS)
DTYPES: Final = (*NUMBERS, torch.bool)  # "any dtype" of a course without complex numbers

SHAPES: Final = ((), (1,), (5,), (0,), (3, 4), (1, 1), (2, 0, 3), (2, 3, 4))
LAYOUTS: Final[tuple[Layout, ...]] = ("contiguous", "transposed", "strided", "offset", "expanded")

# Whole numbers that float32 and float64 cannot hold, each with the neighbour that they become.
BEYOND_FLOAT32: Final = 2**24 + 1
BEYOND_FLOAT64: Final = 2**53 + 1


def each(
    draw: Draw,
    dtypes: Sequence[torch.dtype] = DTYPES,
    shapes: Sequence[tuple[int, ...]] = SHAPES,
    layouts: Sequence[Layout] = LAYOUTS,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
) -> Iterator[torch.Tensor]:
    """Tensors of every dtype in every shape; layouts take turns where a shape has them. low, high: see Draw.tensor.

    requires_grad: of each floating dtype, the tensor of every other shape is a leaf that requires grad.
    """
    turn = 0
    for number, shape in enumerate(shapes):
        for dtype in dtypes:
            fitting = [layout for layout in layouts if _fits(layout, shape)] or ["contiguous"]
            # By the shape and the dtype's place, so that each dtype is a leaf in every other shape.
            leaf = requires_grad and dtype.is_floating_point and (number + dtypes.index(dtype)) % 2 == 1
            yield draw.tensor(shape, dtype, low, high, fitting[turn % len(fitting)], requires_grad=leaf)
            turn += 1


def _fits(layout: Layout, shape: tuple[int, ...]) -> bool:
    needed = {"contiguous": 0, "transposed": 2}.get(layout, 1)
    return len(shape) >= needed


def edges(dtype: torch.dtype) -> torch.Tensor:
    """The ends of a dtype, shape (N,): smallest and largest number and those around 0.

    Floats without infinities and nan; see `not_finite`.
    """
    if dtype == torch.bool:
        return torch.tensor([False, True])
    if dtype.is_floating_point:
        ends = torch.finfo(dtype)
        return torch.tensor([ends.min, -1.0, -ends.tiny, 0.0, ends.tiny, ends.eps, 1.0, ends.max], dtype=dtype)
    span = torch.iinfo(dtype)
    around = [number for number in (-1, 0, 1) if span.min < number]
    return torch.tensor([span.min, *around, span.max], dtype=dtype)


def not_finite(dtype: torch.dtype) -> torch.Tensor:
    """nan and both infinities in a floating dtype, shape (3,)."""
    return torch.tensor([float("nan"), float("inf"), float("-inf")], dtype=dtype)


def written(device: str | torch.device) -> list[str | torch.device]:
    """A device in every form in which it may be given: text and object, with an index and without."""
    kind = torch.device(device).type
    forms: list[str | torch.device] = [kind, torch.device(kind)]
    return forms if kind == "cpu" else [*forms, f"{kind}:0", torch.device(kind, 0)]
