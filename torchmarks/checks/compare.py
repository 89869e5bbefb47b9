"""Compares what was seen with what was expected: findings, attributes first, values last.

Pure: facts in, findings out. Knows no exercise and no text beyond the two short columns of a finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from torchmarks.checks.facts import ArrayFacts, Fact, Items, Opaque, Plain, TensorFacts
from torchmarks.checks.formatting import EVERY_DIGIT, SMALL, format_dtype, format_fact, format_numbers, format_shape

# The order in which findings are told: the first is the one that a student can act on.
ASPECTS = (
    "raised", "parameters", "type", "length", "keys", "axes", "shape", "dtype", "device", "object", "memory", "leaf",
    "history", "gradient", "finite", "values", "argument", "printed", "check",
)  # fmt: skip

AS_EXPECTED = "as expected"  # what a row says of values that are right though their dtype is not


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


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. aspect: one of ASPECTS; path: which part ("" for the whole); detail: one more line, or
    nothing."""

    aspect: str
    path: str
    seen: str
    expected: str
    detail: str = ""


def differences(
    seen: Fact | None,
    want: Fact,
    tolerance: Tolerance | None = None,
    or_types: frozenset[str] = frozenset(),
    path: str = "",
) -> list[Finding]:
    """All that differs between a value seen and a value expected. or_types: type names accepted besides the exact
    one."""
    if isinstance(want, TensorFacts) and isinstance(seen, TensorFacts):
        return _tensors(seen, want, tolerance, or_types, path)
    if isinstance(want, ArrayFacts) and isinstance(seen, ArrayFacts):
        return _arrays(seen, want, tolerance, or_types, path)
    if isinstance(want, Items) and isinstance(seen, Items):
        return _items(seen, want, tolerance, or_types, path)
    if isinstance(want, Plain) and isinstance(seen, Plain):
        return _plains(seen, want, tolerance, or_types, path)
    if isinstance(want, Opaque) and isinstance(seen, Opaque) and seen.type_name == want.type_name:
        return []  # of anything else only the type is known
    return [Finding("type", path, _kind(seen), _kind(want))]


def _kind(fact: Fact | None) -> str:
    if fact is None:
        return "nothing"
    if isinstance(fact, Plain) and fact.value is None:
        return "None"
    return fact.type_name.removeprefix("builtins.")


def _type(seen: Any, want: Any, or_types: frozenset[str], path: str) -> list[Finding]:
    if seen.type_name == want.type_name or seen.type_name in or_types:
        return []
    return [Finding("type", path, seen.type_name, want.type_name)]


def _axes(seen: tuple[int, ...], want: tuple[int, ...], path: str) -> list[Finding]:
    if seen == want:
        return []
    if len(seen) == len(want):
        return [Finding("shape", path, format_shape(seen), format_shape(want))]
    detail = f"wrong number of axes: {len(seen)} instead of {len(want)}"
    return [Finding("axes", path, format_shape(seen), format_shape(want), detail)]


def _tensors(
    seen: TensorFacts, want: TensorFacts, tolerance: Tolerance | None, or_types: frozenset[str], path: str
) -> list[Finding]:
    found = _type(seen, want, or_types, path) + _axes(seen.shape, want.shape, path)
    if seen.dtype != want.dtype:
        found.append(Finding("dtype", path, format_dtype(seen.dtype), format_dtype(want.dtype)))
    if not same_device(seen.device, want.device):
        found.append(Finding("device", path, seen.device, want.device))
    if seen.shape != want.shape or "meta" in (seen.device, want.device):
        return found
    return found + _values(seen, want, tolerance, path, wrong_dtype=seen.dtype != want.dtype)


def same_device(seen: str, want: str) -> bool:
    """Whether two device names mean one device; a missing index means the first."""
    return seen.removesuffix(":0") == want.removesuffix(":0")


def _arrays(
    seen: ArrayFacts, want: ArrayFacts, tolerance: Tolerance | None, or_types: frozenset[str], path: str
) -> list[Finding]:
    found = _type(seen, want, or_types, path) + _axes(seen.shape, want.shape, path)
    if seen.dtype != want.dtype:
        found.append(Finding("dtype", path, str(seen.dtype), str(want.dtype)))
    if seen.shape != want.shape:
        return found
    return found + _values(seen, want, tolerance, path, wrong_dtype=seen.dtype != want.dtype)


