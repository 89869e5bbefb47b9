"""Oracles of 03-broadcasting-and-reductions: sums of Python floats and NumPy in float64, row by row."""

import math
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES, FLOATS, INTEGERS

from .calling import call, flat, is_plain, lie_at, near, refused, wide
from .drawing import LINES, layout, shape, tensor, with_values

EPS = {torch.float32: 1e-5, torch.float64: 1e-11, torch.float16: 5e-3, torch.bfloat16: 3e-2}


def channel_means(answer: Any, draw: Draw) -> None:
    """Any picture with a pixel and a channel; now and then a bright one of 500 x 500."""
    big = draw.integer(0, 199) == 0
    size = (500, 500, 2) if big else tuple(draw.integer(1, 5) for _ in range(3))
    image = tensor(draw, size, torch.uint8, 250 if big else None)

    means = call(answer, image)

    is_plain(means, size[2:], torch.float32)
    near(means, image.numpy().astype(np.int64).mean((0, 1)), 1e-4)


def as_column(answer: Any, draw: Draw) -> None:
    """Any dtype, no elements, slices."""
    x = tensor(draw, (draw.integer(0, 5),), draw.choice(DTYPES))

    column = call(answer, x)

    is_plain(column, (len(x), 1), x.dtype)
    lie_at(column, x[:, None])


def scale_to_peak(answer: Any, draw: Draw) -> None:
    """Any float or integer dtype, no rows, peaks that are small beside a negative entry."""
    N, D, dtype = draw.integer(0, 4), draw.integer(1, 4), draw.choice([*FLOATS, *INTEGERS])
    if dtype.is_floating_point:
        x = with_values(draw, [-9.0, -1.0, 0.0, 1e-3, 0.5, 3.0, draw.number()], (N, D), dtype)
        peaks = with_values(draw, [1e-3, 0.25, 2.0, torch.finfo(dtype).tiny / 8], (N,), dtype)
    else:
        smallest, largest = torch.iinfo(dtype).min, min(torch.iinfo(dtype).max, 2**40)
        x = with_values(draw, [max(smallest, -(2**40)), 0, 1, 3, largest], (N, D), dtype)
        peaks = with_values(draw, [1, 7, largest], (N,), dtype)
    for row, peak in zip(x, peaks, strict=True):
        row[row > peak] = peak
        row[draw.integer(0, D - 1)] = peak

    scaled = call(answer, x)

    kind = dtype if dtype.is_floating_point else torch.float32
    is_plain(scaled, (N, D), kind)
    with np.errstate(over="ignore"):
        want = np.array([[v / max(row) for v in row] for row in wide(x).tolist()]).reshape(N, D)
        want[np.abs(want) > torch.finfo(kind).max] = -np.inf
    near(scaled, want, EPS[kind], EPS[kind])


def mean_squared_error(answer: Any, draw: Draw) -> None:
    """Each pair of the shapes (N,) and (N, 1), equal and different numbers of values."""
    N, dtype = draw.integer(1, 5), draw.choice(LINES)
    counts = [N, draw.choice([N, N, 1, draw.integer(0, 6)])]
    pred, target = (tensor(draw, draw.choice([(n,), (n, 1)]), dtype, -3, 3) for n in draw.shuffled(counts))

    if counts[0] != counts[1]:
        refused(ValueError, answer, pred, target)
        return
    error = call(answer, pred, target)

    is_plain(error, (), dtype)
    pairs = zip(flat(pred), flat(target), strict=True)
    near(error, math.fsum((p - t) ** 2 for p, t in pairs) / N, 1e-5 if dtype == torch.float32 else 1e-9)


def broadcast_shape(answer: Any, draw: Draw) -> None:
    """Up to four sizes from 0 to 4, tuples and torch.Size; NumPy says what comes out."""
    a, b = (draw.choice([tuple, torch.Size])([draw.choice([0, 1, 1, 3, draw.integer(2, 4)]) for _ in range(rank)])
            for rank in (draw.integer(0, 4), draw.integer(0, 4)))  # fmt: skip
    if draw.integer(0, 1):
        b = tuple(draw.choice([size, size, 1, 2 * size]) for size in a[-draw.integer(1, 4) :])
    try:
        want = np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        refused(ValueError, answer, a, b)
        return
    found = call(answer, a, b)

    assert isinstance(found, tuple)
    assert found == want


