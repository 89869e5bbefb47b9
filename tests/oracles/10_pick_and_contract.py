"""Oracles of 10-pick-and-contract: positions, ranks, rows and sums in plain Python, memory by addresses."""

import itertools
import math
import random
from collections import Counter
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES

from .calling import addresses, call, exact, flat, has_no_history, is_plain, near, own_elements, refused, share, wide
from .drawing import LINES, ends, layout, leafy, shape, tensor, with_values

SORTED = (*LINES, torch.int64, torch.uint8)
INF = float("inf")


def _rows(t: torch.Tensor) -> list[list[Any]]:
    """The rows along the last axis, in reading order."""
    length, numbers = t.shape[-1], flat(t)
    return [numbers[n * length : (n + 1) * length] for n in range(math.prod(t.shape[:-1]))]


def pick_per_row(answer: Any, draw: Draw) -> None:
    """Any table and layout, both dtypes of column numbers, nan and inf; the gradient."""
    n, k = draw.integer(0, 5), draw.choice([1, 2, 3, 4, 200, 256])
    k = n if n and draw.integer(0, 2) == 0 else k
    dtype = draw.choice(LINES)
    x = leafy(draw, (n, k), dtype, expanded=True)
    if not x.requires_grad and draw.integer(0, 1):
        x = with_values(draw, [float("nan"), INF, -INF, 0.0, 1.5], (n, k), dtype)
    number = draw.choice([torch.int64, torch.uint8])
    index = tensor(draw, (n,), number, 0, draw.choice([k - 1, min(k - 1, 1)]))

    picked = call(answer, x, index)

    is_plain(picked, (n,), dtype)
    rows, columns = _rows(x), flat(index)
    exact(picked, [rows[i][columns[i]] for i in range(n)])
    assert not share(picked.detach(), x.detach())
    assert picked.requires_grad == x.requires_grad
    if x.requires_grad:
        weights = draw.tensor((n,), dtype)
        (grad,) = torch.autograd.grad(picked, x, weights)
        exact(grad, [float(weights[i]) if j == columns[i] else 0.0 for i in range(n) for j in range(k)])


def split_sizes(answer: Any, draw: Draw) -> None:
    """Any axis, sizes and layout; sizes that do not fit; parts lie where the block lies."""
    size = shape(draw, ranks=(1, 2, 3))
    dim = draw.integer(-len(size), len(size) - 1)
    dtype = draw.choice([*LINES, torch.int64, torch.bool, torch.complex64])
    x = leafy(draw, size, dtype) if dtype in LINES else tensor(draw, size, dtype, expanded=False)
    cuts = sorted(draw.integer(0, size[dim]) for _ in range(draw.integer(0, 3)))
    sizes: Any = [b - a for a, b in itertools.pairwise([0, *cuts, size[dim]])]
    if draw.integer(0, 2) == 0:
        place = draw.integer(0, len(sizes) - 1)
        wrong = draw.choice(
            [
                [*sizes, 1],
                [*sizes[:place], sizes[place] - 1, *sizes[place + 1 :]],
                [*sizes[:place], sizes[place] + 1, -1, *sizes[place + 1 :]],
                [-1, *sizes, 1],
            ]
        )
        refused(ValueError, answer, x, wrong, dim)
        return
    sizes = draw.choice([list, tuple])(sizes)

    parts = call(answer, x, sizes, dim)

    assert type(parts) is tuple
    assert len(parts) == len(sizes)
    axis, places, start = dim % len(size), addresses(x.detach()), 0
    for part, length in zip(parts, sizes, strict=True):
        is_plain(part, (*size[:axis], length, *size[axis + 1 :]), dtype)
        block = (*[slice(None)] * axis, slice(start, start + length))
        if part.numel():
            assert np.array_equal(addresses(part.detach()), places[block])
        assert part.requires_grad == x.requires_grad
        start += length
    wanted = [part for part in parts if part.numel()] if x.requires_grad else []
    if wanted:
        weights = draw.tensor(size, dtype)
        blocks = [block for block in weights.split(list(sizes), dim) if block.numel()]
        exact(torch.autograd.grad(wanted, x, blocks)[0], flat(weights))


