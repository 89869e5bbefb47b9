"""Decides which submissions nbgrader's autograde takes on, before it starts; refuses the others with a reason.

nbgrader takes the folders that have a `*.ipynb`, whoever they belong to, and the notebooks whose names its gradebook
knows. Here both are read as `torchmarks grade` reads them. Works on one converter, from the constructor of its
exporter, which comes after nbgrader's own look at the folders and before it works on the first. Must not grade.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.checks.language import speaking
from torchmarks.course.bundles import language_of, limits_of, notebooks_of
from torchmarks.course.collected import Roll, excluded, known_students, mend_timestamp, settle
from torchmarks.course.locks import Hold, Locks
from torchmarks.course.overlooked import closed
from torchmarks.course.unfinished import unfinished
from torchmarks.grading import Submission, notebooks_in, read_submission, refusal_in
from torchmarks.grading.repair import Found, Refused
from torchmarks.printable import printable

Refuse = Callable[[str, str, Refused], Exception]  # from student, notebook and the reason


def read_notebooks(
    directory: CourseDirectory, config: Config, student: str, folder: Path
) -> tuple[Submission, dict[str, Found | Refused]]:
    """The files in a student's folder, and which of them is which notebook of the directory's assignment."""
    blueprints = [bundle.blueprint for bundle in notebooks_of(directory, directory.assignment_id)]
    with speaking(language_of(config)):
        submission = read_submission(student, folder, directory.ignore, limits_of(config).scratch_bytes)
        return submission, notebooks_in(submission, blueprints)


class Intake:
    """What a converter (nbgrader's Autograde) takes in.

    refuse: makes the exception that nbgrader reports for its student alone.
    """

    def __init__(self, converter: Any, refuse: Refuse) -> None:
        self._converter, self._refuse = converter, refuse
        self._roll = Roll({})
        self._found: dict[str, Found | Refused] = {}
        self._student = ""
        self._taken_back = False
        self._hold: Hold | None = None

    def begin(self) -> None:
        """Replace what nbgrader has found: every student once, also those whose notebook it does not see."""
        converter, directory = self._converter, self._converter.coursedir
        assignment = directory.assignment_id
        self._roll = settle(directory, assignment, known_students(directory))
        for note in (*self._roll.notes, *closed(directory)):
            converter.log.warning("%s", note)
        seen = {student: converter._format_source(assignment, student) for student in self._roll.folders}
        wanted = {s: path for s, path in seen.items() if fnmatch.fnmatchcase(s, directory.student_id)}
        before = converter.assignments
        # a folder without a notebook on top has none yet: `_read` sets them
        converter.assignments = {path: before.get(path, []) for path in wanted.values()}
        start, convert = converter.init_destination, converter.convert_notebooks
        locks = Locks(Path(directory.root))

        def init_destination(assignment_id: str, student_id: str) -> bool:
            self._let_go()  # of the one before
            self._hold = locks.wait(assignment_id, student_id)
            self._prepare(assignment_id, student_id)
            begins = self._starts(start, assignment_id, student_id)
            if begins:
                self._read(assignment_id, student_id)
            return begins

        def convert_notebooks() -> None:
            try:
                convert()
            finally:
                self._let_go()

        # On this one converter, and not in its hook: nbgrader logs what a hook raises and goes on.
        converter.init_destination, converter.convert_notebooks = init_destination, convert_notebooks

    def _let_go(self) -> None:
        if self._hold is not None:
            self._hold.release()

    def _starts(self, start: Callable[[str, str], object], assignment: str, student: str) -> bool:
        """nbgrader's own question whether there is something to grade; it takes a half graded copy for a whole one."""
        converter = self._converter
        if converter.force or not unfinished(converter.coursedir, assignment, student):
            return bool(start(assignment, student))
        if not self._is_excluded(student):
            text = "%s: an earlier grading was cut short; the submission is graded again."
            converter.log.warning(text, printable(student))
        converter.force = True  # of this one submission: points and comments of a person stay in the gradebook
        try:
            return bool(start(assignment, student))
        finally:
            converter.force = False

    def _prepare(self, assignment: str, student: str) -> None:
        """Put a submission in order before nbgrader reads it and its time."""
        if self._is_excluded(student):
            return
        if student in self._roll.ambiguous:
            raise self._refuse(student, assignment, self._roll.ambiguous[student])
        note = mend_timestamp(self._folder(assignment, student))
        if note:
            self._converter.log.warning("%s: %s", printable(student), note)

    def _is_excluded(self, student: str) -> bool:
        return student in excluded(self._converter.coursedir)

    def _folder(self, assignment: str, student: str) -> Path:
        return Path(self._converter._format_source(assignment, student))

    def _read(self, assignment: str, student: str) -> None:
        """Read a submission that nbgrader will work on, and give it the notebooks under their released names."""
        directory = self._converter.coursedir
        folder = self._folder(assignment, student)
        if not notebooks_of(directory, assignment):
            return  # nbgrader says so itself
        submission, self._found = read_notebooks(directory, self._converter.config, student, folder)
        self._student, self._taken_back = student, False
        refused = refusal_in(self._found)
        if refused is not None and not submission.has_notebook_on_top:
            raise self._refuse(student, *refused)  # before it has a row in the gradebook
        there = [name for name, one in self._found.items() if isinstance(one, Found) or not one.absent]
        there = [name for name in there if fnmatch.fnmatchcase(name, directory.notebook_id)]
        self._converter.notebooks = [str(folder / f"{name}.ipynb") for name in there]

    def is_found(self, name: str) -> bool:
        """Whether the current submission has a notebook, under whatever file name."""
        return isinstance(self._found.get(name), Found)

    def notebook(self, student: str, name: str) -> Found:
        """A notebook of the current submission. Raises what `refuse` makes, also for another notebook of it."""
        assert student == self._student
        if not self._taken_back:
            self._take_back(student)
            self._taken_back = True
        refused = refusal_in(self._found)
        if refused is not None:
            raise self._refuse(student, *refused)
        found = self._found[name]
        assert isinstance(found, Found)
        return found

    def _take_back(self, student: str) -> None:
        """Take back the 0 that nbgrader gave to notebooks that it does not see, unless they were not handed in."""
        directory = self._converter.coursedir
        folder = self._folder(directory.assignment_id, student)
        names = [n for n, one in self._found.items() if isinstance(one, Found) or not one.absent]
        unseen = [name for name in names if not (folder / f"{name}.ipynb").exists()]
        if unseen:
            _without_marks(directory, student, unseen)


def _without_marks(directory: Any, student: str, notebooks: Iterable[str]) -> None:
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        for name in notebooks:
            try:
                found = gradebook.find_submission_notebook(name, directory.assignment_id, student)
            except MissingEntry:
                continue
            for grade in found.grades:
                grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()
