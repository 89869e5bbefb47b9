"""A student's evening in JupyterLab: fetch, open, a wrong answer, the right one, Validate, submit."""

import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.exchange.default import ExchangeReleaseAssignment

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.gestures import RIGHT, cell, run, solve_all_but, write

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

WRONG = "def from_list(xs, dtype=None):\n    return torch.Tensor(xs)"


def test_student_flow(classroom: Any, screen: Any) -> None:
    """Fetch, a wrong answer whose box names the mistake, the right answer, Validate, submit: all by clicking."""
    course = classroom.course
    course.generate("01-tensors")
    course.exchange(ExchangeReleaseAssignment, "01-tensors")
    ada = classroom.student("ada")
    page = screen.page
    screen.open_lab(ada)
    screen.menu("Nbgrader", "Assignment List")
    page.get_by_text("Fetch", exact=True).click()
    downloaded = page.locator(".assignment-notebooks-link")
    downloaded.wait_for()
    screen.shot("assignments", document=True)

    notebook = ada.home / "01-tensors" / "01-tensors.ipynb"
    solve_all_but(notebook, course.root / "source" / "01-tensors" / "01-tensors.ipynb", "from_list")
    downloaded.click()
    page.get_by_text("Validate", exact=True).first.wait_for()
    screen.shot("downloaded")
    page.locator(".nested_list_item .item_name a", has_text="01-tensors").click()
    run(screen, cell(screen, "import numpy as np"))
    _see_the_mistake(screen)
    write(screen, cell(screen, "def from_list"), RIGHT)
    tests = cell(screen, "expect(observe(from_list")
    run(screen, tests)
    tests.get_by_text("✓ 4 calls as expected").wait_for()
    screen.shot("right", document=True)

    # Validate saves first. Another save beside it would make JupyterLab ask which version counts, on a slow machine.
    page.get_by_role("button", name="Validate").first.click()
    result = page.locator(".jp-Dialog")
    result.wait_for()
    assert "Validation Results" in result.inner_text()
    assert "Success!" in result.inner_text()
    screen.shot("validated", document=True)
    result.locator("button", has_text="OK").click()
    screen.menu("Nbgrader", "Assignment List")
    page.get_by_text("Submit", exact=True).click()
    page.get_by_text("There are no submitted assignments.").wait_for(state="hidden")
    screen.shot("submitted", document=True)

    inbound = [path.name for path in (classroom.exchange / "tensors" / "inbound").iterdir()]
    assert len(inbound) == 1
    assert inbound[0].startswith("ada+01-tensors+")


def _see_the_mistake(screen: Any) -> None:
    """The box of a wrong answer, light and dark, wide and narrow."""
    write(screen, cell(screen, "def from_list"), WRONG)
    tests = cell(screen, "expect(observe(from_list")
    run(screen, tests)
    box = tests.locator("[role=group][aria-label='check failed']")
    box.wait_for()
    assert "is not what was asked for" in box.inner_text()
    assert "float32" in box.inner_text()
    assert box.locator("u").count() > 0, "the part that differs is underlined"
    tests.scroll_into_view_if_needed()
    screen.shot("box", of=tests, document=True)
    screen.shot("box-page")
    screen.theme("JupyterLab Dark")
    screen.shot("box-dark", of=tests, document=True)
    screen.theme("JupyterLab Light")
