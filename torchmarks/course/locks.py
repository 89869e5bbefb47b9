"""Locks that keep two graders off one submission: our commands, nbgrader's, the formgrader and `watch`.

A lock is a byte of one file beside the gradebook, taken with fcntl(2)'s open file description locks: the kernel lets go
of it however its holder ends, and two holders in one process exclude each other, too. Holds between machines where the
course folder's file system does. A holder of the lock of a submission must not wait for another's.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from torchmarks.errors import MachineError

_NAME: Final = "gradebook.db-locks"
_WATCH: Final = "\0watch"  # not the name of an assignment
_COLLECT: Final = "\0collect"
# struct flock, with its padding: type, whence, start, length, process (0 for these locks).
_FLOCK: Final = "hhqqi4x"


class Hold:
    """A lock that is held, until `release` or the end of the process."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let go of it; calling it again does nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            self.release()


class Locks:
    """The locks of a course. root: its folder."""

    def __init__(self, root: Path) -> None:
        self._path = root / _NAME

    def attempt(self, assignment: str, student: str) -> Hold | None:
        """The lock of a submission, or None while somebody else works on it."""
        return self._take(f"{assignment}\0{student}", fcntl.F_OFD_SETLK)

    def wait(self, assignment: str, student: str) -> Hold:
        """The lock of a submission, as soon as nobody else has it."""
        found = self._take(f"{assignment}\0{student}", fcntl.F_OFD_SETLKW)
        assert found is not None
        return found

    def attempt_watch(self, assignment: str) -> Hold | None:
        """The lock for the one `watch` that an assignment may have; None while another holds it."""
        return self._take(f"{assignment}{_WATCH}", fcntl.F_OFD_SETLK)

    def attempt_collect(self) -> Hold | None:
        """The lock of the one `collect` from a platform that a course may have."""
        return self._take(_COLLECT, fcntl.F_OFD_SETLK)

    @contextmanager
    def held(self, assignment: str, student: str) -> Iterator[None]:
        """Hold the lock of a submission."""
        hold = self.wait(assignment, student)
        try:
            yield
        finally:
            hold.release()

    def _take(self, what: str, how: int) -> Hold | None:
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            why = error.strerror or error
            remedy = "Everybody who grades must be able to write to it; remove it while nobody grades."
            raise MachineError(f"The file of the locks {self._path} cannot be opened: {why}.", remedy) from error
        hold = Hold(fd)
        with contextlib.suppress(OSError):  # somebody else's, who has set its permissions
            if self._path.parent.stat().st_mode & stat.S_IWGRP and os.fstat(fd).st_mode & 0o666 != 0o664:
                os.fchmod(fd, 0o664)  # a folder of several graders
        try:
            fcntl.fcntl(fd, how, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _place(what), 1, 0))
        except BlockingIOError:
            hold.release()
            return None
        except PermissionError:  # POSIX allows EACCES as well
            hold.release()
            return None
        return hold


def _place(what: str) -> int:
    """The byte of a lock: two that share one would only wait for each other without need."""
    digest = hashlib.sha256(what.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") >> 2
