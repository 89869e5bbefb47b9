"""Oracles of 11-lean-and-saved: sums and gradients again in NumPy's float64, storages counted as they are made, random
numbers from a generator of their own, a training run made twice."""

import copy
import io
import math
from typing import Any

import numpy as np
import torch
from torch import nn

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES, not_finite

from .calling import call, exact, has_no_history, is_plain, near, own_elements, share, wide
from .drawing import LINES, shape, tensor

ALLOWED = {torch.float32: (1e-4, 1e-5), torch.float64: (1e-9, 1e-10)}


def axpy_(answer: Any, draw: Draw) -> None:
    """Any shape and layout, views of something larger, one object twice, numbers that are none."""
    size, dtype = shape(draw), draw.choice([*LINES, torch.int64])
    y, x = tensor(draw, size, dtype, expanded=False), tensor(draw, size, dtype)
    if size == (1,) and dtype.is_floating_point:
        x = not_finite(dtype)[draw.integer(0, 2)].reshape(1)
    if dtype == torch.int64:
        y += 2**53
    x = y if draw.integer(0, 5) == 0 else x
    whole = torch.empty(0, dtype=dtype).set_(y.untyped_storage())
    mine = torch.zeros(len(whole), dtype=torch.bool).as_strided(y.shape, y.stride(), y.storage_offset())
    marks = torch.empty(0, dtype=torch.bool).set_(mine.untyped_storage())
    mine.fill_(True)
    beside = whole[~marks].tolist()
    a = draw.integer(-3, 3) if dtype == torch.int64 else draw.choice([0.0, 1.0, -1.0, draw.number(-3, 3)])
    if dtype == torch.int64:
        want = [p + a * q for p, q in zip(y.flatten().tolist(), x.flatten().tolist(), strict=True)]
    else:
        with np.errstate(invalid="ignore"):
            sums = wide(y) + a * wide(x)

    result = call(answer, y, x, a, may_change=[y])

    assert result is y
    assert whole[~marks].tolist() == beside
    if dtype == torch.int64:
        exact(y, want)
    else:
        near(y, sums, *([1e-5] * 2 if dtype == torch.float32 else [1e-12] * 2))


