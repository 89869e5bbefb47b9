"""torchmarks.checks.compare: what differs between a value seen and a value expected, and nothing else."""

from __future__ import annotations

import collections
import math
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.compare import ASPECTS, Finding, changes, differences, in_order
from torchmarks.checks.equality import Tolerance, alike
from torchmarks.checks.facts import Opaque
from torchmarks.checks.taking import take

nan, inf = math.nan, math.inf
NEAR = Tolerance.of(1e-3)


def found(seen: Any, want: Any, tolerance: Tolerance | None = None, *or_types: str) -> list[Finding]:
    return differences(take(seen), take(want), tolerance, frozenset(or_types))


def aspects(seen: Any, want: Any, tolerance: Tolerance | None = None, *or_types: str) -> list[str]:
    return [finding.aspect for finding in found(seen, want, tolerance, *or_types)]


T = torch.tensor
EQUAL = {
    "nan": (T([nan, 1.0]), T([nan, 1.0])),
    "complex nan": (T([complex(nan, 1)]), T([complex(nan, 1)])),
    "infinities": (T([inf, -inf]), T([inf, -inf])),
    "zeros of both signs": (T([0.0]), T([-0.0])),
    "no elements": (torch.empty(0, 3), torch.empty(0, 3)),
    "layouts": (torch.arange(6.0).reshape(2, 3).T, torch.tensor([[0.0, 3], [1, 4], [2, 5]])),
    "bfloat16": (T([1.5]).bfloat16(), T([1.5]).bfloat16()),
    "dicts in any order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "plain nan": (nan, nan),
    "text arrays": (np.array(["a", "b"]), np.array(["a", "b"])),
    "big endian": (np.array([1.5], dtype=">f8"), np.array([1.5], dtype=">f8")),
    "dates": (np.array(["2024-01-01"], dtype="M8[D]"), np.array(["2024-01-01"], dtype="M8[D]")),
    "long doubles": (np.array([1.5], dtype=np.longdouble), np.array([1.5], dtype=np.longdouble)),
    "uint64": (np.array([2**64 - 1], dtype=np.uint64), np.array([2**64 - 1], dtype=np.uint64)),
    "float8": (T([1.5]).to(torch.float8_e5m2), T([1.5]).to(torch.float8_e5m2)),
    "the first device": (torch.device("cuda"), torch.device("cuda:0")),
    "sets": ({3, 1}, {1, 3}),
    "objects of one class": (object(), object()),
    "meta": (torch.empty(2, device="meta"), torch.empty(2, device="meta")),
}


@pytest.mark.parametrize(("seen", "want"), EQUAL.values(), ids=EQUAL.keys())
def test_equal_values_have_no_differences(seen: Any, want: Any) -> None:
    """Equal values differ in nothing, whichever is expected, and with a tolerance too."""
    assert found(seen, want) == found(want, seen) == found(seen, want, NEAR) == []


DIFFERENT: dict[str, tuple[Any, Any, list[str]]] = {
    "values": (T([1.0, 2.0]), T([1.0, 2.5]), ["values"]),
    "the last bit": (T([1.0]), T([1.0 + 2**-23]), ["values"]),
    "int64 beyond 2**53": (T([2**60]), T([2**60 + 1]), ["values"]),
    "bool": (T([True]), T([False]), ["values"]),
    "complex": (T([1 + 2j]), T([1 + 3j]), ["values"]),
    "half a complex nan": (T([complex(nan, 1)]), T([complex(nan, 2)]), ["values"]),
    "nan": (T([nan]), T([1.0]), ["finite"]),
    "a nan expected": (T([1.0]), T([nan]), ["values"]),
    "sign of infinity": (T([inf]), T([-inf]), ["values"]),
    "shape": (torch.zeros(2, 3), torch.zeros(3, 2), ["shape"]),
    "axes": (torch.zeros(2, 1), torch.zeros(2), ["axes"]),
    "0-d": (T(1.0), T([1.0]), ["axes"]),
    "dtype": (T([1]), T([1.0]), ["dtype", "values"]),
    "dtype and values": (T([1]), T([1.5]), ["dtype", "values"]),
    "device": (torch.empty(2, device="meta"), torch.empty(2), ["device"]),
    "a Parameter": (torch.nn.Parameter(T([1.0])), T([1.0]), ["type"]),
    "a number for a tensor": (1.0, T(1.0), ["type"]),
    "a tensor for an array": (T([1.0]), np.array([1.0], dtype=np.float32), ["type"]),
    "None": (None, T([1.0]), ["type"]),
    "bool for int": (True, 1, ["type"]),
    "int for bool": (1, True, ["type"]),
    "a NumPy number": (np.float64(1.0), 1.0, ["type"]),
    "tuple for list": ((1,), [1], ["type"]),
    "length": ([1, 2], [1], ["length"]),
    "an item": ([1, T([2.0])], [1, T([3.0])], ["values"]),
    "keys": ({"a": 1}, {"b": 1}, ["keys"]),
    "a dict for a list": ({"a": 1}, [1], ["type"]),
    "an OrderedDict": (collections.OrderedDict(a=1), {"a": 1}, ["type"]),
    "text": ("a", "b", ["values"]),
    "text arrays": (np.array(["a"]), np.array(["b"]), ["values"]),
    "text for numbers": (np.array(["a"]), np.array([1.0]), ["dtype", "values"]),
    "another class": (object(), ValueError(), ["type"]),
    "a huge int": (10**400, 1.0, ["type", "values"]),
}


