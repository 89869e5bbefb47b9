"""Which pages nbgrader's GenerateFeedback makes anew: by itself it passes over a student whose folder is there.

A page counts as that of a graded copy where it is whole, not older, and shows the points and comments that the
gradebook has now: a person may have changed some, and a late penalty changes without grading.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from torchmarks.course.collected import excluded
from torchmarks.course.page_grades import fingerprint, fingerprint_on, grades_in
from torchmarks.course.records import missing_file, reading
from torchmarks.printable import printable

_END: Final = b"</html>"
_TAIL_BYTES: Final = 64


def renew(converter: Any) -> None:
    """Have a GenerateFeedback replace the pages that a kill cut short or left out, and those of an earlier grade."""
    directory, start = converter.coursedir, converter.init_destination

    def init_destination(assignment_id: str, student_id: str) -> bool:
        if student_id not in excluded(directory) and not converter.force:
            folder = Path(converter._format_dest(assignment_id, student_id))
            pages = {folder / f"{Path(copy).stem}.html": Path(copy) for copy in converter.notebooks}
            now = _grades(str(directory.db_url), assignment_id, student_id)
            old = [page for page, copy in pages.items() if not _is_of(copy, page) or _has_other(now, copy, page)]
            if old and folder.is_dir():
                names = ", ".join(sorted(page.name for page in old))
                converter.log.warning("%s: made anew: %s", printable(student_id), printable(names))
                _remove(folder if directory.notebook_id == "*" else None, old)
        return bool(start(assignment_id, student_id))

    converter.init_destination = init_destination


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
