"""torchmarks show: what a person needs to answer a student, with nothing in it that acts on a terminal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from sqlalchemy import Connection

from torchmarks.bulk import grade_cohort
from torchmarks.cli import main
from torchmarks.course import Course, overlooked, unfinished
from torchmarks.course.graded_copies import lost_lines, missing_copies, withdrawn_lines
from torchmarks.course.overlooked import closed_students
from torchmarks.course.records import Record
from torchmarks.course.warnings import of_figures, of_marks
from torchmarks.errors import UsageError
from torchmarks.report.one_student import work_lines

from ..bulk.conftest import BASICS, Recorder, a_class, dumped, hand_in, make_small, more, settings
from ..damage import assignment as small

pytestmark = pytest.mark.timeout(300)


def _wrong() -> bytes:
    notebook = small.solved()
    small.cell_of(notebook, "square")["source"] = "def square(x):\n    return x  # \x1b[31mred\u202e" + "\nx = 1" * 300
    return dumped(notebook)


def _cut_off() -> bytes:
    """As a full disk leaves a file."""
    whole = dumped(small.solved())
    return whole[: whole.index(b"def cube")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course with a wrong submission and one that was cut off, graded, and one that cannot be graded. Only
    read.
    """
    root = tmp_path_factory.mktemp("show") / "course"
    course = make_small(root)
    hand_in(course, "wrong", a_class()["late"] | {"squares.ipynb": _wrong(), "more.ipynb": more("return 3 * x")})
    hand_in(course, "broken", {"squares.ipynb": b"no JSON"})
    hand_in(course, "cut", {"squares.ipynb": _cut_off(), "more.ipynb": more("return 2 * x")})
    grade_cohort(course.config, BASICS, Recorder(), workers=1)
    with Gradebook(course.db_url) as gradebook:
        grade = gradebook.find_grade("double-test", "more", BASICS, "wrong")
        grade.manual_score = 1.5
        gradebook.find_comment("double", "more", BASICS, "wrong").manual_comment = "Nearly."
        gradebook.db.commit()
    return root


@pytest.fixture
def course(graded: Path) -> Course:
    """That course."""
    return Course(graded, settings())


def _withdrawn(course: Course) -> list[str]:
    """As an export has it."""
    return withdrawn_lines(course.marked(BASICS), closed_students(course.directory))


def test_points_code_and_message_are_shown(course: Course) -> None:
    """Of each exercise; a person's points and comment too, and how late it was."""
    lines = work_lines(course, BASICS, "wrong")
    text = "\n".join(lines)

    assert lines[0].startswith(f"wrong, {BASICS}: ")
    assert " late" in lines[0]
    assert "double: 1.5 of 2 points" in lines
    assert "  double-test: 1.5 of 2 points: failed, points by a person" in lines
    assert "    def double(x):\n        return 3 * x" in text
    assert "  What they read of double-test:" in lines
    assert "  Comment:\n    Nearly." in text


def test_one_exercise_alone(course: Course) -> None:
    """The others are not in it."""
    text = "\n".join(work_lines(course, BASICS, "wrong", ["double"]))

    assert "double: " in text
    assert "square" not in text.replace("squares.ipynb", "")


