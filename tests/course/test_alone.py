"""torchmarks.course.alone: one notebook in, one answer out, from a course folder or from a bundle file."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.course.alone import Grader, lines_of, packed_assignment
from torchmarks.course.answer import GraderAnswer
from torchmarks.errors import UsageError
from torchmarks.grading import Submission

from ..damage import assignment as small

pytestmark = pytest.mark.timeout(200)

# Looks for what a grader has beside it, and tells what it found as a value of its own.
NOSY = """
import glob, os
def square(x):
    seen = [name for place in {places!r} for name in (place, *glob.glob(place + "/*")) if os.path.exists(name)]
    return x * x if not seen else seen
"""


def _dumped(answers: dict[str, str]) -> bytes:
    notebook = small.solved()
    for name, source in answers.items():
        small.cell_of(notebook, name)["source"] = source
    return json.dumps(notebook).encode()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of one small assignment that was never generated: it has no gradebook."""
    root = tmp_path_factory.mktemp("alone") / "course"
    source = root / "source" / small.NAME
    source.mkdir(parents=True)
    shutil.copy(repository() / "nbgrader_config.py", root)
    (source / "squares.ipynb").write_text(json.dumps(small.instructor()))
    (source / "numbers.csv").write_text("1,2\n")
    return Course(root)


@pytest.fixture(scope="module")
def bundle(course: Course) -> Path:
    """The assignment in a file, beside the course."""
    path = course.root / "squares.bundle"
    packed_assignment(course, small.NAME).write(path)
    return path


@pytest.fixture(scope="module")
def answers(course: Course, bundle: Path) -> dict[str, GraderAnswer]:
    """A right, a wrong, a nosy, a renamed, a torn and a missing notebook, graded from the bundle."""
    places = [str(course.root), str(bundle)]
    handed_in = {
        "right": {"squares.ipynb": _dumped({})},
        "wrong": {"squares.ipynb": _dumped({"square": "def square(x):\n    return abs(x) * x"})},
        "nosy": {"squares.ipynb": _dumped({"square": NOSY.format(places=places)})},
        "renamed": {"Squares (1).ipynb": _dumped({}), "sub/notes.txt": b"mine"},
        "torn": {"squares.ipynb": _dumped({})[:200]},
        "missing": {"essay.txt": b"sorry"},
    }
    grader = Grader.of_file(bundle)
    submissions = [Submission(student, files) for student, files in handed_in.items()]
    return {answer.student: answer for answer in grader.answers(submissions)}


def test_a_right_notebook_has_all_points_that_tests_give(answers: dict[str, GraderAnswer]) -> None:
    """Those that a person gives are waited for."""
    right = answers["right"]

    assert (right.state, right.points, right.most, right.waiting) == ("graded", 9, 16, 7)


def test_an_answer_tells_each_part(answers: dict[str, GraderAnswer]) -> None:
    """Of each exercise: visible and hidden tests apart, points, and the words that the student reads."""
    (square,) = [one for one in answers["wrong"].exercises if one.name == "square"]
    visible, hidden = square.parts

    assert (square.points, square.most) == (1, 4)
    assert (visible.hidden, visible.points, visible.verdict) == (False, 1, "passed")
    assert (hidden.hidden, hidden.points, hidden.most, hidden.verdict) == (True, 0, 3, "failed")
    assert hidden.text
    assert hidden.html.startswith("<div")


def test_no_source_of_a_hidden_test_is_in_an_answer(answers: dict[str, GraderAnswer]) -> None:
    """In no form of it."""
    for answer in answers.values():
        assert "square(-2)" not in json.dumps(answer.as_data()) + "\n".join(lines_of(answer))


def test_students_code_sees_neither_bundle_nor_course(answers: dict[str, GraderAnswer]) -> None:
    """One that looks for them finds nothing, so its answers are right."""
    assert answers["nosy"].points == answers["right"].points


def test_what_was_mended_is_told(answers: dict[str, GraderAnswer]) -> None:
    """A notebook under another name is graded, and the answer says so."""
    assert answers["renamed"].points == answers["right"].points
    assert "Squares (1).ipynb" in " ".join(answers["renamed"].notes)


@pytest.mark.parametrize("student", ["torn", "missing"])
def test_what_cannot_be_graded_has_no_points(answers: dict[str, GraderAnswer], student: str) -> None:
    """No zero: a reason, with what to do."""
    answer = answers[student]

    assert (answer.state, answer.points, answer.exercises) == ("refused", None, ())
    assert answer.reason.count(".") >= 2


# ---- the command


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["grade-file", *arguments])


def test_the_command_prints_one_object(course: Course, tmp_path: Path) -> None:
    """From a course folder that has no gradebook, and gets none."""
    path = tmp_path / "squares.ipynb"
    path.write_bytes(_dumped({}))

    done = _run(
        str(path), "--assignment", small.NAME, "--student", "ada", "--json", "--course", str(course.root)
    )  # fmt: skip
    told = json.loads(done.stdout)

    assert done.exit_code == 0
    assert (told["layout"], told["student"], told["points"]) == (1, "ada", 9)
    assert told["isolation"]
    assert not (course.root / "gradebook.db").exists()


def test_the_command_exits_with_1_where_there_are_no_points(bundle: Path, tmp_path: Path) -> None:
    """And says why, in a line."""
    (tmp_path / "squares.ipynb").write_bytes(b"\x00")

    done = _run(str(tmp_path), "--bundle", str(bundle), "--student", "ada")

    assert done.exit_code == 1
    assert done.stdout.startswith("squares, ada: refused, no points. squares.ipynb: ")


def _link(folder: Path) -> str:
    (folder / "squares.ipynb").symlink_to("/etc/hostname")
    return str(folder / "squares.ipynb")


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe.ipynb")
    return str(folder / "pipe.ipynb")


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda folder: str(folder / "none.ipynb"), "there is no such file"),
        (_link, "this is a link"),
        (_pipe, "is not an ordinary file"),
    ],
)
def test_a_path_that_cannot_be_used_is_refused(
    bundle: Path, tmp_path: Path, make: Callable[[Path], str], line: str
) -> None:
    """One line and exit status 2: a link may lead to any file that the grader may read, a pipe never answers."""
    done = _run(make(tmp_path), "--bundle", str(bundle), "--student", "ada")

    assert done.exit_code == 2
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--student", "ada"), "its assignment is not known. Name it"),
        (("--student", "ada", "--assignment", "99-none"), "there is no assignment '99-none'"),
        (("--student", "ada", "--bundle", "BUNDLE", "--assignment", "99-none"), "this is the bundle of 'squares'"),
        (("--student", "ada", "--bundle", "/nowhere.bundle"), "the bundle cannot be read"),
        (("--student", "a\x1b[2J", "--bundle", "BUNDLE"), "this is not a student's id"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    course: Course, bundle: Path, options: tuple[str, ...], line: str
) -> None:
    """One line and exit status 2."""
    given = [str(bundle) if option == "BUNDLE" else option for option in options]

    done = _run(__file__, *given, "--course", str(course.root))

    assert done.exit_code == 2
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_of_git_is_no_part_of_what_was_handed_in(bundle: Path, tmp_path: Path) -> None:
    """A student's repository brings its history along."""
    for name in (".git/config", "squares.ipynb", "data/own.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    assert set(Grader.of_file(bundle).submission("ada", tmp_path).files) == {"squares.ipynb", "data/own.csv"}


def test_an_unknown_assignment_packs_nothing(course: Course) -> None:
    """With the names that there are."""
    with pytest.raises(UsageError, match="Known: squares"):
        packed_assignment(course, "99-none")
