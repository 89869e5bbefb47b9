"""Packs arguments for a copy that keeps what matters about tensors: aliasing, views, strides, requires_grad, `.grad`.

The result is a pickle in which tensors and arrays are numbered, plus the memory that they lie in. Memory is described
by address ranges, so that two views of one storage, or a tensor around an array, are again two views of one memory in
the copy, which `unpacking` makes. In place, functions and classes stay the very same objects; for another process
`pack` takes the pickler that can carry them. Must not look at what a value means.
"""

from __future__ import annotations

import ctypes
import io
import math
import pickle
import types
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch

from torchmarks.checks.layouts import contiguous
from torchmarks.checks.sim import SimTensor, backing
from torchmarks.errors import AuthorError

Array: TypeAlias = np.ndarray[Any, Any]


class MemoryBlock(NamedTuple):
    """A stretch of memory. owner: (dtype, shape, order) of the array that owns all of it, else None."""

    start: int
    data: bytes
    owner: tuple[np.dtype[Any], tuple[int, ...], str] | None
    native: bool  # only tensors use it: PyTorch allocates the copy, so that it can be resized like any tensor


class PackedTensor(NamedTuple):
    """A tensor: where it lies in memory, and what it is beside its elements."""

    parameter: bool
    dtype: torch.dtype
    device: str
    storage: tuple[int, int]  # address range of the storage
    offset: int  # bytes from the start of the storage
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    requires_grad: bool
    grad: int | None
    conjugate: bool  # bits that PyTorch sets instead of changing the elements
    negative: bool
    base: int | None = None  # what it is a view of: a thing, or behind those one of `PackedArguments.bases`


class PackedArray(NamedTuple):
    """An array: where it lies in memory."""

    dtype: np.dtype[Any]
    address: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    writeable: bool
    owner: bool = False  # the array that the others in its memory are views of


