"""Text of strangers for a terminal, a log or a table: students choose their ids, names, file names and messages.

Pure, a leaf: imports no sibling.
"""

from __future__ import annotations

from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: object, *, keep: str = "") -> str:
    """`text` without what steers a terminal or shows another order than is there: line breaks, escapes, bidirectional
    and zero-width marks, lone surrogates. Each becomes a replacement character.

    keep: characters that stay all the same, such as "\\n" where lines are wanted.
    """
    plain = str(text)
    if plain.isprintable():
        return plain
    return "".join(c if c.isprintable() or c in keep else _REPLACEMENT for c in plain)
