"""Which pages are outdated: both commands that make pages make these anew, and none of them is released.

A page counts as that of a graded copy where it is whole, not older, and shows the points and comments that the
gradebook has now: a person may have changed some, and a late penalty changes without grading.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.orm import Session

from torchmarks.course.collected import excluded
from torchmarks.course.commands import feedback_command
from torchmarks.course.page_grades import fingerprint, fingerprint_on, grades_in
from torchmarks.course.records import missing_file, reading
from torchmarks.printable import printable

_END: Final = b"</html>"
_TAIL_BYTES: Final = 64


def renew(converter: Any) -> None:
    """Have a GenerateFeedback replace the pages that a kill cut short or left out, and those of an earlier grade: by
    itself it passes over a student whose folder is there.
    """
    directory, start = converter.coursedir, converter.init_destination

    def init_destination(assignment_id: str, student_id: str) -> bool:
        if student_id not in excluded(directory) and not converter.force:
            folder = Path(converter._format_dest(assignment_id, student_id))
            pages = {folder / f"{Path(copy).stem}.html": Path(copy) for copy in converter.notebooks}
            now = _grades(str(directory.db_url), assignment_id, student_id)
            old = outdated_pages(pages, now)
            if old and folder.is_dir():
                names = ", ".join(sorted(page.name for page in old))
                converter.log.warning("%s: made anew: %s", printable(student_id), printable(names))
                _remove(folder if directory.notebook_id == "*" else None, old)
        return bool(start(assignment_id, student_id))

    converter.init_destination = init_destination


def outdated_pages(pages: Mapping[Path, Path], now: Mapping[str, Any]) -> list[Path]:
    """The pages that are missing or outdated. pages: each with its graded copy; now: see `grades_in`."""
    return [page for page, copy in pages.items() if not _is_of(copy, page) or _has_other(now, copy, page)]


def why_outdated(directory: CourseDirectory, assignment: str, student: str) -> str:
    """Why a student's pages must not be released, with the command that renews them; "" where they may be.

    A page without a graded copy beside it is judged by the points and comments that it shows alone.
    """
    folder, graded = (
        Path(directory.format_path(step, student, assignment))
        for step in (directory.feedback_directory, directory.autograded_directory)
    )
    pages = {page: graded / f"{page.stem}.ipynb" for page in sorted(folder.glob("*.html"))}
    now = _grades(str(directory.db_url), assignment, student)
    old = [page.name for page, copy in pages.items() if copy.exists() and not _is_of(copy, page)]
    other = [page.name for page, copy in pages.items() if page.name not in old and _has_other(now, copy, page)]
    said = []
    if other:
        were = "was" if len(other) == 1 else "were"
        said.append(f"Points, a comment or the late penalty have changed since {' and '.join(other)} {were} made.")
    if old:
        are = "is" if len(old) == 1 else "are"
        said.append(f"{' and '.join(old)} {are} cut short, or older than the graded work.")
    return printable(" ".join([*said, f"To renew it: {feedback_command(assignment)}"])) if said else ""


def _is_of(copy: Path, page: Path) -> bool:
    """Whether a page is whole, and not older than the graded copy."""
    try:
        with page.open("rb") as file:
            file.seek(-min(_TAIL_BYTES, page.stat().st_size), os.SEEK_END)
            ends = file.read().rstrip().endswith(_END)
        return ends and page.stat().st_mtime_ns >= copy.stat().st_mtime_ns
    except OSError:
        return False


def _grades(db_url: str, assignment: str, student: str) -> dict[str, Any]:
    """What the gradebook has for a student's pages, by notebook."""
    if missing_file(db_url):
        return {}
    with reading(db_url) as connection, Session(connection) as session:
        return grades_in(session, assignment, student)


def _has_other(now: Mapping[str, Any], copy: Path, page: Path) -> bool:
    """Whether a page shows other points or comments than those of `now`, as far as it says which it shows."""
    there = fingerprint_on(page)
    return bool(there) and copy.stem in now and there != fingerprint(now[copy.stem])


def _remove(folder: Path | None, pages: list[Path]) -> None:
    """The folder, where nbgrader makes all that is in it; of single notebooks their pages."""
    if folder is not None:
        shutil.rmtree(folder)
    for page in pages:
        page.unlink(missing_ok=True)
