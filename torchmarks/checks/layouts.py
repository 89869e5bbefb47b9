"""Expressions for a view of a base: slices, transposes, expansions.

Pure: shapes and strides in, texts out, the simplest first. Whether one of them is right is for the caller to evaluate.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Final

_PERMUTED: Final = 4  # axes: of more there are too many orders to try
Sizes = Sequence[int]


def contiguous(shape: Sizes) -> tuple[int, ...]:
    """Strides of elements that lie row after row."""
    return tuple(math.prod([max(size, 1) for size in shape[axis + 1 :]]) for axis in range(len(shape)))


def natural_shapes(shape: Sizes, strides: Sizes, offset: int, count: int) -> Iterator[tuple[int, ...]]:
    """Shapes of a base of `count` elements in which a view with these strides may read well. Steps are in elements."""
    if not any(strides):
        yield tuple(size if step else 1 for size, step in zip(shape, strides, strict=True))
    order = sorted(range(len(shape)), key=lambda axis: -abs(strides[axis]))
    kept = [axis for axis in order if strides[axis] or shape[axis] == 1]
    yield tuple(shape[axis] for axis in kept)
    lead = next((n for n, step in enumerate(strides) if step), len(shape))
    yield tuple(size if step else 1 for size, step in zip(shape[lead:], strides[lead:], strict=True))
    # An axis of one element says as well how long a row is: `x[:1]` is of a table.
    for axes in ([axis for axis in order if shape[axis] > 1], order):
        steps = [abs(strides[axis]) for axis in axes if strides[axis]]
        if len(steps) > 1:
            inner = [outer // step for outer, step in itertools.pairwise([*steps[:-1], 1])]
            yield (count // steps[0], *inner)
    yield (count,)


def views(base: str, of: Sizes, shape: Sizes, strides: Sizes, offset: int) -> Iterator[str]:
    """Expressions for views of a contiguous tensor `base` of shape `of`, those of another geometry among them."""
    yield base
    if len(of) == 2:
        yield f"{base}.t()"
    if len(of) > 2:
        yield f"{base}.mT"
    if sorted(of) == sorted(shape) and 2 < len(of) <= _PERMUTED:
        for order in itertools.permutations(range(len(of))):
            if tuple(of[axis] for axis in order) == tuple(shape):
                yield f"{base}.permute{order}"
    if 0 in strides:
        yield f"{base}.expand({', '.join(map(str, shape))})"
    index = sliced(of, shape, strides, offset)
    if index is not None:
        yield f"{base}[{index}]"
    turned = sliced(of, shape[::-1], strides[::-1], offset)
    if len(shape) == 2 and turned is not None:
        yield f"{base}[{turned}].t()"


def sliced(of: Sizes, shape: Sizes, strides: Sizes, offset: int) -> str | None:
    """The text between the brackets of a slice, or None where no slice gives this view. A whole base is "..."."""
    parts: list[str] = []
    axis = 0
    for own, size in zip(contiguous(of), of, strict=True):
        first = offset // own % size if size else 0
        if axis < len(shape) and strides[axis] > 0 and strides[axis] % own == 0:
            found = _slice(first, strides[axis] // own, shape[axis], size)
            if found is not None and (strides[axis] // own == 1 or own == 1 or len(of) - len(parts) > 0):
                parts.append(found)
                axis += 1
                continue
        parts.append(str(first))
    if axis != len(shape):
        return None
    while parts and parts[-1] == ":":
        parts.pop()
    if len(parts) > 2 and all(part == ":" for part in parts[:-1]):
        return f"..., {parts[-1]}"
    return ", ".join(parts) or "..."


def _slice(first: int, step: int, count: int, size: int) -> str | None:
    if step < 1 or len(range(first, size, step)) < count:
        return None
    stop = "" if len(range(first, size, step)) == count else str(first + (count - 1) * step + 1)
    return f"{first or ''}:{stop}" + (f":{step}" if step > 1 else "")


def array_views(base: str, of: Sizes, shape: Sizes, strides: Sizes, offset: int) -> Iterator[str]:
    """The same for a NumPy array; steps and offset in elements, steps may be negative."""
    yield base
    if len(of) > 1:
        yield f"{base}.T"
    # Seen from its other end an axis of negative steps is one of positive.
    flipped = [axis for axis, step in enumerate(strides) if step < 0]
    start = offset + sum(strides[axis] * (shape[axis] - 1) for axis in flipped)
    index = sliced(of, shape, [abs(step) for step in strides], start)
    if index is not None:
        turned = ", ".join("::-1" if axis in flipped else ":" for axis in range(max(flipped, default=-1) + 1))
        positive = base if index == "..." else f"{base}[{index}]"
        yield f"{positive}[{turned}]" if flipped else positive
    if 0 in strides:
        yield f"np.broadcast_to({base}, {tuple(shape)})"
