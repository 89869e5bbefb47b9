"""Oracles of 09-data-in: pictures, columns and rows in plain Python, memory by addresses. They register the simulated
device."""

import itertools
import random
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES, edges
from torchmarks.checks.sim import accelerator

from .calling import addresses, call, exact, flat, has_no_history, is_plain, near, own_elements, refused, share, wide
from .drawing import LINES, array, leafy, with_values

PLACES = ("cpu", accelerator().type)
UNIT = {"low": 0, "high": 1}


def _picture(draw: Draw, channels: int, dtype: str, *, reversed_too: bool) -> np.ndarray:
    """A picture in any layout, from time to time read-only, cropped or one pixel repeated."""
    size = (draw.integer(0, 4), draw.integer(0, 4), channels)
    if draw.integer(0, 5) == 0:
        pixel = draw.array((channels,), dtype, **({} if dtype == "uint8" else UNIT)).copy()
        return np.broadcast_to(pixel, size)
    a = array(draw, size, dtype) if dtype == "uint8" else draw.array(size, dtype, 0, 1)
    if dtype == "uint8" and draw.integer(0, 3) == 0:
        a = a % 2
    if draw.integer(0, 5) == 0:
        a = a[..., :1].repeat(channels, axis=2)
    views = [a, a[1:], a[:, ::2], a.transpose(1, 0, 2), np.asfortranarray(a)]
    views += [a[::-1], a[:, ::-1], a[..., ::-1], a[::-1, ::-1, ::-1]] if reversed_too else []
    view = draw.choice(views)
    if draw.integer(0, 2) == 0:
        view = view.view()
        view.setflags(write=False)
    return view


def image_to_tensor(answer: Any, draw: Draw) -> None:
    """Each dtype, dark pictures of uint8, any size and layout without negative strides."""
    picture = _picture(draw, draw.integer(1, 4), draw.choice(["uint8", "float32", "float64"]), reversed_too=False)

    t = call(answer, picture)

    h, w, c = picture.shape
    is_plain(t, (c, h, w), torch.float32)
    scale = 255 if picture.dtype == np.uint8 else 1
    want = [[[float(picture[i, j, k]) / scale for j in range(w)] for i in range(h)] for k in range(c)]
    near(t, np.array(want, dtype=np.float64).reshape(c, h, w), 0, 1e-6)
    assert t.is_contiguous()
    assert not share(t, picture)
    has_no_history(t)


def tensor_to_image(answer: Any, draw: Draw) -> None:
    """Any float dtype and place, a leaf or a result; values inside, outside, infinite, none halfway."""
    size = (draw.integer(1, 4), draw.integer(0, 4), draw.integer(0, 4))
    dtype, place = draw.choice([torch.float16, torch.bfloat16, *LINES]), draw.choice(PLACES)
    off = draw.choice([0, 0.4, -0.4, 0.1]) if dtype in LINES else 0
    inside = [(k + off) / 255 for k in range(256)]
    outside = [-3.0, -0.01, 1.02, 2.0, 300.0, float("inf"), float("-inf")]
    t = with_values(draw, draw.choice([inside, inside, outside]), size, dtype).to(place)
    t.requires_grad_(bool(draw.integer(0, 1)))
    t = t * 1 if draw.integer(0, 3) == 0 else t
    before = t.is_leaf, t.grad_fn, t.requires_grad

    picture = call(answer, t)

    assert (t.is_leaf, t.grad_fn, t.requires_grad) == before
    assert type(picture) is np.ndarray
    c, h, w = size
    assert (picture.shape, picture.dtype, picture.flags.writeable) == ((h, w, c), np.uint8, True)
    values = t.detach().cpu().double().tolist()
    for k, i, j in itertools.product(range(c), range(h), range(w)):
        assert picture[i, j, k] == round(min(max(values[k][i][j], 0.0), 1.0) * 255)


