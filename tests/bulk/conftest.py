"""A small course of two notebooks, quick to grade, and a class that handed in everything that goes wrong.

The first notebook is the one of the damage corpus (code, a written answer, a task); the second has one function.
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.exchange.default import ExchangeSubmit
from traitlets.config import Config

from torchmarks.bulk import Outcome, Watcher, grade_cohort, run
from torchmarks.bulk.jobs import Job
from torchmarks.bulk.work import attempt, engines_of_thread
from torchmarks.course import Course, repository
from torchmarks.course.judging import close_engines

from ..damage import assignment as small
from ..damage.corpus import DAMAGES

BASICS = "basics"
BULK, STOCK = "bulk", "stock"  # students; the names say which command graded them
DUE = datetime.datetime(2026, 1, 15, 12, 0, 0)
ON_TIME, LATE = "2026-01-14 10:00:00 UTC", "2026-01-16 10:00:00 UTC"
Files = dict[str, bytes]


def _more() -> dict[str, Any]:
    notebook = small.instructor()
    define = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"

    notebook["cells"] = [
        small.code(define, "id-double", grade_id="double", solution=True),
        small.code("assert double(4) == 8", "id-test", grade_id="double-test", grade=True, locked=True, points=2),
    ]

    return notebook


def dumped(notebook: Mapping[str, Any]) -> bytes:
    """A notebook as a file."""
    return json.dumps(notebook, indent=1).encode()


def more(body: str) -> bytes:
    """The second notebook with an answer."""
    notebook = _more()
    notebook["cells"][0]["source"] = f"def double(x):\n    {body}"
    return dumped(notebook)


def squares(change: Callable[[dict[str, Any]], None] = lambda notebook: None) -> bytes:
    """The first notebook solved, then changed."""
    notebook = small.solved()
    change(notebook)
    return dumped(notebook)


def _answer(name: str, source: str) -> Callable[[dict[str, Any]], None]:
    def change(notebook: dict[str, Any]) -> None:
        small.cell_of(notebook, name)["source"] = source

    return change


def a_class() -> dict[str, Files]:
    """Submissions by student: the name says what is the matter."""
    right = {"squares.ipynb": squares(), "more.ipynb": more("return 2 * x")}
    hang = _answer("cube", "def cube(x):\n    while True:\n        pass")
    dies = _answer("square", "import os\ndef square(x):\n    os._exit(3)")
    made: dict[str, Files] = {
        "right": right | {"notes/own.txt": b"mine", "numbers.csv": b"9,9\n"},
        "wrong": right | {"squares.ipynb": squares(_answer("square", "def square(x):\n    return x"))},
        "blank": {"squares.ipynb": dumped(small.released()), "more.ipynb": more("raise NotImplementedError()")},
        "hangs": right | {"squares.ipynb": squares(hang)},
        "dies": right | {"squares.ipynb": squares(dies)},
        "late": right | {"timestamp.txt": LATE.encode()},
        "timeless": dict(right),
        "half": {"squares.ipynb": right["squares.ipynb"]},
        "renamed": {"Squares (1).ipynb": right["squares.ipynb"], "more.ipynb": right["more.ipynb"]},
        "nothing": {"essay.txt": b"sorry"},
    }
    damages = {damage.name: damage for damage in DAMAGES}
    names = sorted(damages)[::13] + sorted(n for n, d in damages.items() if d.earns is None)[:2]
    made |= {f"damaged-{n}": {"squares.ipynb": damages[n].make(), "more.ipynb": more("return 0")} for n in names}
    for student, files in made.items():
        if student != "timeless":
            files.setdefault("timestamp.txt", ON_TIME.encode())
    return made


def hand_in(course: Course, student: str, files: Mapping[str, bytes]) -> None:
    """Put files into submitted/."""
    folder = course.root / "submitted" / student / BASICS
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


class WithExchange:
    """A course with an exchange, in which students hand in by nbgrader."""

    root: Path
    course: Course
    inbound: Path

    def home(self, student: str) -> dict[str, str]:
        """A student's folders."""
        home = self.root / "homes" / student
        return {"assignment_dir": str(home), "cache": str(home / "cache")}

    def submit(self, student: str, files: Mapping[str, bytes]) -> Path:
        """Hand in. Returns the folder in the exchange."""
        before = set(self.inbound.iterdir())
        for name, content in files.items():
            path = self.root / "homes" / student / BASICS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.course.exchange(ExchangeSubmit, BASICS, student, **self.home(student))
        return (set(self.inbound.iterdir()) - before).pop()


