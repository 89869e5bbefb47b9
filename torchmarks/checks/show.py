"""`show`: a picture of tensors and of the memory behind them, for students to explore with.

    show(x, x.T)            or, with your own names,     show(x=x, columns=x.T)

Draws shape, strides, the elements, and each stretch of memory once, with a row of squares for every tensor that lies
in it. The same picture for the same tensors, whenever and wherever it is drawn: no address appears. Reads its
arguments, writes nothing, and records nothing for autograd. Must not judge.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from torchmarks.checks.facts import Place
from torchmarks.checks.formatting import format_dtype, format_shape, shorten
from torchmarks.checks.memory import Memory, elements_are_own, place_of
from torchmarks.checks.sentences import say
from torchmarks.checks.sim import backing
from torchmarks.errors import UsageError

Array: TypeAlias = np.ndarray[Any, Any]
_MOST_ELEMENTS = 1024  # of larger tensors only the line with their shape is drawn
_MOST_CELLS = 48  # of a stretch of memory
_MOST_ROWS, _MOST_COLUMNS = 12, 12
_PER_LINE = 16  # cells of memory before the strip goes on in the next line


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One tensor as it is drawn. about: its attributes, in words; place: None when it has no memory; positions: byte
    addresses of its elements in row-major order, None when there are too many; storage: the bounds of its storage."""

    name: str
    about: str
    place: Place | None
    values: Array | None
    positions: Array | None
    storage: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of memory. start and end: byte addresses, of the part that is drawn; unit: bytes in a cell; cells: the
    values there; more: whether it goes on beyond what is drawn."""

    name: str
    start: int
    end: int
    unit: int
    cells: tuple[str, ...]
    more: bool


def show(*tensors: Any, **named: Any) -> Picture:
    """A picture of tensors or arrays: shape, strides, elements, and which elements lie in the same memory.

    tensors: drawn as "tensor 1", "tensor 2"; named: drawn under their names. Of more than 1024 elements only shape and
    strides are shown. Raises UsageError for anything that is neither a tensor nor an array.
    """
    things = {say("numbered_tensor", number=n): thing for n, thing in enumerate(tensors, 1)} | named
    if not things:
        raise UsageError(say("nothing_to_draw"), "show", say("next_nothing_to_draw"))
    for name, thing in things.items():
        if not isinstance(thing, torch.Tensor | np.ndarray):
            raise UsageError(say("no_tensor", name=name, kind=type(thing).__name__), "show", say("next_no_tensor"))
    drawn = [_look_at(name, thing) for name, thing in things.items()]
    return Picture(drawn, _stretches(drawn))


def _look_at(name: str, thing: Memory) -> _Drawn:
    place = place_of(thing)
    size = thing.size if isinstance(thing, np.ndarray) else thing.numel()
    few = 0 < size <= _MOST_ELEMENTS
    values = _values(thing) if few else None
    positions = _positions(place) if few and place is not None else None
    storage = _storage(thing, positions, place) if positions is not None and place is not None else (0, 0)
    return _Drawn(name, _about(thing, place), place, values, positions, storage)


def _values(thing: Memory) -> Array | None:
    if isinstance(thing, np.ndarray):
        return thing
    if thing.layout != torch.strided or thing.device.type == "meta":
        return None
    plain = thing.detach().cpu().resolve_conj().resolve_neg()
    return plain.float().numpy() if plain.dtype in _SMALL_FLOATS else plain.numpy()


# NumPy knows neither bfloat16 nor the floats of one byte.
_SMALL_FLOATS = {
    d for d in vars(torch).values() if isinstance(d, torch.dtype) and d.is_floating_point and d.itemsize < 4
}


def _positions(place: Place) -> Array:
    positions: Array = np.asarray(place.address, dtype=np.int64)
    for step, size in zip(place.strides, place.shape, strict=True):
        positions = np.add.outer(positions, np.arange(size, dtype=np.int64) * step)
    return positions


def _about(thing: Memory, place: Place | None) -> str:
    shape = say("shape_is", shape=format_shape(tuple(thing.shape)))
    if isinstance(thing, np.ndarray):
        own = [say("strides_in_bytes", strides=thing.strides), str(thing.dtype), say("array")]
        return ", ".join([shape, *own, *([say("read_only")] if not thing.flags.writeable else [])])
    if thing.layout != torch.strided:
        return f"{shape}, {format_dtype(thing.dtype)}, {str(thing.layout).removeprefix('torch.')}"
    notes = [
        shape,
        say("strides_are", strides=tuple(thing.stride())),
        say("offset_is", offset=int(thing.storage_offset())),
        format_dtype(thing.dtype),
    ]
    notes += [] if thing.device.type == "cpu" else [str(thing.device)]
    notes += [] if thing.is_contiguous() else [say("not_contiguous")]
    notes += [] if elements_are_own(place) else [say("share_memory")]
    notes += [say("requires_grad")] if thing.requires_grad else []
    return ", ".join(notes)


def _stretches(drawn: Sequence[_Drawn]) -> list[_Stretch]:
    """The memory behind the tensors, each stretch once, in the order in which the tensors were given."""
    stretches: list[_Stretch] = []
    for group in _groups(drawn):
        start, end = min(drawing.storage[0] for drawing in group), max(drawing.storage[1] for drawing in group)
        unit = min(drawing.place.itemsize for drawing in group if drawing.place is not None)
        first = min(int(drawing.positions.min()) for drawing in group if drawing.positions is not None)
        count = (end - start) // unit
        if count > _MOST_CELLS:  # draw the part in which the tensors begin
            start += (first - start) // unit * unit  # by whole cells: elements begin where cells do
        last = min(end, start + _MOST_CELLS * unit)
        name = say("stretch", letter=chr(ord("A") + len(stretches) % 26))
        cells = tuple(_cell(address, group, unit) for address in range(start, last - unit + 1, unit))
        stretches.append(_Stretch(name, start=start, end=last, unit=unit, cells=cells, more=count > _MOST_CELLS))
    return stretches


def _groups(drawn: Sequence[_Drawn]) -> list[list[_Drawn]]:
    """Tensors whose storages overlap, together."""
    groups: list[list[_Drawn]] = []
    for drawing in drawn:
        if drawing.positions is None:
            continue
        touching = [group for group in groups if any(_touch(drawing, other) for other in group)]
        # One tensor can join groups that did not touch before it came.
        groups = [group for group in groups if group not in touching]
        groups.append([other for group in touching for other in group] + [drawing])
    order = {drawing.name: n for n, drawing in enumerate(drawn)}
    return sorted((sorted(g, key=lambda d: order[d.name]) for g in groups), key=lambda g: order[g[0].name])


def _bounds(drawing: _Drawn) -> tuple[int, int]:
    assert drawing.positions is not None
    assert drawing.place is not None
    return int(drawing.positions.min()), int(drawing.positions.max()) + drawing.place.itemsize


def _touch(a: _Drawn, b: _Drawn) -> bool:
    same_space = a.place is not None and b.place is not None and a.place.space == b.place.space
    return same_space and a.storage[0] < b.storage[1] and b.storage[0] < a.storage[1]


def _storage(thing: Memory, positions: Array, place: Place) -> tuple[int, int]:
    """The whole storage of a tensor, or of the array that owns an array's memory."""
    start, end = int(positions.min()), int(positions.max()) + place.itemsize
    if isinstance(thing, np.ndarray):
        root = thing
        while isinstance(root.base, np.ndarray):
            root = root.base
        low, high = np.lib.array_utils.byte_bounds(root)
        return min(start, int(low)), max(end, int(high))
    storage = (backing(thing) if thing.device.type == "sim" else thing).untyped_storage()
    return min(start, storage.data_ptr()), max(end, storage.data_ptr() + storage.nbytes())


