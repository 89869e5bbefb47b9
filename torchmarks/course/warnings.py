"""What is said beside marks, pages and a student's work: which lines, and in which order.

Where several subjects meet, this chooses. The sentences are those of the modules that know the subject, which all
get the one reading of the class. Only looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course.graded_copies import lost_lines, missing_lines, withdrawn_lines
from torchmarks.course.marked import Marked
from torchmarks.course.outdated import outdated_lines
from torchmarks.course.overlooked import closed_lines, closed_students, stray_lines
from torchmarks.course.penalties import penalty_lines
from torchmarks.course.ungraded import newer_lines, ungraded_lines


def of_marks(config: Config, assignments: Sequence[str], directory: CourseDirectory | None = None) -> list[str]:
    """Lines for a list of marks: on work that is gone, in part or whole, or that may not be read; then those of
    `of_figures`.
    """
    course = directory or CourseDirectory(config=config)
    classes = [Marked(config, name, course) for name in assignments]
    return [*_of_work(course, classes), *_of_grades(course, classes)]


def of_figures(config: Config, assignments: Sequence[str]) -> list[str]:
    """Lines for figures of a class: on marks that are not those of the work collected last, or of today's tests, points
    and late penalties, or may not be; and on assignments in the gradebook that source/ does not have.
    """
    course = CourseDirectory(config=config)
    return list(_of_grades(course, [Marked(config, name, course) for name in assignments]))


def of_pages(marked: Marked, *, missing: bool = True) -> list[str]:
    """Lines for feedback pages that were made. missing: whether those that could not be made are named, too."""
    lines = missing_lines(marked) if missing else []
    return [*lines, *penalty_lines(marked), *newer_lines(marked)]


def of_student(marked: Marked) -> list[str]:
    """Lines for a student's mark that is not that of the work collected last, or of today's tests, or may not be."""
    return [*newer_lines(marked), *outdated_lines(marked)]


def _of_work(course: CourseDirectory, classes: Sequence[Marked]) -> Iterator[str]:
    closed = closed_students(course)
    of_course = closed_lines(course, closed)
    for marked in classes:
        yield from lost_lines(marked)
        yield from of_course
        of_course = []  # they belong to no assignment
        yield from withdrawn_lines(marked, closed)


def _of_grades(course: CourseDirectory, classes: Sequence[Marked]) -> Iterator[str]:
    for marked in classes:
        yield from penalty_lines(marked)
        yield from newer_lines(marked)
        yield from ungraded_lines(marked)
        yield from outdated_lines(marked)
    yield from stray_lines(course)
