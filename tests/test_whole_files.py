"""torchmarks.whole_files: a file is there whole or as it was, whatever happens in between."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from torchmarks.whole_files import new_file, whole_file, write_whole


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_on_a_full_disk_the_earlier_file_stays(
    tmp_path: Path, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    """And nothing of the new one lies about."""
    write_whole(tmp_path / "a.csv", b"earlier")

    with pytest.raises(OSError, match="too large"), full_disk():
        write_whole(tmp_path / "a.csv", b"later")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.csv", b"earlier")]


@pytest.mark.parametrize("stopped", [ValueError, KeyboardInterrupt])
def test_what_stops_the_writing_leaves_nothing(tmp_path: Path, stopped: type[BaseException]) -> None:
    """An error of the caller's, or an interrupt; the file that was not there is not there."""

    def write() -> None:
        with whole_file(tmp_path / "a.csv") as file:
            file.write(b"half")
            raise stopped

    with pytest.raises(stopped):
        write()

    assert list(tmp_path.iterdir()) == []


def test_a_reader_finds_the_earlier_file_until_the_end(tmp_path: Path) -> None:
    """Neither a part of the new one nor nothing."""
    (tmp_path / "a.csv").write_bytes(b"earlier")

    with whole_file(tmp_path / "a.csv") as file:
        file.write(b"later")
        file.flush()
        assert (tmp_path / "a.csv").read_bytes() == b"earlier"

    assert (tmp_path / "a.csv").read_bytes() == b"later"


@pytest.mark.parametrize(
    ("there", "asked", "mode"),
    [(None, None, 0o640), (None, 0o644, 0o644), (None, 0o600, 0o600), (0o400, None, 0o400), (0o600, 0o644, 0o644)],
    ids=["the process's", "asked for", "private", "the earlier file's", "asked for instead"],
)
def test_who_may_read_it(tmp_path: Path, there: int | None, asked: int | None, mode: int) -> None:
    """Those whom the caller names, else who could before, else who may read any file of this process."""
    path = tmp_path / "a.csv"
    if there is not None:
        path.touch(there)
    umask = os.umask(0o027)
    try:
        write_whole(path, b"x", mode=asked)
    finally:
        os.umask(umask)

    assert (path.read_bytes(), _mode(path)) == (b"x", mode)


@pytest.mark.parametrize("there", [None, 0o600])
def test_nobody_reads_it_before_its_end_who_may_not_after(tmp_path: Path, there: int | None) -> None:
    """A file with a secret or with marks is private from its first byte on."""
    path = tmp_path / "a.csv"
    if there is not None:
        path.touch(there)

    with new_file(path, mode=0o600 if there is None else None) as made:
        assert _mode(made) == 0o600

    assert _mode(path) == 0o600


def test_a_link_is_replaced_unless_a_person_named_it(tmp_path: Path) -> None:
    """A student can put a link there that leads to another's file; a person means the file that it leads to."""
    (tmp_path / "theirs").write_bytes(b"theirs")
    link = tmp_path / "link"
    link.symlink_to("theirs")

    write_whole(link, b"named", named=True)
    assert link.is_symlink()
    assert (tmp_path / "theirs").read_bytes() == b"named"

    write_whole(link, b"mine")
    assert not link.is_symlink()
    assert (tmp_path / "theirs").read_bytes() == b"named"


def test_a_pipe_that_a_person_named_gets_the_bytes() -> None:
    """Such as /dev/stdout, beside which nothing may be written."""
    reading, writing = os.pipe()

    write_whole(Path(f"/dev/fd/{writing}"), b"marks", named=True)

    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"marks"


def test_what_waits_under_the_name_beside_it_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can know that name; a link there would be followed otherwise."""
    monkeypatch.setattr(secrets, "token_hex", lambda count: "guessed")
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / ".a.csv.guessed.part").symlink_to("theirs")

    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "a.csv", b"mine")

    assert (tmp_path / "theirs").read_bytes() == b"theirs"


@pytest.mark.parametrize("linked", [True, False])
def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool) -> None:
    """Where nothing may be replaced, also on a stick that knows no hard links."""

    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not linked:
        monkeypatch.setattr(os, "link", link)
    with new_file(tmp_path / "a.db", replace=False) as made:
        made.write_bytes(b"first")

    with pytest.raises(OSError, match=r"exists|permitted"), new_file(tmp_path / "a.db", replace=False) as made:
        made.write_bytes(b"second")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.db", b"first")]


def test_a_name_may_be_as_long_as_a_file_system_takes(tmp_path: Path) -> None:
    """What is beside it has a name, too."""
    write_whole(tmp_path / ("x" * 255), b"1")

    assert (tmp_path / ("x" * 255)).read_bytes() == b"1"


_KILLED = """
import os, signal, sys
from pathlib import Path
from torchmarks.whole_files import new_file

with new_file(Path(sys.argv[1])) as made:
    made.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """From now on it is so many hours later."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + hours * 3600)


@pytest.mark.parametrize("name", ["a.csv", "x" * 255, "two\nlines"])
def test_what_a_killed_process_left_goes_after_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With the next file that is written into its folder; until then somebody may be writing to it."""
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / name)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"half"

    write_whole(tmp_path / "b.csv", b"1")
    _later(monkeypatch, 23)
    write_whole(tmp_path / "b.csv", b"2")
    assert left.exists()

    _later(monkeypatch, 26)
    write_whole(tmp_path / "b.csv", b"3")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("b.csv", b"3")]


def test_nothing_else_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what is called otherwise, is no file, or belongs to somebody else."""
    names = [".a.part", "a.0123abcd.part", ".a.0123abcd.part.txt", ".a.0123ABCD.part"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".folder.0123abcd.part").mkdir()
    (tmp_path / ".link.0123abcd.part").symlink_to("nowhere")
    kept = sorted(tmp_path.iterdir())
    _later(monkeypatch, 25)

    write_whole(tmp_path / "b.csv", b"1")
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "b.csv"])

    (tmp_path / "c").mkdir()
    (tmp_path / "c" / ".theirs.0123abcd.part").touch()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    write_whole(tmp_path / "c" / "b.csv", b"1")
    assert (tmp_path / "c" / ".theirs.0123abcd.part").exists()


def test_a_folder_that_may_not_be_listed_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the exchange's, into which students put their work."""

    def refuse(path: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)

    write_whole(tmp_path / "a.csv", b"1")
    assert (tmp_path / "a.csv").read_bytes() == b"1"
