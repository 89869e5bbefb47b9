"""Lists what a student handed in: every folder once, no link followed, and never more than a grader's work is worth.

Reads names and kinds only, no content. Everything that works on submitted files starts from a listing: nbgrader's own
way looks through the folder again for every file in it.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torchmarks.checks.grading_sentences import say
from torchmarks.grading.repair import Refused
from torchmarks.printable import printable


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a submission may hold before it is refused. entries: files, folders and links; depth: folders in folders."""

    entries: int = 1_000  # nbgrader takes the square of their number: 20,000 took it longer than a class
    depth: int = 30


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies below a folder, each kind sorted.

    files: ordinary ones; links: symbolic links, wherever they lead; others: pipes, sockets and devices. refused: why
    there is too much of it, and then nothing is listed.
    """

    files: tuple[Path, ...] = ()
    links: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()
    refused: Refused | None = None


@dataclass(slots=True)
class _Found:
    files: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    def add(self, entry: os.DirEntry[str]) -> None:
        kind = self.links if entry.is_symlink() else self.files if _is_file(entry) else self.others
        kind.append(Path(entry.path))


def listed(folder: Path, ignore: Sequence[str] = (), bounds: Bounds = BOUNDS) -> Listing:
    """What a student's folder holds; nothing of a folder that is not there or cannot be opened.

    ignore: names and patterns (CourseDirectory.ignore) of files and folders that are left out, as nbgrader reads them;
    they count all the same. Raises nothing for anything that a student can hand in.
    """
    found = _Found()
    waiting = [(str(folder), 0, True)]
    count = 0
    while waiting:
        place, depth, wanted = waiting.pop()
        for entry in _entries(place):
            # what is ignored counts, too: nbgrader walks through it all the same
            count += 1
            if count > bounds.entries:
                return Listing(refused=_too_many(folder, place, bounds))
            kept = wanted and not _is_ignored(entry.name, ignore)
            if _is_folder(entry):
                if depth >= bounds.depth:
                    return Listing(refused=_too_deep(bounds))
                waiting.append((entry.path, depth + 1, kept))
            elif kept:
                found.add(entry)
    return Listing(tuple(sorted(found.files)), tuple(sorted(found.links)), tuple(sorted(found.others)))


def _entries(place: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            yield from entries
    except OSError:  # one that its owner has closed to everybody must not end a run
        return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _is_ignored(name: str, patterns: Sequence[str]) -> bool:
    """By the rule of `glob`: a hidden name only meets a pattern that begins with a dot."""
    return any(
        fnmatch.fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
        for pattern in patterns
    )


def _too_many(folder: Path, place: str, bounds: Bounds) -> Refused:
    # the folder at the top: a virtual environment handed in by mistake is known by its name
    top = os.path.relpath(place, folder).split(os.sep)[0]
    most = f"{bounds.entries:,}"
    if top == os.curdir:
        return Refused(say("too_many_files", most=most), say("only_what_it_reads"))
    return Refused(say("too_many_files_below", most=most, folder=printable(top)), say("only_what_it_reads"))


def _too_deep(bounds: Bounds) -> Refused:
    return Refused(say("folders_too_deep", most=bounds.depth), say("only_what_it_reads"))
