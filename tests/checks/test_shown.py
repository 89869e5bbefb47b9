"""torchmarks.checks.shown: pasted into a notebook, the code of a message shows what the message says was seen."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks import CheckFailed, accelerator, expect, leaf, observe, observe_backward
from torchmarks.authoring.pasting import difference, outcome_of
from torchmarks.checks.collecting import collecting, counted
from torchmarks.checks.compare import in_order
from torchmarks.checks.judged import JudgedCall
from torchmarks.checks.report import Report

T = torch.tensor


def f(x: Any, *rest: Any) -> Any:
    return f.does(x, *rest)  # type: ignore[attr-defined]


def told(does: Callable[..., Any], judge: Callable[[], Any]) -> tuple[Report, JudgedCall]:
    """The report of a failing test of `f`, and the call."""
    f.does = does  # type: ignore[attr-defined]
    judged: list[JudgedCall] = []
    token = counted.set(judged)
    try:
        with collecting() as collected:
            judge()
    finally:
        counted.reset(token)
    report = collected.report()
    assert report is not None
    return report, judged[-1]


class Broken(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x * 1

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        raise ValueError("no way back")


def no_grad_left(x: torch.Tensor) -> torch.Tensor:
    torch.set_grad_enabled(False)
    return x * 2


def other_grad(x: torch.Tensor) -> torch.Tensor:
    x.grad = x.grad.clone() if x.grad is not None else None
    return x.detach() * 1


def endless(x: torch.Tensor) -> Any:
    return endless(x)


def _refuses(x: int) -> None:
    raise TypeError(f"not {object()!r} of {x}")


X, A = torch.arange(6.0), np.arange(6.0)
MATRIX = T([[1.0, 2.0], [3.0, 4.0]])
FAILURES: dict[str, tuple[Callable[..., Any], Callable[[], Any], str]] = {
    "raised": (lambda x: x.reshape(4), lambda: expect(observe(f, X)), "f(torch.arange(6.))"),
    "endless": (endless, lambda: expect(observe(f, X)), "except RecursionError as error: print(error)"),
    "no error, and nothing": (lambda x: None, lambda: expect(observe(f, 6)).raised(ValueError), "print(f(6))"),
    "type": (lambda x: x.tolist(), lambda: expect(observe(f, X)).returned(X), "type(f(torch.arange(6.)))"),
    "type of an item under a key of two": (
        lambda x: {("k", 1): (x,)},
        lambda: expect(observe(f, 1)).returned({("k", 1): (1.0,)}),
        "type(f(1)[('k', 1)][0])",
    ),
    "an item under a key of two": (
        lambda x: {("k", 1): [x]}, lambda: expect(observe(f, X)).returned({("k", 1): [X + 1]}), "[('k', 1)][0]",
    ),
    "an error that names an address": (_refuses, lambda: expect(observe(f, 6)).returned(6), "f(6)"),
    "length": (lambda x: [x], lambda: expect(observe(f, X)).returned([X, X]), "len(f(torch.arange(6.)))"),
    "keys": (lambda x: {"a": x}, lambda: expect(observe(f, 1)).returned({"b": 1}), "list(f(1))"),
    "shape": (lambda x: x[1:], lambda: expect(observe(f, X)).returned(X), "f(torch.arange(6.)).shape"),
    "axes": (lambda x: x[None], lambda: expect(observe(f, X)).returned(X), "f(torch.arange(6.)).shape"),
    "dtype": (lambda x: (1, x.double()), lambda: expect(observe(f, X)).at(1).returned(X), "[1].dtype"),
    "device": (lambda x: x.to("meta"), lambda: expect(observe(f, X)).on("cpu"), ".device"),
    "same object": (
        lambda x: x.clone(), lambda: expect(observe(f, X)).is_the_same_object_as("x"), "f(x) is x",
    ),
    "other object": (lambda x: x, lambda: expect(observe(f, X)).is_not_the_same_object_as("x"), "f(x) is x"),
    "own memory": (
        lambda x: x.clone(), lambda: expect(observe(f, X)).shares_memory_with("x"), "bool((result == 9).any())",
    ),
    "own memory of nines": (
        lambda x: x + 9, lambda: expect(observe(f, X)).shares_memory_with("x"), "bool((result == 7).any())",
    ),
    "shared memory": (
        lambda x: x[1:], lambda: expect(observe(f, X)).shares_no_memory(), "bool((result == 9).any())",
    ),
    "shared in bfloat16": (
        lambda x: x[1:], lambda: expect(observe(f, X.bfloat16())).shares_no_memory(), "bool((result == 9).any())",
    ),
    "shared by an array": (
        lambda x: x[1:], lambda: expect(observe(f, A)).shares_no_memory("x"), "bool((result == 9).any())",
    ),
    "shared truth values": (lambda x: x[1:], lambda: expect(observe(f, X > 2)).shares_no_memory(), "result"),
    "shared by an item": (lambda x: [x], lambda: expect(observe(f, X)).shares_no_memory(), "result"),
    "turned in the same memory": (lambda x: x.t(), lambda: expect(observe(f, MATRIX)).same_memory_as("x"), "result"),
    "an array turned": (lambda x: x.T, lambda: expect(observe(f, A.reshape(2, 3))).same_memory_as("x"), "result"),
    "shared elements": (lambda x: x[:1].expand(3), lambda: expect(observe(f, X)).own_elements(), "result"),
    "leaf": (lambda x: x * 1, lambda: expect(observe(f, leaf([1.0]))).is_leaf(), ".is_leaf"),
    "history": (lambda x: x * 1, lambda: expect(observe(f, leaf([1.0]))).no_history(), ".requires_grad"),
    "gradient": (
        lambda x: 2 * x,
        lambda: expect(observe_backward(f, leaf([1.0, 2.0]), incoming=T([1.0, 10.0]))).gradient("x", T([1.0, 1.0])),
        "x.grad",
    ),
    "a gradient of fixed weights": (
        lambda x: 2 * x, lambda: expect(observe_backward(f, leaf([1.0, 2.0]))).gradient("x", T([1.0, 1.0])), "x.grad",
    ),
    "no gradient": (
        lambda x: x.detach(), lambda: expect(observe_backward(f, leaf([1.0]))).gradient("x", T([1.0])), "print(x.grad)",
    ),
    "backward raised": (Broken.apply, lambda: expect(observe_backward(f, leaf([1.0]), incoming=T([1.0]))), ")"),
    "finite": (lambda x: x / 0, lambda: expect(observe(f, MATRIX)).returned(MATRIX), "]]))"),
    "values": (lambda x: x + 1, lambda: expect(observe(f, MATRIX.t())).returned(MATRIX), ".t())"),
    "values that print alike": (
        lambda x: (x, x + 1e-6), lambda: expect(observe(f, MATRIX)).returned((MATRIX, MATRIX)), "[1][0, 0].item()",
    ),
    "one that prints alike": (
        lambda x: x.float(), lambda: expect(observe(f, T(0.1))).returned(T(0.1) + 1e-7), ").item()",
    ),
    "one of many": (
        lambda x: x.index_fill(0, T([555]), 0),
        lambda: expect(observe(f, torch.ones(2000))).returned(torch.ones(2000)),
        "[555].item()",
    ),
    "an argument that prints alike": (lambda x: x.add_(1e-6), lambda: expect(observe(f, MATRIX)), "x[0, 0].item()"),
    "a gradient that prints alike": (
        lambda x: 2 * x,
        lambda: expect(observe_backward(f, leaf([1.0]), incoming=T([1.0]))).gradient("x", T([2.000001])),
        "x.grad[0].item()",
    ),
    "an argument behind an error that was asked for": (
        lambda x: x.add_(1).view(5), lambda: expect(observe(f, X)).raised(RuntimeError), "x",
    ),
    "None": (lambda x: None, lambda: expect(observe(f, X)).returned(X), "print(f(torch.arange(6.)))"),
    "None among items": (
        lambda x: [1, None], lambda: expect(observe(f, X)).returned([1, 2]), "print(f(torch.arange(6.))[1])"
    ),
    "None for a plain value": (lambda x: None, lambda: expect(observe(f, 6)).returned(5), "print(f(6))"),
    "None for a plain item": (lambda x: (x, None), lambda: expect(observe(f, 6)).returned((6, 5)), "print(f(6)[1])"),
    "a changed argument": (lambda x: x.add_(1), lambda: expect(observe(f, X)), "x"),
    "a changed item": (lambda x: x[0].add_(1), lambda: expect(observe(f, [X])), "x[0]"),
    "a changed attribute": (lambda x: x.requires_grad_(), lambda: expect(observe(f, X)), "x.requires_grad"),
    "a write of the same values": (
        lambda x: x.mul_(1), lambda: expect(observe(f, X)), "x._version - before  # how many times it was written to",
    ),
    "a gradient that appears": (
        lambda x: (x * 2).sum().backward(), lambda: expect(observe(f, leaf([1.0]))), "x.grad",
    ),
    "another gradient": (other_grad, lambda: expect(observe(f, leaf([1.0], grad=[2.0]))), "x.grad is before"),
    "another gradient where a change was asked for": (
        other_grad,
        lambda: expect(observe(f, leaf([1.0], grad=[2.0])), may_change=["x"]).keeps_grad("x"),
        "x.grad is before",
    ),
    "the gradient mode": (no_grad_left, lambda: expect(observe(f, X)), "print(torch.is_grad_enabled())"),
    "the default dtype": (
        lambda x: torch.set_default_dtype(torch.float64), lambda: expect(observe(f, X)), "set_default_dtype(before)",
    ),
    "the default device": (
        lambda x: torch.set_default_device("meta"), lambda: expect(observe(f, X)), "set_default_device(None)",
    ),
    "the default device, an accelerator": (
        lambda x: torch.set_default_device(accelerator()),
        lambda: expect(observe(f, X)),
        "set_default_device(None)",
    ),
    "printed": (lambda x: print("a"), lambda: expect(observe(f, X)).printed("b"), "f(torch.arange(6.))"),
    "any check": (
        lambda x: x.t(), lambda: expect(observe(f, MATRIX)).that(lambda s: s.result.is_contiguous, expected="it"), "))",
    ),
    "a check that says where to look": (
        lambda x: x.t(),
        lambda: expect(observe(f, MATRIX)).that(lambda s: s.result.is_contiguous, expected="it", look=".stride()"),
        "]])).stride()",
    ),
    "contiguous": (lambda x: x.t(), lambda: expect(observe(f, MATRIX)).is_contiguous(), ".is_contiguous()"),
}  # fmt: skip


@pytest.mark.parametrize(("does", "judge", "last"), FAILURES.values(), ids=FAILURES.keys())
def test_the_last_line_shows_what_was_seen(does: Any, judge: Any, last: str) -> None:
    """Whatever is wrong, the outcome of the last line is what the first row says, and there are four lines at most."""
    report, call = told(does, judge)
    space = {"torch": torch, "np": np, "f": f}

    assert report.code[-1].endswith(last)
    assert len(report.code) <= 4
    assert difference(outcome_of(report.code, space), call.seen, in_order(call.findings())[0]) == ""
    assert torch.is_grad_enabled()
    assert (torch.get_default_dtype(), torch.get_default_device().type) == (torch.float32, "cpu")


def test_a_scenario_is_its_steps() -> None:
    """The steps of a docstring are the code, with the arguments in their places; a value used twice has a name."""

    def after_backward(init: Any, start: torch.Tensor) -> Any:
        """
        >>> w = init({start}, 0.5)
        >>> (3 * w).sum().backward()
        >>> w.grad, {start}
        """
        w = init(start, 0.5)
        (3 * w).sum().backward()
        return w.grad, start

    def init(start: torch.Tensor, scale: float) -> torch.Tensor:
        return (scale * start).requires_grad_()

    with pytest.raises(CheckFailed) as failed:
        expect(observe(after_backward, init, T([1.0, 2.0]))).at(0).returned(T([1.0, 1.0]))

    assert failed.value.report.code == (
        "start = torch.tensor([1., 2.])", "w = init(start, 0.5)", "(3 * w).sum().backward()", "(w.grad, start)[0]"
    )  # fmt: skip


def _written(x: torch.Tensor) -> torch.Tensor:
    x.copy_(x.clone())
    return x * 2


@pytest.mark.parametrize("wrong", [lambda x: (2 * x).detach(), lambda x: (2 * x).sum().item(), lambda x: [2 * x]])
@pytest.mark.parametrize("incoming", [None, T([1.0, 10.0])])
def test_the_lines_for_a_missing_gradient_show_it_for_the_right_answer(incoming: Any, wrong: Any) -> None:
    """Where nothing went backward, from a result that is not a tensor either, the lines do as soon as they can: a
    repaired function shows its gradient."""
    report, _ = told(
        wrong,
        lambda: expect(observe_backward(f, leaf([1.0, 2.0]), incoming=incoming)).gradient("x", T([2.0, 20.0])),
    )
    printed = []
    for answer in (wrong, lambda x: 2 * x):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            exec("\n".join(report.code), {"torch": torch, "f": answer})
        printed.append(text.getvalue())

    assert len(report.code) <= 4
    assert printed[0] == "None\n"
    assert printed[1].startswith("tensor([ 2., 20.])" if incoming is not None else "tensor([")


def _without_grad_mode(x: torch.Tensor) -> torch.Tensor:
    torch.set_grad_enabled(False)
    return x * 2


@pytest.mark.parametrize(
    ("does", "last"),
    [
        (_written, "x._version - before  # how many times it was written to"),
        (_without_grad_mode, "z; print(torch.is_grad_enabled()); torch.set_grad_enabled(True)"),
    ],
)
def test_what_the_call_in_an_earlier_step_changes_is_looked_at_before_it(does: Any, last: str) -> None:
    """Of an argument that it writes into, and of a setting that it leaves changed; each is shown as it was seen."""

    def in_two_steps(f: Any, x: torch.Tensor) -> Any:
        """
        >>> x = {x}; y = f(x)
        >>> z = y + 1; z
        """
        return f(x) + 1

    report, call = told(does, lambda: expect(observe(in_two_steps, f, T([1.0, 2.0]))).returned(T([3.0, 5.0])))
    space = {"torch": torch, "np": np, "f": f}

    assert report.code[-1] == last
    assert difference(outcome_of(report.code, space), call.seen, in_order(call.findings())[0]) == ""
    assert torch.is_grad_enabled()


def test_a_result_of_none_inside_a_scenario_is_no_lost_return() -> None:
    """Where steps go on after the student's call, None need not be what their function returned."""

    def grad_of(init: Any) -> Any:
        """
        >>> w = init()
        >>> w.grad
        """
        return init().grad

    def init() -> torch.Tensor:
        return T([1.0])

    with pytest.raises(CheckFailed) as failed:
        expect(observe(grad_of, init)).returned(T([1.0]))

    assert failed.value.report.misconception == ""
    assert failed.value.report.code[-1] == "print(w.grad)"


