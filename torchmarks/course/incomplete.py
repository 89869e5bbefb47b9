"""Submissions in the exchange that are incomplete: submitting them was cut short, as on a full disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torchmarks.grading.listing import listed
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES
from torchmarks.grading.timestamp import NAME

_CHECKPOINTS: Final = ".ipynb_checkpoints"


def why_incomplete(folder: Path) -> str:
    """What a submission in the exchange lacks, in words; "" where it is complete, or nobody can tell.

    Raises nothing for anything that a student can put there.
    """
    listing = listed(folder)
    if listing.refused is not None or not folder.is_dir() or _has_time(folder):
        return ""
    return what_lacks({path.relative_to(folder).as_posix(): _content(path) for path in listing.files})


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


def _has_time(folder: Path) -> bool:
    path = folder / NAME
    try:
        return path.lstat().st_size > 0
    except OSError:
        return False


def _content(path: Path) -> bytes | None:
    """Of a notebook; None for another file, and for what is too large or cannot be read, which others say."""
    try:
        return path.read_bytes() if _is_notebook(path.name) and path.stat().st_size <= NOTEBOOK_BYTES else None
    except OSError:
        return None


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
