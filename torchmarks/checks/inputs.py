"""Seeded inputs for hidden tests: random, but the same for the same assignment, exercise and student.

The seed is the SHA-256 of the three names (never `hash()`, which differs between processes), so a regrade meets the
same inputs on any machine, and no two students meet the same. Edge cases are first-class: layouts, leaves, empty
tensors.
"""

from __future__ import annotations

import contextvars
import hashlib
from collections.abc import Sequence
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch

from torchmarks.errors import AuthorError

Item = TypeVar("Item")
Layout = Literal["contiguous", "transposed", "strided", "offset", "expanded"]
ArrayLayout = Literal["contiguous", "transposed", "strided", "offset", "fortran", "reversed"]

# Set by the grader; the empty name seeds the inputs that students see in place.
student: contextvars.ContextVar[str] = contextvars.ContextVar("student", default="")


def inputs(assignment: str, exercise: str, student_id: str | None = None) -> Draw:
    """A source of inputs for one exercise. student_id: left out, the student who is being graded."""
    who = student.get() if student_id is None else student_id
    # Joined by what stands in no name: "a" and "bc" are not "ab" and "c".
    digest = hashlib.sha256("\0".join((assignment, exercise, who)).encode()).digest()
    return Draw(int.from_bytes(digest[:16], "big"))


def leaf(data: Any, dtype: torch.dtype | None = None, grad: Any = None) -> torch.Tensor:
    """A leaf that requires grad, with the values of `data`; grad: values of a `.grad` that is there already."""
    tensor = _fresh(data, dtype)
    if not tensor.is_floating_point() and not tensor.is_complex():
        raise AuthorError(f"A leaf of {tensor.dtype} cannot require grad.", "Give it floats, or a floating dtype.")
    tensor.requires_grad_()
    if grad is not None:
        tensor.grad = _fresh(grad, tensor.dtype)
    return tensor


def _fresh(data: Any, dtype: torch.dtype | None) -> torch.Tensor:
    if isinstance(data, torch.Tensor):
        return data.detach().clone().to(data.dtype if dtype is None else dtype)
    return torch.tensor(data, dtype=dtype)


class Draw:
    """Draws inputs; each call goes on where the last one stopped. Shapes are tuples, `dtype` a torch.dtype."""

    def __init__(self, seed: int) -> None:
        # Named: which one default_rng takes may change with NumPy, and a regrade must meet the same.
        self._random = np.random.Generator(np.random.PCG64(seed))

    def seed(self) -> int:
        """A non-negative int below 2**31, for a generator of the test's own."""
        return int(self._random.integers(2**31))

    def number(self, low: float = -10.0, high: float = 10.0) -> float:
        """A float in [low, high), with three decimals."""
        return round(float(self._random.uniform(low, high)), 3)

    def integer(self, low: int, high: int) -> int:
        """An int in [low, high], both included."""
        return int(self._random.integers(low, high, endpoint=True))

    def choice(self, options: Sequence[Item]) -> Item:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in another order."""
        return [items[i] for i in self._random.permutation(len(items))]

    def nested(self, shape: tuple[int, ...], kind: type = float) -> Any:
        """A nested list of this shape with floats, ints or bools; a single number for `()`."""
        if not shape:
            if kind is bool:
                return self.integer(0, 1) == 1
            return self.integer(-99, 99) if kind is int else self.number()
        return [self.nested(shape[1:], kind) for _ in range(shape[0])]

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
        filled = (1, *shape[1:]) if layout == "expanded" and shape else shape
        values = torch.from_numpy(self._values(filled, dtype, low, high)).to(dtype)
        tensor = _laid_out(values, shape, layout)
        return tensor.requires_grad_() if requires_grad else tensor

    def _values(
        self, shape: tuple[int, ...], dtype: torch.dtype, low: float | None, high: float | None
    ) -> np.ndarray[Any, Any]:
        if dtype == torch.bool:
            return np.asarray(self._random.integers(0, 2, shape) == 1)
        if dtype.is_floating_point or dtype.is_complex:
            if dtype.is_complex:
                return self._reals(shape, low, high) + 1j * self._reals(shape, low, high)
            return self._reals(shape, low, high)
        smallest, largest = (0, 255) if dtype == torch.uint8 else (-9, 9)
        first, last = smallest if low is None else int(low), largest if high is None else int(high)
        return np.asarray(self._random.integers(first, last, shape, endpoint=True))

    def _reals(self, shape: tuple[int, ...], low: float | None, high: float | None) -> np.ndarray[Any, Any]:
        if low is None and high is None:
            return np.asarray(self._random.standard_normal(shape))
        return np.asarray(self._random.uniform(-1.0 if low is None else low, 1.0 if high is None else high, shape))

    def distinct(
        self, shape: tuple[int, ...], dtype: torch.dtype = torch.float32, layout: Layout = "contiguous"
    ) -> torch.Tensor:
        """A tensor whose elements are all different whole numbers, shuffled, none of them 0.

        Raises AuthorError where the dtype has not so many.
        """
        count = int(np.prod(shape, dtype=np.int64))
        numbers = torch.from_numpy(self._random.permutation(count) + 1)
        values = numbers.to(dtype).reshape(shape)
        if not torch.equal(values.reshape(-1).to(torch.int64), numbers):
            raise AuthorError(
                f"{dtype} cannot tell {count} whole numbers apart.", "Use a wider dtype or a smaller shape."
            )
        return _laid_out(values, shape, layout)

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
        tensor = self.tensor(shape, dtype, low, high, layout, requires_grad=True)
        if grad:
            tensor.grad = self.tensor(shape, dtype)
        return tensor

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
    ) -> np.ndarray[Any, Any]:
        """A NumPy array, values as in `tensor`. layout: also "fortran" (column-major) and "reversed" (negative
        strides)."""
        wanted = np.dtype(dtype)
        torch_dtype = torch.from_numpy(np.empty(0, wanted)).dtype  # PyTorch has no public table
        if layout in ("fortran", "reversed"):  # PyTorch has no negative strides
            values = self._values(shape, torch_dtype, low, high).astype(wanted)
            if not shape:
                raise AuthorError(f"A 0-d array cannot be laid out {layout!r}.", "Use contiguous.")
            return np.asfortranarray(values) if layout == "fortran" else values[::-1].copy()[::-1]
        return self.tensor(shape, torch_dtype, low, high, cast(Layout, layout)).numpy()


def _laid_out(values: torch.Tensor, shape: tuple[int, ...], layout: Layout) -> torch.Tensor:
    """The same values in another layout."""
    if layout == "contiguous":
        return values.clone()  # memory of PyTorch's own: NumPy's could not be resized
    if not shape:
        raise AuthorError(f"A 0-d tensor cannot be laid out {layout!r}.", "Use contiguous.")
    if layout == "expanded":
        return values.clone().expand(shape)
    if layout == "transposed":
        if len(shape) < 2:
            raise AuthorError("A vector cannot be transposed.", "Use strided.")
        return values.mT.contiguous().mT
    if layout == "offset":
        # An empty tensor has no row that could stand before it.
        return torch.cat([values[:1], values])[1:] if values.shape[0] else values.clone()
    if layout == "strided":
        return torch.stack([values, torch.zeros_like(values)], dim=-1).reshape(*shape[:-1], 2 * shape[-1])[..., ::2]
    raise AuthorError(f"There is no layout {layout!r}.", "See Draw.tensor.")
