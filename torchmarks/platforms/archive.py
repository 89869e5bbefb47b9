"""What a download holds: the members of a zip archive, or the files below a folder, each read within bounds.

Platforms pack what students named and wrote: a member may have a path that leads elsewhere, be a link, be encrypted,
damaged, present twice, or consist of a few bytes that unpack to terabytes. Nothing is ever unpacked to where its name
says; what is not taken is listed with the reason. Must not know a platform.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from torchmarks.errors import UsageError
from torchmarks.grading.listing import Bounds, listed
from torchmarks.system_files import is_added

_BOUNDS: Final = Bounds(entries=200_000, depth=100)  # of a whole class
_MOST_INNER: Final = 2_000  # members of an archive that a student packed
_ENTRY: Final = b"PK\x01\x02"
_UTF8: Final = 0x800  # flag: the name is written in UTF-8
_ENCRYPTED: Final = 0x1
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # what the platforms and the systems write
_LONGEST: Final = 255  # bytes of a name, on every file system of Linux's
_LONGEST_PATH: Final = 800
_DEEPEST: Final = 30


class Unreadable(Exception):
    """A member that cannot be read: the reason."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a download. name: its path there, with `/`; modified: as the archive says, which knows no zone."""

    name: str
    size: int
    modified: datetime | None
    load: Callable[[int], bytes]

    def read(self, most: int) -> bytes:
        """Its content. Raises Unreadable, also where it has more than `most` bytes."""
        if self.size > most:
            raise Unreadable(f"it has {self.size:,} bytes; a submission may have {most:,}")
        content = self.load(most)
        if len(content) > most:
            raise Unreadable(f"it has more than the {most:,} bytes that a submission may have")
        return content


@dataclass(frozen=True, slots=True)
class RefusedMember:
    """A member that is not taken, and why. by_system: a file of the packing system, which nobody misses."""

    name: str
    reason: str
    by_system: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """What was found in a download; every member is in one of the two."""

    members: tuple[Member, ...]
    refused: tuple[RefusedMember, ...]


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A zip archive or a folder, open while it is read. Raises UsageError for anything else, and for an empty one."""
    with contextlib.ExitStack() as stack:
        found = _opened(path, stack)
        _require_some(found, path)
        yield found


def _opened(path: Path, stack: contextlib.ExitStack) -> Archive:
    """What there is, to be read as long as the stack is open. Errors while it is read are its reader's."""
    try:
        if path.is_dir():
            return _below(path)
        return _packed(stack.enter_context(zipfile.ZipFile(stack.enter_context(path.open("rb")))))
    except OSError as error:
        raise UsageError(
            f"cannot be read ({error.strerror})", str(path), "Name the file that you downloaded."
        ) from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        what = f"is not a zip archive, or is damaged ({error})"
        raise UsageError(what, str(path), "Download the submissions again, and name that file or a folder.") from error


def _require_some(found: Archive, path: Path) -> None:
    if not found.members and not found.refused:
        raise UsageError("holds no file", str(path), "Name the archive, or the folder, with the submissions.")


def inner(content: bytes) -> Archive:
    """The members of an archive that a student packed. Raises Unreadable."""
    if content.count(_ENTRY) > _MOST_INNER:  # before anything is made of each
        raise Unreadable(f"it has more than {_MOST_INNER:,} files")
    try:
        return _packed(zipfile.ZipFile(io.BytesIO(content)))
    except Exception as error:  # whatever the module makes of bytes that a stranger chose: it costs this member
        raise Unreadable(f"it is not a zip archive, or is damaged ({error})") from error


def _packed(archive: zipfile.ZipFile) -> Archive:
    members: list[Member] = []
    refused: list[RefusedMember] = []
    infos = archive.infolist()
    if len(infos) > _BOUNDS.entries:
        raise ValueError(f"it has {len(infos):,} members")
    for info in infos:
        name = _name_of(info)
        if info.is_dir() or name.endswith("/"):
            continue
        refusal = _refusal(name) or _unfit(info, name)
        if refusal is not None:
            refused.append(refusal)
            continue
        members.append(Member(name, info.file_size, _time_of(info), _loader(archive, info)))
    return Archive(tuple(members), tuple(refused))


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the flag for UTF-8 the module reads it in a character set of 1981."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        with contextlib.suppress(UnicodeError):  # it is of that character set, or of an unknown one
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _refusal(name: str) -> RefusedMember | None:
    """Why a file with this path is not taken; None where it is."""
    parts = name.split("/")
    if is_added(name):
        return RefusedMember(name, "made by the system that packed it", by_system=True)
    if name.startswith("/") or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":"):
        return RefusedMember(name, "its path leads out of the archive")
    if len(parts) > _DEEPEST:
        return RefusedMember(name, f"it is nested in more than {_DEEPEST} folders")
    longest = max(len(part.encode("utf-8", "surrogateescape")) for part in parts)
    if longest > _LONGEST or len(name) > _LONGEST_PATH or "\0" in name:
        return RefusedMember(name, "its name is too long, or has a character that no file may have")
    return None


def _unfit(info: zipfile.ZipInfo, name: str) -> RefusedMember | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return RefusedMember(name, "it is a link or a device, not a file")
    if info.compress_type not in _METHODS:  # others ask for memory by the gigabyte before a byte is read
        return RefusedMember(
            name, f"it is packed by a method that is not read here ({info.compress_type}): use deflate"
        )
    if info.flag_bits & _ENCRYPTED:
        return RefusedMember(name, "it is encrypted: ask for it without a password")
    return None


def _time_of(info: zipfile.ZipInfo) -> datetime | None:
    try:
        found = datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year > 1980 else None  # what packs without a clock says 1980


def _loader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def load(most: int) -> bytes:
        try:
            with archive.open(info) as file:
                return file.read(most + 1)
        except Exception as error:  # as above
            raise Unreadable(f"it is damaged ({error})") from error

    return load


def _below(folder: Path) -> Archive:
    listing = listed(folder, bounds=_BOUNDS)
    if listing.refused is not None:
        raise UsageError(listing.refused.reason.rstrip("."), str(folder), "Name a folder with submissions alone.")
    members, refused = [], []
    for path in listing.files:
        name = _relative(path, folder)
        refusal = _refusal(name)
        if refusal is not None:
            refused.append(refusal)
            continue
        state = path.stat()
        modified = datetime.fromtimestamp(state.st_mtime, UTC)
        members.append(Member(name, state.st_size, modified, _file_loader(path)))
    links = [RefusedMember(_relative(path, folder), "it is a link, not a file") for path in listing.links]
    others = [RefusedMember(_relative(path, folder), "it is a pipe or a device") for path in listing.others]
    return Archive(tuple(members), (*refused, *links, *others))


def _relative(path: Path, folder: Path) -> str:
    raw = os.fsencode(path.relative_to(folder).as_posix())
    return unicodedata.normalize("NFC", raw.decode("utf-8", "replace"))


def _file_loader(path: Path) -> Callable[[int], bytes]:
    def load(most: int) -> bytes:
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            file: IO[bytes]
            with os.fdopen(os.open(path, flags), "rb") as file:
                return file.read(most + 1)
        except OSError as error:
            raise Unreadable(f"it cannot be read ({error.strerror})") from error

    return load
