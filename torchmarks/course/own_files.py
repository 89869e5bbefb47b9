"""Removes from a submission what is not the student's own: links, and copies of what links led to.

nbgrader copies everything beside a notebook, and follows links: what it copies may be the gradebook, and would go back
to the student with the feedback. Reads and deletes files below one submission; nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path, PurePath

from torchmarks.grading.listing import listed
from torchmarks.grading.submitted_files import read_files
from torchmarks.printable import printable

_log = logging.getLogger("torchmarks")


def remove_uncopyable(assignment: str, student: str, notebooks: list[str]) -> None:
    """Autograde.pre_convert_hook: nbgrader copies what is beside a notebook, whatever it is."""
    if notebooks:
        _remove_uncopyable(Path(notebooks[0]).parent)


def _remove_uncopyable(folder: Path) -> None:
    """Remove links and devices: nbgrader copies everything beside a notebook, and would read a pipe or what a link
    leads to (/dev/zero, somebody's terabyte) to its end, or fail at a link to nowhere.
    """
    found = listed(folder)
    for path in (*found.others, *found.links):
        if path.suffix != ".ipynb":
            path.unlink()
            student, name = printable(folder.parent.name), printable(path.name)
            _log.warning("%s: %s was not an ordinary file; it was removed.", student, name)


def data_files(copied: Path, handed_in: Path | None, room: int) -> dict[str, bytes]:
    """The contents of the files of a submission but the notebooks, by relative path, after `remove_linked_copies`.

    copied: the folder that nbgrader works in; handed_in: that of the student's own files, if it is known; room: bytes
    that they may have together.
    """
    links = _links_in(handed_in)
    remove_linked_copies(copied, links)
    return read_files(copied, [path for path in _others_in(copied) if not _is_below(path, copied, links)], room)


def remove_linked_copies(copied: Path, links: set[str]) -> None:
    """Remove what nbgrader copied from behind a link: with the feedback it would go to the student.

    links: the names of links among the student's own files.
    """
    for path in list(_others_in(copied)):
        if _is_below(path, copied, links) and path.is_file():
            path.unlink()


def _links_in(folder: Path | None) -> set[str]:
    """Symbolic links among a student's files."""
    return set() if folder is None else {path.relative_to(folder).as_posix() for path in listed(folder).links}


def _is_below(path: Path, folder: Path, links: set[str]) -> bool:
    name = PurePath(path.relative_to(folder))
    return any(place.as_posix() in links for place in (name, *name.parents))


def _others_in(folder: Path) -> Iterator[Path]:
    """Everything in a submission but the notebooks."""
    paths = folder.rglob("*")
    return (path for path in paths if path.suffix != ".ipynb" and ".ipynb_checkpoints" not in path.parts)