def bytes_held(answer: Any, draw: Draw) -> None:
    """Storages of any size and dtype, and views of some of them in any order, also empty, expanded, twice."""
    shown, held = [], 0
    for _ in range(draw.integer(0, 4)):
        dtype, n = draw.choice(DTYPES), draw.integer(0, 9)
        base = draw.tensor((n,), dtype)
        held += n * base.element_size()
        ways = [base, base[n // 2 :], base[:1], base[n // 2 : n // 2], base[::2], base.detach(), base.view(n, 1).t()]
        ways += [base[0].expand(100)] if n else []
        shown += [draw.choice(ways) for _ in range(draw.integer(1, 3))]
    if draw.integer(0, 2) == 0:
        w = draw.leaf((3,), grad=True)
        shown, held = [*shown, w, nn.Parameter(w.detach())], held + 12
    tensors = draw.shuffled(shown)

    found = call(answer, draw.choice([list, tuple, iter])(tensors))

    assert type(found) is int
    assert found == held


def seeded(answer: Any, draw: Draw) -> None:
    """A seed, a place in a sequence, a function that draws, sets a seed, or raises."""
    start, seed, drawn = draw.seed(), draw.choice([0, 7, 2**40, draw.seed()]), draw.integer(0, 5)
    error = draw.choice([None, None, ValueError("stop"), KeyboardInterrupt("stop")])
    calls: list[Any] = []

    def f(*args: Any) -> Any:
        calls.append((args, torch.initial_seed(), torch.rand(3).tolist()))
        if draw.integer(0, 1):
            torch.manual_seed(5)
        if error is not None:
            raise error
        return calls

    torch.manual_seed(start)
    torch.rand(drawn)
    raised, result = None, None
    try:
        result = answer(f, seed)
    except BaseException as caught:
        raised = caught

    own = torch.Generator().manual_seed(start)
    torch.rand(drawn, generator=own)
    assert calls == [((), seed, torch.rand(3, generator=torch.Generator().manual_seed(seed)).tolist())]
    assert raised is error
    assert result is (calls if error is None else None)
    assert torch.initial_seed() == start
    assert torch.rand(2).tolist() == torch.rand(2, generator=own).tolist()


class _Broken(nn.Module):
    """Raises what it is given."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise self.error


def predict(answer: Any, draw: Draw) -> None:
    """Any mix of modes, old gradients, no rows, a model that raises."""
    D, K, dtype, n = draw.integer(1, 3), draw.integer(1, 3), draw.choice(LINES), draw.integer(0, 4)
    error = draw.choice([None, None, ValueError("stop"), KeyboardInterrupt("stop")])
    line, norm = nn.Linear(D, K), nn.BatchNorm1d(K)
    with torch.no_grad():
        for t in (*line.parameters(), norm.running_mean):
            t.copy_(draw.tensor(tuple(t.shape)))
        norm.running_var.copy_(draw.tensor((K,), low=0.5, high=2.0))
    layers = [line, norm, nn.Sequential(nn.Dropout(0.5))] + ([] if error is None else [_Broken(error)])
    model = nn.Sequential(*layers).to(dtype)
    for module in model.modules():
        module.training = bool(draw.integer(0, 1))
    line.weight.grad = draw.tensor((K, D), dtype) if draw.integer(0, 1) else None
    x = tensor(draw, (n, D), dtype)

    flags = [module.training for module in model.modules()]
    y, raised = None, None
    try:
        y = call(answer, model, x)
    except (ValueError, KeyboardInterrupt) as caught:
        raised = caught

    assert raised is error
    assert [module.training for module in model.modules()] == flags
    assert torch.is_grad_enabled()
    if error is not None:
        return
    is_plain(y, (n, K), dtype)
    has_no_history(y)
    assert not y.is_inference()
    lines = wide(x) @ wide(line.weight).T + wide(line.bias)
    near(y, (lines - wide(norm.running_mean)) / np.sqrt(wide(norm.running_var) + 1e-5), *ALLOWED[dtype])


def _line(draw: Draw, D: int, K: int, dtype: torch.dtype) -> nn.Linear:
    """A layer with drawn numbers, its bias frozen from time to time, old gradients from time to time."""
    model = nn.Linear(D, K).to(dtype).train(bool(draw.integer(0, 1)))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(draw.tensor(tuple(p.shape), dtype))
    if draw.integer(0, 1):
        for p in model.parameters():
            p.grad = draw.tensor(tuple(p.shape), dtype)
    model.bias.requires_grad_(bool(draw.integer(0, 2)))
    return model


def accumulate_(answer: Any, draw: Draw) -> None:
    """Any number of rows, any limit; the formula of the whole batch."""
    N, D, K, dtype = draw.integer(1, 7), draw.integer(1, 3), draw.integer(1, 3), draw.choice(LINES)
    rows = draw.integer(1, 9)
    model, x, y = _line(draw, D, K, dtype), tensor(draw, (N, D), dtype), tensor(draw, (N, K), dtype)
    old = [np.zeros(tuple(p.shape)) if p.grad is None else wide(p.grad) for p in model.parameters()]
    sizes: list[int] = []
    model.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    weights = [p.tolist() for p in model.parameters()]

    loss = call(answer, model, x, y, rows, may_change=[model])

    gap = wide(x) @ wide(model.weight).T + wide(model.bias) - wide(y)
    assert type(loss) is float
    assert math.isclose(loss, (gap**2).mean(), rel_tol=ALLOWED[dtype][0], abs_tol=ALLOWED[dtype][1])
    assert (max(sizes) <= rows, sum(sizes)) == (True, N)
    assert [p.tolist() for p in model.parameters()] == weights
    added = [2 * gap.T @ wide(x) / gap.size, 2 * gap.sum(0) / gap.size]
    for p, before, more in zip(model.parameters(), old, added, strict=True):
        if p.requires_grad:
            near(p.grad, before + more, *ALLOWED[dtype])
        else:
            assert p.grad is None or p.grad.tolist() == before.tolist()


def autocast_loss(answer: Any, draw: Draw) -> None:
    """A layer, and targets that are near its output or not."""
    N, D, K = draw.integer(1, 5), draw.integer(1, 3), draw.integer(1, 3)
    model, x = _line(draw, D, K, torch.float32), draw.tensor((N, D))
    with torch.no_grad():
        y = model(x) + draw.tensor((N, K)) * draw.choice([1.0, 0.001])
    outputs: list[Any] = []
    model.register_forward_hook(lambda _, args, out: outputs.append((args[0].dtype, out.detach())))
    old = [np.zeros(tuple(p.shape)) if p.grad is None else wide(p.grad) for p in model.parameters()]

    loss = call(answer, model, x, y)

    assert not torch.is_autocast_enabled("cpu")
    is_plain(loss, (), torch.float32)
    ((given, output),) = outputs
    assert (given, output.dtype) == (torch.float32, torch.bfloat16)
    gap = wide(output.float()) - wide(y)
    near(loss, (gap**2).mean(), 1e-5, 1e-12)
    loss.backward()
    added = [2 * gap.T @ wide(x) / gap.size, 2 * gap.sum(0) / gap.size]
    for p, before, more in zip(model.parameters(), old, added, strict=True):
        if p.requires_grad:
            assert p.grad is not None
            assert p.grad.dtype == torch.float32
            near(p.grad, before + more, 0.05, 0.02 * max(1.0, float(np.abs(before + more).max())))


def clip_norm(answer: Any, draw: Draw) -> None:
    """One vector or rows of all kinds, one limit or one for each, on meta too."""
    D, N, dtype = draw.integer(1, 5), draw.integer(1, 5), draw.choice(LINES)
    g, limits = draw.tensor((N, D), dtype) * draw.choice([1.0, 1e-4]), draw.tensor((N,), dtype, 0.0, 2.0)
    for row in range(N):
        kind = draw.integer(0, 5)
        if kind == 0:
            g[row, draw.integer(0, D - 1)] = not_finite(dtype)[draw.integer(0, 2)]
        elif kind == 1:
            g[row] = 0
        limits[row] *= draw.choice([0.0, 1e-4, 1.0])
    way = draw.choice(["one", "rows", "each", "meta"])
    if way == "meta":
        meta = call(answer, g[0].to("meta"), limits[0].to("meta"))
        is_plain(meta, (D,), dtype, "meta")
        return

    if way == "one":
        g, limits, result = g[:1], limits[:1], call(answer, g[0], limits[0])[None]
    else:
        limits = limits if way == "each" else limits[:1]
        given, dims = (limits, (0, 0)) if way == "each" else (limits[0], (0, None))
        result = torch.func.vmap(answer, dims)(g, given)

    is_plain(result, tuple(g.shape), dtype)
    rtol = 1e-5 if dtype == torch.float32 else 1e-12
    assert not share(result, g)
    own_elements(result)
    for got, row, limit in zip(result, wide(g), wide(limits.expand(len(g))), strict=True):
        with np.errstate(invalid="ignore", over="ignore"):
            norm = np.sqrt((row**2).sum())
        want = np.zeros(D) if not np.isfinite(norm) else row * (limit / norm) if norm > limit else row
        near(got, want, rtol, rtol * float(np.abs(want).max()))


def per_sample_grads(answer: Any, draw: Draw) -> None:
    """A layer, alone or inside of another module; the formula for each row."""
    N, D, K, dtype = draw.integer(1, 5), draw.integer(1, 3), draw.integer(1, 3), draw.choice(LINES)
    line = _line(draw, D, K, dtype)
    model, prefix = draw.choice([(line, ""), (nn.Sequential(nn.Flatten(), line), "1.")])
    x, y = tensor(draw, (N, D), dtype), tensor(draw, (N, K), dtype)

    found = call(answer, model, x, y)

    gap = wide(x) @ wide(line.weight).T + wide(line.bias) - wide(y)
    want = {f"{prefix}weight": 2 * gap[:, :, None] * wide(x)[:, None, :], f"{prefix}bias": 2 * gap}
    want = want if line.bias.requires_grad else {f"{prefix}weight": want[f"{prefix}weight"]}
    assert type(found) is dict
    assert set(found) == set(want)
    for name, values in want.items():
        is_plain(found[name], values.shape, dtype)
        near(found[name], values, *ALLOWED[dtype])
    has_no_history(*found.values())


def _numbers(thing: Any) -> Any:
    """A state as plain numbers."""
    if isinstance(thing, torch.Tensor):
        return thing.dtype, thing.tolist()
    if isinstance(thing, dict):
        return {key: _numbers(value) for key, value in thing.items()}
    return [_numbers(item) for item in thing] if isinstance(thing, list | tuple) else thing


def Snapshot(answer: Any, draw: Draw) -> None:
    """Any optimizer, number of steps and dtype; resumed in the same objects and in others."""
    dtype, x = draw.choice(LINES), draw.tensor((4, 2))
    first = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).to(dtype)
    second, seed, x = copy.deepcopy(first), draw.seed(), x.to(dtype)
    make = draw.choice(
        [
            lambda m: torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9),
            lambda m: torch.optim.SGD(m.parameters(), lr=0.1),
            lambda m: torch.optim.Adam(m.parameters()),
        ]
    )

    def train(m: nn.Module, o: torch.optim.Optimizer, g: torch.Generator, steps: int) -> Any:
        for _ in range(steps):
            o.zero_grad()
            m(x + torch.randn(x.shape, generator=g, dtype=dtype)).square().mean().backward()
            o.step()
        return _numbers([m.state_dict(), o.state_dict(), g.get_state()])

    three = first, make(first), torch.Generator().manual_seed(seed)
    train(*three, draw.integer(0, 3))
    three[1].param_groups[0]["lr"] = 0.02
    at, snapshot, file = train(*three, 0), answer(*three), io.BytesIO()
    assert train(*three, 0) == at
    after = train(*three, 2)
    snapshot.save(file)
    assert train(*three, 0) == after
    if draw.integer(0, 1):
        three = second, make(second), torch.Generator()
        train(*three, draw.integer(0, 2))
    parameters = [id(p) for p in three[0].parameters()]
    file.seek(0)
    answer.resume_(file, *three)
    assert [id(p) for p in three[0].parameters()] == parameters
    assert train(*three, 0) == at
    assert train(*three, 2) == after
