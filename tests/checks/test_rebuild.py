"""torchmarks.checks.rebuild: the code of a call's arguments gives these very arguments, or there is none."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks import accelerator, inputs, leaf
from torchmarks.checks.capture import Backward
from torchmarks.checks.geometry import layout
from torchmarks.checks.literals import TooLarge, Unwritable
from torchmarks.checks.observe import Call
from torchmarks.checks.packing import pack
from torchmarks.checks.placing import notebook
from torchmarks.checks.rebuild import Rebuilt, rebuilt

T = torch.tensor
DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool)
LAYOUTS = ("contiguous", "transposed", "strided", "offset", "expanded")
ARRAYS = ("contiguous", "transposed", "strided", "offset", "fortran", "reversed")


def call(*args: Any, **kwargs: Any) -> Call:
    def f(*args: Any, **kwargs: Any) -> None: ...

    return Call(f, args, kwargs, tuple("abcd"[: len(args)]))


def code(*args: Any) -> str:
    """Lines and arguments as one text."""
    made = rebuilt(call(*args))
    return "; ".join([*made.lines, f"f({', '.join(made.args)})"])


def run(made: Rebuilt) -> list[Any]:
    space = notebook()
    exec("\n".join(made.lines), space)
    return [eval(text, space) for text in made.args]


def draw() -> Any:
    return inputs("01-tensors", "rebuilt")


TENSORS = list(itertools.product(DTYPES, LAYOUTS, [(3, 4), (2, 3, 2), (1, 5)]))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 2), (1, 5), (7, 7)], ids=str)
def test_a_tensor_of_any_layout(dtype: torch.dtype, kind: Any, shape: tuple[int, ...]) -> None:
    """Elements to the last bit, strides, offset and the size of the storage come back, whatever the dtype."""
    x = draw().tensor(shape, dtype, layout=kind)

    assert layout(pack(tuple(run(rebuilt(call(x)))))) == layout(pack((x,)))


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("grad", [True, False])
def test_a_leaf_of_any_layout(kind: Any, grad: bool) -> None:
    """A leaf is a leaf again, with its `.grad`."""
    w = draw().leaf((3, 2), layout=kind, grad=grad)
    (made,) = run(rebuilt(call(w)))

    assert made.is_leaf
    assert made.requires_grad
    assert layout(pack((made,))) == layout(pack((w,)))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8"])
@pytest.mark.parametrize("kind", ARRAYS)
@pytest.mark.parametrize("writeable", [True, False])
def test_an_array_of_any_layout(dtype: str, kind: Any, writeable: bool) -> None:
    """Negative steps, column-major memory and the read-only flag come back."""
    a = draw().array((3, 4), dtype, layout=kind)
    if not writeable:
        a.flags.writeable = False

    assert layout(pack(tuple(run(rebuilt(call(a)))))) == layout(pack((a,)))


X, A = torch.arange(6.0), np.arange(6.0)
TABLE = torch.arange(12.0).reshape(3, 4)
SHARED = {
    "a = torch.arange(6.); f(a, a[2:])": (X, X[2:]),
    "base = torch.arange(6.); f(base[::2], base[1::2])": (X[::2], X[1::2]),
    "a = torch.arange(6.); f(a, a)": (X, X),
    "a = torch.arange(6.); f(a, a.detach())": (X, X.detach()),
    "a = np.arange(6.); f(a, torch.from_numpy(a))": (A, torch.from_numpy(A)),
    "a = np.arange(6.); f(a, a[::-1])": (A, A[::-1]),
    "f(torch.tensor([[1, 2], [3, 4]]).t())": (T([[1, 2], [3, 4]]).t(),),
    "base = torch.arange(12.); f(base[1::4], base[:4])": (TABLE[:, 1], TABLE[0]),
    "f(np.array([9., 2., 3.])[::-1])": (np.array([9.0, 2.0, 3.0])[::-1],),
    "f(torch.tensor([[1, 2], [3, 4]])[:1])": (T([[1, 2], [3, 4]])[:1],),
    "f(torch.tensor([[1, 2], [3, 4]])[:, 1:])": (T([[1, 2], [3, 4]])[:, 1:],),
}


@pytest.mark.parametrize(("text", "args"), SHARED.items(), ids=SHARED.keys())
def test_views_are_views_of_one_base(text: str, args: tuple[Any, ...]) -> None:
    """What shares memory is written as views, as a person would, and shares it again."""
    assert code(*args) == text
    assert layout(pack(tuple(run(rebuilt(call(*args)))))) == layout(pack(args))


def test_a_leaf_beside_its_values_shares_their_memory() -> None:
    """A leaf and a view of its memory without history come back as two tensors in one memory."""
    w = leaf([1.0, 2.0], grad=[3.0, 4.0])
    args = (w, w.detach()[1:], [w])

    assert layout(pack(tuple(run(rebuilt(call(*args)))))) == layout(pack(args))


VALUES = {
    'f(torch.float32, torch.device("cpu"))': (torch.float32, torch.device("cpu")),
    "f([torch.nan, -torch.inf, -0.])": ([float("nan"), float("-inf"), -0.0],),
    "f({'x': (1,), 'y': {2}}, None)": ({"x": (1,), "y": {2}}, None),
    "f(torch.Size([2, 3]), np.float32(2.5), 1j)": (torch.Size([2, 3]), np.float32(2.5), 1j),
    "f(torch.tensor([torch.nan, torch.inf, -0.]))": (T([float("nan"), float("inf"), -0.0]),),
    "f(torch.tensor([]), torch.empty((0, 3)))": (T([]), torch.empty(0, 3)),
    "f(torch.sin, int, np.sqrt)": (torch.sin, int, np.sqrt),
    'a = torch.empty((5, 3), dtype=torch.float32, device="meta"); f(a)': (torch.empty(5, 3, device="meta"),),
    "f(torch.nn.Parameter(torch.tensor([1., 1.])))": (torch.nn.Parameter(torch.ones(2)),),
}


@pytest.mark.parametrize(("text", "args"), VALUES.items(), ids=VALUES.keys())
def test_values_read_as_one_would_write_them(text: str, args: tuple[Any, ...]) -> None:
    """Plain values, containers, dtypes and devices are code for a notebook with `np` and `torch`."""
    assert code(*args) == text


def test_tensors_on_the_accelerator() -> None:
    """The machine's accelerator is asked for, as a notebook has it: a student's may be another one."""
    device = accelerator()

    assert code(T([1.0, 2.0], device=device, requires_grad=True), device) == (
        "a = torch.tensor([1., 2.], device=accelerator(), requires_grad=True); f(a, accelerator())"
    )


def test_a_function_is_its_own_source() -> None:
    """A lambda stands there as it was written, with the values of the names that it reads before it."""
    p = T(2.0)

    assert code(lambda t: p * t**2) == "p = torch.tensor(2.); f(lambda t: p * t ** 2)"


def test_a_default_of_a_lambda_keeps_its_value() -> None:
    """A name that a default was made from has the value that it had then."""
    made = [lambda t, k=k: t * k for k in range(3)][2]

    assert code(made) == "k = 2; f(lambda t, k=k: t * k)"


def test_two_values_of_one_name_are_not_mixed_up() -> None:
    """Functions that read two values under one name cannot stand in one piece of code."""
    made = [(lambda k: lambda t: t * k)(n) for n in (1.5, 2.5)]

    with pytest.raises(Unwritable):
        code(*made)


def test_a_module_by_its_constructor_and_state() -> None:
    """A module of PyTorch's comes back with its parameters, not written to yet."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()).eval()
    (made,) = run(rebuilt(call(model)))

    assert not made.training
    assert all(torch.equal(a, b) for a, b in zip(made.parameters(), model.parameters(), strict=True))
    assert [p._version for p in made.parameters()] == [0, 0]


