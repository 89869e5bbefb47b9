"""Assigns each file of a download to a student and records what became of it; every file gets exactly one outcome.

Pure but for reading the members. Which file of a submission is which notebook is decided when it is graded; here only
the numbers that the platform itself added to names are removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from torchmarks.grading.listing import BOUNDS
from torchmarks.grading.repair import composed
from torchmarks.grading.submitted_files import NOTEBOOK_BYTES
from torchmarks.grading.timestamp import NAME
from torchmarks.platforms.archive import Archive, Member, RefusedMember, Unreadable, inner
from torchmarks.platforms.names import (
    Given,
    NotGiven,
    canvas_given,
    canvas_name,
    folder_given,
    moodle_given,
    released_name,
)
from torchmarks.platforms.people import Person, Roster
from torchmarks.platforms.students import Identities, KnownStudent

_NOTEBOOKS: Final = 5  # of the largest that are read, for one submission
_GROWTH: Final = 50  # of an archive when it is unpacked; notebooks with much output have been seen to grow twentyfold
_SMALL: Final = 16 << 20
_MOST_FILES: Final = BOUNDS.entries // 2  # grading counts folders as well


class FileState(StrEnum):
    """What became of a member of a download."""

    TAKEN = "collected"
    SUPERSEDED = "superseded"
    NOT_MATCHED = "not matched"
    NOT_TAKEN = "not taken"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a member. student: whose it is, "" where that is not known; note: the reason, or by what."""

    name: str
    state: FileState
    student: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A member that belongs to a student's submission, with what its name says."""

    member: Member
    given: Given


@dataclass(frozen=True, slots=True)
class Matched:
    """The members of a download by student, and the outcomes of those that belong to nobody."""

    pieces: Mapping[str, Sequence[Piece]]
    outcomes: Sequence[FileOutcome]


@dataclass(slots=True)
class Owners:
    """The students who may own a file: those of the roster and of the gradebook. roster: None where none was given."""

    platform: str
    assignment: str
    known: Sequence[KnownStudent]
    identities: Identities
    roster: Roster | None = None
    _by_key: dict[str, str] = field(init=False)
    _by_group: dict[str, list[str]] = field(init=False)
    _by_name: dict[str, str | None] = field(init=False)
    _names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        people = self.identities.people
        numbers = {k.lms_user_id: k.id for k in self.known if k.lms_user_id} if self.platform == "canvas" else {}
        self._by_key = numbers | {person.key: student for student, person in people.items() if person.key}
        self._names = {k.lms_user_id: canvas_name(k.last_name + k.first_name) for k in self.known if k.lms_user_id}
        self._names |= {p.key: canvas_name(p.last + p.first) for p in people.values()}
        self._by_group, self._by_name = {}, {}
        for student, person in people.items():
            if person.group:
                self._by_group.setdefault(_plain(person.group), []).append(student)
        for student, names in _called(self.known, people):
            for name in {_plain(name) for name in names if name.strip(" ,")}:
                self._by_name[name] = student if self._by_name.get(name, student) == student else None

    def given(self, name: str) -> Given | NotGiven:
        """What the platform's name of a file says."""
        if self.platform == "canvas":
            return canvas_given(name, self._names)
        return moodle_given(name) if self.platform == "moodle" else folder_given(name, self.assignment)

    def of(self, given: Given) -> list[str] | NotGiven:
        """The students whose file it is: one, or all of a group. Or why that is not known."""
        student = self._by_key.get(given.key)
        if student is not None and self.platform != "folder":
            return [student]
        if self.platform == "moodle" and _plain(given.who) in self._by_group:
            return self._by_group[_plain(given.who)]
        if self.platform != "canvas" and (self.platform == "folder" or self.roster is None):
            named = self._by_name.get(_plain(given.who))
            if named is not None:
                return [named]
        return NotGiven(self._nobody(given))

    def _nobody(self, given: Given) -> str:
        if self.platform == "folder":
            several = _plain(given.who) in self._by_name
            what = "several students are" if several else "nobody in the gradebook or the roster is"
            return f"{what} called {given.who}: rename the folder to the student's id"
        number = "number" if self.platform == "canvas" else "participant"
        if self.roster is not None:
            return f"{number} {given.key} ({given.who}) is not in the roster: download that again"
        file = "Canvas's gradebook" if self.platform == "canvas" else "Moodle's grading worksheet"
        return f"nobody in the gradebook is known as {number} {given.key} ({given.who}): name {file} with --roster"

    def note_on(self, student: str, given: Given) -> str:
        """What a person should know about a match."""
        name = self._names.get(given.key, "")
        if self.platform == "canvas" and name and name != canvas_name(given.who):
            return f"called {given.who} in the archive: another name, or a group's (counted for this member alone)"
        return ""


def _plain(name: str) -> str:
    return " ".join(composed(name).replace("_", " ").casefold().split())


def _called(known: Sequence[KnownStudent], people: Mapping[str, Person]) -> Iterator[tuple[str, list[str]]]:
    for one in known:
        first, last = one.first_name, one.last_name
        yield one.id, [one.id, one.lms_user_id, one.email, f"{first} {last}", f"{last}, {first}", f"{last} {first}"]
    for student, p in people.items():
        names = [f"{p.first} {p.last}", f"{p.last}, {p.first}", f"{p.last} {p.first}"]
        yield student, [student, p.key, p.email, p.login, p.number, *names]


