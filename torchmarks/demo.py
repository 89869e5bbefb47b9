"""Takes a whole class of sample students through every real step of nbgrader, in a scratch course: `torchmarks demo`.

Generate, release, fetch, solve, submit, collect, autograde, feedback, marks. The students are made from the right and
wrong answers of the assignment's catalogue; some of them cause trouble on purpose. Touches nothing outside its folder.
"""

from __future__ import annotations

import datetime
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from nbgrader.exchange.default import (
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeReleaseAssignment,
    ExchangeSubmit,
)
from traitlets.config import Config

from torchmarks.authoring import Exercise, exercises_of
from torchmarks.catalogue import Answer
from torchmarks.checks.cell_marks import marks_of
from torchmarks.course import Course
from torchmarks.course.exchange import Collect, ReleaseFeedback
from torchmarks.course.exports import CsvMarksExportPlugin
from torchmarks.errors import TorchmarksError, UsageError
from torchmarks.grading import NotebookRecord
from torchmarks.grading.record import read_file

Say = Callable[[str], None]
_SMALLEST = 7  # one of each special kind, and one ordinary one
# Special kinds of students, each with its share of right answers.
_SPECIAL = {
    "perfect": 1.0, "blank": 0.0, "late": 0.8, "broken": 0.7, "attacks the machine": 0.0, "attacks the tests": 0.0,
}  # fmt: skip
_TORN = 120  # characters left of the broken notebook: too few to save anything
_NAMES = (
    "ada", "boris", "chen", "dana", "emil", "farah", "goran", "hana", "ines", "jonas", "kira", "luis", "mei", "noor",
    "olga", "pavel", "quinn", "rosa", "sami", "tara", "ugo", "vera", "wen", "xenia", "yusuf", "zoe",
)  # fmt: skip

# What two students who solve nothing hand in: one attacks the machine, the other the checks.
_ATTACKER = """
import os, glob
for path in ["gradebook.db", "../../gradebook.db", "../../../gradebook.db"]:
    try:
        open(path, "ab").write(b"raided")
        print("wrote", path)
    except OSError as error:
        print(type(error).__name__)
print(glob.glob("/home/*/*.ipynb"), glob.glob("../../*"))
os._exit(0)
"""
_PRETENDER = """
import torch, unittest.mock
class Yes:
    def __eq__(self, other): return True
    def __call__(self, *args, **kwargs): return self
    def __getattr__(self, name): return self
    def __iter__(self): return iter([self])
try:
    shell = get_ipython()
    shell.input_transformers_cleanup.append(lambda lines: [line for line in lines if "expect" not in line])
    shell.run_cell = lambda *args, **kwargs: None
except Exception as error:
    print(error)
torch.equal = torch.allclose = lambda *args, **kwargs: True
torch.testing.assert_close = lambda *args, **kwargs: None
import torchmarks
torchmarks.expect = Yes()
{names} = (Yes(),) * {count}
"""


@dataclass(frozen=True, slots=True)
class SampleStudent:
    """A sample student. kind: what they were made to be, "ordinary" or one of `_SPECIAL`; share: of right answers."""

    name: str
    kind: str
    share: float


