"""torchmarks.grading.submitted_files: what is read of what a student handed in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from torchmarks.grading.repair import Refused
from torchmarks.grading.submission import read_submission
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES, closed_in, read_files


def sparse(path: Path, size: int) -> None:
    """A file of this size that takes no disk."""
    with path.open("wb") as file:
        file.truncate(size)


def test_ordinary_files_are_read_whole(tmp_path: Path) -> None:
    """By relative path, sorted, folders left out."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "b.txt").write_bytes(b"bb")
    (tmp_path / "a.ipynb").write_bytes(b"{}")

    assert list(read_files(tmp_path, tmp_path.rglob("*"), 2).items()) == [("a.ipynb", b"{}"), ("data/b.txt", b"bb")]


def test_links_and_pipes_are_left_out(tmp_path: Path) -> None:
    """A link could lead to the gradebook, and a pipe never answers."""
    (tmp_path / "secret").write_bytes(b"s")
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "link.ipynb").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.txt")

    assert read_files(folder, folder.rglob("*"), 100) == {}


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    """A terabyte costs what is allowed and a byte, so that it is still too large; a small file beside it is whole."""
    sparse(tmp_path / "huge.bin", 1 << 40)
    sparse(tmp_path / "hw.ipynb", 1 << 40)
    (tmp_path / "timestamp.txt").write_bytes(b"2026-01-01")

    files = read_files(tmp_path, tmp_path.rglob("*"), 1_000)

    assert files["timestamp.txt"] == b"2026-01-01"
    assert len(files["huge.bin"]) == 991
    assert len(files["hw.ipynb"]) == NOTEBOOK_BYTES + 1


def test_many_files_share_the_room(tmp_path: Path) -> None:
    """A thousand files, each within the bound, are not a thousand times the bound."""
    for number in range(5):
        sparse(tmp_path / f"{number}.bin", 900)

    assert sum(map(len, read_files(tmp_path, tmp_path.rglob("*"), 1_000).values())) == 1_000 + 4


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    """It can be shown, stored and sent."""
    (tmp_path / os.fsdecode(b"\xe9t\xe9.csv")).write_bytes(b"1")

    assert read_files(tmp_path, tmp_path.iterdir(), 10) == {
        "\N{REPLACEMENT CHARACTER}t\N{REPLACEMENT CHARACTER}.csv": b"1"
    }


def test_many_large_notebooks_are_bounded_together(tmp_path: Path) -> None:
    """Those in folders are left out first, whatever their size."""
    (tmp_path / "old").mkdir()
    for number in range(6):
        sparse(tmp_path / "old" / f"{number}.ipynb", NOTEBOOK_BYTES - 1)
    sparse(tmp_path / "hw.ipynb", NOTEBOOK_BYTES)

    files = read_files(tmp_path, tmp_path.rglob("*"), 10)

    assert len(files["hw.ipynb"]) == NOTEBOOK_BYTES
    assert sum(map(len, files.values())) <= 6 * NOTEBOOK_BYTES


def _by_nobody(ask: Callable[[], object]) -> str:
    """What it gives, as text, to a user who owns nothing: root may read whatever is closed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            os.write(writer, repr(ask()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with open(reader) as pipe:
        return pipe.read()


@pytest.mark.parametrize("what", ["hw.ipynb", "."])
def test_what_may_not_be_read_is_named(what: str) -> None:
    """The grader said of a notebook that was there that there was none."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        folder = Path(place) / "ada"
        folder.mkdir()
        (folder / "hw.ipynb").write_bytes(b"{}")
        (folder / what).chmod(0)

        def refused() -> Refused | None:
            return read_submission("ada", folder, (), 100).closed

        assert ("ada" if what == "." else what) in _by_nobody(lambda: closed_in(folder, [folder / "hw.ipynb"]))
        said = _by_nobody(refused)
        assert "may not be read: Permission denied." in said
        assert "otherwise `chown -R` as root" in said  # u+rX changes nothing on another user's file
        folder.chmod(0o755)


def test_what_may_only_be_listed_raises_nothing(
    as_somebody_else: Callable[[], AbstractContextManager[None]],
) -> None:
    """A folder of mode 444 gives the names of its files, and no more; one that goes away in between is no error."""
    with tempfile.TemporaryDirectory() as root:  # pytest's own lies in a folder that is closed to others
        folder = Path(root) / "ada"
        folder.mkdir()
        (folder / "a.ipynb").write_bytes(b"{}")
        Path(root).chmod(0o755)
        folder.chmod(0o444)
        with as_somebody_else():
            assert read_files(folder, [folder / "a.ipynb"], 10) == {}
