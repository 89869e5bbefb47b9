"""torchmarks.checks.expect: every matcher accepts what it should and refuses what it should."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from torchmarks import CheckFailed, expect, inputs, leaf, observe, observe_backward
from torchmarks.checks.collecting import collecting
from torchmarks.checks.diagnosis import Diagnosis, recogniser
from torchmarks.checks.expect import Expectation
from torchmarks.errors import AuthorError

T = torch.tensor
Judge = Callable[[Any], Expectation]


def verdict(seen: Any, judge: Judge, **options: Any) -> list[str]:
    """The aspects that a chain finds wrong."""
    with collecting():
        expectation = expect(seen, **options)
        judge(expectation)
    return [finding.aspect for finding in expectation.call.findings()]


def same(x: Any) -> Any:
    return x


def view(x: torch.Tensor) -> torch.Tensor:
    return x[1:]


def copy(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


def expanded(x: torch.Tensor) -> torch.Tensor:
    return x.expand(3, *x.shape).clone()[:1].expand(3, *x.shape)


def parts(x: torch.Tensor) -> Any:
    return [x.clone(), {"tail": x[1:]}, (x,)]


def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def raises(x: torch.Tensor) -> torch.Tensor:
    raise IndexError(f"no such place on {x.device}")


def speaks(x: object) -> None:
    print("hi", x)


X = T([1.0, 2.0, 3.0])
W = leaf([1.0, 2.0, 3.0])

CASES: list[tuple[Callable[[Any], Any], Any, Judge, list[str]]] = [
    (same, X, lambda e: e.returned(X), []),
    (same, X, lambda e: e.returned(X + 1e-7, close=1e-5), []),
    (same, X, lambda e: e.returned(X + 1), ["values"]),
    (same, X, lambda e: e.returned(W), []),
    (same, (1, 2), lambda e: e.returned([1, 2], or_type=tuple), []),
    (same, (1, 2), lambda e: e.returned([1, 2], or_type=(set, tuple)), []),
    (same, (1, 2), lambda e: e.returned([1, 2]), ["type"]),
    (same, None, lambda e: e.returned(None), []),
    (raises, X, lambda e: e.returned(X), ["raised"]),
    (raises, X, lambda e: e.raised(IndexError), []),
    (raises, X, lambda e: e.raised(LookupError), []),
    (raises, X, lambda e: e.raised(ValueError, LookupError), []),
    (raises, X, lambda e: e.raised(ValueError), ["raised"]),
    (raises, X, lambda e: e.raised(IndexError, naming=("place", "cpu")), []),
    (raises, X, lambda e: e.raised(IndexError, naming=("place", "cuda")), ["raised"]),
    (same, X, lambda e: e.raised(ValueError), ["raised"]),
    (same, X, lambda e: e.is_the_same_object_as("x"), []),
    (copy, X, lambda e: e.is_the_same_object_as("x"), ["object"]),
    (copy, X, lambda e: e.is_not_the_same_object_as("x"), []),
    (same, X, lambda e: e.is_not_the_same_object_as("x"), ["object"]),
    (view, X, lambda e: e.shares_memory_with("x"), []),
    (copy, X, lambda e: e.shares_memory_with("x"), ["memory"]),
    (same, X, lambda e: e.same_memory_as("x"), []),
    (lambda x: x[None, :].squeeze(0), X, lambda e: e.same_memory_as("x"), []),
    (lambda x: x.as_strided((1, 3), (77, 1)), X[None], lambda e: e.same_memory_as("x"), []),
    (view, X, lambda e: e.same_memory_as("x"), ["memory"]),
    (copy, X, lambda e: e.same_memory_as("x"), ["memory"]),
    (copy, X, lambda e: e.shares_no_memory(), []),
    (view, X, lambda e: e.shares_no_memory(), ["memory"]),
    (parts, X, lambda e: e.shares_no_memory("x"), ["memory"]),
    (copy, X, lambda e: e.own_elements(), []),
    (expanded, X, lambda e: e.own_elements(), ["memory"]),
    (same, W, lambda e: e.is_leaf(requires_grad=True), []),
    (double, W, lambda e: e.is_leaf(), ["leaf"]),
    (double, X, lambda e: e.is_leaf(requires_grad=True), ["history"]),
    (double, W, lambda e: e.requires_grad(), []),
    (double, X, lambda e: e.requires_grad(), ["history"]),
    (double, W, lambda e: e.requires_grad(False), ["history"]),
    (double, X, lambda e: e.no_history(), []),
    (double, W, lambda e: e.no_history(), ["history"]),
    (lambda x: [x.detach(), (x * 2,)], W, lambda e: e.no_history(), ["history"]),
    (same, X, lambda e: e.on("cpu"), []),
    (lambda x: x.to("meta"), X, lambda e: e.on("cpu"), ["device"]),
    (speaks, 1, lambda e: e.printed("hi 1"), []),
    (speaks, 1, lambda e: e.printed("hi"), ["printed"]),
    (same, 3, lambda e: e.that(lambda seen: seen.value == 3, expected="3"), []),
    (same, 3, lambda e: e.that(lambda seen: seen.value == 4, expected="4"), ["check"]),
    (same, 3, lambda e: e.that(lambda seen: seen.result.shape == (), expected="a scalar"), ["check"]),
    (parts, X, lambda e: e.at(0).returned(X), []),
    (parts, X, lambda e: e.at(1).at("tail").shares_memory_with("x"), []),
    (parts, X, lambda e: e.at(0).shares_memory_with("x"), ["memory"]),
    (parts, X, lambda e: e.at(-1).at(0).is_the_same_object_as("x"), []),
    (parts, X, lambda e: e.at(7).returned(X), ["type"]),
    (parts, X, lambda e: e.at("tail").returned(X), ["type"]),
    (same, 1.5, lambda e: e.shares_memory_with("x"), ["type"]),
    (same, np.ones(2), lambda e: e.requires_grad(), ["type"]),
    (same, np.ones(2), lambda e: e.same_memory_as("x").is_the_same_object_as("x"), []),
    (lambda x: x.numpy(), X, lambda e: e.same_memory_as("x"), []),
]


@pytest.mark.parametrize(("fn", "argument", "judge", "aspects"), CASES)
def test_matchers(fn: Callable[[Any], Any], argument: Any, judge: Judge, aspects: list[str]) -> None:
    """Each matcher finds what it is for, and nothing where there is nothing."""
    fn = fn if fn.__name__ != "<lambda>" else _named(fn)

    assert verdict(observe(fn, argument), judge) == aspects


def _named(fn: Any) -> Any:
    fn.__name__ = "fn"
    return fn


def scaled(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return (w * x).sum()


def test_gradients() -> None:
    """The gradient of an argument is compared, and its absence in three ways."""
    seen = observe_backward(scaled, W, X)

    assert verdict(seen, lambda e: e.gradient("w", X).gradient("x", None).gradient("x", 0), may_change=True) == []
    assert verdict(seen, lambda e: e.gradient("w", X + 1), may_change=True) == ["gradient"]
    assert verdict(seen, lambda e: e.gradient("w", None), may_change=True) == ["gradient"]
    assert verdict(seen, lambda e: e.gradient("w", 0), may_change=True) == ["gradient"]
    assert verdict(seen, lambda e: e.gradient("x", X), may_change=True) == ["gradient"]


def test_the_gradients_of_a_backward_pass_are_no_change() -> None:
    """observe_backward fills `.grad` by itself; the call is not blamed for it."""
    assert verdict(observe_backward(scaled, W, X), lambda e: e) == []


def test_gradients_inside_a_list() -> None:
    """The gradient of a tensor in a list is named by a dotted path."""
    seen = observe_backward(lambda ws: ws[0] * 2, [leaf([1.0])], incoming=T([3.0]))

    assert verdict(seen, lambda e: e.gradient("ws.0", T([6.0]))) == []
    assert verdict(seen, lambda e: e.gradient("ws.0", T([7.0]))) == ["gradient"]


def halve_(w: torch.Tensor) -> torch.Tensor:
    return w.div_(2)


def replace(w: torch.Tensor) -> None:
    w.data = w.data / 2


def halve(w: torch.Tensor) -> None:
    w.div_(2)


def test_changes_in_place() -> None:
    """A change in place is compared by value and by memory, and asking for it allows it."""
    want = X / 2

    assert verdict(observe(halve_, X), lambda e: e.changed_in_place("w", want)) == []
    assert verdict(observe(halve, X), lambda e: e.changed_in_place("w", want)) == []
    assert verdict(observe(halve_, X), lambda e: e.changed_in_place("w", X)) == ["argument"]
    assert verdict(observe(replace, X), lambda e: e.changed_in_place("w", want)) == ["memory"]


def test_what_is_changed_in_place_can_still_be_written_to() -> None:
    """An array that holds the right numbers and was made read-only is not as it was asked for."""

    def half_and_freeze_(a: np.ndarray[Any, Any]) -> None:
        a /= 2
        a.flags.writeable = False

    seen = observe(half_and_freeze_, np.array([2.0, 4.0]))

    assert verdict(seen, lambda e: e.changed_in_place("a", np.array([1.0, 2.0]))) == ["argument"]


def test_arguments_are_to_stay_as_they_were() -> None:
    """A changed argument is found without saying, unless the name ends in `_` or the test allows it."""
    assert verdict(observe(halve, X), lambda e: e) == ["argument"]
    assert verdict(observe(halve, X), lambda e: e, may_change=("w",)) == []
    assert verdict(observe(halve, X), lambda e: e, may_change=True) == []
    assert verdict(observe(halve_, X), lambda e: e) == []


def test_what_a_test_says_wins_over_the_name() -> None:
    """`may_change=()` demands unchanged arguments of a function whose name ends in `_` too."""
    assert verdict(observe(halve_, X), lambda e: e, may_change=()) == ["argument"]
    assert verdict(observe(halve_, X), lambda e: e, may_change=False) == ["argument"]


def test_memory_is_part_of_staying() -> None:
    """An argument with the same values in another memory is a changed argument."""

    def swap(x: torch.Tensor) -> None:
        x.data = x.data.clone()

    assert verdict(observe(swap, X), lambda e: e) == ["argument"]


def test_another_gradient_object_is_a_change() -> None:
    """`.grad` must stay the very object, of each argument by itself."""

    def swap(a: torch.Tensor, b: torch.Tensor) -> None:
        a.add_(0)
        b.grad = b.grad.clone()

    found = verdict(observe(swap, X, leaf([1.0], grad=[2.0])), lambda e: e)

    assert found == ["argument", "argument"]


def test_grad_mode_is_part_of_staying() -> None:
    """A call that switches gradients off for everybody is found."""
    assert verdict(observe(lambda: torch.set_grad_enabled(False) and None), lambda e: e) == ["argument"]


def test_a_scenario_may_hold_functions() -> None:
    """The student's function among a scenario's arguments does not count as a changed argument."""

    def twice(same: Any, x: torch.Tensor) -> Any:
        return same(same(x))

    assert verdict(observe(twice, same, X), lambda e: e.returned(X)) == []


def test_a_renamed_parameter_is_told() -> None:
    """A student who names a parameter otherwise gets a failed check that says so, not an error of the author's."""
    found = verdict(observe(lambda t: t, X), lambda e: e.shares_memory_with("x"))

    assert found == ["parameters"]