def test_frozen_parameters_of_a_module_by_their_place() -> None:
    """One in a sequence has a number, not a name."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sequential(torch.nn.Linear(3, 1)))
    model[1][0].bias.requires_grad_(False)
    (made,) = run(rebuilt(call(model)))

    assert [p.requires_grad for p in made.parameters()] == [True, True, True, False]


class Shifted(torch.nn.Module):
    """A module of a test's own, with nothing but forward."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x - self.centre)


Shifted.__module__ = "__main__"  # as that of a class of a notebook


def shifted() -> torch.nn.Module:
    model = Shifted()
    model.register_buffer("count", T(2))
    model.register_buffer("centre", T([0.5, -0.5]))
    model.inner = torch.nn.Linear(2, 1)
    return model


def of_its_own() -> torch.nn.Module:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    model.register_parameter("scale", torch.nn.Parameter(torch.ones(2)))
    model.register_parameter("shift", torch.nn.Parameter(torch.ones(2), requires_grad=False))
    return model


def sharing() -> torch.nn.Module:
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Sequential(torch.nn.Linear(3, 3)))
    model[1][0].weight = model[0].weight
    return model


def modes() -> torch.nn.Module:
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 3), torch.nn.Sequential(torch.nn.Dropout(0.25), torch.nn.Linear(3, 3))
    )
    model.eval()
    model[1][0].train()
    return model


