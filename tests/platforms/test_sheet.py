"""torchmarks.platforms.sheet: cells are read as csv reads them, and changed without touching another byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torchmarks.errors import UsageError
from torchmarks.platforms.sheet import read_sheet

TEXTS = st.text(st.sampled_from('ab é",;\n\r\t'), max_size=6)


def _sheet(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=4), st.booleans(), TEXTS)
def test_one_cell_changes_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], quoted: bool, text: str
) -> None:
    """Python's csv reads the result as the table with that one cell changed; all is read as csv reads it."""
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    written = io.StringIO()
    csv.writer(written, quoting=style).writerows([["x", "y", "z"], ["1", "2", "3"], *rows])
    path = _sheet(tmp_path_factory.getbasetemp(), written.getvalue())

    sheet = read_sheet(path)
    there = [[cell.text for cell in row] for row in sheet.rows]
    changed = sheet.filled({(0, 1): text})

    table = [["x", "y", "z"], ["1", "2", "3"], *(row for row in rows if any(row))]
    assert there == table
    table[0][1] = text
    assert [r for r in csv.reader(io.StringIO(changed.decode(), newline="")) if any(r)] == table
    assert sheet.filled({}) == path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfA;B\r\n1;\"x;\n\"\"y\"\r\n\r\n",
        "Name,É\nM\u00fcller,1".encode("latin-1"),
        b'A,B\n"open,1\n',
        b"A\tB\n1\t2",
    ],
)  # fmt: skip
def test_every_byte_stays(tmp_path: Path, content: bytes) -> None:
    """Marks, line ends, semicolons, other character sets and stray quotes."""
    assert read_sheet(_sheet(tmp_path, content)).filled({}) == content


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """Also after a cell of several lines, and an empty one."""
    sheet = read_sheet(_sheet(tmp_path, 'A,B\n"1\n2",x\n\n3,4\n'))

    assert sheet.where(2).endswith("t.csv, line 5")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xfeA\0", "UTF-16"),
        (b"PK\x03\x04\0\0", "not a CSV"),
        (b"", "not a table"),
        (b"hello\nthere", "not a table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """With the file's name and what to do."""
    with pytest.raises(UsageError, match=rf"t\.csv: .*{what}.*\. "):
        read_sheet(_sheet(tmp_path, content))


def test_a_row_without_the_cell_is_named(tmp_path: Path) -> None:
    """Nothing is put into another column."""
    sheet = read_sheet(_sheet(tmp_path, "A,B,C\n1,2\n"))

    with pytest.raises(UsageError, match=r"line 2: the row has 2 cells, the head has 3"):
        sheet.filled({(1, 2): "5"})
