"""Oracles of 08-training: every step of every loop again in NumPy's float64. They register the simulated device."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import FLOATS, INTEGERS, written
from torchmarks.checks.sim import accelerator

from .calling import call, exact, flat, has_no_history, is_plain, near, refused, wide
from .drawing import LINES, shape, tensor, with_values

PLACES = ("cpu", accelerator().type)
ALLOWED = {torch.float32: (1e-3, 1e-4), torch.float64: (1e-8, 1e-9)}


def _leaf_or_plain(draw: Draw, t: torch.Tensor, place: str) -> torch.Tensor:
    return t.to(place).detach().requires_grad_(bool(draw.integer(0, 1)))


def strict_mse(answer: Any, draw: Draw) -> None:
    """Any equal shapes, and shapes that differ but would broadcast; gradients for both."""
    size, dtype, place = shape(draw, smallest=1), draw.choice(LINES), draw.choice(PLACES)
    other = draw.choice([size, size, (*size, 1), (1, *size), size[1:] or (1,), size[::-1], (2, *size)])
    p, t = (_leaf_or_plain(draw, tensor(draw, one, dtype), place) for one in draw.shuffled([size, other]))

    if size != other:
        refused(ValueError, answer, p, t)
        return
    loss = call(answer, p, t)

    is_plain(loss, (), dtype, place)
    gap = wide(p) - wide(t)
    near(loss, (gap**2).mean(), *ALLOWED[dtype])
    assert loss.requires_grad == (p.requires_grad or t.requires_grad)
    for leaf, sign in ((p, 1), (t, -1)):
        if leaf.requires_grad:
            (grad,) = torch.autograd.grad(loss, leaf, retain_graph=True)
            near(grad, sign * 2 * gap / gap.size, *ALLOWED[dtype])


def manual_gradients(answer: Any, draw: Draw) -> None:
    """Any sizes, either dtype and device, parameters that require grad; with recording, without, in inference mode."""
    N, D, dtype, place = draw.integer(1, 5), draw.integer(1, 4), draw.choice(LINES), draw.choice(PLACES)
    X, y = tensor(draw, (N, D), dtype).to(place), tensor(draw, (N,), dtype).to(place)
    w, b = (_leaf_or_plain(draw, tensor(draw, size, dtype), place) for size in ((D,), ()))
    mode = draw.choice([torch.enable_grad, torch.no_grad, torch.inference_mode])

    with mode():
        of_w, of_b = call(answer, X, y, w, b)

    gap = wide(X) @ wide(w) + wide(b) - wide(y)
    for grad, want in ((of_w, 2 * wide(X).T @ gap / N), (of_b, np.asarray(2 * gap.mean()))):
        is_plain(grad, want.shape, dtype, place)
        near(grad, want, *ALLOWED[dtype])
        has_no_history(grad)


def zero_gradients_(answer: Any, draw: Draw) -> None:
    """Any iterable of parameters of any dtype at any place: without a gradient, frozen with one, with inf and nan."""
    params = []
    for _ in range(draw.integer(0, 4)):
        dtype, size, place = draw.choice(FLOATS), shape(draw), draw.choice(PLACES)
        p = draw.leaf(size, dtype).detach().to(place).requires_grad_()
        if draw.integer(0, 2):
            p.grad = with_values(draw, [1.0, -2.0, math.inf, math.nan], size, dtype).to(place)
        params.append(p.requires_grad_(bool(draw.integer(0, 2))))
    if params and draw.integer(0, 1):
        (params[0] * 3).sum().backward() if params[0].requires_grad else None
    before = [flat(p) for p in params]

    given: Any = draw.choice([list, tuple, iter, lambda some: (p for p in some)])(params)
    call(answer, given, may_change=[given])

    for p, values in zip(params, before, strict=True):
        assert p.grad is None or not any(flat(p.grad))
        exact(p, values)
        if p.requires_grad:
            (p * 5).sum().backward()
            exact(p.grad, [5.0] * p.numel())


def _descent(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, lr: float, steps: int
) -> tuple[np.ndarray, float, list[float]]:
    """`w`, `b` and the losses of plain gradient descent on mean((X w + b - y)²)."""
    losses = []
    for _ in range(steps):
        gap = X @ w + b - y
        losses.append(float((gap**2).mean()))
        w, b = w - lr * 2 * X.T @ gap / len(y), b - lr * 2 * gap.mean()
    return w, float(b), losses


def fit(answer: Any, draw: Draw) -> None:
    """No, one or many steps; losses that fall, grow or are 0; either dtype and device."""
    N, D, dtype, place = draw.integer(1, 5), draw.integer(1, 3), draw.choice(LINES), draw.choice(PLACES)
    X, y = tensor(draw, (N, D), dtype), tensor(draw, (N,), dtype)
    if draw.integer(0, 4) == 0:
        y = torch.zeros(N, dtype=dtype)
    lr, steps = draw.choice([0.1, 0.01, 0.5, 1.0]), draw.choice([0, 1, 2, 3, 7])

    w, b, losses = call(answer, X.to(place), y.to(place), lr, steps)

    want_w, want_b, want = _descent(wide(X), wide(y), np.zeros(D), 0.0, lr, steps)
    scale = max([1.0, *map(abs, want_w), *want])
    is_plain(w, (D,), dtype, place)
    is_plain(b, (), dtype, place)
    has_no_history(w, b)
    rtol, atol = ALLOWED[dtype]
    near(w, want_w, rtol, atol * scale)
    near(b, want_b, rtol, atol * scale)
    _losses(losses, want, rtol, atol * scale)


def _losses(found: Any, want: list[float], rtol: float, atol: float) -> None:
    assert type(found) is list
    assert all(type(loss) is float for loss in found)
    assert len(found) == len(want)
    assert np.allclose(found, want, rtol=rtol, atol=atol), (found, want)


def LinearStack(answer: Any, draw: Draw) -> None:
    """One layer or several, sizes in a list or a tuple, any axes in front; parameters told apart by their shapes."""
    sizes = [draw.integer(1, 4) for _ in range(draw.integer(2, 4))]
    stack, other = answer(draw.choice([list, tuple])(sizes)), answer(sizes)

    parameters = list(stack.parameters())
    assert isinstance(stack, nn.Module)
    pairs = list(pairwise(sizes))
    shapes = sorted([(m, n) for n, m in pairs] + [(m,) for _, m in pairs])
    assert sorted(tuple(p.shape) for p in parameters) == shapes
    assert all(type(p) is nn.Parameter and p.requires_grad for p in parameters)
    assert sorted(tuple(t.shape) for t in stack.state_dict().values()) == shapes
    assert not {id(p) for p in parameters} & {id(p) for p in other.parameters()}
    weights = [p for p in parameters if p.dim() == 2]
    biases = [p for p in parameters if p.dim() == 1]
    distinct = len(set(pairs)) == len(pairs) and len(set(sizes[1:])) == len(sizes[1:])
    x = draw.tensor((*shape(draw, ranks=(0, 1, 2)), sizes[0]))
    for p in parameters:
        p.data.copy_(draw.tensor(tuple(p.shape)))

    y = call(stack, x)

    is_plain(y, (*x.shape[:-1], sizes[-1]), torch.float32)
    if distinct:
        of_shape = {tuple(p.shape): p for p in parameters}
        ordered = [(of_shape[m, n], of_shape[(m,)]) for n, m in pairs]
    elif [tuple(w.shape) for w in weights] == [(m, n) for n, m in pairs]:
        ordered = list(zip(weights, biases, strict=True))
    else:
        return  # which of two parameters of one shape is which, nobody can tell
    values = wide(x)
    for number, (weight, bias) in enumerate(ordered):
        values = values @ wide(weight).T + wide(bias)
        values = np.maximum(values, 0) if number < len(pairs) - 1 else values
    near(y, values, 1e-4, 1e-4)
    assert next(stack.to(torch.float64).parameters()).dtype == torch.float64


def classification_loss(answer: Any, draw: Draw) -> None:
    """Every integer dtype of labels, one class or many, scores up to the thousands; the gradient of the loss."""
    N, C, dtype, kind = draw.integer(1, 4), draw.choice([1, 2, 5, 120]), draw.choice(LINES), draw.choice(INTEGERS)
    place, wild = draw.choice(PLACES), draw.integer(0, 1)
    logits = tensor(draw, (N, C), dtype, *((-5000, 5000) if wild else (-4, 4)), expanded=False)
    logits = logits.to(place).detach().requires_grad_(bool(draw.integer(0, 1)))
    labels = tensor(draw, (N,), kind, 0, C - 1).to(place)

    loss = call(answer, logits, labels)

    is_plain(loss, (), dtype, place)
    scores, numbers = wide(logits), flat(labels)
    top = scores.max(1, keepdims=True)
    shares = np.exp(scores - top)
    logs = np.log(shares.sum(1)) + top[:, 0]
    picked = np.arange(N), numbers
    near(loss, np.asarray((logs - scores[picked]).mean()), *ALLOWED[dtype])
    assert loss.requires_grad == logits.requires_grad
    if logits.requires_grad:
        want = shares / shares.sum(1, keepdims=True)
        want[picked] -= 1
        (grad,) = torch.autograd.grad(loss, logits)
        near(grad, want / N, *ALLOWED[dtype])


class _Nested(nn.Module):
    """Submodules at two depths, a parameter of its own, one that is shared, a buffer, and layers with modes."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.ones(2))
        self.inner = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5)))
        self.tied = nn.Linear(2, 3)
        self.tied.weight = self.inner[0].weight
        self.register_buffer("kept", torch.zeros(1))


