"""Refuses a changed source/ that would take marks from students who have handed in, before anything is deleted.

nbgrader refuses such a change itself, but in a step that runs after it has emptied release/. Reads source/ and the
gradebook; writes nothing, and makes no gradebook where there is none.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import nbformat
from nbgrader.api import Assignment, Notebook, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import IncludeHeaderFooter
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session
from traitlets.config import Config

from torchmarks.course.commands import generate_command, grade_command
from torchmarks.course.records import missing_file, reading
from torchmarks.course.registered import Cells, cells_in, cells_known
from torchmarks.errors import UsageError
from torchmarks.wording import few

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class CellChange:
    """A notebook, or a cell of one, that grades may depend on. cell: its grade_id, "" for the whole notebook."""

    notebook: str
    cell: str
    how: Literal["added", "removed", "made into something else"]

    def __str__(self) -> str:
        thing = f"cell {self.cell!r} of {self.notebook}.ipynb" if self.cell else f"{self.notebook}.ipynb"
        return f"{thing} was {self.how}"


def refuse_lossy_change(coursedir: CourseDirectory, assignment: str, config: Config | None = None) -> None:
    """Refuse to generate an assignment whose cells or notebooks are no longer those that submissions were graded with.

    coursedir: with the notebook_id that is to be generated, "*" for all; config: the course's, for header and footer
    cells; default: the coursedir's own. Text, tests, points and data files may change at any time.
    Raises UsageError with the way that keeps the grades. Does nothing where nobody has handed in.
    """
    config = Config(coursedir.config) if config is None else config
    count, known = _graded_cells(str(coursedir.db_url), assignment)
    if not count or not known:  # a grading that failed before it was ever generated leaves submissions without cells
        return
    where = str(Path(coursedir.format_path(coursedir.source_directory, ".", assignment)))
    changes = changes_between(known, _source_cells(coursedir, assignment, config), whole=coursedir.notebook_id == "*")
    if not changes:
        return
    shown = few([str(change) for change in changes], _SHOWN)
    whose = "1 submission of it is" if count == 1 else f"{count} submissions of it are"
    raise UsageError(
        f"{shown}, but {whose} in the gradebook and marks would be lost; nothing was changed",
        where,
        _remedy(assignment, changes),
    )


def changes_between(known: Mapping[str, Cells], now: Mapping[str, Cells], *, whole: bool = True) -> list[CellChange]:
    """What was added and removed, by notebook and cell. whole: whether `now` holds every notebook."""
    found = []
    if whole:
        found += [CellChange(name, "", "removed") for name in sorted(known.keys() - now.keys())]
        found += [CellChange(name, "", "added") for name in sorted(now.keys() - known.keys())]
    for name in sorted(known.keys() & now.keys()):
        before, after = known[name], now[name]
        found += [CellChange(name, cell, "removed") for cell in sorted(before.keys() - after.keys())]
        found += [CellChange(name, cell, "added") for cell in sorted(after.keys() - before.keys())]
        both = sorted(before.keys() & after.keys())
        found += [CellChange(name, cell, "made into something else") for cell in both if before[cell] != after[cell]]
    return found


def _remedy(assignment: str, changes: Iterable[CellChange]) -> str:
    said, hows = [], {change.how for change in changes}
    if hows & {"removed", "made into something else"}:
        said.append(
            "Put back what is gone as it was; to take a test or an exercise out, give its test cells 0 points and run "
            f"`{generate_command(assignment, force=True)}` and `{grade_command(assignment)}`."
        )
    if "added" in hows:
        said.append("Put what is new into an assignment of its own.")
    return " ".join(said)


def _graded_cells(db_url: str, assignment: str) -> tuple[int, dict[str, Cells]]:
    """How many submissions the gradebook holds of an assignment, and the cells that it knows, by notebook."""
    if missing_file(db_url):
        return 0, {}
    # not nbgrader's Gradebook, which makes the tables that are missing
    with reading(db_url) as connection:
        if not inspect(connection).has_table(SubmittedAssignment.__tablename__):
            return 0, {}
        with Session(connection) as session:
            submissions = (
                select(func.count())
                .select_from(SubmittedAssignment)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(Assignment.name == assignment)
            )
            query = select(Notebook).join(Assignment, Assignment.id == Notebook.assignment_id)
            notebooks = session.scalars(query.where(Assignment.name == assignment))
            return session.scalar(submissions) or 0, {str(n.name): cells_known(n) for n in notebooks}


def _source_cells(coursedir: CourseDirectory, assignment: str, config: Config) -> dict[str, Cells]:
    """The cells that nbgrader's SaveCells would note, by notebook: its steps before that one add none but header and
    footer.
    """
    folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
    around = IncludeHeaderFooter(config=config)
    ends = [_read(Path(coursedir.root) / path) for path in (around.header, around.footer) if path]
    paths = sorted(Path(path) for path in glob.glob(str(Path(folder) / f"{coursedir.notebook_id}.ipynb")))
    return {path.stem: cells_in(_read(path), *ends) for path in paths}


def _read(path: Path) -> Any:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        what = f"is not a notebook that can be read ({error})"
        raise UsageError(what, str(path), "Repair or restore it first.") from None
