"""Deletes and measures what students' code wrote, by descriptor: no link leads out, no depth stops it.

A path could be swapped for a link between a look and a deletion, and folders in folders may lie deeper than a path or a
stack reaches. So a folder is opened once, without following links, and what lies deep in it is moved up and then
deleted.
"""

from __future__ import annotations

import contextlib
import os
from itertools import count
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK: Final = 512


def remove(path: str) -> None:
    """Delete a folder with all below it. The folder that it lies in must be one where only we write."""
    with contextlib.suppress(OSError):
        parent = os.open(os.path.dirname(path) or ".", _FOLDER)
        try:
            remove_at(parent, os.path.basename(path))
        finally:
            os.close(parent)


def remove_at(parent: int, name: str) -> None:
    """Delete one thing in an open folder, with all below it. What cannot be deleted stays."""
    try:
        os.unlink(name, dir_fd=parent)
    except IsADirectoryError:
        folder = _opened(parent, name)
        if folder is None:
            return
        try:
            _empty(folder)
        finally:
            os.close(folder)
        with contextlib.suppress(OSError):
            os.rmdir(name, dir_fd=parent)
    except OSError:
        return


def _empty(top: int) -> None:
    """Delete all that lies in an open folder, with no more than one descriptor besides and no recursion."""
    numbers = count()
    before: list[str] | None = None
    while (names := os.listdir(top)) and names != before:  # the same ones twice cannot be deleted
        before = names
        for name in names:
            try:
                os.unlink(name, dir_fd=top)
            except IsADirectoryError:
                _flatten(top, name, numbers)
            except OSError:
                continue


def _flatten(top: int, name: str, numbers: count[int]) -> None:
    """Delete a folder of `top`, but for its own folders, which are moved to `top`."""
    folder = _opened(top, name)
    if folder is None:
        return
    try:
        for inner in os.listdir(folder):
            with contextlib.suppress(OSError):
                try:
                    os.unlink(inner, dir_fd=folder)
                except IsADirectoryError:
                    _make_usable(folder, inner)  # a folder that cannot be written to cannot be moved
                    os.rename(inner, f".removed-{next(numbers)}", src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=top)


def _opened(parent: int, name: str) -> int | None:
    with contextlib.suppress(OSError):
        _make_usable(parent, name)
        return os.open(name, _FOLDER, dir_fd=parent)
    return None


def _make_usable(parent: int, name: str) -> None:
    """Give a folder the rights back that its owner took from it, without following a link."""
    with contextlib.suppress(OSError):
        place = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
        try:
            os.chmod(f"/proc/self/fd/{place}", 0o700)
        finally:
            os.close(place)


def used_bytes(path: str, enough: int) -> int:
    """Room on disk that a folder takes with all below it, in bytes; counts no further than beyond `enough`.

    What lies deeper than a path can say is not counted.
    """
    total, folders = 0, [path]
    while folders and total <= enough:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    total += status.st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
    return total