def _values(
    seen: TensorFacts | ArrayFacts,
    want: TensorFacts | ArrayFacts,
    tolerance: Tolerance | None,
    path: str,
    *,
    wrong_dtype: bool,
) -> list[Finding]:
    if seen.dtype == want.dtype and seen.data == want.data:  # the quick way for what is right
        return []
    mine, theirs = _wide(seen), _wide(want)
    if mine is None or theirs is None:
        return _texts(seen, want, path)
    common = torch.promote_types(mine.dtype, theirs.dtype)
    mine, theirs = mine.to(common), theirs.to(common)
    wrong = _wrong_elements(mine, theirs, tolerance)
    if not bool(wrong.any()):
        return [Finding("values", path, AS_EXPECTED, "")] if wrong_dtype and wrong.numel() else []
    finite = bool((~torch.isfinite(mine) & torch.isfinite(theirs)).any())
    texts = _two_texts(seen, want, mine, theirs, wrong)
    return [Finding("finite" if finite else "values", path, *texts, _detail(mine, theirs, wrong, tolerance))]


def _wide(fact: TensorFacts | ArrayFacts) -> torch.Tensor | None:
    """The elements in the widest dtype of their kind: int64, float64 or complex128. None where they are no numbers."""
    if isinstance(fact, TensorFacts):
        values = fact.values
    elif fact.dtype.kind in "biufc":
        wide = {"f": np.float64, "c": np.complex128}.get(fact.dtype.kind, fact.dtype.newbyteorder("="))
        values = torch.from_numpy(fact.values.astype(wide).reshape(fact.shape))
    else:
        return None
    if values.dtype.is_complex:
        return values.to(torch.complex128)
    return values.double() if values.is_floating_point() else values.to(torch.int64)


def _wrong_elements(seen: torch.Tensor, want: torch.Tensor, tolerance: Tolerance | None) -> torch.Tensor:
    """True where an element is not as expected; nan equals nan. Both of one dtype. Whole numbers are compared
    exactly."""
    if not seen.is_floating_point() and not seen.is_complex():
        return seen != want
    if tolerance is not None:
        return ~torch.isclose(seen, want, rtol=tolerance.rtol, atol=tolerance.atol, equal_nan=True)
    if seen.is_complex():
        return _wrong_elements(torch.view_as_real(seen), torch.view_as_real(want), None).any(-1)
    return (seen != want) & ~(torch.isnan(seen) & torch.isnan(want))


def _texts(seen: TensorFacts | ArrayFacts, want: TensorFacts | ArrayFacts, path: str) -> list[Finding]:
    """Values of which at least one side is no numbers: text, dates."""
    mine, theirs = (side.values.tolist() for side in (seen, want))
    if mine == theirs and seen.dtype == want.dtype:
        return []
    return [Finding("values", path, format_numbers(seen), format_numbers(want))]


def _two_texts(
    seen: TensorFacts | ArrayFacts,
    want: TensorFacts | ArrayFacts,
    mine: torch.Tensor,
    theirs: torch.Tensor,
    wrong: torch.Tensor,
) -> tuple[str, str]:
    """Both sides, with as many digits as tell them apart; of many elements the first that is wrong."""
    if wrong.numel() > SMALL:
        index = _first(wrong)
        return (*_apart(mine[index], theirs[index], f" at {list(index)}"),)
    few = format_numbers(seen), format_numbers(want)
    return (
        few
        if few[0] != few[1]
        else (format_numbers(seen, digits=EVERY_DIGIT), format_numbers(want, digits=EVERY_DIGIT))
    )


def _first(wrong: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in wrong.nonzero()[0])


def _apart(seen: torch.Tensor, want: torch.Tensor, where: str = "") -> tuple[str, str]:
    short = _one(seen, 8), _one(want, 8)
    first, second = short if short[0] != short[1] else (_one(seen, EVERY_DIGIT), _one(want, EVERY_DIGIT))
    return f"{first}{where}", f"{second}{where}"


