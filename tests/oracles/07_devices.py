"""Oracles of 07-devices: values in NumPy, places by name. They register the simulated device."""

import math
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from torch.backends import mps

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES, FLOATS, INTEGERS, written
from torchmarks.checks.sim import accelerator

from .calling import call, exact, flat, has_no_history, is_plain, near, own_elements, refused, rounded, share, wide
from .drawing import LINES, array, leafy, shape, tensor, with_values

PLACES = ("cpu", accelerator().type)
EPS = {torch.float64: 1e-11, torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 3e-2}
KINDS = ("cuda", "xpu", "mps", "mtia", "sim")


def _any(draw: Draw, size: tuple[int, ...], dtype: torch.dtype, place: str) -> torch.Tensor:
    """A tensor of any kind and layout on a device."""
    t = leafy(draw, size, dtype, expanded=True) if dtype.is_floating_point else tensor(draw, size, dtype)
    return t if place == "cpu" else t.detach().to(place).requires_grad_(t.requires_grad)


def column_std(answer: Any, draw: Draw) -> None:
    """Any float dtype, one row, columns far from 0, on either device; the gradient of the spread."""
    N, D, dtype, place = draw.integer(1, 5), draw.integer(1, 4), draw.choice(FLOATS), draw.choice(PLACES)
    far = dtype in LINES and draw.integer(0, 3) == 0
    x = draw.tensor((N, D), dtype)
    if far:
        x = draw.tensor((2000, D), dtype) + 10000
    x = x.to(place).requires_grad_(bool(draw.integer(0, 1)))

    spread = call(answer, x)

    is_plain(spread, (D,), dtype, place)
    want = wide(x).std(0)
    allowed = 5e-3 if far and dtype == torch.float32 else EPS[dtype]
    near(spread, want, allowed, allowed)
    assert spread.requires_grad == x.requires_grad
    if x.requires_grad and (want > 0.1).all() and dtype in LINES and not far:
        (grad,) = torch.autograd.grad(spread.sum(), x)
        near(grad, (wide(x) - wide(x).mean(0)) / (len(x) * want), 1e-3, 1e-4)


def to_host(answer: Any, draw: Draw) -> None:
    """Any dtype, shape, layout and kind, on either device."""
    dtype, place = draw.choice(DTYPES), draw.choice(PLACES)
    t = _any(draw, shape(draw), dtype, place)

    a = call(answer, t)

    assert type(a) is np.ndarray
    kind = torch.float32 if dtype == torch.bfloat16 else dtype
    assert (a.shape, a.dtype.name) == (tuple(t.shape), str(kind).removeprefix("torch."))
    exact(a, flat(t))
    assert a.flags.writeable
    assert not share(a, t.detach())


def _on_machine(answer: Any, kind: str | None, count: int) -> Any:
    """The answer where PyTorch was built for an accelerator of this kind, of which `count` are there."""
    modules = [(name, getattr(torch, name)) for name in KINDS if hasattr(torch, name)] + [("mps", mps)]
    found = torch.device(kind) if kind else None
    with ExitStack() as pretended:
        for name, module in modules:
            here = count if name == kind else 0
            says = {"is_available": lambda here=here: here > 0, "device_count": lambda here=here: here}
            pretended.enter_context(patch.multiple(module, create=True, **says))
        pretended.enter_context(patch.object(torch._C, "_accelerator_getAccelerator", lambda: found))
        pretended.enter_context(patch.object(torch._C, "_accelerator_getDeviceIndex", lambda: 0))
        pretended.enter_context(patch.object(torch.version, "cuda", "13.0" if kind == "cuda" else None))
        return call(answer)