def test_a_test_that_changes_its_arguments_afterwards() -> None:
    """The code has the arguments as they were when the call failed."""
    x = torch.arange(3.0)
    report, _ = told(lambda x: x, lambda: (expect(observe(f, x)).returned(x + 1), x.zero_()))

    assert report.code == ("f(torch.tensor([0., 1., 2.]))",)


def test_a_step_that_binds_a_name_to_itself_is_left_out() -> None:
    """`x = {x}` gives no `x = x` where the argument has its name already; what else stands on the line stays."""

    def summed(double: Any, x: Any, v: Any) -> Any:
        """
        >>> x, v = {x}, {v}; x = {x}; y = double(x) * v
        >>> y
        """
        return double(x) * v

    def double(x: torch.Tensor) -> torch.Tensor:
        return x

    with pytest.raises(CheckFailed) as failed:
        expect(observe(summed, double, T([1.0, 2.0]), 3)).returned(T([6.0, 12.0]))

    assert failed.value.report.code == ("x = torch.tensor([1., 2.])", "v = 3; y = double(x) * v", "y")


def test_a_step_is_told_as_it_was_taken() -> None:
    """Of a condition that a parameter decides the part that was taken alone is written."""

    def branch(double: Any, n: int, computed: bool, often: bool) -> Any:
        """
        >>> double({n} * 1 if {computed} else {n}) + (2 if {often} else 3)
        """
        return double(n * 1 if computed else n) + (2 if often else 3)

    def double(x: int) -> int:
        return x

    with pytest.raises(CheckFailed) as failed:
        expect(observe(branch, double, 4, computed=False, often=True)).returned(10)

    assert failed.value.report.code == ("double(4) + (2)",)


def test_a_step_that_a_condition_leaves_out_is_no_line() -> None:
    """Of `step if {asked} else None` nothing is left where it is not asked for."""

    def summed(double: Any, x: int, asked: bool) -> Any:
        """
        >>> print(1) if {asked} else None
        >>> double({x})
        """
        return double(x)

    def double(x: int) -> int:
        return x

    codes = []
    for asked in (False, True):
        with pytest.raises(CheckFailed) as failed:
            expect(observe(summed, double, 3, asked=asked)).returned(6)
        codes.append(failed.value.report.code)

    assert codes == [("double(3)",), ("print(1)", "double(3)")]


def test_the_last_of_several_statements_on_a_line_is_looked_at() -> None:
    """Where the last step is `a; b; c` it is a part of c that is shown."""

    def both(double: Any, x: Any) -> Any:
        """
        >>> y = double({x}); y, y + 1
        """
        y = double(x)
        return y, y + 1

    def double(x: int) -> int:
        return x

    with pytest.raises(CheckFailed) as failed:
        expect(observe(both, double, 3)).at(1).returned(7)

    assert failed.value.report.code == ("y = double(3)", "(y, y + 1)[1]")
