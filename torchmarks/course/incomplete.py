"""Submissions in the exchange that are incomplete: submitting them was cut short, as on a full disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from torchmarks.grading.listing import listed
from torchmarks.grading.timestamp import NAME

_CHECKPOINTS: Final = ".ipynb_checkpoints"
_MOST_BYTES: Final = 1 << 26  # of a notebook that is looked into; what is larger was not left by a full disk


def why_incomplete(folder: Path) -> str:
    """What a submission in the exchange lacks, in words; "" where it is complete, or nobody can tell.

    nbgrader writes timestamp.txt after all other files. Where it is missing, a student may have deleted it, so the
    notebooks decide. Raises nothing for anything that a student can put there.
    """
    listing = listed(folder)
    if listing.refused is not None or not folder.is_dir() or _has_time(folder):
        return ""
    notebooks = [path for path in listing.files if ".ipynb" in path.name.lower() and _CHECKPOINTS not in path.parts]
    lacks = [lack for path in notebooks if (lack := _lack(path))] if notebooks else ["there is no notebook in it"]
    return f"it has no {NAME}, and {lacks[0]}" if lacks else ""


def _has_time(folder: Path) -> bool:
    path = folder / NAME
    try:
        return path.lstat().st_size > 0
    except OSError:
        return False


def _lack(notebook: Path) -> str:
    """What is wrong with a file of a notebook: it is empty, or ends too early."""
    try:
        size = notebook.stat().st_size
        if not size:
            return f"{notebook.name} is empty"
        if size <= _MOST_BYTES:
            json.loads(notebook.read_bytes())
    except OSError:  # the copying says so
        return ""
    except (ValueError, RecursionError):
        return f"{notebook.name} is not whole"
    return ""
