"""Gathers the warm server's memory in huge pages, so that forking it copies less.

fork(2) copies one entry for each page of anonymous memory, and 200 MB are 50,000 of them; in huge pages of 2 MiB they
are 100. Acts on the calling process only; changes where its memory lies, not what it holds. Where the kernel cannot
(MADV_COLLAPSE came with Linux 6.1), nothing happens, and forks cost what they cost.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Final

from torchmarks.isolation.inside import namespaces as ns

HUGE_BYTES: Final = 2 * 1024**2  # of x86-64, and of aarch64 with pages of 4 KiB
# Private writable memory without a file behind it: no path, or the heap.
_ANONYMOUS: Final = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?$", re.MULTILINE)


def gather(proc: int) -> None:
    """Move the anonymous memory of this process into huge pages, as far as there are any; memory that was never
    written is left out. proc: a descriptor of /proc.
    """
    for start, end in _regions(proc):
        # All of a region at once: each call has every core of the machine empty its lists of pages first.
        with contextlib.suppress(OSError):  # part of it could not be moved
            ns.collapse(start, end - start)


def _regions(proc: int) -> Iterator[tuple[int, int]]:
    """Addresses of what of each mapping can be huge pages."""
    with open(os.open("self/maps", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc), "rb") as file:
        maps = file.read()
    for bounds in _ANONYMOUS.findall(maps):
        start, end = (int(bound, 16) for bound in bounds)
        first, last = -(-start // HUGE_BYTES) * HUGE_BYTES, end // HUGE_BYTES * HUGE_BYTES
        if first < last:
            yield first, last
