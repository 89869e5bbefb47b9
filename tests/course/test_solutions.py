"""torchmarks.course.solutions: shown when no work counts any more, and only where the course says so."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents.blocks import Block, items_of

from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.course.feedback_page import FeedbackExporter
from torchmarks.course.solutions import closing, for_feedback
from torchmarks.grading import NotebookRecord
from torchmarks.grading.record import written

NAME = "tiny"
DUE = datetime(2026, 1, 10, tzinfo=UTC)
SOLUTION = "### BEGIN SOLUTION\ndef f(x):\n    return '<b>' + x\n### END SOLUTION"
DAY = timedelta(days=1)


def _marked(cell: nbformat.NotebookNode, name: str, **meta: object) -> nbformat.NotebookNode:
    cell.metadata["nbgrader"] = {"grade_id": name, "grade": False, "solution": False, "locked": True} | meta
    return cell


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one exercise and a due date, where late work gets no points."""
    folder = tmp_path / "source" / NAME
    folder.mkdir(parents=True)
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [
        _marked(text("Write f. ![A picture.](strides.svg)"), "f-statement"),
        _marked(code(SOLUTION), "f", solution=True, locked=False),
        _marked(code("assert f('a')"), "f-visible", grade=True, points=1),
        _marked(code("### BEGIN HIDDEN TESTS\nsecret\n### END HIDDEN TESTS"), "f-hidden", grade=True, points=2),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{NAME}.ipynb")
    (folder / "strides.svg").write_text("<svg/>")
    shutil.copy(repository() / "nbgrader_config.py", tmp_path)
    made = Course(tmp_path, Config({"LateSubmissionPlugin": {"penalty_method": "zero"}}))
    with Gradebook(made.db_url) as gradebook:
        gradebook.add_assignment(NAME, duedate=str(DUE))
        gradebook.add_student("ada")
        gradebook.add_submission(NAME, "ada")
    return made


def _shown(course: Course, now: datetime, **settings: object) -> bool:
    config = Config(course.config)
    config.merge({"Solutions": {"in_feedback": True} | settings})
    return bool(for_feedback(config, NAME, now=now))


def test_feedback_shows_them_after_the_due_date(course: Course) -> None:
    """Not a moment before, and without nbgrader's marks."""
    course.config.Solutions.in_feedback = True

    assert for_feedback(course.config, NAME, now=DUE) == {}
    assert for_feedback(course.config, NAME, now=DUE + DAY) == {NAME: {"f": "def f(x):\n    return '<b>' + x"}}


def test_feedback_shows_none_unless_the_course_says_so(course: Course) -> None:
    """The setting is off by default."""
    assert for_feedback(course.config, NAME, now=DUE + 100 * DAY) == {}


def test_the_longest_extension_of_anybody_holds_for_all(course: Course) -> None:
    """Of several, and one that was taken back or ends early moves nothing to the front."""
    with Gradebook(course.db_url) as gradebook:
        for number, student in enumerate(("ben", "cleo")):
            gradebook.add_student(student)
            gradebook.add_submission(NAME, student)
            gradebook.grant_extension(NAME, student, days=3 * number - 1)

    assert not _shown(course, DUE + 1.9 * DAY)
    assert _shown(course, DUE + 2.1 * DAY)


@pytest.mark.parametrize(
    "late",
    [{"LateSubmissionPlugin": {"penalty_method": "none"}}, {"AssignLatePenalties": {"plugin_class": "mine.Plugin"}}],
    ids=["nothing is taken off", "a rule of the course"],
)
def test_late_work_that_counts_keeps_them_back(course: Course, late: dict[str, dict[str, str]]) -> None:
    """For as long as the course says; where it says nothing, for ever."""
    course.config.merge(late)

    assert not _shown(course, DUE + 1000 * DAY)
    assert not _shown(course, DUE + 13.9 * DAY, late_days=14)
    assert _shown(course, DUE + 14.1 * DAY, late_days=14)


@pytest.mark.parametrize("known", [True, False])
def test_without_a_due_date_nobody_can_tell(course: Course, known: bool) -> None:
    """Whether the gradebook has the assignment or not."""
    with Gradebook(course.db_url) as gradebook:
        if known:
            gradebook.update_or_create_assignment(NAME, duedate=None)
        else:
            gradebook.remove_assignment(NAME)

    assert not _shown(course, DUE + 1000 * DAY)
    assert closing(course.config, NAME).unknown


@pytest.mark.parametrize(("score", "there"), [(0.0, True), (1.0, True), (3.0, False)])
def test_the_page_has_those_of_exercises_that_were_not_solved(score: float, there: bool) -> None:
    """Escaped like all that stands there."""
    notebook = nbformat.v4.new_notebook(cells=[_marked(nbformat.v4.new_code_cell(""), "f-hidden", grade=True)])
    notebook.cells[0].metadata.nbgrader.update(score=score, points=3)
    exporter = FeedbackExporter()
    exporter.solutions = {NAME: {"f": "return '<b>' + x"}}
    identity = {"notebook": NAME, "score": score, "max_score": 3.0, "late_penalty": 0.0}
    node = nbformat.from_dict(written(notebook, NotebookRecord()))

    page, _ = exporter.from_notebook_node(node, resources={"nbgrader": identity})

    assert ("return '&lt;b&gt;' + x" in page) is there
    assert "<b>" not in page


# ---- the command


def _run(course: Course, line: str) -> Result:
    program, *arguments = line.replace("01-tensors", NAME).split()
    assert program == "torchmarks"
    return CliRunner().invoke(main, [*arguments, "--course", str(course.root)])


def _documented() -> str:
    blocks = [item for item in items_of(repository(), "docs/instructors.md") if isinstance(item, Block)]
    [block] = [block for block in blocks if "torchmarks solutions" in block.text]
    return block.text.strip()


def test_the_documented_command_writes_a_notebook(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements with their pictures, solutions, visible tests; no hidden test, and nothing that could be handed in."""
    monkeypatch.chdir(course.root)

    result = _run(course, _documented())

    assert result.exit_code == 0, result.output
    made = nbformat.read(course.root / f"{NAME}-solutions.ipynb", as_version=4)
    assert [cell.source for cell in made.cells] == [
        "Write f. ![A picture.](attachment:strides.svg)",
        "def f(x):\n    return '<b>' + x",
        "assert f('a')",
    ]
    assert made.cells[0].attachments["strides.svg"] == {"image/svg+xml": "PHN2Zy8+"}
    assert not any(cell.metadata for cell in made.cells)
    nbformat.validate(made)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("torchmarks solutions tiny", "c.Solutions.late_days does not say for how long"),
        ("torchmarks solutions none --force", "there is no assignment 'none'"),
        ("torchmarks solutions tiny --force --to /nowhere/x.ipynb", "cannot be written"),
    ],
)
def test_it_refuses_in_one_line(course: Course, line: str, said: str) -> None:
    """With what to do; the course's own configuration gives late work its points."""
    result = _run(course, line)

    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_while_work_counts_it_says_until_when(course: Course) -> None:
    """The time is in the future of whoever reads it."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.Solutions.late_days = 14\n")
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2999-01-10 00:00:00 UTC")

    result = _run(course, "torchmarks solutions tiny")

    assert "work still counts until 2999-01-24 00:00 UTC" in result.output
