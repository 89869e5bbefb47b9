"""Puts a session's files and folders back as they were before a probe.

A fork copies memory, not files: without this, what a probed call writes or deletes would meet later cells. Reads and
writes below one folder only, and by descriptors of the folders on the way: student code may swap a folder for a link at
any moment. Follows no link and waits for no pipe. The worst that a hostile tree can do is to stay as it is.
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
    changed: int = 0  # of a folder: when, in ns; a call may set it to any number, and a later one would read it


Snapshot = Mapping[str, Entry]  # path below the root -> entry, folders before what they hold; the root first
_ROOT: Final = "."


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    if stat.S_ISDIR(status.st_mode):  # a folder's times change with what it holds, which is compared by itself
        return (status.st_ino, 0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def take(root: str, limit: int, proc: int, earlier: Snapshot | None = None) -> Snapshot | None:
    """What lies below `root` now; None when the files hold more than `limit` bytes.

    proc: a descriptor of /proc; earlier: a snapshot whose contents are used again where nothing changed.
    """
    found = {_ROOT: _folder(os.stat(root, follow_symlinks=False), earlier, _ROOT)}
    total = 0
    for folder, name, path, status in trees.walk(root, proc):
        known = None if earlier is None else earlier.get(path)
        if stat.S_ISREG(status.st_mode):
            total += status.st_size
        if total > limit:
            return None
        if stat.S_ISDIR(status.st_mode):
            found[path] = _folder(status, earlier, path)
            continue
        if known is not None and known.stamp == _stamp(status):
            found[path] = known
            continue
        with contextlib.suppress(OSError):
            found[path] = Entry(status.st_mode, _stamp(status), _content(folder, name, status.st_mode, limit))
    return found


def _folder(status: os.stat_result, earlier: Snapshot | None, path: str) -> Entry:
    """A folder as it is now, or the entry that says the same."""
    entry = Entry(status.st_mode, _stamp(status), changed=status.st_mtime_ns)
    known = None if earlier is None else earlier.get(path)
    return known if known is not None and known == entry else entry


def _content(folder: int, name: str, mode: int, limit: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.fsencode(os.readlink(name, dir_fd=folder))
    if not stat.S_ISREG(mode):
        return b""
    with open(os.open(name, _READ, dir_fd=folder), "rb") as file:
        return file.read(limit)


def restore(root: str, before: Snapshot, proc: int) -> None:
    """Delete what is new below `root`, and write again what was changed or deleted. Other kinds of file are dropped.

    proc: a descriptor of /proc. Files belong to whom this process is when it meets files.
    """
    for folder, name, path, status in trees.walk(root, proc):
        entry = before.get(path)
        if entry is None or entry.stamp != _stamp(status):
            trees.remove_at(folder, name, proc)
    for path, entry in before.items():
        with contextlib.suppress(OSError), _folder_of(root, path) as folder:
            name = os.path.basename(path)
            if not _is_there(folder, name):
                _make(folder, name, entry)
    for path, entry in reversed(list(before.items())):  # what is made in a folder changes its time
        if stat.S_ISDIR(entry.mode):
            with contextlib.suppress(OSError), _folder_of(root, path) as folder:
                _put_back(folder, os.path.basename(path), entry)


def _put_back(folder: int, name: str, entry: Entry) -> None:
    """What a folder has besides what it holds: rights, times and attributes carry a number as well as a file does."""
    itself = os.open(name, trees.FOLDER, dir_fd=folder)
    try:
        with contextlib.suppress(OSError):
            os.fchmod(itself, stat.S_IMODE(entry.mode))
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(itself):
                os.removexattr(itself, attribute)
        os.utime(itself, ns=(entry.changed, entry.changed))
    finally:
        os.close(itself)


@contextlib.contextmanager
def _folder_of(root: str, path: str) -> Iterator[int]:
    """The folder that a path below `root` lies in, opened step by step."""
    folder = trees.opened_path(root)
    try:
        for part in path.split("/")[:-1]:
            inner = os.open(part, trees.FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _make(folder: int, name: str, entry: Entry) -> None:
    mode = entry.mode & (stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)  # nothing runs as its owner
    if stat.S_ISDIR(entry.mode):
        os.mkdir(name, mode, dir_fd=folder)
    elif stat.S_ISLNK(entry.mode):
        os.symlink(os.fsdecode(entry.content), name, dir_fd=folder)
    elif stat.S_ISREG(entry.mode):
        with open(os.open(name, _WRITE, mode, dir_fd=folder), "wb") as file:
            file.write(entry.content)
