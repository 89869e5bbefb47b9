"""Reads what a student handed in: ordinary files only, and never more of them than can be graded.

A submission may hold anything: a link to somebody else's file, a named pipe that never answers, a sparse file of a
terabyte. What is too large is read only so far that it stays too large, and is refused where its limit is known.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from torchmarks.grading.repair import NotebookLimits

# What a submission's own file names can lead to when it is written; any other error is the machine's.
OF_ITS_NAMES = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL)
NOTEBOOK_BYTES = NotebookLimits().max_bytes  # of one notebook
_NOTEBOOKS_BYTES = 5 * NOTEBOOK_BYTES  # of all together: copies, and those of other assignments


def _is_ordinary(path: Path) -> bool:
    """Whether a path is a file of its own: a link could lead to any file that the grader may read."""
    return os.path.isfile(path) and not os.path.islink(path)  # Path.is_file raises in a closed folder


def name_as_text(path: Path) -> str:
    """A relative path with `/`; what is not UTF-8 in it has replacement characters."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_files(folder: Path, paths: Iterable[Path], room: int) -> dict[str, bytes]:
    """Contents of files below `folder`, by relative path with `/`.

    What is not an ordinary file, or cannot be read, is left out. A name that is not UTF-8 (a zip of an old Windows) has
    replacement characters.

    room: bytes that all files but the notebooks may have together (Limits.scratch_bytes). Of files that go beyond it,
    the largest first, and of a notebook longer than repair accepts, one byte more than is allowed is read. Of many
    large notebooks those in folders are left out first.
    """
    found = {}
    notebooks = _NOTEBOOKS_BYTES
    for path in sorted(filter(_is_ordinary, paths), key=_order):
        is_notebook = path.suffix == ".ipynb"
        if is_notebook and notebooks <= 0:
            continue
        try:
            with open(path, "rb", opener=_ordinary) as file:
                content = file.read(max(NOTEBOOK_BYTES if is_notebook else room, 0) + 1)
        except OSError:  # one that its owner has closed to everybody must not end a run
            continue
        if is_notebook:
            notebooks -= len(content)
        else:
            room -= len(content)
        found[name_as_text(path.relative_to(folder))] = content
    return dict(sorted(found.items()))


def _ordinary(path: str, flags: int) -> int:
    """Opens a file that its owner may have put a link or a pipe in place of since it was looked at."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


class Closed(NamedTuple):
    """A notebook, or a folder, that may not be read. name: below the student's folder; error: the system's words."""

    name: str
    error: str


def closed_in(folder: Path, paths: Iterable[Path]) -> Closed | None:
    """What keeps a notebook of a student's folder from being read, if anything does: the folder, or the first of
    `paths` that ends in `.ipynb` and cannot be opened.
    """
    for path in (folder, *sorted(path for path in paths if path.suffix == ".ipynb")):
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW))  # no link, and no pipe to wait at
        except PermissionError as error:
            name = folder.name if path == folder else name_as_text(path.relative_to(folder))
            return Closed(name, str(error.strerror))
        except OSError:
            continue
    return None


def _order(path: Path) -> tuple[int, int, Path]:
    """Small files first, and notebooks at the top before those in folders."""
    try:
        size = path.stat().st_size
    except OSError:  # gone by now, or closed: reading it says the same
        size = 0
    return (len(path.parts) if path.suffix == ".ipynb" else 0, size, path)
