"""Mistakes made on purpose in every notebook, in a student's JupyterLab: the boxes, and their lines in a new cell.

The pictures of boxes in docs/images/ are taken here (`make pictures`): light, dark, narrow.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from torchmarks.catalogue import Answer
from torchmarks.course import Course, repository

from .conftest import Person, Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = repository()
NARROW = 470  # of which JupyterLab's own bars leave 400 to a notebook
# Of each notebook: exercise and label of the answer, the picture, its theme; "narrow" in a window of that width.
PICTURES: dict[str, list[tuple[str, str, str, str]]] = {
    "01-tensors": [
        ("make_rank", "expand", "box-memory", "light"),
        ("describe", "str", "box-narrow-type", "narrow"),
        ("div_modes", "div_", "box-dark-error", "dark"),
    ],
    "02-indexing-and-shape": [
        ("stack_frames", "cat and squeeze", "box-shape", "light"),
        ("windows", "goes by the sizes", "box-dark-values", "dark"),
        ("masked_mean", "index", "box-narrow-values", "narrow"),
    ],
    "03-broadcasting-and-reductions": [],
    "04-memory-and-numpy": [],
    "05-gradients": [
        ("vjp", "v times the gradient", "box-gradient", "light"),
        ("mid_grad", "no retain_grad", "box-dark-gradient", "dark"),
    ],
    "06-autograd-in-depth": [("safe_sqrt", "nan_to_num", "box-nan", "light")],
    "07-devices": [("padding_mask", "arange", "box-dark-device", "dark")],
    "08-training": [
        ("fit", "never cleared", "box-training", "light"),
        ("LinearStack", "after the last too", "box-narrow-scenario", "narrow"),
    ],
    "09-data-in": [],
    "10-pick-and-contract": [],
    "11-lean-and-saved": [],
}
_WRITE = """([name, source]) => {
    const cells = jupyterapp.shell.currentWidget.content.widgets;
    cells.find(cell => cell.model.sharedModel.id === name).model.sharedModel.setSource(source);
}"""
_RUN = """async name => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.sharedModel.id === name);
    await jupyterapp.commands.execute('notebook:run-cell');
}"""
_PASTE = """async ([name, source]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.sharedModel.id === name);
    await jupyterapp.commands.execute('notebook:insert-cell-below');
    notebook.activeCell.model.sharedModel.setSource(source);
    await jupyterapp.commands.execute('notebook:run-cell');
    return notebook.activeCell.outputArea.node.innerText;
}"""
_NODE = """name => jupyterapp.shell.currentWidget.content.widgets
    .find(cell => cell.model.sharedModel.id === name).node.setAttribute('data-cell', name)"""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Person]:
    """Somebody with an empty home."""
    person = Person("reader", tmp_path, None)
    yield person
    person.close_lab()


def _answers(assignment: str) -> list[Answer]:
    """A wrong answer of each exercise: the one of a picture, else the first that is labelled with a misconception."""
    pictured = {(exercise, label) for exercise, label, _, _ in PICTURES[assignment]}
    chosen: dict[str, Answer] = {}
    for answer in Course(ROOT).catalogue(assignment).answers:
        is_new = answer.exercise not in chosen or (answer.exercise, answer.label) in pictured
        if is_new and answer.mistake and answer.imitated and not answer.is_right:
            chosen[answer.exercise] = answer
    return list(chosen.values())


@pytest.mark.parametrize("assignment", PICTURES)
def test_a_box_and_its_lines(assignment: str, reader: Person, screen: Screen) -> None:
    """Each wrong answer gets a box without a frame of ours, and its lines, in a new cell below, stop at no name."""
    shutil.copytree(ROOT / "release" / assignment, reader.home / assignment)
    page = screen.page
    page.goto(f"{reader.open_lab()}/lab/tree/{assignment}/{assignment}.ipynb?reset")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    cells = json.loads((reader.home / assignment / f"{assignment}.ipynb").read_text())["cells"]
    answers = {answer.exercise: answer for answer in _answers(assignment)}
    read: dict[str, dict[str, str]] = {}
    for name, answer in answers.items():
        page.evaluate(_WRITE, [name, answer.source])
    for cell in cells:
        if cell["cell_type"] == "code":
            page.evaluate(_RUN, cell["id"])
            exercise = cell["id"].removesuffix("-visible")
            if exercise != cell["id"]:
                read[exercise] = _read(screen, cell["id"])
    (reader.home / "read.json").write_text(json.dumps(read, ensure_ascii=False, indent=1))
    for exercise, _, picture, look in PICTURES[assignment]:
        _picture(screen, f"{exercise}-visible", picture, look)

    failed = {name: said for name, said in read.items() if said["box"]}
    assert len(failed) > len(read) / 2
    assert [name for name, said in failed.items() if "torchmarks/" in said["all"]] == []
    assert [
        name for name, said in failed.items() if "NameError" in said["pasted"] or "SyntaxError" in said["pasted"]
    ] == []


def _read(screen: Screen, name: str) -> dict[str, str]:
    """What stands below a test, and what the lines of its box give in a cell below."""
    screen.page.evaluate(_NODE, name)
    output = screen.page.locator(f"[data-cell='{name}'] .jp-OutputArea")
    box = output.locator("[role=group][aria-label='check failed']")
    said = {"all": output.inner_text() if output.count() else "", "box": "", "lines": "", "pasted": ""}
    if box.count():
        said["box"] = box.first.inner_text()
        lines = box.first.locator("pre")
        if lines.count():
            said["lines"] = lines.first.inner_text()
            said["pasted"] = screen.page.evaluate(_PASTE, [name, said["lines"]])
    return said


def _picture(screen: Screen, name: str, picture: str, look: str) -> None:
    """A box as it looks: "light", "dark" or "narrow"."""
    page: Any = screen.page
    if look == "narrow":
        page.evaluate("jupyterapp.shell.collapseLeft()")
        page.set_viewport_size({"width": NARROW, "height": 860})
    screen.theme("JupyterLab Dark" if look == "dark" else "JupyterLab Light")
    box = page.locator(f"[data-cell='{name}'] [role=group][aria-label='check failed']").first
    box.scroll_into_view_if_needed()
    screen.shot(picture, of=box, document=True)
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1"), "nothing is cut off at the right"
    page.set_viewport_size({"width": 1280, "height": 860})
