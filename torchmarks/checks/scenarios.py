"""Reads the docstring of a scenario: how its call reads, its steps, and names for what it returns.

    def trained(init_weight, start):
        '''w.grad after a backward pass, with w = init_weight({start}, 0.5)

        >>> w = init_weight({start}, 0.5)
        >>> (3 * w).sum().backward()
        >>> w.grad
        returns: the losses, the parameters
        '''

Pure text. `{name}` is replaced by the argument of that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

_STEP: Final = ">>> "
_MORE: Final = "... "
_RETURNS: Final = "returns:"
_PLACE: Final = re.compile(r"\{(\w+)\}")
_COMMA: Final = re.compile(r",(?![^(\[]*[)\]])")  # not one between brackets


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario's docstring says. reads: the first line, or nothing where steps say it all; steps: code, its last
    line what the scenario returns; returns: a name for each item of what it returns.
    """

    reads: str = ""
    steps: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()


def scenario_of(fn: Any) -> Scenario:
    """What the docstring of a function says; of one without any, nothing."""
    text = getattr(fn, "__doc__", None)
    reads, steps = "", list[str]()
    returns: tuple[str, ...] = ()
    for line in text.splitlines() if isinstance(text, str) else ():
        entry = line.strip()
        if entry.startswith(_STEP):
            steps.append(entry.removeprefix(_STEP))
        elif entry.startswith(_MORE) and steps:
            steps[-1] += f"\n{entry.removeprefix(_MORE)}"
        elif entry.startswith(_RETURNS):
            returns = tuple(name.strip() for name in _COMMA.split(entry.removeprefix(_RETURNS)))
        elif entry and not reads and not steps:
            reads = entry
    return Scenario(reads or "; ".join(step for step in steps if "\n" not in step), tuple(steps), returns)


def filled(text: str, value: Callable[[str], str | None]) -> str:
    """The text with every `{name}` replaced; a place whose value is None stays, as do the braces of a set or a dict."""

    def one(hit: re.Match[str]) -> str:
        found = value(hit[1])
        return hit[0] if found is None else found

    return _PLACE.sub(one, text)  # not str.format: other braces stay as they are


def places(text: str) -> list[str]:
    """The names between braces, each as often as it occurs."""
    return _PLACE.findall(text)
