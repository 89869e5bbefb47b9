"""The feedback page: totals, verdicts, messages, comments; no test, nothing that acts or loads."""

from dataclasses import replace
from typing import Any

import nbformat
import pytest

from torchmarks.checks.box import to_mime
from torchmarks.checks.exercises import exercise_of
from torchmarks.checks.messages import not_written
from torchmarks.checks.report import Report
from torchmarks.course.feedback_page import FeedbackExporter, PageExercise, page_exercises
from torchmarks.grading.record import CheckRecord, CheckVerdict, NotebookRecord, by_exercise, read, written
from torchmarks.grading.repair import Repair

_REPORT = Report("f(1) is not what was asked for.", misconception="always-float32", why="Because.")
_RECORD = NotebookRecord(
    by_exercise(
        [
            CheckRecord("f-visible", 1.0, 1.0, CheckVerdict.PASSED, 3),
            CheckRecord("f-hidden", 0.0, 3.0, CheckVerdict.FAILED, 3, _REPORT),
            CheckRecord("g-hidden", 4.0, 4.0, CheckVerdict.PASSED, 3),
            CheckRecord("essay", None, 2.0, CheckVerdict.OPEN),
        ]
    )
)


def _cell(grade_id: str, source: str, outputs: list[Any], **meta: Any) -> Any:
    cell = nbformat.v4.new_code_cell(source, outputs=outputs)
    cell.metadata["nbgrader"] = {"grade_id": grade_id, "grade": False, "solution": False} | meta
    return cell


def parts_of(notebook: Any) -> list[PageExercise]:
    """The exercises, with the notebook's own record."""
    return page_exercises(notebook, read(notebook, "01-tensors.ipynb"))


def _failed() -> list[Any]:
    ours = {"torchmarks": {"verdict": "failed"}}
    shown = nbformat.v4.new_output("display_data", data=to_mime(_REPORT), metadata=ours)
    return [shown, nbformat.v4.new_output("error", ename="CheckFailed", evalue="one line", traceback=[])]


@pytest.fixture
def notebook() -> Any:
    """A graded notebook: `f` half right with a comment, `g` solved, one text graded by a person."""
    passed = [nbformat.v4.new_output("stream", name="stdout", text="✓ 3 calls as expected\n")]
    hostile = [nbformat.v4.new_output("display_data", data={"text/html": "<script>1</script>", "text/plain": "<b>x"})]
    text = nbformat.v4.new_markdown_cell("My *answer*.")
    text.metadata["nbgrader"] = {"grade_id": "essay", "grade": True, "solution": True, "score": 1.5, "points": 2}
    graded = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import torch  # the set-up"),
            _cell("f", "def f(x): return '<i>'", hostile, solution=True, comment="Look **again**."),
            _cell("f-visible", "expect(secret_one)", passed, grade=True, score=1.0, points=1),
            _cell("f-hidden", "expect(secret_two)", _failed(), grade=True, score=0.0, points=3),
            _cell("g", "def g(): ...", [], solution=True, comment=""),
            _cell("g-hidden", "expect(secret_three)", passed, grade=True, score=4.0, points=4),
            text,
        ]
    )
    return nbformat.from_dict(written(graded, _RECORD))


@pytest.fixture
def page(notebook: Any) -> str:
    """That notebook as a page."""
    # as nbgrader's GetGrades leaves them: 6.5 points less the penalty
    resources = {"notebook": "01-tensors", "score": 4.5, "max_score": 10.0, "late_penalty": 2.0}
    text, _ = FeedbackExporter().from_notebook_node(notebook, resources={"nbgrader": resources})
    return str(text)


def test_exercises_gather_their_cells(notebook: Any) -> None:
    """Visible and hidden tests, the work and the comment of an exercise stand together."""
    parts = parts_of(notebook)

    assert [(p.name, p.verdict, p.score, p.points) for p in parts] == [
        ("f", "◐ in part", 1, 4),
        ("g", "✓ solved", 4, 4),
        ("essay", "◐ in part", 1.5, 2),
    ]


def test_an_exercise_without_points_is_not_yet_solved() -> None:
    """Each verdict has a sign and words."""
    part = PageExercise("f")
    part.checks = parts_of(nbformat.v4.new_notebook(cells=[_cell("f-hidden", "", [], grade=True, score=0, points=2)]))[
        0
    ].checks

    assert part.verdict == "✗ not yet"


def test_the_page_starts_with_the_total(page: str) -> None:
    """What is left after the penalty, and the penalty."""
    assert "4.5 of 10 points" in " ".join(page.split())
    assert "6.5 less 2 for handing in late" in page
    assert page.index("4.5 of 10") < page.index("◐ in part") < page.index("is not what was asked for")