def _sortable(draw: Draw) -> torch.Tensor:
    """Any shape with an axis or more, with ties or the ends of the dtype, long rows now and then."""
    size = shape(draw, ranks=(1, 2, 3))
    if draw.integer(0, 2) == 0:
        size = (*size[:-1], 40)
    dtype = draw.choice(SORTED)
    some = draw.choice([[1, 2, 3], ends(dtype), ends(dtype)])
    if dtype == torch.int64:
        some = [*some, 2**53, 2**53 + 1, 2**63 - 2]
    if dtype in LINES:
        some = [*some, INF, -INF]
    x = with_values(draw, some, size, dtype)
    return x.requires_grad_(dtype in LINES and draw.integer(0, 1) == 1)


def top_k(answer: Any, draw: Draw) -> None:
    """Any shape, dtype, k, ties; a k that is none; the gradient of the values."""
    x = _sortable(draw)
    length = x.shape[-1]
    if draw.integer(0, 3) == 0:
        refused(ValueError, answer, x, draw.choice([-1, -2, length + 1, length + 60]))
        return
    k = draw.integer(0, length)

    found = call(answer, x, k)

    assert isinstance(found, tuple)
    values, indices = found
    is_plain(values, (*x.shape[:-1], k), x.dtype)
    is_plain(indices, (*x.shape[:-1], k), torch.int64)
    rows = _rows(x)
    chosen = [sorted(range(length), key=lambda j, row=row: (-row[j], j))[:k] for row in rows]  # type: ignore[misc]
    exact(indices, [j for some in chosen for j in some])
    exact(values, [row[j] for row, some in zip(rows, chosen, strict=True) for j in some])
    has_no_history(indices)
    assert not share(values.detach(), x.detach())
    assert values.requires_grad == x.requires_grad
    if x.requires_grad and values.numel():
        weights = draw.tensor(tuple(values.shape), x.dtype)
        numbers = iter(flat(weights))
        grad = [[0.0] * length for _ in rows]
        for n, some in enumerate(chosen):
            for j in some:
                grad[n][j] = next(numbers)
        exact(torch.autograd.grad(values, x, weights)[0], [v for row in grad for v in row])


def ranks(answer: Any, draw: Draw) -> None:
    """Any shape, dtype and ties: how many entries stand before each."""
    x = _sortable(draw)

    rank = call(answer, x)

    is_plain(rank, x.shape, torch.int64)
    has_no_history(rank)
    exact(rank, [sum((v, i) < (w, j) for i, v in enumerate(row)) for row in _rows(x) for j, w in enumerate(row)])


def unique_rows(answer: Any, draw: Draw) -> None:
    """Any dtype with its ends, few different rows or many, any layout."""
    dtype = draw.choice(DTYPES)
    size = (draw.choice([0, 1, 2, 5, 30]), draw.integer(1, 3))
    some = [0, 1] if draw.integer(0, 1) else [v for v in ends(dtype) if str(v) != "-0.0"]
    x = with_values(draw, [*some, 2**53 + 1, 2**53] if dtype == torch.int64 else some, size, dtype)

    found = call(answer, x)

    assert isinstance(found, tuple)
    rows, inverse, counts = found
    each = [tuple(row) for row in _rows(x)]
    unique = sorted(set(each))
    is_plain(rows, (len(unique), size[1]), dtype)
    is_plain(inverse, (size[0],), torch.int64)
    is_plain(counts, (len(unique),), torch.int64)
    exact(rows, [v for row in unique for v in row])
    exact(inverse, [unique.index(row) for row in each])
    exact(counts, [each.count(row) for row in unique])
    assert not any(share(part, x) for part in found)