def test_nobody_elses_copies_are_examined(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a grading was cut short is asked of the one who is shown, not of the whole class."""
    examined: list[str] = []
    real = unfinished.is_unfinished

    def counted(connection: Connection, assignment: str, student: str, folder: Path, record: Record | None) -> bool:
        examined.append(student)
        return real(connection, assignment, student, folder, record)

    monkeypatch.setattr(unfinished, "is_unfinished", counted)
    work_lines(course, BASICS, "wrong")

    assert set(examined) == {"wrong"}


def test_no_comment_is_shown_that_nobody_wrote(course: Course) -> None:
    """nbgrader stores one for each cell that was left as it was released."""
    assert "No response." not in "\n".join(work_lines(course, BASICS, "cut"))


def test_lost_work_is_named_below_the_points(course: Course) -> None:
    """As grading names it; nothing of work that is whole."""
    repaired = work_lines(course, BASICS, "cut")[1]

    assert repaired.startswith("repaired: The file is not valid JSON")
    assert "Missing, put back blank: 4 solution cells (cube, sums, why, answer)." in repaired
    assert "repaired" not in "\n".join(work_lines(course, BASICS, "wrong"))


def test_an_export_names_whose_work_may_have_been_lost(course: Course, graded: Path, tmp_path: Path) -> None:
    """Among the marks nothing tells it; what to do is said, too."""
    to = str(tmp_path / "marks.csv")
    shown = CliRunner().invoke(main, ["export", "csv", "--to", to, "--course", str(graded)])
    (line,) = lost_lines(course.marked(BASICS))

    assert shown.exit_code == 0
    assert f"torchmarks: {line}\n" in shown.stderr
    assert "1 submission was graded with work that may have been lost" in line
    assert ": cut. What was lost: torchmarks show basics cut. " in line
    assert line.endswith("collect it, then run: torchmarks grade basics")


def test_an_export_names_whose_work_was_taken_out_of_the_class(graded: Path, tmp_path: Path) -> None:
    """Their marks stay; how to delete them is said. Nothing is once all work was put away."""
    shutil.copytree(graded, tmp_path / "course")
    mine = Course(tmp_path / "course", settings())
    assert _withdrawn(mine) == []
    shutil.rmtree(mine.path("submitted", BASICS, "wrong").parent)
    to = str(tmp_path / "marks.csv")
    shown = CliRunner().invoke(main, ["export", "csv", "--to", to, "--course", str(mine.root)])
    shutil.rmtree(mine.root / "submitted")

    assert shown.exit_code == 0
    assert (
        "torchmarks: basics: 1 student has a mark, and no work in submitted/ any more: wrong. The marks stay. Put the "
        "folder back if it was removed by mistake. An id that is no student's (a typing error, a test account) is "
        "removed with all its marks in this course by: nbgrader db student remove wrong --force\n"
    ) in shown.stderr
    assert _withdrawn(mine) == []


def test_a_closed_folder_hides_nobody_else_who_was_taken_out(
    graded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose folder may not be read is not said to have no work; of the others it is."""
    shutil.copytree(graded, tmp_path / "course")
    mine = Course(tmp_path / "course", settings())
    for student in ("wrong", "cut"):
        shutil.rmtree(mine.path("submitted", BASICS, student).parent)
    monkeypatch.setattr(overlooked, "closed_folders", lambda root: ["cut"])  # root may read all

    withdrawn = _withdrawn(mine)
    lines = of_marks(mine.config, [BASICS])
    lines = lines[: -len(of_figures(mine.config, [BASICS]))]  # on penalties, which stand behind these

    assert len(withdrawn) == 1
    assert "no work in submitted/ any more: wrong. " in withdrawn[0]
    assert lines[-1] == withdrawn[0]
    assert lines[-2].startswith("submitted/cut is not graded: this account may not read the folder.")


def test_a_missing_copy_is_told_apart_from_missing_work(
    graded: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By show, with the command that makes it again, and by feedback, ours and nbgrader's, which leave nobody out in
    silence.
    """
    shutil.copytree(graded, tmp_path / "course")
    mine = Course(tmp_path / "course", settings())
    shutil.rmtree(mine.path("autograded", BASICS, "wrong"))
    shown = CliRunner().invoke(main, ["show", BASICS, "wrong", "--course", str(mine.root)])
    made = CliRunner().invoke(main, ["feedback", BASICS, "--workers", "1", "--course", str(mine.root)])
    mine.feedback(BASICS)

    assert shown.exit_code == 2
    assert (
        "wrong, basics: has a mark in the gradebook, but the graded copy is missing from autograded/. "
        "To make it again: torchmarks grade basics --student wrong"
    ) in shown.stderr
    line = (
        "basics: no page for wrong: there is a mark, but the graded copy is missing from autograded/. "
        "To make it again: torchmarks grade basics, then: torchmarks feedback basics"
    )
    assert f"torchmarks: {line}\n" in made.stderr
    assert line in caplog.messages
    assert missing_copies(Course(graded, settings()).marked(BASICS)) == []


def test_a_student_steers_no_terminal_and_fills_none(course: Course) -> None:
    """Escapes and marks that turn text around are replaced; a long cell is cut, and that is said."""
    text = "\n".join(work_lines(course, BASICS, "wrong", ["square"]))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "… and 102 more lines" in text


def test_no_source_of_a_test_is_shown(course: Course) -> None:
    """What is shown can be passed on to the student."""
    assert "assert double" not in "\n".join(work_lines(course, BASICS, "wrong"))


@pytest.mark.parametrize(
    ("student", "exercise", "line"),
    [
        ("nobody", (), "nobody, basics: has no graded work. Graded: cut, wrong."),
        ("../wrong", (), "has no graded work"),
        ("broken", (), "has no grade: squares.ipynb: "),
        ("wrong", ("triple",), "there is no such exercise. Known: "),
    ],
)
def test_what_is_not_there_is_told(course: Course, student: str, exercise: tuple[str, ...], line: str) -> None:
    """With what is."""
    with pytest.raises(UsageError) as refused:
        work_lines(course, BASICS, student, exercise)

    assert line in str(refused.value)
    assert ".. " not in str(refused.value)


def test_the_command_prints_it(graded: Path) -> None:
    """Exit status 0, and 2 with one line for a student who is not there."""
    shown = CliRunner().invoke(main, ["show", BASICS, "wrong", "--course", str(graded)])
    none = CliRunner().invoke(main, ["show", BASICS, "none", "--course", str(graded)])

    assert (shown.exit_code, none.exit_code) == (0, 2)
    assert "double: 1.5 of 2 points" in shown.output
    assert len(none.output.strip().splitlines()) == 1


def test_the_student_may_be_an_option(graded: Path) -> None:
    """As it was before it was an argument; the help does not list it, and one of the two is needed."""
    show = ("show", BASICS, "--course", str(graded))

    argument, option, both, neither, described = (
        CliRunner().invoke(main, [*show, *words])
        for words in (("wrong",), ("--student", "wrong"), ("wrong", "--student", "wrong"), (), ("--help",))
    )

    assert (option.exit_code, option.output) == (0, argument.output)
    assert (both.exit_code, neither.exit_code) == (2, 2)
    assert "Missing argument 'STUDENT'." in neither.output
    assert "ASSIGNMENT STUDENT" in described.output
    assert "--student" not in described.output
