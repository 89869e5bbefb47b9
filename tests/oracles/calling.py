"""Calls an answer for an oracle, and looks at what came: values in plain Python, memory by addresses.

An oracle is a function named like its exercise. It takes an answer and a `Draw`, draws one case of what the statement
allows, calls the answer, and raises AssertionError where the statement does not hold.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.sim import SimTensor, backing

Oracle = Callable[[Any, Draw], None]


def call(answer: Any, *args: Any, may_change: Sequence[Any] = (), **named: Any) -> Any:
    """What the answer returns. Arguments and PyTorch's settings must be afterwards what they were before."""
    kept = [value for value in [*args, *named.values()] if not any(value is free for free in may_change)]
    before = [_look(value) for value in kept], _settings()
    result = answer(*args, **named)
    after = [_look(value) for value in kept], _settings()
    assert after == before, f"changed:\n{before}\n{after}"
    return result


def refused(error: type[Exception], answer: Any, *args: Any) -> str:
    """The text of the error that the answer has to raise; arguments stay as they were."""
    before = [_look(value) for value in args], _settings()
    try:
        result = answer(*args)
    except error as raised:
        assert ([_look(value) for value in args], _settings()) == before
        return str(raised)
    raise AssertionError(f"returned {result!r} instead of raising {error.__name__}")


def _settings() -> tuple[Any, ...]:
    return torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device()


def _look(value: Any) -> Any:
    """All that must stay of an argument; what a value is made of by identity, so that an equal one is no excuse."""
    if isinstance(value, torch.Tensor):
        grad = value.grad if value.is_leaf else None
        marks = value.requires_grad, value.is_leaf, id(value.grad_fn), value._version, value.retains_grad
        layout = value.dtype, value.device, value.shape, value.stride(), value.data_ptr()
        return id(value), marks, layout, _bytes(value), None if grad is None else _look(grad)
    if isinstance(value, np.ndarray):
        return id(value), value.dtype, value.shape, value.strides, value.flags.writeable, value.tobytes()
    if isinstance(value, list | tuple):
        return id(value), [_look(item) for item in value]
    if isinstance(value, dict):
        return id(value), list(value), [_look(item) for item in value.values()]
    if isinstance(value, torch.nn.Module):
        own = [*value.named_parameters(), *value.named_buffers()]
        return id(value), [(name, _look(t)) for name, t in own], [part.training for part in value.modules()]
    return id(value)


def _bytes(t: torch.Tensor) -> bytes:
    if t.device.type == "meta" or t.numel() == 0:
        return b""
    # Not contiguous(): it leaves the stride of a single element as it is.
    own = t.detach().cpu().reshape(-1).clone(memory_format=torch.contiguous_format)
    return own.view(torch.uint8).numpy().tobytes()


# ---- what came


def flat(t: torch.Tensor | np.ndarray) -> list[Any]:
    """The elements in reading order, as Python numbers; exact for every dtype."""
    if isinstance(t, np.ndarray):
        return t.reshape(-1).tolist()
    return t.detach().cpu().reshape(-1).tolist()


def wide(t: torch.Tensor | np.ndarray) -> np.ndarray:
    """The same numbers as a float64 array."""
    return np.array(flat(t), dtype=np.float64).reshape(tuple(t.shape))


def is_plain(t: Any, shape: Sequence[int], dtype: torch.dtype, device: str = "cpu") -> None:
    """An ordinary tensor of this shape and dtype."""
    kinds = {"cpu": torch.Tensor, "meta": torch.Tensor}
    assert type(t) is kinds.get(device, SimTensor), type(t)
    assert (tuple(t.shape), t.dtype, t.device.type) == (tuple(shape), dtype, device), (t.shape, t.dtype, t.device)


def has_no_history(*results: torch.Tensor) -> None:
    """Neither requires grad nor was recorded."""
    for t in results:
        assert not t.requires_grad
        assert t.grad_fn is None


def exact(t: torch.Tensor | np.ndarray, want: Iterable[Any]) -> None:
    """These elements in reading order, to the last bit but for the sign of zero; nan equals nan."""
    got, wanted = flat(t), list(want)
    assert len(got) == len(wanted), (len(got), len(wanted))
    for x, y in zip(got, wanted, strict=True):
        assert x == y or (x != x and y != y), (got, wanted)


def near(t: torch.Tensor, want: Any, rtol: float, atol: float = 0.0) -> None:
    """Within the tolerance of a float64 array; nan equals nan."""
    wanted = np.asarray(want, dtype=np.float64)
    assert tuple(t.shape) == wanted.shape, (t.shape, wanted.shape)
    with np.errstate(invalid="ignore"):
        assert np.allclose(wide(t), wanted, rtol=rtol, atol=atol, equal_nan=True), (t, wanted)


def rounded(values: Any, dtype: torch.dtype) -> list[Any]:
    """float64 numbers as the floating dtype rounds them."""
    return torch.tensor(np.asarray(values, dtype=np.float64)).to(dtype).reshape(-1).tolist()


# ---- memory


def addresses(t: torch.Tensor | np.ndarray) -> np.ndarray:
    """The address of each element, in the shape of the tensor or array."""
    if isinstance(t, SimTensor):
        t = backing(t)
    if isinstance(t, np.ndarray):
        first, strides = t.__array_interface__["data"][0], t.strides
    else:
        first, strides = t.data_ptr(), tuple(step * t.element_size() for step in t.stride())
    found = np.full(tuple(t.shape), first, dtype=np.int64)
    for axis, (size, step) in enumerate(zip(t.shape, strides, strict=True)):
        found += (np.arange(size) * step).reshape(-1, *[1] * (len(strides) - axis - 1))
    return found


def lie_at(t: torch.Tensor | np.ndarray, other: torch.Tensor | np.ndarray) -> None:
    """Element for element in the same place."""
    assert np.array_equal(addresses(t), addresses(other))


def share(a: torch.Tensor | np.ndarray, b: torch.Tensor | np.ndarray) -> bool:
    """Whether an element of the one and an element of the other have a byte in common."""
    return bool(_occupied(a) & _occupied(b))


def _occupied(t: torch.Tensor | np.ndarray) -> set[int]:
    size = t.itemsize if isinstance(t, np.ndarray) else t.element_size()
    return {byte for first in addresses(t).reshape(-1).tolist() for byte in range(first, first + size)}


def own_elements(t: torch.Tensor | np.ndarray) -> None:
    """No two elements in one place."""
    assert len(np.unique(addresses(t))) == math.prod(t.shape)