@dataclass(frozen=True, slots=True)
class SampleMark:
    """A row of the table. points: None when the submission could not be graded; note: on time, late, or why not
    graded.
    """

    student: SampleStudent
    points: float | None
    most: float
    note: str


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The results of the demo.

    misconceptions: the most common ones, with how many students show each; isolation: how many submissions ran at
    each level, by its name.
    """

    root: Path
    assignment: str
    marks: tuple[SampleMark, ...]
    misconceptions: tuple[tuple[str, int], ...]
    export: Path
    isolation: Mapping[str, int]


def run_demo(
    origin: Course,
    *,
    students: int = 12,
    into: Path | None = None,
    assignment: str = "01-tensors",
    seed: int = 0,
    say: Say = lambda text: None,
) -> DemoResult:
    """Grades a class of sample students in a scratch course.

    origin: the course whose assignment is used; students: how many, at least 7; into: a new folder, or a temporary one.
    Raises UsageError for a folder that exists, an unknown assignment or too few students, and MachineError where no
    sandbox can be made.
    """
    origin.require(assignment)
    origin.require_config()
    if students < _SMALLEST:
        raise UsageError(
            f"{students} students are too few",
            "--students",
            f"Give at least {_SMALLEST}: each kind of trouble needs one.",
        )
    if into is not None and into.exists():
        raise UsageError("the folder exists already", str(into), "Name a new one: nothing is ever overwritten.")
    started = time.perf_counter()
    root = into.resolve() if into is not None else Path(tempfile.mkdtemp(prefix="torchmarks-demo-"))
    exchange = root / "exchange"
    extra = Config()
    extra.Exchange.root = str(exchange)
    course = Course.scratch(root / "course", origin.root, [assignment], extra)
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)  # the umask cuts the mode of mkdir
    demo = _Demo(course, root, assignment, origin, random.Random(seed))

    def phase(text: str) -> None:
        say(f"{time.perf_counter() - started:6.1f} s  {text}")

    demo.run(sample_students(students, random.Random(seed)), phase)
    return demo.result()


def sample_students(count: int, chance: random.Random) -> list[SampleStudent]:
    """A class of `count` students, among them one of each kind of trouble."""
    names = [name if turn == 0 else f"{name}{turn + 1}" for turn in range(count // len(_NAMES) + 1) for name in _NAMES]
    kinds = [*_SPECIAL] + ["ordinary"] * (count - len(_SPECIAL))
    return [
        SampleStudent(name, kind, _SPECIAL.get(kind, chance.uniform(0.3, 0.95)))
        for name, kind in zip(names, kinds, strict=False)
    ]


class SampleClass:
    """What sample students hand in, made from the answers of an assignment's catalogue.

    course: with source and student version of the assignment; chance: decides who answers what.
    """

    def __init__(self, course: Course, assignment: str, answers: Sequence[Answer], chance: random.Random) -> None:
        source, released = (course.notebook(step, assignment) for step in ("source", "release"))
        self._exercises: list[Exercise] = exercises_of(source, released)
        self._answers, self._chance = answers, chance

    def solved(self, student: SampleStudent, released: str) -> str:
        """The file that a student makes from the released one."""
        notebook = json.loads(released)
        solutions = [c for c in notebook["cells"] if marks_of(c).get("solution")]
        for cell, exercise in zip(solutions, self._exercises, strict=True):
            cell["source"] = self._solve(
                student, exercise, "".join(cell["source"]), first=exercise is self._exercises[0]
            )
        text = json.dumps(notebook, indent=1)
        return text[:_TORN] if student.kind == "broken" else text

    def _solve(self, student: SampleStudent, exercise: Exercise, stub: str, *, first: bool) -> str:
        if student.kind == "blank":
            return stub
        if student.kind == "perfect":
            return exercise.reference
        if student.kind == "attacks the machine":
            return _ATTACKER if first else "pass"
        if student.kind == "attacks the tests":
            names = ", ".join(e.name for e in self._exercises)
            return _PRETENDER.format(names=names, count=len(self._exercises)) if first else "pass"
        right = self._chance.random() < student.share
        fitting = [a for a in self._answers if a.exercise == exercise.name and a.is_right == right]
        chosen: Answer | None = self._chance.choice(fitting) if fitting else None
        return chosen.source if chosen else exercise.reference  # a file need not have both for each exercise


class _Demo:
    def __init__(self, course: Course, root: Path, assignment: str, origin: Course, chance: random.Random) -> None:
        self._course, self._root, self._assignment, self._chance = course, root, assignment, chance
        self._answers = origin.catalogue(assignment).answers
        self._students: list[SampleStudent] = []
        self._failed: dict[str, str] = {}
        self._export = root / "marks.csv"

    def run(self, students: list[SampleStudent], phase: Say) -> None:
        self._students = students
        phase(f"generate and release {self._assignment}")
        self._course.generate(self._assignment)
        self._course.draw_as_ever()
        self._course.exchange(ExchangeReleaseAssignment, self._assignment)
        self._class = SampleClass(self._course, self._assignment, self._answers, self._chance)
        late = [student for student in students if student.kind == "late"]
        phase(f"{len(students)} students fetch, solve and submit")
        for student in students:
            self._fetch_and_solve(student)
            if student not in late:
                self._hand_in(student)
        self._let_the_deadline_pass()
        for student in late:
            self._hand_in(student)
        phase("collect")
        self._course.exchange(Collect, self._assignment)
        phase("autograde, each submission in a sandbox of its own")
        self._autograde()
        phase("feedback: generate, release, fetch")
        self._feedback()
        phase("export the marks")
        self._export_marks()

    # ---- students

    def _home(self, student: SampleStudent) -> Path:
        return self._root / "homes" / student.name

    def _at_home(self, student: SampleStudent) -> dict[str, str]:
        home = self._home(student)
        # By default nbgrader's cache is in the data folder of the user who runs the demo.
        return {"assignment_dir": str(home), "cache": str(home / ".nbgrader_cache")}

    def _fetch_and_solve(self, student: SampleStudent) -> None:
        self._home(student).mkdir(parents=True)
        self._course.exchange(ExchangeFetchAssignment, self._assignment, student.name, **self._at_home(student))
        path = self._home(student) / self._assignment / f"{self._assignment}.ipynb"
        path.write_text(self._class.solved(student, path.read_text(encoding="utf-8")), encoding="utf-8")

    def _hand_in(self, student: SampleStudent) -> None:
        self._course.exchange(ExchangeSubmit, self._assignment, student.name, **self._at_home(student))

    def _let_the_deadline_pass(self) -> None:
        """The due date is now; nbgrader's timestamps have seconds, hence the pauses."""
        time.sleep(1.1)
        # nbgrader keeps times in UTC, without a zone.
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
        with Gradebook(self._course.db_url) as gradebook:
            gradebook.update_or_create_assignment(self._assignment, duedate=now)
        time.sleep(1.1)

    # ---- the instructor

    def _autograde(self) -> None:
        try:
            self._course.autograde(self._assignment)
        except NbGraderException as error:
            # Raised at the end of a batch in which a submission could not be graded; our own errors end the batch.
            if isinstance(error, TorchmarksError) or not self._course.refused(self._assignment):
                raise
        refused = self._course.refused(self._assignment)
        self._failed = {student: f"not graded: {record.reason}" for student, record in refused.items()}

    def _feedback(self) -> None:
        graded = [student for student in self._students if student.name not in self._failed]
        self._course.feedback(self._assignment)
        self._course.exchange(ReleaseFeedback, self._assignment)
        for student in graded:
            self._course.exchange(ExchangeFetchFeedback, self._assignment, student.name, **self._at_home(student))

    def _export_marks(self) -> None:
        with Gradebook(self._course.db_url) as gradebook:
            plugin = CsvMarksExportPlugin()
            plugin.to = str(self._export)
            plugin.export(gradebook)

    # ---- what came of it

    def result(self) -> DemoResult:
        with Gradebook(self._course.db_url) as gradebook:
            most = gradebook.find_assignment(self._assignment).max_score
            marks = tuple(self._mark(gradebook, student, most) for student in self._students)
        records = self._records()
        counts = Counter(name for record in records for name in record.misconceptions)
        levels = Counter(record.isolation for record in records)
        return DemoResult(self._root, self._assignment, marks, tuple(counts.most_common(3)), self._export, levels)

    def _mark(self, gradebook: Any, student: SampleStudent, most: float) -> SampleMark:
        if student.name in self._failed:
            return SampleMark(student, None, most, self._failed[student.name])
        submission = gradebook.find_submission(self._assignment, student.name)
        late = submission.total_seconds_late
        return SampleMark(student, submission.score, most, f"{late:.0f} s late" if late else "on time")

    def _records(self) -> list[NotebookRecord]:
        folders = self._course.folders("autograded", self._assignment)
        graded = [folder for student, folder in folders.items() if student not in self._failed]
        return [read_file(folder / f"{self._assignment}.ipynb") for folder in graded]
