"""Changes of source/ that would cost marks are refused before anything is deleted; all others pass."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from torchmarks.authoring import refresh
from torchmarks.course import Course
from torchmarks.course.changes import refuse_lossy_change
from torchmarks.errors import UsageError

from ..bulk.conftest import BASICS, make_small, settings
from ..damage import assignment as small

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course, generated, with a submission in its gradebook. For copying only."""
    root = tmp_path_factory.mktemp("changes") / "course"
    course = make_small(root)
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission(BASICS, "ada")
    return root


@pytest.fixture
def course(made: Path, tmp_path: Path) -> Course:
    """The small course for one test."""
    shutil.copytree(made, tmp_path / "course")
    return Course(tmp_path / "course", settings())


def _edit(name: str, change: Callable[[list[dict[str, Any]]], None]) -> Change:
    def edit(source: Path) -> None:
        path = source / f"{name}.ipynb"
        notebook = json.loads(path.read_text())
        change(notebook["cells"])
        path.write_text(json.dumps(notebook))

    return edit


def _mark(cells: list[dict[str, Any]], name: str, **meta: Any) -> None:
    cell = next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == name)
    cell["metadata"]["nbgrader"].update(meta)


def _without(grade_id: str) -> Callable[[list[dict[str, Any]]], None]:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[:] = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") != grade_id]

    return change


_EXTRA = small.code("assert double(0) == 0", "id-extra", grade_id="extra", grade=True, locked=True, points=1)
_READ_ONLY = small.code("import math", "id-read", grade_id="read-only", locked=True)
LOSSY: dict[str, tuple[Change, str]] = {
    "a test cell is gone": (_edit("more", _without("double-test")), "cell 'double-test' of more.ipynb was removed"),
    "an answer cell is gone": (_edit("more", _without("double")), "cell 'double' of more.ipynb was removed"),
    "an exercise is gone": (_edit("more", list[Any].clear), "'double' of more.ipynb was removed, cell 'double-test'"),
    "a test cell is renamed": (
        _edit("more", lambda cells: _mark(cells, "double-test", grade_id="double-hidden")),
        "cell 'double-test' of more.ipynb was removed, cell 'double-hidden' of more.ipynb was added",
    ),
    "a test cell is new": (_edit("more", lambda cells: cells.append(_EXTRA)), "cell 'extra' of more.ipynb was added"),
    "a read-only cell is new": (_edit("more", lambda cells: cells.append(_READ_ONLY)), "cell 'read-only' of more"),
    "a test is made an answer": (
        _edit("more", lambda cells: _mark(cells, "double-test", solution=True, locked=False)),
        "cell 'double-test' of more.ipynb was made into something else",
    ),
    "a notebook is gone": (lambda source: (source / "more.ipynb").unlink(), "more.ipynb was removed"),
    "a notebook is new": (
        lambda source: (source / "third.ipynb").write_bytes((source / "more.ipynb").read_bytes()) and None,
        "third.ipynb was added",
    ),
    "a notebook is torn": (lambda source: (source / "more.ipynb").write_text('{"cells'), "not a notebook that can be"),
}  # fmt: skip
HARMLESS: dict[str, Change] = {
    "nothing": lambda source: None,
    "other points": _edit("more", lambda cells: _mark(cells, "double-test", points=5)),
    "no points": _edit("more", lambda cells: _mark(cells, "double-test", points=0)),
    "another test": _edit("more", lambda cells: cells[1].update(source="assert double(5) == 10")),
    "another text": _edit("more", lambda cells: cells.append(small.code("1", "id-text"))),
    "another order": _edit("more", list[Any].reverse),
    "a data file": lambda source: (source / "new.csv").write_text("1") and None,
}


def _state(course: Course) -> dict[str, bytes]:
    release = course.root / "release"
    return {str(path): path.read_bytes() for path in sorted(release.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", LOSSY)
def test_a_change_that_would_cost_marks_is_refused_without_loss(course: Course, name: str) -> None:
    """With what changed, where, and the way that exists; release/ stands as it did."""
    change, said = LOSSY[name]
    change(course.root / "source" / BASICS)
    before = _state(course)

    with pytest.raises(UsageError, match=said) as refused:
        refuse_lossy_change(course.directory, BASICS)
    with pytest.raises(UsageError):
        refresh(course, BASICS)

    assert str(refused.value).startswith(str(course.root / "source" / BASICS))
    if "removed" in said:
        assert f"0 points and run `nbgrader generate_assignment {BASICS} --force`" in refused.value.remedy
    assert _state(course) == before


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_costs_no_marks_passes(course: Course, name: str) -> None:
    """Points, tests, text, order and data files may change while there are submissions."""
    HARMLESS[name](course.root / "source" / BASICS)

    refuse_lossy_change(course.directory, BASICS)


def test_before_anybody_has_handed_in_everything_may_change(course: Course) -> None:
    """Without a submission, without the assignment in the gradebook, without a gradebook: nothing is refused."""
    LOSSY["an exercise is gone"][0](course.root / "source" / BASICS)
    with Gradebook(course.db_url) as gradebook:
        gradebook.remove_submission(BASICS, "ada")

    refuse_lossy_change(course.directory, BASICS)
    refuse_lossy_change(course.directory, "another")
    (course.root / "gradebook.db").unlink()
    refuse_lossy_change(course.directory, BASICS)
    assert not (course.root / "gradebook.db").exists()


def test_only_the_notebook_that_is_generated_is_looked_at(course: Course) -> None:
    """With --notebook the others are not written, so nothing of them is lost."""
    LOSSY["a test cell is gone"][0](course.root / "source" / BASICS)
    directory = course.directory
    directory.notebook_id = "squares"

    refuse_lossy_change(directory, BASICS)
    directory.notebook_id = "more"
    with pytest.raises(UsageError, match="double-test"):
        refuse_lossy_change(directory, BASICS)


def test_submissions_without_any_cell_have_nothing_to_lose(course: Course) -> None:
    """A grading that failed before the assignment was generated left them."""
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_assignment("never")
        gradebook.add_submission("never", "ada")
    shutil.copytree(course.root / "source" / BASICS, course.root / "source" / "never")

    refuse_lossy_change(course.directory, "never")


def test_cells_of_a_header_are_the_assignments(course: Course) -> None:
    """A marked cell that a header brings was generated with every notebook, and is not taken for removed."""
    header = {"cells": [_READ_ONLY], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (course.root / "header.ipynb").write_text(json.dumps(header))
    extra = settings()
    extra.IncludeHeaderFooter.header = "header.ipynb"

    with pytest.raises(UsageError, match="cell 'read-only' of more"):
        refuse_lossy_change(Course(course.root, extra).directory, BASICS)
