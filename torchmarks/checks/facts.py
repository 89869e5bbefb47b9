"""Facts: plain data about values and calls, as they were seen.

Pure data; nothing here runs student code or judges. Values are kept as raw bytes, so that a fact is the same whether it
was taken in this process or came from another one. The declarations are those of the messages, too: msgspec refuses a
message that does not fit them, and `isolation.protocol.observations` what no declaration can say. Must not import a
sibling but `extent`, which says how much a fact holds.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec
import numpy as np
import torch

from torchmarks.checks.extent import (
    ESCAPED,
    MAX_AXES,
    MAX_BASES,
    MAX_NAME,
    MAX_OWN_LINES,
    MAX_PATH_PAIRS,
    MAX_SIZE,
    MAX_TEXT,
    MAX_WARNINGS,
)

DEVICE: Final = "[a-z]{1,16}(:[0-9]{1,3})?"  # a pattern of the names that devices have
_Axes = msgspec.Meta(max_length=MAX_AXES)
_Sizes: TypeAlias = Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=MAX_SIZE)], ...], _Axes]
_Steps: TypeAlias = Annotated[tuple[Annotated[int, msgspec.Meta(ge=-MAX_SIZE, le=MAX_SIZE)], ...], _Axes]
_Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=ESCAPED * MAX_NAME)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=ESCAPED * MAX_TEXT)]
_Pairs: TypeAlias = Annotated[frozenset[tuple[_Text, _Text]], msgspec.Meta(max_length=MAX_PATH_PAIRS)]
# Not `$`, which allows a newline at the end.
_DeviceName: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"^{DEVICE}\Z")]


class _Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """In a message a list of its fields, in order, after a tag if it is a fact."""


class _Placed(_Part, frozen=True):
    """Facts of what lies in memory, and equal wherever that is. The last two fields are `place` and `own_elements`."""

    def _compared(self) -> tuple[Any, ...]:
        fields = msgspec.structs.astuple(self)
        return fields[:-2] + fields[-1:]  # an address is another in every process

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())


# gc=False: text and numbers cannot form a cycle.
class Place(_Part, frozen=True, gc=False):
    """Where the elements of a tensor or array lie, in bytes: enough to decide exactly which elements two of them share.

    space: names the memory ("cpu", or the device of an accelerator); address: of the first element; strides: per
    axis, in bytes; itemsize: bytes per element. An address says nothing outside the process that it was taken in.
    """

    space: str
    address: int
    shape: _Sizes
    strides: _Steps
    itemsize: int


class TensorFacts(_Placed, frozen=True, kw_only=True, tag="tensor"):
    """A tensor as it was at one moment.

    data: its elements in row-major order, native byte order (empty when there is nothing to read, as on meta);
    device: such as "cpu" or "sim:0"; stride and offset: in elements; grad: facts of `.grad`, or None;
    grad_fn: class name of the recorded operation, or None; version: PyTorch's count of in-place writes.
    """

    type_name: _Name
    dtype: torch.dtype
    shape: _Sizes
    device: _DeviceName
    stride: _Sizes  # PyTorch has no negative ones
    offset: int
    is_contiguous: bool
    requires_grad: bool
    is_leaf: bool
    grad_fn: _Name | None
    version: int
    data: bytes
    grad: TensorFacts | None
    place: Place | None
    own_elements: bool

    @property
    def values(self) -> torch.Tensor:
        """The elements as a new, contiguous CPU tensor of the same shape and dtype; nothing else of the original."""
        if not self.data:  # no elements, or (on meta) none that could be read
            return torch.empty(self.shape, dtype=self.dtype, device="meta" if self.device == "meta" else "cpu")
        # A copy: a test may write into its values, and bytes are read-only.
        return torch.frombuffer(bytearray(self.data), dtype=self.dtype).reshape(self.shape)

    @property
    def numel(self) -> int:
        """How many elements there are."""
        return int(np.prod(self.shape, dtype=np.int64))


class ArrayFacts(_Placed, frozen=True, kw_only=True, tag="array"):
    """A NumPy array as it was at one moment. data: elements in row-major order; strides: in bytes, as NumPy has
    them."""

    type_name: _Name
    dtype: np.dtype[Any]
    shape: _Sizes
    strides: _Steps
    writeable: bool
    data: bytes
    place: Place | None
    own_elements: bool

    @property
    def values(self) -> np.ndarray[Any, np.dtype[Any]]:
        """The elements as a new array of the same shape and dtype."""
        return np.frombuffer(bytearray(self.data), dtype=self.dtype).reshape(self.shape)


class Plain(_Part, frozen=True, tag="plain"):
    """A plain value: None, bool, int, float, complex, str, bytes, torch.dtype, torch.device, or a NumPy number (as
    Python's)."""

    type_name: _Name
    value: Any


class Items(_Part, frozen=True, tag="items"):
    """A list, tuple, torch.Size, dict or set. keys: of a dict, in order, else None; items: the facts of its entries."""

    type_name: _Name
    items: tuple[Fact, ...]
    keys: tuple[Fact, ...] | None = None


class Opaque(_Part, frozen=True, tag="opaque"):
    """Anything else: only its type is known. `note`: why, when a value was too large or too deep to be taken: the name
    of a sentence, and after a colon what is put into it, so that the fact is the same in every language.
    """

    type_name: _Name
    note: _Name = ""


Fact: TypeAlias = TensorFacts | ArrayFacts | Plain | Items | Opaque


class Raised(_Part, frozen=True):
    """An exception. bases: names of its classes from the exact one up; `own_lines`: the lines of the student's own code
    that it passed through, outermost first."""

    type_name: _Name
    bases: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=MAX_BASES)]
    message: _Text
    own_lines: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=MAX_OWN_LINES)] = ()


class Ended(Raised, frozen=True):
    """The end of the student's process during the call, or in a notebook of the call alone. limit: the name of what
    ended it, as isolation.Died.name has it. Such a fact does not cross: in grading only the grader makes it.
    """

    limit: str = ""


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one call did.

    arguments and after: facts of every argument before and after the call; result: None when the call raised; objects:
    for each path into the result, the path of the argument that is the same object; shared: pairs (path in the result,
    path of the argument) that have a byte in common; gradients: facts of `.grad` of the arguments after a backward
    pass, when one was asked for; kept_memory and kept_grad: whether an argument still has its memory and its very
    `.grad` object; left: settings of PyTorch that the call left changed, with their values; seconds: wall-clock.
    Paths are dotted: "" is the whole result, "0.1" an item of an item, "x" an argument, "xs.2" an item of it.
    """

    arguments: dict[str, Fact]
    after: dict[str, Fact]
    result: Fact | None
    raised: Raised | None = None
    objects: _Pairs = frozenset()
    shared: _Pairs = frozenset()
    gradients: dict[str, TensorFacts | None] | None = None
    backward_raised: Raised | None = None
    kept_memory: dict[str, bool] = msgspec.field(default_factory=dict)
    kept_grad: dict[str, bool] = msgspec.field(default_factory=dict)
    left: dict[_Name, _Name] = msgspec.field(default_factory=dict)
    printed: _Text = ""
    warnings: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=MAX_WARNINGS)] = ()
    seconds: float = 0.0

    @property
    def value(self) -> Any:
        """The result as plain Python: tensors as CPU tensors of the same values, arrays as arrays, the rest as it
        is."""
        return plain_value(self.result)


def plain_value(fact: Fact | None) -> Any:
    """Rebuilds what a fact describes, values only. An Opaque stays an Opaque: it cannot be rebuilt."""
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
    return makers.get(type_name, tuple)(items)  # a class of a student's is not ours to make