def sample_rows(answer: Any, draw: Draw) -> None:
    """Any table and n; an n that is none; the same state again, other random states as they were."""
    size = (draw.integer(0, 9), draw.integer(1, 3))
    x = tensor(draw, size, draw.choice([torch.float64, torch.int64, torch.bool]))
    generator = torch.Generator().manual_seed(draw.seed())
    if draw.integer(0, 3) == 0:
        refused(ValueError, answer, x, draw.choice([-1, -3, size[0] + 1, size[0] + 9]), generator)
        return
    n, state = draw.integer(0, size[0]), generator.get_state()

    def drawn() -> torch.Tensor:
        before = torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()
        rows = call(answer, x, n, generator)
        assert (torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()) == before
        is_plain(rows, (n, size[1]), x.dtype)
        assert not share(rows, x)
        own_elements(rows)
        assert Counter(map(tuple, _rows(rows))) <= Counter(map(tuple, _rows(x)))
        return rows

    first = drawn()
    if 0 < n < size[0]:
        assert not torch.equal(generator.get_state(), state)
    torch.manual_seed(draw.seed())
    np.random.seed(draw.integer(0, 99))
    random.seed(draw.integer(0, 99))
    generator.set_state(state)
    exact(drawn(), flat(first))


def segment_mean(answer: Any, draw: Draw) -> None:
    """Any ids, empty segments and layout; nan and inf; the gradient."""
    n, d, segments = draw.integer(0, 6), draw.integer(1, 3), draw.integer(0, 5)
    segments = max(segments, 1) if n else segments
    dtype = draw.choice(LINES)
    values = leafy(draw, (n, d), dtype, expanded=True)
    if not values.requires_grad and draw.integer(0, 1):
        values = with_values(draw, [float("nan"), INF, -INF, 0.5, 1.5], (n, d), dtype)
    ids = draw.tensor((n,), torch.int64, 0, max(0, segments - 1), layout(draw, (n,)))

    means = call(answer, values, ids, segments)

    is_plain(means, (segments, d), dtype)
    allowed = 1e-5 if dtype == torch.float32 else 1e-9
    numbers = flat(ids)
    sizes = [numbers.count(segment) for segment in range(segments)]
    want = np.zeros((segments, d))
    with np.errstate(invalid="ignore"):
        for row, segment in zip(wide(values), numbers, strict=True):
            want[segment] += row / sizes[segment]
    near(means, want, allowed, allowed)
    assert not share(means.detach(), values.detach())
    assert means.requires_grad == values.requires_grad
    if values.requires_grad:
        weights = draw.tensor((segments, d), dtype)
        (grad,) = torch.autograd.grad(means, values, weights)
        shares = [[float(w) / sizes[segment] for w in weights[segment]] for segment in numbers]
        near(grad, np.array(shares, dtype=np.float64).reshape(n, d), allowed, allowed)


