"""Oracles of 05-gradients: derivatives by hand in NumPy's float64."""

from typing import Any

import numpy as np
import torch
from torch import nn

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES, FLOATS, INTEGERS

from .calling import call, exact, flat, has_no_history, is_plain, near, share, wide
from .drawing import LINES, leafy, shape, tensor
from .formulas import ENTRYWISE, ITSELF, LOSSES, MAPS, shape_of_value

ALLOWED = {torch.float32: (1e-4, 1e-5), torch.float64: (1e-9, 1e-9), **dict.fromkeys(FLOATS[2:], (1e-2, 1e-2))}


def line_table(answer: Any, draw: Draw) -> None:
    """All of one dtype, or positions of integers; one line, one position."""
    K, N, dtype = draw.integer(1, 4), draw.integer(1, 4), draw.choice([*LINES, torch.int64])
    positions = draw.choice([dtype, torch.int64])
    x, w, b = tensor(draw, (N,), positions), tensor(draw, (K,), dtype), tensor(draw, (K,), dtype)
    if dtype == torch.int64 and draw.integer(0, 1):
        w, b = w + 2**50, b + 1

    table = call(answer, x, w, b)

    is_plain(table, (K, N), dtype)
    want = [[slope * position + start for position in flat(x)] for slope, start in zip(flat(w), flat(b), strict=True)]
    if dtype == torch.int64:
        exact(table, [number for row in want for number in row])
    else:
        near(table, want, *ALLOWED[dtype])


def init_weight(answer: Any, draw: Draw) -> None:
    """Any dtype, shape and layout; leaves, results, no elements; with recording on and off."""
    dtype, size, scale = draw.choice(DTYPES), shape(draw), draw.choice([1.0, 0.5, 0.0, -2.0, draw.number()])
    start = leafy(draw, size, dtype, expanded=True) if dtype.is_floating_point else tensor(draw, size, dtype)
    if start.requires_grad and draw.integer(0, 1):
        start = start * 2
    with torch.set_grad_enabled(draw.integer(0, 2) > 0):
        weight = call(answer, start, scale)

    kind = dtype if dtype.is_floating_point else torch.float32
    is_plain(weight, size, kind)
    near(weight, wide(start) * scale, *ALLOWED[kind])
    assert (weight.is_leaf, weight.requires_grad, weight.grad) == (True, True, None)
    assert not share(weight.detach(), start.detach())
    with torch.enable_grad():
        (weight * 3).sum().backward()
    exact(weight.grad, [3.0] * weight.numel())


def line_gradients(answer: Any, draw: Draw) -> None:
    """Ints and floats, zeros and negative ones, beyond what float32 tells apart."""
    some = [0, 3, -4, 2**24 + 1, 0.5, -0.1, 0.0, draw.number(), draw.integer(-99, 99), True]
    x, w, b = (draw.choice(some) for _ in range(3))

    results = call(answer, x, w, b)

    assert type(results) is tuple
    y, dx, dw, db = results
    for t in (y, dw, db):
        is_plain(t, (), torch.float32)
    near(y, np.float32(w) * float(np.float32(x)) + np.float32(b), 1e-4, 1e-5 + 1e-6 * abs(b))
    assert y.requires_grad
    assert y.grad_fn is not None
    assert dx is None
    exact(dw, [float(np.float32(x))])
    exact(db, [1.0])
    has_no_history(dw, db)


def trainable_leaves(answer: Any, draw: Draw) -> None:
    """Leaves, views that are leaves, parameters, with and without `.grad`; results, plain tensors; no tensors."""
    tensors, want = [], []
    for _ in range(draw.integer(0, 6)):
        kind, dtype, size = draw.integer(0, 8), draw.choice(FLOATS), shape(draw)
        own = draw.leaf(size, dtype, grad=bool(draw.integer(0, 1)))
        view = draw.tensor((2, *size), dtype)[1].requires_grad_()
        parameter, frozen = nn.Parameter(own.detach()), nn.Parameter(own.detach(), requires_grad=False)
        others = [own * 2, own.detach(), own.reshape(-1), frozen, draw.tensor(size, draw.choice(INTEGERS))]
        retained = own * 3
        retained.retain_grad()
        t = [own, view, parameter, retained, *others][kind]
        tensors.append(t)
        want += [t] * (kind < 3)
    if tensors and draw.integer(0, 3) == 0:
        tensors.append(tensors[0])
        want += [one for one in want[:1] if one is tensors[0]]

    found = call(answer, tensors)

    assert type(found) is list
    assert found is not tensors
    assert list(map(id, found)) == list(map(id, want))


def grad_history(answer: Any, draw: Draw) -> None:
    """No, one or several losses, the same one twice; a tensor of any kind, shape and layout."""
    dtype, losses = draw.choice(LINES), [draw.choice(LOSSES) for _ in range(draw.integer(0, 4))]
    w = leafy(draw, shape(draw), dtype, expanded=True)

    history = call(answer, [one.torch for one in losses], w)

    assert type(history) is list
    assert len(history) == len(losses)
    total = np.zeros(tuple(w.shape))
    for number, (entry, one) in enumerate(zip(history, losses, strict=True)):
        total = total + one.pulled(wide(w), np.ones(()))
        is_plain(entry, w.shape, dtype)
        near(entry, total, *ALLOWED[dtype])
        has_no_history(entry)
        assert not share(entry, w.detach())
        assert not any(share(entry, other) for other in history[:number])


