"""Observations and facts as bytes, and back.

What writes them runs in the student's process. What is read, in the grader, may have been written by a hostile one:
msgspec checks every field for type and size by the declarations below, `_fact_in` what no declaration can say.
Must not unpickle, and must not look anything up by a name that a message gives, but in fixed tables.
"""

from __future__ import annotations

import re
import struct
from math import prod
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import numpy as np
import torch

from torchmarks._facts import ArrayFacts, Fact, Items, Observation, Opaque, Place, Plain, Raised, TensorFacts
from torchmarks.isolation.wire import WireError, plain_text, require_few

_MAX_DEPTH: Final = 30
_ARRAY_DTYPE: Final = re.compile(r"[<>|=]?[biufc?mMSU]\d{0,4}(\[\w{1,8}\])?")
_DTYPES: Final = {str(d).removeprefix("torch."): d for d in vars(torch).values() if isinstance(d, torch.dtype)}
_DEVICE: Final = re.compile(r"[a-z]{1,16}(:[0-9]{1,3})?")
_INT: Final = re.compile(r"-?[0-9]{1,1300}")
_INT64: Final = range(-(1 << 63), 1 << 64)
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)
_COMPLEX: Final = struct.Struct("<dd")


# ---- what crosses: the classes of _facts, field by field, as msgspec declares them (students' installs go without it)

_MAX_SIZE: Final = 1 << 40
_Axes = msgspec.Meta(max_length=64)
_Sizes: TypeAlias = Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=_MAX_SIZE)], ...], _Axes]
_Steps: TypeAlias = Annotated[tuple[Annotated[int, msgspec.Meta(ge=-_MAX_SIZE, le=_MAX_SIZE)], ...], _Axes]
_DeviceName: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"^{_DEVICE.pattern}\Z")]


class _Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A class of _facts on the wire: a list of its fields, in order, after a tag if it is a fact."""


class _Place(_Part, frozen=True, gc=False):
    space: str
    address: int
    shape: _Sizes
    strides: _Steps
    itemsize: int


class _Tensor(_Part, frozen=True, tag="tensor"):
    type_name: str
    dtype: torch.dtype
    shape: _Sizes
    device: _DeviceName
    stride: _Sizes
    offset: int
    is_contiguous: bool
    requires_grad: bool
    is_leaf: bool
    grad_fn: str | None
    version: int
    data: bytes
    grad: _Tensor | None
    place: _Place | None
    own_elements: bool


class _Array(_Part, frozen=True, tag="array"):
    type_name: str
    dtype: np.dtype[Any]
    shape: _Sizes
    strides: _Steps
    writeable: bool
    data: bytes
    place: _Place | None
    own_elements: bool


class _Plain(_Part, frozen=True, tag="plain"):
    type_name: str
    value: Any


class _Items(_Part, frozen=True, tag="items"):
    type_name: str
    items: tuple[_Fact, ...]
    keys: tuple[_Fact, ...] | None


class _Opaque(_Part, frozen=True, tag="opaque"):
    type_name: str
    note: str


_Fact: TypeAlias = _Tensor | _Array | _Plain | _Items | _Opaque


class _Raised(_Part, frozen=True):
    type_name: str
    bases: tuple[str, ...]
    message: str
    own_lines: tuple[str, ...]


class _Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A map. after: nil for an argument that the call left as it was."""

    arguments: dict[str, _Fact]
    after: dict[str, _Fact | None]
    result: _Fact | None
    raised: _Raised | None
    objects: frozenset[tuple[str, str]]
    shared: frozenset[tuple[str, str]]
    gradients: dict[str, _Tensor | None] | None
    backward_raised: _Raised | None
    kept_memory: dict[str, bool]
    kept_grad: dict[str, bool]
    grad_mode_kept: bool
    printed: str
    warnings: tuple[str, ...]
    seconds: float


# ---- plain values that msgpack has no type for, as its extension types


def _dtype_of(text: str) -> torch.dtype:
    return _DTYPES[text]


def _device_of(text: str) -> torch.device:
    if not _DEVICE.fullmatch(text):
        raise ValueError(text)
    return torch.device(text)


def _int_of(text: str) -> int:
    if not _INT.fullmatch(text):
        raise ValueError(text)
    return int(text)


_DTYPE, _ON_DEVICE, _NUMBER, _LARGE_INT = range(1, 5)
_TEXTS: Final[dict[int, Any]] = {_DTYPE: _dtype_of, _ON_DEVICE: _device_of, _LARGE_INT: _int_of}


