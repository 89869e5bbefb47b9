"""A course folder, with nbgrader's own steps on it as functions: generate, autograde, and what the gradebook says then.

For our scratch courses (verification, demo, benchmarks) and for the commands that work on a real one. The steps are
nbgrader's converters with the course's configuration; nothing else is done.
"""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.auth import Authenticator
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from traitlets.config import Config

from torchmarks.catalogue import Catalogue, read_catalogue, read_text
from torchmarks.course.bundles import catalogue_path, exercises_in, limits_of
from torchmarks.course.collected import known_students, roll_of, student_folders
from torchmarks.course.config_check import (
    CONFIG,
    JSON_CONFIG,
    PLAIN_FILE,
    SETTINGS_FILE,
    check_course_settings,
    read_course,
    require_gradable,
)
from torchmarks.course.marked import Marked
from torchmarks.course.programs import programs_found
from torchmarks.course.records import Record, RecordState, without_grade
from torchmarks.course.secret import SCRATCH_SECRET, keep_secret
from torchmarks.course.unfinished import unfinished
from torchmarks.course.whose import require_encoding
from torchmarks.errors import UsageError
from torchmarks.grading import Submission, read_submission

_log = logging.getLogger("torchmarks.nbgrader")  # nbgrader's log of its steps, for those who want it
_log.addHandler(logging.NullHandler())
_log.propagate = False


@dataclass(frozen=True, slots=True)
class Score:
    """A student's points in a notebook's cell: `points` of `most`; None while it needs a person."""

    cell: str
    points: float | None
    most: float


