"""Makes untrusted text safe for a terminal, a log or a table: students choose their ids, names, file names and
messages.

Pure, a leaf: imports no sibling.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from typing import Final

# Of which a spreadsheet makes a formula: also in full width, as a superscript or small, and the sign for minus itself.
_BEGINS_FORMULA: Final = frozenset("=+-@\u2212")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
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


class PrintableFilter(logging.Filter):
    """Makes what a logger says `printable`, line by line: nbgrader repeats the names that students gave themselves and
    files.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging."""
        record.msg, record.args = printable(record.getMessage(), keep="\n\t"), ()
        return True


def no_formula(text: object) -> str:
    """A cell that no spreadsheet takes for a formula, in one line; nothing for None. A number stays one.

    Text that looks like a formula after blanks, marks without a width or line breaks gets an apostrophe before it. So
    does text after a `;`, at which some spreadsheets split a cell whatever the quotes say; a tab becomes a blank.
    """
    cell = "" if text is None else _one_line(str(text))
    if _NUMBER.fullmatch(cell):
        return cell
    return ";".join(f"'{part}" if _looks_like_one(part) else part for part in cell.split(";"))


def _looks_like_one(part: str) -> bool:
    seen = next((c for c in part if not (c.isspace() or unicodedata.category(c)[0] in "CZ" or c == '"')), "")
    return bool(seen) and unicodedata.normalize("NFKC", seen)[:1] in _BEGINS_FORMULA


def _one_line(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
