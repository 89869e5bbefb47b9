"""Refuses submissions on which nbgrader's own steps would take far longer than their size suggests.

nbgrader looks through a folder again for each file in it, and parses the time of timestamp.txt, both before the first
step that can be configured to be ours. Looks at names and at the beginning of one file; changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torchmarks.course.collected import excluded
from torchmarks.grading.listing import listed
from torchmarks.grading.repair import Refused
from torchmarks.grading.timestamp import timestamp_refused


def refusal(folder: Path, ignore: Sequence[str] = ()) -> Refused | None:
    """Why a submission must not reach nbgrader's steps, or None. Never raises, whatever the folder."""
    return listed(folder, ignore).refused or timestamp_refused(folder)


def guard(converter: Any, refuse: Callable[[str, Refused], Exception]) -> None:
    """Have a converter (nbgrader's Autograde) look at each submission before anything else is done with it.

    refuse: makes the exception, from the student's id and the reason; nbgrader reports it for that student alone.
    """
    begin = converter.init_destination

    def init_destination(assignment_id: str, student_id: str) -> bool:
        found = refusal(Path(converter._format_source(assignment_id, student_id)), converter.coursedir.ignore)
        # nbgrader leaves these students out in `begin`, which comes later
        if found is not None and student_id not in excluded(converter.coursedir):
            raise refuse(student_id, found)
        return bool(begin(assignment_id, student_id))

    # On this one converter, and not in its hook: nbgrader logs what a hook raises and goes on.
    converter.init_destination = init_destination
