"""Finds grades that are out of date, so that every place that shows marks can warn about them.

Reads the gradebook, source/ and release/, and what was collected: its times, and its files where a time does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from nbgrader.api import Assignment, Grade, Notebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, exists, inspect, select
from traitlets.config import Config

from torchmarks.course import records
from torchmarks.course.arrivals import awaited
from torchmarks.course.bundles import assignment_bundle, isolation_of, limits_of
from torchmarks.course.collected import (
    collected_time,
    excluded,
    is_folder_name,
    known_students,
    roll_of,
    student_folders,
)
from torchmarks.course.commands import generate_command, grade_command, nbgrader_command
from torchmarks.course.penalties import penalty_warnings
from torchmarks.course.records import missing_file
from torchmarks.course.registered import has_submissions, tests_in, tests_known
from torchmarks.errors import UsageError
from torchmarks.grading import Basis, Cause, Submission, causes, inputs_of, limits_text, read_submission, tests_of
from torchmarks.grading.basis import files_of
from torchmarks.grading.listing import listed
from torchmarks.printable import printable
from torchmarks.wording import few

_SHOWN: Final = 5
_NAMED: Final = 10  # students
_WRITES_TESTS: Final = "AUTOTEST"  # nbgrader puts tests of its own making in the place of such a line


@dataclass(frozen=True, slots=True)
class Outdated:
    """A graded submission whose grade is not of today's tests, limits or programs, or may not be."""

    assignment: str
    student: str
    causes: tuple[Cause, ...]


def basis_for(config: Config, assignment: str, directory: CourseDirectory | None = None) -> Basis:
    """What grades of an assignment would be made from now, except the files of a submission.

    Raises UsageError for an assignment that cannot be graded now.
    """
    bundle = assignment_bundle(config, assignment, directory)
    limits = limits_text(limits_of(config), unsafe=isolation_of(config) == "none")
    return Basis.of(Submission("", {}), tests_of(bundle), limits, inputs_of(bundle))


def outdated(config: Config, assignment: str, directory: CourseDirectory | None = None) -> tuple[Outdated, ...]:
    """The graded submissions of an assignment that today's tests, limits or programs did not grade, by student.

    Raises UsageError for an assignment that cannot be graded now.
    """
    directory = directory or CourseDirectory(config=config)
    with records.reading(str(directory.db_url)) as connection:
        noted = records.read(connection, assignment=assignment)
        students = with_points(connection, assignment)
    if not students:
        return ()
    found = []
    now = basis_for(config, assignment, directory)
    for student in students:
        # Points without a record: graded without this package.
        record = noted.get((assignment, student), records.Record(records.RecordState.GRADED))
        if record.is_graded:
            # With the files that were graded: what was handed in since is not the question here.
            same = now if record.basis is None else replace(now, files=record.basis.files)
            why = causes(record.basis, same)
            found += [Outdated(assignment, student, why)] if why else []
    return tuple(found)


