"""Finds collected work that is not graded: other work than a grade is of, or work that has none yet.

Of what was collected it reads the times, and the files where a time does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from torchmarks.course.arrivals import awaited
from torchmarks.course.bundles import limits_of
from torchmarks.course.collected import collected_time, excluded
from torchmarks.course.commands import grade_command
from torchmarks.course.marked import Marked, few_names
from torchmarks.grading import read_submission
from torchmarks.grading.basis import files_of
from torchmarks.grading.listing import listed


def newer_work(marked: Marked) -> list[str]:
    """The students whose collected work is not the work that their grade is of, sorted: it came later, or has other
    files.
    """
    # without a finished grading there is no mark to be old
    wanted = set(marked.finished) - excluded(marked.directory)
    folders = marked.roll.folders if wanted else {}
    return sorted(
        who
        for who, folder in folders.items()
        if who in wanted and (_is_later(marked, who, folder) or _is_other(marked, who, folder))
    )


def _is_later(marked: Marked, student: str, folder: Path) -> bool:
    """Whether a submission came after the work that was graded: nbgrader's own rule for grading again."""
    came, of_grade = collected_time(folder), marked.times.get(student)
    return came is not None and (of_grade is None or came > of_grade)


def _is_other(marked: Marked, student: str, folder: Path) -> bool:
    """Whether a submission has other files than were graded, as after one was replaced. Reads it only if anything was
    changed since.
    """
    record, ignored = marked.noted.get(student), marked.directory.ignore
    if record is None or not record.key or record.basis is None:  # which files nbgrader's command graded is not noted
        return False
    copy = marked.copies.get(student)
    if copy is None:
        return False
    try:
        graded_s = max(path.stat().st_mtime for path in copy.glob("*.ipynb"))
        changed = any(path.stat().st_ctime > graded_s for path in listed(folder, ignored).files)
    except (OSError, ValueError):  # none there, or one that cannot be read: grading says so
        return False
    room = limits_of(marked.config).scratch_bytes
    return changed and files_of(read_submission("", folder, ignored, room)) != record.basis.files


def ungraded_work(marked: Marked) -> list[str]:
    """The students whose work was collected and never graded, nor refused, sorted."""
    return sorted(marked.roll.folders.keys() - marked.points - marked.noted.keys() - excluded(marked.directory))


def newer_lines(marked: Marked) -> list[str]:
    """Lines that name the students of `newer_work`, if there are any: one for those whose work `watch` will grade, one
    for the others.
    """
    what = "newer work has been collected than the work that was graded, of"
    return list(_to_grade(marked, what, newer_work(marked)))


def ungraded_lines(marked: Marked) -> list[str]:
    """As `newer_lines`, of `ungraded_work`."""
    return list(_to_grade(marked, "work has been collected and not graded, of", ungraded_work(marked)))


def _to_grade(marked: Marked, what: str, students: Sequence[str]) -> Iterator[str]:
    """Lines on students whose work is to be graded: by the command, and by `watch` at its deadline."""
    assignment = marked.assignment
    waiting = awaited(marked.directory, assignment, marked.noted) if students else None
    later = [student for student in students if waiting is not None and waiting.until(student) is not None]
    left = set(later)
    now = [student for student in students if student not in left]
    if now:
        yield f"{assignment}: {what} {few_names(now)}. To grade it: {grade_command(assignment)}"
    if later:
        final = grade_command(assignment, later[0], force=True)
        yield (
            f"{assignment}: {what} {few_names(later)}. torchmarks watch grades it for good at the deadline. "
            f"To make one final now: {final}"
        )