def pick_device(answer: Any, draw: Draw) -> None:
    """This machine, and several pretended ones in turn."""
    machines = [(draw.choice([*KINDS[:4], None]), draw.integer(0, 2)) for _ in range(3)]
    found = [(call(answer), PLACES[1])]
    found += [(_on_machine(answer, kind, count), kind if kind and count else "cpu") for kind, count in machines]
    found.append((call(answer), PLACES[1]))

    for place, kind in found:
        assert type(place) is torch.device
        assert (place.type, place.index or 0) == (kind, 0)


def same_device(answer: Any, draw: Draw) -> None:
    """Names and objects of any kind, with any index and none; tensors; devices that this machine has not."""
    said = []
    names: list[tuple[str, int]] = []
    for _ in "ab":
        kind, index = draw.choice(["cuda", "cpu", "meta", "mps", "xpu", PLACES[1]]), draw.choice([None, 0, 0, 1, 12])
        name = kind if index is None else f"{kind}:{index}"
        form: Any = draw.choice([name, torch.device(name)])
        if draw.integer(0, 3) == 0:
            kind, index = draw.choice([*PLACES, "meta"]), 0
            form = torch.zeros(draw.choice([(), (2,)]), device=kind)
        said.append(form)
        names.append((kind, index or 0))

    assert call(answer, *said) is (names[0] == names[1])


def padding_mask(answer: Any, draw: Draw) -> None:
    """Any integer dtype, lengths from 0 to beyond the width, which int8 may not hold; none; another default."""
    dtype, place, width = draw.choice(INTEGERS), draw.choice(PLACES), draw.choice([0, 1, 4, 300])
    most = torch.iinfo(dtype).max
    some = [n for n in (0, 1, width, max(width - 1, 0), width + 1, most) if n <= most]
    lengths = with_values(draw, some, (draw.integer(0, 4),), dtype).to(place)

    torch.set_default_device(draw.choice([None, "meta", PLACES[1]]))
    try:
        mask = call(answer, lengths, width)
    finally:
        torch.set_default_device(None)

    is_plain(mask, (len(lengths), width), torch.bool, place)
    exact(mask, [position < length for length in flat(lengths) for position in range(width)])


def isolated_copy(answer: Any, draw: Draw) -> None:
    """Any dtype, shape, layout and kind, from each place to each, in every form of its name."""
    dtype, start, end = draw.choice(DTYPES), draw.choice(PLACES), draw.choice([*PLACES, "meta"])
    t = _any(draw, shape(draw), dtype, start)

    copied = call(answer, t, draw.choice(written(end)))

    is_plain(copied, t.shape, dtype, end)
    has_no_history(copied)
    assert copied.grad is None
    if end != "meta":
        exact(copied, flat(t))
        own_elements(copied)
    if start == end:
        assert not share(copied, t.detach())


def parameter_from_array(answer: Any, draw: Draw) -> None:
    """Any dtype that both have, any layout, no axes, no elements, read-only; into any float dtype at any place."""
    name = draw.choice(["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"])
    a, dtype, place = array(draw, shape(draw), name), draw.choice(FLOATS), draw.choice([*PLACES, "meta"])
    if name == "int64" and draw.integer(0, 1):
        a[...] = 2**24 + 1
    if draw.integer(0, 2) == 0:
        a.flags.writeable = False
    form = draw.choice(written(place))
    left_out = dtype == torch.float32 and draw.integer(0, 1)
    p = call(answer, a, form) if left_out else call(answer, a, form, dtype)

    if type(p) is not nn.Parameter:
        is_plain(p, a.shape, dtype, place)
    assert (tuple(p.shape), p.dtype, p.device.type) == (a.shape, dtype, place)
    assert (p.is_leaf, p.requires_grad, p.grad) == (True, True, None)
    if place == "meta":
        return
    exact(p, rounded(a, dtype))
    if place == "cpu":
        assert not share(p.detach(), a)
        own_elements(p.detach())
    (p * 3).sum().backward()
    exact(p.grad, [3.0] * a.size)


