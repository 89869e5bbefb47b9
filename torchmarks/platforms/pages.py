"""Packs feedback pages into a zip, under the names by which each platform finds the student again.

Canvas ("Upload Submissions") takes the first two numbers between underscores for those of a student and of an
attachment of the submission (app/models/abstract_assignment.rb, `infer_comment_context_from_filename`), so each page
goes by those of the file that was collected, after a name without digits. Canvas shows the page as a comment, under the
name that the student's own file had.
Moodle ("Upload multiple feedback files in a zip") takes `Name_12345_assignfeedback_file_/page.html`
(mod/assign/feedback/file/importziplib.php), so the numbers come from the worksheet.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torchmarks.course import Course
from torchmarks.course.commands import feedback_command
from torchmarks.course.renewing import why_outdated
from torchmarks.errors import UsageError
from torchmarks.platforms import taken
from torchmarks.platforms.filling import students_in
from torchmarks.platforms.names import canvas_name
from torchmarks.platforms.people import Person, roster_of
from torchmarks.platforms.sheet import read_sheet
from torchmarks.platforms.students import KnownStudent, gradebook_students
from torchmarks.whole_files import whole_file


@dataclass(frozen=True, slots=True)
class Packed:
    """What was packed. pages: how many; nameless: students with a page that the platform would not know; without:
    students of the list, or of whom work was collected, for whom there is no page; outdated: students whose page is not
    that of the grade in the gradebook.
    """

    assignment: str
    pages: int
    students: int
    nameless: tuple[str, ...]
    without: tuple[str, ...]
    outdated: tuple[str, ...]


def pack_feedback(course: Course, platform: str, assignment: str, to: Path, worksheet: Path | None) -> Packed:
    """Write the zip. worksheet: Moodle's, whose numbers the names need. Raises UsageError, and then writes nothing."""
    folders = course.folders("feedback", assignment)
    pages = {student: sorted(folder.glob("*.html")) for student, folder in folders.items()}
    unfinished = course.unfinished(assignment)  # whose page is that of the grade before
    pages = {student: found for student, found in pages.items() if found and student not in unfinished}
    outdated = tuple(sorted(student for student in pages if why_outdated(course.directory, assignment, student)))
    pages = {student: found for student, found in pages.items() if student not in outdated}
    if not pages:
        where = str(course.path("feedback", assignment, "*"))
        what = "all feedback pages are of an earlier grade" if outdated else "there are no feedback pages"
        raise UsageError(what, where, f"Run: {feedback_command(assignment)}")
    prefixes = _canvas(course, assignment, pages) if platform == "canvas" else _moodle(course, worksheet, pages)
    named = {student: prefixes[student] for student in pages if student in prefixes}
    if not named:
        what = "none of the pages is of work that came from there"
        remedy = f"Collect with `torchmarks collect {platform}`, or name the right file with --fill."
        raise UsageError(what, platform, remedy)
    members = [(f"{prefix}{page.name}", page) for s, by_page in named.items() for page, prefix in by_page]
    _write(to, members)
    nameless = tuple(sorted(pages.keys() - named.keys()))
    without = tuple(sorted(prefixes.keys() - pages.keys() - set(outdated)))
    return Packed(assignment, len(members), len(named), nameless, without, outdated)


_Names = dict[str, list[tuple[Path, str]]]  # by student: each page, and what goes before its name


def _canvas(course: Course, assignment: str, pages: Mapping[str, Sequence[Path]]) -> _Names:
    known = {one.id: one for one in gradebook_students(course)}
    found: _Names = {}
    for student, files in taken.read(course.db_url, assignment).items():
        prefixes = {one.file: p for one in files if (p := _prefix(one, known.get(student)))}
        if prefixes:
            found[student] = [(page, _prefix_of(page, prefixes)) for page in pages.get(student, ())]
    return found


def _prefix(one: taken.TakenFile, student: KnownStudent | None) -> str:
    """By which Canvas knows the student: of a name with numbers it would take those."""
    if one.platform != "canvas" or student is None or not student.lms_user_id:
        return ""
    name = re.sub(r"[0-9_]", "", canvas_name(student.last_name + student.first_name))
    # Canvas takes this word for anonymous grading
    return f"{name if name not in ('', 'anon') else 'student'}_{student.lms_user_id}_{one.upload}_"


def _prefix_of(page: Path, prefixes: Mapping[str, str]) -> str:
    """By the file of the page's own notebook; else, of one that had another name, by any of the student's."""
    wanted = f"{page.stem}.ipynb"
    own = (prefix for file, prefix in sorted(prefixes.items()) if file.rpartition("/")[2] == wanted)
    return next(own, next(iter(prefixes.values())))


def _moodle(course: Course, worksheet: Path | None, pages: Mapping[str, Sequence[Path]]) -> _Names:
    if worksheet is None:
        remedy = "Name the grading worksheet of this assignment with --fill."
        raise UsageError("the names of Moodle's feedback files need the participants' numbers", "--feedback", remedy)
    roster = roster_of(read_sheet(worksheet), "moodle")
    ids = students_in(roster, gradebook_students(course), "moodle")
    people = {ids[person.row]: person for person in roster.people if person.row in ids}
    return {s: [(page, _folder(person)) for page in pages.get(s, ())] for s, person in people.items()}


def _folder(person: Person) -> str:
    name = re.sub(r"[^\w .'-]|_", "", f"{person.first} {person.last}").strip(" .") or "Participant"
    return f"{name}_{person.key}_assignfeedback_file_/"


def _write(to: Path, members: Sequence[tuple[str, Path]]) -> None:
    try:
        with whole_file(to, named=True) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in _unique(members):
                archive.write(path, name)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise UsageError(what, str(to), "Name another file with --feedback.") from error


def _unique(members: Sequence[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    seen: set[str] = set()
    for name, path in members:
        stem, _, suffix = name.rpartition(".")
        number, unique = 1, name
        while unique in seen:
            number += 1
            unique = f"{stem}-{number}.{suffix}"
        seen.add(unique)
        yield unique, path
