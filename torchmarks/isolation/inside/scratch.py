"""Puts a session's files back as they were before a probe.

A fork copies memory, not files: without this, what a probed call writes or deletes would meet later cells. Reads and
writes below one folder only; follows no link and waits for no pipe, since student code may have put both there. Runs
without privileges, so the worst that a hostile tree can do is to stay as it is.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from torchmarks.isolation.inside import trees

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link. The change time cannot be set back by user code, so equal stamps mean equal content."""

    mode: int
    stamp: tuple[int, int, int, int]  # inode, size, modification and change time in ns
    content: bytes = b""  # of a regular file, or where a link leads


Snapshot = Mapping[str, Entry]  # path -> entry, folders before what they hold


def _walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    folders = [root]  # a list, no recursion: folders in folders may have no end
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                found = list(entries)
        except OSError:  # what lies too deep for a path stays as it is
            continue
        for entry in found:
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.path)
                yield entry.path, status


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    if stat.S_ISDIR(status.st_mode):  # a folder's times change with what it holds, which is compared by itself
        return (status.st_ino, 0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def take(root: str, limit: int, earlier: Snapshot | None = None) -> Snapshot | None:
    """What lies below `root` now; None when the files hold more than `limit` bytes.

    earlier: a snapshot whose contents are used again where nothing changed.
    """
    found: dict[str, Entry] = {}
    total = 0
    for path, status in _walk(root):
        known = None if earlier is None else earlier.get(path)
        if stat.S_ISREG(status.st_mode):
            total += status.st_size
        if total > limit:
            return None
        if known is not None and known.stamp == _stamp(status):
            found[path] = known
            continue
        with contextlib.suppress(OSError):
            found[path] = Entry(status.st_mode, _stamp(status), _content(path, status.st_mode, limit))
    return found


def _content(path: str, mode: int, limit: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.fsencode(os.readlink(path))
    if not stat.S_ISREG(mode):
        return b""
    with open(os.open(path, _READ), "rb") as file:
        return file.read(limit)


def restore(root: str, before: Snapshot, proc: int, uid: int = 0) -> None:
    """Delete what is new below `root`, and write again what was changed or deleted. Other kinds of file are dropped.

    proc: a descriptor of /proc; uid: whose the files are, 0 for this process's own.
    """
    now = dict(_walk(root))
    changed = {path for path, status in now.items() if path not in before or before[path].stamp != _stamp(status)}
    for path in changed:
        if os.path.dirname(path) not in changed:  # what lies in a folder goes with it
            trees.remove(path, proc)
    for path, entry in before.items():
        if not os.path.lexists(path):
            with contextlib.suppress(OSError):
                _make(path, entry)
                if uid:
                    os.chown(path, uid, uid, follow_symlinks=False)


def _make(path: str, entry: Entry) -> None:
    if stat.S_ISDIR(entry.mode):
        os.mkdir(path, stat.S_IMODE(entry.mode))
    elif stat.S_ISLNK(entry.mode):
        os.symlink(os.fsdecode(entry.content), path)
    elif stat.S_ISREG(entry.mode):
        with open(os.open(path, _WRITE, stat.S_IMODE(entry.mode)), "wb") as file:
            file.write(entry.content)