@pytest.mark.parametrize("model", [shifted, of_its_own, sharing, modes, lambda: shifted().double()])
def test_a_module_with_more_to_it_than_its_constructor_makes(model: Any) -> None:
    """Buffers, parameters of its own, shared ones, each mode: all come back, in their order."""
    wanted = model()
    (made,) = run(rebuilt(call(wanted)))

    assert layout(pack((made,))) == layout(pack((wanted,)))
    assert [name for name, _ in made.named_modules()] == [name for name, _ in wanted.named_modules()]
    assert [part.training for part in made.modules()] == [part.training for part in wanted.modules()]
    assert [*made.state_dict()] == [*wanted.state_dict()]
    for one, other in [
        (made.named_parameters(), wanted.named_parameters()),
        (made.named_buffers(), wanted.named_buffers()),
    ]:
        assert [(name, x.dtype, x.requires_grad) for name, x in one] == [
            (name, x.dtype, x.requires_grad) for name, x in other
        ]
    x = torch.ones(2, 2 if isinstance(wanted, Shifted) else 3, dtype=next(wanted.parameters()).dtype)
    if model is not modes:
        assert torch.equal(made(x), wanted(x))


def test_a_class_of_the_test_is_one_line() -> None:
    """Its forward stands there as a lambda, without annotations."""
    made = rebuilt(call(shifted()))

    assert made.lines[0] == "class Shifted(torch.nn.Module): forward = lambda self, x: self.inner(x - self.centre)"
    assert made.lines[1:5] == [
        "a = Shifted()",
        "a.register_buffer('count', torch.tensor(2))",
        "a.register_buffer('centre', torch.tensor([0.5, -0.5]))",
        "a.inner = torch.nn.Linear(in_features=2, out_features=1, bias=True)",
    ]
    assert "centre" not in made.lines[5]


class WithInit(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)


def hooked() -> torch.nn.Module:
    model = torch.nn.Linear(2, 1)
    model.register_forward_hook(abs)
    return model


def twice_one_layer() -> torch.nn.Module:
    layer = torch.nn.Linear(2, 2)
    return torch.nn.Sequential(layer, torch.nn.Sequential(layer))


def with_an_attribute() -> torch.nn.Module:
    model = shifted()
    model.factor = 3
    return model


def with_a_gradient() -> torch.nn.Module:
    model = torch.nn.Linear(2, 1)
    model.weight.grad = torch.ones(1, 2)
    return model


@pytest.mark.parametrize("model", [WithInit, hooked, twice_one_layer, with_an_attribute, with_a_gradient])
def test_a_module_that_the_lines_would_make_another_one_has_none(model: Any) -> None:
    """A class with more than forward, a hook, one layer in two places, an attribute, a gradient: no lines."""
    with pytest.raises(Unwritable):
        code(model())


def test_the_incoming_gradient_of_the_test_is_there() -> None:
    """A backward pass starts from what the test gave."""
    with_backward = Call(len, (leaf([1.0]),), {}, ("x",), Backward(T([10.0])))

    assert rebuilt(with_backward).incoming == "torch.tensor([10.])"


def test_many_values_are_text() -> None:
    """Of many elements a compressed text stands there, and is restored to the last bit."""
    x = torch.randn(10, 10)
    made = rebuilt(call(x))

    assert made.lines[0] == "from torchmarks import restored"
    assert torch.equal(run(made)[0], x)


@pytest.mark.parametrize("thing", [object(), iter([1]), torch.nn.Bilinear], ids=["object", "iterator", "class"])
def test_no_code_is_better_than_wrong_code(thing: Any) -> None:
    """What has no exact code has none at all; a class of PyTorch's has."""
    if isinstance(thing, type):
        assert code(thing) == "f(torch.nn.Bilinear)"
        return
    with pytest.raises(Exception):  # noqa: B017, PT011 - some cannot even be copied
        code(thing)


def test_too_many_values_are_said_to_be() -> None:
    """A value beyond the limit has no code, for a reason of its own."""
    with pytest.raises(TooLarge):
        code(torch.randn(100, 100))


def test_no_name_of_the_notebook_gets_another_value() -> None:
    """A parameter that is named like something of the first cell is bound under another name."""
    made = rebuilt(Call(len, (leaf([1.0], grad=[2.0]),), {}, ("device",)))

    assert made.args == ["device_"]
