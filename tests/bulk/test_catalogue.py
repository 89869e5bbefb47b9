"""The catalogue of mistakes on its way through a class: what its changes and errors do, and who never gets it."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeList, ExchangeReleaseAssignment
from traitlets.config import Config

from torchmarks.bulk import grade_cohort, run
from torchmarks.course import Course, repository
from torchmarks.course.bundles import assignment_bundle, catalogue_path
from torchmarks.grading import NotebookRecord
from torchmarks.grading.record import read_file

from ..damage import assignment as small
from .conftest import Here, Recorder, settings

pytestmark = pytest.mark.timeout(300)

NAME, SECRET = "doubles", "Adding two is not doubling"
DEFINE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
TEST = """### BEGIN HIDDEN TESTS
for number in (3, 5, 7):
    expect(observe(double, number)).returned(2 * number)
### END HIDDEN TESTS"""
CATALOGUE = f'''# %% double | right | adds
def double(x):
    return x + x

# %% double | misconception | adds-two
why = "{SECRET}."
def when(seen, want):
    return seen.value == want // 2 + 2

# %% double | wrong: adds-two | plus
def double(x):
    return x + 2

# %% double | wrong: adds-two | by hand
def double(x):
    return x + 1 + 1

# %% double | wrong: adds-two | in a loop
def double(x):
    for _ in range(2):
        x += 1
    return x
'''


def _notebook() -> dict[str, Any]:
    notebook = small.instructor()
    notebook["cells"] = [
        small.code("from torchmarks import expect, observe", "id-setup", grade_id="setup", locked=True),
        small.code(DEFINE, "id-double", grade_id="double", solution=True),
        small.code("expect(observe(double, 4)).returned(8)", "id-visible", grade_id="double-visible", grade=True,
                   locked=True, points=1),
        small.code(TEST, "id-hidden", grade_id="double-hidden", grade=True, locked=True, points=2),
    ]  # fmt: skip
    return notebook


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one exercise, generated, with a student who adds two. For copying only."""
    root = tmp_path_factory.mktemp("catalogue") / "course"
    (root / "source" / NAME).mkdir(parents=True)
    shutil.copy(repository() / "nbgrader_config.py", root)
    (root / "source" / NAME / f"{NAME}.ipynb").write_text(json.dumps(_notebook()))
    (root / "source" / f"{NAME}.py").write_text(CATALOGUE)
    Course(root, settings()).generate(NAME)
    handed_in = json.loads((root / "release" / NAME / f"{NAME}.ipynb").read_text())
    handed_in["cells"][1]["source"] = "def double(x):\n    return x + 2"
    folder = root / "submitted" / "ada" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(handed_in))
    return root


@pytest.fixture
def course(origin: Path, tmp_path: Path, in_process: None) -> Course:
    """For one test; graded in this process."""
    shutil.copytree(origin, tmp_path / "course")
    extra = settings()
    extra.Exchange.root, extra.Exchange.cache = str(tmp_path / "exchange"), str(tmp_path / "cache")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    return Course(tmp_path / "course", extra)


def _catalogue(course: Course) -> Path:
    return catalogue_path(course.directory, NAME)


def _grade(course: Course) -> tuple[dict[str, str], NotebookRecord]:
    recorder = Recorder()
    grade_cohort(course.config, NAME, recorder)
    return recorder.states, _record(course)


def _record(course: Course) -> NotebookRecord:
    return read_file(course.path("autograded", NAME, "ada") / f"{NAME}.ipynb")


def _whys(record: NotebookRecord) -> list[tuple[str, str, str]]:
    return [(c.cell, c.report.misconception, c.report.why) for c in record.messages if c.report is not None]


SCORES = {"double-visible": 0.0, "double-hidden": 0.0}


def test_a_class_is_told_the_misconception(course: Course) -> None:
    """Of the hidden test; both commands say the same."""
    states, record = _grade(course)
    course.autograde(NAME, force=True)

    assert states == {"ada": "graded"}
    assert _whys(record)[-1] == ("double-hidden", "adds-two", f"{SECRET}.")
    assert _whys(_record(course)) == _whys(record)
    assert record.catalogue_errors == ()


def test_a_mended_reason_reaches_feedback_and_touches_no_cell(course: Course) -> None:
    """With the next `torchmarks grade`, without a question: the marks, the tests in the gradebook, the student version
    and the source notebook are what they were.
    """
    _, before = _grade(course)
    kept = _cells(course)
    _catalogue(course).write_text(CATALOGUE.replace(SECRET, "Twice is not two more"))

    states, after = _grade(course)
    course.feedback(NAME)
    page = (course.path("feedback", NAME, "ada") / f"{NAME}.html").read_text()

    assert states == {"ada": "graded"}
    assert "Twice is not two more" in page
    assert SECRET not in page
    assert after.scores == before.scores == SCORES
    assert _cells(course) == kept


def test_an_unchanged_catalogue_grades_nothing_again(course: Course) -> None:
    """Only what a message could say differently is a reason to."""
    _grade(course)

    assert _grade(course)[0] == {"ada": "unchanged"}


def _cells(course: Course) -> list[Any]:
    with Gradebook(course.db_url) as gradebook:
        cells = [(c.name, c.source, c.checksum) for c in gradebook.find_notebook(NAME, NAME).source_cells]
    graded = nbformat.read(course.path("autograded", NAME, "ada") / f"{NAME}.ipynb", as_version=4)
    files = [course.path(step, NAME) / f"{NAME}.ipynb" for step in ("source", "release")]
    return [cells, [cell.source for cell in graded.cells], [path.read_bytes() for path in files]]


UNREADABLE = {
    "a head": CATALOGUE.replace("| right |", "| perhaps |"),
    "no cell": "nothing here",
    "an exercise": CATALOGUE.replace("double |", "treble |"),
    "an exit": CATALOGUE.replace("return x + 1 + 1", "exit()"),
    "bytes": "\ud800",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_catalogue_that_cannot_be_read_costs_names_and_no_mark(
    text: str, course: Course, caplog: pytest.LogCaptureFixture
) -> None:
    """The points are the same; the log says what is wrong, where, unless there is nothing in it."""
    _catalogue(course).write_bytes(text.encode("utf-8", "surrogatepass"))

    with caplog.at_level(logging.WARNING):
        assert assignment_bundle(course.config, NAME).notebooks[0].catalogue.misconceptions == ()
    _, record = _grade(course)

    assert record.scores == SCORES
    assert record.misconceptions == frozenset()
    assert ("Messages name no misconception" in caplog.text) is (text != "nothing here")


def test_without_a_catalogue_there_are_no_names(course: Course) -> None:
    """As in any nbgrader course."""
    _catalogue(course).unlink()

    assert _grade(course)[1].misconceptions == frozenset()


def test_an_error_of_the_catalogues_author_is_noted_and_costs_no_mark(course: Course) -> None:
    """A predicate that raises says no; it stands in the record, for `torchmarks verify` and for who looks."""
    text = CATALOGUE.replace("seen.value ==", "seen.valeu ==")
    for label in ("plus", "by hand", "in a loop"):  # an example that explains a call leaves nothing to ask `when` for
        text = text.replace(f"| {label}", f"| {label} | not imitated")
    _catalogue(course).write_text(text)

    _, record = _grade(course)

    assert record.scores == SCORES
    (error,) = record.catalogue_errors
    assert error.startswith("double | misconception | adds-two (line 5): its `when` raises AttributeError: ")


def test_a_worker_needs_no_file(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle carries the catalogue: what crosses to a cluster's worker as bytes still names the misconception."""

    def without_files(plan: Any, *rest: Any) -> Here:
        frozen = plan.freeze()
        shutil.rmtree(course.root / "source")
        return Here(frozen)

    monkeypatch.setattr(run, "open_pool", without_files)

    assert _grade(course)[1].misconceptions == {"adds-two"}


