"""Finds the last line of a process's output: the only part of it that our error messages repeat."""

from __future__ import annotations

import os
from typing import IO


def last_line(said: bytes) -> str:
    """The last line that is not blank; "" where there is none."""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def last_line_of(said: IO[bytes]) -> str:
    """The last line of a file that a process writes to."""
    # not read: the writer shares the position in the file
    return last_line(os.pread(said.fileno(), os.fstat(said.fileno()).st_size, 0))
