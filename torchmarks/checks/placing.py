"""Writes tensors and arrays as code, each in the memory that it shares with others: views of one base, leaves, `.grad`.

What is written is run at once, in a namespace like a notebook's, and has to lie in its memory as the original does.
Must not know containers or functions: those are for `checks.writing`.
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks import literals
from torchmarks.checks.drawn import drawn
from torchmarks.checks.geometry import block_of, geometry, is_view
from torchmarks.checks.layouts import array_views, contiguous, natural_shapes, views
from torchmarks.checks.literals import Unwritable, restored
from torchmarks.checks.packing import PackedArguments, PackedArray, PackedTensor, pack
from torchmarks.checks.sim import accelerator

# What a notebook has: no line of ours may give another value to one of these.
_RESERVED: Final = frozenset(
    {"np", "torch", "F", "nn", "copy", "device", "accelerator", "leaf", "TOLERANCE", "result"}
) | {
    *("expect", "inputs", "observe", "observe_backward", "observe_many", "progress", "show"),
    *("restored", "drawn", "default_incoming"),
}
_CONSTRUCTORS: Final = ("torch.tensor(", "torch.zeros(", "torch.ones(", "torch.full(", "torch.arange(", "torch.empty(")
_MOST_NAMES: Final = 1_000


def notebook() -> dict[str, Any]:
    """The names that a line of ours may use: those of the first cell of every notebook, and the package's own."""
    return {
        "__name__": "__main__",
        "np": np,
        "torch": torch,
        "F": torch.nn.functional,
        "nn": torch.nn,
        "accelerator": accelerator,
        "restored": restored,
        "drawn": drawn,
    }


