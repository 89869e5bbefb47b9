"""Reads what a student's code made without calling a method that it could have written.

Classes by the real `type`, containers by the methods of the real `list` and `dict`, texts by those of the real `str`.
Where Python may run a student's code all the same (a metaclass gives a name, an error its text), what that raises is
caught. What this needs of Python and torch is fetched when it is imported: a student may replace it later in the same
process. Must not take facts, and must not judge.
"""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import torch

from torchmarks.checks.extent import MAX_NAME, MAX_TEXT

_type, _issubclass, _id, _str = type, issubclass, id, str
_OrderedDict = collections.OrderedDict
PLAIN = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)
SEQUENCES = (list, tuple, set, frozenset)
# By address, which never changes: to look a class up by `==` or its hash may run a student's metaclass.
PLAIN_IDS = frozenset(map(id, PLAIN))
_USUAL_NAMES = {
    id(cls): cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    for cls in (*PLAIN, *SEQUENCES, dict, torch.Tensor, torch.Size, np.ndarray)
}


def is_a(thing: object, kinds: type | tuple[type, ...]) -> bool:
    """isinstance by the real class: `isinstance` also asks `__class__`, where an object may lie or raise."""
    return _issubclass(_type(thing), kinds)


def type_name(thing: object) -> str:
    """The exact type as text: "int", "torch.Tensor", "numpy.ndarray", "LinearStack"."""
    cls = _type(thing)
    return _USUAL_NAMES.get(_id(cls)) or class_name(cls)


def class_name(cls: type) -> str:
    """A class as text, with its module unless that is builtins or the notebook itself."""
    try:
        module, name = exact(cls.__module__), exact(cls.__qualname__)
    except Exception:  # a metaclass of a student's
        return "object"
    return (name if module in ("builtins", "__main__", "") else f"{module}.{name}")[:MAX_NAME]


def exact(text: object) -> str:
    """A text as a real str: of a subclass the characters, not what its methods make of them."""
    return _str.__str__(text)[:MAX_TEXT] if is_a(text, str) else ""


def text_of(thing: object) -> str:
    """`str(thing)`, or nothing where that fails."""
    try:
        return exact(_str(thing))
    except BaseException:  # a student's __str__ may raise anything, SystemExit too
        return ""


def pairs_of(thing: Any) -> list[tuple[Any, Any]]:
    """Keys and values of a dict of any subclass, by the methods of the real dict: those of a subclass may lie."""
    # An OrderedDict keeps an order of its own beside the dict's.
    return list(_OrderedDict.items(thing)) if _type(thing) is _OrderedDict else list(dict.items(thing))


def entries_of(thing: Any) -> list[Any]:
    """The items of a sequence or set of any subclass, by the methods of the real one."""
    base = next(base for base in SEQUENCES if is_a(thing, base))
    return list(base.__iter__(thing))  # a subclass may iterate over anything
