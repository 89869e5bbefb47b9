"""torchmarks.checks.capture: what one call did, whatever the student's code returns or raises."""

from __future__ import annotations

import collections
import functools
import math
import sys
import types
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from torchmarks.checks import capture
from torchmarks.checks.capture import Backward, default_incoming, parameters_of, take, watch
from torchmarks.checks.facts import ArrayFacts, Items, Opaque, Plain, TensorFacts


def seen_of(fn: Any, *args: Any, **kwargs: Any) -> Any:
    return watch(fn, args, kwargs, parameters_of(fn))


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(3.0),
        torch.empty(0, 2),
        torch.arange(6).reshape(2, 3).T,
        torch.ones(1, 2).expand(3, 2),
        torch.tensor([1.5, -0.0, math.inf], dtype=torch.bfloat16),
        torch.tensor([True, False]),
        torch.tensor([1 + 2j]).conj(),
        torch.tensor([1 + 2j]).conj().imag,  # its sign is a bit that PyTorch keeps beside the memory
        torch.from_numpy(np.ones((4, 2))[::2, :1]).squeeze(0)[:1, None],
        torch.arange(4.0).as_strided((1, 1), (3, 7)),
    ],
)
def test_facts_of_a_tensor(tensor: torch.Tensor) -> None:
    """The facts of a tensor of any layout hold its values, dtype, shape and strides."""
    facts = take(tensor)

    assert isinstance(facts, TensorFacts)
    assert torch.equal(facts.values, tensor)
    assert (facts.dtype, facts.shape, facts.stride) == (tensor.dtype, tuple(tensor.shape), tensor.stride())
    assert facts.is_contiguous == tensor.is_contiguous()


def test_facts_of_autograd() -> None:
    """A leaf, its `.grad`, its version and a computed tensor's operation are seen."""
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    with torch.no_grad():
        x.add_(1)

    leaf, computed = take(x), take(x * 2)

    assert (leaf.is_leaf, leaf.requires_grad, leaf.version, leaf.grad_fn) == (True, True, 1, None)
    assert leaf.grad.values.tolist() == [2.0, 2.0]
    assert (computed.is_leaf, computed.grad_fn, computed.grad) == (False, "MulBackward0", None)


def test_facts_of_an_array() -> None:
    """The facts of an array hold its values, strides in bytes and whether it can be written."""
    array = np.arange(6.0)[::-2]
    array.flags.writeable = False

    facts = take(array)

    assert isinstance(facts, ArrayFacts)
    assert facts.values.tolist() == [5.0, 3.0, 1.0]
    assert (facts.strides, facts.writeable, facts.dtype) == ((-16,), False, np.dtype("float64"))


@pytest.mark.parametrize(
    ("thing", "name", "value"),
    [
        (True, "bool", True),
        (2**60, "int", 2**60),
        (np.float64(1.5), "numpy.float64", 1.5),
        (np.bool_(True), "numpy.bool", True),
        (None, "NoneType", None),
        (torch.float16, "torch.dtype", torch.float16),
        (torch.device("meta"), "torch.device", torch.device("meta")),
    ],
)
def test_plain_values_keep_their_exact_type(thing: Any, name: str, value: Any) -> None:
    """A plain value is told with the name of its exact type."""
    assert take(thing) == Plain(name, value)


def test_containers_keep_type_and_order() -> None:
    """Lists, tuples, sizes and dicts are told item by item; an OrderedDict in the order that it was given later."""
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")

    assert take(torch.Size([2, 3])) == Items("torch.Size", (Plain("int", 2), Plain("int", 3)))
    assert [key.value for key in take(ordered).keys] == ["b", "a"]


def test_sets_have_one_order() -> None:
    """A set's own order differs between processes; its facts do not."""
    first, second = {"a", "b", "c", "d"}, {"d", "c", "b", "a"}

    assert take(first) == take(second)
    assert [item.value for item in take(first).items] == ["a", "b", "c", "d"]


class Raising:
    """Raises whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise RuntimeError("repr")


class Pretender:
    """Says that it is a tensor."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return torch.Tensor


class LyingDict(dict):  # type: ignore[type-arg]
    """Has other items than it says."""

    def items(self) -> Any:
        raise RuntimeError("no")

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no")


