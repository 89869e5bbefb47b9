"""The class of an assignment as it is read beside its marks: once, for all that has something to say of them.

Reads the gradebook and the names of folders, each when it is first asked for; changes nothing, and decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Assignment, Notebook, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Select, select
from traitlets.config import Config

from torchmarks.course import records
from torchmarks.course.collected import Roll, roll_of, student_folders
from torchmarks.course.records import Record, missing_file
from torchmarks.printable import printable
from torchmarks.wording import few

_NAMED: Final = 10  # students


@dataclass(frozen=True, eq=False)  # without slots: what was read is kept in it
class Marked:
    """The submissions of an assignment, as they were when each part was first asked for; empty without a gradebook.

    config: the course's, of which nbgrader's own directory may lack some; student: whose alone are read, None for the
    whole class.
    """

    config: Config
    assignment: str
    directory: CourseDirectory
    student: str | None = None

    @property
    def db_url(self) -> str:
        """Address of the gradebook."""
        return str(self.directory.db_url)

    @cached_property
    def noted(self) -> Mapping[str, Record]:
        """The records, by student."""
        return {} if missing_file(self.db_url) else records.noted(self.db_url, self.assignment, self.student)

    @cached_property
    def points(self) -> frozenset[str]:
        """The students who have points from a test, 0 included, whether or not their grading finished."""
        if missing_file(self.db_url):
            return frozenset()
        with records.reading(self.db_url) as connection:
            return frozenset(records.with_points(connection, self.assignment, self.student))

    @cached_property
    def finished(self) -> list[str]:
        """The students who have the mark of a finished grading, sorted."""
        # points without a record: graded without this package
        return sorted(who for who in self.points if who not in self.noted or self.noted[who].is_graded)

    @cached_property
    def times(self) -> Mapping[str, datetime | None]:
        """When the work in the gradebook was handed in, by student: one for each submission."""
        query = (
            select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == self.assignment)
        )
        query = query if self.student is None else query.where(SubmittedAssignment.student_id == self.student)
        return {row.student_id: row.timestamp for row in self._rows(query)}

    @cached_property
    def notebooks(self) -> list[str]:
        """The names of the assignment's notebooks, sorted."""
        query = select(Notebook.name).join(Assignment, Assignment.id == Notebook.assignment_id)
        return sorted(row.name for row in self._rows(query.where(Assignment.name == self.assignment)))

    @cached_property
    def roll(self) -> Roll:
        """Who handed in: the whole class, whose folders' names tell whose each is."""
        return roll_of(self.directory, self.assignment, self.points | self.noted.keys())

    @cached_property
    def copies(self) -> Mapping[str, Path]:
        """The folders of graded copies, by student."""
        step = self.directory.autograded_directory
        if self.student is None:
            return student_folders(self.directory, step, self.assignment)
        folder = Path(self.directory.format_path(step, self.student, self.assignment))
        return {self.student: folder} if os.path.isdir(folder) else {}

    def _rows(self, query: Select[Any]) -> list[Any]:
        if missing_file(self.db_url):
            return []
        with records.reading(self.db_url) as connection:
            return list(connection.execute(query))


def few_names(students: Sequence[str]) -> str:
    """Students as a line names them: the first ten, and how many more there are."""
    return few([printable(student) for student in students], _NAMED)
