"""Submissions in the exchange that are incomplete: submitting them was cut short, as on a full disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torchmarks.grading.listing import listed
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES, name_as_text, read_files
from torchmarks.grading.timestamp import NAME

_CHECKPOINTS: Final = ".ipynb_checkpoints"
_ROOM: Final = NOTEBOOK_BYTES  # for notebooks under another ending, all together


def why_incomplete(folder: Path) -> str:
    """What a submission in the exchange lacks, in words; "" where it is complete, or nobody can tell.

    Raises nothing for anything that a student can put there.
    """
    listing = listed(folder)
    if listing.refused is not None or not os.path.isdir(folder) or _has_time(folder):
        return ""
    paths = {name_as_text(path.relative_to(folder)): path for path in listing.files}
    read = read_files(folder, (path for name, path in paths.items() if _is_notebook(name)), _ROOM)
    return what_lacks({name: _if_all(path, read.get(name)) for name, path in paths.items()})


def what_lacks(files: Mapping[str, bytes | None]) -> str:
    """What a submission with these files lacks, in words; "" where it is complete, or nobody can tell.

    files: content by relative path, None for what was not read. nbgrader writes timestamp.txt after all other files.
    Where it is missing, a student may have deleted it, so the notebooks decide.
    """
    if files.get(NAME):
        return ""
    notebooks = {path: content for path, content in files.items() if _is_notebook(path)}
    lacks = [lack for path, content in notebooks.items() if (lack := _lack(path, content))]
    if not notebooks:
        lacks = ["there is no notebook in it"]
    return f"it has no {NAME}, and {lacks[0]}" if lacks else ""


def _if_all(path: Path, content: bytes | None) -> bytes | None:
    """What was read of a file, if that is all of it: its end may have had no room."""
    try:
        return content if content is not None and len(content) == path.stat().st_size else None
    except OSError:
        return None


def _has_time(folder: Path) -> bool:
    path = folder / NAME
    try:
        return path.lstat().st_size > 0
    except OSError:
        return False


def _is_notebook(path: str) -> bool:
    *folders, name = path.split("/")
    return ".ipynb" in name.lower() and _CHECKPOINTS not in folders


def _lack(path: str, content: bytes | None) -> str:
    """What is wrong with a notebook's file: it is empty, or ends too early."""
    if content is None or len(content) > NOTEBOOK_BYTES:
        return ""
    name = path.rpartition("/")[2]
    if not content:
        return f"{name} is empty"
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return f"{name} is not whole"
    return ""