def vjp(answer: Any, draw: Draw) -> None:
    """Results of any shape and layout; x and v of any kind."""
    dtype, one = draw.choice(LINES), draw.choice([*MAPS, ITSELF])
    x = leafy(draw, shape(draw, ranks=(0, 1, 2, 3)), dtype, expanded=True)
    v = leafy(draw, shape_of_value(one, x), dtype, expanded=True)

    grad = call(answer, one.torch, x, v)

    is_plain(grad, x.shape, dtype)
    near(grad, one.pulled(wide(x), wide(v)), *ALLOWED[dtype])
    has_no_history(grad)


def mid_grad(answer: Any, draw: Draw) -> None:
    """Layers of any shape over an input of any kind."""
    dtype, f, g = draw.choice(LINES), draw.choice(MAPS), draw.choice(LOSSES)
    x = leafy(draw, shape(draw), dtype, expanded=True)

    grads = call(answer, f.torch, g.torch, x)

    assert type(grads) is tuple
    of_h, of_x = grads
    pulled = g.pulled(np.asarray(f.value(wide(x))), np.ones(()))
    is_plain(of_h, pulled.shape, dtype)
    is_plain(of_x, x.shape, dtype)
    near(of_h, pulled, *ALLOWED[dtype])
    near(of_x, f.pulled(wide(x), pulled), *ALLOWED[dtype])
    has_no_history(of_h, of_x)


def frozen_branch(answer: Any, draw: Draw) -> None:
    """Functions with parameters of their own and without, or x itself; with recording on and off."""
    dtype, size = draw.choice(LINES), shape(draw)
    f, g = draw.choice([*ENTRYWISE, ITSELF]), draw.choice([*ENTRYWISE, ITSELF])
    x, p, q = leafy(draw, size, dtype), draw.leaf((), dtype), draw.leaf((), dtype)
    of_f, of_g = bool(draw.integer(0, 1)), bool(draw.integer(0, 1))

    def first(t: torch.Tensor) -> torch.Tensor:
        return f.torch(t) * p if of_f else f.torch(t)

    def second(t: torch.Tensor) -> torch.Tensor:
        return g.torch(t) * q if of_g else g.torch(t)

    recording = draw.integer(0, 3) > 0
    with torch.set_grad_enabled(recording):
        y = call(answer, first, second, x)

    factor_f, factor_g = float(p) if of_f else 1.0, float(q) if of_g else 1.0
    left = f.value(wide(x)) * factor_f
    is_plain(y, size, dtype)
    near(y, left * g.value(wide(x)) * factor_g, *ALLOWED[dtype])
    assert (p.grad, q.grad) == (None, None)
    assert y.requires_grad == (recording and (x.requires_grad or of_g))
    if y.requires_grad:
        v = draw.tensor(size, dtype)
        of_x, of_p, of_q = torch.autograd.grad(y, [x.requires_grad_(), p, q], v, allow_unused=True)
        assert of_p is None
        if of_g:
            near(of_q, (wide(v) * left * g.value(wide(x))).sum(), ALLOWED[dtype][0], ALLOWED[dtype][1] * 10)
        if of_x is not None:
            near(of_x, g.pulled(wide(x), wide(v) * left) * factor_g, *ALLOWED[dtype])
        else:
            assert of_g


def partials(answer: Any, draw: Draw) -> None:
    """Inputs of any dtype and shape, used and unused, the same tensor twice, an index; one product of two of them."""
    size = shape(draw, smallest=1, ranks=(1, 2))
    xs: list[torch.Tensor] = [leafy(draw, size, draw.choice(LINES)), leafy(draw, size, draw.choice(LINES))]
    for _ in range(draw.integer(0, 3)):
        dtype = draw.choice([*LINES, torch.bool, *INTEGERS])
        other = shape(draw)
        xs.append(leafy(draw, other, dtype) if dtype.is_floating_point else tensor(draw, other, dtype))
    if draw.integer(0, 2) == 0:
        xs[1] = xs[0]
    index = draw.integer(0, size[0] - 1)
    xs.append(torch.tensor([index, index]))
    order = draw.shuffled(list(range(len(xs))))
    places = [order.index(0), order.index(1), order.index(len(xs) - 1)]
    given = [xs[number] for number in order]
    both = draw.integer(0, 2) > 0

    def f(*tensors: torch.Tensor) -> torch.Tensor:
        a, b, i = (tensors[place] for place in places)
        return (a * b).sum() + a[i].sum() * 3 if both else (a[i] ** 2).sum()

    grads = call(answer, f, given)

    assert type(grads) is list
    a, b = wide(xs[0]), wide(xs[1])
    picked = np.zeros_like(a)
    picked[index] = 2
    want = {places[0]: b + 3 * picked if both else 2 * a * picked, places[1]: a if both else np.zeros_like(b)}
    for place, (grad, x) in enumerate(zip(grads, given, strict=True)):
        if not x.is_floating_point():
            assert grad is None
            continue
        is_plain(grad, x.shape, x.dtype)
        near(grad, want.get(place, np.zeros(tuple(x.shape))), 1e-4, 1e-5)
        has_no_history(grad)
