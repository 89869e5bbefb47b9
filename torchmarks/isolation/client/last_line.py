"""The last line of what a process said: all that an error of ours repeats of it. Reads; must not judge what it says."""

from __future__ import annotations

import os
from typing import IO


def last_line(said: bytes) -> str:
    """The last line that is not blank; "" where there is none."""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def last_line_of(said: IO[bytes]) -> str:
    """The last line of a file that a process writes to."""
    # not read: who writes shares the position in the file
    return last_line(os.pread(said.fileno(), os.fstat(said.fileno()).st_size, 0))
