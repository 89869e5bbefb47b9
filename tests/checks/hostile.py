"""Values that a student's code may make, to see that nothing of them is run or believed."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch


class Raising:
    """Raises whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise RuntimeError("repr")


class Pretender:
    """Says that it is a tensor."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return torch.Tensor


class LyingDict(dict):  # type: ignore[type-arg]
    """Has other items than it says."""

    def items(self) -> Any:
        raise RuntimeError("no")

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no")


class EndlessList(list):  # type: ignore[type-arg]
    """Iterates for ever."""

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield 1


class HookedTensor(torch.Tensor):
    """Interferes with every operation."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError("hooked")


class BadMeta(type):
    """A class that does not tell its name."""

    @property
    def __module__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no")


def itself() -> list[Any]:
    items: list[Any] = [1]
    items.extend([items] * 12)
    return items


def hollow() -> torch.Tensor:
    tensor = torch.ones(3)
    tensor.untyped_storage().resize_(0)
    return tensor


HOSTILE = {
    "raises at everything": Raising,
    "pretends to be a tensor": Pretender,
    "a dict that lies": lambda: LyingDict(a=1),
    "a list without end": lambda: EndlessList([1, 2]),
    "a list that contains itself": itself,
    "a hooked tensor": lambda: torch.ones(2).as_subclass(HookedTensor),
    "a class without a name": lambda: BadMeta("X", (), {})(),
    "a generator": lambda: (n for n in range(3)),
    "a sparse tensor": lambda: torch.eye(3).to_sparse(),
    "a huge tensor": lambda: torch.empty(1).expand(5_000_000),
    "many items": lambda: list(range(50_000)),
    "a deep list": lambda: functools.reduce(lambda inner, _: [inner], range(500), []),
    "a huge int": lambda: 1 << 10_000,
    "a long text": lambda: "x" * 100_000,
    "a tensor without memory": hollow,
    "an inference tensor": lambda: torch.inference_mode()(lambda: torch.ones(2))(),
    "dict keys that raise": lambda: {Raising(): 1},
    "an array of objects": lambda: np.array([None, object()]),
    "a meta tensor": lambda: torch.empty(3, device="meta"),
}
