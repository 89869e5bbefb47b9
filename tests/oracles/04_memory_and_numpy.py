"""Oracles of 04-memory-and-numpy: who shares with whom is read off the addresses, gradients are worked out by hand."""

import math
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES

from .calling import call, exact, flat, is_plain, lie_at, near, own_elements, refused, share
from .drawing import LINES, array, leafy, shape, tensor, with_values

NAMES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")
NUMPY = tuple(dtype for dtype in DTYPES if dtype != torch.bfloat16)


def _torch(name: str) -> torch.dtype:
    found: torch.dtype = getattr(torch, name)
    return found


def set_where_(answer: Any, draw: Draw) -> None:
    """A tensor, a column, every other element; masks of three dtypes; nan under the mask and beside it; no elements."""
    dtype, size = draw.choice(NUMPY), shape(draw, ranks=(1, 2, 3))
    whole = tensor(draw, (*size, 3), dtype, expanded=False)
    if dtype.is_floating_point:
        whole.copy_(with_values(draw, [math.nan, math.inf, -math.inf, 1.5, -2.0], (*size, 3), dtype))
    x = whole[..., 1] if draw.integer(0, 1) else whole[..., 1].clone()
    mask = tensor(draw, size, draw.choice([torch.bool, torch.uint8, torch.int64]), 0, 1)
    values = [0, 1, 7, 2] + [0.5, math.nan] * dtype.is_floating_point
    value = draw.choice([True, False] if dtype == torch.bool else values)
    if dtype == torch.int64 and draw.integer(0, 1):
        value = 2**53 + 1
    before, around = flat(x), flat(whole[..., ::2])

    result = call(answer, x, mask, value, may_change=[x])

    assert result is x
    assert not x.requires_grad
    is_plain(x, size, dtype)
    exact(x, [value if chosen else old for old, chosen in zip(before, flat(mask), strict=True)])
    exact(whole[..., ::2], around)


def tile_writable(answer: Any, draw: Draw) -> None:
    """No row, one, several; any dtype of NumPy's; strided rows."""
    dtype, D, n = draw.choice(NUMPY), draw.integer(1, 4), draw.integer(0, 4)
    row = with_values(draw, [2**53 + 1], (D,), dtype) if dtype == torch.int64 else tensor(draw, (D,), dtype)

    rows = call(answer, row, n)

    is_plain(rows, (n, D), dtype)
    exact(rows, flat(row) * n)
    own_elements(rows)
    assert not share(rows, row)
    assert not rows.requires_grad


def wrap_array(answer: Any, draw: Draw) -> None:
    """Any dtype, layout and shape with an axis; whatever is no array raises TypeError."""
    if draw.integer(0, 4) == 0:
        others = [[1.0, 2.0], (1, 2), 3, 2.5, np.float64(2.5), np.int64(3), torch.ones(2), [], True, np.bool_(True)]
        refused(TypeError, answer, draw.choice(others))
        return
    name = draw.choice(NAMES)
    a = array(draw, shape(draw, ranks=(1, 2, 3)), name)

    t = call(answer, a)

    is_plain(t, a.shape, _torch(name))
    if a.size:
        lie_at(t, a)
        assert [step * t.element_size() for step in t.stride()] == list(a.strides)


def copy_f32(answer: Any, draw: Draw) -> None:
    """Any real dtype, any layout, no axes, no elements, read-only; numbers that float32 rounds, or cannot hold."""
    name = draw.choice(NAMES)
    a = array(draw, shape(draw), name)
    if draw.integer(0, 1):
        some = {"float64": [0.1, 1e300, -1e300, 1e-50, math.nan, math.inf], "int64": [2**24 + 1, 2**53 + 1, -(2**62)]}
        a[...] = draw.choice(some.get(name, [0, 1]))
    if draw.integer(0, 2) == 0:
        a.setflags(write=False)

    t = call(answer, a)

    is_plain(t, a.shape, torch.float32)
    with np.errstate(over="ignore"):
        exact(t, a.astype(np.float32).reshape(-1).tolist())
    assert not t.requires_grad
    assert not share(t, a)


def to_array(answer: Any, draw: Draw) -> None:
    """A plain tensor, a leaf, a result, in any layout, shape and dtype; shared or copied, by position or by name."""
    dtype, size, copy = draw.choice(NUMPY), shape(draw), bool(draw.integer(0, 1))
    t = leafy(draw, size, dtype, expanded=True) if dtype.is_floating_point else tensor(draw, size, dtype)
    if t.requires_grad and draw.integer(0, 1):
        t = draw.choice([lambda: t * 2, lambda: t[..., None][..., 0], lambda: t.reshape(-1).flip(0)])()

    a = call(answer, t, copy) if draw.integer(0, 1) else call(answer, t, copy=copy)

    assert type(a) is np.ndarray
    assert (a.shape, _torch(a.dtype.name)) == (tuple(t.shape), dtype)
    exact(a, flat(t))
    if copy:
        assert a.flags.writeable
        assert not share(a, t.detach())
    elif a.size:
        lie_at(a, t.detach())


