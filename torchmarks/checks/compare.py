"""What differs between a value seen and a value expected: findings, attributes first, values last.

Pure: facts in, findings out. Made where a message is shown, and nowhere else: whether anything differs at all is for
`checks.equality`. Knows no exercise and no text beyond the two short columns of a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import numpy as np
import torch

from torchmarks.checks.equality import (
    Memory,
    Tolerance,
    changed_attribute,
    distance,
    has_values,
    numbers_of,
    paired,
    same_bits,
    same_device,
    same_plain,
    same_type,
    same_values,
    unchanged,
    wrong_elements,
)
from torchmarks.checks.facts import ArrayFacts, Fact, Items, Opaque, Plain, TensorFacts
from torchmarks.checks.formatting import EVERY_DIGIT, SMALL, format_dtype, format_fact, format_numbers, format_shape
from torchmarks.checks.sentences import say

# The order in which findings are shown: the first is the one that a student can act on.
ASPECTS = (
    "raised", "parameters", "type", "length", "keys", "axes", "shape", "dtype", "device", "object", "memory", "leaf",
    "history", "gradient", "finite", "values", "argument", "printed", "check",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. aspect: one of ASPECTS; path: which part ("" for the whole); detail: one more line, or nothing.

    at: the first element that differs, where both sides print the same, for want of digits or of room; look: what a
    line of code looks at in place of the whole part, as code behind it; agrees: a row that is shown beside the others
    and is not a difference; none: None was seen instead of the value; about: the argument that the result is compared
    with, or the attribute of the argument that changed, or "setting" where that is one of PyTorch's, or "value" where a
    value shows the type, or "message" where an error is of the right type.
    """

    aspect: str
    path: str
    seen: str
    expected: str
    _: KW_ONLY
    detail: str = ""
    at: tuple[int, ...] | None = field(default=None, compare=False)
    look: str = field(default="", compare=False)
    agrees: bool = field(default=False, compare=False)
    none: bool = field(default=False, compare=False)
    about: str = field(default="", compare=False)


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
    if isinstance(seen, Opaque) and seen.type_name == want.type_name:  # its values are too many, say
        return [Finding("type", path, format_fact(seen), format_fact(want), about="value")]
    return [Finding("type", path, _kind(seen), _kind(want), none=is_none(seen))]


def is_none(fact: Fact | None) -> bool:
    """Whether a value is Python's None."""
    return isinstance(fact, Plain) and fact.value is None


def _kind(fact: Fact | None) -> str:
    if fact is None:
        return say("nothing")
    return say("none") if is_none(fact) else fact.type_name.removeprefix("builtins.")


def _type(seen: Any, want: Any, or_types: frozenset[str], path: str) -> list[Finding]:
    if same_type(seen, want, or_types):
        return []
    return [Finding("type", path, _kind(seen), _kind(want), none=is_none(seen))]


def _axes(seen: tuple[int, ...], want: tuple[int, ...], path: str) -> list[Finding]:
    if seen == want:
        return []
    if len(seen) == len(want):
        return [Finding("shape", path, format_shape(seen), format_shape(want))]
    detail = say("rank_differs", seen=len(seen), expected=len(want))
    return [Finding("axes", path, format_shape(seen), format_shape(want), detail=detail)]


def _tensors(
    seen: TensorFacts, want: TensorFacts, tolerance: Tolerance | None, or_types: frozenset[str], path: str
) -> list[Finding]:
    findings = _type(seen, want, or_types, path) + _axes(seen.shape, want.shape, path)
    if seen.dtype != want.dtype:
        findings.append(Finding("dtype", path, format_dtype(seen.dtype), format_dtype(want.dtype)))
    if not same_device(seen.device, want.device):
        findings.append(Finding("device", path, seen.device, want.device))
    return findings + _values(seen, want, tolerance, path)


def _arrays(
    seen: ArrayFacts, want: ArrayFacts, tolerance: Tolerance | None, or_types: frozenset[str], path: str
) -> list[Finding]:
    findings = _type(seen, want, or_types, path) + _axes(seen.shape, want.shape, path)
    if seen.dtype != want.dtype:
        findings.append(Finding("dtype", path, format_dtype(seen.dtype), format_dtype(want.dtype)))
    return findings + _values(seen, want, tolerance, path)