def make_optimizer(answer: Any, draw: Draw) -> None:
    """Frozen parameters with an old gradient, shared ones, some without a gradient, both modes; two steps."""
    model = draw.choice([_Nested, lambda: nn.Linear(2, 1), lambda: nn.Sequential(_Nested(), nn.Linear(2, 2))])()
    model.train(bool(draw.integer(0, 1)))
    lr = draw.choice([0.1, 1.0, 1e-3])
    parameters = list(model.parameters())
    for p in parameters:
        p.requires_grad_(p is parameters[0] or bool(draw.integer(0, 2)))
        p.grad = draw.tensor(tuple(p.shape)) if draw.integer(0, 2) else None

    optimizer = call(answer, model, lr)

    assert isinstance(optimizer, torch.optim.Optimizer)
    found = [p for group in optimizer.param_groups for p in group["params"]]
    assert sorted(map(id, found)) == sorted(id(p) for p in parameters if p.requires_grad)
    for _ in range(2):
        grads = [None if p.grad is None else wide(p.grad) for p in parameters]
        before = [wide(p) for p in parameters]
        optimizer.step()
        for p, grad, values in zip(parameters, grads, before, strict=True):
            near(p, values if grad is None or not p.requires_grad else values - lr * grad, 1e-5, 1e-6)
        for p in parameters:
            p.grad = draw.tensor(tuple(p.shape)) if draw.integer(0, 2) else None