def _extended(value: Any) -> Any:
    """What msgspec cannot write by itself."""
    if isinstance(value, torch.dtype):
        return msgspec.msgpack.Ext(_DTYPE, str(value).removeprefix("torch.").encode())
    if isinstance(value, torch.device):
        return msgspec.msgpack.Ext(_ON_DEVICE, str(value).encode())
    if type(value) is complex:
        return msgspec.msgpack.Ext(_NUMBER, _COMPLEX.pack(value.real, value.imag))
    if isinstance(value, np.dtype):
        return value.str
    raise TypeError(f"{type(value).__name__} in a message")


def _value_of(code: int, data: memoryview) -> Any:
    """The value of an extension type. Raises ValueError."""
    try:
        if code == _NUMBER:
            return complex(*_COMPLEX.unpack(data))
        return _TEXTS[code](str(data, "ascii"))
    except (KeyError, ValueError, RuntimeError, struct.error):  # RuntimeError: a device that PyTorch does not know
        raise ValueError(f"extension type {code}") from None


def _dtype_in(kind: Any, value: Any) -> Any:
    """The dtype of a tensor or an array."""
    if kind is torch.dtype and isinstance(value, torch.dtype):
        return value
    if kind is not torch.dtype and isinstance(value, str) and _ARRAY_DTYPE.fullmatch(value):
        return np.dtype(value)
    raise ValueError("dtype")


# ---- writing

_write = msgspec.msgpack.Encoder(enc_hook=_extended).encode


def encode(message: Any) -> bytes:
    """A message of plain data, and of what the two functions below make."""
    try:
        return _write(message)
    except (UnicodeEncodeError, OverflowError):  # rare: text with a lone surrogate, an int beyond 64 bits
        return _write(_portable(message))


def observation_out(seen: Observation) -> msgspec.Struct:
    """An observation, for `encode`."""
    before, after, gradients = seen.arguments, seen.after, seen.gradients
    return _Observation(
        {name: fact_out(fact) for name, fact in before.items()},
        {name: None if _is_as_it_was(before[name], fact) else fact_out(fact) for name, fact in after.items()},
        None if seen.result is None else fact_out(seen.result),
        _raised_out(seen.raised),
        seen.objects,
        seen.shared,
        None if gradients is None else {name: _gradient_out(fact) for name, fact in gradients.items()},
        _raised_out(seen.backward_raised),
        seen.kept_memory,
        seen.kept_grad,
        seen.grad_mode_kept,
        seen.printed,
        seen.warnings,
        seen.seconds,
    )


def fact_out(fact: Fact) -> _Fact:
    """A fact, for `encode`."""
    match fact:
        case TensorFacts():
            return _tensor_out(fact)
        case ArrayFacts():
            return _Array(
                fact.type_name, fact.dtype, fact.shape, fact.strides, fact.writeable, fact.data,
                _place_out(fact.place), fact.own_elements,
            )  # fmt: skip
        case Plain():
            return _Plain(fact.type_name, fact.value)
        case Items():
            keys = None if fact.keys is None else tuple(map(fact_out, fact.keys))
            return _Items(fact.type_name, tuple(map(fact_out, fact.items)), keys)
        case Opaque():
            return _Opaque(fact.type_name, fact.note)


def _tensor_out(fact: TensorFacts) -> _Tensor:
    return _Tensor(
        fact.type_name, fact.dtype, fact.shape, fact.device, fact.stride, fact.offset, fact.is_contiguous,
        fact.requires_grad, fact.is_leaf, fact.grad_fn, fact.version, fact.data,
        _gradient_out(fact.grad), _place_out(fact.place), fact.own_elements,
    )  # fmt: skip


def _gradient_out(fact: TensorFacts | None) -> _Tensor | None:
    return None if fact is None else _tensor_out(fact)


def _place_out(place: Place | None) -> _Place | None:
    if place is None:
        return None
    return _Place(place.space, place.address, place.shape, place.strides, place.itemsize)


def _raised_out(raised: Raised | None) -> _Raised | None:
    if raised is None:
        return None
    return _Raised(raised.type_name, raised.bases, raised.message, raised.own_lines)


def _is_as_it_was(before: Fact, after: Fact) -> bool:
    return before == after and _places(before) == _places(after)


def _places(fact: Fact) -> list[Place | None]:
    if isinstance(fact, Items):
        return [place for item in fact.items for place in _places(item)]
    return [fact.place] if isinstance(fact, TensorFacts | ArrayFacts) else []


