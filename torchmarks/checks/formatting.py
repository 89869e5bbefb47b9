"""How values and calls read in a message: short, exact, one line where it fits.

Pure: values or facts in, text out. Must not judge.
"""

from __future__ import annotations

import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks import sources
from torchmarks.checks.facts import ArrayFacts, Fact, Items, Opaque, Plain, TensorFacts
from torchmarks.checks.scenarios import filled, scenario_of
from torchmarks.checks.sentences import say

LONGEST = 160
EVERY_DIGIT = 17  # asks for as many digits as the number has
SMALL = 24  # of more elements none is shown
_LAMBDA = 40  # characters of one that stands in the call
_KNOWN = {"torch", "np", "F", "nn"}  # by the first cell of every notebook
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # differs from run to run


def format_value(value: Any) -> str:
    """A value of a test as a student would write it; large tensors by shape and dtype."""
    if isinstance(value, torch.Tensor):
        return _format_tensor(value)
    if isinstance(value, np.ndarray):
        return _format_array(value)
    # A subclass, such as a named tuple, has a repr of its own.
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        inner = [format_value(item) for item in value[:SMALL]] + (["…"] if len(value) > SMALL else [])
        comma = "," if type(value) is tuple and len(inner) == 1 else ""
        return shorten(f"[{', '.join(inner)}]" if type(value) is list else f"({', '.join(inner)}{comma})")
    if type(value) is dict:
        return shorten(
            "{" + ", ".join(f"{format_value(key)}: {format_value(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, torch.device):
        return f"torch.device({str(value)!r})"  # as code; its own repr is none in a notebook
    if isinstance(value, type):
        return value.__name__
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and callable(value):
        return _format_lambda(value) if name == "<lambda>" else name
    try:
        return shorten(_ADDRESS.sub("", repr(value)))
    except Exception:  # a repr may raise anything
        return say("a_thing", kind=type(value).__name__)


def _format_lambda(fn: Any) -> str:
    """A lambda by its source, where that is known, short, and says all: it reads no name of the test's."""
    node = sources.own_source(fn) if isinstance(fn, types.FunctionType) else None
    if node is None or set(sources.outer_names(node)) - _KNOWN:
        return say("a_function")
    text, _ = sources.one_line(node)
    return text if len(text) <= _LAMBDA else say("a_function")


def shorten(text: str, longest: int = LONGEST) -> str:
    """Text of at most `longest` characters, the cut marked."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def format_dtype(dtype: torch.dtype | np.dtype[Any]) -> str:
    """`torch.float32` as "float32"."""
    return str(dtype).removeprefix("torch.")


def format_shape(shape: tuple[int, ...]) -> str:
    """(3,) as "(3,)"."""
    return repr(tuple(int(size) for size in shape))


def _numbers(value: torch.Tensor | np.ndarray[Any, Any], digits: int = 6) -> str:
    """The elements as a nested list, floats with the digits that matter."""

    def one(entry: Any) -> str:
        if isinstance(entry, list):
            return f"[{', '.join(one(item) for item in entry)}]"
        if isinstance(entry, float):
            text = re.sub(r"\.0$", ".", repr(entry)) if digits >= EVERY_DIGIT else f"{entry:.{digits}g}"
            return text + "." if re.fullmatch(r"-?\d+", text) else text
        return repr(entry)

    return one(value.tolist())


_SILENT = (torch.float32, torch.int64, torch.bool)  # dtypes that PyTorch does not print either


def _large(shape: tuple[int, ...], dtype: torch.dtype, notes: list[str]) -> str:
    return say("large_tensor", shape=format_shape(shape), about=", ".join([format_dtype(dtype), *notes]))


def _notes(device: str, requires_grad: bool) -> list[str]:
    notes = [f"device='{device}'"] if device != "cpu" else []
    return notes + (["requires_grad=True"] if requires_grad else [])


def _few(values: torch.Tensor, shape: tuple[int, ...], dtype: torch.dtype, notes: list[str]) -> str:
    every = notes if dtype in _SILENT else [f"dtype={dtype}", *notes]
    # Brackets say nothing of the axes behind the first that is empty.
    if values.numel() == 0 and len(shape) != 1:
        return f"torch.empty({', '.join([format_shape(shape), *every])})"
    return f"tensor({', '.join([_numbers(values), *every])})"


def _format_tensor(t: torch.Tensor) -> str:
    notes = _notes(t.device.type, t.requires_grad)
    shape = tuple(t.shape)
    if t.layout != torch.strided or t.numel() > SMALL or t.device.type == "meta":
        return _large(shape, t.dtype, notes)
    return _few(t.detach().cpu(), shape, t.dtype, notes)


def _format_array(a: np.ndarray[Any, Any]) -> str:
    if a.size > SMALL:
        return say("large_array", shape=format_shape(a.shape), dtype=a.dtype)
    note = "" if a.dtype in (np.float64, np.int64, np.bool_) else f", dtype={_code_of(a.dtype)}"
    return f"array({_numbers(a)}{note})" if a.size or a.ndim == 1 else f"np.empty({a.shape}{note})"


def _code_of(dtype: np.dtype[Any]) -> str:
    return f"np.{dtype.name}" if dtype.isnative and hasattr(np, dtype.name) else repr(dtype.str)


def format_fact(fact: Fact | None) -> str:
    """What was seen, in one short line."""
    match fact:
        case None:
            return say("nothing")
        case TensorFacts():
            notes = _notes(fact.device, fact.requires_grad)
            if fact.numel > SMALL or fact.device == "meta":
                return _large(fact.shape, fact.dtype, notes)
            return shorten(_few(fact.values, fact.shape, fact.dtype, notes))
        case ArrayFacts():
            return shorten(_format_array(fact.values))
        case Plain():
            return shorten(format_value(fact.value) if isinstance(fact.value, torch.device) else repr(fact.value))
        case Items():
            return shorten(_format_items(fact))
        case Opaque():
            return _format_opaque(fact)


def _format_opaque(fact: Opaque) -> str:
    kind = fact.type_name.rsplit(".", 1)[-1]
    vowel = kind[:1].lower() in "aeiou"
    if not fact.note:
        return say("an_thing" if vowel else "a_thing", kind=kind)
    return say("an_thing_noted" if vowel else "a_thing_noted", kind=kind, note=_noted(fact.note))


# Why something was not taken: the name of a sentence -> its place, or nothing.
_NOTES: Final = {
    "too_deep": "",
    "characters": "count",
    "very_large": "",
    "contains_itself": "",
    "of_dtype": "dtype",
    "of_shape": "shape",
    "elements": "count",
    "cannot_be_read": "error",
    "memory_gone": "",
}


def format_setting(text: str) -> str:
    """The name of a setting, or what it was left at, as it is read: facts have both in English."""
    words = re.sub(r"\W+", "_", text).lower()
    name = f"setting_{words}"
    return say(name) if name in say.table else text


def _noted(note: str) -> str:
    """A known note as a sentence; any other unchanged: in grading it is what the student's process says."""
    name, _, value = note.partition(":")
    if name not in _NOTES:
        return note
    try:
        return say(name, **{_NOTES[name]: value} if _NOTES[name] else {})
    except (LookupError, ValueError):
        return note


def _format_items(fact: Items) -> str:
    inner = [format_fact(item) for item in fact.items[:SMALL]] + (["…"] if len(fact.items) > SMALL else [])
    if fact.keys is not None:
        return "{" + ", ".join(f"{format_fact(k)}: {v}" for k, v in zip(fact.keys, inner, strict=False)) + "}"
    if fact.type_name == "list":
        return f"[{', '.join(inner)}]"
    text = f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    return text if fact.type_name == "tuple" else f"{fact.type_name}{text}"


def format_numbers(fact: TensorFacts | ArrayFacts, digits: int = 6) -> str:
    """The elements alone, for a row of the table."""
    count = int(np.prod(fact.shape, dtype=np.int64))
    if count == 0:
        return say("no_elements")
    return shorten(_numbers(fact.values, digits)) if count <= SMALL else say("elements", count=count)


def format_call(fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any], parameters: Sequence[str]) -> str:
    """How a call reads. A function with a docstring and filled-in `{names}` is a scenario that says it itself."""
    text = _text_of_scenario(fn, args, kwargs, parameters)
    if text is not None:
        return text
    inner = [format_value(value) for value in args] + [
        f"{name}={format_value(value)}" for name, value in kwargs.items()
    ]
    return shorten(f"{getattr(fn, '__name__', 'call')}({', '.join(inner)})", 2 * LONGEST)


def _text_of_scenario(fn: Any, args: Sequence[Any], kwargs: Mapping[str, Any], parameters: Sequence[str]) -> str | None:
    line = scenario_of(fn).reads if scenario_subjects(fn, args, parameters) else ""
    if not line:
        return None
    values = {name: format_value(value) for name, value in [*zip(parameters, args, strict=False), *kwargs.items()]}
    return filled(line, values.get)


class Proxy:
    """Something of the student's that lives in another process; `__name__` is its name there."""

    __name__: str


def scenario_subjects(fn: Any, args: Sequence[Any], parameters: Sequence[str]) -> tuple[int, ...]:
    """Positions of the student's functions among the arguments of a scenario; empty when `fn` is the student's own.

    In isolation the student's functions are proxies. In place they are known by their name: the scenario's parameter
    is called like the function.
    """
    if isinstance(fn, Proxy):
        return ()
    found: list[int] = []
    for position, value in enumerate(args):
        named_alike = position < len(parameters) and getattr(value, "__name__", None) == parameters[position]
        if isinstance(value, Proxy) or (callable(value) and named_alike):
            found.append(position)
    return tuple(found)
