"""Reads what was collected of one student from their folder. Reads only; decides nothing about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torchmarks.grading.conductor import Submission
from torchmarks.grading.handed_in import read_files
from torchmarks.grading.listing import listed


def read_submission(student: str, folder: Path, ignore: Sequence[str], room: int) -> Submission:
    """The files that nbgrader would grade: notebooks at the top, other files anywhere, nothing that is ignored.

    ignore: see `listed`; room: see `read_files`.
    """
    listing = listed(folder, ignore)
    kept = [path for path in listing.files if path.suffix != ".ipynb" or path.parent == folder]
    return Submission(student, read_files(folder, kept, room), listing.refused)
