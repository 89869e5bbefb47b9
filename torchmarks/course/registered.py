"""Which assignments the gradebook has, what it has of each, and what a notebook file would add to it.

Reads the gradebook and notebook files; `complete_submissions` alone writes, and only rows that are missing. Must not
know how an assignment is generated or graded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import nbformat
from nbgrader.api import Assignment, Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from sqlalchemy import inspect, select

from torchmarks.course.records import missing_file, reading

Cells = Mapping[str, frozenset[str]]  # grade_id -> what the cell is: some of the kinds that SaveCells notes
Tests = dict[str, tuple[str, float]]  # the text, hidden tests included, and the points, by grade_id
_MARKED_AS: Final = {"grade": is_grade, "solution": is_solution, "task": is_task}


def cells_in(*notebooks: Any) -> Cells:
    """The marked cells of notebooks that make up one, as SaveCells would note them."""
    found = {}
    for cell in (cell for notebook in notebooks for cell in notebook.cells):
        kinds = {kind for kind, holds in _MARKED_AS.items() if holds(cell)}
        if kinds or is_locked(cell):
            found[str(cell.metadata["nbgrader"].get("grade_id"))] = frozenset(kinds | {"source"})
    return found


def cells_of(path: Path) -> Cells | None:
    """The marked cells of a notebook file; None where it is not there or cannot be read."""
    try:
        return cells_in(nbformat.read(path, as_version=4))
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def cells_known(notebook: Any) -> Cells:
    """The marked cells that a gradebook has of a notebook, by the notebook's row."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in (*_MARKED_AS, "source"):
        for cell in getattr(notebook, f"{kind}_cells"):
            found[cell.name].add(kind)
    return {name: frozenset(kinds) for name, kinds in found.items()}


def is_registered(coursedir: CourseDirectory, assignment: str) -> bool:
    """Whether the gradebook has notebooks of an assignment."""
    with _known(coursedir, assignment) as found:
        return found is not None and bool(found.notebooks)


def assignments_known(coursedir: CourseDirectory) -> list[str]:
    """Names of the assignments that source/ has a notebook of, or that the gradebook knows."""
    source = Path(coursedir.format_path(coursedir.source_directory, ".", "-")).parent
    there = {path.parent.name for path in source.glob("*/*.ipynb")}
    return sorted(there.union(filter(None, assignments_in(str(coursedir.db_url)))))


def assignments_in(db_url: str) -> list[str]:
    """Names of the assignments in a gradebook, sorted; none where there is no gradebook yet."""
    if missing_file(db_url):
        return []
    with reading(db_url) as connection:
        if not inspect(connection).has_table(Assignment.__tablename__):
            return []
        return sorted(connection.scalars(select(Assignment.name)))


def tests_in(path: Path) -> Tests | None:
    """The graded cells of a notebook file; None where it is not there or cannot be read."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return {
            str(cell.metadata.nbgrader["grade_id"]): _test(
                cell.source, float(cell.metadata.nbgrader["points"]), is_answer=is_solution(cell)
            )
            for cell in notebook.cells
            if is_grade(cell)
        }
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def tests_known(coursedir: CourseDirectory, assignment: str) -> dict[str, Tests]:
    """The graded cells that the gradebook has of every notebook of an assignment."""
    tests: dict[str, Tests] = {}
    with _known(coursedir, assignment) as found:
        for notebook in found.notebooks if found is not None else ():
            sources = {cell.name: cell.source for cell in notebook.source_cells}
            answers = {cell.name for cell in notebook.solution_cells}
            tests[notebook.name] = {
                cell.name: _test(sources.get(cell.name), cell.max_score, is_answer=cell.name in answers)
                for cell in notebook.grade_cells
            }
    return tests


def _test(source: str | None, points: float, *, is_answer: bool) -> tuple[str, float]:
    # of an answer that a person marks source/ has the model, the gradebook the blank
    return "" if is_answer else (source or "").strip(), float(points)


def has_submissions(coursedir: CourseDirectory, assignment: str) -> bool:
    """Whether the gradebook has a submission of an assignment."""
    with _known(coursedir, assignment) as found:
        return found is not None and bool(found.submissions)


@contextmanager
def _known(coursedir: CourseDirectory, assignment: str) -> Iterator[Any]:
    """The gradebook's row of an assignment while the gradebook is open; None for one that it does not know."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            found = gradebook.find_assignment(assignment)
        except MissingEntry:
            found = None
        yield found


def complete_submissions(coursedir: CourseDirectory, assignment: str) -> None:
    """Add to submissions the rows for notebooks that their assignment did not have when they came in.

    nbgrader makes these rows with a submission and never later: one that was autograded in vain, before its assignment
    was generated, would have no place for its grades. Time stamps and extensions stay.
    """
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        found = gradebook.find_assignment(assignment)
        with gradebook.db.no_autoflush:  # or SQLAlchemy warns of rows that are in no session yet
            for submission in found.submissions:
                there = {notebook.name for notebook in submission.notebooks}
                for notebook in found.notebooks:
                    if notebook.name not in there:
                        gradebook.db.add_all(list(_rows(notebook, submission)))
        gradebook.db.commit()


def _rows(notebook: object, submission: object) -> Iterator[object]:
    submitted = SubmittedNotebook(notebook=notebook, assignment=submission)
    yield submitted
    for cell in [*notebook.grade_cells, *notebook.task_cells]:  # type: ignore[attr-defined]
        yield Grade(cell_id=cell.id, notebook=submitted)
    for cell in [*notebook.solution_cells, *notebook.task_cells]:  # type: ignore[attr-defined]
        yield Comment(cell_id=cell.id, notebook=submitted)
