"""torchmarks.course.machine_faults: what the machine cannot do is said in one line, with the remedy that fits it."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from torchmarks.course.machine_faults import cannot_write, machine_error

ROOM = "What was done before is saved; make room and run the same command again."


def _os_error(number: int, *names: str) -> OSError:
    return OSError(number, os.strerror(number), *names)


FAULTS = {
    "a full disk": (_os_error(errno.ENOSPC, "/a"), f"/a cannot be written: No space left on device. {ROOM}"),
    "a quota": (_os_error(errno.EDQUOT), f"A file cannot be written: Disk quota exceeded. {ROOM}"),
    "a full gradebook": (
        OperationalError("", None, sqlite3.OperationalError("database or disk is full")),
        "The gradebook cannot be used: database or disk is full. What was saved before stays;",
    ),
    "a closed path": (_os_error(errno.EACCES, "/a"), "/a: Permission denied. Look at its owner and its rights."),
    "a disk that is read only": (_os_error(errno.EROFS, "/a"), "/a: Read-only file system."),
    "a copy": (
        shutil.Error([("/a", "/b", "closed"), ("/c", "/d", "closed")]),
        "/a cannot be copied: closed. So it is with 1 more.",
    ),
}


@pytest.mark.parametrize(("error", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_the_machines_errors_have_a_line(error: BaseException, said: str) -> None:
    """Each names what cannot be used and, where there is one, the remedy."""
    found = machine_error(error)

    assert found is not None
    assert str(found).startswith(said)


def test_a_full_disk_is_found_behind_what_wraps_it() -> None:
    """SQLAlchemy wraps SQLite's error, and nbgrader that one, while it is handled."""
    inner = sqlite3.OperationalError("disk I/O error")
    wrapped = OperationalError("", None, inner)
    wrapped.__cause__ = inner
    outer = RuntimeError()
    outer.__context__ = wrapped

    assert str(machine_error(outer)) == f"The gradebook cannot be written: disk I/O error. {ROOM}"


@pytest.mark.parametrize("error", [KeyError("x"), FileNotFoundError(errno.ENOENT, "No such file", "/a")])
def test_other_errors_are_not_the_machines(error: BaseException) -> None:
    """A command that counts on a file looks for it, and says so."""
    assert machine_error(error) is None


def test_an_error_that_was_handled_on_the_way_is_not_the_reason() -> None:
    """A mistake of ours is no closed path."""
    mistake = KeyError("x")
    mistake.__context__ = _os_error(errno.EACCES, "/a")

    assert machine_error(mistake) is None


def test_room_is_asked_for_where_it_is_missing_alone() -> None:
    """Whatever comes up while a class's files are written is the machine's, and no student is named for it."""
    assert str(cannot_write(_os_error(errno.ENOSPC), "autograded/")).endswith(ROOM)
    assert str(cannot_write(_os_error(errno.ENOSPC), "autograded/")).startswith("autograded/ cannot be written: No")
    assert str(cannot_write(_os_error(errno.EACCES, "/a"), "b")) == (
        "/a: Permission denied. Look at its owner and its rights."
    )
    assert str(cannot_write(_os_error(errno.ENOENT, "/a"), "b")) == (
        "/a cannot be written: No such file or directory. What was done before is saved; run the same command again."
    )