def from_bgr(answer: Any, draw: Draw) -> None:
    """Three and four channels, every kind of view."""
    picture = _picture(draw, draw.choice([3, 4]), "uint8", reversed_too=True)
    if picture.shape[2] == 3 and draw.integer(0, 3) == 0:
        picture = draw.array((1, 2, 3), "uint8").copy()[..., ::-1]

    t = call(answer, picture)

    h, w, c = picture.shape
    is_plain(t, (c, h, w), torch.uint8)
    exact(t, [picture[i, j, k] for k in (2, 1, 0, 3)[:c] for i in range(h) for j in range(w)])
    assert not share(t, picture)
    own_elements(t)


def normalize(answer: Any, draw: Draw) -> None:
    """Any axes in front, both dtypes of data and of constants, on either device; the gradient."""
    front = tuple(draw.integer(0, 3) for _ in range(draw.integer(0, 4)))
    channels = draw.integer(1, 3)
    size = (*front, channels, draw.integer(0, 3), draw.integer(1, 3))
    dtype, constant, place = draw.choice(LINES), draw.choice(LINES), draw.choice(PLACES)
    x = leafy(draw, size, dtype, expanded=True)
    x = x if place == "cpu" else x.detach().to(place).requires_grad_(x.requires_grad)
    mean, std = draw.tensor((channels,), constant), draw.tensor((channels,), draw.choice(LINES), 0.5, 2)

    y = call(answer, x, mean, std)

    is_plain(y, size, dtype, place)
    allowed = 1e-4 if dtype == torch.float32 else 1e-9
    m, s = (np.array(flat(t), dtype=np.float64).reshape(-1, 1, 1) for t in (mean, std))
    near(y, (wide(x) - m) / s, allowed, allowed)
    assert y.requires_grad == x.requires_grad
    if x.requires_grad:
        weights = draw.tensor(size, dtype)
        (grad,) = torch.autograd.grad(y, x, weights.to(place))
        near(grad, wide(weights) / s, allowed, allowed)


def _batch(draw: Draw) -> torch.Tensor:
    """A batch in one of many layouts, whole where the channels lie side by side."""
    n, c, h, w = (draw.integer(0 if draw.integer(0, 9) == 0 else 1, 4) for _ in range(4))
    dtype = draw.choice(DTYPES)
    ways = [
        lambda: draw.tensor((n, c, h, w), dtype),
        lambda: draw.tensor((n, h, w, c), dtype).permute(0, 3, 1, 2),
        lambda: draw.tensor((1, c, h, w), dtype).expand(n, c, h, w),
        lambda: draw.tensor((n + 1, h, w, c), dtype).permute(0, 3, 1, 2)[:1],
        lambda: draw.tensor((1, 3, h, w, c), dtype)[:, 1].permute(0, 3, 1, 2),  # one picture of a film
    ]
    if min(h, w) > 1:
        ways += [lambda: draw.tensor((n, w, h, c), dtype).permute(0, 3, 2, 1)]
    if h * w > 1:
        ways += [lambda: draw.tensor((n, c, h + 1, 2 * w), dtype)[:, :, 1:, ::2]]
    x = draw.choice(ways)()
    return x.requires_grad_() if dtype.is_floating_point and draw.integer(0, 1) else x


def to_channels_last(answer: Any, draw: Draw) -> None:
    """Any dtype and layout; copied only if it must."""
    x = _batch(draw)
    there = x.is_contiguous(memory_format=torch.channels_last)

    y = call(answer, x)

    is_plain(y, x.shape, x.dtype)
    exact(y, flat(x))
    if x.numel() == 0 or x.shape[1] == 1 or x.shape[2:].numel() == 1:
        return  # both layouts are one
    n, c, h, w = x.shape
    for i, j, k, m in itertools.product(range(n), range(c), range(h), range(w)):
        place = ((i * h + k) * w + m) * c + j
        assert addresses(y.detach())[i, j, k, m] == y.data_ptr() + place * y.element_size()
    assert (y.data_ptr() == x.data_ptr()) == there
    assert there or not share(y.detach(), x.detach())
    assert y.requires_grad == x.requires_grad
    if x.requires_grad:
        weights = draw.tensor(tuple(x.shape), x.dtype)
        exact(torch.autograd.grad(y, x, weights)[0], flat(weights))


