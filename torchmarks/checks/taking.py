"""Takes the facts of a value: a tensor, an array, plain data or a container of them.

Within bounds, and without calling a method that a student wrote (see `untrusted`). In isolation this runs in the
student's process, after their code, so everything it needs of torch is fetched when it is imported, before. Must not
judge, and must know no expected value.
"""

from __future__ import annotations

import ctypes
from math import prod
from typing import Any

import numpy as np
import torch

from torchmarks.checks.extent import (
    COMPUTABLE,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_INT_BITS,
    MAX_NAME,
    MAX_NODES,
    MAX_REASON,
    MAX_TEXT,
    element_bound,
)
from torchmarks.checks.facts import ArrayFacts, Fact, Items, Opaque, Plain, TensorFacts
from torchmarks.checks.memory import elements_are_own, place_of
from torchmarks.checks.sim import SimTensor
from torchmarks.checks.untrusted import (
    PLAIN,
    PLAIN_IDS,
    SEQUENCES,
    entries_of,
    is_a,
    pairs_of,
    text_of,
    type_name,
)

# Fetched now: a student may replace them later in the same process.
_type, _id, _str = type, id, str
_Tensor, _ndarray, _generic = torch.Tensor, np.ndarray, np.generic
no_dispatch = torch._C.DisableTorchFunctionSubclass  # past a `__torch_function__` of a student's
_string_at = ctypes.string_at


def take(thing: Any) -> Fact:
    """The facts of a value: a tensor, an array, plain data or a container of them; anything else is Opaque."""
    return _Taker().take(thing)


class _Taker:
    """Takes the facts of one nested value, within bounds, without calling a method that a student wrote."""

    def __init__(self) -> None:
        self._nodes = 0
        self._elements = 0
        self._open: set[int] = set()

    def take(self, thing: Any, depth: int = 0) -> Fact:
        if depth > MAX_DEPTH:
            return Opaque(type_name(thing), "too_deep")
        if _id(_type(thing)) in PLAIN_IDS:
            return self._plain(thing, thing)
        if is_a(thing, _Tensor):
            return self._readable_tensor(thing)
        if is_a(thing, _ndarray):
            return self._array(thing)
        if is_a(thing, _generic) and not is_a(thing, np.void):
            value = _generic.item(thing)
            # A long double gives itself, a date one of Python's: no plain value.
            return self._plain(thing, value) if _type(value) in PLAIN else Opaque(type_name(thing))
        if is_a(thing, (*SEQUENCES, dict)):
            return self._items(thing, depth)
        return Opaque(type_name(thing))

    def _plain(self, thing: Any, value: Any) -> Fact:
        if _type(value) in (str, bytes) and len(value) > MAX_TEXT:
            return Opaque(type_name(thing), f"characters:{len(value)}")
        if _type(value) is int and value.bit_length() > MAX_INT_BITS:
            return Opaque("int", "very_large")
        return Plain(type_name(thing), value)

    def _items(self, thing: Any, depth: int) -> Fact:
        if _id(thing) in self._open:
            return Opaque(type_name(thing), "contains_itself")
        entries = pairs_of(thing) if is_a(thing, dict) else entries_of(thing)
        self._nodes += len(entries) * (1 + is_a(thing, dict))
        if self._nodes > MAX_NODES:
            return Opaque(type_name(thing), "too_deep")
        self._open.add(_id(thing))
        try:
            if is_a(thing, dict):
                keys = tuple(self.take(key, depth + 1) for key, _ in entries)
                return Items(type_name(thing), tuple(self.take(value, depth + 1) for _, value in entries), keys)
            items = [self.take(item, depth + 1) for item in entries]
            if is_a(thing, (set, frozenset)):
                items.sort(key=repr)  # its own order differs from process to process
            return Items(type_name(thing), tuple(items))
        finally:
            self._open.discard(_id(thing))

    def _too_many(self, shape: tuple[int, ...]) -> bool:
        self._elements += element_bound(shape)
        return self._elements > MAX_ELEMENTS

    def _array(self, a: np.ndarray[Any, Any]) -> Fact:
        plain = a if _type(a) is _ndarray else _ndarray.view(a, _ndarray)
        # The bytes of an array of objects are addresses.
        if plain.dtype.hasobject or plain.dtype.names is not None:
            return Opaque(type_name(a), f"of_dtype:{plain.dtype}"[:MAX_NAME])
        if self._too_many(plain.shape):
            return Opaque(type_name(a), _size_of(plain.shape))
        place = place_of(plain)
        return ArrayFacts(
            type_name=type_name(a),
            dtype=plain.dtype,
            shape=plain.shape,
            strides=plain.strides,
            writeable=bool(plain.flags.writeable),
            data=plain.tobytes(),
            place=place,
            own_elements=elements_are_own(place),
        )

    def _readable_tensor(self, t: torch.Tensor) -> Fact:
        try:
            with no_dispatch():
                return self._tensor(t)
        except Exception as error:  # a wrapper of vmap, of a fake mode or of a student's own, which keeps its elements
            return Opaque(type_name(t), f"cannot_be_read:{text_of(error)[:MAX_REASON]}")

    def _tensor(self, t: torch.Tensor, *, with_grad: bool = True) -> Fact:
        if t.layout != torch.strided or t.is_quantized or t.is_nested:
            return Opaque(type_name(t), _str(t.layout).removeprefix("torch."))
        if t.dtype not in COMPUTABLE:
            return Opaque(type_name(t), f"of_dtype:{_str(t.dtype).removeprefix('torch.')}")
        if self._too_many(t.shape):
            return Opaque(type_name(t), _size_of(t.shape))
        if t._is_zerotensor():  # forward-mode derivatives of what does not depend on the input: zeros without memory
            t = torch.zeros(t.shape, dtype=t.dtype, device=t.device)
        shape, stride, offset = tuple(t.shape), tuple(t.stride()), int(t.storage_offset())
        if _is_hollow(t, shape, stride, offset):
            return Opaque(type_name(t), "memory_gone")
        # Of a gradient no gradient in turn: two tensors can be each other's.
        grad = self._tensor(t.grad, with_grad=False) if with_grad and has_grad(t) and t.grad is not None else None
        contiguous, place = t.is_contiguous(), place_of(t)
        return TensorFacts(
            type_name=_tensor_name(t),
            dtype=t.dtype,
            shape=shape,
            device=_str(t.device),
            stride=stride,
            offset=offset,
            is_contiguous=contiguous,
            requires_grad=t.requires_grad,
            is_leaf=t.is_leaf,
            grad_fn=None if t.grad_fn is None else type_name(t.grad_fn).rsplit(".", 1)[-1],
            version=0 if t.is_inference() else t._version,  # an inference tensor has no version, and raises
            data=elements_of(t),
            grad=grad if isinstance(grad, TensorFacts) else None,
            place=place,
            own_elements=contiguous or elements_are_own(place),
        )