def settings(**url: str) -> Config:
    """Settings of the small course. url: db_url of its gradebook, or nothing."""
    extra = Config()
    extra.Judge.call_s = 3.0
    extra.Judge.cell_s = 5.0
    extra.LateSubmissionPlugin.penalty_method = "zero"
    extra.CourseDirectory.update(url)
    return extra


@pytest.fixture(scope="session")
def empty_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course, generated, nothing handed in. For copying only."""
    root = tmp_path_factory.mktemp("bulk") / "course"
    make_small(root)
    return root


def make_small(root: Path, extra: Config | None = None) -> Course:
    """Make and generate the small course."""
    source = root / "source" / BASICS
    source.mkdir(parents=True)
    shutil.copy(repository() / "nbgrader_config.py", root)
    (source / "squares.ipynb").write_bytes(dumped(small.instructor()))
    (source / "more.ipynb").write_bytes(dumped(_more()))
    (source / "numbers.csv").write_bytes(b"1,2\n")
    course = Course(root, extra or settings())
    course.generate(BASICS)
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(BASICS, duedate=DUE)
    return course


@pytest.fixture
def course(empty_course: Path, tmp_path: Path) -> Course:
    """The small course for one test."""
    shutil.copytree(empty_course, tmp_path / "course")
    return Course(tmp_path / "course", settings())


class Here:
    """A pool of one, in this process."""

    def __init__(self, frozen: bytes) -> None:
        self._frozen = frozen

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing to end."""

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome] | None]:
        for job in jobs:
            yield job, attempt(job, self._frozen)


@pytest.fixture(scope="session")
def engines_kept() -> Iterator[None]:
    """What is graded in this process, by either command, is graded with the same warm engines throughout."""
    yield
    engines_of_thread().close()
    close_engines()


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch, engines_kept: None) -> None:
    """Grade in this process: quicker than starting workers."""
    monkeypatch.setattr(run, "open_pool", lambda plan, *rest: Here(plan.freeze()))


class Recorder(Watcher):
    """A watcher that remembers."""

    def __init__(self, on_finished: Callable[[Outcome], None] = lambda outcome: None) -> None:
        self.total = 0
        self.outcomes: list[Outcome] = []
        self.notes: list[str] = []
        self._on_finished = on_finished

    def begin(self, total: int, what: str) -> None:
        self.total = total

    def finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._on_finished(outcome)

    def note(self, text: str) -> None:
        self.notes.append(text)

    @property
    def states(self) -> dict[str, str]:
        """State by student."""
        return {outcome.student: outcome.state for outcome in self.outcomes}


@pytest.fixture(scope="session")
def graded_by_both(empty_course: Path, tmp_path_factory: pytest.TempPathFactory, engines_kept: None) -> Path:
    """The small course with two right submissions, BULK and STOCK, graded by a command each. For copying only."""
    root = tmp_path_factory.mktemp("both") / "course"
    shutil.copytree(empty_course, root)
    course = Course(root, settings())
    for student in (BULK, STOCK):
        hand_in(course, student, a_class()["right"])
    course.autograde(BASICS, STOCK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "open_pool", lambda plan, *rest: Here(plan.freeze()))
        grade_cohort(course.config, BASICS, Recorder(), students=[BULK])
    return root


@pytest.fixture
def both_graded(graded_by_both: Path, tmp_path: Path, in_process: None) -> Course:
    """A copy of it; what is graded in the test is graded in this process."""
    shutil.copytree(graded_by_both, tmp_path / "course")
    return Course(tmp_path / "course", settings())
