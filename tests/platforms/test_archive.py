"""torchmarks.platforms.archive: hostile, damaged and foreign archives cost the member, never more."""

from __future__ import annotations

import errno
import os
import zipfile
from pathlib import Path

import pytest

from torchmarks.errors import UsageError
from torchmarks.platforms.archive import Unreadable, inner, opened

from .classroom import _Unflagged, packed


def _zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def _info(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_every_member_is_taken_or_refused_with_a_reason(tmp_path: Path) -> None:
    """Paths out, absolute ones, drives, links, deep ones, long ones; what a system adds."""
    bad = ["../a", "/etc/passwd", "C:/a", "a/../../b", "..\\w", "/".join("d" * 40), "n" * 300, "._x", "__MACOSX/y"]
    link = _info("link", 0o120777)
    path = _zip(tmp_path / "a.zip", ("good/a.ipynb", b"1"), (link, b"/etc/passwd"), *((name, b"") for name in bad))

    with opened(path) as archive:
        taken, refused = [m.name for m in archive.members], archive.refused

    assert taken == ["good/a.ipynb"]
    assert len(refused) == len(bad) + 1
    assert all(one.reason for one in refused)
    assert [one.name for one in refused if one.by_system] == ["._x", "__MACOSX/y"]


def test_names_are_read_as_they_were_meant(tmp_path: Path) -> None:
    """UTF-8 with and without the flag, the old character set, accents apart from their letters, backslashes."""
    names = [zipfile.ZipInfo("é.txt"), _Unflagged("ü.txt"), _Unflagged("e\u0301x.txt"), zipfile.ZipInfo("a\\b.txt")]
    path = _zip(tmp_path / "a.zip", *((name, b"") for name in names))
    raw = path.read_bytes().replace("ü".encode(), b"\x81\x81")  # cp437, twice the letter
    path.write_bytes(raw)

    with opened(path) as archive:
        assert [m.name for m in archive.members] == ["é.txt", "üü.txt", "\u00e9x.txt", "a/b.txt"]


def test_what_is_larger_than_it_says_is_not_read(tmp_path: Path) -> None:
    """A member is read up to the bound, and refused beyond it."""
    path = _zip(tmp_path / "a.zip", ("zeros", bytes(2 << 20)))

    with opened(path) as archive, pytest.raises(Unreadable, match="a submission may have 1,048,576"):
        archive.members[0].read(1 << 20)


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    """Its neighbour is read."""
    path = _zip(tmp_path / "a.zip", ("a", b"first" * 50), ("b", b"second"))
    content = bytearray(path.read_bytes())
    content[33] ^= 0xFF
    path.write_bytes(content)

    with opened(path) as archive:
        with pytest.raises(Unreadable, match="damaged"):
            archive.members[0].read(1000)
        assert archive.members[1].read(1000) == b"second"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    """With what to ask for."""
    path = _zip(tmp_path / "a.zip", ("a", b"x"))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with opened(path) as archive:
        assert [one.reason for one in archive.refused] == ["it is encrypted: ask for it without a password"]


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_method_that_asks_for_memory_is_refused(tmp_path: Path, method: int) -> None:
    """Before anything of it is read."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a", b"x" * 1000)

    with opened(tmp_path / "a.zip") as found:
        assert [one.reason.partition(":")[0] for one in found.refused] == [
            f"it is packed by a method that is not read here ({method})"
        ]


def test_bytes_that_are_no_archive_cost_themselves_alone() -> None:
    """Whatever the module raises of them: of beginnings, ends and halves of one."""
    good = packed({"a": b"x" * 50, "b": b"y"})
    for cut in range(0, len(good), 7):
        for content in (good[:cut], good[cut:], good[:cut] + b"\xff" * 4 + good[cut + 4 :]):
            try:
                found = inner(content)
            except Unreadable:
                continue
            for member in found.members:
                try:
                    member.read(100)
                except Unreadable:
                    continue


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", packed({"a": b"x"})[:-8], b"PK\x05\x06" + bytes(18)],
    ids=["nothing", "text", "cut off", "an empty one"],
)
def test_what_is_no_archive_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Nothing, text, half a download, an archive of nothing."""
    (tmp_path / "a.zip").write_bytes(content)

    with pytest.raises(UsageError, match=r"a\.zip: (is not a zip archive|holds no file)"), opened(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize("is_packed", [True, False])
def test_an_error_of_whoever_reads_is_not_the_archives(tmp_path: Path, is_packed: bool) -> None:
    """It has another reason than that the download is damaged."""
    path = tmp_path / "work"
    path.mkdir()
    (path / "a.ipynb").write_text("{}")
    if is_packed:
        path = _zip(tmp_path / "work.zip", ("a.ipynb", b"{}"))

    with pytest.raises(PermissionError), opened(path):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(UsageError, match=r"none\.zip: cannot be read"), opened(tmp_path / "none.zip"):
        pass


def test_a_folder_is_read_without_following_links(tmp_path: Path) -> None:
    """Links and pipes are refused; a name that is no UTF-8 is readable."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.txt").write_text("x")
    (tmp_path / "d" / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "d" / "pipe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/d/\xff.txt")).write_text("y")

    with opened(tmp_path / "d") as archive:
        assert [m.name for m in archive.members] == ["a.txt", "\ufffd.txt"]
        assert [m.read(10) for m in archive.members] == [b"x", b"y"]
        assert sorted(one.name for one in archive.refused) == ["link", "pipe"]


def test_an_archive_of_very_many_members_is_not_listed() -> None:
    """It is refused before anything is made of each of them."""
    with pytest.raises(Unreadable, match="more than 2,000 files"):
        inner(packed({str(number): b"" for number in range(2001)}))