def _cell(address: int, group: Sequence[_Drawn], unit: int) -> str:
    """What lies at an address, as the first tensor of this unit that reaches it reads it; a dot where none does."""
    for drawing in group:
        if (
            drawing.place is None
            or drawing.place.itemsize != unit
            or drawing.positions is None
            or drawing.values is None
        ):
            continue
        at = np.flatnonzero(drawing.positions.reshape(-1) == address)
        if at.size:
            return _number(drawing.values.reshape(-1)[at[0]])
    return "·"


def _number(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float):
        text = f"{plain:.3g}"
        return text + "." if text.lstrip("-").isdigit() else text  # as PyTorch prints a float
    return shorten(str(plain), 7)


def _filled(drawing: _Drawn, stretch: _Stretch) -> list[bool]:
    """For each cell of a stretch, whether the tensor has an element there."""
    assert drawing.positions is not None
    assert drawing.place is not None
    filled = [False] * len(stretch.cells)
    for position in drawing.positions.reshape(-1).tolist():
        for byte in range(position, position + drawing.place.itemsize, stretch.unit):
            cell = (byte - stretch.start) // stretch.unit
            if 0 <= cell < len(filled):
                filled[cell] = True
    return filled


class Picture:
    """What `show` drew. In JupyterLab an image, elsewhere text; `svg` and `text` hold both."""

    def __init__(self, drawn: Sequence[_Drawn], stretches: Sequence[_Stretch]) -> None:
        lines = [line for drawing in drawn for line in _text_of_tensor(drawing)]
        self.text = "\n".join(lines + [line for stretch in stretches for line in _text_of_stretch(stretch, drawn)])
        self.svg = _svg(drawn, stretches, self.text)

    def __repr__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str:
        return self.svg


