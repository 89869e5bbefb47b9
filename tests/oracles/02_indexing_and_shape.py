"""Oracles of 02-indexing-and-shape: elements by loops over their positions, views by the addresses of elements."""

import math
from itertools import product
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw

from .calling import addresses, call, exact, flat, is_plain, lie_at, near, own_elements, share
from .drawing import COURSE_02, shape, tensor, with_values

BIG = [2**53 + 1, 2**53 + 3, -(2**53) - 1, 7, 0]


def _any(draw: Draw, size: tuple[int, ...], *, expanded: bool = True) -> torch.Tensor:
    """Any dtype of the notebook, any layout; whole numbers beyond float64, nan and infinities among them."""
    dtype = draw.choice(COURSE_02)
    if dtype in (torch.int64, torch.float32) and draw.integer(0, 1):
        return with_values(draw, BIG if dtype == torch.int64 else [math.nan, math.inf, -0.0, 1.5], size, dtype)
    return tensor(draw, size, dtype, expanded=expanded)


def masked_mean(answer: Any, draw: Draw) -> None:
    """Any shape; every dtype; readings that are not valid may be anything; none may be valid."""
    size, dtype = shape(draw), draw.choice(COURSE_02)
    keep = tensor(draw, size, torch.int64, 0, draw.choice([0, 1, 1, 1]))
    x = tensor(draw, size, dtype, expanded=False)
    if dtype.is_floating_point:
        drop = keep.reshape(-1) == 0
        noise = torch.tensor([draw.choice([math.nan, math.inf, -math.inf, 3.0]) for _ in range(x.numel())], dtype=dtype)
        x.copy_(torch.where(drop, noise, x.reshape(-1)).reshape(size))
    valid = [float(v) for v, kept in zip(flat(x), flat(keep), strict=True) if kept == 1]

    mean = call(answer, x, keep)

    kind = dtype if dtype.is_floating_point else torch.float32
    is_plain(mean, (), kind)
    allowed = 1e-12 if kind == torch.float64 else 1e-5
    near(mean, math.fsum(valid) / len(valid) if valid else math.nan, allowed, allowed * max(map(abs, valid), default=0))


def one_hot(answer: Any, draw: Draw) -> None:
    """No, one or many class numbers, any layout, one class or many."""
    C, count = draw.choice([1, 2, 5, 300, 3000]), draw.integer(0, 5)
    i = tensor(draw, (count,), torch.int64, 0, C - 1)

    rows = call(answer, i, C)

    is_plain(rows, (count, C), torch.float32)
    exact(rows, [float(column == number) for number in flat(i) for column in range(C)])


def column(answer: Any, draw: Draw) -> None:
    """Every column, from either end; no rows, too."""
    M, N = draw.integer(0, 4), draw.integer(1, 4)
    x, j = _any(draw, (M, N)), draw.integer(-N, N - 1)

    found = call(answer, x, j)

    is_plain(found, (M, 1), x.dtype)
    assert np.array_equal(addresses(found), addresses(x)[:, [j]])


def stack_frames(answer: Any, draw: Draw) -> None:
    """One frame or several, of one dtype and any layouts; sizes of 1."""
    T, H, W = (draw.integer(1, 4) for _ in range(3))
    first = _any(draw, (H, W, 1))
    dtype = first.dtype
    frames = [first, *(tensor(draw, (H, W, 1), dtype) for _ in range(T - 1))]

    video = call(answer, frames)

    is_plain(video, (T, H, W), dtype)
    exact(video, [number for frame in frames for number in flat(frame)])
    assert not any(share(video, frame) for frame in frames)


def rotate_left(answer: Any, draw: Draw) -> None:
    """Ranks 2 to 5, no rows, pictures turned or cut out."""
    *front, H, W = (*shape(draw, ranks=(1, 2, 3, 4), smallest=1), draw.integer(1, 4))
    H = draw.choice([H, H, H, 0])
    img = _any(draw, (*front, H, W))

    turned = call(answer, img)

    is_plain(turned, (*front, W, H), img.dtype)
    places = product(*map(range, (*front, W, H)))
    exact(turned, [img[(*place[:-2], place[-1], W - 1 - place[-2])].item() for place in places])
    assert not share(turned, img)


def read_columns(answer: Any, draw: Draw) -> None:
    """Any matrix with a row and a column."""
    M, N = draw.integer(1, 4), draw.integer(1, 4)
    x = _any(draw, (M, N))

    read = call(answer, x)

    is_plain(read, (M * N,), x.dtype)
    rows = [flat(row) for row in x]
    exact(read, [row[n] for n in range(N) for row in rows])
    assert not share(read, x)


def tally_(answer: Any, draw: Draw) -> None:
    """A vector, strided or a column of a table; positions once, often or never; counts up to where a dtype ends."""
    C, dtype = draw.choice([1, 2, 3, 300]), draw.choice([torch.int64, torch.int32, torch.float32])
    i = tensor(draw, (draw.choice([0, 1, 4, 300]),), torch.int64, 0, draw.choice([0, C - 1]))
    table = draw.tensor((C, 3), torch.int64).to(dtype)
    table += {torch.int64: draw.choice([0, 2**53]), torch.int32: 2**24, torch.float32: draw.choice([0, 0.5])}[dtype]
    counts = table[:, 1] if draw.integer(0, 1) else table[:, 1].clone()
    before, others, where = flat(counts), flat(table[:, ::2]), addresses(counts)

    result = call(answer, counts, i, may_change=[counts])

    assert result is counts
    is_plain(counts, (C,), dtype)
    assert np.array_equal(addresses(counts), where)
    times = flat(i)
    tallied = [number + times.count(place) for place, number in enumerate(before)]
    exact(counts, tallied)
    exact(table[:, ::2], others)


def compact(answer: Any, draw: Draw) -> None:
    """Any rank, any dtype; contiguous by chance, as a row or a single element is; images with channels last."""
    size = shape(draw, ranks=range(5))
    x = _any(draw, size)
    if len(size) == 4 and draw.integer(0, 1):
        x = x.contiguous(memory_format=torch.channels_last)
    step, contiguous = 1, True
    for length, stride in zip(reversed(x.shape), reversed(x.stride()), strict=True):
        contiguous = contiguous and (length == 1 or stride == step)
        step *= length
    contiguous = contiguous or x.numel() == 0

    found = call(answer, x)

    is_plain(found, size, x.dtype)
    exact(found, flat(x))
    assert found.is_contiguous()
    if contiguous:
        lie_at(found, x)
    else:
        assert not share(found, x)
        own_elements(found)


def windows(answer: Any, draw: Draw) -> None:
    """Long and short windows over any series, one moment and one feature included."""
    T, F = draw.integer(1, 5), draw.integer(1, 4)
    x, k = _any(draw, (T, F)), draw.integer(1, T)

    found = call(answer, x, k)

    is_plain(found, (T - k + 1, k, F), x.dtype)
    assert np.array_equal(addresses(found), np.stack([addresses(x)[r : r + k] for r in range(T - k + 1)]))
