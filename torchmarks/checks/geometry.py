"""Describes how packed tensors and arrays lie in their memory, and which is a view of which: what a copy has to keep.

Pure: looks at what `packing` made. Must not look at the elements.
"""

from __future__ import annotations

from typing import Any

from torchmarks.checks.packing import PackedArguments, PackedArray, PackedTensor


def layout(packed: PackedArguments) -> Any:
    """All that is known of the memory behind a value, wherever that lies."""
    lies = [geometry(packed, number) for number in range(len(packed.things))]
    places = [place for place, *_ in lies]
    # Numbered as they are met: addresses have another order each time.
    order = list(dict.fromkeys(place for place in places if place is not None))
    blocks = [packed.blocks[place].data for place in order]
    numbered = [(order.index(place) if place is not None else None, *rest) for place, *rest in lies]
    return numbered, blocks, _bases(packed, places)


def _bases(packed: PackedArguments, places: list[int | None]) -> list[int | None]:
    """What each thing is a view of. Alone in its memory it is a view of nothing that anybody could ask for."""
    shared = [place is not None and places.count(place) > 1 for place in places]
    of = [_base(thing) if together else None for thing, together in zip(packed.things, shared, strict=True)]
    order = list(dict.fromkeys(base for base in of if base is not None))
    things = len(packed.things)
    return [base if base is None or base < things else things + order.index(base) for base in of]


def geometry(packed: PackedArguments, number: int, *, alone: bool = False) -> tuple[Any, ...]:
    """How a tensor or array lies in its memory. alone: without what is beside its place, gradient and flags."""
    thing = packed.things[number]
    block = block_of(packed, thing)
    start, length = (packed.blocks[block].start, len(packed.blocks[block].data)) if block is not None else (0, 0)
    place = (None if alone else block, length)
    if isinstance(thing, PackedArray):
        first, strides = (thing.address - start, thing.strides) if length else (0, ())
        return (*place, thing.dtype, first, thing.shape, strides, thing.writeable)
    first = thing.storage[0] - start if length else 0
    size = thing.storage[1] - thing.storage[0]
    lies = (*place, thing.dtype, thing.device, first, size, thing.offset, thing.shape, thing.stride)
    flags = (thing.conjugate, thing.negative)
    return (*lies, *flags) if alone else (*lies, *flags, thing.parameter, thing.requires_grad, thing.grad)


def block_of(packed: PackedArguments, thing: PackedTensor | PackedArray) -> int | None:
    """Which block of memory holds it; None of what has no elements."""
    first = thing.storage[0] if isinstance(thing, PackedTensor) else thing.address
    empty = thing.storage[0] == thing.storage[1] if isinstance(thing, PackedTensor) else 0 in thing.shape
    blocks = () if empty else packed.blocks
    return next((n for n, b in enumerate(blocks) if b.start <= first < b.start + len(b.data)), None)


def is_view(packed: PackedArguments, number: int) -> bool:
    """Whether a thing is a view of a tensor that has travelled with it."""
    return _base(packed.things[number]) is not None


def _base(thing: PackedTensor | PackedArray) -> int | None:
    return thing.base if isinstance(thing, PackedTensor) else None
