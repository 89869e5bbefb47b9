"""Collected work: whose folder is whose, and when it was handed in, for every command that reads submissions.

Students are known by one id, however their name is written in Unicode. `settle` and `mend_timestamp` correct what
nbgrader's own steps would stumble over, in the course's copy of a submission; all else here only looks.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from nbgrader.api import Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from sqlalchemy import inspect, or_, select

from torchmarks.course.records import missing_file, reading
from torchmarks.grading.repair import Refused, composed
from torchmarks.grading.submission import is_own
from torchmarks.grading.timestamp import LONGEST_BYTES, NAME, timestamp_refused, timestamp_text
from torchmarks.printable import printable
from torchmarks.system_files import is_added
from torchmarks.whole_files import write_whole

_UNREADABLE: Final = "timestamp-unreadable.txt"


# ---- whose


def excluded(directory: CourseDirectory) -> frozenset[str]:
    """The students whom nbgrader's configuration excludes from everything."""
    return frozenset(str(directory.student_id_exclude or "").split(","))


def student_folders(directory: CourseDirectory, step: str, assignment: str) -> dict[str, Path]:
    """The folders of a step (`submitted`, `autograded`, by their configured names), by the name of the student's."""
    pattern = Path(directory.format_path(step, "*", assignment))
    matcher = re.compile(directory.format_path(step, "(?P<student>[^/]+)", assignment, escape=True))
    root = Path(str(pattern).partition("*")[0] + "-").parent  # above the first star
    names = ((matcher.fullmatch(str(path)), path) for path in sorted(folders_in(root, pattern.relative_to(root).parts)))
    folders = {match["student"]: path for match, path in names if match}
    return {name: path for name, path in folders.items() if not is_added(name)}


def folders_in(root: Path, parts: Sequence[str]) -> Iterator[Path]:
    """The folders below `root` whose names match these, one for each level. Names what may not be opened, too, where
    its own name can be read; what lies in it is not known.

    Path.glob ends without a word at the first link that leads into a closed folder.
    """
    first, rest = parts[0], parts[1:]
    try:
        with os.scandir(root) as entries:
            found = [Path(one.path) for one in entries if fnmatch.fnmatchcase(one.name, first)] if "*" in first else []
    except OSError:
        return
    for path in found if "*" in first else [root / first]:
        if not rest and _is_folder(path):
            yield path
        elif rest and os.path.isdir(path):
            yield from folders_in(path, rest)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except PermissionError:
        return os.path.lexists(path)  # a link into a closed folder: reading it says so
    except OSError:
        return False


