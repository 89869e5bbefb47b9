"""Reads a folder of the exchange into memory, although its owner may change it while it is read.

Everything is opened from the folder's own descriptor and without following a link, so that no swap of a name can lead
elsewhere; the owner of a file, and whether it is one, is asked of what was opened. Bounded before it begins. The time
that counts is the kernel's time of the last change (ctime), which the owner cannot set back.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from torchmarks.grading.listing import BOUNDS, Bounds
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES

_NOTEBOOKS: Final = 5  # of the largest size, all together; as for what was collected
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not be waited for


# A lease on a file server, a server that is away: not the fault of the file, and over soon.
_NOT_YET: Final = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EIO, errno.ESTALE, errno.EINTR, errno.EMFILE, errno.ENFILE)


class NotTaken(Exception):
    """What cannot be taken, with the reason; `again`: it may be later."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


@dataclass(frozen=True, slots=True)
class TakenFiles:
    """The ordinary files of a folder by relative path, when the last of it was changed, and what was left out."""

    files: dict[str, bytes]
    changed_at: datetime
    left_out: tuple[str, ...]


@dataclass
class _Reading:
    """How far the reading of a folder is, and what it may still read.

    owner: user id that everything has to belong to, None for anybody's; room: bytes that all files but the notebooks
    may still have; notebooks: bytes that these may.
    """

    owner: int | None
    ignore: Sequence[str]
    bounds: Bounds
    room: int
    notebooks: int = _NOTEBOOKS * NOTEBOOK_BYTES
    entries: int = 0
    changed_ns: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def take(folder: Path, *, owner: int | None, ignore: Sequence[str], room: int, bounds: Bounds = BOUNDS) -> TakenFiles:
    """Read a folder. room: bytes that all files but the notebooks may have together; one more is read, so that it
    is seen to be too much when it is graded. Raises NotTaken.
    """
    reading = _Reading(owner, ignore, bounds, room)
    try:
        fd = os.open(folder, _FOLDER)
    except OSError as error:
        again = error.errno in _NOT_YET
        raise NotTaken(f"the folder cannot be opened ({error.strerror})", again=again) from None
    try:
        _walk(fd, (), reading)
    finally:
        os.close(fd)
    return TakenFiles(reading.files, datetime.fromtimestamp(reading.changed_ns / 1e9, UTC), tuple(reading.left_out))


def _walk(fd: int, above: tuple[str, ...], reading: _Reading) -> None:
    """Read the open folder `fd`, which stays open."""
    _see(os.fstat(fd), reading)
    with os.scandir(fd) as entries:
        names = [entry.name for entry in _bounded(entries, reading)]
    for name in sorted(names):
        path = (*above, name)
        try:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            # What is left out counts here, as it does for whether a folder is whole: one time for both.
            reading.changed_ns = max(reading.changed_ns, status.st_ctime_ns)
            kind = status.st_mode
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in reading.ignore):
                continue
            if stat.S_ISDIR(kind):
                _into(fd, path, reading)
            elif stat.S_ISREG(kind):
                _read(fd, path, reading)
            else:
                reading.left_out.append(f"{_text(path)} (not an ordinary file)")
        except OSError as error:
            if error.errno in _NOT_YET:
                raise NotTaken(f"{_text(path)} cannot be read yet ({error.strerror})", again=True) from None
            reading.left_out.append(f"{_text(path)} ({error.strerror})")


def _bounded(entries: object, reading: _Reading) -> list[os.DirEntry[str]]:
    found = []
    for entry in entries:  # type: ignore[attr-defined]
        reading.entries += 1
        if reading.entries > reading.bounds.entries:
            raise NotTaken(f"it holds more than {reading.bounds.entries:,} files and folders")
        found.append(entry)
    return found


def _into(fd: int, path: tuple[str, ...], reading: _Reading) -> None:
    if len(path) > reading.bounds.depth:
        raise NotTaken(f"its folders are nested more than {reading.bounds.depth} deep")
    below = os.open(path[-1], _FOLDER, dir_fd=fd)
    try:
        if _is_foreign(os.fstat(below), reading):
            reading.left_out.append(f"{_text(path)} (somebody else's)")
        else:
            _walk(below, path, reading)
    finally:
        os.close(below)


def _read(fd: int, path: tuple[str, ...], reading: _Reading) -> None:
    file = os.open(path[-1], _FILE, dir_fd=fd)
    try:
        before = os.fstat(file)
        if not stat.S_ISREG(before.st_mode):
            reading.left_out.append(f"{_text(path)} (not an ordinary file)")
            return
        if _is_foreign(before, reading):
            reading.left_out.append(f"{_text(path)} (somebody else's)")
            return
        is_notebook = path[-1].endswith(".ipynb")
        most = min(NOTEBOOK_BYTES, max(reading.notebooks, 0)) if is_notebook else max(reading.room, 0)
        content = _bytes(file, most + 1)
        after = os.fstat(file)
        if (before.st_size, before.st_ctime_ns) != (after.st_size, after.st_ctime_ns):
            raise NotTaken("it changed while it was read", again=True)
    finally:
        os.close(file)
    if is_notebook:
        reading.notebooks -= len(content)
    else:
        reading.room -= len(content)
    _see(after, reading)
    reading.files[_text(path)] = content


def _bytes(file: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := os.read(file, min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _is_foreign(status: os.stat_result, reading: _Reading) -> bool:
    return reading.owner is not None and status.st_uid != reading.owner


def _see(status: os.stat_result, reading: _Reading) -> None:
    if _is_foreign(status, reading):
        raise NotTaken("the folder is somebody else's")
    reading.changed_ns = max(reading.changed_ns, status.st_ctime_ns)


def _text(path: tuple[str, ...]) -> str:
    """As for what was collected: a name that is not UTF-8 has replacement characters."""
    return "/".join(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
