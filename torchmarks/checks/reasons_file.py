"""The file of sealed reasons that lies beside a notebook, and what it holds; `sealed` opens them.

The file may come from anywhere, so it is bounded, checked, and ignored where anything is wrong with it. Loads no
PyTorch: a program that reads an assignment need not judge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

NAME: Final = "reasons.json"
VERSION: Final = 2
_BYTES: Final = 4_000_000


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """Opens a text for one outcome. tag: identifies the outcome; key: of the text, sealed with the outcome; text:
    which.
    """

    tag: str
    key: str
    text: int


class SealedCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one test cell. texts: sealed diagnoses, hex."""

    texts: list[str]
    locks: list[Lock]


class SealedReasons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one notebook. made_from: fingerprint of what they were made from; cells: by the digest of a test's source."""

    version: int
    made_from: str
    cells: dict[str, SealedCell]


NOTHING: Final = SealedReasons(VERSION, "", {})


def decode(data: bytes) -> SealedReasons:
    """The reasons that a file holds; none where it is not what we write."""
    if len(data) > _BYTES:
        return NOTHING
    try:
        found = msgspec.json.decode(data, type=SealedReasons)
    except (msgspec.DecodeError, RecursionError):
        return NOTHING
    return found if found.version == VERSION else NOTHING


def beside(folder: Path) -> SealedReasons:
    """The reasons that lie in a folder; none where there are none."""
    try:
        with (folder / NAME).open("rb") as file:
            return decode(file.read(_BYTES + 1))
    except OSError:
        return NOTHING
