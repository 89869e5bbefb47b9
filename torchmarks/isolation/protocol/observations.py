"""Observations and facts as bytes, and back.

What writes them runs in the student's process. What is read, in the grader, may have been written by a hostile one:
msgspec checks every field for type and size by the declarations in `checks.facts`, and `_checked` checks what no
declaration can say. Must not unpickle, and must not look anything up by a name that a message gives, but in fixed
tables.
"""

from __future__ import annotations

import re
import struct
from math import prod
from typing import Any, Final

import msgspec
import numpy as np
import torch

from torchmarks.checks.extent import (
    COMPUTABLE,
    ESCAPED,
    MAX_DEPTH_READ,
    MAX_ELEMENTS,
    MAX_INT_DIGITS,
    MAX_NODES,
    MAX_TEXT,
    element_bound,
)
from torchmarks.checks.facts import DEVICE, ArrayFacts, Fact, Items, Observation, Place, Plain, TensorFacts
from torchmarks.isolation.protocol.wire import WireError, plain_text, require_few

# Numbers, times and text. No objects: their bytes would be taken for pointers.
_ARRAY_DTYPE: Final = re.compile(r"[<>|=]?[biufc?mMSU]\d{0,4}(\[\w{1,8}\])?")
_DTYPES: Final = {str(d).removeprefix("torch."): d for d in vars(torch).values() if isinstance(d, torch.dtype)}
_DEVICE: Final = re.compile(DEVICE)
_INT: Final = re.compile(rf"-?[0-9]{{1,{MAX_INT_DIGITS}}}")
_INT64: Final = range(-(1 << 63), 1 << 64)  # msgpack's integers, signed and unsigned
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)
_COMPLEX: Final = struct.Struct("<dd")


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


def observation_out(seen: Observation) -> Observation:
    """An observation, for `encode`: `after` without the arguments that the call left as they were."""
    before = seen.arguments
    changed = {name: fact for name, fact in seen.after.items() if not _is_as_it_was(before[name], fact)}
    return msgspec.structs.replace(seen, after=changed)


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
        return type(value)(**{name: _portable(field) for name, field in msgspec.structs.asdict(value).items()})
    if isinstance(value, dict):
        return {_portable(key): _portable(item) for key, item in value.items()}
    if type(value) in (list, tuple, frozenset):
        return type(value)(map(_portable, value))
    return value


# ---- reading: everything below meets what a hostile process may have written

_observations = msgspec.msgpack.Decoder(Observation, dec_hook=_dtype_in, ext_hook=_value_of)
_fields = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])
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
        return _checked(msgspec.convert(message, Fact, dec_hook=_dtype_in))
    except _REFUSED as error:
        raise WireError(f"malformed fact ({type(error).__name__})") from None


def observation_from(packed: bytes) -> Observation:
    """The observation of a message. Raises WireError for anything that is not one."""
    require_few(packed)
    try:
        if _fields.decode(packed).keys() != set(Observation.__struct_fields__):
            raise ValueError("a field is missing")  # a default is for those who make one
        seen = _observations.decode(packed)
        for fact in (*seen.arguments.values(), *seen.after.values(), *(seen.gradients or {}).values(), seen.result):
            if fact is not None:
                _checked(fact)
        return msgspec.structs.replace(seen, after=seen.arguments | seen.after)
    except _REFUSED as error:
        raise WireError(f"malformed observation ({type(error).__name__})") from None


def _checked(fact: Fact) -> Fact:
    """The fact, if it is one: what no declaration can say is checked here. Raises ValueError."""
    _Checker().check(fact)
    return fact


class _Checker:
    """Checks one nested fact, within the bounds in which facts are taken."""

    def __init__(self) -> None:
        self._nodes = 0
        self._elements = 0

    def check(self, fact: Fact, depth: int = 0) -> None:
        """Raises ValueError for what no honest process says."""
        if depth > MAX_DEPTH_READ:
            raise ValueError("too deep")
        match fact:
            case TensorFacts():
                self._tensor(fact)
                if fact.grad is not None:
                    self._tensor(fact.grad)
                    if fact.grad.grad is not None:
                        raise ValueError("a gradient with a gradient")
            case ArrayFacts():
                if len(fact.data) != prod(fact.shape) * fact.dtype.itemsize:
                    raise ValueError("data do not fit the shape")
                self._count(fact.shape)
            case Plain():
                if type(fact.value) not in _PLAIN:
                    raise ValueError("not a plain value")
                if isinstance(fact.value, str | bytes) and len(fact.value) > ESCAPED * MAX_TEXT:
                    raise ValueError("too long")
            case Items():
                self._items(fact, depth)

    def _items(self, fact: Items, depth: int) -> None:
        keys = fact.keys or ()
        if fact.keys is not None and len(keys) != len(fact.items):
            raise ValueError("keys")
        self._nodes += len(fact.items) + len(keys)
        if self._nodes > MAX_NODES:
            raise ValueError("too many items")
        for item in (*fact.items, *keys):
            self.check(item, depth + 1)

    def _tensor(self, fact: TensorFacts) -> None:
        if fact.dtype not in COMPUTABLE:
            raise ValueError("a dtype that nothing is computed with")
        size = 0 if fact.device == "meta" else prod(fact.shape) * fact.dtype.itemsize
        if len(fact.data) != size:
            raise ValueError("data do not fit the shape")
        self._count(fact.shape)

    def _count(self, shape: tuple[int, ...]) -> None:
        self._elements += element_bound(shape)  # what has no data can claim any shape
        if self._elements > MAX_ELEMENTS:
            raise ValueError("too many elements")