def _size_of(shape: tuple[int, ...]) -> str:
    """Why a tensor or array is too large; one with an axis of size 0 has no elements to count."""
    return f"of_shape:{tuple(shape)}" if 0 in shape else f"elements:{prod(shape)}"


def _tensor_name(t: torch.Tensor) -> str:
    """The class of a tensor; on sim the one that it would have on a real device."""
    if _type(t) is not SimTensor:
        return type_name(t)
    return "torch.nn.parameter.Parameter" if getattr(t, "_is_param", False) else "torch.Tensor"


def has_grad(t: torch.Tensor) -> bool:
    """Whether `.grad` may be asked for: PyTorch warns where there can be none."""
    return t.is_leaf or t.retains_grad


def _is_hollow(t: torch.Tensor, shape: tuple[int, ...], stride: tuple[int, ...], offset: int) -> bool:
    """Whether the storage was emptied under a tensor, so that to read it would end the process."""
    if t.device.type != "cpu" or 0 in shape:
        return False
    last = offset
    for step, size in zip(stride, shape, strict=True):
        last += step * (size - 1)
    return (last + 1) * t.itemsize > t.untyped_storage().nbytes()


def elements_of(t: torch.Tensor) -> bytes:
    """The bytes of a strided tensor's elements in row-major order; none where there are none to read (meta)."""
    if t.device.type != "cpu":
        if t.device.type == "meta" or t.numel() == 0:
            return b""
        t = t.detach().cpu()
    # Flags beside the memory: what lies there is not conjugated or negated yet.
    if t.is_conj() or t.is_neg():
        t = t.detach().resolve_conj().resolve_neg()
    if not t.is_contiguous():
        t = t.detach().contiguous()
    # Not by numpy(): a storage that NumPy has seen can never be resized again.
    return _string_at(t.data_ptr(), t.numel() * t.itemsize)