def _inside(stretch: _Stretch, drawn: Sequence[_Drawn]) -> list[tuple[int, _Drawn, list[bool]]]:
    """The tensors that have an element in a stretch, with their number among all and the cells that they fill."""
    inside = []
    for number, drawing in enumerate(drawn):
        if drawing.positions is not None and drawing.place is not None:
            start, end = _bounds(drawing)
            if start < stretch.end and stretch.start < end:
                inside.append((number, drawing, _filled(drawing, stretch)))
    return inside


# ---- as text


def _text_of_tensor(drawing: _Drawn) -> list[str]:
    lines = [f"{drawing.name}: {drawing.about}"]
    for row in _rows(drawing):
        lines.append(("    " + "".join(f"{text:>8}" for text in row)).rstrip())
    return lines


def _rows(drawing: _Drawn) -> list[list[str]]:
    """The elements row by row; an empty row between matrices; at most 12 by 12, the cut marked."""
    if drawing.values is None:
        return []
    values = drawing.values.reshape(1, 1) if drawing.values.ndim == 0 else drawing.values
    height = values.shape[-2] if values.ndim > 1 else 1
    rows: list[list[str]] = []
    for number, row in enumerate(values.reshape(-1, values.shape[-1])):
        if len(rows) >= _MOST_ROWS:
            return [*rows, ["…"]]
        if number and number % height == 0:
            rows.append([])
        cut = ["…"] if len(row) > _MOST_COLUMNS else []
        rows.append([_number(value) for value in row[:_MOST_COLUMNS]] + cut)
    return rows


def _text_of_stretch(stretch: _Stretch, drawn: Sequence[_Drawn]) -> list[str]:
    inside = _inside(stretch, drawn)
    element = say("element")
    width = max(len(name) for name in [element, *(drawing.name for _, drawing, _ in inside)])
    lines = [f"{stretch.name}: {_about_stretch(stretch)}"]
    for first in range(0, len(stretch.cells), _PER_LINE):
        part = slice(first, first + _PER_LINE)
        lines.append(f"    {element:<{width}}" + "".join(f"{text:>8}" for text in stretch.cells[part]))
        for _, drawing, filled in inside:
            lines.append(
                f"    {drawing.name:<{width}}" + "".join(f"{'■' if there else '·':>8}" for there in filled[part])
            )
    return lines


def _about_stretch(stretch: _Stretch) -> str:
    elements, each = say("elements", count=len(stretch.cells)), say("bytes", count=stretch.unit)
    return say("elements_and_more" if stretch.more else "elements_of", elements=elements, each=each)


# ---- as an image. Its own light ground, so that it reads the same in a light and in a dark theme.

_CELL_WIDTH, _CELL_HEIGHT, _LINE = 46, 24, 20
_COLOURS = ("#1f6fb2", "#b3541e", "#2e7d4f", "#8a3f9b", "#8a6d00", "#a83250")
_GROUND, _INK, _FAINT, _EDGE = "#fbfbf8", "#1c1c1c", "#6a6a6a", "#9a9a9a"


