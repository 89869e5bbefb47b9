"""Which pages nbgrader's GenerateFeedback makes anew: by itself it passes over a student whose folder is there.

A page counts as that of a graded copy where it is whole and not older. Points that a person gave since then reach it by
`torchmarks feedback` or nbgrader's --force.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Final

from torchmarks.course.collected import excluded
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
            old = [page for page, copy in pages.items() if not _is_of(copy, page)]
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


def _remove(folder: Path | None, pages: list[Path]) -> None:
    """The folder, where nbgrader makes all that is in it; of single notebooks their pages."""
    if folder is not None:
        shutil.rmtree(folder)
    for page in pages:
        page.unlink(missing_ok=True)
