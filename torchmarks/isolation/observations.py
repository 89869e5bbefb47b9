"""Facts and observations as plain message data: written inside, read and checked outside.

`to_message` runs in the student's process; `from_message` in the grader, where every field is checked for type and size
and nothing is evaluated. A message that does not fit raises WireError.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import Any, Final, TypeVar

import numpy as np
import torch

from torchmarks._facts import ArrayFacts, Fact, Items, Observation, Opaque, Place, Plain, Raised, TensorFacts
from torchmarks.isolation.wire import WireError

_MAX_DEPTH: Final = 30
_MAX_SIZE: Final = 1 << 40
_ARRAY_DTYPE: Final = re.compile(r"[<>|=]?[biufc?mMSU]\d{0,4}(\[\w{1,8}\])?")
_DTYPES: Final = {str(d).removeprefix("torch."): d for d in vars(torch).values() if isinstance(d, torch.dtype)}
_DEVICE: Final = re.compile(r"[a-z]{1,16}(:\d{1,3})?")
_INT64: Final = range(-(1 << 63), 1 << 64)

T = TypeVar("T")


def to_message(observation: Observation) -> dict[str, Any]:
    """An observation as msgpack can carry it. `after` is nil for an argument that the call left as it was."""
    arguments = {name: _fact_out(fact) for name, fact in observation.arguments.items()}
    after = {name: _fact_out(fact) for name, fact in observation.after.items()}
    return {
        "arguments": arguments,
        "after": {name: None if fact == arguments[name] else fact for name, fact in after.items()},
        "result": None if observation.result is None else _fact_out(observation.result),
        "raised": _raised_out(observation.raised),
        "objects": sorted(observation.objects),
        "shared": sorted(observation.shared),
        "gradients": None if observation.gradients is None else _gradients_out(observation.gradients),
        "backward_raised": _raised_out(observation.backward_raised),
        "kept_memory": observation.kept_memory,
        "kept_grad": observation.kept_grad,
        "grad_mode_kept": observation.grad_mode_kept,
        "printed": _text_out(observation.printed),
        "warnings": [_text_out(text) for text in observation.warnings],
        "seconds": observation.seconds,
    }


def _text_out(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _gradients_out(gradients: dict[str, TensorFacts | None]) -> dict[str, Any]:
    return {name: None if fact is None else _fact_out(fact) for name, fact in gradients.items()}


def _raised_out(raised: Raised | None) -> list[Any] | None:
    if raised is None:
        return None
    bases, lines = list(raised.bases), [_text_out(line) for line in raised.own_lines]
    return [_text_out(raised.type_name), bases, _text_out(raised.message), lines, raised.inside]


def _place_out(place: Place | None) -> list[Any] | None:
    return (
        None if place is None else [place.space, place.address, list(place.shape), list(place.strides), place.itemsize]
    )


def fact_to_message(fact: Fact) -> list[Any]:
    """One fact as a tagged list."""
    return _fact_out(fact)


def _fact_out(fact: Fact) -> list[Any]:
    match fact:
        case TensorFacts():
            return [
                "tensor", fact.type_name, str(fact.dtype).removeprefix("torch."), list(fact.shape), fact.device,
                list(fact.stride), fact.offset, fact.is_contiguous, fact.requires_grad, fact.is_leaf, fact.grad_fn,
                fact.version, fact.data, None if fact.grad is None else _fact_out(fact.grad), _place_out(fact.place),
                fact.own_elements,
            ]  # fmt: skip
        case ArrayFacts():
            return [
                "array", fact.type_name, fact.dtype.str, list(fact.shape), list(fact.strides), fact.writeable,
                fact.data, _place_out(fact.place), fact.own_elements,
            ]  # fmt: skip
        case Plain():
            return ["plain", fact.type_name, *_plain_out(fact.value)]
        case Items():
            keys = None if fact.keys is None else [_fact_out(key) for key in fact.keys]
            return ["items", fact.type_name, [_fact_out(item) for item in fact.items], keys]
        case Opaque():
            return ["opaque", fact.type_name, fact.note]


def _plain_out(value: Any) -> tuple[str, Any]:
    if isinstance(value, torch.dtype):
        return "dtype", str(value).removeprefix("torch.")
    if isinstance(value, torch.device):
        return "device", str(value)
    if type(value) is complex:
        return "complex", [value.real, value.imag]
    if type(value) is int and value not in _INT64:
        return "int", str(value)
    if type(value) is str:
        return "value", _text_out(value)
    return "value", value


# ---- reading: everything below meets what a hostile process may have written


def from_message(message: object) -> Observation:
    """The observation of one message. Raises WireError for anything that is not one."""
    fields = _of(message, dict)
    try:
        arguments = _named(fields["arguments"], _fact_in)
        after = _of(fields["after"], dict).items()
        return Observation(
            arguments=arguments,
            after={_of(name, str): arguments[name] if fact is None else _fact_in(fact) for name, fact in after},
            result=None if fields["result"] is None else _fact_in(fields["result"]),
            raised=_raised_in(fields["raised"]),
            objects=_pairs_in(fields["objects"]),
            shared=_pairs_in(fields["shared"]),
            gradients=None if fields["gradients"] is None else _named(fields["gradients"], _gradient_in),
            backward_raised=_raised_in(fields["backward_raised"]),
            kept_memory=_named(fields["kept_memory"], lambda value: _of(value, bool)),
            kept_grad=_named(fields["kept_grad"], lambda value: _of(value, bool)),
            grad_mode_kept=_of(fields["grad_mode_kept"], bool),
            printed=_of(fields["printed"], str),
            warnings=tuple(_of(text, str) for text in _of(fields["warnings"], list)),
            seconds=float(_of(fields["seconds"], float)),
        )
    except (KeyError, IndexError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise WireError(f"malformed observation ({type(error).__name__})") from None


def fact_from_message(message: object) -> Fact:
    """The fact of one message. Raises WireError for anything that is not one."""
    try:
        return _fact_in(message)
    except (KeyError, IndexError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise WireError(f"malformed fact ({type(error).__name__})") from None


def _of(value: object, kind: type[T]) -> T:
    if type(value) is not kind:
        raise WireError(f"malformed observation (a {type(value).__name__} instead of a {kind.__name__})")
    return value


def _named(value: object, read: Callable[[Any], T]) -> dict[str, T]:
    return {_of(name, str): read(item) for name, item in _of(value, dict).items()}


def _pairs_in(value: object) -> frozenset[tuple[str, str]]:
    pairs = [_of(pair, list) for pair in _of(value, list)]
    return frozenset((_of(first, str), _of(second, str)) for first, second in pairs)


def _raised_in(value: object) -> Raised | None:
    if value is None:
        return None
    name, bases, message, lines, inside = _of(value, list)
    texts = tuple(_of(base, str) for base in _of(bases, list))
    own = tuple(_of(line, str) for line in _of(lines, list))
    return Raised(_of(name, str), texts, _of(message, str), own, _of(inside, bool))


def _sizes(value: object, *, least: int = 0) -> tuple[int, ...]:
    sizes = tuple(_of(size, int) for size in _of(value, list))
    if len(sizes) > 64 or any(not least <= size <= _MAX_SIZE for size in sizes):
        raise WireError("malformed observation (sizes out of range)")
    return sizes


def _place_in(value: object) -> Place | None:
    if value is None:
        return None
    space, address, shape, strides, itemsize = _of(value, list)
    steps = _sizes(strides, least=-_MAX_SIZE)
    return Place(_of(space, str), _of(address, int), _sizes(shape), steps, _of(itemsize, int))


def _gradient_in(value: object) -> TensorFacts | None:
    if value is None:
        return None
    fact = _fact_in(value)
    if not isinstance(fact, TensorFacts):
        raise WireError("malformed observation (a gradient that is no tensor)")
    return fact


def _fact_in(value: object, depth: int = 0) -> Fact:
    if depth > _MAX_DEPTH:
        raise WireError("malformed observation (too deep)")
    tag, *rest = _of(value, list)
    return _READERS[_of(tag, str)](rest, depth)


def _tensor_in(fields: list[Any], depth: int) -> TensorFacts:
    (
        name,
        dtype_name,
        shape,
        device,
        stride,
        offset,
        contiguous,
        requires,
        is_leaf,
        grad_fn,
        version,
        data,
        grad,
        place,
        own,
    ) = fields
    dtype, sizes, raw = _DTYPES[dtype_name], _sizes(shape), _of(data, bytes)
    if not _DEVICE.fullmatch(_of(device, str)):
        raise WireError("malformed observation (device)")
    if device != "meta" and len(raw) != prod(sizes) * dtype.itemsize:
        raise WireError("malformed observation (data do not fit the shape)")
    return TensorFacts(
        _of(name, str), dtype, sizes, device, _sizes(stride), _of(offset, int), _of(contiguous, bool),
        _of(requires, bool), _of(is_leaf, bool), None if grad_fn is None else _of(grad_fn, str), _of(version, int),
        b"" if device == "meta" else raw, _gradient_in(grad) if depth < 2 else None, _place_in(place), _of(own, bool),
    )  # fmt: skip


def _array_in(fields: list[Any], depth: int) -> ArrayFacts:
    name, dtype_text, shape, strides, writeable, data, place, own = fields
    if not _ARRAY_DTYPE.fullmatch(_of(dtype_text, str)):
        raise WireError("malformed observation (dtype)")
    dtype, sizes, raw = np.dtype(dtype_text), _sizes(shape), _of(data, bytes)
    if len(raw) != prod(sizes) * dtype.itemsize:
        raise WireError("malformed observation (data do not fit the shape)")
    steps = _sizes(strides, least=-_MAX_SIZE)
    return ArrayFacts(_of(name, str), dtype, sizes, steps, _of(writeable, bool), raw, _place_in(place), _of(own, bool))


def _plain_in(fields: list[Any], depth: int) -> Plain:
    name, kind, value = fields
    if kind == "dtype":
        return Plain(_of(name, str), _DTYPES[value])
    if kind == "device":
        if not _DEVICE.fullmatch(_of(value, str)):
            raise WireError("malformed observation (device)")
        return Plain(_of(name, str), torch.device(value))
    if kind == "complex":
        real, imaginary = (_of(part, float) for part in _of(value, list))
        return Plain(_of(name, str), complex(real, imaginary))
    if kind == "int":
        if not re.fullmatch(r"-?\d{1,1300}", _of(value, str)):
            raise WireError("malformed observation (int)")
        return Plain(_of(name, str), int(value))
    if type(value) not in (bool, int, float, str, bytes, type(None)):
        raise WireError("malformed observation (plain value)")
    return Plain(_of(name, str), value)


def _items_in(fields: list[Any], depth: int) -> Items:
    name, items, keys = fields
    inner = tuple(_fact_in(item, depth + 1) for item in _of(items, list))
    outer = None if keys is None else tuple(_fact_in(key, depth + 1) for key in _of(keys, list))
    if outer is not None and len(outer) != len(inner):
        raise WireError("malformed observation (keys)")
    return Items(_of(name, str), inner, outer)


def _opaque_in(fields: list[Any], depth: int) -> Opaque:
    name, note = fields
    return Opaque(_of(name, str), _of(note, str))


_READERS: Final[dict[str, Callable[[list[Any], int], Fact]]] = {
    "tensor": _tensor_in, "array": _array_in, "plain": _plain_in, "items": _items_in, "opaque": _opaque_in
}  # fmt: skip
