"""torchmarks.course.incomplete: what was cut short on its way into the exchange is seen, whatever it is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from torchmarks.course.incomplete import why_incomplete
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES

NAMES = ("a.ipynb", "a.ipynb.txt", "A.IPYNB", "work/a.ipynb (1)", os.fsdecode(b"\xff.ipynb"))


def _put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_half_a_notebook_is_seen_under_each_of_its_names(name: str, tmp_path: Path) -> None:
    """Empty, or without its end; a whole one lacks nothing."""
    path = _put(tmp_path, name, b"")
    assert why_incomplete(tmp_path).endswith(" is empty")

    path.write_bytes(b'{"cells": [')
    assert why_incomplete(tmp_path).endswith(" is not whole")

    path.write_bytes(b'{"cells": []}')
    assert why_incomplete(tmp_path) == ""


def test_of_what_was_not_read_to_its_end_nothing_is_said(tmp_path: Path) -> None:
    """Many large files have no room together: a whole one must not count as half."""
    for name in ("a.ipynb.txt", "b.ipynb.txt"):
        with _put(tmp_path, name, b"").open("wb") as file:
            file.write(b'{"cells": [], "metadata": "')
            file.write(b"x" * (NOTEBOOK_BYTES * 3 // 4))
            file.write(b'"}')

    assert why_incomplete(tmp_path) == ""