class PackedArguments(NamedTuple):
    """What `pack` made: picklable plain data (`references` apart, which stay in this process).

    bases: tensors that are not arguments themselves, of which several arguments are views.
    """

    pickle: bytes
    things: tuple[PackedTensor | PackedArray, ...]
    blocks: tuple[MemoryBlock, ...]
    bases: tuple[PackedTensor, ...] = ()
    references: tuple[Any, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as plain tuples: by name, each thing and each block of it would be looked up and called."""
        tensors = tuple(isinstance(thing, PackedTensor) for thing in self.things)
        plain = (tuple(map(tuple, part)) for part in (self.things, self.blocks, self.bases))
        return _packed_of, (self.pickle, tensors, *plain)


def _packed_of(
    data: bytes, tensors: tuple[bool, ...], things: tuple[Any, ...], blocks: tuple[Any, ...], bases: tuple[Any, ...]
) -> PackedArguments:
    made = tuple((PackedTensor if t else PackedArray)._make(thing) for t, thing in zip(tensors, things, strict=True))
    return PackedArguments(data, made, tuple(map(MemoryBlock._make, blocks)), tuple(map(PackedTensor._make, bases)))


_UNKNOWN = PackedArray(np.dtype("u1"), 0, (), (), writeable=True)
_KNOWN_TENSORS = (torch.Tensor, torch.nn.Parameter, SimTensor)


def _refuse_what_cannot_be_copied(t: torch.Tensor) -> None:
    """Raises AuthorError for a tensor whose copy would silently differ from it."""
    if not t.is_leaf:
        raise AuthorError(
            "A tensor with history cannot be an argument of observe: its graph cannot be copied.",
            "Build it inside a scenario function.",
        )
    if t.layout != torch.strided or t.is_quantized or t.is_nested or type(t) not in _KNOWN_TENSORS:
        raise AuthorError(
            f"A tensor of class {type(t).__name__} and layout {t.layout} cannot be an argument of observe.",
            "Build it inside a scenario function.",
        )


def _base_of(t: torch.Tensor) -> torch.Tensor | None:
    """The tensor that another is a view of, where the copy can be one of its copy."""
    base = t._base if t.device.type == "cpu" and t._is_view() else None
    if base is None or not base.is_leaf or type(base) not in _KNOWN_TENSORS or base.dtype != t.dtype:
        return None  # a graph stays behind; of a view with another dtype PyTorch itself knows no base
    return None if base.is_conj() or base.is_neg() else base


class _Collector:
    """Numbers the tensors and arrays that a pickler meets, and remembers the memory behind them."""

    def __init__(self) -> None:
        self.things: list[PackedTensor | PackedArray] = []
        self._numbers: dict[int, int] = {}
        self._alive: list[Any] = []  # an id and an address hold while their object lives
        self._views: dict[int, torch.Tensor] = {}  # by number: what it is a view of
        self._roots: dict[int, Array] = {}  # by number: the array whose memory it is
        self.ranges: list[tuple[int, int, bool]] = []  # start, end, from a tensor
        self.owners: dict[tuple[int, int], Array] = {}

    def number(self, thing: torch.Tensor | Array) -> int:
        """The number of a tensor or array; the same object gets the same number."""
        if id(thing) not in self._numbers:
            self._alive.append(thing)
            number = self._numbers[id(thing)] = len(self.things)
            self.things.append(_UNKNOWN)  # its place, before its gradient gets one
            if isinstance(thing, torch.Tensor):
                _refuse_what_cannot_be_copied(thing)
                self.things[number] = self._tensor(thing, None if thing.grad is None else self.number(thing.grad))
                if (base := _base_of(thing)) is not None:
                    self._views[number] = base
            else:
                self.things[number] = self._array(thing, number)
        return self._numbers[id(thing)]

    def bases(self) -> tuple[PackedTensor, ...]:
        """Notes what views are views of; returns those bases that are not arguments. Call it after the last thing."""
        found: list[PackedTensor] = []
        apart: dict[int, list[int]] = {}
        for number, base in self._views.items():
            if id(base) in self._numbers:
                self._tell_base(number, self._numbers[id(base)])
            else:
                apart.setdefault(id(base), []).append(number)
        for numbers in apart.values():
            # The view that is all of it is as good, and reads as it is written: as a tensor of its own.
            whole = next((n for n in numbers if self._is_whole(n)), None)
            if whole is None:
                found.append(self._tensor(self._views[numbers[0]], None))
            for number in numbers:
                if number != whole:
                    self._tell_base(number, len(self.things) + len(found) - 1 if whole is None else whole)
        return tuple(found)

    def choose_owners(self) -> None:
        """Of the arrays in one memory the one that owns it, else the first that is all of it. After the last thing."""
        owned: set[int] = set()
        for number, root in self._roots.items():
            thing, own = self.things[number], self._numbers.get(id(root))
            assert isinstance(thing, PackedArray)
            whole = (thing.shape, thing.strides) == (root.shape, root.strides)
            if id(root) not in owned and (own == number or (own is None and whole)):
                owned.add(id(root))
                self.things[number] = thing._replace(owner=True)

    def _tell_base(self, number: int, base: int) -> None:
        thing = self.things[number]
        assert isinstance(thing, PackedTensor)
        self.things[number] = thing._replace(base=base)

    def _is_whole(self, number: int) -> bool:
        thing = self.things[number]
        assert isinstance(thing, PackedTensor)
        size = math.prod(thing.shape) * thing.dtype.itemsize
        whole = thing.stride == contiguous(thing.shape) and size == thing.storage[1] - thing.storage[0]
        return whole and not (thing.parameter or thing.conjugate or thing.negative)

    def _tensor(self, t: torch.Tensor, grad: int | None) -> PackedTensor:
        holder, storage = self._memory(t)
        return PackedTensor(
            parameter=isinstance(t, torch.nn.Parameter),
            dtype=t.dtype,
            device=str(t.device),
            storage=storage,
            offset=int(holder.storage_offset()) * holder.element_size() if holder is not None else 0,
            shape=tuple(t.shape),
            stride=tuple(t.stride()),
            requires_grad=t.requires_grad,
            grad=grad,
            conjugate=t.is_conj(),
            negative=t.is_neg(),
        )

    def _memory(self, t: torch.Tensor) -> tuple[torch.Tensor | None, tuple[int, int]]:
        if t.device.type == "meta":
            return None, (0, 0)
        holder = t.detach()
        if t.device.type == "sim":
            holder = backing(t)
        elif t.device.type != "cpu":
            # Another device's memory cannot be addressed from here: the tensor alone travels, aliasing is not kept.
            holder = torch.empty_strided(t.shape, t.stride(), dtype=t.dtype).copy_(t.detach())
        self._alive.append(holder)
        start = holder.untyped_storage().data_ptr()
        storage = (start, start + holder.untyped_storage().nbytes())
        self.ranges.append((*storage, True))
        return holder, storage

    def _array(self, a: Array, number: int) -> PackedArray:
        if a.dtype.hasobject:
            raise AuthorError("An array of Python objects cannot be an argument of observe.", "Use a list.")
        root = a
        while isinstance(root.base, np.ndarray):
            root = root.base
        self._alive.append(root)
        self._roots[number] = root
        start, end = np.lib.array_utils.byte_bounds(root)
        if root.size == 0:
            end = start
        self.ranges.append((int(start), int(end), False))
        # Also one around other memory, a tensor's, say: what is printed of it makes an owner, too.
        if root.flags.c_contiguous or root.flags.f_contiguous:
            self.owners[int(start), int(end)] = root
        address = a.__array_interface__["data"][0]
        return PackedArray(a.dtype, address, shape=a.shape, strides=a.strides, writeable=a.flags.writeable)

    def blocks(self) -> tuple[MemoryBlock, ...]:
        """The memory, overlapping ranges merged."""
        merged: list[tuple[int, int, bool]] = []
        for start, end, native in sorted(set(self.ranges)):
            if merged and (start < merged[-1][1] or (start, end) == merged[-1][:2]):
                last = merged.pop()
                # Tensors around overlapping parts of one array have no storage of PyTorch's.
                alike = (start, end) == last[:2]
                merged.append((last[0], max(last[1], end), last[2] and native and alike))
            elif end > start:
                merged.append((start, end, native))
        return tuple(self._block(*entry) for entry in merged)

    def _block(self, start: int, end: int, native: bool) -> MemoryBlock:
        raw = ctypes.string_at(start, end - start)
        root = self.owners.get((start, end))
        owner = None if root is None else (root.dtype, root.shape, "C" if root.flags.c_contiguous else "F")
        return MemoryBlock(start, raw, owner, native)


def _stays_itself(obj: Any) -> bool:
    """Whether an argument is code rather than data, and in place need not be copied: a class, a cached function."""
    # A torch module is callable, too, but holds parameters that a call may change.
    return isinstance(obj, types.ModuleType) or (callable(obj) and not isinstance(obj, torch.nn.Module))


_OFTEN = frozenset({str, int, float, bool, type(None), tuple, list, dict})  # neither memory nor code: asked first
Pickle = Callable[[Any, Callable[[Any], Any]], bytes]  # (object, persistent_id) -> bytes


def pickle_with(base: type[Any]) -> Pickle:
    """What `pack` takes as `dump`: pickles by `base`, a pickler class, and leaves out what gets a number."""

    class Pickler(base):  # type: ignore[misc]
        def __init__(self, file: io.BytesIO, persistent_id: Callable[[Any], Any]) -> None:
            self.persistent_id = persistent_id  # no method: it is asked of every object, and one call is half the cost
            super().__init__(file, protocol=5)

    def dump(thing: Any, persistent_id: Callable[[Any], Any]) -> bytes:
        file = io.BytesIO()
        Pickler(file, persistent_id).dump(thing)
        return file.getvalue()

    return dump


_pickle_in_place = pickle_with(pickle.Pickler)


def pack(thing: Any, dump: Pickle | None = None) -> PackedArguments:
    """Packs a value, usually `(args, kwargs)`.

    dump: pickles for another process, given the function that numbers tensors; without it the result is for this
    process, and functions, classes and Python modules are kept by reference. Raises AuthorError for what cannot be
    copied: a tensor with history, a generator, an open file.
    """
    collector = _Collector()
    references: list[Any] = []

    def persistent_id(obj: Any) -> Any:
        if type(obj) in _OFTEN:
            return None
        if isinstance(obj, torch.Tensor) or type(obj) is np.ndarray:  # a subclass of ndarray pickles itself
            return ("thing", collector.number(obj))
        if dump is None and _stays_itself(obj):
            references.append(obj)
            return ("reference", len(references) - 1)
        return None

    try:
        data = (dump or _pickle_in_place)(thing, persistent_id)
    except AuthorError:
        raise
    except Exception as error:
        raise AuthorError(
            f"An argument of observe cannot be copied: {error}.", "Build it inside a scenario function."
        ) from error
    collector.choose_owners()
    bases = collector.bases()
    return PackedArguments(data, tuple(collector.things), collector.blocks(), bases, tuple(references))
