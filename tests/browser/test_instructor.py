"""An instructor's round in the formgrader, from release to feedback; two students take part under their own names."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.gestures import do

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ASSIGNMENT = "01-tensors"
COMMENT = "Read the table of constructors again, Ada."


def _write_answer(home: Path, source: str) -> None:
    path = home / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "from_list":
            cell["source"] = source
    path.write_text(json.dumps(notebook))


def _hand_in(student: Any, source: str) -> None:
    student.nbgrader("fetch_assignment", ASSIGNMENT)
    _write_answer(student.home, source)
    student.nbgrader("submit", ASSIGNMENT)


@pytest.mark.slow  # tests/hub has an instructor and a formgrader in every run
def test_instructor_flow(classroom: Any, screen: Any) -> None:
    """Generate, release, collect, Autograde, the graded view, a comment, feedback; the student reads it."""
    page = screen.page
    ada, boris = classroom.student("ada"), classroom.student("boris")
    screen.open_lab(classroom.instructor)
    screen.menu("Nbgrader", "Formgrader")
    frame = page.frame_locator("iframe").first
    do(frame, "education")  # generate
    do(frame, "cloud-upload")  # release
    _hand_in(ada, "def from_list(xs, dtype=None):\n    return torch.Tensor(xs)")
    _hand_in(boris, "def from_list(xs, dtype=None):\n    return torch.tensor(xs, dtype=dtype)")
    do(frame, "cloud-download")  # collect
    screen.shot("formgrader", document=True)
    frame.locator("tbody tr a", has_text="2").last.click()
    frame.get_by_text("needs autograding").first.wait_for()
    do(frame, "flash", row=0)
    do(frame, "flash", row=1)
    frame.locator("td", has_text="0 / 36").first.wait_for()
    frame.locator("td", has_text="4 / 36").first.wait_for()
    screen.shot("graded", document=True)

    _comment_on_ada(frame, screen)
    frame.get_by_role("link", name="Manual Grading").click()
    frame.get_by_role("link", name="Manage Assignments").click()
    do(frame, "comment")
    do(frame, "envelope")
    screen.shot("feedback-released")
    _read_feedback(ada, screen)


def _comment_on_ada(frame: Any, screen: Any) -> None:
    """From the list of submissions to Ada's failed exercise, and a comment there."""
    frame.locator("tbody tr", has_text="ada").get_by_role("link").first.click()
    # "Submission #1" of the manual grading list may be either student: nbgrader shuffles.
    frame.locator("tbody").get_by_role("link", name=ASSIGNMENT).click()
    box = frame.locator("[aria-label='check failed']", has_text="always-float32").first
    box.scroll_into_view_if_needed()
    assert "from_list" in box.inner_text()
    screen.shot("graded-view", document=True)
    # nbgrader's own comment on blank answers says that the page has loaded its comments.
    expect(frame.locator("#make_rank-comment")).to_have_attribute("placeholder", "No response.")
    comment = frame.locator("#from_list-comment")
    with screen.page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
        comment.fill(COMMENT)
        comment.blur()
    screen.shot("comment")


def _read_feedback(student: Any, screen: Any) -> None:
    """Fetch the feedback by the assignment list and read the page."""
    page = screen.page
    screen.open_lab(student)
    screen.menu("Nbgrader", "Assignment List")
    page.get_by_text("Fetch Feedback").click()
    page.get_by_text("(view feedback)").first.wait_for()
    screen.shot("feedback-fetched", document=True)
    found = list((student.home / ASSIGNMENT / "feedback").rglob("*.html"))
    assert len(found) == 1
    text = found[0].read_text()
    assert COMMENT in text
    assert "always-float32" in text
    assert "BEGIN HIDDEN TESTS" not in text
    page.goto(found[0].as_uri())
    screen.shot("feedback", document=True)
    page.goto(f"{found[0].as_uri()}#from_list")
    screen.shot("feedback-exercise", document=True)
    page.set_viewport_size({"width": 400, "height": 800})
    screen.shot("feedback-phone", document=True)
