"""Where submissions come in: nbgrader's exchange, or a folder that something else fills.

Looks and reads; changes nothing there. No name can be trusted: anyone who can write to the exchange can make any
folder.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import time
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeCollect
from traitlets.config import Config

from torchmarks.course.bundles import limits_of
from torchmarks.course.collected import folders_in, time_of
from torchmarks.course.commands import nbgrader_command
from torchmarks.course.exchange import parts_of
from torchmarks.course.overlooked import closed_folders, closed_reason, misplaced_in
from torchmarks.errors import UsageError
from torchmarks.grading import add_files
from torchmarks.grading.timestamp import NAME
from torchmarks.system_files import is_added
from torchmarks.watch.taking import NotTaken, TakenFiles, take

_QUIET_S: Final = 10.0  # without a change: nothing but nbgrader's submit marks a folder as complete
_SECRET: Final = "submission_secret.txt"
_LONGEST_NAME: Final = 255
LONGEST_STUDENT: Final = 128  # characters, as the gradebook's column
TOO_LONG: Final = "its name is too long"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A submission that was seen in a source.

    changed_ns: time of the last change, which orders those of a student; settled: whether it is complete; refused: why
    it will never be taken.
    """

    name: str
    student: str
    path: Path
    changed_ns: int
    settled: bool
    refused: str = ""


class Source(Protocol):
    """A place where submissions come in. place: its name in the course's notes."""

    place: str

    def look(self, assignment: str, done: Container[str]) -> Iterator[Sighting]:
        """The submissions of an assignment that are there, without those whose names are in `done`."""

    def take(self, sighting: Sighting) -> TakenFiles:
        """The bytes of it. Raises NotTaken."""


class Exchange:
    """The inbound folder of nbgrader's exchange. Raises UsageError where it is not there."""

    place = "exchange"

    def __init__(self, config: Config) -> None:
        directory = CourseDirectory(config=Config(config))
        made = ExchangeCollect(coursedir=directory, config=Config(config))
        root, course = Path(made.root), str(directory.course_id)
        self._inbound = root / course / "inbound"
        # What nbgrader's collect only warns of: turned off where all students are one user of the system.
        self.checks_owner = bool(made.check_owner)
        self._ignore, self._room = directory.ignore, limits_of(config).scratch_bytes
        if not root.is_dir():
            remedy = "Make the folder, writable for everyone, or set c.Exchange.root in nbgrader_config.py."
            raise UsageError("there is no exchange", str(root), remedy)
        if not self._inbound.is_dir():
            remedy = f"Release an assignment first: {nbgrader_command('release_assignment', 'ASSIGNMENT')}."
            raise UsageError("the exchange has no folder for what students hand in", str(self._inbound), remedy)
        if not os.access(self._inbound, os.R_OK | os.X_OK):
            remedy = "Run this as the account that releases the assignments."
            raise UsageError("the folder may not be read", str(self._inbound), remedy)

    def look(self, assignment: str, done: Container[str]) -> Iterator[Sighting]:
        """See Source."""
        with os.scandir(self._inbound) as entries:
            names = [entry.name for entry in entries if f"+{assignment}+" in entry.name and entry.name not in done]
        for name in sorted(names):
            try:
                found = self._sighting(name, assignment)
            except Exception as error:  # a student chooses the name: it must not keep others from being seen
                reason = f"its name cannot be read ({type(error).__name__})"
                found = Sighting(name, "", self._inbound / name, 0, settled=True, refused=reason)
            if found is not None:
                yield found

    def _sighting(self, name: str, assignment: str) -> Sighting | None:
        parts = parts_of(name, assignment)
        path = self._inbound / name
        try:
            status = path.lstat()
        except OSError:  # gone again
            return None
        if parts is None:
            return Sighting(name, "", path, 0, settled=True, refused="no student and no time can be read from its name")
        student = parts[0]
        refused = why_not_a_student(student)
        if not refused and not stat.S_ISDIR(status.st_mode):
            refused = "it is not a folder"
        if not refused and self.checks_owner and (owner := _user(status.st_uid)) != student:
            refused = f"it says that it is {student}'s, and belongs to {owner}"
        return Sighting(name, student, path, status.st_ctime_ns, _is_whole(path, status), refused)

    def take(self, sighting: Sighting) -> TakenFiles:
        """See Source."""
        owner = None
        if self.checks_owner:
            try:
                owner = pwd.getpwnam(sighting.student).pw_uid
            except KeyError:
                raise NotTaken(f"this machine knows no user {sighting.student}") from None
        return take(sighting.path, owner=owner, ignore=self._ignore, room=self._room)


