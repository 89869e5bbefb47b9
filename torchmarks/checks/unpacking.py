"""Unpacks what `packing` has packed: tensors and arrays in new memory, laid out, shared and viewed as the originals.

Trusts what it is given: only what the grader's own side has packed may come here. Must not look at what a value means.
"""

from __future__ import annotations

import contextlib
import io
import pickle
from typing import Any

import numpy as np
import torch

from torchmarks.checks.packing import Array, MemoryBlock, PackedArguments, PackedArray, PackedTensor, pack


class _Unpacker:
    def __init__(self, packed: PackedArguments) -> None:
        self._packed = packed
        self.made: dict[int, Any] = {}
        self._bases: dict[int, torch.Tensor] = {}
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
            if fact.owner and isinstance(owner, np.ndarray) and _is_all_of(owner, block.start, fact):
                array = owner
            else:
                # Of an array NumPy makes a view, whose base is the owner.
                array = np.ndarray(fact.shape, fact.dtype, raw, fact.address - block.start, fact.strides)
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

    def _base(self, number: int) -> torch.Tensor:
        first = len(self._packed.things)
        if number < first:
            made: torch.Tensor = self.thing(number)
            return made
        if number not in self._bases:
            self._bases[number] = self._tensor(self._packed.bases[number - first])
        return self._bases[number]

    def _place(self, fact: PackedTensor) -> torch.Tensor:
        if fact.base is not None:
            base = self._base(fact.base)
            # What requires grad has views that are leaves only where nothing is recorded.
            with contextlib.nullcontext() if not base.requires_grad else torch.no_grad():
                return base.as_strided(fact.shape, fact.stride, fact.offset // fact.dtype.itemsize)
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
            placed = torch.empty(0, dtype=fact.dtype).set_(storage, first, fact.shape, fact.stride)
            return placed.data  # counts writes anew: to be placed was none
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