def by_composed_name(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by what they are in composed Unicode, each list sorted: the names of one list are one student's."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(composed(name), []).append(name)
    return found


@dataclass(frozen=True, slots=True)
class Roll:
    """Who handed in. folders: by student id; ambiguous: why it is not known whose a folder is, by student id; notes:
    what a person should read.
    """

    folders: Mapping[str, Path]
    ambiguous: Mapping[str, Refused] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def roll_of(directory: CourseDirectory, assignment: str, known: Collection[str] = ()) -> Roll:
    """Who handed in an assignment. known: ids in the gradebook.

    Folders whose names differ only in their Unicode form are those of one student, who has the gradebook's id; where
    both hold the assignment, the student is refused. So is a name that is not UTF-8, which no gradebook can hold.
    Changes nothing.
    """
    by_name = student_folders(directory, directory.submitted_directory, assignment)
    ids_of = by_composed_name(known)
    folders, ambiguous = {}, {}
    for composed_name, names in sorted(by_composed_name(by_name).items()):
        if not _is_utf8(composed_name):
            student = os.fsencode(composed_name).decode("utf-8", "replace")
            folders[student], ambiguous[student] = by_name[names[0]], _unreadable(names[0])
            continue
        ids = ids_of.get(composed_name, [])
        if len(names) > 1:
            student = next((name for name in [*ids, composed_name] if name in names), names[0])
            folders[student], ambiguous[student] = by_name[student], _ambiguous(names)
        else:
            folders[names[0] if names[0] in ids else ids[0] if ids else composed_name] = by_name[names[0]]
    return Roll(folders, ambiguous)


def settle(directory: CourseDirectory, assignment: str, known: Collection[str] = ()) -> Roll:
    """As `roll_of`, and renames each folder to its student's id: nbgrader takes the id from the folder's name."""
    roll = roll_of(directory, assignment, known)
    folders, ambiguous, notes = dict(roll.folders), dict(roll.ambiguous), []
    for student, folder in roll.folders.items():
        place = Path(directory.format_path(directory.submitted_directory, student, assignment))
        if place == folder or student in ambiguous:
            continue
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(place)
        except OSError as error:
            ambiguous[student] = Refused(
                f"The folder {str(folder)!a} belongs to {printable(student)}, written in another Unicode form.",
                f"Rename it ({error.strerror}).",
            )
            continue
        folders[student] = place
        notes.append(f"{printable(student)}: the folder's name was written in another Unicode form; it was renamed.")
    return Roll(folders, ambiguous, tuple(notes))


def _is_utf8(name: str) -> bool:
    return name == os.fsencode(name).decode("utf-8", "replace")


def _unreadable(name: str) -> Refused:
    return Refused(
        f"The name of the folder is not UTF-8: {os.fsencode(name)!r}.",
        "Rename it to the student's id in the gradebook.",
    )


def _ambiguous(names: list[str]) -> Refused:
    return Refused(
        f"{len(names)} folders have this student's name, in different Unicode forms: {', '.join(map(ascii, names))}.",
        "Keep the right one.",
    )


def known_students(directory: CourseDirectory) -> set[str]:
    """Ids in the gradebook; none where there is no gradebook yet."""
    if missing_file(str(directory.db_url)):
        return set()
    with reading(str(directory.db_url)) as connection:
        if not inspect(connection).has_table(Student.__tablename__):
            return set()
        return set(connection.scalars(select(Student.id)))


def is_folder_name(student: str) -> bool:
    """Whether a student's work can be collected: nbgrader makes a folder of each id, and takes any text for one."""
    return student not in ("", ".", "..") and "/" not in student and "\0" not in student


def has_roll(directory: CourseDirectory) -> bool:
    """Whether the gradebook has students that somebody entered: with a name, an address or a platform's id.

    Grading adds those who handed in, by an id alone. The gradebook has to exist.
    """
    entered = (Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
    with reading(str(directory.db_url)) as connection:
        wanted = or_(*(column.is_not(None) & (column != "") for column in entered))
        return connection.scalar(select(Student.id).where(wanted).limit(1)) is not None


# ---- when


def time_of(content: bytes) -> datetime | None:
    """The time in a timestamp.txt, UTC without a zone; None where it is empty. Raises ValueError."""
    text = timestamp_text(content)
    if not text:
        return None
    try:
        found: datetime = parse_utc(text)
    except Exception as error:  # the parser's own, of whatever a student writes there
        raise ValueError(f"{NAME} holds no time") from error
    return found


def collected_time(folder: Path) -> datetime | None:
    """When a collected submission was handed in, as `time_of`; None also where that cannot be read. Changes nothing."""
    path = folder / NAME
    if not os.path.exists(path) or timestamp_refused(folder) is not None:  # Path.exists raises in a closed folder
        return None
    try:
        return time_of(path.read_bytes())
    except (OSError, ValueError):
        return None


def mend_timestamp(folder: Path, instead: str = "") -> str:
    """Make a timestamp.txt one that all of nbgrader can read, or set it aside. Returns what a person should know of it.

    instead: the time to be written where none can be read, if another source knows it. What cannot be read is kept
    beside it, links and pipes are removed. Never raises, whatever the folder.
    """
    path = folder / NAME
    if not is_own(folder):  # perhaps another student's; reading it refuses it
        return ""
    try:
        note = _set_aside(path)
        if instead and not path.exists():
            time_of(instead.encode())
            _write(path, instead)
            return f"{note or f'{NAME} was missing.'} The time that the exchange has was put there."
        return note
    except (OSError, ValueError) as error:
        return f"{NAME} cannot be read, and was left as it is: {error}"


def _set_aside(path: Path) -> str:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return ""
    if stat.S_ISREG(kind):
        try:
            _make_plain(path)
            return ""
        except ValueError:
            pass
    elif not stat.S_ISDIR(kind):
        path.unlink()
        return f"{NAME} was not an ordinary file; it was removed."
    path.rename(path.with_name(_UNREADABLE))
    return f"{NAME} holds no time that can be read; the submission counts as one without a time."


def _make_plain(path: Path) -> None:
    """Write a time as nbgrader reads it: without a byte order mark, in UTF-8. Raises ValueError where there is none."""
    with path.open("rb") as file:
        content = file.read(LONGEST_BYTES + 1)
    time_of(content)
    text = timestamp_text(content)
    if content.decode("utf-8", "replace").strip() != text:
        _write(path, text)


def _write(path: Path, text: str) -> None:
    write_whole(path, f"{text}\n".encode())  # a new file: what was collected may be read-only


# ---- what nbgrader does not see


def unseen(directory: CourseDirectory, assignment: str) -> Iterator[str]:
    """Students whose submission has no notebook where nbgrader looks for one. From names alone."""
    for student, folder in roll_of(directory, assignment).folders.items():
        if not any(folder.glob("*.ipynb")):
            yield student
