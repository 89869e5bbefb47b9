"""Whether a predicate was written for what it is asked: attributes of what was seen and expected (type, dtype, shape).

Pure.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

from torchmarks.checks.diagnosis import Failure
from torchmarks.checks.extent import MAX_ELEMENTS
from torchmarks.checks.facts import ArrayFacts, Fact, Items, TensorFacts
from torchmarks.checks.observe import Seen

_NOT_ASKED_FOR: Final = (IndexError, KeyError, TypeError, AttributeError, ValueError, RuntimeError, MemoryError)


def surprises(error: BaseException, failure: Failure) -> bool:
    """Whether a predicate raised because the result has another type, dtype or shape than it was written for. False
    where nothing is known to be expected.
    """
    if failure.want is None or not isinstance(error, _NOT_ASKED_FOR):
        return False
    if isinstance(error, AttributeError) and isinstance(error.obj, Seen):
        return False  # misspelt
    return _attributes(failure.seen.result) != _attributes(failure.wanted)


def broadcasts(failure: Failure) -> bool:
    """Whether result and expectation, which have other shapes, could become a tensor beyond all limits together."""
    result = failure.seen.result
    many = _largest(result)
    # No expectation is larger than that: where one number came out, as mostly, its facts are not taken.
    if many == 1:
        return False
    want = failure.wanted
    return many * _largest(want) > MAX_ELEMENTS and _shapes(result) != _shapes(want)


def _attributes(fact: Fact | None) -> tuple[Any, ...]:
    match fact:
        case TensorFacts() | ArrayFacts():
            return fact.type_name, str(fact.dtype), fact.shape, getattr(fact, "device", "") == "meta"
        case Items():
            return fact.type_name, tuple(map(_attributes, fact.keys or ())), tuple(map(_attributes, fact.items))
        case None:
            return ()
        case _:
            return (fact.type_name,)


def _shapes(fact: Fact | None) -> tuple[Any, ...]:
    if isinstance(fact, TensorFacts | ArrayFacts):
        return fact.shape
    return tuple(map(_shapes, fact.items)) if isinstance(fact, Items) else ()


def _largest(fact: Fact | None) -> int:
    """How many elements the largest tensor or array has; 1 where there is none."""
    if isinstance(fact, TensorFacts | ArrayFacts):
        return max(prod(fact.shape), 1)
    return max(map(_largest, fact.items), default=1) if isinstance(fact, Items) else 1