def test_students_never_get_the_catalogue(course: Course, tmp_path: Path) -> None:
    """Neither the student version nor the exchange nor what a student fetches holds the file or a line of it."""
    course.exchange(ExchangeReleaseAssignment, NAME)
    (tmp_path / "home").mkdir()
    course.exchange(ExchangeFetchAssignment, NAME, assignment_dir=str(tmp_path / "home"))
    places = [course.root / "release", tmp_path / "exchange", tmp_path / "home"]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]

    assert sorted(path.name for path in files) == [f"{NAME}.ipynb"] * 3
    assert [path for path in files if SECRET in path.read_text() or "x + 1 + 1" in path.read_text()] == []
    assert SECRET in _catalogue(course).read_text()


def test_nbgrader_takes_the_file_for_no_assignment(course: Course) -> None:
    """Neither formgrader's list, nor the gradebook's, nor the exchange's, nor ours has another name."""
    course.exchange(ExchangeReleaseAssignment, NAME)
    config = Config(course.config)
    config.CourseDirectory.assignment_id = ""
    formgrader = NbGraderAPI(coursedir=course.directory, config=config)
    offered = ExchangeList(
        coursedir=type(course.directory)(config=config), config=config, authenticator=formgrader.authenticator
    )
    with Gradebook(course.db_url) as gradebook:
        known = [assignment.name for assignment in gradebook.assignments]

    assert formgrader.get_source_assignments() == {NAME}
    assert [one["name"] for one in formgrader.get_assignments()] == [NAME]
    assert known == [NAME]
    assert [one["assignment_id"] for one in offered.start()] == [NAME]
    assert course.assignments() == [NAME]
