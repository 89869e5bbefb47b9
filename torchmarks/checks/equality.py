"""Whether two facts describe the same value: the questions that `compare` turns into findings, answered yes or no.

Pure: facts in, a bool out. Builds no text, which is what makes it cheap enough for every call and every imitation. Must
say "same" exactly where `compare` finds nothing: a test holds the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks.facts import ArrayFacts, Fact, Items, Opaque, Place, Plain, TensorFacts

Memory = TensorFacts | ArrayFacts


@dataclass(frozen=True, slots=True)
class Tolerance:
    """|seen - expected| <= atol + rtol * |expected|, as torch.testing.assert_close has it."""

    rtol: float
    atol: float

    @classmethod
    def of(cls, close: float | tuple[float, float] | None) -> Tolerance | None:
        """A test's `close=`: one number for both, a pair (rtol, atol), or None for exact equality."""
        if close is None:
            return None
        return cls(*close) if isinstance(close, tuple) else cls(float(close), float(close))


ROUNDING: Final = Tolerance(1e-4, 1e-5)  # two ways to compute one thing differ by no more
_NO_TYPES: Final[frozenset[str]] = frozenset()


def same(
    seen: Fact | None, want: Fact, tolerance: Tolerance | None = None, or_types: frozenset[str] = _NO_TYPES
) -> bool:
    """Whether a value seen is the one expected. or_types: type names accepted besides the exact one, at any level."""
    if isinstance(want, TensorFacts):
        return isinstance(seen, TensorFacts) and _same_tensor(seen, want, tolerance, or_types)
    if isinstance(want, ArrayFacts):
        return isinstance(seen, ArrayFacts) and _same_memory(seen, want, tolerance, or_types)
    if isinstance(want, Items):
        return isinstance(seen, Items) and _same_items(seen, want, tolerance, or_types)
    if isinstance(want, Plain):
        return (
            isinstance(seen, Plain)
            and same_type(seen, want, or_types)
            and same_plain(seen.value, want.value, tolerance)
        )
    return isinstance(seen, Opaque) and seen.type_name == want.type_name  # of anything else only the type is known


def same_type(seen: Fact, want: Fact, or_types: frozenset[str]) -> bool:
    """Whether the type is the expected one or one of those accepted beside it."""
    return seen.type_name == want.type_name or seen.type_name in or_types


def same_device(seen: str, want: str) -> bool:
    """Whether two device names mean one device; a missing index means the first."""
    return seen.removesuffix(":0") == want.removesuffix(":0")


def _same_tensor(seen: TensorFacts, want: TensorFacts, tolerance: Tolerance | None, or_types: frozenset[str]) -> bool:
    return same_device(seen.device, want.device) and _same_memory(seen, want, tolerance, or_types)


def _same_memory(seen: Memory, want: Memory, tolerance: Tolerance | None, or_types: frozenset[str]) -> bool:
    if seen.shape != want.shape or seen.dtype != want.dtype or not same_type(seen, want, or_types):
        return False
    return not has_values(seen, want) or same_values(seen, want, tolerance)


def has_values(seen: Memory, want: Memory) -> bool:
    """Whether there are elements to compare: on meta there are none."""
    return "meta" not in (getattr(seen, "device", ""), getattr(want, "device", ""))


def same_values(seen: Memory, want: Memory, tolerance: Tolerance | None) -> bool:
    """Whether two tensors or arrays of one shape hold the same elements, whatever their dtypes."""
    if seen.dtype == want.dtype and seen.data == want.data:  # the quick way for what is right
        return True
    pair = numbers_of(seen, want)
    if pair is None:
        return seen.dtype == want.dtype and bool(seen.values.tolist() == want.values.tolist())
    return not bool(wrong_elements(*pair, tolerance).any())


def numbers_of(seen: Memory, want: Memory) -> tuple[torch.Tensor, torch.Tensor] | None:
    """The elements of both in the widest dtype of their kind; None where one side is not numbers, but text or dates."""
    seen_numbers, wanted_numbers = _wide(seen), _wide(want)
    if seen_numbers is None or wanted_numbers is None:
        return None
    if seen_numbers.dtype == wanted_numbers.dtype:
        return seen_numbers, wanted_numbers
    common = torch.promote_types(seen_numbers.dtype, wanted_numbers.dtype)
    return seen_numbers.to(common), wanted_numbers.to(common)


def _wide(fact: Memory) -> torch.Tensor | None:
    """The elements as int64, float64 or complex128. None where they are not numbers."""
    if isinstance(fact, TensorFacts):
        values = fact.values
    elif fact.dtype.kind in "biufc":
        # PyTorch takes the native byte order only, and no long double.
        wide = {"f": np.float64, "c": np.complex128}.get(fact.dtype.kind, fact.dtype.newbyteorder("="))
        values = torch.from_numpy(fact.values.astype(wide).reshape(fact.shape))
    else:
        return None
    if values.dtype.is_complex:
        return values.to(torch.complex128)
    return values.double() if values.is_floating_point() else values.to(torch.int64)


