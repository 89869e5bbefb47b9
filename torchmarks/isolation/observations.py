"""Observations and facts as bytes, and back.

`encode` runs in the student's process. What is read, in the grader, may have been written by a hostile one: msgspec
checks every field for type and size by the declarations in `_facts`, the rest is checked here. Must not unpickle, and
must not look anything up by a name that a message gives, but in fixed tables.
"""

from __future__ import annotations

import re
import struct
from math import prod
from typing import Any, Final

import msgspec
import numpy as np
import torch

from torchmarks._facts import ArrayFacts, Fact, Items, Observation, Place, Plain, Raised, TensorFacts
from torchmarks.isolation.wire import WireError, require_few

_MAX_DEPTH: Final = 30
_ARRAY_DTYPE: Final = re.compile(r"[<>|=]?[biufc?mMSU]\d{0,4}(\[\w{1,8}\])?")
_DTYPES: Final = {str(d).removeprefix("torch."): d for d in vars(torch).values() if isinstance(d, torch.dtype)}
_DEVICE: Final = re.compile(r"[a-z]{1,16}(:[0-9]{1,3})?")
_INT: Final = re.compile(r"-?[0-9]{1,1300}")
_INT64: Final = range(-(1 << 63), 1 << 64)
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)
_COMPLEX: Final = struct.Struct("<dd")


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Observation on the wire. after: nil for an argument that the call left as it was."""

    arguments: dict[str, Fact]
    after: dict[str, Fact | None]
    result: Fact | None
    raised: Raised | None
    objects: frozenset[tuple[str, str]]
    shared: frozenset[tuple[str, str]]
    gradients: dict[str, TensorFacts | None] | None
    backward_raised: Raised | None
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

_encode = msgspec.msgpack.Encoder(enc_hook=_extended).encode


def encode(message: Any) -> bytes:
    """A message of plain data, facts and observations among them."""
    if isinstance(message, Observation):
        message = _told(message)
    try:
        return _encode(message)
    except (UnicodeEncodeError, OverflowError):  # rare: text with a lone surrogate, an int beyond 64 bits
        return _encode(_portable(message))


def _told(seen: Observation) -> _Message:
    after = {name: None if _is_as_it_was(seen.arguments[name], fact) else fact for name, fact in seen.after.items()}
    return _Message(**{**msgspec.structs.asdict(seen), "after": after})


def _is_as_it_was(before: Fact, after: Fact) -> bool:
    return before == after and _places(before) == _places(after)


def _places(fact: Fact) -> list[Place | None]:
    if isinstance(fact, Items):
        return [place for item in fact.items for place in _places(item)]
    return [fact.place] if isinstance(fact, TensorFacts | ArrayFacts) else []


def _portable(value: Any) -> Any:
    if type(value) is str:
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if type(value) is int and value not in _INT64:
        return msgspec.msgpack.Ext(_LARGE_INT, str(value).encode())
    if isinstance(value, msgspec.Struct):
        return type(value)(*(_portable(getattr(value, name)) for name in value.__struct_fields__))
    if isinstance(value, dict):
        return {_portable(key): _portable(item) for key, item in value.items()}
    if type(value) in (list, tuple, frozenset):
        return type(value)(map(_portable, value))
    return value


# ---- reading: everything below meets what a hostile process may have written

_messages = msgspec.msgpack.Decoder(_Message, dec_hook=_dtype_in, ext_hook=_value_of)
_plain_data: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(ext_hook=_value_of)
_REFUSED: Final = (msgspec.DecodeError, KeyError, ValueError, TypeError, RecursionError, OverflowError)


def decode(packed: bytes) -> Any:
    """A message of plain data; facts in it are lists, see `fact_from`. Raises WireError."""
    require_few(packed)
    try:
        return _plain_data.decode(packed)
    except _REFUSED as error:
        raise WireError(f"malformed message ({type(error).__name__})") from None


def observation_from(packed: bytes) -> Observation:
    """The observation of a message. Raises WireError for anything that is not one."""
    require_few(packed)
    try:
        told = _messages.decode(packed)
        facts = [told.result, *told.arguments.values(), *told.after.values(), *(told.gradients or {}).values()]
        for fact in facts:
            if fact is not None:
                _require_sound(fact)
        fields = msgspec.structs.asdict(told)
        fields["after"] = {n: told.arguments[n] if fact is None else fact for n, fact in told.after.items()}
        return Observation(**fields)
    except _REFUSED as error:
        raise WireError(f"malformed observation ({type(error).__name__})") from None


def fact_from(message: object) -> Fact:
    """The fact in a message that `decode` has read. Raises WireError for anything that is not one."""
    try:
        fact: Fact = msgspec.convert(message, Fact, dec_hook=_dtype_in)
        _require_sound(fact)
    except _REFUSED as error:
        raise WireError(f"malformed fact ({type(error).__name__})") from None
    return fact


def _require_sound(fact: Fact, depth: int = 0) -> None:
    """What no declaration can say. Raises ValueError."""
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(fact, TensorFacts):
        size = 0 if fact.device == "meta" else prod(fact.shape) * fact.dtype.itemsize
        if len(fact.data) != size:
            raise ValueError("data do not fit the shape")
        if fact.grad is not None:
            if fact.grad.grad is not None:
                raise ValueError("a gradient with a gradient")
            _require_sound(fact.grad)
    elif isinstance(fact, ArrayFacts):
        if len(fact.data) != prod(fact.shape) * fact.dtype.itemsize:
            raise ValueError("data do not fit the shape")
    elif isinstance(fact, Plain):
        if type(fact.value) not in _PLAIN:
            raise ValueError("no plain value")
    elif isinstance(fact, Items):
        keys = fact.keys or ()
        if fact.keys is not None and len(keys) != len(fact.items):
            raise ValueError("keys")
        for inner in (*fact.items, *keys):
            _require_sound(inner, depth + 1)