def with_points(connection: Connection, assignment: str, student: str | None = None) -> list[str]:
    """The students whose submissions have points from a test, 0 included. student: only this one."""
    query = (
        select(SubmittedAssignment.student_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(Assignment.name == assignment, Grade.auto_score.is_not(None))
        .distinct()
    )
    query = query if student is None else query.where(SubmittedAssignment.student_id == student)
    return sorted(connection.execute(query).scalars())


def newer_work(directory: CourseDirectory, assignment: str, student: str | None = None) -> list[str]:
    """The students whose collected work is not the work that their grade is of, sorted: it came later, or has other
    files. student: only this one is looked at.
    """
    if missing_file(str(directory.db_url)):
        return []
    with records.reading(str(directory.db_url)) as connection:
        noted = records.read(connection, assignment=assignment, student=student)
        points = set(with_points(connection, assignment, student))
        times = _times(connection, assignment)
    # Points without a record: graded without this package. Without a finished grading there is no mark to be old.
    unfinished = {who for who in points if (assignment, who) in noted and not noted[assignment, who].is_graded}
    wanted = points - unfinished - excluded(directory)
    copies = student_folders(directory, directory.autograded_directory, assignment)
    found = []
    for who, folder in roll_of(directory, assignment, points - unfinished).folders.items():
        if who in wanted:
            came, of_grade = collected_time(folder), times[who]
            # nbgrader's own rule for grading again
            is_newer = came is not None and (of_grade is None or came > of_grade)
            record = noted.get((assignment, who))
            if is_newer or (record is not None and _is_other(directory, folder, record, copies.get(who))):
                found.append(who)
    return sorted(found)


def _is_other(directory: CourseDirectory, folder: Path, record: records.Record, copy: Path | None) -> bool:
    """Whether a submission has other files than were graded, as after one was replaced. Reads it only if anything was
    changed since. record: of its grade; copy: the folder of its graded copy.
    """
    if copy is None or not record.key or record.basis is None:  # which files nbgrader's command graded is not noted
        return False
    try:
        graded_s = max(path.stat().st_mtime for path in copy.glob("*.ipynb"))
        changed = any(path.stat().st_ctime > graded_s for path in listed(folder, directory.ignore).files)
    except (OSError, ValueError):  # none there, or one that cannot be read: grading says so
        return False
    room = limits_of(directory.config).scratch_bytes
    return changed and files_of(read_submission("", folder, directory.ignore, room)) != record.basis.files


def ungraded_work(directory: CourseDirectory, assignment: str) -> list[str]:
    """The students whose work was collected and never graded, nor refused, sorted."""
    if missing_file(str(directory.db_url)):
        return []
    with records.reading(str(directory.db_url)) as connection:
        noted = {student for _, student in records.read(connection, assignment=assignment)}
        points = set(with_points(connection, assignment))
    roll = roll_of(directory, assignment, points | noted)
    return sorted(roll.folders.keys() - points - noted - excluded(directory))


def _times(connection: Connection, assignment: str) -> dict[str, datetime | None]:
    """When the graded work was handed in, by student."""
    query = (
        select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment)
    )
    return {row.student_id: row.timestamp for row in connection.execute(query)}


def newer_warnings(directory: CourseDirectory, assignment: str, student: str | None = None) -> list[str]:
    """Lines that name the students of `newer_work`, if there are any: one for those whose work `watch` will grade, one
    for the others. student: only this one.
    """
    what = "newer work has been collected than the work that was graded, of"
    return list(_to_grade(directory, assignment, what, newer_work(directory, assignment, student)))


def ungraded_warnings(directory: CourseDirectory, assignment: str) -> list[str]:
    """As `newer_warnings`, of `ungraded_work`."""
    students = ungraded_work(directory, assignment)
    return list(_to_grade(directory, assignment, "work has been collected and not graded, of", students))


def _to_grade(directory: CourseDirectory, assignment: str, what: str, students: Sequence[str]) -> Iterator[str]:
    """Lines on students whose work is to be graded: by the command, and by `watch` at its deadline."""
    waiting = awaited(directory, assignment) if students else None
    later = [student for student in students if waiting is not None and waiting.until(student) is not None]
    left = set(later)
    now = [student for student in students if student not in left]
    if now:
        yield f"{assignment}: {what} {_few(now)}. To grade it: {grade_command(assignment)}"
    if later:
        final = grade_command(assignment, later[0], force=True)
        yield (
            f"{assignment}: {what} {_few(later)}. torchmarks watch grades it for good at the deadline. "
            f"To make one final now: {final}"
        )


def _few(students: Sequence[str]) -> str:
    return few([printable(student) for student in students], _NAMED)


def known(db_url: str) -> list[str]:
    """Names of the assignments in a gradebook."""
    with records.reading(db_url) as connection:
        return sorted(connection.execute(select(Assignment.name)).scalars())


