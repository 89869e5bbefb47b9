"""Puts the folder of a submission into its place by a rename: a reader finds the old one or the new, whole.

Folders are written beside their place, in the same file system. The caller clears what a killed run left there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from torchmarks.grading.timestamp import NAME


def write_folder(
    folder: Path, files: Mapping[str, bytes], directory: CourseDirectory, permissions: int | None = None
) -> None:
    """Make a folder with these files, writable for a group of graders where the course is shared. Raises OSError.

    files: relative path -> content. permissions: of the files, else the process's own.
    """
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if permissions is not None:
            path.chmod(permissions)
    if directory.groupshared:
        for place in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
            place.chmod((place.stat().st_mode | 0o2770) & 0o2777)


def move_in(made: Path, place: Path, gone: Path) -> None:
    """Rename a folder into its place. gone: where the previous one is moved, for the caller to delete."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists() or place.is_symlink():
        move_out(place, gone)
    made.rename(place)


def move_out(place: Path, gone: Path) -> None:
    """Rename what is in a place. Deleting it there would take a while, in which half of it would be seen."""
    gone.parent.mkdir(parents=True, exist_ok=True)
    place.rename(gone)


def with_time(files: Mapping[str, bytes], when: datetime) -> dict[str, bytes]:
    """The files with that time in timestamp.txt, in place of whatever a student has put there, also a folder."""
    kept = {path: content for path, content in files.items() if path.partition("/")[0] != NAME}
    return {**kept, NAME: timestamp_line(when).encode()}


def timestamp_line(when: datetime) -> str:
    """The content of a timestamp.txt, as nbgrader writes it: in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n"
