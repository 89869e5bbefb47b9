"""How far a cell has come: a page of memory that the student's process writes and the grader reads.

A process that has ended can no longer report anything, and a message for every statement would cost more than most
statements do. What the page holds is the student's claim, so the grader takes it for a number of statements and no
more.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from typing import Final

_ENTRY: Final = struct.Struct("<QQ")  # the request, and how many statements of its cell have come to their end
_PAGE_BYTES: Final = mmap.PAGESIZE
# Memory in a file that grows would be in nobody's account.
_SEALS: Final = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


def make_page() -> int:
    """A descriptor of a fresh page, made by the grader."""
    fd = os.memfd_create("statements", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, _PAGE_BYTES)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    return fd


def finished(page: int, request: int) -> int:
    """How many statements of a cell have come to their end, as the page says; 0 when it speaks of another cell."""
    number, count = _ENTRY.unpack(os.pread(page, _ENTRY.size, 0))
    return count if number == request else 0


class Counter:
    """The student's side of the page. page: its descriptor, which may be closed afterwards; None counts for nobody."""

    def __init__(self, page: int | None = None) -> None:
        self._memory = bytearray(_ENTRY.size) if page is None else mmap.mmap(page, _PAGE_BYTES)
        self._request = 0

    def start(self, request: int) -> None:
        """A cell begins."""
        self._request = request
        self.tell(0)

    def tell(self, count: int) -> None:
        """So many statements of the cell have come to their end."""
        _ENTRY.pack_into(self._memory, 0, self._request, count)
