"""Decides which elements of two tensors or arrays share memory: exactly, by the elements that are really addressed.

Bounds are not enough (every other element and the ones between do not meet), and neither are storages (one storage
holds views that never touch, one array can carry several storages). Must not judge: it only answers.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import torch

from torchmarks.checks.facts import Place
from torchmarks.checks.sim import backing

Array: TypeAlias = np.ndarray[Any, Any]
Memory: TypeAlias = torch.Tensor | Array
_MAX_WORK: Any = 10_000_000  # steps of NumPy's solver, which its type stubs do not know of
_LARGE = 1 << 20  # elements


def place_of(thing: Memory) -> Place | None:
    """Where the elements lie; None when there is no such memory (meta, sparse, a tensor that hides it)."""
    if isinstance(thing, np.ndarray):
        array = _base_class(thing)
        return Place("cpu", _address(array), array.shape, array.strides, array.itemsize)
    try:
        device = thing.device
        if device.type == "meta" or thing.layout != torch.strided:
            return None
        # Behind a simulated device another tensor has the addresses: the one that keeps its data.
        holder = backing(thing) if device.type == "sim" else thing
        size = holder.itemsize
        strides = tuple([step * size for step in holder.stride()])
        return Place(str(device), holder.data_ptr(), tuple(holder.shape), strides, size)
    except RuntimeError:  # a wrapper (of vmap, of a fake mode, of a student's own) keeps its elements to itself
        return None


def _base_class(array: Array) -> Array:
    """The same array without its subclass, whose attributes may say anything."""
    return array if type(array) is np.ndarray else np.ndarray.view(array, np.ndarray)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


class _Phantom:
    """An array interface at an address that is never read: NumPy's exact solver looks at addresses and strides only.

    Axes of one element are left out: they say nothing, and PyTorch has more axes than NumPy takes.
    """

    def __init__(self, place: Place) -> None:
        self.__array_interface__ = {
            "data": (place.address, True),
            "shape": tuple(size for size in place.shape if size != 1),
            "strides": tuple(step for step, size in zip(place.strides, place.shape, strict=True) if size != 1),
            "typestr": f"|V{place.itemsize}",  # raw bytes: NumPy has no bfloat16
            "version": 3,
        }


def overlap(a: Place | None, b: Place | None) -> bool:
    """Whether an element of the one and an element of the other have a byte in common. Nothing shares with no elements.

    Exact, by `numpy.shares_memory`; past a bound on its work (never reached by course-sized tensors) by bounds.
    """
    if a is None or b is None or a.space != b.space or _is_empty(a) or _is_empty(b):
        return False
    (first_low, first_high), (second_low, second_high) = _bounds(a), _bounds(b)
    if first_high <= second_low or second_high <= first_low:
        return False  # nearly always: no need to ask the solver
    first, second = np.asarray(_Phantom(a)), np.asarray(_Phantom(b))
    try:
        return bool(np.shares_memory(first, second, max_work=_MAX_WORK))
    except np.exceptions.TooHardError:
        return bool(np.may_share_memory(first, second))


def _bounds(place: Place) -> tuple[int, int]:
    """The first byte of the elements, and the one behind their last."""
    low, high = place.address, place.address + place.itemsize
    for step, size in zip(place.strides, place.shape, strict=True):
        if step < 0:
            low += step * (size - 1)
        else:
            high += step * (size - 1)
    return low, high


def _is_empty(place: Place) -> bool:
    # An address of 0 belongs to a storage that was emptied under its tensor.
    return 0 in place.shape or place.itemsize == 0 or place.address == 0


def elements_are_own(place: Place | None) -> bool:
    """Whether no two elements of one tensor have a byte in common (an expanded tensor fails this)."""
    if place is None or _is_empty(place):
        return True
    # Smallest step first: an axis that steps past all that those before it reach meets none of it.
    steps = sorted((abs(step), size) for step, size in zip(place.strides, place.shape, strict=True) if size > 1)
    reach = place.itemsize
    for step, size in steps:
        if step < reach:
            return False if step == 0 or len(steps) == 1 else _all_different(place)
        reach += step * (size - 1)
    return True


def _all_different(place: Place) -> bool:
    """The slow, exact way, for strides that interleave."""
    if int(np.prod(place.shape)) > _LARGE:
        return False
    offsets = np.zeros((), dtype=np.int64)
    for step, size in zip(place.strides, place.shape, strict=True):
        offsets = np.add.outer(offsets, np.arange(size, dtype=np.int64) * step)
    return bool((np.diff(np.sort(offsets, axis=None)) >= place.itemsize).all())


def writes_through(a: Memory, b: Memory) -> bool | None:
    """Whether a write to `a` is seen in `b`: tried, and undone. None where it cannot be tried (read-only, a device,
    empty).

    Goes through NumPy views of the raw bits, so that neither versions nor gradients notice, and a nan comes back
    with the bits it had.
    """
    written, watched = _raw(a), _raw(b)
    if written is None or watched is None or not written.flags.writeable or not 0 < written.size <= _LARGE:
        return None
    kept, seen = written.copy(), watched.copy()
    try:
        np.copyto(written, ~kept)  # every bit flipped: no value, not even nan, stays itself
        return not np.array_equal(watched, seen)
    finally:
        np.copyto(written, kept)


_BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_TENSOR_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _raw(thing: Memory) -> Array | None:
    """The elements as unsigned numbers of the same size, in the same memory; None where there are none to reach."""
    if isinstance(thing, torch.Tensor):
        readable = thing.device.type == "cpu" and thing.layout == torch.strided and not thing.is_neg()
        # PyTorch gives no view in another type of what is lazily conjugated or negated.
        if not readable or thing.element_size() not in _TENSOR_BITS or thing.is_conj():
            return None
        try:
            thing = thing.detach().view(_TENSOR_BITS[thing.element_size()]).numpy()
        except RuntimeError:  # a wrapper without memory of its own
            return None
    array = _base_class(thing)
    if array.itemsize not in _BITS or array.dtype.hasobject:
        return None
    # A view in an unsigned type of the same size works for any strides.
    return array.view(_BITS[array.itemsize])
