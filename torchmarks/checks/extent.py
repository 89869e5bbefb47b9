"""How much is taken of a value, of a call and of an error, and how much of it a message may hold: one table of limits.

The modules that take facts keep to it, and those that read messages refuse what goes beyond it. A leaf: imports no
sibling.
"""

from __future__ import annotations

from math import prod
from typing import Final

import torch

# ---- of a value

MAX_ELEMENTS: Final = 4_000_000  # of all tensors and arrays in it together
MAX_NODES: Final = 5_000  # values in it; the largest result of the course's exercises has 48
MAX_DEPTH: Final = 24  # of containers in containers
MAX_DEPTH_READ: Final = 30  # in a message, which at most is one deeper than what is taken
MAX_AXES: Final = 64
MAX_SIZE: Final = 1 << 40  # of an axis
MAX_INT_BITS: Final = 4096
MAX_INT_DIGITS: Final = 1300  # in a message, where MAX_INT_BITS are 1234: to read them takes the square of their number

# ---- of a call

MAX_PATH_PAIRS: Final = 1_000  # objects and memory that a result shares with arguments
MAX_TENSOR_PAIRS: Final = 20_000  # looked at for shared memory
MAX_WARNINGS: Final = 20

# ---- of an error

MAX_BASES: Final = 100
MAX_OWN_LINES: Final = 3  # of a student's own code

# ---- of text, in characters

MAX_TEXT: Final = 10_000
MAX_NAME: Final = 500
MAX_LINE: Final = 200  # of code
MAX_REASON: Final = 80  # why a tensor cannot be read
MAX_SETTING: Final = 200  # what a call, or a cell, has left a setting at
ESCAPED: Final = 6  # of a lone surrogate in a message

COMPUTABLE: Final = frozenset(
    {
        torch.bool, torch.uint8, torch.uint16, torch.uint32, torch.uint64,
        torch.int8, torch.int16, torch.int32, torch.int64,
        torch.bfloat16, torch.float16, torch.float32, torch.float64,
        torch.float8_e4m3fn, torch.float8_e4m3fnuz, torch.float8_e5m2, torch.float8_e5m2fnuz, torch.float8_e8m0fnu,
        torch.complex64, torch.complex128,
    }
)  # fmt: skip
"""The dtypes that PyTorch converts and compares. A list, since it cannot be asked: to read an element of another dtype
raises an error, or ends the process."""


def element_bound(shape: tuple[int, ...]) -> int:
    """How many elements a shape has, or would have without its axes of size 0: so many may a test's code go through."""
    return prod(shape) or prod(size or 1 for size in shape)
