"""Every notebook in a student's JupyterLab, with the reference solutions: it runs from top to bottom, light and dark.

The screenshots are for people to look at: what reads well cannot be asserted.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from torchmarks.authoring import exercises_of
from torchmarks.course import repository

from .conftest import PATIENCE_MS, Person, Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
PART = 2400  # pixels of a screenshot: more cannot be read on one picture


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Person]:
    """Somebody with an empty home."""
    person = Person("reader", tmp_path, None)
    yield person
    person.close_lab()


def _solved(home: Path, assignment: str) -> Path:
    """The student version in a home folder, the reference solutions written in."""
    shutil.copytree(ROOT / "release" / assignment, home / assignment)
    path = home / assignment / f"{assignment}.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    source = json.loads((ROOT / "source" / assignment / path.name).read_text(encoding="utf-8"))
    references = {exercise.name: exercise.reference for exercise in exercises_of(source, notebook)}
    for cell in notebook["cells"]:
        name = (cell["metadata"].get("nbgrader") or {}).get("grade_id", "")
        cell["source"] = references.get(name, cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def _parts(screen: Screen, name: str) -> None:
    """The whole notebook, in screenshots one below the other."""
    page = screen.page
    scroller = page.locator(".jp-WindowedPanel-outer").first
    height = scroller.evaluate("panel => panel.scrollHeight")
    for top in range(0, height, PART):
        scroller.evaluate("(panel, top) => panel.scrollTo(0, top)", top)
        page.wait_for_timeout(300)
        screen.shot(name, of=scroller)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_cell_runs(assignment: str, reader: Person, screen: Screen) -> None:
    """No cell ends with an error, and each visible test says that its calls are as expected."""
    path = _solved(reader.home, assignment)
    page = screen.page
    page.set_viewport_size({"width": 1280, "height": PART + 100})
    page.goto(f"{reader.open_lab()}/lab/tree/{assignment}/{assignment}.ipynb?reset")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()

    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    last = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE_MS)
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    for theme in ("Light", "Dark"):
        screen.theme(f"JupyterLab {theme}")
        _parts(screen, theme.lower())

    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code" and cell["source"]]
    assert [cell["id"] for cell in cells if cell["execution_count"] is None] == []
    outputs = {cell["id"]: cell["outputs"] for cell in cells}
    assert [name for name, seen in outputs.items() if any(out["output_type"] == "error" for out in seen)] == []
    assert [name for name, seen in outputs.items() if name.endswith("-visible") and "✓" not in json.dumps(
        seen, ensure_ascii=False)] == []  # fmt: skip