class Folder:
    """A folder with STUDENT/ASSIGNMENT/ in it, such as what a learning platform was unpacked to; it may be the course's
    own. No student may write to it: nothing there says whose a file is. Raises UsageError where it is not there.

    placed: by student, when what `watch` itself has put into the course's folder was handed in.
    """

    place = "folder"

    def __init__(self, config: Config, root: Path) -> None:
        self._root = root
        self.placed: dict[str, datetime] = {}
        directory = CourseDirectory(config=Config(config))
        self._ignore, self._room = directory.ignore, limits_of(config).scratch_bytes
        self._reported: set[str] = set()  # what was not understood
        self._known: dict[Path, tuple[int, str]] = {}  # when each was changed last, and what it held then
        if not root.is_dir():
            raise UsageError("there is no such folder", str(root), "Make it, or name another with --submitted.")
        submitted = Path(directory.format_path(directory.submitted_directory, "-", "-")).parent.parent
        self.in_place = root.resolve() == submitted.resolve()

    def look(self, assignment: str, done: Container[str]) -> Iterator[Sighting]:
        """See Source. A name holds the fingerprint of the files: other files are another arrival."""
        for path in sorted(folders_in(self._root, ("*", assignment))):
            student = path.parent.name
            refused = why_not_a_student(student)
            if path.is_symlink() or not path.is_dir():
                continue
            changed_ns = _latest(path)
            settled = time.time() - changed_ns / 1e9 >= _QUIET_S
            known = self._known.get(path)
            if known is None or known[0] != changed_ns:
                if not settled:  # its name depends on its content
                    continue
                content = self._content(path, student)
                known = self._known[path] = (changed_ns, content)
            if not known[1]:
                continue
            name = f"{student}/{known[1][:32]}"[-_LONGEST_NAME:]
            if name not in done:
                yield Sighting(name, student, path, changed_ns, settled, refused)

    def not_understood(self, assignments: Sequence[str]) -> Iterator[str]:
        """What is there and is not STUDENT/ASSIGNMENT/, or may not be read, with what to do about it; each once.

        assignments: all.
        """
        for name in closed_folders(self._root):
            if name not in self._reported:
                self._reported.add(name)
                yield f"{self._root / name}: not taken: {closed_reason(self._root / name)}"
        for one in misplaced_in(self._root, assignments):
            name = one.within.as_posix()
            if name not in self._reported:
                self._reported.add(name)
                yield f"{self._root / one.within}: not taken: {one.why}. {one.remedy}."

    def _content(self, path: Path, student: str) -> str:
        """The fingerprint of what is there; "" for what `watch` has put there itself."""
        try:
            found = self._read(path)
        except NotTaken as error:
            return hashlib.sha256(error.reason.encode()).hexdigest()
        is_own = self.in_place and student in self.placed and handed_in_at(found) == self.placed[student]
        return "" if is_own else _fingerprint(found)

    def take(self, sighting: Sighting) -> TakenFiles:
        """See Source."""
        return self._read(sighting.path)

    def _read(self, path: Path) -> TakenFiles:
        return take(path, owner=None, ignore=self._ignore, room=self._room)


def handed_in_at(taken: TakenFiles) -> datetime | None:
    """The time in a submission's timestamp.txt, which can be trusted where no student can write."""
    try:
        found = time_of(taken.files.get(NAME, b""))
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=UTC)


def why_not_a_student(student: str) -> str:
    """Why a name is not a student id, or "": it becomes the name of a folder, and is stored in the gradebook."""
    if not student or is_added(student) or student.startswith(".") or "/" in student or "\\" in student:
        return "its name is not a student id"
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in student):
        return "its name is not text that a gradebook can hold"
    return "" if len(student) <= LONGEST_STUDENT else TOO_LONG


def _is_whole(path: Path, status: os.stat_result) -> bool:
    """Whether all is in a folder. nbgrader's submit opens it to everybody then; other programs leave it as it is."""
    if status.st_mode & stat.S_IWOTH and os.path.lexists(path / _SECRET):
        return True
    return time.time() - _latest(path) / 1e9 >= _QUIET_S


def _latest(path: Path) -> int:
    """When something in a folder was changed last; of the files on top, which is where notebooks are."""
    try:
        with os.scandir(path) as entries:
            times = [
                entry.stat(follow_symlinks=False).st_ctime_ns for _, entry in zip(range(1_000), entries, strict=False)
            ]
        return max([*times, path.lstat().st_ctime_ns])
    except OSError:
        return time.time_ns()


def _fingerprint(taken: TakenFiles) -> str:
    digest = hashlib.sha256()
    add_files(digest, taken.files)
    return digest.hexdigest()


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}, who has no name on this machine"