def distance_matrix(answer: Any, draw: Draw) -> None:
    """Equal rows, any layout and kind, on one device or two, meta included; gradients where no distance is 0."""
    n, m, d, dtype = draw.choice([1, 2, 4, 30]), draw.choice([1, 2, 4, 30]), draw.integer(1, 4), draw.choice(LINES)
    places = [draw.choice([*PLACES, "meta"])] * 2
    if draw.integer(0, 2) == 0:
        places[1] = draw.choice([place for place in (*PLACES, "meta") if place != places[0]])
    a, b = tensor(draw, (n, d), dtype), tensor(draw, (m, d), dtype)
    equal = n == m and bool(draw.integer(0, 1))
    b = a.clone() if equal else b
    needs = [bool(draw.integer(0, 1)) for _ in "ab"]
    left, right = (t.detach().clone().to(p).requires_grad_(r) for t, p, r in zip((a, b), places, needs, strict=True))

    if places[0] != places[1]:
        message = refused(ValueError, answer, left, right)
        assert str(left.device) in message
        assert str(right.device) in message
        return
    found = call(answer, left, right)

    is_plain(found, (n, m), dtype, places[0])
    assert found.requires_grad == any(needs)
    if places[0] == "meta":
        return
    want = np.array([[math.dist(p, q) for q in b.tolist()] for p in a.tolist()])
    near(found, want, 0, 1e-3 if dtype == torch.float64 or (want > 0).all() else 1e-2)
    if any(needs) and (want > 0.05).all():
        v = draw.tensor((n, m), dtype)
        pull = wide(v)[:, :, None] * (wide(a)[:, None] - wide(b)) / want[:, :, None]
        for t, gradient in ((left, pull.sum(1)), (right, -pull.sum(0))):
            if t.requires_grad:
                (grad,) = torch.autograd.grad(found, t, v.to(places[0]), retain_graph=True)
                near(grad, gradient, 1e-2, 1e-2)


class _Thing:
    """An object of no kind that is known."""


def _batch(draw: Draw, depth: int) -> Any:
    kind = draw.integer(0, 5) if depth else draw.choice([3, 4, 5])
    if kind == 0:
        return {draw.choice(["x", 3, (1, 2), n]): _batch(draw, depth - 1) for n in range(draw.integer(0, 3))}
    if kind in (1, 2):
        return (list, tuple)[kind - 1](_batch(draw, depth - 1) for _ in range(draw.integer(0, 3)))
    if kind in (3, 4):
        parameter = draw.integer(0, 4) == 0
        t = _any(draw, shape(draw), draw.choice(DTYPES), draw.choice(PLACES))
        return nn.Parameter(t.detach()) if parameter and t.is_floating_point() and t.device.type == "cpu" else t
    return draw.choice([None, "text", 3, 2.5, True, np.ones(2), nn.Linear(1, 1), _Thing(), {1, 2}, torch.float32, len])


def _moved(was: Any, now: Any, place: str) -> None:
    if isinstance(was, torch.Tensor):
        assert isinstance(now, torch.Tensor)
        assert (now.device.type, now.dtype, now.shape) == (place, was.dtype, was.shape)
        if place != "meta":
            exact(now, flat(was))
    elif type(was) is dict:
        assert type(now) is dict
        assert now is not was
        assert list(now) == list(was)
        for key, item in was.items():
            _moved(item, now[key], place)
    elif type(was) in (list, tuple):
        assert type(now) is type(was)
        assert now is not was or type(was) is tuple
        assert len(now) == len(was)
        for one, other in zip(was, now, strict=True):
            _moved(one, other, place)
    else:
        assert now is was


def move_batch(answer: Any, draw: Draw) -> None:
    """Structures of any depth, empty ones, one tensor alone, things of any kind, from and to each place."""
    batch, place = _batch(draw, draw.integer(0, 4)), draw.choice([*PLACES, "meta"])

    _moved(batch, call(answer, batch, draw.choice(written(place))), place)