def _values(seen: Memory, want: Memory, tolerance: Tolerance | None, path: str) -> list[Finding]:
    if seen.shape != want.shape or not has_values(seen, want):
        return []
    pair = numbers_of(seen, want)
    if same_values(seen, want, tolerance):
        # Beside a wrong dtype: readers need not look for wrong numbers as well.
        agrees = pair is not None and pair[0].numel() > 0 and seen.dtype != want.dtype
        return [Finding("values", path, say("as_expected"), "", agrees=True)] if agrees else []
    if pair is None:
        return [Finding("values", path, format_numbers(seen), format_numbers(want))]
    wrong = wrong_elements(*pair, tolerance)
    finite = bool((~torch.isfinite(pair[0]) & torch.isfinite(pair[1])).any())
    texts = _two_texts(seen, want, *pair, wrong)
    aspect, at = "finite" if finite else "values", _first(wrong) if _print_alike(seen, want) else None
    return [Finding(aspect, path, *texts, detail=_detail(*pair, wrong, tolerance), at=at)]


def _print_alike(seen: Memory, want: Memory) -> bool:
    """Whether PyTorch or NumPy print both the same: to a few digits, and of many elements the outermost."""
    return _printed(seen) == _printed(want)


def _printed(fact: Memory) -> str:
    return re.sub(r"\s|(?<=\.)0+\b", "", repr(fact.values))  # beside 1.5000 a one is 1.0000, by itself it is 1.


def _two_texts(
    seen: Memory, want: Memory, mine: torch.Tensor, theirs: torch.Tensor, wrong: torch.Tensor
) -> tuple[str, str]:
    """Both sides, with enough digits to distinguish them; of many elements the first that is wrong."""
    if wrong.numel() > SMALL:
        at = _first(wrong)
        one, other = _apart(mine[at], theirs[at])
        return say("element_at", value=one, index=list(at)), say("element_at", value=other, index=list(at))
    # Two numbers that differ must not read the same, as they may to six digits.
    few = format_numbers(seen), format_numbers(want)
    if few[0] != few[1]:
        return few
    return format_numbers(seen, digits=EVERY_DIGIT), format_numbers(want, digits=EVERY_DIGIT)


def _first(wrong: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in wrong.nonzero()[0])


def _apart(seen: torch.Tensor, want: torch.Tensor) -> tuple[str, str]:
    short = _one(seen, 8), _one(want, 8)
    return short if short[0] != short[1] else (_one(seen, EVERY_DIGIT), _one(want, EVERY_DIGIT))


def _one(element: torch.Tensor, digits: int) -> str:
    value = element.item()
    if not isinstance(value, float):
        return str(value)
    return repr(value) if digits >= EVERY_DIGIT else f"{value:.{digits}g}"


def _detail(seen: torch.Tensor, want: torch.Tensor, wrong: torch.Tensor, tolerance: Tolerance | None) -> str:
    """How many elements are wrong, the first of them, and with a tolerance how far off the worst is and may be."""
    count = _how_many(seen, want, wrong) if wrong.numel() > 1 else ""
    worst = _worst(seen, want, wrong, tolerance) if tolerance is not None else ""
    return say("and_then", first=count, second=worst) if count and worst else count or worst


def _how_many(seen: torch.Tensor, want: torch.Tensor, wrong: torch.Tensor) -> str:
    count, total, first = int(wrong.sum()), wrong.numel(), _first(wrong)
    if total > SMALL:  # then the row has the first one already
        return say("wrong_count", wrong=count, total=total)
    mine, theirs = _apart(seen[first], want[first])
    return say("wrong_count_first", wrong=count, total=total, index=list(first), seen=mine, expected=theirs)


def _worst(seen: torch.Tensor, want: torch.Tensor, wrong: torch.Tensor, tolerance: Tolerance) -> str:
    # Whole numbers are compared exactly: there is no allowance to report.
    if not seen.is_floating_point() and not seen.is_complex():
        return ""
    # nan and inf have no distance: one of them would hide the worst of the others.
    off = torch.where(wrong, (seen - want).abs(), 0.0).nan_to_num(0.0, posinf=0.0)
    if not bool(off.any()):
        return ""  # nothing but nan and inf
    at = tuple(int(i) for i in (off == off.max()).nonzero()[0])
    allowed = _in_digits(tolerance.atol + tolerance.rtol * float(want[at].abs()))
    if off.numel() > 1:
        return say("worst", off=_in_digits(float(off[at])), index=list(at), allowed=allowed)
    return say("off_by", off=_in_digits(float(off[at])), allowed=allowed)


def _items(seen: Items, want: Items, tolerance: Tolerance | None, or_types: frozenset[str], path: str) -> list[Finding]:
    findings = _type(seen, want, or_types, path)
    if (seen.keys is None) != (want.keys is None):
        # An accepted type may still be another kind of container.
        return findings or [Finding("type", path, seen.type_name, want.type_name)]
    if len(seen.items) != len(want.items):
        return [*findings, Finding("length", path, _count(seen), _count(want))]
    pairs = paired(seen, want)
    if pairs is None:
        return [*findings, Finding("keys", path, _keys(seen), _keys(want))]
    for key, seen_item, wanted_item in pairs:
        findings += differences(seen_item, wanted_item, tolerance, or_types, _part(path, key))
    return findings


