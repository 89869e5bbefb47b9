"""Finds grades that are not of today's tests, points, limits or programs.

Reads the gradebook, source/ and release/; of what was collected, nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course.bundles import assignment_bundle, isolation_of, limits_of
from torchmarks.course.commands import generate_command, grade_command
from torchmarks.course.marked import Marked
from torchmarks.course.registered import tests_in, tests_known
from torchmarks.errors import UsageError
from torchmarks.grading import Basis, Cause, Submission, causes, inputs_of, limits_text, tests_of
from torchmarks.wording import few

_SHOWN: Final = 5
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


def outdated(marked: Marked) -> tuple[Outdated, ...]:
    """The graded submissions of an assignment that today's tests, limits or programs did not grade, by student.

    Raises UsageError for an assignment that cannot be graded now.
    """
    if not marked.points:
        return ()
    found = []
    now = basis_for(marked.config, marked.assignment, marked.directory)
    for student in marked.finished:
        # Points without a record: graded without this package.
        basis = marked.noted[student].basis if student in marked.noted else None
        # With the files that were graded: what was handed in since is not the question here.
        same = now if basis is None else replace(now, files=basis.files)
        why = causes(basis, same)
        found += [Outdated(marked.assignment, student, why)] if why else []
    return tuple(found)


def outdated_lines(marked: Marked) -> list[str]:
    """Lines on grades that are not of today's tests, or may not be, and for a class on tests that have changed in
    source/ alone.
    """
    assignment = marked.assignment
    try:
        lines = _lines(assignment, outdated(marked))
    except UsageError as error:
        return [f"{assignment}: it is not known whether its marks are of today's tests: {error}"]
    # without a submission no mark depends on it
    of_class = marked.student is None and marked.times
    line = unregistered(marked.config, assignment, marked.directory) if of_class else ""
    return [*lines, line] if line else lines


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
