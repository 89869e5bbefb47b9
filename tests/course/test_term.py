"""An extension for one student, the next term, and plain nbgrader assignments beside ours."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from torchmarks.checks.seeding import Phase
from torchmarks.cli import main
from torchmarks.course import Course, records, repository
from torchmarks.course.extensions import extend
from torchmarks.course.next_term import next_term
from torchmarks.course.secret import course_secret
from torchmarks.course.solutions import closing
from torchmarks.errors import UsageError
from torchmarks.grading import Basis

DUE = datetime(2030, 1, 31, 12)


def _run(course: Course, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--course", str(course.root)])


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with an assignment of ours, in the gradebook by name, and a student."""
    made = Course.scratch(tmp_path / "course", repository(), ["01-tensors"])
    with Gradebook(made.db_url, "tensors") as gradebook:
        gradebook.add_assignment("01-tensors", duedate=DUE)
        gradebook.add_assignment("undated")
        gradebook.add_student("ada")
        gradebook.add_student("boris")
    return made


# ---- an extension


def _extend(course: Course, student: str = "ada", assignment: str = "01-tensors", days: float = 2.0) -> datetime:
    return extend(course.db_url, "tensors", assignment, student, timedelta(days=days), course.config).until


def test_an_extension_is_one_students(course: Course) -> None:
    """Also before anything is handed in; a later one takes its place, and 0 takes it back."""
    assert _extend(course) == DUE + timedelta(days=2)
    assert _extend(course, days=3) == DUE + timedelta(days=3)
    with Gradebook(course.db_url) as gradebook:
        assert [(s.student_id, s.extension) for s in gradebook.find_assignment("01-tensors").submissions] == [
            ("ada", timedelta(days=3))
        ]

    _extend(course, days=0)

    with Gradebook(course.db_url) as gradebook:
        assert gradebook.find_submission("01-tensors", "ada").extension is None


def test_an_extension_is_shown_without_options(course: Course) -> None:
    """Looking changes nothing, and records nothing of a student without one."""
    _extend(course, days=3)

    done, other = _run(course, "extend", "01-tensors", "ada"), _run(course, "extend", "01-tensors", "boris")

    assert (done.exit_code, other.exit_code) == (0, 0)
    assert "ada: 01-tensors is due by 2030-02-03 12:00 UTC, with an extension of 3 d." in done.output
    assert "boris: 01-tensors is due by 2030-01-31 12:00 UTC, with no extension." in other.output
    with Gradebook(course.db_url) as gradebook:
        assert [(s.student_id, s.extension) for s in gradebook.find_assignment("01-tensors").submissions] == [
            ("ada", timedelta(days=3))
        ]


def test_what_an_extension_was_before_is_said(course: Course) -> None:
    """When it is replaced, and when 0 takes it back."""
    _extend(course, days=3)

    replaced = _run(course, "extend", "01-tensors", "ada", "--hours", "5")
    taken_back = _run(course, "extend", "01-tensors", "ada", "--days", "0")

    assert "due by 2030-01-31 17:00 UTC; before: an extension of 3 d" in replaced.output
    assert "due by 2030-01-31 12:00 UTC; taken back: an extension of 5 h" in taken_back.output
    assert "with no extension" in _run(course, "extend", "01-tensors", "ada").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("extend", "01-tensors", "a/b", "--days", "2"),
        ("extend", "01-tensors", "", "--days", "2"),
        ("show", "01-tensors", ".."),
        ("grade", "01-tensors", "--student", ""),
        ("feedback", "01-tensors", "--student", "ada", "--student", "a/b"),
    ],
)
def test_what_no_folder_can_be_called_is_not_a_student(course: Course, arguments: tuple[str, ...]) -> None:
    """nbgrader takes any text for an id, and makes a folder of it."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("a/b")

    done = _run(course, *arguments)

    assert done.exit_code == 2
    assert "this cannot be a student's id, as no folder can have that name" in done.output


def test_a_student_whom_the_gradebook_has_under_such_an_id_is_named(course: Course) -> None:
    """Beside marks, with the command that removes it."""
    _handed_in(course, points=2.0)
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("a/b")

    said = _run(course, "export", "csv", "--to", str(course.root / "marks.csv")).output

    assert "the gradebook has a student 'a/b', whose work cannot be collected" in said
    assert "To remove it: nbgrader db student remove a/b" in said


def test_solutions_wait_for_it(course: Course) -> None:
    """No solution is shown while one student may still hand in, who has not yet."""
    course.config.LateSubmissionPlugin.penalty_method = "zero"
    _extend(course)

    found = closing(course.config, "01-tensors").until

    assert found is not None
    assert found.replace(tzinfo=None) == DUE + timedelta(days=2)


def _handed_in(
    course: Course,
    *,
    points: float,
    penalty: float | None = None,
    by_person: float | None = None,
    student: str = "ada",
) -> None:
    """A student's work, five seconds and a day late, that has a mark. No penalty: nothing was taken off."""
    with (course.root / "nbgrader_config.py").open("a") as settings:
        settings.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_notebook("n", "01-tensors")
        gradebook.add_grade_cell("a", "n", "01-tensors", max_score=3, cell_type="code")
        late = DUE + timedelta(days=1, seconds=5)
        submission = gradebook.add_submission("01-tensors", student, timestamp=late)
        (notebook,) = submission.notebooks
        notebook.late_submission_penalty = penalty
        notebook.grades[0].auto_score = points
        notebook.grades[0].manual_score = by_person
        notebook.grades[0].needs_manual_grade = False
        gradebook.db.commit()