def _keys(items: Items) -> str:
    return ", ".join(format_fact(key) for key in items.keys or ())


def _part(path: str, key: Fact | int) -> str:
    return f"{path}[{key if isinstance(key, int) else format_fact(key)}]"


def _count(items: Items) -> str:
    return say("items", count=len(items.items))


def _plains(
    seen: Plain, want: Plain, tolerance: Tolerance | None, or_types: frozenset[str], path: str
) -> list[Finding]:
    findings = _type(seen, want, or_types, path)
    if same_plain(seen.value, want.value, tolerance):
        return findings
    off_by = _off_by(seen, want, tolerance)
    return [*findings, Finding("values", path, format_fact(seen), format_fact(want), detail=off_by)]


def _off_by(seen: Plain, want: Plain, tolerance: Tolerance | None) -> str:
    off = distance(seen.value, want.value)
    if off is None or tolerance is None:
        return ""
    allowed = tolerance.atol + tolerance.rtol * abs(want.value)
    return say("off_by", off=_in_digits(off), allowed=_in_digits(allowed))


def _in_digits(size: float) -> str:
    """Three digits of a number, without an exponent where that is no longer than a few zeros."""
    short = f"{size:.3g}"
    return np.format_float_positional(float(short), trim="-") if 1e-7 < abs(size) < 1e7 else short


def changes(before: Fact, after: Fact, path: str) -> list[Finding]:
    """What a call changed about an argument that it was to leave as it was."""
    if unchanged(before, after):
        return []
    if isinstance(before, TensorFacts) and isinstance(after, TensorFacts):
        return [_tensor_change(before, after, path)]
    findings = [_as_change(f) for f in differences(after, before, path=path) if not f.agrees]
    # The same values: what changed is about a tensor inside, such as its version or layout.
    if not findings and isinstance(before, Items) and isinstance(after, Items):
        pairs = paired(before, after) or ()
        findings = [f for key, old, new in pairs for f in changes(old, new, _part(path, key))]
    return [*findings, *_array_changes(before, after, path, "strides", "writeable")]


def writing_flags(before: Fact, after: Fact, path: str) -> list[Finding]:
    """That a call made an array read-only, or one that was read-only writable."""
    return _array_changes(before, after, path, "writeable")


def _array_changes(before: Fact, after: Fact, path: str, *names: str) -> list[Finding]:
    """Which of these attributes of an array are others than before."""
    if not (isinstance(before, ArrayFacts) and isinstance(after, ArrayFacts)):
        return []
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return [
        Finding(
            "argument",
            path,
            say("attribute_is", attribute=name, value=new),
            say("attribute_is", attribute=name, value=old),
            about=name,
        )
        for name, old, new in pairs
        if old != new
    ]


def _as_change(finding: Finding) -> Finding:
    # none=False: that an argument became None does not say that the function returned nothing.
    return replace(finding, aspect="argument", expected=say("value_as_before", value=finding.expected), none=False)


def _tensor_change(before: TensorFacts, after: TensorFacts, path: str) -> Finding:
    """The first thing about a tensor that is not as it was."""
    name = changed_attribute(before, after)
    if name is not None:
        return _changed(name, getattr(after, name), getattr(before, name), path)
    if before.data != after.data:
        seen, want = format_numbers(after), format_numbers(before)
        if seen == want:
            seen = say("other_elements")  # of a large tensor only the number of elements is shown
        wrong = wrong_elements(after.values, before.values, None)
        at = _first(wrong) if bool(wrong.any()) and _print_alike(after, before) else None
        return Finding("argument", path, seen, say("value_as_before", value=want), at=at)
    if not same_bits(before.grad, after.grad):
        seen, want = (format_numbers(side.grad) if side.grad else say("none") for side in (after, before))
        return _changed(".grad", seen, want, path)
    # Only the version differs: the values that were there were written again.
    return Finding("argument", path, say("written_to"), say("not_written_to"), about="_version")


def _changed(attribute: str, seen: Any, want: Any, path: str) -> Finding:
    expected = say("attribute_as_before", attribute=attribute, value=want)
    return Finding("argument", path, say("attribute_is", attribute=attribute, value=seen), expected, about=attribute)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which they are shown."""
    return sorted(findings, key=lambda finding: ASPECTS.index(finding.aspect))
