"""What grading would pass over without a word: work where it is not looked for or that may not be read, ids that are
nearly another's or no folder's name, names of assignments in the gradebook alone.

Only looks.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from nbgrader.api import Assignment, Notebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import exists, inspect, select

from torchmarks.course.collected import is_folder_name, known_students
from torchmarks.course.commands import nbgrader_command
from torchmarks.course.records import missing_file, reading
from torchmarks.course.registered import assignments_known
from torchmarks.printable import printable
from torchmarks.system_files import is_added

_SHOWN: Final = 10  # lines


# ---- work


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Work where it is not looked for.

    within: its path below the folder with the students' folders; why, remedy: without a full stop; is_likely: whether
    an assignment is meant: a folder that is called something quite different may hold anything.
    """

    within: Path
    why: str
    remedy: str
    is_likely: bool = True


def misplaced_in(root: Path, assignments: Sequence[str]) -> Iterator[Misplaced]:
    """Work that is in no assignment's folder, sorted. root: the folder with the students' folders."""
    first = _entries(root)
    for path in sorted([*first, *(path for folder in first for path in _entries(folder))]):
        within = path.relative_to(root)
        is_below = len(within.parts) > 1
        if is_added(within.parts[0]) or any(part.startswith(".") for part in within.parts):
            continue
        if path.suffix == ".ipynb" and not os.path.isdir(path):
            place = root.name / (within.parent if is_below else Path("STUDENT")) / "ASSIGNMENT"
            yield Misplaced(within, "it is in no assignment's folder", f"Move it into {printable(place)}/")
        elif is_below and path.name not in assignments and _entries(path):
            yield Misplaced(within, "no assignment is called that", *_advice(path, assignments))


def _entries(folder: Path) -> list[Path]:
    """What is in a folder; nothing where it is none or closed, of which `closed_folders` gives the name.

    Not by `glob`, which ends at the first link that leads into a closed folder.
    """
    try:
        return [folder / name for name in os.listdir(folder)]
    except OSError:
        return []


def _advice(folder: Path, assignments: Sequence[str]) -> tuple[str, bool]:
    """What to do with a folder that is called as no assignment is, and whether one of them is meant."""
    near = get_close_matches(folder.name, assignments, n=1)
    if not near:
        return f"Known: {', '.join(assignments)}", False
    if (folder.parent / near[0]).is_dir():
        return f"{near[0]} beside it counts", True
    return f"If {near[0]} is meant, rename the folder", True


def misplaced(directory: CourseDirectory, students: Collection[str] = ()) -> list[str]:
    """Lines on work in submitted/ that belongs to no assignment's folder, each with what to do; ten, then a count.

    students: whose work alone is looked at, or nothing for all.
    """
    root = _submitted(directory)
    if root is None or missing_file(str(directory.db_url)):  # the look for known assignments would make it
        return []
    lines = [
        f"{printable(root.name / one.within)} is not graded: {one.why}. {one.remedy}"
        for one in misplaced_in(root, assignments_known(directory))
        if one.is_likely and (not students or one.within.parts[0] in students)
    ]
    return _first(lines, f"more such places in {printable(root)}")


def closed(directory: CourseDirectory, students: Collection[str] = ()) -> list[str]:
    """Lines on folders in submitted/ that this account may not look into, so that nobody knows what is in them; ten,
    then a count. students: as for `misplaced`.
    """
    return closed_lines(directory, [one for one in closed_students(directory) if not students or one in students])


def closed_lines(directory: CourseDirectory, names: Sequence[str]) -> list[str]:
    """As `closed`. names: what `closed_students` gave, for a caller that has it already."""
    root = _submitted(directory)
    if root is None:
        return []
    lines = [f"{printable(root.name / Path(name))} is not graded: {closed_reason(root / name)}" for name in names]
    return _first(lines, f"more such folders in {printable(root)}")


def closed_folders(root: Path) -> list[str]:
    """The names of folders below `root` that this account may not look into, sorted."""
    try:
        with os.scandir(root) as entries:
            found = [one for one in entries if not one.name.startswith(".") and not is_added(one.name)]
    except OSError:  # there is nothing yet
        return []
    return sorted(one.name for one in found if _is_closed(one))


def closed_students(directory: CourseDirectory) -> list[str]:
    """The names of students' folders in submitted/ that this account may not look into, sorted."""
    root = _submitted(directory)
    return [] if root is None else closed_folders(root)


