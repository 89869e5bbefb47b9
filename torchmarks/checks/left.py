"""Something that a cell left behind, as data; `leftovers` and `definitions` find it.

Loads no PyTorch: records of grades are read where nothing is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal["setting", "function", "name", "builtin", "threads", "older", "gone", "value"]
KINDS: Final = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that a cell left.

    setting: what, such as "default dtype", "torch.tensor" or "leaf"; value: what it is now; cell: how to find the cell.
    Of a function of the student's (see `definitions`): its name, and the error of the cell that should have replaced it
    ("older"), the one other function that its cell defines now, if it no longer defines this one ("gone"), or the type
    of the value that has its name ("value").
    """

    kind: Kind
    setting: str
    value: str
    cell: str