def warnings_of(config: Config, assignments: Sequence[str], directory: CourseDirectory | None = None) -> list[str]:
    """Lines for assignments whose marks are not those of the work collected last, or of today's tests, points and late
    penalties, or may not be, and for those in the gradebook that source/ does not have.
    """
    course = directory or CourseDirectory(config=config)
    lines = []
    for assignment in assignments:
        lines += penalty_warnings(str(course.db_url), assignment, config)
        lines += newer_warnings(course, assignment) + ungraded_warnings(course, assignment)
        try:
            found = outdated(config, assignment, directory)
        except UsageError as error:
            lines.append(f"{assignment}: it is not known whether its marks are of today's tests: {error}")
            continue
        lines += _lines(assignment, found)
        # without a submission no mark depends on it
        line = unregistered(config, assignment, course) if has_submissions(course, assignment) else ""
        lines += [line] if line else []
    return lines + stray_warnings(course)


def warnings_about(config: Config, assignment: str, directory: CourseDirectory, student: str) -> list[str]:
    """Lines for a student's mark that is not that of the work collected last, or of today's tests, or may not be."""
    lines = newer_warnings(directory, assignment, student)
    try:
        found = [one for one in outdated(config, assignment, directory) if one.student == student]
    except UsageError as error:
        return [*lines, f"{assignment}: it is not known whether its marks are of today's tests: {error}"]
    return lines + _lines(assignment, found)


def strays(directory: CourseDirectory) -> list[tuple[str, str]]:
    """Warnings for assignments that the gradebook has by name alone and source/ does not have, each with a remedy.

    Perhaps the name was mistyped when a due date was set, which then holds for no submission.
    """
    db_url = str(directory.db_url)
    if missing_file(db_url):
        return []
    with records.reading(db_url) as connection:
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


def stray_warnings(directory: CourseDirectory) -> list[str]:
    """`strays` and `uncollectable` as lines."""
    return [f"{says}. To remove it: {remedy}" for says, remedy in [*strays(directory), *uncollectable(directory)]]


def unregistered(config: Config, assignment: str, directory: CourseDirectory | None = None) -> str:
    """A line that names the tests in source/ that differ from the gradebook's, by text or points; "" where none does.

    A notebook that cannot be read, or that the gradebook does not know, is left out.
    """
    directory = directory or CourseDirectory(config=config)
    folder = Path(directory.format_path(directory.source_directory, ".", assignment))
    known = tests_known(directory, assignment)
    found = []
    for name in sorted(known):
        there = tests_in(folder / f"{name}.ipynb") or {}
        found += [cell for cell, test in there.items() if not _is_same(test, known[name].get(cell))]
    if not found:
        return ""
    return (
        f"{assignment}: source/ has other tests or points than the gradebook ({few(found, _SHOWN)}): "
        f"run `{generate_command(assignment, force=True)}`, then `{grade_command(assignment)}`"
    )


def _is_same(test: tuple[str, float], known: tuple[str, float] | None) -> bool:
    if known is None or test[1] != known[1]:
        return False
    return test[0] == known[0] or _WRITES_TESTS in test[0]


def _lines(assignment: str, found: Sequence[Outdated]) -> list[str]:
    changed = sum(Cause.TESTS in one.causes for one in found)
    unknown = sum(Cause.UNRECORDED in one.causes for one in found)
    provisional = sum(Cause.PHASE in one.causes for one in found)
    said = []
    if provisional:
        said.append(
            f"{_count(provisional)} graded before the deadline, with other hidden inputs than those that count: "
            "provisional"
        )
    if changed:
        said.append(f"{_count(changed)} graded with other tests or points than today's")
    if unknown:
        said.append(f"{_count(unknown)} graded without this package: with which tests is not known")
    return [f"{assignment}: {' and '.join(said)}. To grade again: {grade_command(assignment)}"] if said else []


def _count(number: int) -> str:
    return "1 submission was" if number == 1 else f"{number} submissions were"