def test_what_was_handed_in_is_told_as_late(course: Course) -> None:
    """With the command after which a penalty follows."""
    _handed_in(course, points=2.0)

    done = _run(course, "extend", "01-tensors", "ada", "--days", "1")

    assert done.exit_code == 0
    assert "due by 2030-02-01 12:00 UTC" in done.output
    assert "is 5 s late" in done.output
    assert "torchmarks grade 01-tensors --student ada\n" in done.output


def test_force_is_asked_for_where_a_person_has_given_points(course: Course) -> None:
    """Without it the penalty of late work stays, for the mark may be meant."""
    _handed_in(course, points=2.0, by_person=1.0)

    done = _run(course, "extend", "01-tensors", "ada", "--days", "1")

    assert "a person has given points. To subtract the penalty of 1 points anyway:" in done.output
    assert "torchmarks grade 01-tensors --student ada --force\n" in done.output


def test_the_command_can_be_copied_whatever_the_id(course: Course) -> None:
    """A shell would take the second word for something else."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("ada l")
    _handed_in(course, points=2.0, student="ada l")

    done = _run(course, "extend", "01-tensors", "ada l", "--days", "1")

    assert "torchmarks grade 01-tensors --student 'ada l'\n" in done.output


@pytest.mark.filterwarnings("error")
def test_an_extension_says_nothing_of_the_database(course: Course) -> None:
    """With notebooks in the gradebook: nbgrader makes SQLAlchemy warn about those of a student without work."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_notebook("01-tensors", "01-tensors")
        gradebook.add_grade_cell("f-hidden", "01-tensors", "01-tensors", max_score=3, cell_type="code")

    _extend(course)

    with Gradebook(course.db_url) as gradebook:
        (notebook,) = gradebook.find_submission("01-tensors", "ada").notebooks
        assert [grade.max_score for grade in notebook.grades] == [3]


@pytest.mark.parametrize(
    ("points", "penalty", "days", "is_told"),
    [(2.0, 2.0, "2", True), (2.0, None, "2", False), (2.0, 2.0, "1", False), (0.0, None, "1", False)],
)
def test_grading_again_is_told_where_a_penalty_changes(
    course: Course, points: float, penalty: float | None, days: str, *, is_told: bool
) -> None:
    """A grade for nothing would be final, before the time of a student who has just been given more."""
    _handed_in(course, points=points, penalty=penalty)

    done = _run(course, "extend", "01-tensors", "ada", "--days", days)

    assert done.exit_code == 0
    assert ("torchmarks grade" in done.output) is is_told


def test_a_provisional_mark_is_left_to_watch(course: Course) -> None:
    """It has no penalty that could follow, and is graded for good when their time is over."""
    _handed_in(course, points=2.0, penalty=2.0)
    basis = Basis(*["x"] * len(Basis.__dataclass_fields__))
    record = records.Record("graded", basis=replace(basis, phase=Phase.BEFORE_DEADLINE))
    engine = records.open_engine(course.db_url)
    records.prepare(engine)
    with engine.begin() as connection:
        records.write(connection, "01-tensors", "ada", record)
    engine.dispose()

    done = _run(course, "extend", "01-tensors", "ada", "--days", "2")

    assert "torchmarks watch makes it final then" in done.output
    assert "torchmarks grade" not in done.output


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("01-tensors", "chen"), "the gradebook has no such student"),
        (("99-none", "ada"), "there is no assignment '99-none'"),
        (("undated", "ada"), "it has no due date"),
        (("01-tensors", "ada", "--days", "-3"), "-3 days: an extension cannot be less time than the due date gives."),
        (("01-tensors", "ada", "--days", "nan"), "cannot convert"),
        (("01-tensors", "ada", "--days", "1e300"), ""),
    ],
)
def test_a_wrong_extension_is_refused(course: Course, words: tuple[str, ...], line: str) -> None:
    """Exit status 2; nobody's time changes, and no student is made by a slip."""
    done = _run(course, "extend", *words)

    assert done.exit_code == 2
    assert line in done.output
    with Gradebook(course.db_url) as gradebook:
        assert gradebook.find_assignment("01-tensors").submissions == []
        assert sorted(student.id for student in gradebook.students) == ["ada", "boris"]


# ---- the next term