NUMBERS = ["int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "float64", "float32", "float16", "bool"]


def _column(draw: Draw) -> np.ndarray:
    kind, length = draw.choice(NUMBERS), draw.integer(0, 4)
    column = array(draw, (length,), kind, reversed_too=True)
    if kind[0] in "iu" and draw.integer(0, 1):
        ends = np.iinfo(kind)
        some = [ends.min, ends.max, 0, 1, *([2**24 + 1, 2**53 + 1, -(2**53) - 1] if kind == "int64" else [])]
        column = np.array([draw.choice(some) for _ in range(length)], dtype=kind)
    if kind[0] == "f" and draw.integer(0, 1):
        column = np.array([draw.choice([np.nan, np.inf, -np.inf, 0.1, 1.5]) for _ in range(length)], dtype=kind)
    if draw.integer(0, 2) == 0:
        column = column.view()
        column.setflags(write=False)
    return column


def columns_to_tensors(answer: Any, draw: Draw) -> None:
    """Any columns in any order; one that is no numbers, anywhere; none."""
    table = {f"column {n}": _column(draw) for n in draw.shuffled(list(range(draw.integer(0, 4))))}
    if draw.integer(0, 2) == 0:
        bad = draw.choice(
            [
                np.array(draw.choice([["a"], [1, 2], [1.5, None], [True], []]), dtype=object),
                np.array(["1", "2"]),
                np.array([b"1"]),
                np.array(["2026-01-31"], dtype="datetime64[D]"),
                np.array([1j]),
            ]
        )
        columns = list(table.items())
        columns.insert(draw.integer(0, len(columns)), ("the bad one", bad))
        assert "the bad one" in refused(TypeError, answer, dict(columns))
        return

    tensors = call(answer, table)

    assert type(tensors) is dict
    assert tensors is not table
    assert list(tensors) == list(table)
    for name, column in table.items():
        kind = {"b": torch.bool, "f": torch.float32}.get(column.dtype.kind, torch.int64)
        is_plain(tensors[name], column.shape, kind)
        with np.errstate(over="ignore"):
            exact(tensors[name], column.astype(np.float32).tolist() if kind == torch.float32 else column.tolist())
        own_elements(tensors[name])
        assert not any(share(tensors[name], other) for other in table.values())


def pad_batch(answer: Any, draw: Draw) -> None:
    """Any lengths, dtype and place; numbers that are equal to the value; gradients of some rows."""
    dtype, place = draw.choice([*LINES, *DTYPES]), draw.choice(PLACES)
    lengths = [draw.integer(0, 4) for _ in range(draw.integer(1, 4))]
    value = draw.choice([0, 1, 1.0, *([0.5, -1, float("nan"), float("inf")] if dtype.is_floating_point else [])])
    some = [*edges(dtype).tolist(), value]
    rows = [with_values(draw, some, (n,), dtype).to(place) for n in lengths]
    if dtype in LINES:
        rows = [row.requires_grad_(bool(draw.integer(0, 2) == 0)) for row in rows]
    left_out = value == 0 and draw.integer(0, 1) == 1

    padded, mask, counts = found = call(answer, rows) if left_out else call(answer, rows, value)

    assert type(found) is tuple
    longest = max(lengths)
    is_plain(padded, (len(rows), longest), dtype, place)
    is_plain(mask, (len(rows), longest), torch.bool, place)
    is_plain(counts, (len(rows),), torch.int64, place)
    behind = torch.tensor(value, dtype=dtype).item()
    exact(padded.detach(), [v for row in rows for v in flat(row) + [behind] * (longest - len(row))])
    exact(mask, [k < n for n in lengths for k in range(longest)])
    exact(counts, lengths)
    has_no_history(mask, counts)
    own_elements(padded.detach())
    assert not any(share(padded.detach(), row.detach()) for row in rows)
    assert padded.requires_grad == any(row.requires_grad for row in rows)
    wanted = [row for row in rows if row.requires_grad and len(row)]
    if wanted:
        weights = draw.tensor((len(rows), longest), dtype)
        grads = iter(torch.autograd.grad(padded, wanted, weights.to(place)))
        for number, row in enumerate(rows):
            if row.requires_grad and len(row):
                exact(next(grads), weights[number, : len(row)].tolist())


def WindowDataset(answer: Any, draw: Draw) -> None:
    """Any series and width; items by both indices, indices that are none, writing into items."""
    series = array(draw, (draw.integer(0, 6),), draw.choice(["float16", "float32", "float64"]), reversed_too=True)
    series = series[:1].repeat(len(series)) if draw.integer(0, 5) == 0 else series
    if draw.integer(0, 1):
        series = series.view()
        series.setflags(write=False)
    width = draw.integer(1, 7)
    other = answer(np.ones(2), 1)
    data = call(answer, series, width)

    n = max(0, len(series) - width)
    assert isinstance(data, torch.utils.data.Dataset)
    assert len(data) == n
    numbers = [float(v) for v in series.astype(np.float32)]

    def right(item: Any, i: int) -> None:
        assert type(item) is tuple
        window, target = item
        is_plain(window, (width,), torch.float32)
        is_plain(target, (), torch.float32)
        exact(window, numbers[i : i + width])
        exact(target, [numbers[i + width]])

    for i in range(n):
        handed_out = data[i - n]
        right(handed_out, i)
        earlier = data[(i + 1) % n]
        for part in draw.shuffled(list(handed_out)):
            part.fill_(99)
        right(earlier, (i + 1) % n)
        right(data[i], i)
    if n:
        window, target = data[0]
        window.fill_(99)
        exact(target, [numbers[width]])
    exact(series, [float(v) for v in flat(series)])
    assert [float(v) for v in series.astype(np.float32)] == numbers
    for i in (n, n + 1, -n - 1, -n - width, 10**6):
        try:
            data[i]
        except IndexError:
            continue
        raise AssertionError(f"item {i} of {n}")
    assert len(list(itertools.islice(data, 20))) == n
    assert (len(other), flat(other[0][0])) == (1, [1.0])


def seeded_batches(answer: Any, draw: Draw) -> None:
    """Any number of rows, axes and batch size, on either device; an epoch, the next one, the same state again."""
    n, size, place = draw.integer(0, 9), draw.integer(1, 5), draw.choice(PLACES)
    shape = (n, *[draw.integer(1, 3) for _ in range(draw.integer(0, 2))])
    x = draw.tensor(shape, draw.choice(DTYPES)).to(place)
    y = torch.arange(n).reshape(draw.choice([(n,), (n, 1)])).to(place)
    generator = torch.Generator().manual_seed(draw.seed())

    def epoch() -> list[Any]:
        before = torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()
        batches = [tuple(batch) for batch in itertools.islice(call(answer, x, y, size, generator), 20)]
        assert (torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()) == before
        return batches

    state = generator.get_state()
    batches = epoch()

    assert [len(xb) for xb, _ in batches] == [min(size, n - start) for start in range(0, n, size)]
    order = [row for _, yb in batches for row in flat(yb)]
    assert sorted(order) == list(range(n))
    values = x.cpu()
    for xb, yb in batches:
        is_plain(xb, (len(yb), *shape[1:]), x.dtype, place)
        is_plain(yb, (len(yb), *y.shape[1:]), torch.int64, place)
        exact(xb, flat(values[flat(yb)]))
    parts = [t for batch in batches for t in batch]
    assert not any(share(a, b) for a, b in itertools.combinations([*parts, x, y], 2) if not (a is x and b is y))
    if n == 9:
        follows = [row for _, yb in epoch() + epoch() for row in flat(yb)]
        assert follows != order + order  # once in (9!)**2 epochs
        assert sum(b - a == 1 for a, b in itertools.pairwise(order)) < 7
    torch.manual_seed(draw.seed())
    np.random.seed(draw.integer(0, 99))
    random.seed(draw.integer(0, 99))
    generator.set_state(state)
    assert [row for _, yb in epoch() for row in flat(yb)] == order
