"""torchmarks.course.locks: one grader at a time for a submission, however the other one ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from torchmarks.course.locks import Locks
from torchmarks.errors import MachineError


def test_a_submission_has_one_holder(tmp_path: Path) -> None:
    """Also within one process; another student's, another assignment's, and that of the watch are others."""
    locks = Locks(tmp_path)
    hold = locks.attempt("01", "ada")

    assert hold is not None
    assert Locks(tmp_path).attempt("01", "ada") is None
    others = [locks.attempt("01", "boris"), locks.attempt("02", "ada"), locks.attempt_watch("01")]
    assert None not in others
    hold.release()
    assert locks.attempt("01", "ada") is not None


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """The kernel lets go of it."""
    code = (
        "import pathlib, sys, time; from torchmarks.course.locks import Locks; "
        f"hold = Locks(pathlib.Path({str(tmp_path)!r})).attempt('01', 'ada'); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert Locks(tmp_path).attempt("01", "ada") is None
        holder.kill()
        holder.wait()

    assert Locks(tmp_path).attempt("01", "ada") is not None


def test_graders_who_share_a_folder_share_the_locks(tmp_path: Path) -> None:
    """Whatever the umask of the first of them."""
    tmp_path.chmod(0o2770)
    before = os.umask(0o077)
    try:
        assert Locks(tmp_path).attempt("01", "ada") is not None
    finally:
        os.umask(before)

    assert (tmp_path / "gradebook.db-locks").stat().st_mode & 0o777 == 0o664


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """With what to do about it; a link is none of ours."""
    (tmp_path / "gradebook.db-locks").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(MachineError, match=r"gradebook\.db-locks cannot be opened"):
        Locks(tmp_path).attempt("01", "ada")
    assert not (tmp_path / "elsewhere").exists()
