"""Functions of tensors with their derivatives in NumPy, by hand: what the oracles of gradients compare with."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

Array = np.ndarray


class Map(NamedTuple):
    """f(x) of any shape. value: the same in NumPy; pulled: the gradient of the sum of v * f(x) with respect to x."""

    torch: Callable[[torch.Tensor], torch.Tensor]
    value: Callable[[Array], Array]
    pulled: Callable[[Array, Array], Array]


def _running(x: Array) -> Array:
    return np.cumsum(x.reshape(-1))


ENTRYWISE = (
    Map(lambda t: t**2, lambda x: x**2, lambda x, v: 2 * x * v),
    Map(lambda t: t.sin() * 3, lambda x: 3 * np.sin(x), lambda x, v: 3 * np.cos(x) * v),
    Map(lambda t: (t * 0.5).exp(), lambda x: np.exp(0.5 * x), lambda x, v: 0.5 * np.exp(0.5 * x) * v),
    Map(lambda t: 2 * t + 1, lambda x: 2 * x + 1, lambda x, v: 2 * v),
)
ITSELF = Map(lambda t: t, lambda x: x, lambda x, v: v)
MAPS = (
    *ENTRYWISE,
    Map(lambda t: (t**2).sum(), lambda x: np.sum(x**2), lambda x, v: 2 * x * v),
    Map(lambda t: torch.stack([t, t**3]), lambda x: np.stack([x, x**3]), lambda x, v: v[0] + 3 * x**2 * v[1]),
    Map(
        lambda t: t.reshape(-1).cumsum(0),
        _running,
        lambda x, v: np.cumsum(v.reshape(-1)[::-1])[::-1].reshape(x.shape),
    ),
    Map(
        lambda t: (t[None] * t.sum()).mT if t.dim() else (t * t)[None],
        lambda x: _times_sum(x),
        lambda x, v: _back(x, v),
    ),
)


def _times_sum(x: Array) -> Array:
    return np.swapaxes(x[None] * x.sum(), -1, -2) if x.ndim else (x * x)[None]


def _back(x: Array, v: Array) -> Array:
    if not x.ndim:
        return np.asarray(2 * x * v[0])
    turned = np.swapaxes(v, -1, -2)[0]
    return np.asarray(turned * x.sum() + (turned * x).sum())


LOSSES = (  # 0-d
    Map(lambda t: (t**2).sum(), lambda x: np.sum(x**2), lambda x, v: 2 * x * v),
    Map(lambda t: t.sin().sum() * 2, lambda x: 2 * np.sin(x).sum(), lambda x, v: 2 * np.cos(x) * v),
    Map(lambda t: 3 * t.sum(), lambda x: 3 * x.sum(), lambda x, v: 3 * v * np.ones_like(x)),
    Map(lambda t: t.sum() ** 2, lambda x: x.sum() ** 2, lambda x, v: 2 * x.sum() * v * np.ones_like(x)),
)

# Entry by entry, with the second derivative.
TWICE: tuple[tuple[Callable[[torch.Tensor], torch.Tensor], Callable[[Array], Array]], ...] = (
    (lambda t: t**3, lambda x: 6 * x),
    (torch.sin, lambda x: -np.sin(x)),
    (lambda t: t * t.cos(), lambda x: -2 * np.sin(x) - x * np.cos(x)),
    (torch.exp, np.exp),
    (lambda t: t**2, lambda x: np.full_like(x, 2)),
    (lambda t: 2 * t + 1, np.zeros_like),
    (lambda t: t, np.zeros_like),
    (lambda t: t.clone(), np.zeros_like),
)


def shape_of_value(one: Map, x: torch.Tensor) -> tuple[int, ...]:
    """The shape of f(x)."""
    return tuple(np.shape(one.value(np.zeros(tuple(x.shape)))))
