"""torchmarks report: what a class got wrong, as one page that works offline and as a CSV of every figure.

    write_report(course, [], Path("report.html"))

Reads the gradebook and the graded notebooks; changes neither. Student names appear only on request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torchmarks.course import Course
from torchmarks.course.commands import grade_command, nbgrader_command
from torchmarks.course.records import missing_file
from torchmarks.course.titles import difficulties_in
from torchmarks.errors import UsageError
from torchmarks.report.figures import ExerciseFigures, Figures, Gathered, MisconceptionFigures, Trouble, figures
from torchmarks.report.frequencies import dictionary, frequencies
from torchmarks.report.gather import gather
from torchmarks.report.page import page
from torchmarks.report.table import as_csv
from torchmarks.whole_files import write_whole

__all__ = [
    "ExerciseFigures",
    "Figures",
    "MisconceptionFigures",
    "Trouble",
    "all_figures",
    "all_gathered",
    "dictionary_of",
    "write_report",
]

_NO_GRADE = "It was collected and has no grade yet. Run: {command}"


def write_report(
    course: Course,
    assignments: Sequence[str],
    to: Path,
    *,
    names: bool = False,
    csv: Path | None = None,
    public: Path | None = None,
    without: Sequence[str] = (),
) -> tuple[Figures, ...]:
    """Write the page, and the CSV where a path is given. Returns the figures.

    assignments: empty for all that have grades; names: whether students are named; public: for anonymous frequencies,
    with their data dictionary beside it; without: those of all that are left out. Raises UsageError when nothing is
    graded, or where the files cannot be written.
    """
    gathered = all_gathered(course, assignments, without)
    found = tuple(map(figures, gathered))
    title = str(course.directory.course_id or course.root.name)
    _write(to, page(title, found, names=names))
    if csv is not None:
        _write(csv, as_csv(found, names=names))
    if public is not None:
        _write(public, frequencies(gathered))
        _write(dictionary_of(public), dictionary())
    return found


def dictionary_of(public: Path) -> Path:
    """The path of the data dictionary that goes with a table of frequencies."""
    return public.with_name(f"{public.stem}-dictionary.csv")


def all_figures(course: Course, assignments: Sequence[str]) -> tuple[Figures, ...]:
    """The figures of each assignment that has grades. Raises UsageError when there are none."""
    return tuple(map(figures, all_gathered(course, assignments)))


def all_gathered(course: Course, assignments: Sequence[str], without: Sequence[str] = ()) -> tuple[Gathered, ...]:
    """What is known of each assignment that has grades. Raises UsageError when there are none."""
    wanted = [course.require(name) for name in assignments] or [
        name for name in course.assignments() if name not in without
    ]
    place = course.db_url
    if missing := missing_file(place):
        remedy = f"Run `{nbgrader_command('collect', 'ASSIGNMENT')}`, then `{grade_command()}`."
        raise UsageError("there is no gradebook yet", missing, remedy)
    found = []
    for name in wanted:
        gathered = _gathered(course, name)
        if gathered.works:
            found.append(gathered)
        elif assignments:  # of all assignments those without grades are passed over
            raise UsageError("nothing is graded yet", name, f"Run: {grade_command(name)}")
    if not found:
        raise UsageError("nothing is graded yet", place, f"Run: {grade_command()}")
    return tuple(found)


def _gathered(course: Course, assignment: str) -> Gathered:
    graded, unfinished = _graded(course, assignment), course.unfinished(assignment)
    refused = _without_grade(course, assignment, graded, unfinished)
    return gather(course.db_url, graded, assignment, refused, unfinished, _stars(course, assignment))


def _stars(course: Course, assignment: str) -> dict[str, int]:
    """The difficulty that titles give, by exercise."""
    return difficulties_in(course.notebook("source", assignment)) if assignment in course.assignments() else {}


def _graded(course: Course, assignment: str) -> dict[str, tuple[Path, ...]]:
    folders = course.folders("autograded", assignment)
    return {student: tuple(sorted(folder.glob("*.ipynb"))) for student, folder in folders.items()}


def _without_grade(
    course: Course, assignment: str, graded: Mapping[str, tuple[Path, ...]], unfinished: Mapping[str, str]
) -> dict[str, str]:
    """Why a collected submission has no grade, by student."""
    refused = course.refused(assignment, unfinished)
    why = {student: str(record.reason) for student, record in refused.items()}
    for student in course.folders("submitted", assignment):
        if student not in graded:
            why.setdefault(student, _NO_GRADE.format(command=grade_command(assignment)))
    return why


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), named=True)
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", str(path), "Name another file.") from error
