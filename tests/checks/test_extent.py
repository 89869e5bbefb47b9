"""torchmarks.checks.extent: what is taken at a limit is read, and nothing beyond it is taken."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.capture import watch
from torchmarks.checks.extent import (
    MAX_AXES,
    MAX_BASES,
    MAX_DEPTH,
    MAX_INT_BITS,
    MAX_NAME,
    MAX_NODES,
    MAX_OWN_LINES,
    MAX_PATH_PAIRS,
    MAX_TENSOR_PAIRS,
    MAX_TEXT,
    MAX_WARNINGS,
    element_bound,
)
from torchmarks.checks.facts import Fact, Items, Opaque
from torchmarks.checks.taking import take
from torchmarks.isolation.protocol.observations import decode, encode, fact_from, observation_from, observation_out


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _deep_dict(depth: int) -> dict[Any, Any]:
    """As deep as `_nested` by its keys and by its values."""
    key: tuple[Any, ...] = ()
    value: dict[Any, Any] = {}
    for _ in range(depth):
        key, value = (key,), {(): value}
    return value | {key: 1} if depth else value


def _named(name: str) -> object:
    """An object of a class that is called so."""
    made = type("A", (), {})
    made.__qualname__ = name
    return made()


AT: dict[str, Any] = {
    "depth": _nested(MAX_DEPTH),
    "nodes": list(range(MAX_NODES)),
    "text": "x" * MAX_TEXT,
    "text of lone surrogates": "\udcff" * MAX_TEXT,
    "bytes": b"x" * MAX_TEXT,
    "a large int": (1 << MAX_INT_BITS) - 1,
    "a large int below 0": 1 - (1 << MAX_INT_BITS),
    "axes": torch.zeros((1,) * MAX_AXES),
    "axes of an array": np.zeros((1,) * MAX_AXES),
}
BEYOND: dict[str, Any] = {
    "depth": _nested(MAX_DEPTH + 1),
    "far below": _nested(500),
    "far below in keys": _deep_dict(50),
    "nodes": list(range(MAX_NODES + 1)),
    "text": "x" * (MAX_TEXT + 1),
    "a large int": 1 << MAX_INT_BITS,
    "a name": _named("\udcff" * (MAX_NAME + 1)),
}


def _is_whole(fact: Fact) -> bool:
    if isinstance(fact, Items):
        return all(map(_is_whole, (*fact.items, *(fact.keys or ()))))
    return not isinstance(fact, Opaque)


@pytest.mark.parametrize("what", AT)
def test_what_is_taken_at_a_limit_is_read(what: str) -> None:
    """Otherwise a student's process would look hostile, and a right answer get no points."""
    fact = take(AT[what])

    assert _is_whole(fact)
    assert _is_whole(fact_from(decode(encode(fact))))


@pytest.mark.parametrize("what", BEYOND)
def test_what_is_beyond_a_limit_is_read_as_too_much(what: str) -> None:
    """It is not taken, and the message that says so is accepted."""
    fact = take(BEYOND[what])

    assert not _is_whole(fact)
    assert not _is_whole(fact_from(decode(encode(fact))))


def _loud(xs: list[torch.Tensor]) -> list[torch.Tensor]:
    """Shares a lot, warns often, and prints without end."""
    for number in range(MAX_WARNINGS + 1):
        warnings.warn("w" * MAX_TEXT + str(number), stacklevel=1)
    print("\udcff" * (MAX_TEXT + 1))
    return xs


def test_a_call_at_all_limits_is_read() -> None:
    """What it shares, warns of and prints is cut off where a message ends."""
    many = MAX_PATH_PAIRS + 1
    seen = watch(_loud, ([torch.zeros(1) for _ in range(many)],), {}, ("xs",), None)

    arrived = observation_from(encode(observation_out(seen)))

    assert (len(seen.objects), len(seen.shared)) == (MAX_PATH_PAIRS, MAX_TENSOR_PAIRS // many)
    assert (len(arrived.warnings), len(arrived.warnings[0])) == (MAX_WARNINGS, MAX_NAME)
    assert len(seen.printed) == MAX_TEXT
    assert (arrived.objects, arrived.shared) == (seen.objects, seen.shared)


def test_an_error_at_all_limits_is_read() -> None:
    """One of many classes and a long text."""
    bases: tuple[type, ...] = (Exception,)
    for number in range(MAX_BASES + 1):
        bases = (type(f"E{number}", bases, {}),)

    def fails() -> None:
        raise bases[0]("\udcff" * (MAX_TEXT + 1))

    seen = watch(fails, (), {}, (), None)

    assert seen.raised is not None
    assert (len(seen.raised.bases), len(seen.raised.message)) == (MAX_BASES, MAX_TEXT)
    assert len(seen.raised.own_lines) <= MAX_OWN_LINES
    arrived = observation_from(encode(observation_out(seen)))
    assert arrived.raised is not None
    assert arrived.raised.bases == seen.raised.bases


@pytest.mark.parametrize(
    ("shape", "count"), [((), 1), ((2, 3), 6), ((0,), 1), ((3, 0), 3), ((0, 0), 1), ((3, 0, 5), 15)], ids=str
)
def test_a_shape_without_elements_counts_its_other_axes(shape: tuple[int, ...], count: int) -> None:
    """A list of empty lists is long, too."""
    assert element_bound(shape) == count
