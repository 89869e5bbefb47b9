"""Submissions in the exchange that are incomplete: submitting them was cut short, as on a full disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torchmarks.grading.listing import listed
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES, read_files
from torchmarks.grading.timestamp import NAME

_CHECKPOINTS: Final = ".ipynb_checkpoints"


def why_incomplete(folder: Path) -> str:
    """What a submission in the exchange lacks, in words; "" where it is complete, or nobody can tell.

    Raises nothing for anything that a student can put there.
    """
    listing = listed(folder)
    if listing.refused is not None or not os.path.isdir(folder) or _has_time(folder):
        return ""
    read = read_files(folder, (path for path in listing.files if path.suffix == ".ipynb"), 0)
    names = (path.relative_to(folder).as_posix() for path in listing.files)
    return what_lacks({name: read.get(name) for name in names})


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