@pytest.mark.parametrize(("seen", "want", "expected"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_each_difference_is_found(seen: Any, want: Any, expected: list[str]) -> None:
    """Each kind of difference is found, and no other."""
    assert aspects(seen, want) == expected
    assert aspects([seen], [want]) == expected


@pytest.mark.parametrize("off", [0.0, 0.5, 0.99, 1.01, 2.0])
@pytest.mark.parametrize("value", [0.0, 1.0, -300.0])
def test_closeness_is_that_of_torch_testing(value: float, off: float) -> None:
    """With a tolerance the verdict is that of torch.testing.assert_close with the same numbers."""
    tolerance = Tolerance.of((1e-3, 1e-2))
    want = T([value], dtype=torch.float64)
    seen = want + off * (1e-2 + 1e-3 * abs(value))
    try:
        torch.testing.assert_close(seen, want, rtol=1e-3, atol=1e-2)
        close = True
    except AssertionError:
        close = False

    assert (found(seen, want, tolerance) == []) is close
    assert (found(float(seen), float(want), tolerance) == []) is close


def test_whole_numbers_are_never_merely_close() -> None:
    """A tolerance is for floats: ints and bools are compared exactly."""
    assert aspects(T([1000]), T([1001]), Tolerance.of(0.5)) == ["values"]
    assert aspects(1000, 1001, Tolerance.of(0.5)) == ["values"]


def test_other_types_can_be_accepted() -> None:
    """A type named by the test is accepted at any level, its values are still compared."""
    assert aspects((np.int64(1), 2), [1, 2], None, "tuple", "numpy.int64") == []
    assert aspects((np.int64(1), 3), [1, 2], None, "tuple", "numpy.int64") == ["values"]


def test_values_that_are_right_are_said_to_be() -> None:
    """When only the dtype is wrong, the row of the values says that they are as expected."""
    assert [(f.aspect, f.seen) for f in found(T([1.0]), T([1]))] == [("dtype", "float32"), ("values", "as expected")]


def test_numbers_carry_count_first_worst_and_allowance() -> None:
    """A difference within few elements tells how many, the first, the worst and what was allowed."""
    (finding,) = found(T([[1.0, 2.0], [3.5, 4.1]]), T([[1.0, 2.0], [3.0, 4.0]]), Tolerance.of(0.01))

    assert finding.seen == "[[1., 2.], [3.5, 4.1]]"
    assert finding.detail == (
        "2 of 4 wrong, the first at [1, 0]: seen 3.5, expected 3; "
        "the largest difference is 0.5, at [1, 0]; allowed is up to 0.04"
    )


def test_the_worst_is_not_the_first() -> None:
    """The worst element is found wherever it stands."""
    (finding,) = found(T([1.1, 2.5]), T([1.0, 2.0]), Tolerance.of((0.0, 0.01)))

    assert finding.detail == (
        "2 of 2 wrong, the first at [0]: seen 1.1, expected 1; "
        "the largest difference is 0.5, at [1]; allowed is up to 0.01"
    )


def test_of_many_elements_the_first_wrong_one_is_shown() -> None:
    """Of a large tensor the row shows the first wrong element and where it stands."""
    want = torch.zeros(5, 6)
    seen = want.clone()
    seen[2, 3], seen[4, 5] = 7, 8

    (finding,) = found(seen, want)

    assert (finding.seen, finding.expected) == ("7 at [2, 3]", "0 at [2, 3]")
    assert finding.detail == "2 of 30 wrong"


def test_digits_are_as_many_as_tell_two_numbers_apart() -> None:
    """Two numbers that differ never read the same."""
    (few,) = found(T([1.0]), T([1.0 + 2**-23]))
    (plain,) = found(0.1 + 0.2, 0.3)

    assert few.seen == "[1.]"
    assert few.expected == "[1.0000001192092896]"
    assert plain.seen != plain.expected


def test_a_single_number_tells_how_far_off_it_is() -> None:
    """One number with a tolerance tells the distance and the allowance, tensor or not."""
    (tensor,), (plain,) = (found(make(1.5), make(1.0), Tolerance.of((0.0, 0.1))) for make in (T, float))

    assert tensor.detail == plain.detail == "the difference is 0.5; allowed is up to 0.1"


def test_only_nan_has_no_worst() -> None:
    """Where all that is wrong is nan there is no distance to report."""
    (finding,) = found(T([nan, 1.0]), T([0.0, 1.0]), NEAR)

    assert finding.detail == "1 of 2 wrong, the first at [0]: seen nan, expected 0"


def changed(before: Any, after: Any) -> list[str]:
    return [f"{f.path}: {f.seen} / {f.expected}" for f in changes(take(before), take(after), "x")]


def with_grad(value: float | None) -> torch.Tensor:
    x = T([1.0], requires_grad=True)
    x.grad = None if value is None else T([value])
    return x


def touched() -> torch.Tensor:
    return T([1.0]).add_(0.0)


frozen = np.ones(1)
frozen.flags.writeable = False
CHANGES: dict[str, tuple[Any, Any, str]] = {
    "values": (T([1.0]), T([2.0]), "x: [2.] / [1.], as before the call"),
    "the sign of zero": (T([0.0]), T([-0.0]), "x: [-0.] / [0.], as before the call"),
    "shape": (T([1.0]), T([[1.0]]), "x: shape (1, 1) / shape (1,), as before the call"),
    "dtype": (T([1.0]), T([1]), "x: dtype torch.int64 / dtype torch.float32, as before the call"),
    "requires_grad": (T([1.0]), with_grad(None), "x: requires_grad True / requires_grad False, as before the call"),
    "grad": (with_grad(None), with_grad(2.0), "x: .grad [2.] / .grad None, as before the call"),
    "grad values": (with_grad(1.0), with_grad(2.0), "x: .grad [2.] / .grad [1.], as before the call"),
    "version": (T([1.0]), touched(), "x: written to in place / not written to"),
    "array": (np.ones(1), np.zeros(1), "x: [0.] / [1.], as before the call"),
    "read-only": (np.ones(1), frozen, "x: writeable False / writeable True"),
    "a list's length": ([1], [1, 2], "x: 2 items / 1 item, as before the call"),
    "a list's item": ([[1], 3], [[2], 3], "x[0][0]: 2 / 1, as before the call"),
    "a tensor in a dict": ({"w": T([1.0])}, {"w": touched()}, "x['w']: written to in place / not written to"),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_every_change_of_an_argument_is_found(before: Any, after: Any, expected: str) -> None:
    """Values, shape, dtype, requires_grad, `.grad` and version of an argument are watched, at every level."""
    assert changed(before, after) == [expected]
    assert changed(before, before) == []


def test_a_nan_is_no_change() -> None:
    """An argument with a nan that stays is unchanged."""
    assert changed(T([nan]), T([nan])) == changed([nan], [nan]) == []


def test_findings_are_told_in_one_order() -> None:
    """Errors first, attributes before values, the argument late."""
    mixed = [Finding(aspect, "", "", "") for aspect in ("argument", "values", "dtype", "shape", "type", "raised")]

    assert [f.aspect for f in in_order(mixed)] == ["raised", "type", "shape", "dtype", "values", "argument"]
    assert len(set(ASPECTS)) == len(ASPECTS)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (T([1.0]), T([1.0 + 1e-6]), True),
        (T([1.0]), T([1.1]), False),
        (T([1.0]), T([1.0], requires_grad=True), False),
        (T([1]), T([1.0]), False),
        (torch.ones(1).expand(2), torch.ones(2), False),
        ([T([1.0]), 2], [T([1.0]), 2], True),
        ({"a": 1, "b": T([1.0])}, {"b": T([1.0]), "a": 1}, True),
        (with_grad(1.0), with_grad(2.0), False),
        (with_grad(1.0), with_grad(None), False),
        (None, None, True),
    ],
)
def test_doing_the_same(a: Any, b: Any, same: bool) -> None:
    """Two facts are the same up to rounding when value, type, graph, gradient and overlap are."""
    assert alike(take(a), take(b)) is same


def test_a_tolerance_is_one_number_or_two() -> None:
    """One number stands for rtol and atol, a pair for each."""
    assert Tolerance.of(0.5) == Tolerance(0.5, 0.5)
    assert Tolerance.of((0.1, 0.2)) == Tolerance(rtol=0.1, atol=0.2)
    assert Tolerance.of(None) is None


def test_what_cannot_be_taken_is_told_from_its_type() -> None:
    """A tensor that is too large to be looked at is of the right type: the row says how it is large."""
    (finding,) = differences(Opaque("torch.Tensor", "too_deep"), take(T([1.0])))

    assert (finding.seen, finding.expected) == ("a Tensor (too many items or too deep)", "tensor([1.])")


def test_none_is_called_none() -> None:
    """Whatever was expected in its place."""
    assert ("None", "int") in [(finding.seen, finding.expected) for finding in found([None], [1])]
