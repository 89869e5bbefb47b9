"""The message of a student's process where code asks for a network: there is none while grading.

Pure: commands and errors in, text out. Nothing here keeps anybody off a network; the namespaces do.
"""

from __future__ import annotations

import errno
import re
import socket
from typing import Final

_PYTHON_M: Final = r"\S*python[\d.]*['\"]?\s+-m\s+"
_INSTALL: Final = re.compile(
    rf"\s*(sudo\s+(-\S+\s+)*)?((yes\s*\|\s*)?(apt|apt-get|aptitude|conda|mamba|micromamba|uv|poetry|npm)"
    rf"|({_PYTHON_M}|uv\s+|\S*/)?['\"]?pip[\d.]*)['\"]?\s+(\S+\s+)*?(install|download|update|upgrade|add|sync)\b"
)
_FETCHES: Final = re.compile(
    r"\b(wget|curl|git|pip[\d.]*|uv|conda|apt|apt-get|ping|ssh|scp|rsync|gdown|kaggle)\b|\w+://"
)
_BETWEEN: Final = re.compile(r"&&|\|\||;|\n")
_NO_ROUTE: Final = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
_CHAIN: Final = 20  # a student can chain errors in a circle


def installs(command: str) -> bool:
    """Whether a shell line does nothing but install, which cannot work here: the system is read-only, too.

    command: with its variables put in.
    """
    return all(_INSTALL.match(part) for part in _BETWEEN.split(command.strip()) if part.strip() and command.strip())


def fetches(command: str) -> bool:
    """Whether a shell line that failed may have wanted a network."""
    return bool(_FETCHES.search(command))


def is_offline(error: BaseException | None) -> bool:
    """Whether an error comes of there being no network: itself, or one that it was raised from."""
    for _ in range(_CHAIN):
        if error is None:
            return False
        reason = getattr(error, "reason", None)  # urllib's
        for one in (error, reason):
            if isinstance(one, socket.gaierror) or (isinstance(one, OSError) and one.errno in _NO_ROUTE):
                return True
        error = error.__cause__ or error.__context__
    return False
