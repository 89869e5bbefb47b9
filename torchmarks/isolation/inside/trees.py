"""Deletes and measures what students' code wrote, by descriptor: no link leads out, no depth stops it.

A path could be swapped for a link between a look and a deletion, and folders in folders may lie deeper than a path or a
stack reaches. So a folder is opened once, without following links, and what lies deep in it is moved up and then
deleted. `proc` is a descriptor of /proc everywhere: by its number there a folder gets back the rights that its owner
took from it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from itertools import count
from typing import Final

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PLACE: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK: Final = 512
DEEPEST: Final = 100
"""So many folders in each other are followed; nobody needs more."""


MOST: Final = 16384
"""So many files and folders are looked at; nobody needs more, and empty ones take room that nobody counts."""


class Endless(Exception):
    """There are more folders in each other, or more of anything, than are looked at. name: "folders" or "files"."""

    def __init__(self, name: str, most: int) -> None:
        super().__init__(name, most)
        self.name, self.most = name, most


def remove(path: str, proc: int) -> None:
    """Delete a folder with all below it. The folder that it lies in must be one where only we write."""
    with contextlib.suppress(OSError):
        parent = os.open(os.path.dirname(path) or ".", FOLDER)
        try:
            remove_at(parent, os.path.basename(path), proc)
        finally:
            os.close(parent)


def remove_at(parent: int, name: str, proc: int) -> None:
    """Delete one thing in an open folder, with all below it. What cannot be deleted stays."""
    try:
        os.unlink(name, dir_fd=parent)
    except IsADirectoryError:
        folder = _opened(parent, name, proc)
        if folder is None:
            return
        try:
            _empty(folder, proc)
        finally:
            os.close(folder)
        with contextlib.suppress(OSError):
            os.rmdir(name, dir_fd=parent)
    except OSError:
        return


def _empty(top: int, proc: int) -> None:
    """Delete all that lies in an open folder, with no more than one descriptor besides and no recursion."""
    mark = secrets.token_hex(8)  # a name that students cannot have taken
    names_for_moved = (f".{mark}-{number}" for number in count())
    before: list[str] | None = None
    while (names := os.listdir(top)) and names != before:  # the same ones twice cannot be deleted
        before = names
        for name in names:
            try:
                os.unlink(name, dir_fd=top)
            except IsADirectoryError:
                _flatten(top, name, names_for_moved, proc)
            except OSError:
                continue


def _flatten(top: int, name: str, names_for_moved: Iterator[str], proc: int) -> None:
    """Delete a folder of `top`, but for its own folders, which are moved to `top`."""
    folder = _opened(top, name, proc)
    if folder is None:
        return
    try:
        for inner in os.listdir(folder):
            with contextlib.suppress(OSError):
                try:
                    os.unlink(inner, dir_fd=folder)
                except IsADirectoryError:
                    _make_usable(folder, inner, proc)  # a folder that cannot be written to cannot be moved
                    os.rename(inner, next(names_for_moved), src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=top)


def opened_path(path: str) -> int:
    """Open a folder of ours, which no student can swap. Raises OSError."""
    return os.open(path, FOLDER)


def walk(path: str, proc: int) -> Iterator[tuple[int, str, str, os.stat_result]]:
    """Everything below a folder, folders before what they hold: the open folder that it lies in, its name there, its
    path below the first, its status. What lies deeper than DEEPEST is passed over. Raises OSError for the first folder.
    """
    top = opened_path(path)
    waiting = [(top, "", os.listdir(top))]  # open folders below each other, with what is still to be looked at
    try:
        while waiting:
            folder, above, names = waiting[-1]
            if not names:
                os.close(waiting.pop()[0])
                continue
            name = names.pop()
            with contextlib.suppress(OSError):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                yield folder, name, f"{above}{name}", status
                if stat.S_ISDIR(status.st_mode) and len(waiting) <= DEEPEST:
                    inner = _opened(folder, name, proc)
                    if inner is not None:
                        waiting.append((inner, f"{above}{name}/", []))  # first, for it to be closed in any case
                        waiting[-1][2].extend(os.listdir(inner))
    finally:
        for folder, _, _ in waiting:
            os.close(folder)


def _opened(parent: int, name: str, proc: int) -> int | None:
    """Open a folder in an open folder, whatever rights its owner took from it; None where there is none."""
    with contextlib.suppress(OSError):
        _make_usable(parent, name, proc)
        return os.open(name, FOLDER, dir_fd=parent)
    return None


def _make_usable(parent: int, name: str, proc: int) -> None:
    """Give a folder the rights back that its owner took from it, without following a link."""
    with contextlib.suppress(OSError):
        place = os.open(name, _PLACE, dir_fd=parent)
        try:
            if os.fstat(place).st_mode & stat.S_IRWXU != stat.S_IRWXU:
                os.chmod(f"self/fd/{place}", stat.S_IRWXU, dir_fd=proc)
        finally:
            os.close(place)


def used_bytes(path: str, enough: int, proc: int) -> int:
    """Room on disk that a folder takes with all below it, in bytes; counts no further than beyond `enough`.

    Raises Endless.
    """
    total = 0
    for looked_at, (_, _, place, status) in enumerate(walk(path, proc), 1):
        if looked_at > MOST:
            raise Endless("files", MOST)
        if stat.S_ISDIR(status.st_mode) and place.count("/") >= DEEPEST:
            raise Endless("folders", DEEPEST)
        total += status.st_blocks * _BLOCK
        if total > enough:
            break
    return total


def unnamed_bytes(proc: int, numbers: Iterator[int]) -> int:
    """Room on disk of files without a name that processes have open, in bytes. numbers: of processes, in /proc."""
    found: dict[tuple[int, int], int] = {}
    for number in numbers:
        with contextlib.suppress(OSError):
            for name in _descriptors(proc, number):
                with contextlib.suppress(OSError):
                    status = os.stat(f"{number}/fd/{name}", dir_fd=proc)
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        found[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK
    return sum(found.values())


def _descriptors(proc: int, number: int) -> list[str]:
    folder = os.open(f"{number}/fd", FOLDER, dir_fd=proc)
    try:
        return os.listdir(folder)
    finally:
        os.close(folder)