def _one(element: torch.Tensor, digits: int) -> str:
    value = element.item()
    if not isinstance(value, float):
        return str(value)
    return repr(value) if digits >= EVERY_DIGIT else f"{value:.{digits}g}"


def _detail(seen: torch.Tensor, want: torch.Tensor, wrong: torch.Tensor, tolerance: Tolerance | None) -> str:
    """How many elements are wrong, the first of them, and with a tolerance how far off the worst is and may be."""
    parts = []
    if wrong.numel() > 1:
        first = _first(wrong)
        count = f"{int(wrong.sum())} of {wrong.numel()} wrong"
        pair = _apart(seen[first], want[first])
        shown = wrong.numel() > SMALL  # then the row has the first one already
        parts.append(count if shown else f"{count}, the first at {list(first)}: seen {pair[0]}, expected {pair[1]}")
    if tolerance is not None:
        parts += _worst(seen, want, wrong, tolerance)
    return "; ".join(parts)


def _worst(seen: torch.Tensor, want: torch.Tensor, wrong: torch.Tensor, tolerance: Tolerance) -> list[str]:
    if not seen.is_floating_point() and not seen.is_complex():
        return []
    off = torch.where(wrong, (seen - want).abs(), 0.0).nan_to_num(0.0, posinf=0.0)
    if not bool(off.any()):
        return []  # nothing but nan and inf
    at = tuple(int(i) for i in (off == off.max()).nonzero()[0])
    allowed = tolerance.atol + tolerance.rtol * float(want[at].abs())
    where = f" at {list(at)}" if off.numel() > 1 else ""
    return [f"{'worst' if off.numel() > 1 else 'off by'} {float(off[at]):.3g}{where}, allowed {allowed:.3g}"]


def _items(seen: Items, want: Items, tolerance: Tolerance | None, or_types: frozenset[str], path: str) -> list[Finding]:
    found = _type(seen, want, or_types, path)
    if (seen.keys is None) != (want.keys is None):
        return found or [Finding("type", path, seen.type_name, want.type_name)]
    if len(seen.items) != len(want.items):
        return [*found, Finding("length", path, _count(seen), _count(want))]
    paired = _paired(seen, want)
    if paired is None:
        keys = [", ".join(format_fact(key) for key in side or ()) for side in (seen.keys, want.keys)]
        return [*found, Finding("keys", path, *keys)]
    for name, mine, theirs in paired:
        found += differences(mine, theirs, tolerance, or_types, f"{path}[{name}]")
    return found


def _count(items: Items) -> str:
    return "1 item" if len(items.items) == 1 else f"{len(items.items)} items"


def _paired(a: Items, b: Items) -> list[tuple[str, Fact, Fact]] | None:
    """The entries that belong together, with their names; of dicts by key, in any order. None when keys differ."""
    if a.keys is None or b.keys is None:
        return [(str(n), x, y) for n, (x, y) in enumerate(zip(a.items, b.items, strict=True))]
    of_a = dict(zip(a.keys, a.items, strict=True))
    if of_a.keys() != set(b.keys):
        return None
    return [(format_fact(key), of_a[key], y) for key, y in zip(b.keys, b.items, strict=True)]


def _plains(
    seen: Plain, want: Plain, tolerance: Tolerance | None, or_types: frozenset[str], path: str
) -> list[Finding]:
    found = _type(seen, want, or_types, path)
    if _same_plain(seen.value, want.value, tolerance):
        return found
    return [*found, Finding("values", path, format_fact(seen), format_fact(want), _off_by(seen, want, tolerance))]


def _same_plain(seen: Any, want: Any, tolerance: Tolerance | None) -> bool:
    """Equal, nan to nan; a float also within the tolerance. Of numbers the values alone: their types are compared
    apart."""
    if isinstance(seen, torch.device) and isinstance(want, torch.device):
        return same_device(str(seen), str(want))
    if not isinstance(seen, _NUMBERS) or not isinstance(want, _NUMBERS):
        return type(seen) is type(want) and bool(seen == want)
    if seen == want or (seen != seen and want != want):
        return True
    if tolerance is None or not isinstance(want, float | complex):
        return False
    off = _distance(seen, want)
    return off is not None and off <= tolerance.atol + tolerance.rtol * abs(want)