def _portable(value: Any) -> Any:
    if type(value) is str:
        return plain_text(value)
    if type(value) is int and value not in _INT64:
        return msgspec.msgpack.Ext(_LARGE_INT, str(value).encode())
    if isinstance(value, msgspec.Struct):
        return type(value)(*map(_portable, msgspec.structs.astuple(value)))
    if isinstance(value, dict):
        return {_portable(key): _portable(item) for key, item in value.items()}
    if type(value) in (list, tuple, frozenset):
        return type(value)(map(_portable, value))
    return value


# ---- reading: everything below meets what a hostile process may have written

_observations = msgspec.msgpack.Decoder(_Observation, dec_hook=_dtype_in, ext_hook=_value_of)
_plain_data: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(ext_hook=_value_of)
_REFUSED: Final = (msgspec.DecodeError, KeyError, ValueError, TypeError, RecursionError, OverflowError)


def decode(packed: bytes) -> Any:
    """A message of plain data; facts in it are lists, see `fact_from`. Raises WireError."""
    require_few(packed)
    try:
        return _plain_data.decode(packed)
    except _REFUSED as error:
        raise WireError(f"malformed message ({type(error).__name__})") from None


def fact_from(message: object) -> Fact:
    """The fact in a message that `decode` has read. Raises WireError for anything that is not one."""
    try:
        return _fact_in(msgspec.convert(message, _Fact, dec_hook=_dtype_in))
    except _REFUSED as error:
        raise WireError(f"malformed fact ({type(error).__name__})") from None


def observation_from(packed: bytes) -> Observation:
    """The observation of a message. Raises WireError for anything that is not one."""
    require_few(packed)
    try:
        told = _observations.decode(packed)
        arguments = {name: _fact_in(fact) for name, fact in told.arguments.items()}
        gradients = told.gradients
        return Observation(
            arguments=arguments,
            after={name: arguments[name] if fact is None else _fact_in(fact) for name, fact in told.after.items()},
            result=None if told.result is None else _fact_in(told.result),
            raised=_raised_in(told.raised),
            objects=told.objects,
            shared=told.shared,
            gradients=None if gradients is None else {name: _gradient_in(fact) for name, fact in gradients.items()},
            backward_raised=_raised_in(told.backward_raised),
            kept_memory=told.kept_memory,
            kept_grad=told.kept_grad,
            grad_mode_kept=told.grad_mode_kept,
            printed=told.printed,
            warnings=told.warnings,
            seconds=told.seconds,
        )
    except _REFUSED as error:
        raise WireError(f"malformed observation ({type(error).__name__})") from None


def _fact_in(told: _Fact, depth: int = 0) -> Fact:
    """The fact, if it is one: what no declaration can say is checked here. Raises ValueError."""
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    match told:
        case _Tensor():
            return _tensor_in(told)
        case _Array():
            if len(told.data) != prod(told.shape) * told.dtype.itemsize:
                raise ValueError("data do not fit the shape")
            return ArrayFacts(
                told.type_name, told.dtype, told.shape, told.strides, told.writeable, told.data,
                _place_in(told.place), told.own_elements,
            )  # fmt: skip
        case _Plain():
            if type(told.value) not in _PLAIN:
                raise ValueError("no plain value")
            return Plain(told.type_name, told.value)
        case _Items():
            items = tuple(_fact_in(item, depth + 1) for item in told.items)
            keys = None if told.keys is None else tuple(_fact_in(key, depth + 1) for key in told.keys)
            if keys is not None and len(keys) != len(items):
                raise ValueError("keys")
            return Items(told.type_name, items, keys)
        case _Opaque():
            return Opaque(told.type_name, told.note)


def _tensor_in(told: _Tensor) -> TensorFacts:
    size = 0 if told.device == "meta" else prod(told.shape) * told.dtype.itemsize
    if len(told.data) != size:
        raise ValueError("data do not fit the shape")
    if told.grad is not None and told.grad.grad is not None:
        raise ValueError("a gradient with a gradient")
    return TensorFacts(
        told.type_name, told.dtype, told.shape, told.device, told.stride, told.offset, told.is_contiguous,
        told.requires_grad, told.is_leaf, told.grad_fn, told.version, told.data,
        _gradient_in(told.grad), _place_in(told.place), told.own_elements,
    )  # fmt: skip


def _gradient_in(told: _Tensor | None) -> TensorFacts | None:
    return None if told is None else _tensor_in(told)


def _place_in(told: _Place | None) -> Place | None:
    return None if told is None else Place(told.space, told.address, told.shape, told.strides, told.itemsize)


def _raised_in(told: _Raised | None) -> Raised | None:
    if told is None:
        return None
    return Raised(told.type_name, told.bases, told.message, told.own_lines)