class MemoryWriter:
    """Writes the tensors and arrays of one packed; lines that they need go to `lines`."""

    def __init__(
        self, packed: PackedArguments, numbers: Mapping[int, int], lines: list[str], taken: Iterable[str]
    ) -> None:
        self._packed, self._numbers, self._lines = packed, numbers, lines
        self._taken = set(taken) | _RESERVED
        self._space = notebook()
        self._name: dict[int, str] = {}  # of tensors and arrays that a line has bound, by number
        self._base: dict[int, tuple[str, int | None]] = {}  # by block: the base's name, and which thing it is
        self._often: Counter[int] = Counter()
        self._hints: dict[int, str] = {}
        self._live: dict[int, Any] = {}

    def look_ahead(self, values: Iterable[tuple[str, Any]]) -> None:
        """Notes which tensors and arrays there are, and how often."""
        for name, value in values:
            for thing in _things(value):
                self._note(thing, name if thing is value else "t")

    def _note(self, thing: Any, hint: str) -> None:
        number = self._numbers[id(thing)]
        self._often[number] += 1
        self._hints.setdefault(number, hint)
        self._live[number] = thing
        if isinstance(thing, torch.Tensor) and thing.grad is not None and self._often[number] == 1:
            self._note(thing.grad, "grad")

    def _group(self, number: int) -> list[int]:
        block = block_of(self._packed, self._packed.things[number])
        if block is None:
            return [number]
        return [n for n in self._often if block_of(self._packed, self._packed.things[n]) == block]

    def _run(self, line: str) -> None:
        self._lines.append(line)
        exec(line, self._space)

    def _free(self, hint: str) -> str:
        wanted = (hint, f"{hint}_", *(f"x{n}" for n in itertools.islice(itertools.count(), _MOST_NAMES)))
        name = next(n for n in wanted if n.isidentifier() and not keyword.iskeyword(n) and not self._is_taken(n))
        self._taken.add(name)
        return name

    def _is_taken(self, name: str) -> bool:
        return name in self._taken or hasattr(builtins, name)

    def _bind(self, hint: str, text: str) -> str:
        name = self._free(hint)
        self._run(f"{name} = {text}")
        return name

    # ---- tensors and arrays

    def _thing(self, number: int) -> str:
        if number in self._name:
            return self._name[number]
        group = self._group(number)
        if len(group) == 1:
            return self._finished(number, self._alone(number))
        return self._in_group(number, group)

    def _in_group(self, number: int, group: list[int]) -> str:
        block = block_of(self._packed, self._packed.things[number])
        assert block is not None
        if block not in self._base:
            whole = next((n for n in group if self._is_whole(n) and not is_view(self._packed, n)), None)
            if whole is not None:
                self._base[block] = self._named(whole, self._alone(whole)), whole
            else:
                largest = max(group, key=lambda n: math.prod(self._packed.things[n].shape))
                self._base[block] = self._bind("base", next(self._bases(largest))[1]), None
                self._taken.discard("base")
        if number in self._name:
            return self._name[number]
        name, of = self._base[block]
        return self._finished(number, self._view(number, name, of))

    def _finished(self, number: int, text: str) -> str:
        """The expression, or the name of what is bound because something has to be done to it."""
        thing = self._packed.things[number]
        if isinstance(thing, PackedArray):
            needs = not thing.writeable and bool(eval(text, self._space).flags.writeable)
        else:
            needs = thing.grad is not None
        return self._named(number, text) if needs or self._often[number] > 1 else text

    def _named(self, number: int, text: str) -> str:
        thing = self._packed.things[number]
        name = self._name[number] = self._bind(self._hints.get(number, "x"), text)
        if isinstance(thing, PackedArray) and not thing.writeable and self._space[name].flags.writeable:
            self._run(f"{name}.flags.writeable = False")
        if isinstance(thing, PackedTensor) and thing.grad is not None:
            self._run(f"{name}.grad = {self._thing(thing.grad)}")
        return name

    def _is_whole(self, number: int) -> bool:
        """Whether a tensor or array is all of its memory, row after row, and can be written to."""
        thing = self._packed.things[number]
        block = block_of(self._packed, thing)
        size = math.prod(thing.shape) * thing.dtype.itemsize
        if block is None or size != len(self._packed.blocks[block].data):
            return False
        if isinstance(thing, PackedArray):
            own = tuple(step * thing.dtype.itemsize for step in contiguous(thing.shape))
            return thing.strides == own and thing.writeable
        return thing.stride == contiguous(thing.shape) and thing.offset == 0 and not thing.parameter

    def _elements(self, number: int) -> torch.Tensor | np.ndarray[Any, Any]:
        """All elements of the memory behind it, in its dtype, one after the other."""
        thing = self._packed.things[number]
        block = block_of(self._packed, thing)
        data = b"" if block is None else self._packed.blocks[block].data
        if isinstance(thing, PackedArray):
            if len(data) % max(thing.dtype.itemsize, 1):
                raise Unwritable("memory that its dtype does not divide")
            return np.frombuffer(bytearray(data), thing.dtype)
        if block is not None:
            start = thing.storage[0] - self._packed.blocks[block].start
            data = data[start : start + thing.storage[1] - thing.storage[0]]
        if not data:
            return torch.empty(0, dtype=thing.dtype)
        if len(data) % thing.dtype.itemsize:
            raise Unwritable("memory that its dtype does not divide")
        return torch.frombuffer(bytearray(data), dtype=thing.dtype)

    def _bases(self, number: int) -> Iterator[tuple[tuple[int, ...], str]]:
        """Shapes of the whole memory behind a thing in which it may read well, each with its literal."""
        thing, flat = self._packed.things[number], self._elements(number)
        count = int(np.prod(flat.shape))
        offset, strides = self._place(number)
        shapes = [tuple(thing.shape)] if math.prod(thing.shape) == count else []
        shapes += natural_shapes(thing.shape, strides, offset, count)
        for shape in dict.fromkeys(shapes):
            if math.prod(shape) == count:
                if isinstance(flat, np.ndarray):
                    yield shape, literals.array(flat.reshape(shape))
                else:
                    assert isinstance(thing, PackedTensor)
                    yield shape, literals.tensor(flat.reshape(shape), *_device(thing.device))

    def _place(self, number: int) -> tuple[int, tuple[int, ...]]:
        """Where its first element lies in its memory, and its strides, in elements."""
        thing = self._packed.things[number]
        if isinstance(thing, PackedTensor):
            return thing.offset // thing.dtype.itemsize, thing.stride
        block, size = block_of(self._packed, thing), thing.dtype.itemsize or 1
        first = 0 if block is None else thing.address - self._packed.blocks[block].start
        return first // size, tuple(step // size for step in thing.strides)

    def _alone(self, number: int) -> str:
        """An expression for a tensor or array whose memory nobody else has."""
        thing = self._packed.things[number]
        if isinstance(thing, PackedTensor) and thing.device == "meta":
            layout = "" if thing.stride == contiguous(thing.shape) else "_strided"
            stride = f", {thing.stride}" if layout else ""
            text = f'torch.empty{layout}({thing.shape}{stride}, dtype={thing.dtype}, device="meta")'
            return self._graded(thing, text)
        offset, strides = self._place(number)
        bases = list(self._bases(number))
        simple = (view for of, text in bases for view in self._views(thing, text, of, strides, offset))
        plain = (self._anyhow(thing, text, strides, offset) for _, text in bases[-1:])
        for view in itertools.chain(simple, plain):
            if self._fits(number, view, None):
                return self._graded(thing, view) if isinstance(thing, PackedTensor) else view
        raise Unwritable("a layout that no expression makes")

    def _views(
        self, thing: PackedTensor | PackedArray, base: str, of: tuple[int, ...], strides: tuple[int, ...], offset: int
    ) -> Iterator[str]:
        """Expressions that read well, from a base of the shape `of`."""
        if isinstance(thing, PackedTensor):
            yield from (_flagged(thing, text) for text in views(base, of, thing.shape, strides, offset))
            return
        yield from array_views(base, of, thing.shape, strides, offset)
        if len(of) > 1 and math.prod(of) == math.prod(thing.shape):
            flat = self._elements(self._number_of(thing))
            assert isinstance(flat, np.ndarray)
            yield literals.array(flat.reshape(thing.shape[::-1]).T, "F")

    def _anyhow(self, thing: PackedTensor | PackedArray, base: str, strides: tuple[int, ...], offset: int) -> str:
        """An expression for any layout."""
        if isinstance(thing, PackedTensor):
            return _flagged(thing, f"{base}.as_strided({thing.shape}, {thing.stride}, {offset})")
        first = offset * thing.dtype.itemsize
        return f"np.ndarray({thing.shape}, np.{thing.dtype.name}, {base}, {first}, {thing.strides})"

    def _number_of(self, thing: PackedTensor | PackedArray) -> int:
        return next(n for n, other in enumerate(self._packed.things) if other is thing)

    def _view(self, number: int, base: str, of: int | None) -> str:
        """An expression for a view of a base that a line has bound. of: which thing the base is, if it is one."""
        thing, made = self._packed.things[number], self._space[base]
        offset, strides = self._place(number)
        source = base
        if isinstance(thing, PackedTensor):
            whole = None if of is None else self._packed.things[of]
            recorded = isinstance(whole, PackedTensor) and whole.requires_grad
            source = f"{base}.detach()" if recorded else base
            source = f"torch.from_numpy({base})" if isinstance(made, np.ndarray) else source
        # The same elements in another dtype: one after the other.
        other = f"{source}.view(-1).view({thing.dtype})"
        alike = isinstance(thing, PackedArray) or _dtype_of(made) == thing.dtype
        simple = self._views(thing, source, tuple(made.shape), strides, offset) if alike else iter(())
        for text in itertools.chain(simple, [self._anyhow(thing, source if alike else other, strides, offset)]):
            for view in (text, f"{text}.view()" if isinstance(thing, PackedArray) else f"{text}.detach()"):
                if view != base and self._fits(number, view, base):
                    return self._graded(thing, view) if isinstance(thing, PackedTensor) else view
        raise Unwritable("a layout that no expression makes")

    def _graded(self, thing: PackedTensor, text: str) -> str:
        if thing.parameter:
            recorded = "" if thing.requires_grad else ", requires_grad=False"
            return f"torch.nn.Parameter({text}{recorded})"
        if not thing.requires_grad:
            return text
        # A constructor takes it as an option; a view is asked for it afterwards.
        if text.startswith(_CONSTRUCTORS) and _is_one_call(text):
            return f"{text[:-1]}, requires_grad=True)"
        return f"{text}.requires_grad_()"

    def _fits(self, number: int, text: str, base: str | None) -> bool:
        """Whether the expression makes something that lies in its memory as the thing does."""
        try:
            made = eval(text, self._space)
            together = (made,) if base is None else (made, self._space[base])
            packed = pack(together)
        except Exception:
            return False
        thing = self._packed.things[number]
        want, found = geometry(self._packed, number, alone=True), geometry(packed, 0, alone=True)
        if isinstance(thing, PackedArray) and not thing.writeable:
            found = (*found[:-1], False)  # a line sets it
        return want == found and (base is None or is_view(self._packed, number) == is_view(packed, 0))


def _things(value: Any) -> Iterator[Any]:
    if isinstance(value, torch.Tensor | np.ndarray):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _things(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _things(item)


def _flagged(thing: PackedTensor, text: str) -> str:
    """With the bits that PyTorch sets instead of changing the elements."""
    text = f"{text}.conj()" if thing.conjugate else text
    return f"torch._neg_view({text})" if thing.negative else text


def _dtype_of(made: Any) -> torch.dtype | None:
    if isinstance(made, torch.Tensor):
        return made.dtype
    try:
        return torch.from_numpy(np.empty(0, made.dtype)).dtype
    except TypeError:
        return None


def _device(name: str) -> tuple[str, ...]:
    if name == "cpu":
        return ()
    text = literals.device(name)
    return (f"device={text}",) if text == "accelerator()" else (f'device="{name}"',)


def _is_one_call(text: str) -> bool:
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter == ")":
            return place == len(text) - 1
    return False