class _Canvas:
    """Collects shapes from the top down. y: where the next one goes, in pixels."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = 14
        self.width = 0

    def text(self, x: int, text: str, colour: str = _INK, *, bold: bool = False, middle: bool = False) -> None:
        weight = ' font-weight="bold"' if bold else ""
        anchor = ' text-anchor="middle"' if middle else ""
        self.parts.append(f'<text x="{x}" y="{self.y + 16}" fill="{colour}"{weight}{anchor}>{html.escape(text)}</text>')
        # A character of this font at 13 pixels is just under 8 wide.
        self.width = max(self.width, x + (0 if middle else 8 * len(text)))

    def cell(self, x: int, text: str, edge: str, fill: str = "none") -> None:
        box = f'x="{x}" y="{self.y}" width="{_CELL_WIDTH}" height="{_CELL_HEIGHT}"'
        self.parts.append(f'<rect {box} fill="{fill}" stroke="{edge}"/>')
        self.text(x + _CELL_WIDTH // 2, text, middle=True)
        self.width = max(self.width, x + _CELL_WIDTH)

    def mark(self, x: int, colour: str, number: int) -> None:
        box = f'x="{x + 3}" y="{self.y + 3}" width="{_CELL_WIDTH - 6}" height="{_LINE - 6}"'
        self.parts.append(f'<rect {box} rx="3" fill="{colour}"/>')
        self.parts.append(
            f'<text x="{x + _CELL_WIDTH // 2}" y="{self.y + 14}" fill="#ffffff" font-size="11" text-anchor="middle">'
            f"{number}</text>"
        )


def _svg(drawn: Sequence[_Drawn], stretches: Sequence[_Stretch], text: str) -> str:
    canvas = _Canvas()
    for number, drawing in enumerate(drawn):
        _draw_tensor(canvas, number, drawing)
    for stretch in stretches:
        _draw_stretch(canvas, stretch, drawn)
    width, height = canvas.width + 16, canvas.y + 6
    # title and desc: what a screen reader reads of it.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13">'
        f"<title>{html.escape(say('picture'))}</title><desc>{html.escape(text)}</desc>"
        f'<rect width="{width}" height="{height}" rx="6" fill="{_GROUND}"/>{"".join(canvas.parts)}</svg>'
    )


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _draw_tensor(canvas: _Canvas, number: int, drawing: _Drawn) -> None:
    canvas.text(12, f"{number + 1}  {drawing.name}", _colour(number), bold=True)
    canvas.text(12 + 8 * (len(drawing.name) + 5), drawing.about, _FAINT)
    canvas.y += _LINE + 4
    for row in _rows(drawing):
        for column, text in enumerate(row):
            canvas.cell(24 + column * _CELL_WIDTH, text, _colour(number))
        canvas.y += _CELL_HEIGHT if row else _CELL_HEIGHT // 3
    canvas.y += 12


def _draw_stretch(canvas: _Canvas, stretch: _Stretch, drawn: Sequence[_Drawn]) -> None:
    inside = _inside(stretch, drawn)
    left = 28 + 8 * max(len(drawing.name) + 3 for _, drawing, _ in inside)
    canvas.text(12, stretch.name, bold=True)
    canvas.text(12 + 8 * (len(stretch.name) + 2), _about_stretch(stretch), _FAINT)
    canvas.y += _LINE + 4
    for first in range(0, len(stretch.cells), _PER_LINE):
        for column, text in enumerate(stretch.cells[first : first + _PER_LINE]):
            canvas.cell(left + column * _CELL_WIDTH, text, _EDGE, "#ffffff")
        canvas.y += _CELL_HEIGHT
        for number, drawing, filled in inside:
            canvas.text(12, f"{number + 1}  {drawing.name}", _colour(number))
            for column, there in enumerate(filled[first : first + _PER_LINE]):
                if there:
                    canvas.mark(left + column * _CELL_WIDTH, _colour(number), number + 1)
            canvas.y += _LINE
        canvas.y += 8
    canvas.y += 4
