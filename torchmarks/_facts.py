"""What was seen: plain data about values and calls.

Pure data; nothing here runs student code or judges. Values are kept as raw bytes, so that a fact is the same whether it
was taken in this process or came over the wire from another one. Must not import a sibling.

Nobody changes a fact. They are not declared frozen all the same: Python takes eight times as long to make a frozen
dataclass of this size, and to grade one submission takes tens of thousands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch


@dataclass(slots=True, unsafe_hash=True)
class Place:
    """Where the elements of a tensor or array lie, in bytes: enough to decide exactly which elements two of them share.

    space: names the memory ("cpu", or the device of an accelerator); address: of the first element; strides: per
    axis, in bytes; itemsize: bytes per element. An address says nothing outside the process that it was taken in.
    """

    space: str
    address: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    itemsize: int


@dataclass(slots=True, unsafe_hash=True)
class TensorFacts:
    """A tensor as it was at one moment.

    data: its elements in row-major order, native byte order (empty when there is nothing to read, as on meta);
    device: such as "cpu" or "sim:0"; stride and offset: in elements; grad: facts of `.grad`, or None;
    grad_fn: class name of the recorded operation, or None; version: PyTorch's count of in-place writes.
    """

    type_name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    device: str
    stride: tuple[int, ...]
    offset: int
    is_contiguous: bool
    requires_grad: bool
    is_leaf: bool
    grad_fn: str | None
    version: int
    data: bytes
    grad: TensorFacts | None = None
    place: Place | None = field(default=None, compare=False)
    own_elements: bool = True

    @property
    def values(self) -> torch.Tensor:
        """The elements as a new, contiguous CPU tensor of the same shape and dtype; nothing else of the original."""
        if not self.data:  # no elements, or (on meta) none that could be read
            return torch.empty(self.shape, dtype=self.dtype, device="meta" if self.device == "meta" else "cpu")
        return torch.frombuffer(bytearray(self.data), dtype=self.dtype).reshape(self.shape)

    @property
    def numel(self) -> int:
        """How many elements there are."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(slots=True, unsafe_hash=True)
class ArrayFacts:
    """A NumPy array as it was at one moment. data: elements in row-major order; strides: in bytes, as NumPy has
    them."""

    type_name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    writeable: bool
    data: bytes
    place: Place | None = field(default=None, compare=False)
    own_elements: bool = True

    @property
    def values(self) -> np.ndarray[Any, np.dtype[Any]]:
        """The elements as a new array of the same shape and dtype."""
        return np.frombuffer(bytearray(self.data), dtype=self.dtype).reshape(self.shape)


@dataclass(slots=True, unsafe_hash=True)
class Plain:
    """A plain value: None, bool, int, float, complex, str, bytes, torch.dtype, torch.device, or a NumPy number (as
    Python's)."""

    type_name: str
    value: Any


@dataclass(slots=True, unsafe_hash=True)
class Items:
    """A list, tuple, torch.Size, dict or set. keys: of a dict, in order, else None; items: the facts of its entries."""

    type_name: str
    items: tuple[Fact, ...]
    keys: tuple[Fact, ...] | None = None


@dataclass(slots=True, unsafe_hash=True)
class Opaque:
    """Anything else: only its type is told. `note`: why, when a value was too large or too deep to be taken."""

    type_name: str
    note: str = ""


Fact: TypeAlias = TensorFacts | ArrayFacts | Plain | Items | Opaque


@dataclass(slots=True, unsafe_hash=True)
class Raised:
    """An exception. bases: names of its classes from the exact one up; `own_lines`: the lines of the student's own code
    that it passed through, outermost first; inside: False when the call itself was refused (wrong signature)."""

    type_name: str
    bases: tuple[str, ...]
    message: str
    own_lines: tuple[str, ...] = ()
    inside: bool = True


@dataclass(slots=True, unsafe_hash=True)
class Ended(Raised):
    """The end of the student's process during the call. limit: the name of what ended it, as isolation.Died.how has it.
    Only the grader makes it.
    """

    limit: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Observation:
    """What one call did.

    arguments and after: facts of every argument before and after the call; result: None when the call raised; objects:
    for each path into the result, the path of the argument that is the same object; shared: pairs (path in the result,
    path of the argument) that have a byte in common; gradients: facts of `.grad` of the arguments after a backward
    pass, when one was asked for; kept_memory and kept_grad: whether an argument still has its memory and its very
    `.grad` object; seconds: wall-clock.
    Paths are dotted: "" is the whole result, "0.1" an item of an item, "x" an argument, "xs.2" an item of it.
    """

    arguments: dict[str, Fact]
    after: dict[str, Fact]
    result: Fact | None
    raised: Raised | None = None
    objects: frozenset[tuple[str, str]] = frozenset()
    shared: frozenset[tuple[str, str]] = frozenset()
    gradients: dict[str, TensorFacts | None] | None = None
    backward_raised: Raised | None = None
    kept_memory: dict[str, bool] = field(default_factory=dict)
    kept_grad: dict[str, bool] = field(default_factory=dict)
    grad_mode_kept: bool = True
    printed: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def value(self) -> Any:
        """The result as plain Python: tensors as CPU tensors of the same values, arrays as arrays, the rest as it
        is."""
        return plain_value(self.result)


def plain_value(fact: Fact | None) -> Any:
    """Rebuild what a fact describes, values only. An Opaque stays an Opaque: it cannot be rebuilt."""
    match fact:
        case TensorFacts() | ArrayFacts():
            return fact.values
        case Plain():
            return fact.value
        case Items(type_name, items, keys):
            return _rebuild(type_name, [plain_value(item) for item in items], keys)
        case _:
            return fact


def _rebuild(type_name: str, items: list[Any], keys: tuple[Fact, ...] | None) -> Any:
    if keys is not None:
        return dict(zip((plain_value(key) for key in keys), items, strict=True))
    makers = {"list": list, "tuple": tuple, "torch.Size": torch.Size, "set": set, "frozenset": frozenset}
    return makers.get(type_name, tuple)(items)
