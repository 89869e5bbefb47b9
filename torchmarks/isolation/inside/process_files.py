"""Reads what the kernel says of processes, from /proc and by a descriptor of it. Must not decide anything.

Names and arguments in there are a process's own choice; numbers are not.
"""

from __future__ import annotations

import os

_BYTES = 8192


def read(proc: int, path: str) -> bytes | None:
    """The beginning of a file below /proc; None when its process has ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:  # the process has ended meanwhile
        return None
    try:
        return os.read(fd, _BYTES)
    except OSError:
        return None
    finally:
        os.close(fd)


def stat_fields(proc: int, number: int) -> list[bytes]:
    """The fields of a process's stat file from its state on; none when it has ended."""
    stat = read(proc, f"{number}/stat")
    return [] if stat is None else stat.rpartition(b")")[2].split()  # the name before it is the process's own choice


def numbers(proc: int) -> list[int]:
    """All processes, by the number that this /proc gives them."""
    return list(map(int, filter(str.isdigit, os.listdir(proc))))