def attention_scores(answer: Any, draw: Draw) -> None:
    """Any sizes and layout, sums that do not fit into float16; sizes that differ; both gradients."""
    b, h, t, s, d = (draw.integer(1, 3) for _ in range(5))
    dtype = draw.choice([torch.float16, *LINES])
    if draw.integer(0, 3) == 0:
        left, right = [b, h, t, d], [b, h, s, d]
        right[draw.choice([0, 1, 3])] = draw.choice([1, 5]) if min(b, h, d) > 1 else 5
        if left[:2] + left[3:] != right[:2] + right[3:]:
            pair = draw.shuffled([draw.tensor(tuple(left), dtype), draw.tensor(tuple(right), dtype)])
            refused(ValueError, answer, *pair)
            return
    t, s = draw.choice([t, t, t, 0]), draw.choice([s, s, s, 0])
    if dtype == torch.float16 and draw.integer(0, 1):
        d = 64
        q, k = torch.full((b, h, t, d), 60.0).to(dtype), torch.full((b, h, s, d), 60.0).to(dtype)
    else:
        q, k = leafy(draw, (b, h, t, d), dtype), leafy(draw, (b, h, s, d), dtype)

    scores = call(answer, q, k)

    is_plain(scores, (b, h, t, s), dtype)
    allowed = {torch.float16: 1e-2, torch.float32: 1e-4, torch.float64: 1e-9}[dtype]
    left_, right_, root = wide(q), wide(k), math.sqrt(d)
    want = np.zeros((b, h, t, s))
    for place in np.ndindex(b, h, t, s):
        n, m, i, j = place
        want[place] = math.fsum(x * y for x, y in zip(left_[n, m, i], right_[n, m, j], strict=True)) / root
    near(scores, want, allowed, allowed)
    assert not share(scores.detach(), q.detach())
    assert scores.requires_grad == (q.requires_grad or k.requires_grad)
    wanted = [one for one in (q, k) if one.requires_grad and dtype != torch.float16]
    if wanted:
        weights = draw.tensor((b, h, t, s), dtype)
        grads = torch.autograd.grad(scores, wanted, weights)
        w = wide(weights)
        full = {"q": np.zeros(q.shape), "k": np.zeros(k.shape)}
        for n, m, i, j in np.ndindex(b, h, t, s):
            full["q"][n, m, i] += w[n, m, i, j] * right_[n, m, j] / root
            full["k"][n, m, j] += w[n, m, i, j] * left_[n, m, i] / root
        for one, grad in zip(wanted, grads, strict=True):
            near(grad, full["q" if one is q else "k"], allowed, allowed)


def masked_softmax(answer: Any, draw: Draw) -> None:
    """Any shape, mask and dtype, rows without kept entries, anything where nothing is kept; the gradient."""
    size = shape(draw, ranks=(1, 2, 3, 4))
    size = (*size[:-1], max(1, size[-1]))
    dtype = draw.choice([torch.float16, torch.bfloat16, *LINES])
    fitting = tuple(draw.choice([axis, axis, 1]) for axis in size[draw.integer(0, len(size) - 1) :])
    mask = tensor(draw, fitting, torch.bool)
    kept = draw.choice([[-2.0, -0.5, 0.0, 1.0, 1.5], [9984.0, 9992.0, 10000.0], [-3e9, -2.5e9]])
    kept = kept if dtype in LINES else [-2.0, -0.5, 0.0, 1.0, 1.5]
    x = with_values(draw, kept, size, dtype)
    elsewhere = torch.broadcast_to(~mask, size)
    x[elsewhere] = draw.choice([0.0, float("nan"), INF, -INF, 10000.0])
    x.requires_grad_(dtype in LINES and draw.integer(0, 1) == 1)

    shares = call(answer, x, mask)

    is_plain(shares, size, dtype)
    allowed = {torch.float64: 1e-9, torch.float32: 5e-3 if kept[0] > 50 or kept[0] < -50 else 1e-4}.get(dtype, 2e-2)
    want: list[list[float]] = []
    for row, keeps in zip(_rows(x), _rows(torch.broadcast_to(mask, size)), strict=True):
        top = max((v for v, keep in zip(row, keeps, strict=True) if keep), default=0.0)
        parts = [math.exp(v - top) if keep else 0.0 for v, keep in zip(row, keeps, strict=True)]
        want.append([part / (math.fsum(parts) or 1.0) for part in parts])
    near(shares, np.array(want, dtype=np.float64).reshape(size), allowed, allowed)
    out = [n for n, keep in enumerate(flat(torch.broadcast_to(mask, size))) if not keep]
    assert all(flat(shares)[n] == 0 for n in out)
    assert shares.requires_grad == x.requires_grad
    if x.requires_grad:
        weights = draw.tensor(size, dtype)
        (grad,) = torch.autograd.grad(shares, x, weights)
        full = []
        for row, w in zip(want, _rows(weights), strict=True):
            mean = math.fsum(p * v for p, v in zip(row, w, strict=True))
            full += [p * (v - mean) for p, v in zip(row, w, strict=True)]
        near(grad, np.array(full, dtype=np.float64).reshape(size), allowed, allowed)
        assert all(flat(grad)[n] == 0 for n in out)