class Course:
    """A course folder. root: the folder that holds nbgrader_config.py."""

    def __init__(self, root: Path, extra: Config | None = None) -> None:
        self.root = root.resolve()
        if not (self.root / CONFIG).exists():
            raise UsageError(
                f"there is no {CONFIG}", str(self.root), "Run this in a course folder, or name one with --course."
            )
        self.config = read_course(self.root)
        self.config.CourseDirectory.root = str(self.root)  # not nbgrader's default, the working directory
        if extra is not None:
            self.config.merge(extra)
        check_course_settings(self.root, self.config)

    @classmethod
    def scratch(
        cls, root: Path, origin: Path, assignments: list[str], extra: Config | None = None, *, plain: bool = False
    ) -> Course:
        """A new course folder with the configuration and some assignments of another. root: must not exist, or be
        empty; plain: with the settings of no course, for a class of its own.
        """
        if root.exists() and any(root.iterdir()):
            raise UsageError(
                "the folder exists and is not empty", str(root), "Name a new one: nothing is ever overwritten."
            )
        root.mkdir(parents=True, exist_ok=True)
        ours = {CONFIG: PLAIN_FILE, JSON_CONFIG: SETTINGS_FILE}
        for name in ours:
            if plain or (origin / name).exists():
                shutil.copy(ours[name] if plain else origin / name, root / name)
        made, given = cls(root, extra), cls(origin, extra)
        for assignment in assignments:
            shutil.copytree(given.path("source", assignment), made.path("source", assignment))
            catalogue = catalogue_path(given.directory, assignment)
            if catalogue.is_file():
                shutil.copy(catalogue, catalogue_path(made.directory, assignment))
        return made

    def require_config(self, *, sandbox: bool = True) -> None:
        """Raise UsageError where the course's configuration is not one to grade with, or its database cannot hold every
        text; MachineError where a sandbox is wanted here and cannot be made.

        Both come before anything is written or run, as `nbgrader autograde` has them.
        """
        require_gradable(self.config, sandbox=sandbox)
        require_encoding(self.directory)

    @property
    def directory(self) -> CourseDirectory:
        """nbgrader's own view of the folder."""
        return CourseDirectory(config=self.config)

    @property
    def db_url(self) -> str:
        """Address of the gradebook."""
        return str(self.directory.db_url)

    def assignments(self) -> list[str]:
        """Names of the assignments in source/, sorted."""
        source = self.path("source", "-").parent
        return sorted(path.name for path in source.glob("*") if (path / f"{path.name}.ipynb").exists())

    def plain(self) -> list[str]:
        """Names of the plain nbgrader assignments in source/, sorted: no catalogue of mistakes, nothing of ours in a
        notebook's metadata. They are graded like all others; there is nothing to verify or to list for them.
        """
        folders = sorted(path for path in self.path("source", "-").parent.glob("*") if any(path.glob("*.ipynb")))
        return [path.name for path in folders if not self._is_ours(path)]

    def _is_ours(self, folder: Path) -> bool:
        if catalogue_path(self.directory, folder.name).is_file():
            return True
        try:
            metadata = self.notebook("source", folder.name)["metadata"]
        except (OSError, ValueError, KeyError, TypeError):
            # not named like its assignment, as ours always are; or one of ours that is damaged
            return (folder / f"{folder.name}.ipynb").is_file()
        return "torchmarks" in metadata

    def catalogue(self, assignment: str) -> Catalogue:
        """The catalogue of mistakes of an assignment; an empty one where it has no file.

        Raises UsageError, with the line, for what cannot be read in it.
        """
        path = catalogue_path(self.directory, assignment)
        exercises = exercises_in(self.notebook("source", assignment))
        return read_catalogue(read_text(path), exercises, str(path)) if path.is_file() else Catalogue()

    def notebook(self, step: str, assignment: str) -> dict[str, Any]:
        """The notebook of an assignment as a dictionary. step: "source" or "release"."""
        path = self.path(step, assignment) / f"{assignment}.ipynb"
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded

    def path(self, step: str, assignment: str, student: str = ".") -> Path:
        """Where an assignment's files of a step are, whatever the course calls its folders.

        step: "source", "release", "submitted", "autograded" or "feedback".
        """
        directory = self.directory
        return Path(directory.format_path(getattr(directory, f"{step}_directory"), student, assignment))

    def require(self, assignment: str) -> str:
        """The name, if there is such an assignment. Raises UsageError."""
        known = self.assignments()
        if assignment not in known:
            where = str(self.path("source", "-").parent)
            raise UsageError(f"there is no assignment {assignment!r}", where, f"Known: {', '.join(known)}.")
        return assignment

    def _convert(self, converter: type[Any], assignment: str, student: str, **options: Any) -> None:
        config = Config(self.config)  # a copy: what follows holds for this step alone
        config.CourseDirectory.assignment_id = assignment
        config.CourseDirectory.student_id = student
        directory = CourseDirectory(config=config)
        step = converter(coursedir=directory, config=config, **options)
        step.log = _log
        with programs_found(), warnings.catch_warnings():  # what an exporter silences for nbgrader ends here
            step.start()

    def generate(self, assignment: str) -> None:
        """nbgrader generate_assignment: release/ and the tests in the gradebook."""
        # without force what is in release/ is kept
        self._convert(GenerateAssignment, assignment, ".", force=True)

    def draw_as_ever(self) -> None:
        """Draw hidden inputs from the fixed secret of scratch courses from now on. Call after `generate`."""
        keep_secret(self.db_url, SCRATCH_SECRET)

    def autograde(self, assignment: str, student: str = "*", *, force: bool = False) -> None:
        """nbgrader autograde. Raises NbGraderException at the end when a submission could not be graded."""
        self._convert(Autograde, assignment, student, force=force)

    def feedback(self, assignment: str, student: str = "*", *, force: bool = True) -> None:
        """nbgrader generate_feedback."""
        self._convert(GenerateFeedback, assignment, student, force=force)

    def submitted(self, assignment: str) -> dict[str, Submission]:
        """What was collected: the files of every student, by student. Nothing is corrected on the way."""
        directory, room = self.directory, limits_of(self.config).scratch_bytes
        roll = roll_of(directory, assignment, known_students(directory))
        return {
            student: Submission(student, {}, roll.ambiguous[student])
            if student in roll.ambiguous
            else read_submission(student, folder, directory.ignore, room)
            for student, folder in roll.folders.items()
        }

    def refused(
        self, assignment: str, unfinished: Mapping[str, str] | None = None, student: str | None = None
    ) -> dict[str, Record]:
        """Submissions whose grading gave no grade, or was cut short, by student, each with its reason.

        unfinished: what `unfinished` gave, for a caller that has it already; student: only this one. Nothing is graded
        again: one that was handed in since counts as it was graded last.
        """
        unfinished = self.unfinished(assignment, student) if unfinished is None else unfinished
        cut_short = {who: Record(RecordState.BEGUN, why) for who, why in unfinished.items()}
        return cut_short | without_grade(self.db_url, assignment, student)

    def marked(self, assignment: str, student: str | None = None) -> Marked:
        """The class of an assignment, to be read anew. student: only this one."""
        return Marked(self.config, assignment, self.directory, student)

    def unfinished(self, assignment: str, student: str | None = None) -> dict[str, str]:
        """The students whose grading was cut short, each with what to do. student: only this one."""
        return unfinished(self.directory, assignment, student)

    def folders(self, step: str, assignment: str) -> dict[str, Path]:
        """The folders of a step, by student. step: "submitted", "autograded" or "feedback"."""
        if step == "submitted":
            return dict(roll_of(self.directory, assignment, known_students(self.directory)).folders)
        return student_folders(self.directory, getattr(self.directory, f"{step}_directory"), assignment)

    # ---- the exchange, as an instructor and as a student

    def exchange(self, step: type[Any], assignment: str, student: str = "*", **settings: str | bool) -> None:
        """A step of nbgrader's exchange: release, fetch, submit, collect, feedback.

        student: whose step it is. settings: traits of the step, such as `assignment_dir` and `cache` of a student.
        Raises UsageError where the exchange cannot be used.
        """
        config = Config(self.config)
        config.CourseDirectory.assignment_id = assignment
        config.CourseDirectory.student_id = student
        made = step(
            coursedir=CourseDirectory(config=config),
            authenticator=Authenticator(config=config),
            config=config,
            **settings,
        )
        made.log = _log
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # nbgrader 0.9.6 leaves time stamps open
                made.start()
        except ExchangeError as error:
            remedy = "Make the folder, writable for everyone, or set c.Exchange.root in nbgrader_config.py."
            raise UsageError(f"{step.__name__} failed ({error})", f"exchange {made.root}", remedy) from error

    def scores(self, assignment: str, student: str) -> dict[str, Score]:
        """What the gradebook holds for every graded cell of a submission."""
        with Gradebook(self.db_url) as gradebook:
            submission = gradebook.find_submission(assignment, student)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            return {grade.name: Score(grade.name, grade.auto_score, grade.max_score) for grade in grades}


def repository() -> Path:
    """The course that this package was installed from in place. Raises UsageError for a package installed without
    it.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "source").is_dir() or not (root / CONFIG).exists():
        raise UsageError(
            "this installation has no course beside it",
            str(root),
            "Clone the repository and run it there; `torchmarks new-course DIR` makes a course that needs none.",
        )
    return root