def test_the_next_term_has_nothing_of_this_one(course: Course, tmp_path: Path) -> None:
    """Assignments, catalogues and settings, what these import; no gradebook, no work, no solutions, another secret."""
    for place in ("submitted/ada/01-tensors/x.ipynb", "autograded/ada/x", "feedback/ada/x", "marks.csv",
                  "gradebook.db.backup-1", "01-tensors-solutions.ipynb", "source/01-tensors/.ipynb_checkpoints/x",
                  "source/header.ipynb", "penalty.py"):  # fmt: skip
        (course.root / place).parent.mkdir(parents=True, exist_ok=True)
        (course.root / place).write_text("{}")
    secret = course_secret(course.db_url)

    made = next_term(course, tmp_path / "next", course_id="tensors-2031")

    files = {path.relative_to(made.root).as_posix() for path in made.root.rglob("*") if path.is_file()}
    assert files == {
        "nbgrader_config.py", "nbgrader_config.json", ".gitignore", "README.md", "penalty.py", "source/header.ipynb",
        "source/01-tensors.py", *(f"source/01-tensors/{p.name}" for p in (course.root / "source/01-tensors").iterdir()
                                  if p.is_file()),
    }  # fmt: skip
    assert str(made.directory.course_id) == "tensors-2031"
    Gradebook(made.db_url).close()
    assert course_secret(made.db_url) != secret
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("c.CourseDirectory.db_url = 'postgresql+psycopg2://here/gradebook'", "would be that of both terms"),
        ("c.Exchange.root = '{tmp}/exchange'", "the next would collect them"),
    ],
)
def test_two_terms_share_nothing(course: Course, tmp_path: Path, setting: str, line: str) -> None:
    """A gradebook that the settings name, or submissions in the exchange; then no folder is made."""
    (tmp_path / "exchange" / "tensors" / "inbound" / "ada+01-tensors").mkdir(parents=True)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(f"{setting.format(tmp=tmp_path)}\n")

    done = _run(Course(course.root), "next-term", str(tmp_path / "next"))

    assert done.exit_code == 2
    assert line in done.output
    assert not (tmp_path / "next").exists()


def test_a_named_gradebook_is_left_for_the_one_given(course: Course, tmp_path: Path) -> None:
    """The new setting stands last in the new file, and the old file is as it was."""
    config = course.root / "nbgrader_config.py"
    with config.open("a") as file:
        file.write("c.CourseDirectory.db_url = 'sqlite:////var/gradebook.db'\n")
    before = config.read_text()

    made = next_term(Course(course.root), tmp_path / "next", gradebook="sqlite:////var/next.db")

    assert made.db_url == "sqlite:////var/next.db"
    assert config.read_text() == before


def test_no_folder_is_written_over(course: Course, tmp_path: Path) -> None:
    """Nor the course itself, nor one inside its source/."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").write_text("x")
    for into in (tmp_path / "mine", course.root, course.root / "source" / "next"):
        with pytest.raises(UsageError):
            next_term(course, into)

    assert sorted(path.name for path in (course.root / "source").iterdir()) == ["01-tensors", "01-tensors.py"]


# ---- plain assignments beside ours


@pytest.fixture
def mixed(course: Course) -> Course:
    """With two of plain nbgrader: one called as its notebook, one of two notebooks."""
    cells = [nbformat.v4.new_code_cell("1")]
    for name in ("essay/essay", "ps1/problem1", "ps1/problem2"):
        path = course.root / "source" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(nbformat.v4.new_notebook(cells=cells)))
    return course


def test_plain_assignments_are_known(mixed: Course) -> None:
    """By what is not there: a catalogue, and a word of ours in the notebook."""
    assert mixed.plain() == ["essay", "ps1"]


def test_a_damaged_notebook_of_ours_is_not_taken_for_plain(mixed: Course) -> None:
    """Its command says what is wrong with it, instead of leaving it out."""
    (mixed.root / "source" / "01-tensors.py").unlink()
    (mixed.root / "source" / "01-tensors" / "01-tensors.ipynb").write_text("{")

    assert mixed.plain() == ["essay", "ps1"]


def test_the_syllabus_leaves_them_out_and_says_so(mixed: Course) -> None:
    """As verify and report do."""
    done = _run(mixed, "syllabus")

    assert done.exit_code == 0, done.output
    assert "essay: left out: a plain nbgrader assignment" in done.output
    assert "ps1: left out" in done.output
    assert "01 · Tensors" in (mixed.root / "docs" / "syllabus.md").read_text()


def test_a_course_of_plain_ones_has_nothing_to_prove(mixed: Course) -> None:
    """One line and status 2, after those that were left out."""
    shutil.rmtree(mixed.root / "source" / "01-tensors")
    (mixed.root / "source" / "01-tensors.py").unlink()

    done = _run(mixed, "verify")

    assert done.exit_code == 2
    assert done.output.splitlines()[-1].endswith("Name one, or add it to source/.")