def matched(archive: Archive, owners: Owners) -> Matched:
    """Whose each member is, judged by its name."""
    outcomes = [_refused(one) for one in archive.refused]
    pieces: dict[str, list[Piece]] = {}
    for member in archive.members:
        given = owners.given(member.name)
        students = given if isinstance(given, NotGiven) else owners.of(given)
        if isinstance(given, NotGiven) or isinstance(students, NotGiven):
            why = given if isinstance(given, NotGiven) else students
            assert isinstance(why, NotGiven)
            outcomes.append(FileOutcome(member.name, FileState.NOT_MATCHED, "", why.reason))
            continue
        for student in students:
            pieces.setdefault(student, []).append(Piece(member, given))
    return Matched(dict(sorted(pieces.items())), outcomes)


def _refused(one: RefusedMember) -> FileOutcome:
    return FileOutcome(one.name, FileState.LEFT_OUT if one.by_system else FileState.NOT_TAKEN, "", one.reason)


@dataclass(slots=True)
class SubmittedWork:
    """What a student handed in.

    room: bytes that may still be read; files: by path; given: the piece that each came from; claimed: the content of a
    timestamp.txt.
    """

    student: str
    room: int
    files: dict[str, bytes] = field(default_factory=dict)
    given: dict[str, Piece] = field(default_factory=dict)
    outcomes: list[FileOutcome] = field(default_factory=list)
    claimed: bytes = b""
    _folders: set[str] = field(default_factory=set)

    @classmethod
    def read(
        cls, student: str, pieces: Sequence[Piece], released: Sequence[str], platform: str, room: int
    ) -> SubmittedWork:
        """Read the members, the latest upload of a name last. room: bytes of all but the notebooks."""
        work = cls(student, room + _NOTEBOOKS * NOTEBOOK_BYTES)
        taken: dict[str, str] = {}
        for piece in sorted(pieces, key=lambda one: (one.given.order, one.member.name)):
            name, file = piece.member.name, piece.given.file
            file = released_name(file, released) if platform == "canvas" else file
            try:
                content = work._content(piece.member, file)
            except Unreadable as error:
                work._end(name, FileState.NOT_TAKEN, str(error))
                continue
            if file == NAME:
                work.claimed = content
                work._end(name, FileState.LEFT_OUT, "a time that the student claims; the platform's counts")
                continue
            if file in taken:
                work._supersede(taken[file], name)
            taken[file] = name
            work._keep(piece, file, content)
        return work

    def _end(self, name: str, state: FileState, note: str = "") -> None:
        self.outcomes.append(FileOutcome(name, state, self.student, note))

    def _content(self, member: Member, file: str) -> bytes:
        """The content of a member. Raises Unreadable, also for a path that conflicts with another."""
        if len(self.files) >= _MOST_FILES:
            raise Unreadable(f"the submission has more than {_MOST_FILES} files")
        if file in self._folders or not self.files.keys().isdisjoint(_above(file)):
            raise Unreadable("a file and a folder would have the same name")
        if member.size > self.room:
            return member.read(self.room)  # refuses it, and unpacks nothing
        room = self.room
        self.room -= member.size  # whatever comes of it: a damaged one was unpacked, too
        content = member.read(room)
        self.room -= max(len(content) - member.size, 0)
        return content

    def _put(self, piece: Piece, file: str, content: bytes) -> None:
        self.files[file], self.given[file] = content, piece
        self._folders.update(_above(file))

    def _supersede(self, earlier: str, by: str) -> None:
        for number, one in enumerate(self.outcomes):
            if one.name == earlier and one.state is FileState.TAKEN:
                self.outcomes[number] = FileOutcome(earlier, FileState.SUPERSEDED, self.student, f"by {by}")

    def _keep(self, piece: Piece, file: str, content: bytes) -> None:
        note = f"as {file}" if file != piece.given.file else ""
        if file.lower().endswith(".zip"):
            try:
                self._unpack(piece, file[: -len(".zip")], inner(content))
                return
            except Unreadable as error:
                note = f"an archive that was not unpacked: {error}"
        self._put(piece, file, content)
        self._end(piece.member.name, FileState.TAKEN, note)

    def _unpack(self, piece: Piece, folder: str, archive: Archive) -> None:
        """Unpack a student's archive into a folder of its name; archives within it stay packed."""
        name, room = piece.member.name, self.room
        # what somebody sends costs no more than its size: a few bytes may say that they are terabytes
        self.room = min(room, _GROWTH * piece.member.size + _SMALL)
        most = self.room
        parts = [replace(_refused(one), name=f"{name}/{one.name}", student=self.student) for one in archive.refused]
        unpacked = 0
        for member in archive.members:
            path = f"{folder}/{member.name}"
            try:
                self._put(piece, path, self._content(member, path))
                unpacked += 1
            except Unreadable as error:
                parts.append(FileOutcome(f"{name}/{member.name}", FileState.NOT_TAKEN, self.student, str(error)))
        self.room = room - (most - self.room)
        self._end(name, FileState.TAKEN, f"unpacked: {unpacked} file{'s' if unpacked != 1 else ''}")
        self.outcomes += parts


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]