def test_a_scenario_without_that_argument_is_the_authors_error() -> None:
    """A test that names an argument its own scenario lacks is a wrong test."""

    def once(same: Any, x: torch.Tensor) -> Any:
        return same(x)

    with pytest.raises(AuthorError, match="no argument named 'y'"):
        verdict(observe(once, same, X), lambda e: e.shares_memory_with("y"))


def test_in_place_the_first_failing_matcher_raises() -> None:
    """Without a collector a failed matcher raises, with all that is wrong so far."""

    def wrong(x: torch.Tensor) -> torch.Tensor:
        return x.add_(1).clone()

    with pytest.raises(CheckFailed) as caught:
        expect(observe(wrong, X)).returned(X)

    assert [row.label for row in caught.value.report.rows] == ["values", "x"]


def test_a_failed_check_survives_pickling() -> None:
    """A failed check crosses between the workers of a cluster."""
    with pytest.raises(CheckFailed) as caught:
        expect(observe(same, 1)).returned(2)

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_cell_reports_one_call() -> None:
    """Of many failing calls the one is reported that the misconception explains."""
    asked: list[tuple[int, int]] = []

    def recognise(failures: Any, passed: Any) -> tuple[int, Diagnosis]:
        asked.append((len(failures), len(passed)))
        return 1, Diagnosis("doubled", "Twice.", "print(1)", "https://example.org")

    def wrong(x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.numel() > 1 else x + 5

    with collecting() as collected:
        for x in (T([1.0]), T([1.0, 2.0]), T([3.0, 4.0]), T([0.0, 0.0])):
            expect(observe(wrong, x)).returned(x)
    token = recogniser.set(recognise)
    report = collected.report()
    recogniser.reset(token)

    assert asked == [(3, 1)]
    assert (report.misconception, report.subject) == ("doubled", "wrong")
    assert (report.why, report.next, report.link) == ("Twice.", "print(1)", "https://example.org")
    assert report.headline.startswith("wrong(tensor([1., 2.]))")
    assert (collected.calls, len(collected.failed)) == (4, 3)


def test_a_call_is_told_as_it_was_made() -> None:
    """What a test does to its arguments after the call changes nothing about the report."""
    x = T([1.0])
    with collecting() as collected:
        expect(observe(same, x)).returned(T([2.0]))
        x.fill_(9.0)

    assert collected.report().headline.startswith("same(tensor([1.]))")


def test_a_failing_call_says_whether_another_fails_alike() -> None:
    """By the very demands: what differs in the last digits fails, what is right passes, and a changed argument is
    another failure.
    """
    want = T([1 / 3], dtype=torch.float64)
    told: list[bool] = []

    def recognise(failures: Any, passed: Any) -> tuple[int, None]:
        (failure,) = failures
        others = (lambda x: want.clone(), lambda x: T([1 / 3]).double(), lambda x: x.add_(1) and want.clone())
        told.extend(failure.fails(observe(_named(other), X[:1])) for other in others)
        return 0, None

    with collecting() as collected:
        expect(observe(_named(lambda x: T([1 / 3]).double()), X[:1])).returned(want)
    token = recogniser.set(recognise)
    report = collected.report()
    recogniser.reset(token)

    assert told == [False, True, False]
    assert report.misconception == ""


def test_an_expected_error_is_forgiven() -> None:
    """A call that raises as asked is not a failure of the cell."""
    with collecting() as collected:
        expect(observe(raises, X)).raised(IndexError)

    assert collected.report() is None


def test_an_unwritten_exercise_is_never_what_was_asked_for() -> None:
    """NotImplementedError is told as not written, also where another error is expected."""

    def stub(x: object) -> None:
        raise NotImplementedError()

    with collecting() as collected:
        expect(observe(stub, 1)).raised(ValueError)

    assert collected.report().misconception == "not-written"


def test_an_expectation_shows_nothing_in_a_notebook() -> None:
    """The value of a cell's last line is an expectation: it displays as nothing, and reads well in a terminal."""
    expectation = expect(observe(same, 1)).returned(1)

    assert expectation._ipython_display_() is None
    assert repr(expectation) == "<same(1): as expected so far>"


def test_a_module_among_the_arguments() -> None:
    """A module and a method call in a scenario cross like tensors."""

    def through(same: Any, net: nn.Module, x: torch.Tensor) -> Any:
        return same(net(x))

    net = nn.Linear(3, 1)

    assert verdict(observe(through, same, net, X), lambda e: e.returned(net(X), close=1e-6)) == []


def test_a_gradient_given_as_zero_is_a_tensor_of_zeros() -> None:
    """want=0 accepts zeros as well as nothing; a 0-d tensor of zero is a value like any other."""
    seen = observe_backward(lambda w: (w * 0).sum(), inputs("a", "b").leaf((2,)))

    assert verdict(seen, lambda e: e.gradient("w", 0)) == []
    assert verdict(seen, lambda e: e.gradient("w", T(0.0))) == ["gradient"]


@pytest.mark.parametrize(
    "want",
    [
        list(range(6_000)),
        torch.zeros(80, 80).tolist(),
        [0, dict.fromkeys(range(2_501))],
        "x" * 10_001,
        1 << 5_000,
        torch.zeros(2_001, 2_000),
        torch.zeros(0, 5_000_000),
    ],
    ids=["list", "rows", "dict", "text", "int", "tensor", "empty"],
)
def test_nothing_too_large_to_be_compared_can_be_expected(want: Any) -> None:
    """Of it only the type is known, so that any list would be right where a long one is expected."""
    seen = observe(lambda: want)

    with pytest.raises(AuthorError, match=r"too large to be compared: .*smaller inputs"):
        expect(seen).returned(want)
    with pytest.raises(AuthorError, match="too large to be compared"):
        expect(observe(same, [0])).changed_in_place("x", want)
