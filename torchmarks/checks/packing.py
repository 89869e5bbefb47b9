"""Copies of arguments that keep what matters about tensors: aliasing, strides, offsets, requires_grad and `.grad`.

A packed is a pickle in which tensors and arrays are numbered, plus the memory that they lie in. Memory is described by
address ranges, so that two views of one storage, or a tensor around an array, are again two views of one memory in the
copy. In place, functions and classes stay the very same objects; for another process `pack` takes the pickler that can
carry them. Must not look at what a value means.
"""

from __future__ import annotations

import ctypes
import io
import pickle
import types
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch

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


class PackedArray(NamedTuple):
    """An array: where it lies in memory."""

    dtype: np.dtype[Any]
    address: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    writeable: bool


class PackedArguments(NamedTuple):
    """What `pack` made: picklable plain data (`references` apart, which stay in this process)."""

    pickle: bytes
    things: tuple[PackedTensor | PackedArray, ...]
    blocks: tuple[MemoryBlock, ...]
    references: tuple[Any, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """As plain tuples: by name, each thing and each block of it would be looked up and called."""
        tensors = tuple(isinstance(thing, PackedTensor) for thing in self.things)
        return _packed_of, (self.pickle, tensors, tuple(map(tuple, self.things)), tuple(map(tuple, self.blocks)))


def _packed_of(
    data: bytes, tensors: tuple[bool, ...], things: tuple[Any, ...], blocks: tuple[Any, ...]
) -> PackedArguments:
    made = tuple((PackedTensor if t else PackedArray)._make(thing) for t, thing in zip(tensors, things, strict=True))
    return PackedArguments(data, made, tuple(map(MemoryBlock._make, blocks)))


_UNKNOWN = PackedArray(np.dtype("u1"), 0, (), (), writeable=True)
_KNOWN_TENSORS = (torch.Tensor, torch.nn.Parameter, SimTensor)


def _refuse_what_cannot_be_copied(t: torch.Tensor) -> None:
    """Raise AuthorError for a tensor whose copy would silently be another one."""
    if not t.is_leaf:
        raise AuthorError(
            "A tensor with history cannot be an argument of observe: its graph stays behind.",
            "Build it inside a scenario function.",
        )
    if t.layout != torch.strided or t.is_quantized or t.is_nested or type(t) not in _KNOWN_TENSORS:
        raise AuthorError(
            f"A tensor of class {type(t).__name__} and layout {t.layout} cannot be an argument of observe.",
            "Build it inside a scenario function.",
        )


class _Collector:
    """Numbers the tensors and arrays that a pickler meets, and remembers the memory behind them."""

    def __init__(self) -> None:
        self.things: list[PackedTensor | PackedArray] = []
        self._numbers: dict[int, int] = {}
        self._alive: list[Any] = []  # an id and an address hold while their object lives
        self.ranges: list[tuple[int, int, bool]] = []  # start, end, from a tensor
        self.owners: dict[tuple[int, int], Array] = {}

    def number(self, thing: torch.Tensor | Array) -> int:
        """The number of a tensor or array; the same object gets the same number."""
        if id(thing) not in self._numbers:
            self._alive.append(thing)
            number = self._numbers[id(thing)] = len(self.things)
            self.things.append(_UNKNOWN)  # its place, before its gradient gets one
            self.things[number] = self._tensor(thing) if isinstance(thing, torch.Tensor) else self._array(thing)
        return self._numbers[id(thing)]

    def _tensor(self, t: torch.Tensor) -> PackedTensor:
        _refuse_what_cannot_be_copied(t)
        grad = None if t.grad is None else self.number(t.grad)
        holder, storage = self._memory(t)
        return PackedTensor(
            isinstance(t, torch.nn.Parameter),
            t.dtype,
            str(t.device),
            storage,
            int(holder.storage_offset()) * holder.element_size() if holder is not None else 0,
            tuple(t.shape),
            tuple(t.stride()),
            t.requires_grad,
            grad,
            t.is_conj(),
            t.is_neg(),
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

    def _array(self, a: Array) -> PackedArray:
        if a.dtype.hasobject:
            raise AuthorError("An array of Python objects cannot be an argument of observe.", "Use a list.")
        root = a
        while isinstance(root.base, np.ndarray):
            root = root.base
        self._alive.append(root)
        start, end = np.lib.array_utils.byte_bounds(root)
        if root.size == 0:
            end = start
        self.ranges.append((int(start), int(end), False))
        if root.base is None and (root.flags.c_contiguous or root.flags.f_contiguous):
            self.owners[int(start), int(end)] = root
        return PackedArray(a.dtype, a.__array_interface__["data"][0], a.shape, a.strides, a.flags.writeable)

    def blocks(self) -> tuple[MemoryBlock, ...]:
        """The memory, overlapping ranges merged."""
        merged: list[tuple[int, int, bool]] = []
        for start, end, native in sorted(set(self.ranges)):
            if merged and (start < merged[-1][1] or (start, end) == merged[-1][:2]):
                last = merged.pop()
                # Tensors around overlapping parts of one array are no storage of PyTorch's.
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
    """Pack a value, usually `(args, kwargs)`.

    dump: pickles for another process, given the function that numbers tensors; without it the packed is for this
    process, and functions, classes and Python modules are kept by reference.
    Raises AuthorError for what cannot be copied: a tensor with history, a generator, an open file.
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
    return PackedArguments(data, tuple(collector.things), collector.blocks(), tuple(references))


class _Unpacker:
    def __init__(self, packed: PackedArguments) -> None:
        self._packed = packed
        self.made: dict[int, Any] = {}
        self._storages: dict[tuple[tuple[int, int], str], Any] = {}
        self._memory = [_revive(block) for block in packed.blocks]

    def thing(self, number: int) -> Any:
        if number not in self.made:
            fact = self._packed.things[number]
            self.made[number] = self._tensor(fact) if isinstance(fact, PackedTensor) else self._array(fact)
        return self.made[number]

    def _find(self, start: int, end: int) -> tuple[MemoryBlock, Array, Array | torch.Tensor | None] | None:
        for block, (raw, owner) in zip(self._packed.blocks, self._memory, strict=True):
            if block.start <= start and end <= block.start + len(block.data) and end > start:
                return block, raw, owner
        return None

    def _array(self, fact: PackedArray) -> Array:
        # Its first element will do: a block has all of the array that owns the memory.
        found = self._find(fact.address, fact.address + fact.dtype.itemsize)
        if found is None or 0 in fact.shape:
            array: Array = np.empty(fact.shape, fact.dtype)
        else:
            block, raw, owner = found
            if isinstance(owner, np.ndarray) and _is_all_of(owner, block.start, fact):
                array = owner
            else:
                offset = fact.address - block.start
                array = np.ndarray(fact.shape, fact.dtype, raw.data, offset, fact.strides)
        if not fact.writeable:
            if len(self._packed.things) > 1:
                array = array.view()  # another argument may be a writable view of the same memory
            array.flags.writeable = False
        return array

    def _tensor(self, fact: PackedTensor) -> torch.Tensor:
        tensor = self._place(fact)
        tensor = torch.conj(tensor) if fact.conjugate else tensor
        tensor = torch._neg_view(tensor) if fact.negative else tensor
        if fact.parameter:
            tensor = torch.nn.Parameter(tensor, requires_grad=fact.requires_grad)
        elif fact.requires_grad:
            tensor.requires_grad_()
        if fact.grad is not None:
            tensor.grad = self.thing(fact.grad)
        return tensor

    def _place(self, fact: PackedTensor) -> torch.Tensor:
        if fact.device == "meta":
            return torch.empty_strided(fact.shape, fact.stride, dtype=fact.dtype, device="meta")
        key = (fact.storage, fact.device)
        storage = self._storages.get(key)
        if storage is None:
            storage = self._storage(fact)
            if fact.storage[0] != fact.storage[1]:  # empty storages all seem to lie at address 0, and are not one
                self._storages[key] = storage
        first = fact.offset // fact.dtype.itemsize
        if fact.device == "cpu":
            return torch.empty(0, dtype=fact.dtype).set_(storage, first, fact.shape, fact.stride)
        on_device: torch.Tensor = storage.view(fact.dtype).as_strided(fact.shape, fact.stride, first)
        return on_device.detach()

    def _storage(self, fact: PackedTensor) -> Any:
        found = self._find(*fact.storage)
        if found is None:
            flat = torch.empty(0, dtype=torch.uint8)
        else:
            block, raw, owner = found
            start, end = (address - block.start for address in fact.storage)
            # Of a part a tensor of its own, so that its storage begins where the part does.
            flat = owner if isinstance(owner, torch.Tensor) else torch.from_numpy(raw[start:end])
        return flat.untyped_storage() if fact.device == "cpu" else flat.clone().to(fact.device)


def _revive(block: MemoryBlock) -> tuple[Array, Array | torch.Tensor | None]:
    """The bytes of a block in new memory, and the object that owns it."""
    source = np.frombuffer(block.data, np.uint8)
    if block.native:
        # Not by tensor.numpy(): a storage that NumPy has seen can never be resized again.
        return source, torch.frombuffer(bytearray(block.data), dtype=torch.uint8).clone()
    if block.owner is not None:
        dtype, shape, order = block.owner
        owner = np.empty(shape, dtype, order=order)  # type: ignore[call-overload]
        # The transpose of column-major memory is row-major: to reshape it copies nothing.
        raw = (owner if order == "C" else owner.T).reshape(-1).view(np.uint8)
        raw[:] = source
        return raw, owner
    raw = source.copy()
    return raw, None


def _is_all_of(owner: Array, start: int, fact: PackedArray) -> bool:
    same = (owner.shape, owner.strides, owner.dtype) == (fact.shape, fact.strides, fact.dtype)
    return same and fact.address == start


class _Unpickler(pickle.Unpickler):
    def __init__(self, packed: PackedArguments) -> None:
        super().__init__(io.BytesIO(packed.pickle))
        self._references = packed.references
        self._unpacker = _Unpacker(packed)

    def numbers(self) -> dict[int, int]:
        """For the id of each tensor and array that was made its number."""
        return {id(made): number for number, made in self._unpacker.made.items()}

    def persistent_load(self, pid: Any) -> Any:
        kind, number = pid
        return self._unpacker.thing(number) if kind == "thing" else self._references[number]


def unpack(packed: PackedArguments) -> Any:
    """The copy. Trusts the packed: only what the grader's own side has packed may come here, never a student's data."""
    return _Unpickler(packed).load()


def unpack_numbered(packed: PackedArguments) -> tuple[Any, dict[int, int]]:
    """The copy, and for the id of each tensor and array in it its place in `packed.things`. As `unpack`, it trusts."""
    unpickler = _Unpickler(packed)
    return unpickler.load(), unpickler.numbers()


def travel(thing: Any) -> Any:
    """A copy for this process, as if it had travelled to another."""
    return unpack(pack(thing))