class EndlessList(list):  # type: ignore[type-arg]
    """Iterates for ever."""

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield 1


class HookedTensor(torch.Tensor):
    """Interferes with every operation."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError("hooked")


class BadMeta(type):
    """A class that does not tell its name."""

    @property
    def __module__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no")


def itself() -> list[Any]:
    items: list[Any] = [1]
    items.extend([items] * 12)
    return items


def hollow() -> torch.Tensor:
    tensor = torch.ones(3)
    tensor.untyped_storage().resize_(0)
    return tensor


HOSTILE = {
    "raises at everything": Raising,
    "pretends to be a tensor": Pretender,
    "a dict that lies": lambda: LyingDict(a=1),
    "a list without end": lambda: EndlessList([1, 2]),
    "a list that contains itself": itself,
    "a hooked tensor": lambda: torch.ones(2).as_subclass(HookedTensor),
    "a class without a name": lambda: BadMeta("X", (), {})(),
    "a generator": lambda: (n for n in range(3)),
    "a sparse tensor": lambda: torch.eye(3).to_sparse(),
    "a huge tensor": lambda: torch.empty(1).expand(5_000_000),
    "many items": lambda: list(range(50_000)),
    "a deep list": lambda: functools.reduce(lambda inner, _: [inner], range(500), []),
    "a huge int": lambda: 1 << 10_000,
    "a long text": lambda: "x" * 100_000,
    "a tensor without memory": hollow,
    "an inference tensor": lambda: torch.inference_mode()(lambda: torch.ones(2))(),
    "dict keys that raise": lambda: {Raising(): 1},
    "an array of objects": lambda: np.array([None, object()]),
    "a meta tensor": lambda: torch.empty(3, device="meta"),
}


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


def test_a_lying_dict_is_seen_as_it_is() -> None:
    """A subclass of dict is read by the methods of dict."""
    items = take(LyingDict(a=1))

    assert items.keys == (Plain("str", "a"),)


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
    """Printed text and warnings are told and go no further; stderr is no printed text."""

    def loud() -> None:
        print("hello")
        print("aside", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)

    seen = seen_of(loud)

    assert seen.printed == "hello\n"
    assert seen.warnings == ("UserWarning: careful",)


def test_printed_text_is_bounded() -> None:
    """An endless print cannot fill the memory."""
    assert len(seen_of(lambda: print("x" * 50_000) or print("y")).printed) == capture.MAX_TEXT


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


class Square(nn.Module):
    """Has a forward of its own."""

    def __init__(self, side: int, scale: float = 1.0) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor, mask: object = None) -> torch.Tensor:
        return x


class Caller:
    """An object that is called like a function."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x


def plain(x: int, y: int = 0, *, z: int = 0) -> None:
    """Takes two by position."""


@pytest.mark.parametrize(
    ("fn", "names"),
    [
        (plain, ("x", "y")),
        (torch.no_grad()(plain), ("x", "y")),
        (functools.cache(plain), ("x", "y")),
        (functools.wraps(plain)(lambda *args: None), ("x", "y")),
        (Square, ("side", "scale")),
        (Square(1), ("x", "mask")),
        (Square(1).forward, ("x", "mask")),
        (len, ()),
        (types.SimpleNamespace, ()),
        (Raising(), ()),
        (Caller(), ("x",)),
        (functools.partial(plain, 1), ("y",)),
        (functools.partial(plain, y=1), ("x",)),
    ],
    ids=[
        "function",
        "no_grad",
        "cache",
        "wraps",
        "class",
        "module",
        "method",
        "builtin",
        "no init",
        "raising",
        "callable",
        "partial",
        "partial by name",
    ],
)
def test_parameters_by_position(fn: Any, names: tuple[str, ...]) -> None:
    """Names of parameters are read without running anything, through decorators too."""
    assert parameters_of(fn) == names


def test_arguments_beyond_the_parameters_are_numbered() -> None:
    """What a `*args` takes is called by its position."""
    assert set(watch(lambda *a: None, (1, 2), {"k": 3}).arguments) == {"argument 1", "argument 2", "k"}


def test_a_tensor_without_memory_is_not_read() -> None:
    """A tensor whose storage was emptied under it is told as such: to read it could end the process."""
    assert take(hollow()) == Opaque("torch.Tensor", "memory_gone")
