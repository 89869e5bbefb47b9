"""Oracles of 06-autograd-in-depth: derivatives and central differences by hand in NumPy's float64."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import FLOATS

from .calling import addresses, call, exact, flat, has_no_history, is_plain, near, wide
from .drawing import LINES, leafy, shape, with_values
from .formulas import ITSELF, MAPS, TWICE, shape_of_value

ALLOWED = {torch.float32: (1e-4, 1e-5), torch.float64: (1e-9, 1e-9)}


def _must_notice(graph: torch.Tensor) -> None:
    """Backward through a graph whose numbers were overwritten raises."""
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        graph.sum().backward()


def sgd_step_(answer: Any, draw: Draw) -> None:
    """A leaf of any shape, also a view of something larger; with and without a gradient, recording on and off."""
    dtype, size, lr = draw.choice(LINES), shape(draw), draw.choice([0.1, 1, 0.5, 1e-3, 2])
    whole = draw.tensor((*size, 2), dtype)
    w = whole[..., 1] if draw.integer(0, 1) else whole[..., 1].clone()
    w.requires_grad_()
    grad = draw.tensor(size, dtype) if draw.integer(0, 3) else None
    w.grad = grad
    before, kept = wide(w), None if grad is None else flat(grad)
    others, where, partner = flat(whole[..., 0]), addresses(w.detach()), w.detach()
    with torch.enable_grad():
        graph = w**2

    with torch.set_grad_enabled(draw.integer(0, 1) == 0):
        result = call(answer, w, lr, may_change=[w])

    assert result is w
    assert (w.is_leaf, w.requires_grad) == (True, True)
    is_plain(w, size, dtype)
    assert w.grad is grad
    assert np.array_equal(addresses(w.detach()), where)
    exact(whole[..., 0], others)
    if grad is None:
        exact(w, before.reshape(-1).tolist())
        return
    exact(grad, kept or [])
    near(w, before - lr * wide(grad), *ALLOWED[dtype])
    exact(partner, flat(w))
    _must_notice(graph)
    w.grad = None
    (w * 3).sum().backward()
    exact(w.grad, [3.0] * w.numel())


def safe_sqrt(answer: Any, draw: Draw) -> None:
    """Any float dtype, shape and layout: zeros of either sign, the smallest number, infinities, negative ones."""
    dtype, size = draw.choice(FLOATS), shape(draw)
    limits = torch.finfo(dtype)
    some = [0.0, -0.0, 1e-2, 4.0, -9.0, limits.tiny, -limits.tiny, limits.max, -limits.max, math.inf, -math.inf, 0.3]
    x = with_values(draw, [*some, *([1e-8] if dtype in LINES else [])], size, dtype)
    x.requires_grad_(bool(draw.integer(0, 2)))
    if x.requires_grad and draw.integer(0, 1):
        x.grad = torch.ones_like(x)

    root = call(answer, x)

    is_plain(root, size, dtype)
    allowed = (1e-6, 1e-5) if dtype in LINES else (0.02, 0.02)
    numbers = wide(x)
    positive = numbers > 0
    want = np.sqrt(np.where(positive, numbers, 0))
    near(root, want, allowed[0])
    assert root.requires_grad == x.requires_grad
    if x.requires_grad:
        v = with_values(draw, [1.0, -2.0, 0.5], size, dtype)
        (grad,) = torch.autograd.grad(root, x, v)
        with np.errstate(divide="ignore"):
            near(grad, np.where(positive, wide(v) / (2 * np.where(positive, want, 1)), 0), allowed[1])


def second_derivative(answer: Any, draw: Draw) -> None:
    """Curves, lines and the argument itself, on a tensor of any kind with an entry."""
    dtype, (f, want) = draw.choice(LINES), draw.choice(TWICE)
    x = leafy(draw, shape(draw, smallest=1), dtype)

    second = call(answer, f, x)

    is_plain(second, x.shape, dtype)
    near(second, want(wide(x)), *ALLOWED[dtype])
    has_no_history(second)


def Square(answer: Any, draw: Draw) -> None:
    """Values, the gradient for any incoming one, the second derivative, and what is overwritten before backward."""
    dtype, size = draw.choice(LINES), shape(draw)
    x, v, u = leafy(draw, size, dtype), draw.tensor(size, dtype), draw.tensor(size, dtype)

    y = call(answer.apply, x)

    is_plain(y, size, dtype)
    near(y, wide(x) ** 2, *ALLOWED[dtype])
    assert y.requires_grad == x.requires_grad
    if not x.requires_grad:
        return
    v.requires_grad_()
    before = flat(v)
    (grad,) = torch.autograd.grad(y, x, v, create_graph=True)
    near(grad, 2 * wide(x) * wide(v), *ALLOWED[dtype])
    exact(v, before)
    of_x, of_v = torch.autograd.grad(grad, [x, v], u)
    near(of_x, 2 * wide(v) * wide(u), *ALLOWED[dtype])
    near(of_v, 2 * wide(x) * wide(u), *ALLOWED[dtype])
    middle = x * 1
    z = answer.apply(middle)
    middle.detach().mul_(2)
    _must_notice(z)
    if draw.integer(0, 9) == 0:
        own = draw.tensor((3,), torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(answer.apply, (own,))
        assert torch.autograd.gradgradcheck(answer.apply, (own,))


def numerical_gradient(answer: Any, draw: Draw) -> None:
    """Functions of torch and of NumPy, parameters that require grad, small and large steps, any shape and kind."""
    x, p = leafy(draw, shape(draw), draw.choice(LINES)), draw.leaf((), torch.float64)
    kind, h = draw.integer(0, 3), draw.choice([1e-5, 1e-3, 0.5, 10.0])

    def value(a: np.ndarray) -> float:
        return float([np.sum(a**3), np.sin(a).sum(), np.abs(a).sum(), a.sum() ** 2 * float(p)][kind])

    def f(t: torch.Tensor) -> torch.Tensor:
        assert t.dtype == torch.float64
        assert not t.requires_grad
        made = [lambda: (t**3).sum(), lambda: torch.tensor(np.sin(t.numpy()).sum()), lambda: t.abs().sum()]
        return [*made, lambda: t.sum() ** 2 * p][kind]()

    slopes = call(answer, f, x) if h == 1e-5 and draw.integer(0, 1) else call(answer, f, x, h)

    want, own = np.zeros(tuple(x.shape)), wide(x)
    for place in np.ndindex(*own.shape):
        ahead, behind = own.copy(), own.copy()
        ahead[place] += h
        behind[place] -= h
        want[place] = (value(ahead) - value(behind)) / (2 * h)
    is_plain(slopes, x.shape, torch.float64)
    near(slopes, want, 1e-7, 1e-7)
    has_no_history(slopes)
    assert p.grad is None


class _Wrong(torch.autograd.Function):
    """t * t with a backward pass that a factor and an entry make wrong, or that ignores the incoming gradient."""

    @staticmethod
    def forward(t: torch.Tensor, how: str) -> torch.Tensor:
        return t * t

    @staticmethod
    def setup_context(ctx: Any, given: tuple[torch.Tensor, str], output: torch.Tensor) -> None:
        ctx.save_for_backward(given[0])
        ctx.how = given[1]

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        (t,) = ctx.saved_tensors
        right = 2 * t * grad
        if ctx.how == "entry":
            right = right.clone(memory_format=torch.contiguous_format)
            right.view(-1)[-1] *= 1.011
        mixed = right + grad.reshape(-1).roll(1).reshape(grad.shape) - grad  # right for the sum of the outputs
        wrong = {"ignored": 2 * t, "percent": right * 0.989, "mixed": mixed}
        return wrong.get(ctx.how, right), None


def passes_gradcheck(answer: Any, draw: Draw) -> None:
    """Right functions, with x itself in them; wrong by a percent, in one entry, in a part, deaf to the gradient."""
    size = draw.choice([(2,), (3,), (2, 2), (1, 4), (2, 1, 2)])
    x = leafy(draw, size, draw.choice(LINES))
    with torch.no_grad():
        x.copy_(draw.tensor(size, x.dtype, low=0.5, high=2))
    functions: list[tuple[Callable[[torch.Tensor], torch.Tensor], bool]] = [
        (torch.sin, True), (lambda t: (t**3).sum(), True), (lambda t: t * x.detach().double(), True),
        (lambda t: t.reshape(-1).cumsum(0), True), (lambda t: _Wrong.apply(t, "right"), True),
        (lambda t: t.detach() * 2 + t * 0, False), (lambda t: t.detach() * t, False),
        (lambda t: _Wrong.apply(t, "percent"), False), (lambda t: _Wrong.apply(t, "entry"), False),
        (lambda t: _Wrong.apply(t, "ignored"), False), (lambda t: t.detach() * 2, False),
        (lambda t: _Wrong.apply(t, "mixed"), False),
    ]  # fmt: skip
    fn, right = draw.choice(functions)

    said = call(answer, fn, x)

    assert said is right


def clip_hook(answer: Any, draw: Draw) -> None:
    """A leaf with and without `.grad`, or a result; two passes; another branch beside; the handle ends it."""
    dtype, size, c = draw.choice(LINES), shape(draw), draw.choice([1.0, 0.5, 3, 1e-3])
    w = draw.leaf(size, dtype, grad=bool(draw.integer(0, 1)))
    other = draw.leaf(size, dtype)
    old = np.zeros(size) if w.grad is None else wide(w.grad)
    computed = bool(draw.integer(0, 1))
    t = w * 2 if computed else w
    factor = 2.0 if computed else 1.0

    handle = call(answer, t, c)

    passes = [draw.tensor(size, dtype, -5, 5) for _ in range(3)]
    want, others, allowed = old, np.zeros(size), (ALLOWED[dtype][0], ALLOWED[dtype][1] * 10)
    for number, v in enumerate(passes):
        if number == 2:
            handle.remove()
        arriving = wide(v) if number == 2 else np.clip(wide(v), -c, c)
        before = flat(v)
        (t + other).backward(v, retain_graph=True)
        exact(v, before)
        want, others = want + factor * arriving, others + wide(v)
        near(w.grad, want, *allowed)
        near(other.grad, others, *allowed)


def floored_softmax(answer: Any, draw: Draw) -> None:
    """Any shape and kind with an entry, large entries, no floor, one that leaves nothing."""
    dtype, size, floor = draw.choice(LINES), shape(draw, smallest=1), draw.choice([0.0, 0.05, 0.2, 0.4, 1.5, -1.0])
    x = leafy(draw, size, dtype)
    large = draw.integer(0, 3) == 0
    if large:
        with torch.no_grad():
            x.copy_(with_values(draw, [1000.0, 1001.0, -1000.0, 998.5], size, dtype))
    powers = np.exp(wide(x) - wide(x).max())
    shares = powers / powers.sum()
    if floor > 0 and np.abs(shares - floor).min() < 2e-3:
        return

    y = call(answer, x, floor)

    allowed = (1e-6, 1e-6) if dtype == torch.float64 else (1e-3, 1e-3) if large else (1e-4, 1e-5)
    is_plain(y, size, dtype)
    kept = shares >= floor
    near(y, shares * kept, *allowed)
    assert not any(value for value, stays in zip(flat(y), kept.reshape(-1), strict=True) if not stays)
    assert y.requires_grad == x.requires_grad
    if x.requires_grad:
        v = draw.tensor(size, dtype)
        (grad,) = torch.autograd.grad(y, x, v)
        near(grad, shares * (wide(v) * kept - (wide(v) * kept * shares).sum()), *allowed)


def jacobian(answer: Any, draw: Draw) -> None:
    """Results of any shape and layout, a single number, the argument itself; an input of any kind."""
    dtype, one = draw.choice(LINES), draw.choice([*MAPS, ITSELF])
    x = leafy(draw, shape(draw, smallest=1), dtype)

    J = call(answer, one.torch, x)

    size = shape_of_value(one, x)
    rows = []
    for place in np.ndindex(*size):
        unit = np.zeros(size)
        unit[place] = 1
        rows.append(one.pulled(wide(x), unit))
    is_plain(J, (*size, *x.shape), dtype)
    near(J, np.array(rows).reshape((*size, *x.shape)), *ALLOWED[dtype])
    has_no_history(J)
