"""Writes values as exact Python, for a student to paste the very value that a test used.

Pure: a value in, an expression out, for a notebook that has `np` and `torch`. Raises Unwritable where there is none.
Must not know memory: which tensors share it is for `checks.rebuild`.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from typing import Any, Final, TypeAlias

import numpy as np
import torch

from torchmarks.checks.sim import accelerator, is_registered

Array: TypeAlias = np.ndarray[Any, Any]
_WRITTEN_OUT: Final = 40  # elements; of more the text is longer than their bytes
_COUNTED: Final = 5  # from so many equal or counted elements on, `torch.zeros` and `torch.arange` read better
_LONGEST: Final = 4_000  # characters of one value


class Unwritable(Exception):
    """A value has no exact expression."""


class TooLarge(Unwritable):
    """Its expression would be too long for a message."""


def restored(text: str) -> torch.Tensor:
    """A tensor from the text that a message prints for one of many elements: dtype, shape and elements, compressed.

    text: of `as_text`. Raises ValueError for any other.
    """
    raw = zlib.decompress(base64.urlsafe_b64decode(text))
    head, _, data = raw.partition(b"\n")
    name, shape = json.loads(head)
    dtype = getattr(torch, name)
    if not data:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape).clone()  # no view: writing into one says so


def as_text(values: torch.Tensor) -> str:
    """The text from which `restored` makes a contiguous CPU tensor again."""
    head = json.dumps([str(values.dtype).removeprefix("torch."), list(values.shape)])
    data = bytes(values.reshape(-1).view(torch.uint8).tolist())
    return base64.urlsafe_b64encode(zlib.compress(head.encode() + b"\n" + data, 9)).decode()


# ---- numbers and other plain values


def number(value: Any) -> str:
    """A Python number; nan and inf as PyTorch's."""
    if isinstance(value, complex):
        if math.isfinite(value.real) and math.isfinite(value.imag) and not _has_minus_zero(value):
            return repr(value)
        return f"complex({number(value.real)}, {number(value.imag)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "torch.nan" if value != value else "torch.inf" if value > 0 else "-torch.inf"
    return re.sub(r"\.0$", ".", repr(value)) if type(value) is float else repr(value)


def _has_minus_zero(value: complex) -> bool:
    return any(part == 0 and math.copysign(1, part) < 0 for part in (value.real, value.imag))


def device(value: torch.device | str) -> str:
    """A device as an expression: the machine's accelerator, whichever a student has, or its name."""
    place = torch.device(value)
    if place.type not in ("cpu", "meta") and place.index in (None, 0) and place.type == _accelerators_type():
        return "accelerator()"
    return f'torch.device("{place}")'


def _accelerators_type() -> str:
    # Asked without registering any: a machine that has none stays without one.
    return accelerator().type if torch.accelerator.is_available() or is_registered() else ""


_REPRESENTED: Final = (type(None), bool, int, str, bytes, type(...), range)


def plain(value: Any) -> str | None:
    """A plain value that has no parts of its own; None for any other."""
    kind = type(value)
    if kind in _REPRESENTED:
        return repr(value)
    if kind in (float, complex):
        return number(value)
    if kind is slice:
        parts = [plain(part) for part in (value.start, value.stop, value.step)]
        return None if None in parts else f"slice({', '.join(map(str, parts))})"
    if kind is torch.dtype:
        return repr(value)
    if kind is torch.device:
        return device(value)
    if kind is torch.Size:
        return f"torch.Size({list(value)})"
    if isinstance(value, np.dtype) and hasattr(np, value.name):
        return f"np.dtype(np.{value.name})"
    if isinstance(value, np.number | np.bool_) and hasattr(np, kind.__name__):
        return f"np.{kind.__name__}({number(value.item())})"
    return None


# ---- tensors and arrays in memory of their own


def _nested(values: Any, dtype: torch.dtype | np.dtype[Any]) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_nested(item, dtype) for item in values)}]"
    if isinstance(values, float) and math.isfinite(values) and dtype in (torch.float32, np.dtype("float32")):
        # As few digits as make the same float32.
        short = float(str(np.float32(values)))
        return number(short if np.float32(short) == np.float32(values) else values)
    return number(values)


_SILENT: Final = (torch.float32, torch.int64, torch.bool, torch.complex64)


