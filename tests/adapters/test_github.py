"""torchmarks.adapters.github: marks and pages of a class whose repositories were fetched."""

from __future__ import annotations

import contextlib
import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from torchmarks.adapters.github import page_of, read_fetched, row_of, write
from torchmarks.adapters.repositories import Fetched
from torchmarks.errors import UsageError

from .answers import GRADED, REFUSED


def test_who_could_not_be_graded_has_no_points(tmp_path: Path) -> None:
    """An empty cell, not 0, and the reason beside; rows by student, with the commit that was graded."""
    boris = replace(REFUSED, student="boris")
    write(tmp_path, [(boris, Fetched("boris", "b" * 40)), (GRADED, Fetched("ada", "a" * 40))])

    with (tmp_path / "marks.csv").open(newline="") as file:
        rows = [
            [row[name] for name in ("student", "points", "most", "state", "commit")] for row in csv.DictReader(file)
        ]
    assert rows == [["ada", "1", "6", "graded", "a" * 40], ["boris", "", "6", "refused", "b" * 40]]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ada.html", "ada.json", "boris.html", "boris.json", "marks.csv",
    ]  # fmt: skip
    assert json.loads((tmp_path / "ada.json").read_text())["points"] == 1


def test_who_reads_meanwhile_has_the_earlier_page_or_the_new_one(tmp_path: Path) -> None:
    """Of pages and of marks, whole: what a web server or a spreadsheet has opened is not written over."""
    write(tmp_path, [(GRADED, Fetched("ada", "a" * 40))])
    earlier = {path: path.read_bytes() for path in tmp_path.iterdir()}

    with contextlib.ExitStack() as stack:
        opened = {path: stack.enter_context(path.open("rb")) for path in earlier}
        write(tmp_path, [(replace(GRADED, points=2.0, notes=("…",)), Fetched("ada", "b" * 40))])
        assert {path: file.read() for path, file in opened.items()} == earlier

    assert sorted(earlier) == sorted(tmp_path.iterdir())
    assert not [path for path, content in earlier.items() if path.read_bytes() == content]


def test_no_cell_is_a_formula() -> None:
    """A reason may quote the name of a student's file."""
    assert row_of(replace(REFUSED, reason="=1+1"), "")["reason"] == "'=1+1"


def test_the_page_shows_messages_and_escapes_the_rest() -> None:
    """A name of an exercise or a note is no HTML."""
    page = page_of(replace(GRADED, notes=("<script>",)))

    assert "<div>f(-2)</div>" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_the_page_speaks_the_language_of_the_answer() -> None:
    """Points, what was mended, what could not be graded."""
    page, refused = (page_of(replace(answer, notes=("…",), language="de")) for answer in (GRADED, REFUSED))

    assert '<html lang="de">' in page
    assert "<p>1 von 6 Punkten</p>" in page
    assert "Deine Datei wurde vor der Bewertung repariert: …" in page
    assert "Das war nicht zu bewerten" in refused


def test_grading_before_fetching_is_refused(tmp_path: Path) -> None:
    """With what to run first."""
    with pytest.raises(UsageError, match=r"Run fetch\.sh first"):
        read_fetched(tmp_path)
