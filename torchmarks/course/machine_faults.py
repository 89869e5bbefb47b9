"""Turns errors that are the machine's into MachineErrors: a full disk, a path or a gradebook that cannot be used.

The words for all of these, whichever command meets them. Must not decide whether a run goes on.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import OperationalError

from torchmarks.course.reachable import unusable
from torchmarks.errors import MachineError

# As SQLite says it, where a disk is full: with a journal to write, or with a page.
_FULL: Final = ("disk I/O error", "database or disk is full")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
# What a machine says of a path. Not that it is missing: a command that counts on a file looks for it, and says so.
_OF_A_PATH: Final = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EIO,
    errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ETXTBSY, errno.EBUSY,
)  # fmt: skip
_SAVED: Final = "What was done before is saved"


def machine_error(error: BaseException) -> MachineError | None:
    """The MachineError for an error, or for what caused it; None where it is not the machine's."""
    for cause in _behind(error, handled=True):  # SQLAlchemy wraps SQLite's error in one of its own, and nbgrader that
        if what := _no_room(cause, "A file"):
            return _make_room(what)
    for cause in _behind(error, handled=False):  # of causes alone: what was handled on the way is not the reason
        if isinstance(cause, OSError) and (found := _of_a_path(cause)):
            return found
        if isinstance(cause, OperationalError):
            return unusable(cause)
    return None


def cannot_write(error: OSError, place: str) -> MachineError:
    """The MachineError for an error met while files are written. place: is named where the error names no file."""
    if what := _no_room(error, place):
        return _make_room(what)
    what = f"{error.filename or place} cannot be written: {error.strerror or error}."
    return _of_a_path(error) or MachineError(what, f"{_SAVED}; run the same command again.")


def _behind(error: BaseException, *, handled: bool) -> Iterator[BaseException]:
    """An error and its causes. handled: also those that were being handled when it came up."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or (cause.__context__ if handled else None)


def _make_room(what: str) -> MachineError:
    return MachineError(what, f"{_SAVED}; make room and run the same command again.")


def _of_a_path(error: OSError) -> MachineError | None:
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):  # of many files: whence, whither, why not
        (source, _, why), *others = error.args[0]
        more = f"So it is with {len(others)} more." if others else ""
        return MachineError(f"{source} cannot be copied: {why}.", more)
    if error.errno not in _OF_A_PATH:
        return None
    place = f"{error.filename2 or error.filename}: " if error.filename else ""
    remedy = "Look at its owner and its rights." if error.errno in (errno.EACCES, errno.EPERM) else ""
    return MachineError(f"{place}{error.strerror}.", remedy)


def _no_room(error: BaseException, place: str) -> str:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"{error.filename or place} cannot be written: {error.strerror}."
    if isinstance(error, sqlite3.OperationalError) and str(error) in _FULL:
        return f"The gradebook cannot be written: {error}."
    return ""
