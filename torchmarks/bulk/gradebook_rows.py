"""The rows of one submitted notebook in nbgrader's tables: its grades and its comments.

Every statement is one of a transaction that the caller opened.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Comment, Grade, GradeCell, Notebook, SolutionCell, SubmittedNotebook, TaskCell
from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from torchmarks.bulk.jobs import NotebookResult
from torchmarks.grading.scores import counted

_notebooks: Table = SubmittedNotebook.__table__
_grades: Table = Grade.__table__
_comments: Table = Comment.__table__

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NotebookCells:
    """The cells of a notebook: its id, and ids by name."""

    notebook: str
    grades: Mapping[str, str]
    comments: Mapping[str, str]


def write_notebook(
    connection: Connection, submission: str, cells: NotebookCells, result: NotebookResult | None, *, is_new: bool
) -> tuple[str, float]:
    """Write grades and comments of a notebook. Returns its id, and the score that they come to.

    submission: its id; result: None where there is none; is_new: the submission has no rows yet.
    """
    notebook = None if is_new else _notebook_of(connection, submission, cells)
    grades, comments = {}, {}
    if notebook is None:
        notebook = new_id()
        values = {"id": notebook, "assignment_id": submission, "notebook_id": cells.notebook, "flagged": False}
        connection.execute(insert(_notebooks).values(values))
    else:
        grades, comments = (
            {row.cell_id: row for row in connection.execute(select(table).where(table.c.notebook_id == notebook))}
            for table in (_grades, _comments)
        )
    new, changed, score = _grade_rows(notebook, cells, result, grades)
    _execute_all(connection, _grades, new, changed)
    _execute_all(connection, _comments, *_comment_rows(notebook, cells, result, comments))
    return notebook, score


def _notebook_of(connection: Connection, submission: str, cells: NotebookCells) -> str | None:
    where = (_notebooks.c.assignment_id == submission, _notebooks.c.notebook_id == cells.notebook)
    row = connection.execute(select(_notebooks.c.id).where(*where)).first()
    return None if row is None else str(row.id)


def _execute_all(connection: Connection, table: Table, new: Rows, changed: Rows) -> None:
    if new:
        connection.execute(insert(table), new)
    if changed:
        connection.execute(update(table).where(table.c.id == bindparam("row")), changed)


def _grade_rows(
    notebook: str, cells: NotebookCells, result: NotebookResult | None, old: Mapping[str, Any]
) -> tuple[Rows, Rows, float]:
    """Grade rows to insert and to change, and the score that they come to. old: rows by cell."""
    scores = {} if result is None else result.scores
    missing = result is not None and result.text is None
    total, new, changed = 0.0, [], []
    for name, cell in cells.grades.items():
        row, judged = old.get(cell), name in scores
        auto = scores[name] if judged else getattr(row, "auto_score", None)
        manual = getattr(row, "manual_score", None)
        # a person's points stay, but were given to other work: the person looks once more
        needs = (manual is not None or auto is None) and not missing
        total += counted(auto, manual, getattr(row, "extra_credit", None))
        grades = {"auto_score": auto, "needs_manual_grade": needs}
        if row is None:
            new.append({"id": new_id(), "notebook_id": notebook, "cell_id": cell} | grades)
        elif judged:
            changed.append({"row": row.id} | grades)
    return new, changed, total


def _comment_rows(
    notebook: str, cells: NotebookCells, result: NotebookResult | None, old: Mapping[str, Any]
) -> tuple[Rows, Rows]:
    """Comment rows to insert and to change. old: rows by cell."""
    unanswered = {} if result is None else result.unanswered
    new, changed = [], []
    for name, cell in cells.comments.items():
        text = "No response." if unanswered.get(name) else None
        if cell not in old:
            new.append({"id": new_id(), "notebook_id": notebook, "cell_id": cell, "auto_comment": text})
        elif name in unanswered:
            changed.append({"row": old[cell].id, "auto_comment": text})
    return new, changed


def cells_of(session: Session, notebook: Notebook) -> NotebookCells:
    """The cells of a notebook of the assignment."""

    def ids(kind: type[Any]) -> dict[str, str]:
        found = session.scalars(select(kind).where(kind.notebook_id == notebook.id))
        return {cell.name: str(cell.id) for cell in found}

    tasks = ids(TaskCell)  # a task has points and a comment in one cell
    return NotebookCells(str(notebook.id), ids(GradeCell) | tasks, ids(SolutionCell) | tasks)


def new_id() -> str:
    """An id for a new row."""
    return uuid.uuid4().hex  # as nbgrader's own
