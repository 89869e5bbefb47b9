"""torchmarks.checks.capture: what one call did, whatever the student's code returns or raises."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from torchmarks.checks.capture import Backward, default_incoming, watch
from torchmarks.checks.extent import MAX_TEXT
from torchmarks.checks.facts import Opaque
from torchmarks.checks.signatures import parameters_of

from .hostile import HOSTILE, HookedTensor


def seen_of(fn: Any, *args: Any, **kwargs: Any) -> Any:
    return watch(fn, args, kwargs, parameters_of(fn))


@pytest.mark.timeout(60)  # each takes milliseconds
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_result_is_told(make: Any) -> None:
    """Whatever a call returns becomes facts, without running a method of it."""
    seen = seen_of(lambda x: make(), torch.ones(2))

    assert seen.raised is None
    assert seen.result is not None


def test_a_generator_is_not_run() -> None:
    """A generator that is returned stays where it was."""
    ran = []

    def lazily() -> Iterator[int]:
        ran.append(1)
        yield 1

    assert seen_of(lazily).result == Opaque("generator")
    assert ran == []


def test_a_hooked_tensor_has_its_facts() -> None:
    """A tensor class with `__torch_function__` is read past it, sharing included."""
    x = torch.ones(2)

    seen = seen_of(lambda x: x.as_subclass(HookedTensor), x)

    assert seen.result.values.tolist() == [1.0, 1.0]
    assert ("", "x") in seen.shared


class OddError(ValueError):
    """An error that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "name", "message"),
    [
        (ValueError("bad"), "ValueError", "bad"),
        (SystemExit(3), "SystemExit", "3"),
        (OddError("x"), f"{OddError.__module__}.OddError", ""),
        (GeneratorExit(), "GeneratorExit", ""),
    ],
)
def test_errors_are_data(error: BaseException, name: str, message: str) -> None:
    """What a call raises is told by name, bases and message; an exit too, and an error that cannot be shown."""

    def raising() -> None:
        raise error

    raised = seen_of(raising).raised

    assert (raised.type_name, raised.message) == (name, message)
    assert "BaseException" in raised.bases


@pytest.mark.parametrize("backward", [False, True])
def test_ctrl_c_gets_through(backward: bool) -> None:
    """A person's Ctrl-C stops the test, in the call and in the backward pass."""

    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
            raise KeyboardInterrupt

    def interrupted(x: torch.Tensor) -> Any:
        if backward:
            return Stop.apply(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(interrupted, (torch.ones(1, requires_grad=True),), {}, ("x",), Backward())


def test_recursion_is_data() -> None:
    """Endless recursion is an error of the call, not of ours."""

    def again(n: int) -> int:
        return again(n + 1)

    assert seen_of(again, 0).raised.type_name == "RecursionError"


def test_prints_and_warnings_are_kept() -> None:
    """Printed text and warnings are kept and go no further; stderr does not count as printed text."""

    def loud() -> None:
        print("hello")
        print("aside", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)

    seen = seen_of(loud)

    assert seen.printed == "hello\n"
    assert seen.warnings == ("UserWarning: careful",)


def test_printed_text_is_bounded() -> None:
    """An endless print cannot fill the memory."""
    assert len(seen_of(lambda: print("x" * 50_000) or print("y")).printed) == MAX_TEXT


def test_grad_mode_is_restored() -> None:
    """A call that leaves gradients switched off is told, and they are on again."""
    seen = seen_of(lambda: torch.set_grad_enabled(False))

    assert seen.left == {"gradient recording": "off"}
    assert torch.is_grad_enabled()


def test_what_a_call_does_to_its_argument_is_seen() -> None:
    """Values before and after, another memory, another `.grad` object."""
    x = torch.ones(2, requires_grad=True)
    x.grad = torch.ones(2)

    def changes(x: torch.Tensor) -> None:
        x.data = torch.zeros(2)
        x.grad = torch.ones(2)

    seen = seen_of(changes, x)

    assert seen.arguments["x"].values.tolist() == [1.0, 1.0]
    assert seen.after["x"].values.tolist() == [0.0, 0.0]
    assert seen.kept_memory == {"x": False}
    assert seen.kept_grad == {"x": False}


def test_an_argument_that_joins_a_graph_warns_of_nothing() -> None:
    """An argument that becomes a computed tensor is looked at without PyTorch's warning about `.grad`."""
    w = torch.ones(2, requires_grad=True)

    seen = seen_of(lambda x: x.mul_(w), torch.ones(2))

    assert seen.raised is None
    assert not seen.after["x"].is_leaf


def test_sharing_and_identity_have_paths() -> None:
    """Items of results and arguments have dotted paths in what is shared and what is the same object."""
    x = torch.arange(4.0)
    seen = seen_of(lambda xs: (xs[0], {"tail": xs[0][2:]}, xs[0].clone()), [x])

    assert seen.objects == {("0", "xs.0")}
    assert seen.shared == {("0", "xs.0"), ("1.tail", "xs.0")}


@pytest.mark.timeout(60)
def test_a_thousand_results_are_compared() -> None:
    """Many results against many arguments stay within a bound on the work: a second, where every pair takes minutes."""
    seen = seen_of(lambda xs: [x[:1] for x in xs], [torch.ones(1) for _ in range(1500)])

    assert ("0", "xs.0") in seen.shared


def test_backward_leaves_gradients() -> None:
    """A backward pass fills the gradients of tensor arguments, those in a list under a dotted name."""
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)

    seen = watch(lambda x, ws: x * ws[0], (x, [w]), {}, ("x", "ws"), Backward(torch.tensor([1.0, 10.0])))

    assert seen.gradients["x"].values.tolist() == [1.0, 10.0]
    assert seen.gradients["ws.0"].values.tolist() == [1.0, 10.0]
    assert seen.backward_raised is None


def test_backward_of_a_constant_is_no_error() -> None:
    """A result outside the graph gets no backward pass; the gradients are what they were."""
    seen = watch(lambda x: x.detach(), (torch.ones(2, requires_grad=True),), {}, ("x",), Backward())

    assert seen.gradients == {"x": None}
    assert seen.backward_raised is None


def test_incoming_gradients_differ_in_every_element() -> None:
    """The default incoming gradient has no two equal elements and both signs, in the dtype asked for."""
    incoming = default_incoming((3, 4), torch.float64)

    assert incoming.unique().numel() == 12
    assert incoming.min() < 0 < incoming.max()
    assert incoming.flatten()[:3].tolist() == [1.0, 1.37, -1.74]
    assert default_incoming((), torch.float16).shape == ()


def test_arguments_beyond_the_parameters_are_numbered() -> None:
    """What a `*args` takes is called by its position."""
    assert set(watch(lambda *a: None, (1, 2), {"k": 3}).arguments) == {"argument 1", "argument 2", "k"}
