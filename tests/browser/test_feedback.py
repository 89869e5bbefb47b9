"""A feedback page on a phone, and its lines in the student's notebook: each failure is seen again."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from torchmarks.authoring import exercises_of
from torchmarks.bulk import grade_cohort, watching
from torchmarks.course import Course, repository

from .conftest import ASSIGNMENT, Screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PHONE = {"width": 390, "height": 844}


def _cells(course: Course, *, solved: bool) -> dict[str, Any]:
    """A student's notebook: each exercise solved, or with the first wrong answer that the catalogue has."""
    notebook: dict[str, Any] = json.loads(
        (course.path("release", ASSIGNMENT) / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    )
    answers = {e.name: e.reference for e in exercises_of(course.notebook("source", ASSIGNMENT), notebook)}
    if not solved:
        wrong = [a for a in course.catalogue(ASSIGNMENT).answers if a.mistake and a.imitated and not a.is_right]
        answers |= {answer.exercise: answer.source for answer in reversed(wrong)}
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if cell["cell_type"] == "code" and name in answers:
            cell["source"] = answers[name]
        cell["source"] = "".join(cell["source"])
    return notebook


def _shown(notebook: dict[str, Any], lines: list[str]) -> list[str]:
    """What a kernel shows for each of these, in cells at the end of a notebook."""
    made = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    own = [nbformat.v4.new_code_cell(text) for text in lines]  # type: ignore[no-untyped-call]
    made.cells = [*made.cells, *own]
    NotebookClient(made, allow_errors=True, timeout=120, kernel_name="python3").execute()
    outputs = [cell.outputs for cell in made.cells[-len(lines) :]]
    return [
        "\n".join(out.get("ename", "") or out.get("text", "") or out.data["text/plain"] for out in o) for o in outputs
    ]


def test_a_page_on_a_phone_and_its_lines(tmp_path: Path, screen: Screen) -> None:
    """At 390 pixels nothing is wider than the page; the lines show something, and something else once it is solved."""
    course = Course.scratch(tmp_path / "course", repository(), [ASSIGNMENT])
    course.generate(ASSIGNMENT)
    folder = course.path("submitted", ASSIGNMENT, "ada")
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(_cells(course, solved=False)))
    with watching(as_lines=True) as watcher:
        assert not grade_cohort(course.config, ASSIGNMENT, watcher, students=["ada"]).reported
    course.feedback(ASSIGNMENT)
    page = screen.page
    page.set_viewport_size(PHONE)
    page.goto((course.path("feedback", ASSIGNMENT, "ada") / f"{ASSIGNMENT}.html").as_uri())
    screen.shot("phone")
    boxes = page.locator("[role=group][aria-label='check failed']")
    boxes.first.scroll_into_view_if_needed()
    screen.shot("feedback-phone", document=True)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert boxes.count() >= 9
    said = page.locator("div:has(> pre)").filter(has_text=re.compile("^See it in a cell"))
    lines = said.locator("> pre").all_inner_texts()
    failed, solved = (_shown(_cells(course, solved=right), lines) for right in (False, True))
    assert [text for text, output in zip(lines, failed, strict=True) if not output] == []
    assert [text for text, a, b in zip(lines, failed, solved, strict=True) if a == b] == []
