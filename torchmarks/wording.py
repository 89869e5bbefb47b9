"""Puts a list, or a span of time, into words.

Pure, a leaf: imports no sibling.
"""

from __future__ import annotations

from collections.abc import Sequence


def few(texts: Sequence[str], most: int) -> str:
    """The first of a list in one line, and how many more there are. most: how many are shown."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return f"{', '.join(texts[:most])}{more}"


def time_span(seconds: float) -> str:
    """A span of time in its two largest units, such as "2 h 05 min"; the smaller one is left out where it is 0."""
    rest = round(seconds)
    for unit, size, smaller, smaller_size in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if rest >= size:
            count = rest % size // smaller_size
            digits = 1 if smaller == "h" else 2
            return f"{rest // size} {unit}" + (f" {count:0{digits}} {smaller}" if count else "")
    return f"{rest} s"
