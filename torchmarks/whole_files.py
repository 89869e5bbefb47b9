"""Writes a file whole: beside its place under a name that nobody looks for, then moved there by a rename.

A reader finds the earlier file or the new one, never half of one. Where writing fails, the earlier one stays and
nothing else does; what a process that was killed has left beside it, a later one removes after a day. A link in the
place is replaced, and what it leads to is left alone, unless a person has named it. Raises OSError, for callers to say
what can be done. A leaf: imports no sibling.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

PRIVATE: Final = 0o600  # for its owner alone
_SHOWN: Final = 40  # characters of a name: with ours it would be longer than a file system takes
_BESIDE: Final = re.compile(rf"\.(?s:.{{1,{_SHOWN}}})\.[0-9a-f]{{8}}\.part")
_DAY_S: Final = 86_400  # nothing of ours pauses for so long while it writes a file
# A stick or a share without hard links: exFAT gives the first two, some network and FUSE file systems the others
_NO_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def write_whole(path: Path, content: bytes, *, mode: int | None = None, named: bool = False) -> None:
    """Write a file whole; see `whole_file`."""
    with whole_file(path, mode=mode, named=named) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, *, mode: int | None = None, named: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, which gets its name at the end of the block; see `new_file`.

    named: whether a person chose the path: then what a link leads to is replaced, and a device or a pipe, such as
    /dev/stdout, gets the bytes at once.
    """
    if named and path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    place = Path(os.path.realpath(path)) if named else path
    with new_file(place, mode=mode) as made, made.open("wb") as file:
        yield file


@contextmanager
def new_file(path: Path, *, mode: int | None = None, replace: bool = True) -> Iterator[Path]:
    """An empty file beside a path, which gets its name at the end of the block, and is deleted if that is not reached.

    mode: its permissions; default: those of the file that is there, else those that this process gives to any. Until
    then it is for its owner alone. replace: whether a file that is there may go; if not, FileExistsError.
    """
    wanted = _permissions(path) if mode is None else mode
    _tidy(path.parent.absolute(), int(time.time() // _DAY_S))
    made = path.with_name(f".{path.name[:_SHOWN]}.{secrets.token_hex(4)}.part")
    os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if wanted is None else PRIVATE))
    try:
        yield made
        if wanted not in (None, PRIVATE):  # which it has; a file system without permissions refuses to change them
            made.chmod(wanted)
        if replace:
            made.replace(path)
        else:
            _name(made, path)
    finally:
        made.unlink(missing_ok=True)


@lru_cache(maxsize=1024)
def _tidy(folder: Path, day: int) -> None:
    """Remove what processes that were killed have left in a folder, of this user alone. Once a day: to list a folder
    for each of its files would take the square of their number. What cannot be removed stays: it stops nobody.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _BESIDE.fullmatch(entry.name) and _is_left(entry.stat(follow_symlinks=False)):
                os.unlink(entry.path)


def _is_left(found: os.stat_result) -> bool:
    """Whether a file is ours, and nobody can be writing to it any more: by its ctime, which no program can set."""
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and time.time() - found.st_ctime > _DAY_S


def _permissions(path: Path) -> int | None:
    """Those of an ordinary file; None where there is none."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return None
    return kind & 0o777 if stat.S_ISREG(kind) else None


def _name(made: Path, path: Path) -> None:
    """Give a file its name. Raises FileExistsError where there is one: a rename would overwrite it."""
    try:
        os.link(made, path)
    except OSError as error:
        if error.errno not in _NO_LINKS or path.exists():
            raise
        made.rename(path)
