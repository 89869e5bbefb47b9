"""Reads a submission's timestamp.txt within bounds: to parse a time takes the square of its digits.

Reads at most the beginning of that file; parses nothing.
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import Final

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair import Refused

NAME: Final = "timestamp.txt"
LONGEST_BYTES: Final = 256  # with a byte order mark, two bytes a character, line ends
_LONGEST: Final = 64
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # as PowerShell's `>` writes


def timestamp_text(content: bytes) -> str:
    """The text, stripped; of what is too long to be a time nothing is read. Raises ValueError for that."""
    if len(content) > LONGEST_BYTES:
        raise ValueError(f"{NAME} has more than {LONGEST_BYTES} bytes")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8-sig")
    text = content.decode(encoding, errors="replace").strip()
    if len(text) > _LONGEST:
        raise ValueError(f"{NAME} holds more than {_LONGEST} characters")
    return text


def timestamp_refused(folder: Path) -> Refused | None:
    """Why the timestamp.txt of a submission's folder must not be parsed, or None. Raises nothing for any folder."""
    path = folder / NAME
    if not os.path.lexists(path):  # a link that leads nowhere is refused as well
        return None
    try:
        if path.is_symlink() or not path.is_file():
            raise ValueError("a link may lead to /dev/zero, and a pipe never answers")
        with path.open("rb") as file:
            timestamp_text(file.read(LONGEST_BYTES + 1))
    except (OSError, ValueError):
        return Refused(say("timestamp_unreadable", name=NAME), say("correct_or_remove"))
    return None
