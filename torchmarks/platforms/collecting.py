"""Collects a class's work from a learning platform's download into submitted/, where nbgrader's own collect puts it.

The only module of this package that writes submitted/: it reads the download and the lists, asks `plan` whose each file
is, and puts each submission in its place. A run reports what became of every file, and does not touch what is already
right; one that was killed is simply run again.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from torchmarks.course import Course
from torchmarks.course.bundles import limits_of
from torchmarks.course.collected import time_of
from torchmarks.course.deadlines import Deadlines, deadlines_of
from torchmarks.course.locks import Locks
from torchmarks.errors import UsageError
from torchmarks.platforms import taken, when
from torchmarks.platforms.archive import Archive, opened
from torchmarks.platforms.people import Person, Roster, roster_of
from torchmarks.platforms.placing import SubmissionPlace, alone
from torchmarks.platforms.plan import FileOutcome, FileState, Owners, Piece, SubmittedWork, matched
from torchmarks.platforms.sheet import read_sheet
from torchmarks.platforms.students import Identities, RosterChange, apply, changes, gradebook_students, identified

PLATFORMS: Final = ("canvas", "moodle", "folder")
Progress = Callable[[int, int, str], None]  # done, of how many, whose


class SubmissionState(StrEnum):
    """What became of a student's submission."""

    NEW = "collected"
    CHANGED = "collected again"
    SAME = "unchanged"
    TIMED = "new time"
    KEPT = "not replaced"


@dataclass(frozen=True, slots=True)
class CollectedSubmission:
    """A student's submission. files: how many; told: when it came; notes: what a person should know."""

    student: str
    name: str
    state: SubmissionState
    files: int
    told: str
    is_late: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectResult:
    """The result of a run.

    submissions: one for each student with work in the download; files: every file of the download, with what became of
    it; absent: the students of the roster of whom there is no file; students: changes in the gradebook; has_due_date:
    whether the gradebook has one; zone: of the times in a list, None for this machine's.
    """

    submissions: tuple[CollectedSubmission, ...]
    files: tuple[FileOutcome, ...]
    absent: tuple[str, ...]
    students: tuple[RosterChange, ...]
    has_due_date: bool = True
    zone: tzinfo | None = None

    def of(self, *states: FileState) -> list[FileOutcome]:
        """The files in one of these states."""
        return [one for one in self.files if one.state in states]

    @property
    def counts(self) -> Counter[str]:
        """How many files are in which state."""
        return Counter(one.state.value for one in self.files)

    @property
    def is_whole(self) -> bool:
        """Whether everything that somebody may have handed in was collected."""
        kept = any(one.state is SubmissionState.KEPT for one in self.submissions)
        return not kept and not self.of(FileState.NOT_MATCHED, FileState.NOT_TAKEN)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for.

    roster: the platform's list; zone: of its times; force: also replace other work; take_times: believe a timestamp.txt
    in a plain folder.
    """

    platform: str
    source: Path
    assignment: str
    roster: Path | None = None
    dry_run: bool = False
    force: bool = False
    take_times: bool = False
    zone: tzinfo | None = None


def collect(course: Course, wish: Wish, progress: Progress = lambda done, total, whose: None) -> CollectResult:
    """Collect what a download holds.

    Raises UsageError for a file that is not a download, or not of this course; then nothing is written.
    """
    if wish.platform not in PLATFORMS:
        raise UsageError("there is no such platform", repr(wish.platform), f"Known: {', '.join(PLATFORMS)}.")
    released = released_notebooks(course, wish.assignment)
    wish = replace(wish, zone=wish.zone or _zone_before(course, wish))
    known = gradebook_students(course)
    roster = None if wish.roster is None else roster_of(read_sheet(wish.roster), wish.platform)
    identities = Identities() if roster is None else identified(roster, known, wish.platform)
    owners = Owners(wish.platform, wish.assignment, known, identities, roster)
    with opened(wish.source) as archive:
        found = matched(archive, owners)
        _require_any(found.pieces, archive, wish)
        _require_room(course, archive)
        learnt = changes(identities, known, wish.platform, fill_only=True)
        deadlines = deadlines_of(course.directory, wish.assignment) or Deadlines(None)
        run = _Collecting(course, wish, owners, released, deadlines)
        with nullcontext() if wish.dry_run else alone(run.locks):
            if not wish.dry_run:
                apply(course, learnt)
                if wish.platform == "moodle" and wish.zone is not None:
                    taken.keep_zone(course.db_url, wish.assignment, str(wish.zone))
            submissions, outcomes = [], list(found.outcomes)
            for number, (student, pieces) in enumerate(found.pieces.items()):
                progress(number, len(found.pieces), student)
                one, of_files = run.take(student, pieces)
                submissions.append(one)
                outcomes += of_files
    people = identities.people
    absent = tuple(student for student in people if student not in found.pieces)
    dated = deadlines.due is not None
    return CollectResult(tuple(submissions), tuple(outcomes), absent, tuple(learnt), dated, wish.zone)


def _zone_before(course: Course, wish: Wish) -> tzinfo | None:
    """The zone that was named when this assignment was last collected: times must not move unasked."""
    name = taken.zone_of(course.db_url, wish.assignment) if wish.platform == "moodle" else ""
    return ZoneInfo(name) if name else None


def released_notebooks(course: Course, assignment: str) -> list[str]:
    """Names of an assignment's notebooks, as students got them. Raises UsageError for an unknown assignment."""
    folders = [course.path(step, assignment) for step in ("source", "release")]
    names = sorted({path.name for folder in folders if folder.is_dir() for path in folder.glob("*.ipynb")})
    if not assignment or "/" in assignment or not names:
        where = folders[0].parent
        known = sorted(path.parent.name for path in where.glob("*/*.ipynb"))
        listed = ", ".join(dict.fromkeys(known))
        raise UsageError(f"there is no assignment {assignment!r}", str(where), f"Known: {listed}.")
    return names