def closed_reason(folder: Path) -> str:
    """Why a folder of `closed_folders` is left out, and the command that gives it to this account."""
    if os.path.islink(folder):
        return f"it is a link to {printable(os.readlink(folder))}, which this account may not read. Put the files there"
    own = shlex.join(["chown", "-R", str(os.geteuid()), str(folder)])
    return f"this account may not read the folder. To give it to this account, as root: {own}"


def _is_closed(entry: os.DirEntry[str]) -> bool:
    try:
        if entry.is_dir():
            os.stat(os.path.join(entry.path, "."))
            os.scandir(entry.path).close()
    except PermissionError:  # also of a link that leads into a closed folder
        return True
    except OSError:  # it is gone by now, or leads to itself
        return False
    return False


def _submitted(directory: CourseDirectory) -> Path | None:
    """The folder with the students' folders; None where the course has another structure."""
    if not str(directory.directory_structure).startswith(os.path.join("{nbgrader_step}", "{student_id}")):
        return None
    return Path(directory.format_path(directory.submitted_directory, "-", "-")).parent.parent


# ---- ids and names


def strays(directory: CourseDirectory) -> list[tuple[str, str]]:
    """Warnings for assignments that the gradebook has by name alone and source/ does not have, each with a remedy.

    Perhaps the name was mistyped when a due date was set, which then holds for no submission.
    """
    db_url = str(directory.db_url)
    if missing_file(db_url):
        return []
    with reading(db_url) as connection:
        if not inspect(connection).has_table(Notebook.__tablename__):
            return []
        generated = exists().where(Notebook.assignment_id == Assignment.id)
        names = connection.execute(select(Assignment.name).where(~generated).order_by(Assignment.name)).scalars().all()
    source = Path(directory.format_path(directory.source_directory, ".", "-")).parent
    there = {path.name for path in source.glob("*") if path.is_dir()}
    found = []
    for name in (name for name in names if name not in there):
        near = get_close_matches(name, sorted(there), n=1)
        meant = f"; if {near[0]} was meant, {near[0]} lacks that due date" if near else ""
        says = printable(f"the gradebook has an assignment {name!r}, which source/ does not have{meant}")
        found.append((says, nbgrader_command("db", "assignment", "remove", name)))
    return found


def uncollectable(directory: CourseDirectory) -> list[tuple[str, str]]:
    """Warnings for students in the gradebook whose work can never be collected, each with a remedy."""
    found = []
    for student in sorted(known_students(directory)):
        if not is_folder_name(student):
            says = (
                f"the gradebook has a student {student!r}, whose work cannot be collected: no folder can have that name"
            )
            found.append((printable(says), nbgrader_command("db", "student", "remove", student)))
    return found


def stray_lines(directory: CourseDirectory) -> list[str]:
    """`strays` and `uncollectable` as lines."""
    return [f"{says}. To remove it: {remedy}" for says, remedy in [*strays(directory), *uncollectable(directory)]]


def near_namesakes(new: Collection[str], known: Collection[str]) -> list[str]:
    """Lines on students who are new, and whose id differs from another in case or blanks alone; ten, then a count.

    known: all ids, those of the new ones included.
    """
    alike: dict[str, list[str]] = {}
    for student in sorted(known):
        alike.setdefault("".join(student.casefold().split()), []).append(student)
    lines = []
    for group in alike.values():
        # where all of them are new, the plainest is the one that was there
        there = [one for one in group if one not in new] or [min(group, key=_oddity)]
        added = [one for one in group if one not in there]
        if added:
            lines.append(f"new in the gradebook: {_listed(added)}; there is {_listed(there)}, too")
    return _first(lines, "more new ids are nearly another's")


def _oddity(student: str) -> tuple[int, int, str]:
    blanks = sum(map(str.isspace, student))
    return blanks, sum(map(str.isupper, student)), student


def _listed(students: Collection[str]) -> str:
    """Ids in one line; one with blanks in quotes, without which nobody sees them."""
    return ", ".join(f"'{printable(one)}'" if "".join(one.split()) != one else printable(one) for one in students)


def _first(lines: list[str], others: str) -> list[str]:
    """The first lines, and how many others there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"{more} {others}"] if more > 0 else lines