def add_to_array_(answer: Any, draw: Draw) -> None:
    """Numbers of any dtype and layout, slices; three ways to be read-only; negative amounts, none."""
    name = draw.choice(NAMES[:-1])
    whole = array(draw, (*shape(draw, ranks=(0, 1, 2)), 4), name)
    whole //= 4 if name == "uint8" else 1  # so that the sums fit
    if name in ("float64", "int64", "int32"):
        whole += {"float64": 0.5, "int64": 2**53, "int32": 2**24}[name]  # type: ignore[arg-type]
    inside, outside = draw.choice([(whole[..., :3], whole[..., 3:]), (whole[..., 1::2], whole[..., ::2])])
    amount = draw.choice([0, 1, 7, 100] if name == "uint8" else [0, 1, -1, 7, -9, 100])
    before, around = inside.copy(), outside.copy()
    if draw.integer(0, 2) == 0:
        a = np.broadcast_to(inside, (2, *inside.shape)) if draw.integer(0, 1) else inside[...]
        a.flags.writeable = False
        refused(ValueError, answer, a, amount)
        return

    result = call(answer, inside, amount, may_change=[inside])

    assert result is inside
    assert inside.flags.writeable
    assert inside.dtype == before.dtype
    exact(inside, (before + before.dtype.type(amount)).reshape(-1).tolist())
    exact(outside, around.reshape(-1).tolist())


def import_safely(answer: Any, draw: Draw) -> None:
    """Any layout, with negative strides and read-only too; no elements; axes of length 1."""
    name, size = draw.choice(NAMES[:-1]), shape(draw, ranks=(1, 2, 3))
    a = array(draw, size, name, reversed_too=True)
    if draw.integer(0, 3) == 0:
        a = a[..., ::-1]
    writable = draw.integer(0, 2)
    if writable == 0:
        a = np.broadcast_to(a, (2, *size)) if draw.integer(0, 1) else a
        a.flags.writeable = False
        a = a[: draw.integer(1, 2)]

    t = call(answer, a)

    is_plain(t, a.shape, _torch(name))
    exact(t, a.reshape(-1).tolist())
    reversed_along = [n for n, step in zip(a.shape, a.strides, strict=True) if step < 0]
    if a.size == 0 or 1 in reversed_along:
        return
    if a.flags.writeable and not reversed_along:
        lie_at(t, a)
    else:
        assert not share(t, a)
        own_elements(t)


def overlaps(answer: Any, draw: Draw) -> None:
    """Views of one memory of any dtypes, expanded, strided, empty, with nan, with grad; two wraps of one array."""
    bytes_of = np.zeros(48, dtype=np.uint8)
    dtypes = [torch.uint8, torch.int16, torch.float32, torch.int64, torch.float64, torch.bool, torch.float16]
    one_storage = torch.from_numpy(bytes_of)
    pair = []
    for _ in "ab":
        memory = one_storage if draw.integer(0, 4) else torch.zeros(48, dtype=torch.uint8)
        if draw.integer(0, 1):
            memory = torch.from_numpy(memory.numpy())  # the same memory, in a storage of its own
        row = memory.view(draw.choice(dtypes))
        first = draw.integer(0, len(row))
        part = row[first : first + draw.integer(0, len(row))][:: draw.integer(1, 4)]
        if len(part) % 2 == 0 and draw.integer(0, 1):
            part = part.reshape(2, -1) if part.is_contiguous() else part.unflatten(0, (2, -1))
        if draw.integer(0, 3) == 0:
            part = part.mT[None] if part.dim() == 2 else part[None].expand(2, *part.shape)
        if part.is_floating_point() and draw.integer(0, 2) == 0:
            part.requires_grad_()
        pair.append(part)
    bytes_of[...] = draw.choice([0, 255])

    said = call(answer, *pair)

    assert said is share(*(t.detach() for t in pair))


def robust_score(answer: Any, draw: Draw) -> None:
    """Odd and even numbers of columns, ties, plain tensors and leaves; the gradient of the formula, term by term."""
    N, D, dtype = draw.integer(1, 3), draw.integer(2, 6), draw.choice(LINES)
    x = leafy(draw, (N, D), dtype)
    if draw.integer(0, 2) == 0:
        values = draw.shuffled([1.0, 1.0, 1.0, 2.0, 3.0, -4.0])[:D]
        values = values if len(set(values)) > 1 else [5.0, *values[1:]]
        with torch.no_grad():
            x.copy_(torch.tensor([values] * N, dtype=dtype))
    rows = x.detach().double().numpy()
    if (rows.std(1) < 1e-3).any():
        return
    ties = any(len(set(row)) < D for row in rows.tolist())

    score = call(answer, x)

    is_plain(score, (N, D), dtype)
    allowed = 1e-4 if dtype == torch.float32 else 1e-9
    middle, spread = np.median(rows, 1, keepdims=True), rows.std(1, keepdims=True)
    near(score, (rows - middle) / spread, allowed, allowed * 10)
    assert score.requires_grad == x.requires_grad
    if x.requires_grad and not ties:  # where values tie, which of them is the median is free
        weights = draw.tensor((N, D), dtype)
        (grad,) = torch.autograd.grad(score, x, weights)
        near(grad, _score_gradient(rows, weights.double().numpy()), allowed * 10, allowed * 10)


def _score_gradient(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    out = np.zeros_like(rows)
    for row, v, g in zip(rows, weights, out, strict=True):
        D, order = len(row), np.argsort(row)
        mean, spread, middle = row.mean(), row.std(), np.median(row)
        share = np.zeros(D)
        share[order[[(D - 1) // 2]]] += 0.5
        share[order[[D // 2]]] += 0.5
        g += v / spread - v.sum() * share / spread
        g -= (v * (row - middle)).sum() / spread**2 * (row - mean) / (D * spread)
    return out