def _require_any(pieces: Mapping[str, Sequence[Piece]], archive: Archive, wish: Wish) -> None:
    if pieces:
        return
    count = len(archive.members) + len(archive.refused)
    first = next((one.name for one in archive.members), archive.refused[0].name if archive.refused else "")
    what = f"none of its {count} files is that of a student here (the first: {first})"
    if wish.roster is None and wish.platform != "folder":
        remedy = "Name the platform's list of students with --roster: its numbers are not known here."
    else:
        remedy = "Is it the download of this course and this assignment, and the list of the same year?"
    raise UsageError(what, str(wish.source), remedy)


def _require_room(course: Course, archive: Archive) -> None:
    needed, free = sum(member.size for member in archive.members), shutil.disk_usage(course.root).free
    if needed > free:
        what = f"its files need {needed / 2**20:,.0f} MiB, and {free / 2**20:,.0f} are free"
        raise UsageError(what, str(course.root), "Free some space, and run the same command again.")


@dataclass(slots=True)
class _Collecting:
    course: Course
    wish: Wish
    owners: Owners
    released: list[str]
    deadlines: Deadlines
    locks: Locks = field(init=False)
    _room: int = field(init=False)
    _before: dict[str, list[taken.TakenFile]] = field(init=False)

    def __post_init__(self) -> None:
        self.locks = Locks(Path(self.course.directory.root))
        self._room = limits_of(self.course.config).scratch_bytes
        self._before = taken.read(self.course.db_url, self.wish.assignment)

    def take(self, student: str, pieces: Sequence[Piece]) -> tuple[CollectedSubmission, list[FileOutcome]]:
        """Put a student's submission in its place, unless it is already there."""
        platform = self.wish.platform
        work = SubmittedWork.read(student, pieces, self.released, platform, self._room)
        timing = self._timing(student, pieces, work)
        place = SubmissionPlace.of(self.course.directory, student, self.wish.assignment)
        # not while somebody grades what is there
        with nullcontext() if self.wish.dry_run else self.locks.held(self.wish.assignment, student):
            state, note = self._state(student, work, place.files(), timing, place)
            if not self.wish.dry_run and state is not SubmissionState.KEPT:
                self._put(place, work, state, timing)
        outcomes = work.outcomes
        if state is SubmissionState.KEPT:
            outcomes = [
                replace(one, state=FileState.NOT_TAKEN, note=note) if one.state is FileState.TAKEN else one
                for one in outcomes
            ]
        notes = [note, *(self.owners.note_on(student, piece.given) for piece in pieces)]
        said = tuple(dict.fromkeys(one for one in notes if one))
        return CollectedSubmission(
            student, self._name(student), state, len(work.files), timing.told, timing.is_late, said
        ), outcomes

    def _name(self, student: str) -> str:
        person = self.owners.identities.people.get(student)
        if person is not None:
            return person.name
        one = next((k for k in self.owners.known if k.id == student), None)
        return ", ".join(n for n in (one.last_name, one.first_name) if n) if one is not None else ""

    def _timing(self, student: str, pieces: Sequence[Piece], work: SubmittedWork) -> when.Timing:
        due, own = self.deadlines.due, self.deadlines.of(student)
        person: Person | None = self.owners.identities.people.get(student)
        if self.wish.platform == "canvas":
            packed = max((piece.member.modified for piece in pieces if piece.member.modified), default=None)
            return when.marked(any(piece.given.is_late for piece in pieces), packed, due, own)
        stamp = when.read_time(person.submitted, self.wish.zone) if person is not None else None
        if self.wish.platform == "folder" and self.wish.take_times and work.claimed:
            try:
                claimed = time_of(work.claimed)
            except ValueError:
                claimed = None
            stamp = None if claimed is None else claimed.replace(tzinfo=UTC)
        if stamp is None:
            return when.unknown(person.submitted if person is not None else "")
        return when.exact(stamp, own)

    def _state(
        self, student: str, work: SubmittedWork, there: Mapping[str, bytes], timing: when.Timing, place: SubmissionPlace
    ) -> tuple[SubmissionState, str]:
        if not work.files:
            return SubmissionState.KEPT, "nothing of it could be taken"
        if not there:
            return SubmissionState.NEW, ""
        if there == work.files:
            return (
                SubmissionState.SAME if self._is_timely(student, place.stamp(), timing) else SubmissionState.TIMED
            ), ""
        before = self._before.get(student, [])
        if self.wish.force:
            return SubmissionState.CHANGED, ""
        if not before:
            return (
                SubmissionState.KEPT,
                "submitted/ has other work, which was not collected from here; --force replaces it",
            )
        newest = max(piece.given.order for piece in work.given.values())
        if newest < max(one.upload for one in before):
            return SubmissionState.KEPT, "this download is older than the one that was collected; --force replaces it"
        return SubmissionState.CHANGED, _difference(there, work.files)

    def _is_timely(self, student: str, stamp: datetime | None, timing: when.Timing) -> bool:
        if timing.stamp is None:
            return True
        if stamp is None or not timing.is_bound:
            return stamp == timing.stamp.replace(microsecond=0)
        # a bound moves with each download: what matters is on which side of the deadline it lies
        own = self.deadlines.of(student)
        return own is None or (stamp > own) == (timing.stamp > own)

    def _put(self, place: SubmissionPlace, work: SubmittedWork, state: SubmissionState, timing: when.Timing) -> None:
        if state in (SubmissionState.NEW, SubmissionState.CHANGED):
            place.put(work.files, timing.stamp)
        elif state is SubmissionState.TIMED and timing.stamp is not None:
            place.put_stamp(timing.stamp)
        platform = self.wish.platform
        noted = [
            taken.TakenFile(work.student, file, platform, piece.member.name, piece.given.order)
            for file, piece in sorted(work.given.items())
        ]
        if noted != self._before.get(work.student):
            taken.write(self.course.db_url, self.wish.assignment, work.student, noted)


def _difference(there: Mapping[str, bytes], now: Mapping[str, bytes]) -> str:
    parts = [
        ("new", sorted(now.keys() - there.keys())),
        ("gone", sorted(there.keys() - now.keys())),
        ("changed", sorted(name for name in now.keys() & there.keys() if now[name] != there[name])),
    ]
    return "; ".join(f"{what}: {_first(names)}" for what, names in parts if names)


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def import_roster(
    course: Course, platform: str, path: Path, *, dry_run: bool = False
) -> tuple[Roster, list[RosterChange]]:
    """Bring a platform's list of students into the gradebook. Returns what changed, or would. Raises UsageError."""
    known = gradebook_students(course)
    roster = roster_of(read_sheet(path), platform)
    wanted = changes(identified(roster, known, platform), known, platform, fill_only=False)
    if not dry_run:
        apply(course, wanted)
    return roster, wanted
