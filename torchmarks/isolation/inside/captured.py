"""Captures what a block of code prints, at Python level and at descriptor level, up to a limit.

For probe handlers. Changes sys.stdout, sys.stderr and descriptors 1 and 2 of the process while the block runs.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator

from torchmarks.isolation.inside import namespaces as ns


class Captured:
    """What was printed. `text`: complete once the block has ended; `truncated`: more than the limit was printed."""

    def __init__(self) -> None:
        self.text = ""
        self.truncated = False


class _Bounded(io.RawIOBase):
    """Writes to a descriptor until the limit, then refuses: a loop of prints ends with an error."""

    def __init__(self, fd: int, limit: int) -> None:
        self._fd = fd
        self._left = limit
        self.refused = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        if self._left <= 0:
            self.refused = True
            raise OSError("too much was printed")
        written = os.write(self._fd, piece[: self._left + 1])
        self._left -= written
        return len(piece)


@contextlib.contextmanager
def captured_output(limit: int) -> Iterator[Captured]:
    """Capture stdout and stderr together, in order; at most `limit` bytes are kept.

    Code that prints beyond the limit gets an OSError. The text goes through an unnamed file in the session's scratch,
    so descriptor-level output (C code, subprocesses) is bounded by the file size limit. Restores everything at the end,
    also after an exception, which passes through.
    """
    captured = Captured()
    streams = sys.stdout, sys.stderr
    with tempfile.TemporaryFile() as file:
        fd = file.fileno()
        os.set_inheritable(fd, False)
        saved = os.dup(1), os.dup(2)
        ns.flush_c_streams()
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        bounded = _Bounded(1, limit)
        text = io.TextIOWrapper(bounded, "utf-8", "backslashreplace", write_through=True)  # type: ignore[type-var]
        sys.stdout = sys.stderr = text
        try:
            yield captured
        finally:
            sys.stdout, sys.stderr = streams
            ns.flush_c_streams()
            for copy, target in zip(saved, (1, 2), strict=True):
                os.dup2(copy, target)
                os.close(copy)
            kept = os.pread(fd, limit + 1, 0)
            captured.truncated = bounded.refused or len(kept) > limit
            captured.text = kept[:limit].decode("utf-8", "replace")