class _Line(nn.Module):
    """x @ w + b, which notes the mode of each call."""

    def __init__(self, w: torch.Tensor, b: torch.Tensor) -> None:
        super().__init__()
        self.w, self.b, self.modes = nn.Parameter(w), nn.Parameter(b), []
        self.register_buffer("kept", torch.zeros(2, dtype=w.dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.modes.append(self.training)
        return x @ self.w[:, None] + self.b


def train_epoch(answer: Any, draw: Draw) -> None:
    """Batches of different sizes in a list or an iterator, left-over gradients, a model in either mode."""
    D, place, dtype, lr = draw.integer(1, 3), draw.choice(PLACES), draw.choice(LINES), draw.choice([0.1, 0.01])
    w, b = draw.tensor((D,), dtype), draw.tensor((), dtype)
    model = _Line(w.clone(), b.clone()).to(place).train(bool(draw.integer(0, 1)))
    if draw.integer(0, 1):
        for p in model.parameters():
            p.grad = torch.ones_like(p)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    sizes = [draw.integer(1, 4) for _ in range(draw.integer(1, 4))]
    batches = [(tensor(draw, (n, D), dtype).to(place), tensor(draw, (n, 1), dtype).to(place)) for n in sizes]

    given: Any = draw.choice([list, tuple, iter])(batches)
    mean = call(answer, model, optimizer, given, may_change=[model, optimizer])

    total, now, start = 0.0, wide(w), float(b)
    for x, y in batches:
        now, start, (loss,) = _descent(wide(x), wide(y)[:, 0], now, start, lr, 1)
        total += loss * len(x)
    assert type(mean) is float
    assert math.isclose(mean, total / sum(sizes), rel_tol=ALLOWED[dtype][0], abs_tol=ALLOWED[dtype][1])
    near(model.w, now, *ALLOWED[dtype])
    near(model.b, np.asarray(start), *ALLOWED[dtype])
    assert model.training
    assert model.modes == [True] * len(sizes)


def train_on(answer: Any, draw: Draw) -> None:
    """Arrays of any dtype, read-only and strided; a model of either dtype, moved from each place to each; no steps."""
    N, D, dtype = draw.integer(1, 4), draw.integer(1, 3), draw.choice(LINES)
    start, end = draw.choice(PLACES), draw.choice(PLACES)
    names = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"]
    X, y = (draw.array(size, draw.choice(names), low=0, high=3) for size in ((N, D), (N,)))
    if draw.integer(0, 2) == 0:
        X.flags.writeable = y.flags.writeable = False
    w, b = draw.tensor((D,), dtype), draw.tensor((), dtype)
    model = _Line(w.clone(), b.clone()).to(start)
    if draw.integer(0, 1):
        for p in model.parameters():
            p.grad = torch.ones_like(p)
    lr, steps = draw.choice([0.1, 0.01]), draw.choice([0, 1, 2, 5])

    losses = call(answer, model, X, y, draw.choice(written(end)), lr, steps, may_change=[model])

    now, base, want = _descent(X.astype(np.float64), y.astype(np.float64), wide(w), float(b), lr, steps)
    scale = max([1.0, *map(abs, now), *want])
    rtol, atol = ALLOWED[dtype]
    _losses(losses, want, rtol, atol * scale)
    for t in (*model.parameters(), *model.buffers()):
        assert (t.device.type, t.dtype) == (end, dtype)
    near(model.w, now, rtol, atol * scale)
    near(model.b, np.asarray(base), rtol, atol * scale)