def pairwise_sq_dist(answer: Any, draw: Draw) -> None:
    """No points, equal points, coordinates from -10 to 10."""
    (N, M), D, dtype = (draw.integer(0, 4), draw.integer(0, 4)), draw.integer(1, 4), draw.choice(LINES)
    a, b = tensor(draw, (N, D), dtype, -10, 10), tensor(draw, (M, D), dtype, -10, 10)
    if N == M and draw.integer(0, 2) == 0:
        b = a.clone()

    table = call(answer, a, b)

    is_plain(table, (N, M), dtype)
    near(table, [[math.dist(p, q) ** 2 for q in b.tolist()] for p in a.tolist()] or np.zeros((0, M)), 0, 1e-3)


def bilinear(answer: Any, draw: Draw) -> None:
    """Each mixture of the two dtypes, no rows, one column."""
    B, N, M = draw.integer(0, 4), draw.integer(1, 4), draw.integer(1, 4)
    dtypes = [draw.choice(LINES) for _ in "xwy"]
    x, w, y = (tensor(draw, size, dtype) for size, dtype in zip([(B, N), (N, M), (B, M)], dtypes, strict=True))

    numbers = call(answer, x, w, y)

    dtype = torch.float64 if torch.float64 in dtypes else torch.float32
    is_plain(numbers, (B,), dtype)
    terms = [[p * w[i, j].item() * q for i, p in enumerate(left) for j, q in enumerate(right)]
             for left, right in zip(x.tolist(), y.tolist(), strict=True)]  # fmt: skip
    allowed = 1e-9 if set(dtypes) == {torch.float64} else 1e-5
    near(numbers, np.array([math.fsum(row) for row in terms]), allowed, allowed * 10)


def stable_softmax(answer: Any, draw: Draw) -> None:
    """Every axis from either end; large scores, -inf, slices at different levels, no slices."""
    dtype, size = draw.choice(FLOATS), shape(draw, ranks=(1, 2, 3))
    dim = draw.integer(-len(size), len(size) - 1)
    size = tuple(max(1, n) if axis == dim % len(size) else n for axis, n in enumerate(size))
    wide_range = dtype in LINES and draw.integer(0, 1)
    x = tensor(draw, size, dtype, *((-10000, 10000) if wide_range else (-4, 4)), expanded=False)
    if wide_range and draw.integer(0, 1):
        x.copy_(with_values(draw, [10000, -10000, 9999, 0, 1], size, dtype))
    first = x.select(dim, 0).clone()
    x.masked_fill_(tensor(draw, size, torch.bool), -math.inf)
    x.select(dim, draw.integer(0, size[dim] - 1)).copy_(first)

    shares = call(answer, x, dim)

    is_plain(shares, size, dtype)
    scores = wide(x)
    if scores.size:
        powers = np.exp(scores - scores.max(dim, keepdims=True))
        scores = powers / powers.sum(dim, keepdims=True)
    if dtype in LINES:
        near(shares, scores, EPS[dtype], EPS[dtype] * 1e-2)
    else:
        near(shares, scores, 0.05)
    assert not any(share for share, score in zip(flat(shares), flat(x), strict=True) if score == -math.inf)


def masked_row_means(answer: Any, draw: Draw) -> None:
    """Every float dtype, a mask of every dtype and of the three shapes, whatever in what is dropped, no rows."""
    N, D, dtype = draw.integer(0, 4), draw.integer(1, 4), draw.choice(FLOATS)
    kind, size = draw.choice([torch.bool, *INTEGERS]), draw.choice([(N, D), (D,), (N, 1)])
    mask = tensor(draw, size, kind, 0, 1)
    keep = np.broadcast_to(wide(mask) != 0, (N, D))
    x = draw.tensor((N, D), dtype, layout=layout(draw, (N, D), expanded=False))
    noise = with_values(draw, [math.nan, math.inf, -math.inf, 1.0], (N, D), dtype)
    x.copy_(torch.where(torch.tensor(keep.copy()), x, noise))

    means = call(answer, x, mask)

    is_plain(means, (N,), dtype)
    kept = [row[chosen].tolist() for row, chosen in zip(wide(x), keep, strict=True)]
    near(means, np.array([math.fsum(row) / len(row) if row else 0.0 for row in kept]), EPS[dtype], EPS[dtype])
