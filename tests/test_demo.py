"""The demo: a whole class through the real pipeline, trouble included."""

import html
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from adapters.points import points_of_adapters
from click.testing import CliRunner
from documents.clone import reachable

from torchmarks.checks.exercises import part_of
from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.demo import _SMALLEST, DemoResult, run_demo


def _files_of_the_course() -> set[Path]:
    """Its files, but for those of caches and of tools that run beside the tests."""
    folders = ("source", "release", "submitted", "autograded", "feedback")
    found = {path for folder in folders for path in (repository() / folder).rglob("*")}
    return found | {path for path in repository().iterdir() if not path.name.startswith(".")}


@pytest.fixture(scope="module")
def before() -> set[Path]:
    """The files of this course before the demo."""
    return _files_of_the_course()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, before: set[Path]) -> DemoResult:
    """A class of eight, graded once."""
    return run_demo(Course(repository()), students=8, into=tmp_path_factory.mktemp("demo") / "class")


pytestmark = pytest.mark.timeout(400)


def _points(shown: DemoResult) -> dict[str, float | None]:
    return {mark.student.kind: mark.points for mark in shown.marks}


def test_the_help_names_the_smallest_class() -> None:
    """Fewer are refused, so nobody should have to try."""
    said = CliRunner().invoke(main, ["demo", "--help"]).output

    assert f"at least {_SMALLEST}" in " ".join(said.split())


def test_the_perfect_student_has_full_marks_and_the_blank_one_none(shown: DemoResult) -> None:
    """The two ends of the scale."""
    assert _points(shown)["perfect"] == 36
    assert _points(shown)["blank"] == 0


def test_the_broken_notebook_is_reported_and_the_others_graded(shown: DemoResult) -> None:
    """By name, with a reason and a remedy; nobody else loses anything."""
    broken = next(mark for mark in shown.marks if mark.student.kind == "broken")

    assert broken.points is None
    assert "not valid JSON" in broken.note
    assert all(mark.points is not None for mark in shown.marks if mark is not broken)


def test_the_hostile_students_gain_nothing(shown: DemoResult) -> None:
    """Neither a raid on the machine nor objects that are equal to everything earn a point."""
    assert _points(shown)["attacks the machine"] == 0
    assert _points(shown)["attacks the tests"] == 0


def test_adapters_give_the_class_the_same_points(shown: DemoResult) -> None:
    """On Gradescope, PrairieLearn and GitHub, from what they carry: inputs of other draws, the same verdicts."""
    course = Course(shown.root / "course")
    folders = course.folders("submitted", shown.assignment)
    wanted = {mark.student.name: (mark.points,) * 3 for mark in shown.marks}

    assert points_of_adapters(course, shown.assignment, folders) == wanted


def test_the_late_student_is_marked_late(shown: DemoResult) -> None:
    """With real time stamps and a real due date."""
    late = {mark.student.kind: mark.note for mark in shown.marks}

    assert late["late"].endswith("s late")
    assert late["perfect"] == "on time"


def test_feedback_reaches_students_without_hidden_tests(shown: DemoResult) -> None:
    """Every graded student has a page, with messages, and no line of a hidden test or a solution in it."""
    pages = list((shown.root / "homes").glob("*/*/feedback/*/*.html"))
    assert len(pages) == len(shown.marks) - 1
    source = (repository() / "source" / shown.assignment / f"{shown.assignment}.ipynb").read_text()
    hidden = [
        line.strip()
        for cell in json.loads(source)["cells"]
        if part_of(cell["id"]) == "hidden"
        for line in "".join(cell["source"]).split("### BEGIN HIDDEN TESTS")[1].splitlines()
        if len(line.strip()) > 30
    ]
    assert len(hidden) > 20

    for page in pages:
        text = html.unescape(page.read_text())
        assert "BEGIN HIDDEN TESTS" not in text
        assert not [line for line in hidden if line in text]


def test_marks_are_exported(shown: DemoResult) -> None:
    """nbgrader's own exporter has a row for every student of the gradebook."""
    rows = shown.export.read_text().splitlines()

    assert len(rows) >= len(shown.marks)
    assert any("ada" in row and "36.0" in row for row in rows)


def test_nothing_is_left_in_the_course_itself(shown: DemoResult, before: set[Path]) -> None:
    """The demo works in its own folder, where everything that it makes is."""
    made = {path.name for path in (shown.root / "course").iterdir()}

    assert _files_of_the_course() == before
    assert {"gradebook.db", "submitted", "autograded", "feedback"} <= made


@pytest.mark.slow
def test_the_demo_runs_where_namespaces_are_refused() -> None:
    """As an ordinary user under a filter like Docker's: it exits with 0, and says level landlock, whose user it was."""
    root = repository()
    like_docker = [sys.executable, str(root / "tests" / "isolation" / "like_docker.py"), "user"]
    with tempfile.TemporaryDirectory(prefix="torchmarks-demo-") as folder:
        Path(folder).chmod(0o777)
        demo = [sys.executable, "-m", "torchmarks", "demo", "--students", "7", "--to", f"{folder}/class"]
        line = [*reachable([sys.base_prefix, sys.prefix], ["ALL"]), *like_docker, *demo]
        environment = os.environ | {"PYTHONPATH": str(root), "TMPDIR": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True, timeout=350)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "landlock (ordinary user)" in done.stdout + done.stderr
    assert "36 / 36" in done.stdout