def wrong_elements(seen: torch.Tensor, want: torch.Tensor, tolerance: Tolerance | None) -> torch.Tensor:
    """True where an element is not as expected; nan equals nan. Both of one dtype. Whole numbers are compared
    exactly.
    """
    if not seen.is_floating_point() and not seen.is_complex():
        return seen != want
    if tolerance is not None:
        return ~torch.isclose(seen, want, rtol=tolerance.rtol, atol=tolerance.atol, equal_nan=True)
    if seen.is_complex():
        # By parts: a complex number is nan if one part is, and the other part may differ.
        return wrong_elements(torch.view_as_real(seen), torch.view_as_real(want), None).any(-1)
    return (seen != want) & ~(torch.isnan(seen) & torch.isnan(want))


def _same_items(seen: Items, want: Items, tolerance: Tolerance | None, or_types: frozenset[str]) -> bool:
    if not same_type(seen, want, or_types):
        return False
    pairs = paired(seen, want)
    return pairs is not None and all(
        same(seen_item, wanted_item, tolerance, or_types) for _, seen_item, wanted_item in pairs
    )


def paired(seen: Items, want: Items) -> Sequence[tuple[Fact | int, Fact, Fact]] | None:
    """The entries that belong together, each with its key or its place; of dicts by key, in any order. None when
    their number or their keys differ.
    """
    if (seen.keys is None) != (want.keys is None) or len(seen.items) != len(want.items):
        return None
    if seen.keys is None or want.keys is None:
        return [
            (n, seen_item, wanted_item)
            for n, (seen_item, wanted_item) in enumerate(zip(seen.items, want.items, strict=True))
        ]
    entries = dict(zip(seen.keys, seen.items, strict=True))
    if entries.keys() != set(want.keys):
        return None
    return [(key, entries[key], wanted_item) for key, wanted_item in zip(want.keys, want.items, strict=True)]


_NUMBERS: Final = (int, float, complex)


def same_plain(seen: Any, want: Any, tolerance: Tolerance | None) -> bool:
    """Equal, nan to nan; a float also within the tolerance. Of numbers the values alone: their types are compared
    apart.
    """
    if isinstance(seen, torch.device) and isinstance(want, torch.device):
        return same_device(str(seen), str(want))
    if not isinstance(seen, _NUMBERS) or not isinstance(want, _NUMBERS):
        return type(seen) is type(want) and bool(seen == want)
    if seen == want or (seen != seen and want != want):
        return True
    off = distance(seen, want) if tolerance is not None else None
    return off is not None and tolerance is not None and off <= tolerance.atol + tolerance.rtol * abs(want)


def distance(seen: Any, want: Any) -> float | None:
    """How far a number is from the float that was expected; None where no tolerance holds: beside a whole number,
    beside anything else, and where it is not finite.
    """
    if not isinstance(seen, _NUMBERS) or not isinstance(want, float | complex):
        return None
    try:
        off = abs(seen - want)
    except OverflowError:  # an int beyond all floats
        return None
    return float(off) if math.isfinite(off) else None


# ---- more than the value


def unchanged(before: Fact, after: Fact) -> bool:
    """Whether a call left an argument as it was: value, layout, place in a graph, `.grad`, and not written to."""
    if before is after:  # nearly always: an argument that the call left alone has one fact
        return True
    if isinstance(before, TensorFacts) and isinstance(after, TensorFacts):
        return changed_attribute(before, after) is None and (
            before.data == after.data and same_bits(before.grad, after.grad) and before.version == after.version
        )
    if isinstance(before, ArrayFacts) and isinstance(after, ArrayFacts):
        return (before.strides, before.writeable) == (after.strides, after.writeable) and same(after, before)
    if not same(after, before):
        return False
    if isinstance(before, Items) and isinstance(after, Items):
        return all(unchanged(old, new) for _, old, new in paired(before, after) or ())
    return True


_ATTRIBUTES: Final = ("shape", "dtype", "device", "stride", "requires_grad", "is_leaf")


def changed_attribute(before: TensorFacts, after: TensorFacts) -> str | None:
    """The first attribute of a tensor that is not what it was."""
    return next((name for name in _ATTRIBUTES if getattr(before, name) != getattr(after, name)), None)


def same_bits(a: TensorFacts | None, b: TensorFacts | None) -> bool:
    """Whether two gradients are the same to the last bit, or both missing."""
    if a is None or b is None:
        return a is b
    return (a.shape, a.dtype, a.data) == (b.shape, b.dtype, b.data)


def same_place(a: Place | None, b: Place | None) -> bool:
    """Whether two tensors lie exactly in one place. Strides of axes with one element, which lead nowhere, count not."""
    if a is None or b is None:
        return a is b
    steps = [[step for step, size in zip(p.strides, p.shape, strict=True) if size > 1] for p in (a, b)]
    return (a.space, a.address, a.shape, a.itemsize, steps[0]) == (b.space, b.address, b.shape, b.itemsize, steps[1])


def alike(a: Fact | None, b: Fact | None) -> bool:
    """Whether two facts describe the same value, up to rounding, and the same place in a graph."""
    if a is None or b is None:
        return a is b
    if isinstance(a, TensorFacts) and isinstance(b, TensorFacts):
        # own_elements: by its values an expanded tensor looks like a copy of it.
        graph = (a.requires_grad, a.is_leaf, a.own_elements) == (b.requires_grad, b.is_leaf, b.own_elements)
        return graph and same(a, b, ROUNDING) and alike(a.grad, b.grad)
    if isinstance(a, Items) and isinstance(b, Items):
        pairs = paired(a, b) if a.type_name == b.type_name else None
        return pairs is not None and all(alike(x, y) for _, x, y in pairs)
    return same(a, b, ROUNDING)
