"""Seeded inputs for hidden tests: random, but the same for the same course, phase, exercise and student.

Each value has a seed of its own, made of the secret that the grader has set (`seeding`) and a count: a regrade meets
the same inputs on any machine, no two students meet the same, and nobody can compute them without the secret. Edge
cases are first-class: layouts, leaves, empty tensors.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar, cast

import numpy as np
import torch

from torchmarks.checks.drawn import Array, ArrayLayout, Kind, Layout, drawn, generator, note_copy
from torchmarks.checks.seeding import Purpose, seeding
from torchmarks.errors import AuthorError

Item = TypeVar("Item")


def inputs(assignment: str, exercise: str) -> Draw:
    """A source of inputs for one exercise: for the student who is being graded, or the same for all in a notebook."""
    return Draw(seeding.get().key(Purpose.INPUTS, assignment, exercise))


def leaf(data: Any, dtype: torch.dtype | None = None, grad: Any = None) -> torch.Tensor:
    """A leaf that requires grad, with the values of `data`; grad: values of a `.grad` that is there already."""
    tensor = _fresh(data, dtype)
    if not tensor.is_floating_point() and not tensor.is_complex():
        raise AuthorError(f"A leaf of {tensor.dtype} cannot require grad.", "Give it floats, or a floating dtype.")
    tensor.requires_grad_()
    note_copy(data, tensor)
    if grad is not None:
        tensor.grad = _fresh(grad, tensor.dtype)
    return tensor


def _fresh(data: Any, dtype: torch.dtype | None) -> torch.Tensor:
    if isinstance(data, torch.Tensor):
        return data.detach().clone().to(data.dtype if dtype is None else dtype)
    return torch.tensor(data, dtype=dtype)


class Draw:
    """Draws inputs, different ones with each call. Shapes are tuples, `dtype` a torch.dtype."""

    def __init__(self, key: bytes) -> None:
        self._key, self._count = key, 0

    def __reduce__(self) -> NoReturn:
        """Never crosses to the student's process: all that is still to be drawn would go along."""
        raise AuthorError("The source of inputs cannot be copied or pickled.", "Draw in the test, and pass the values.")

    def _next(self) -> int:
        """The seed of the next value. It reveals nothing about the others."""
        self._count += 1
        return int.from_bytes(hmac.digest(self._key, self._count.to_bytes(8, "big"), "sha256")[:16], "big")

    def _random(self) -> np.random.Generator:
        return generator(self._next())

    def seed(self) -> int:
        """A non-negative int below 2**31, for a generator of the test's own."""
        return int(self._random().integers(2**31))

    def number(self, low: float = -10.0, high: float = 10.0) -> float:
        """A float in [low, high), with three decimals."""
        return _number(self._random(), low, high)

    def integer(self, low: int, high: int) -> int:
        """An int in [low, high], both included."""
        return _integer(self._random(), low, high)

    def choice(self, options: Sequence[Item]) -> Item:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in another order."""
        return [items[i] for i in self._random().permutation(len(items))]

    def nested(self, shape: tuple[int, ...], kind: type = float) -> Any:
        """A nested list of this shape with floats, ints or bools; a single number for `()`."""
        return _nested(self._random(), shape, kind)

    def tensor(
        self,
        shape: tuple[int, ...],
        dtype: torch.dtype = torch.float32,
        low: float | None = None,
        high: float | None = None,
        layout: Layout = "contiguous",
        requires_grad: bool = False,
    ) -> torch.Tensor:
        """A tensor with random elements.

        Floats are normal, or uniform in [low, high); integers lie in [low, high] (-9 to 9; uint8: 0 to 255); bools
        are fair.
        layout: "transposed" (column-major), "strided" (every other element of a bigger tensor), "offset" (a slice
        that does not begin at the storage's start), "expanded" (the first axis repeats one row without memory of its
        own).
        """
        how = {"low": low, "high": high, "layout": layout, "requires_grad": requires_grad}
        return self._tensor("tensor", shape, dtype, **how)

    def distinct(
        self, shape: tuple[int, ...], dtype: torch.dtype = torch.float32, layout: Layout = "contiguous"
    ) -> torch.Tensor:
        """A tensor whose elements are all different whole numbers, shuffled, none of them 0.

        Raises AuthorError where the dtype has not so many.
        """
        return self._tensor("distinct", shape, dtype, layout=layout)

    def leaf(
        self,
        shape: tuple[int, ...],
        dtype: torch.dtype = torch.float32,
        layout: Layout = "contiguous",
        grad: bool = False,
        low: float | None = None,
        high: float | None = None,
    ) -> torch.Tensor:
        """A leaf that requires grad; grad: with a `.grad` that is filled already."""
        return self._tensor("leaf", shape, dtype, layout=layout, grad=grad, low=low, high=high)

    def _tensor(self, kind: Kind, shape: tuple[int, ...], dtype: torch.dtype, **how: Any) -> torch.Tensor:
        return cast(torch.Tensor, drawn(self._next(), kind, shape, dtype, **how))

    def three_kinds(
        self,
        shape: tuple[int, ...],
        dtype: torch.dtype = torch.float32,
        layout: Layout = "contiguous",
        low: float | None = None,
        high: float | None = None,
    ) -> list[torch.Tensor]:
        """A plain tensor, a leaf that requires grad, and such a leaf with a `.grad`; values differ."""
        plain = self.tensor(shape, dtype, low, high, layout)
        leaves = [self.leaf(shape, dtype, layout, grad, low, high) for grad in (False, True)]
        return [plain, *leaves]

    def array(
        self,
        shape: tuple[int, ...],
        dtype: str | np.dtype[Any] | type = "float64",
        low: float | None = None,
        high: float | None = None,
        layout: ArrayLayout = "contiguous",
    ) -> Array:
        """A NumPy array, values as in `tensor`. layout: also "fortran" (column-major) and "reversed" (negative
        strides)."""
        return cast(Array, drawn(self._next(), "array", shape, dtype, low=low, high=high, layout=layout))


def _number(random: np.random.Generator, low: float = -10.0, high: float = 10.0) -> float:
    return round(float(random.uniform(low, high)), 3)


def _integer(random: np.random.Generator, low: int, high: int) -> int:
    return int(random.integers(low, high, endpoint=True))


def _nested(random: np.random.Generator, shape: tuple[int, ...], kind: type) -> Any:
    if not shape:
        if kind is bool:
            return _integer(random, 0, 1) == 1
        return _integer(random, -99, 99) if kind is int else _number(random)
    return [_nested(random, shape[1:], kind) for _ in range(shape[0])]
