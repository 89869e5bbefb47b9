"""A platform's CSV file: cells to read, and single cells to change while every other byte of the file stays.

RFC 4180 with what the platforms write: a byte order mark, commas or semicolons (Canvas lets each user choose), line
breaks within quotes (text that students typed into Moodle). Python's csv cannot say where in the file a cell was.
Reads files; knows no platform.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torchmarks.errors import UsageError

_MOST_BYTES: Final = 64 << 20
_DELIMITERS: Final = ",;\t"
_MARK: Final = "\ufeff"
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell: its text, and where it is in the file's text, quotes included."""

    text: str
    begin: int
    end: int
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it is on the disk. rows: without empty lines, the head first; lines: where each begins, from 1."""

    path: Path
    text: str
    encoding: str
    delimiter: str
    rows: tuple[tuple[SheetCell, ...], ...]
    lines: tuple[int, ...]

    @property
    def head(self) -> list[str]:
        """Names of the columns."""
        return [cell.text.strip() for cell in self.rows[0]]

    def column(self, number: int) -> list[str]:
        """The texts below a name; empty ones where a row is too short."""
        return [self.at(row, number) for row in range(1, len(self.rows))]

    def at(self, row: int, number: int) -> str:
        """The text of a cell, stripped."""
        cells = self.rows[row]
        return cells[number].text.strip() if 0 <= number < len(cells) else ""

    def where(self, row: int) -> str:
        """A row, for people."""
        return f"{self.path}, line {self.lines[row]}"

    def filled(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """The file with other texts in some cells, by row and column. Raises UsageError for a row without that cell."""
        pieces, end = [], 0
        for row, number in sorted(changes):
            if number >= len(self.rows[row]):
                what = f"the row has {len(self.rows[row])} cells, the head has {len(self.rows[0])}"
                raise UsageError(what, self.where(row), "Download the file again, and do not edit it by hand.")
            cell = self.rows[row][number]
            pieces += [self.text[end : cell.begin], self._written(changes[row, number], cell)]
            end = cell.end
        return ("".join(pieces) + self.text[end:]).encode(self.encoding)

    def _written(self, text: str, instead_of: SheetCell) -> str:
        needs_quotes = any(mark in text for mark in (self.delimiter, '"', "\n", "\r"))
        doubled = text.replace('"', '""')
        return f'"{doubled}"' if needs_quotes or instead_of.is_quoted else text


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file. Raises UsageError for any other file."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"cannot be read ({error.strerror})", str(path), "Name the file that you downloaded."
        ) from error
    if len(content) > _MOST_BYTES:
        raise UsageError("is larger than any list of students", str(path), "Name the CSV file that you downloaded.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageError("is written in UTF-16", str(path), "Save it as CSV in UTF-8, or download it again.")
    if b"\0" in content:
        raise UsageError("is not a CSV file", str(path), "Name the CSV file that you downloaded, not a spreadsheet.")
    text, encoding = _decoded(content)
    best = max((_parsed(path, text, encoding, mark) for mark in _DELIMITERS), key=lambda one: len(one.rows[0]))
    if len(best.rows) < 2 or len(best.rows[0]) < 2:
        raise UsageError("is not a table with a head and rows", str(path), "Name the CSV file that you downloaded.")
    return best


def _decoded(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # What a spreadsheet made of it. Latin 1 gives every byte back as it was.
        return content.decode("latin-1"), "latin-1"


def _parsed(path: Path, text: str, encoding: str, delimiter: str) -> Sheet:
    field = re.compile(rf'("[^"]*(?:""[^"]*)*")?[^{delimiter}\r\n]*')
    at, line = (1 if text.startswith(_MARK) else 0), 1
    rows: list[tuple[SheetCell, ...]] = []
    lines: list[int] = []
    cells: list[SheetCell] = []
    while True:
        found = field.match(text, at)
        assert found is not None  # it matches nothing, too
        raw = found[0]
        value = raw if found[1] is None else found[1][1:-1].replace('""', '"') + raw[len(found[1]) :]
        cells.append(SheetCell(value, at, found.end(), found[1] is not None))
        at = found.end()
        if text.startswith(delimiter, at):
            at += 1
            continue
        end = _LINE_END.match(text, at)
        if any(cell.text for cell in cells):
            rows.append(tuple(cells))
            lines.append(line)
        if end is None:
            break
        line += sum(len(_LINE_END.findall(cell.text)) for cell in cells) + 1
        at, cells = end.end(), []
    return Sheet(path, text, encoding, delimiter, tuple(rows) or ((),), tuple(lines) or (1,))
