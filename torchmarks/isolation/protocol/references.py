"""References to a student's objects, pickled as a call of `resolve` that only the student's side makes.

Known to both sides. What it refers to lies in the student's process and never leaves it; on the grader's side `names`
and `kept` stay empty. Must not import anything of either side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

kept: list[Any] = []  # objects of the student's that the grader holds a proxy for, by number
names: dict[str, Any] = {}  # the notebook's


def look_in(user_ns: dict[str, Any]) -> None:
    """Take the names of a notebook for those that references name."""
    global names
    names = user_ns


def resolve(reference: int | str) -> Any:
    """What a proxy stands for: a kept object by number, or a name of the notebook. A proxy unpickles to this."""
    if isinstance(reference, int):
        return kept[reference]
    if reference in names:
        return names[reference]
    return _undefined(reference)


def _undefined(name: str) -> Callable[..., Any]:
    def undefined(*args: Any, **kwargs: Any) -> Any:
        raise NameError(f"name '{name}' is not defined")

    undefined.__name__ = name
    return undefined