_NUMBERS = (int, float, complex)


def _distance(seen: Any, want: Any) -> float | None:
    """|seen - want|; None when it is no finite number."""
    try:
        off = abs(seen - want)
    except OverflowError:  # an int beyond all floats
        return None
    return float(off) if math.isfinite(off) else None


def _off_by(seen: Plain, want: Plain, tolerance: Tolerance | None) -> str:
    numbers = isinstance(seen.value, _NUMBERS) and isinstance(want.value, float | complex)
    off = _distance(seen.value, want.value) if numbers and tolerance is not None else None
    if off is None or tolerance is None:
        return ""
    return f"off by {off:.3g}, allowed {tolerance.atol + tolerance.rtol * abs(want.value):.3g}"


def changes(before: Fact, after: Fact, path: str) -> list[Finding]:
    """What a call changed about an argument that it was to leave as it was."""
    if before is after:  # nearly always: an argument that the call left alone is told once
        return []
    if isinstance(before, TensorFacts) and isinstance(after, TensorFacts):
        return _tensor_changes(before, after, path)
    found = [f for f in differences(after, before, None, frozenset(), path) if f.seen != AS_EXPECTED]
    if not found and isinstance(before, Items) and isinstance(after, Items):
        pairs = _paired(before, after) or ()
        found = [f for name, old, new in pairs for f in changes(old, new, f"{path}[{name}]")]
    if isinstance(before, ArrayFacts) and isinstance(after, ArrayFacts):
        for name in ("strides", "writeable"):
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                found.append(Finding("argument", path, f"{name} {new}", f"{name} {old}"))
    return [_as_change(f) for f in found]


def _as_change(finding: Finding) -> Finding:
    if finding.aspect == "argument":
        return finding
    return Finding("argument", finding.path, finding.seen, f"{finding.expected}, as before the call", finding.detail)


def _tensor_changes(before: TensorFacts, after: TensorFacts, path: str) -> list[Finding]:
    for name in ("shape", "dtype", "device", "stride", "requires_grad", "is_leaf"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            return [Finding("argument", path, f"{name} {new}", f"{name} {old}, as before the call")]
    if before.data != after.data:
        seen, want = format_numbers(after), format_numbers(before)
        if seen == want:
            seen = "other elements"
        return [Finding("argument", path, seen, f"{want}, as before the call")]
    if _grad_bits(before.grad) != _grad_bits(after.grad):
        seen, want = (format_numbers(side.grad) if side.grad else "None" for side in (after, before))
        return [Finding("argument", path, f".grad {seen}", f".grad {want}, as before the call")]
    if before.version != after.version:
        return [Finding("argument", path, "written to in place", "not written to")]
    return []


def _grad_bits(grad: TensorFacts | None) -> object:
    return None if grad is None else (grad.shape, grad.dtype, grad.data)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which they are told."""
    return sorted(findings, key=lambda finding: ASPECTS.index(finding.aspect))


def is_same(a: Fact | None, b: Fact | None) -> bool:
    """Whether two facts tell of the same value, up to rounding, and of the same place in a graph."""
    if a is None or b is None:
        return a is b
    if isinstance(a, Opaque) and isinstance(b, Opaque):
        return a.type_name == b.type_name
    if isinstance(a, TensorFacts) and isinstance(b, TensorFacts) and (a.shape, a.dtype) != (b.shape, b.dtype):
        return False  # before anything is formatted
    if any(finding.seen != AS_EXPECTED for finding in differences(a, b, Tolerance(1e-4, 1e-5))):
        return False
    if isinstance(a, TensorFacts) and isinstance(b, TensorFacts):
        same_grad = (a.grad is None) == (b.grad is None) and (a.grad is None or is_same(a.grad, b.grad))
        graph = (a.requires_grad, a.is_leaf, a.own_elements) == (b.requires_grad, b.is_leaf, b.own_elements)
        return same_grad and graph
    if isinstance(a, Items) and isinstance(b, Items):
        return all(is_same(x, y) for _, x, y in _paired(a, b) or ())
    return True
