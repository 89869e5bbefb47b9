"""torchmarks.checks.equality: it says "same" exactly where `_compare` finds no difference."""

from __future__ import annotations

import copy
import math
from typing import Any
from unittest import mock

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from torchmarks.checks import formatting, sentences
from torchmarks.checks.compare import changes, differences
from torchmarks.checks.equality import ROUNDING, Tolerance, alike, same, unchanged
from torchmarks.checks.facts import Fact, Items, TensorFacts
from torchmarks.checks.taking import take

FLOATS = st.sampled_from([0.0, -0.0, 1.0, 1.0 + 1e-6, 1.1, -3.5, math.nan, math.inf, -math.inf, 1e-7])
WHOLE = st.sampled_from([0, 1, 2, -1, 2**53 + 1, 2**70])
DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool, torch.complex64
]  # fmt: skip
SHAPES = st.sampled_from([(), (1,), (2,), (3,), (0,), (0, 2), (2, 2), (30,)])


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    """Few shapes, dtypes and elements, so that two of them are often nearly the same."""
    shape, dtype = draw(SHAPES), draw(st.sampled_from(DTYPES))
    count = math.prod(shape)
    values = draw(st.lists(FLOATS, min_size=1, max_size=2)) * count
    t = torch.tensor(values[:count], dtype=torch.float64).reshape(shape)
    if not dtype.is_floating_point and not dtype.is_complex:
        t = t.nan_to_num(1.0, 2.0, 0.0).abs()
    t = t.to(dtype)
    if draw(st.integers(0, 7)) == 0:
        return t.to("meta")
    if draw(st.booleans()) and (dtype.is_floating_point or dtype.is_complex):
        t.requires_grad_()
        if draw(st.booleans()):
            t.grad = torch.full_like(t, draw(st.sampled_from([0.5, 0.5 + 1e-7, 2.0])))
    return t


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    kind = draw(st.sampled_from(["<f8", ">f8", "<f4", "<i8", "|b1", "<c16", "<U2", "M8[D]"]))
    values = np.array(draw(st.lists(st.sampled_from([0, 1, 2]), max_size=3)), dtype="<i8").astype(kind)
    a: np.ndarray[Any, Any] = values[::-1] if draw(st.booleans()) else values
    a.flags.writeable = draw(st.booleans())
    return a


PLAIN = st.one_of(
    FLOATS,
    WHOLE,
    st.sampled_from([None, True, "a", "b", b"a", 1j, 1 + 1e-7j, torch.float32, torch.int64]),
    st.sampled_from([torch.device("cpu"), torch.device("cuda"), torch.device("cuda:0"), np.float32(1), np.int64(1)]),
    st.builds(object),
)
VALUES = st.recursive(
    st.one_of(PLAIN, tensors(), arrays()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from(["a", "b", 1, None]), inner, max_size=2),
    ),
    max_leaves=4,
)
TOLERANCES = st.sampled_from([None, ROUNDING, Tolerance(0.0, 0.0), Tolerance(0.0, 0.2), Tolerance(math.inf, 0.0)])
TYPES = st.sampled_from([frozenset[str](), frozenset({"list", "int", "torch.Tensor", "numpy.float32"})])


def alike_by_findings(a: Fact | None, b: Fact | None) -> bool:
    """`alike`, written with findings."""
    if a is None or b is None:
        return a is b
    if any(not finding.agrees for finding in differences(a, b, ROUNDING)):
        return False
    if isinstance(a, TensorFacts) and isinstance(b, TensorFacts):
        graph = (a.requires_grad, a.is_leaf, a.own_elements) == (b.requires_grad, b.is_leaf, b.own_elements)
        return graph and alike_by_findings(a.grad, b.grad)
    if isinstance(a, Items) and isinstance(b, Items):
        entries = dict(zip(a.keys or range(len(a.items)), a.items, strict=True))
        others = dict(zip(b.keys or range(len(b.items)), b.items, strict=True))
        return all(alike_by_findings(entries[key], others[key]) for key in entries)
    return True


@settings(max_examples=400, deadline=None)
@given(VALUES, VALUES, TOLERANCES, TYPES)
def test_same_means_no_findings(a: Any, b: Any, tolerance: Tolerance | None, or_types: frozenset[str]) -> None:
    """For any two values, any tolerance and any types accepted, and for a value and a copy of it."""
    seen, want, again = take(a), take(b), take(copy.deepcopy(a))

    for mine, theirs in ((seen, want), (want, seen), (seen, again)):
        found = differences(mine, theirs, tolerance, or_types)
        assert same(mine, theirs, tolerance, or_types) is (not found)
        assert all(finding.agrees for finding in found) is (not found)  # a row that agrees never stands alone


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_unchanged_means_no_changes(a: Any, b: Any) -> None:
    """An argument is as it was exactly where no change is told."""
    before, after, again = take(a), take(b), take(copy.deepcopy(a))

    for one, other in ((before, after), (before, again)):
        assert unchanged(one, other) is (changes(one, other, "x") == [])


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_alike_means_no_findings_and_one_graph(a: Any, b: Any) -> None:
    """The comparison with an imitation says what findings and the graph say, in both directions."""
    one, other, again = take(a), take(b), take(copy.deepcopy(a))

    for x, y in ((one, other), (other, one), (one, again), (one, None), (None, None)):
        assert alike(x, y) is alike_by_findings(x, y)


@pytest.mark.parametrize("change", ["version", "stride", "requires_grad", "is_leaf", "grad", "data"])
def test_each_part_of_a_tensor_can_change(change: str) -> None:
    """A tensor of which one thing was changed is not as it was, and that thing is told."""
    before = take(torch.zeros(2, requires_grad=True))
    assert isinstance(before, TensorFacts)
    other: dict[str, Any] = {
        "version": 7,
        "stride": (2,),
        "requires_grad": False,
        "is_leaf": False,
        "grad": before,
        "data": before.data[:-1] + b"\x01",
    }
    after = msgspec.structs.replace(before, **{change: other[change]})

    assert not unchanged(before, after)
    assert len(changes(before, after, "x")) == 1


@pytest.mark.parametrize("tolerance", [None, ROUNDING])
def test_nan_is_nan_where_other_bits_differ(tolerance: Tolerance | None) -> None:
    """Equal elements are the same, whatever bits they are made of."""
    for dtype in (torch.float32, torch.complex64):
        a, b = (take(torch.tensor([math.nan, zero, math.inf], dtype=dtype)) for zero in (0.0, -0.0))
        assert same(a, b, tolerance)
        assert differences(a, b, tolerance) == []


def test_a_device_tells_apart() -> None:
    """Of a tensor without readable elements the device is the only difference."""
    a, b = take(torch.zeros(2, device="meta")), take(torch.zeros(2))

    assert not same(a, b)
    assert [finding.aspect for finding in differences(a, b)] == ["device"]


def test_nothing_is_formatted() -> None:
    """To compare two unequal values makes no text of either."""
    a, b = take({"x": [torch.rand(20), np.zeros(3), 1.5]}), take({"x": [torch.rand(20), np.ones(3), 2.5]})

    def refuse(*args: object, **kwargs: object) -> str:
        raise AssertionError("text was made")

    with mock.patch.object(formatting, "_numbers", refuse), mock.patch.object(sentences.Sentences, "__call__", refuse):
        with pytest.raises(AssertionError):
            differences(a, b)
        assert not same(a, b)
        assert not unchanged(a, b)
        assert not alike(a, b)
