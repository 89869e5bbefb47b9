"""`pebbles`: sixty stones from a beach, measured, weighed and photographed, for the worked cells of 04 to 11.

    stones = pebbles()
    stones.sizes, stones.mass, stones.kind, stones.pictures

A fresh copy each time, with the same numbers on every machine and every PyTorch; nobody's random state moves. Must not
be used in graded tests: students have the numbers.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

import torch

_KINDS: Final = [0] * 36 + [1] * 24  # unequal, so that to say granite always is right more often than not
_DENSITY: Final = (2.65, 2.80)  # g/cm³
_WIDTH: Final = ((0.60, 0.95), (0.60, 0.95))  # of the length
_HEIGHT: Final = ((0.42, 0.85), (0.18, 0.46))  # of the width: slate splits into plates
_COLOUR: Final = ((178, 152, 142), (84, 94, 112))
_GRAIN: Final = (30, 8)  # how much a pixel's brightness differs: granite is speckled
_SAND: Final = (236, 226, 202)
_SIDE: Final = 8  # pixels
_MILLIMETRES: Final = 10.0  # to a pixel
_ELLIPSOID: Final = 0.5235987755982988  # π/6: the part of its box that an ellipsoid fills

Colour = tuple[int, int, int]


class Pebbles(NamedTuple):
    """Sixty stones, one a row. sizes: length, width and height in mm, (60, 3) float32; mass: in g, (60,) float32; kind:
    0 granite, 1 slate, (60,) int64; pictures: red, green and blue, seen from above, (60, 3, 8, 8) uint8."""

    sizes: torch.Tensor
    mass: torch.Tensor
    kind: torch.Tensor
    pictures: torch.Tensor


def pebbles() -> Pebbles:
    """The stones, in tensors of their own: what is written into one call's is not in the next one's."""
    # Its methods random() and shuffle() alone: what others draw goes through the logarithm of the machine.
    draw = random.Random(2026)
    kinds = list(_KINDS)
    draw.shuffle(kinds)
    sizes = [_size(draw, kind) for kind in kinds]
    return Pebbles(
        torch.tensor(sizes, dtype=torch.float32),
        torch.tensor([_mass(draw, kind, size) for kind, size in zip(kinds, sizes, strict=True)], dtype=torch.float32),
        torch.tensor(kinds),
        torch.tensor([_picture(draw, kind, size) for kind, size in zip(kinds, sizes, strict=True)], dtype=torch.uint8),
    )


def _between(draw: random.Random, low: float, high: float) -> float:
    return low + (high - low) * draw.random()


def _size(draw: random.Random, kind: int) -> tuple[float, float, float]:
    """As callipers measure it, to a tenth of a millimetre."""
    length = _between(draw, 28, 72)
    width = length * _between(draw, *_WIDTH[kind])
    height = width * _between(draw, *_HEIGHT[kind])
    return round(length, 1), round(width, 1), round(height, 1)


def _mass(draw: random.Random, kind: int, size: tuple[float, float, float]) -> float:
    """Density times the volume of an ellipsoid, no stone being quite one, as scales weigh it to a tenth of a gram."""
    length, width, height = size
    volume = _ELLIPSOID * length * width * height / 1000
    return round(_DENSITY[kind] * volume * _between(draw, 0.96, 1.04) + _between(draw, -0.5, 0.5), 1)


def _picture(draw: random.Random, kind: int, size: tuple[float, float, float]) -> list[list[list[int]]]:
    """Channels, rows, columns: the outline in the stone's colour, on sand."""
    pixels = [[_pixel(draw, kind, size, row, column) for column in range(_SIDE)] for row in range(_SIDE)]
    return [[[pixel[channel] for pixel in line] for line in pixels] for channel in range(3)]


def _pixel(draw: random.Random, kind: int, size: tuple[float, float, float], row: int, column: int) -> Colour:
    shade = int(_between(draw, -_GRAIN[kind], _GRAIN[kind]))  # drawn for sand as well: each pixel has its own
    middle = (_SIDE - 1) / 2
    along = (column - middle) * _MILLIMETRES * 2 / size[0]
    across = (row - middle) * _MILLIMETRES * 2 / size[1]
    if along * along + across * across > 1:
        return _SAND
    red, green, blue = _COLOUR[kind]
    return red + shade, green + shade, blue + shade