def tensor(values: torch.Tensor, *options: str) -> str:
    """A contiguous tensor. values: on the CPU, without gradient; options: keyword arguments beside the dtype."""
    shape, dtype = tuple(values.shape), values.dtype
    named = [f"dtype={dtype}"] if dtype not in _SILENT or (values.numel() == 0 and dtype != torch.float32) else []
    short = _short_form(values)
    if short is not None:
        factory, arguments, silent = short
        return f"torch.{factory}({', '.join([*arguments, *([] if silent else [f'dtype={dtype}']), *options])})"
    if values.numel() == 0 and len(shape) != 1:
        return f"torch.empty({', '.join([repr(shape), *named, *options])})"
    if values.numel() <= _WRITTEN_OUT:
        text = f"torch.tensor({', '.join([_nested(values.tolist(), dtype), *named, *options])})"
        if _bits(eval(_without_options(text, options), {"torch": torch})) == _bits(values):
            return text
    text = as_text(values)
    if len(text) > _LONGEST:
        raise TooLarge(f"{values.numel()} elements")
    moved = [f".to({option.removeprefix('device=')})" for option in options if option.startswith("device=")]
    return f'restored("{text}")' + "".join(moved) + (".requires_grad_()" if "requires_grad=True" in options else "")


def _without_options(text: str, options: tuple[str, ...]) -> str:
    return text[: -len("".join(f", {option}" for option in options)) - 1] + ")"


def _bits(values: torch.Tensor) -> bytes:
    return bytes(values.contiguous().reshape(-1).view(torch.uint8).tolist())


def _short_form(values: torch.Tensor) -> tuple[str, list[str], bool] | None:
    """A factory that gives these elements, its arguments, and whether it gives their dtype unasked."""
    count, shape, dtype = values.numel(), tuple(values.shape), values.dtype
    if count < _COUNTED or dtype == torch.bool or dtype.is_complex:
        return None
    for name in ("zeros", "ones"):
        if _bits(getattr(torch, name)(shape, dtype=dtype)) == _bits(values):
            return name, [str(size) for size in shape], dtype == torch.float32
    first = values.reshape(-1)[0].item()
    if _bits(torch.full(shape, first, dtype=dtype)) == _bits(values):
        return "full", [repr(shape), _nested(first, dtype)], dtype in _SILENT
    if len(shape) != 1 or dtype not in (torch.float32, torch.int64):
        return None
    dot = "." if dtype == torch.float32 else ""
    for start in (0, 1):
        if _bits(torch.arange(start, start + count, dtype=dtype)) == _bits(values):
            return "arange", [*([f"{start}{dot}"] if start else []), f"{start + count}{dot}"], True
    return None


def array(values: Array, order: str = "C") -> str:
    """An array that owns its memory, row after row, or column after column (order "F")."""
    named = [] if values.dtype in (np.float64, np.int64, np.bool_) else [_np_dtype(values.dtype)]
    named += ['order="F"'] if order == "F" and values.ndim > 1 else []
    if values.size == 0 and values.ndim != 1:
        return f"np.empty({', '.join([repr(values.shape), *named])})"
    if values.size == 0 and values.dtype != np.float64 and not named:
        named = [_np_dtype(values.dtype)]
    if values.ndim == 1 and values.size >= _COUNTED and values.dtype in (np.float64, np.int64):
        dot = "." if values.dtype == np.float64 else ""
        if np.arange(values.size, dtype=values.dtype).tobytes() == values.tobytes():
            return f"np.arange({values.size}{dot})"
    if values.size <= _WRITTEN_OUT:
        numbers = _nested(values.tolist(), values.dtype)
        if values.dtype.kind in "fc":  # NumPy's own nan and inf, as a student writes them in an array
            numbers = numbers.replace("torch.", "np.")
        text = f"np.array({', '.join([numbers, *named])})"
        made = eval(text, {"np": np, "torch": torch})
        if (made.dtype, made.tobytes()) == (values.dtype, values.tobytes()):
            return text
    try:
        text = as_text(torch.from_numpy(np.ascontiguousarray(values)))
    except TypeError as error:  # a dtype that PyTorch does not have
        raise Unwritable(str(error)) from None
    if len(text) > _LONGEST:
        raise TooLarge(f"{values.size} elements")
    whole = f'restored("{text}").numpy()'
    return f"np.asfortranarray({whole})" if order == "F" else f"{whole}.copy()"


def _np_dtype(dtype: np.dtype[Any]) -> str:
    if not dtype.isnative or not hasattr(np, dtype.name):
        return f"dtype={dtype.str!r}"
    return f"dtype=np.{dtype.name}"