def test_the_page_has_messages_comments_and_the_work(page: str) -> None:
    """All that the student is to read."""
    for text in ("is not what was asked for", "always-float32", "✓ 3 calls as expected", "<strong>again</strong>"):
        assert text in page
    assert "def g(): ..." in page
    assert "0 of 3 points</span></h3>" in page
    assert "<em>answer</em>" in page


def test_no_source_of_a_test_is_on_the_page(page: str) -> None:
    """Neither of hidden tests nor of visible ones."""
    assert "secret" not in page


def test_a_repair_that_was_made_often_is_told_once(notebook: Any) -> None:
    """With how often; a notebook that lost its tests lost all of them."""
    gone = [Repair("deleted", f"f{number}", "A cell was missing.") for number in range(26)]
    once = Repair("encoding", None, "The file was in another encoding.")
    noted = nbformat.from_dict(written(notebook, replace(_RECORD, repairs=(*gone[:1], once, *gone[1:]))))
    resources = {"notebook": "01-tensors", "score": 4.5, "max_score": 10.0, "late_penalty": 0.0}
    text, _ = FeedbackExporter().from_notebook_node(noted, resources={"nbgrader": resources})

    told = [line for line in text.splitlines() if "was repaired before" in line]
    assert told == [
        '<p class="small">Your file was repaired before it was graded: A cell was missing. (26 times)</p>',
        '<p class="small">Your file was repaired before it was graded: The file was in another encoding.</p>',
    ]


def test_nothing_of_the_student_acts(page: str) -> None:
    """Their HTML is left out, their source and text are escaped; the page has no script and loads nothing."""
    assert "<script" not in page
    assert "<b>x" not in page
    assert "&lt;i&gt;" in page
    assert "<link" not in page
    assert "@import" not in page


def _told(*reports: tuple[str, Report], comment: str = "") -> list[PageExercise]:
    """The exercises of a page on which these tests failed, in this order. comment: on each cell of a solution."""
    checks = [CheckRecord(cell, 0.0, 1.0, CheckVerdict.FAILED, report=report) for cell, report in reports]
    names = dict.fromkeys(exercise_of(cell) for cell, _ in reports)
    cells = [_cell(name, "...", [], solution=True, comment=comment) for name in names]
    cells += [_cell(cell, "", [], grade=True, score=0, points=1) for cell, _ in reports]
    return page_exercises(nbformat.v4.new_notebook(cells=cells), NotebookRecord(by_exercise(checks)))  # type: ignore[no-untyped-call]


def test_a_box_that_stands_above_is_not_shown_again() -> None:
    """A stub fails both tests alike; another exercise says it for itself."""
    f, g = _told(*((cell, not_written(cell[0])) for cell in ("f-visible", "f-hidden", "g-visible")))

    assert "not written yet" in f.checks[0].says
    assert f.checks[1].says == '<p class="said">The same as above.</p>'
    assert "not written yet" in g.checks[0].says


def test_nobody_is_told_of_no_response_whom_a_test_tells() -> None:
    """nbgrader's comment on an untouched cell; one of a person's stays."""
    reports = ("f-visible", not_written("f"))

    assert _told(reports, comment="No response.")[0].comments == []
    assert _told(reports, comment="Try again.")[0].comments == ["Try again."]


def test_a_note_stands_in_full_once() -> None:
    """A name that was taken in the first cell is left for every exercise; what is left for one alone is said there."""
    left = "Your cells assigned another value to torch."
    first, second, other = (
        Report(f"{name} is wrong.", left=note) for name, note in zip("fgh", (left, left, "x"), strict=True)
    )
    f, g, h = _told(("f-visible", first), ("f-hidden", second), ("g-hidden", second), ("h-hidden", other))

    assert left in f.checks[0].says
    for check in (f.checks[1], g.checks[0]):
        assert left not in check.says
        assert "The same as for f, above." in check.says
    assert "</strong> x</div>" in h.checks[0].says


def test_an_error_names_no_file_of_the_kernel() -> None:
    """Its cell has a name inside the kernel alone."""
    evalue = "expected ':' (<ipython-input-3-ee94f8042736>, line 1)"
    error = nbformat.v4.new_output("error", ename="SyntaxError", evalue=evalue, traceback=[])  # type: ignore[no-untyped-call]
    (part,) = parts_of(
        nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
            cells=[
                _cell("f", "def f()", [error], solution=True),
                _cell("f-hidden", "", [], grade=True, score=0, points=2),
            ]
        )
    )

    assert part.shown == ["<pre>SyntaxError: expected &#x27;:&#x27; (line 1)</pre>"]
