"""The text of a submission's timestamp.txt, within bounds: who parses times takes a square of the digits for it.

Reads at most the beginning of that file; parses nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from torchmarks.repair import Refused

NAME: Final = "timestamp.txt"
_LONGEST_BYTES: Final = 256  # with a byte order mark, two bytes a character, line ends
_LONGEST: Final = 64


def timestamp_text(content: bytes) -> str:
    """The text, stripped; of what is too long to be a time nothing is read. Raises ValueError for that."""
    if len(content) > _LONGEST_BYTES:
        raise ValueError(f"{NAME} has more than {_LONGEST_BYTES} bytes")
    text = content.decode(errors="replace").strip()
    if len(text) > _LONGEST:
        raise ValueError(f"{NAME} holds more than {_LONGEST} characters")
    return text


def timestamp_refused(folder: Path) -> Refused | None:
    """Why the timestamp.txt of a submission's folder must not be parsed, or None. Raises nothing for any folder."""
    path = folder / NAME
    if not os.path.lexists(path):
        return None
    try:
        if path.is_symlink() or not path.is_file():
            raise ValueError("a link may lead to /dev/zero, and a pipe never answers")
        with path.open("rb") as file:
            timestamp_text(file.read(_LONGEST_BYTES + 1))
    except (OSError, ValueError):
        return Refused(f"{NAME} cannot be read.", "Correct it, or remove it.")
    return None
