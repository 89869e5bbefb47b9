"""torchmarks.watch.taking: a stranger's folder becomes bytes, whatever it holds, whatever is done to it meanwhile."""

from __future__ import annotations

import errno
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from torchmarks.grading.listing import Bounds
from torchmarks.watch import taking
from torchmarks.watch.taking import NotTaken, TakenFiles, take

ROOM = 1000


def _take(folder: Path, **options: object) -> TakenFiles:
    return take(folder, **({"owner": os.getuid(), "ignore": [".ipynb_checkpoints"], "room": ROOM} | options))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a notebook and a file below."""
    made = tmp_path / "ada+basics+2026-01-01 10:00:00 UTC"
    (made / "data").mkdir(parents=True)
    (made / "squares.ipynb").write_text("{}")
    (made / "data" / "own.txt").write_text("mine")
    (tmp_path / "secret.txt").write_text("the gradebook")
    return made


def test_ordinary_files_are_taken_at_any_depth(folder: Path) -> None:
    """But for what the course ignores."""
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "squares.ipynb").write_text("old")

    assert _take(folder).files == {"squares.ipynb": b"{}", "data/own.txt": b"mine"}


def test_nothing_from_elsewhere_is_taken(folder: Path) -> None:
    """No link to a file or a folder, no pipe that never answers."""
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "linked").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")

    found = _take(folder)

    assert set(found.files) == {"squares.ipynb", "data/own.txt"}
    assert [name.split(" ")[0] for name in found.left_out] == ["link.txt", "linked", "pipe"]


def test_a_name_that_becomes_a_link_leads_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was a file when it was looked at, and is a link when it is opened."""
    real = os.open

    def swapping(path: object, flags: int, *args: object, **options: object) -> int:
        if path == "squares.ipynb":
            (folder / "squares.ipynb").unlink()
            (folder / "squares.ipynb").symlink_to(folder.parent / "secret.txt")
        return real(path, flags, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(taking.os, "open", swapping)

    assert "squares.ipynb" not in _take(folder).files


def test_a_folder_that_is_a_link_is_not_opened(folder: Path) -> None:
    """Whoever can write to the exchange could make one."""
    link = folder.with_name("link")
    link.symlink_to(folder)

    with pytest.raises(NotTaken, match="cannot be opened"):
        _take(link)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_what_is_somebody_elses_is_left_out(folder: Path) -> None:
    """Inbound folders stay writable for everybody: a file of another's does not count, and its folder is refused."""
    (folder / "planted.ipynb").write_text("{}")
    os.chown(folder / "planted.ipynb", 12345, 12345)

    found = _take(folder)

    assert "planted.ipynb" not in found.files
    assert found.left_out == ("planted.ipynb (somebody else's)",)
    os.chown(folder, 12345, 12345)
    with pytest.raises(NotTaken, match="somebody else's"):
        _take(folder)


def test_the_time_of_the_last_change_is_the_kernels(folder: Path) -> None:
    """Its owner can set the time of a file back; what counts cannot be."""
    before = datetime.now(UTC).timestamp()
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (0, 0))

    assert _take(folder).changed_at.timestamp() >= before - 1


def test_what_is_left_out_has_a_time_too(folder: Path) -> None:
    """A link that is touched keeps a folder from being whole: it must not be older than that."""
    (folder / "link").symlink_to("nowhere")
    before = _take(folder).changed_at
    time.sleep(0.02)
    os.utime(folder / "link", follow_symlinks=False)

    assert _take(folder).changed_at > before


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ESTALE, errno.EIO])
def test_what_cannot_be_opened_yet_is_not_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A file server has a lease on it, or is away: without its notebook the submission would count for nothing."""
    real = os.open

    def leased(path: object, flags: int, *args: object, **options: object) -> int:
        if path == "squares.ipynb":
            raise OSError(number, os.strerror(number))
        return real(path, flags, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(taking.os, "open", leased)

    with pytest.raises(NotTaken) as caught:
        _take(folder)
    assert caught.value.again


def test_what_changes_while_it_is_read_is_read_again_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of one and half of another version is nobody's submission."""
    real = os.read

    def writing(fd: int, count: int) -> bytes:
        (folder / "squares.ipynb").write_text(str(time.time()))
        return real(fd, count)

    monkeypatch.setattr(taking.os, "read", writing)

    with pytest.raises(NotTaken) as caught:
        _take(folder)
    assert caught.value.again


def test_no_more_is_read_than_can_be_graded(folder: Path) -> None:
    """One byte more than the room, so that the limit's owner sees it; a terabyte with nothing in it costs nothing."""
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(1 << 40)

    found = _take(folder).files

    assert len(found["huge.bin"]) <= ROOM + 1
    assert sum(map(len, found.values())) - len(found["squares.ipynb"]) > ROOM


def test_too_many_and_too_deep_are_refused(folder: Path) -> None:
    """Before they are read."""
    with pytest.raises(NotTaken, match="more than 2 files"):
        _take(folder, bounds=Bounds(2, 30))
    with pytest.raises(NotTaken, match="nested more than 0 deep"):
        _take(folder, bounds=Bounds(100, 0))
