"""The syllabus: generated from the notebooks, current, complete."""

import json
from pathlib import Path

import pytest

from torchmarks.authoring.syllabus_page import read_unit, syllabus
from torchmarks.course import Course, repository
from torchmarks.errors import AuthorError

ROOT = repository()


def test_the_syllabus_is_current() -> None:
    """docs/syllabus.md is what the notebooks say today."""
    assert (ROOT / "docs" / "syllabus.md").read_text() == syllabus(Course(ROOT)), "run: torchmarks syllabus"


def test_eleven_assignments_of_nine_exercises() -> None:
    """99 exercises, 36 to 42 points and about an hour to two each."""
    course = Course(ROOT)
    units = [read_unit(ROOT / "source" / name / f"{name}.ipynb") for name in course.assignments()]

    assert [len(unit.exercises) for unit in units] == [9] * 11
    assert all(36 <= sum(e.points for e in unit.exercises) <= 42 for unit in units)
    assert all(55 <= unit.working <= 110 for unit in units)
    assert all(10 <= unit.reading <= 30 for unit in units)


def test_a_title_that_cannot_be_read_is_the_authors_error(tmp_path: Path) -> None:
    """It says which, and how it should look."""
    about = {"torchmarks": {"outcome": "x", "carries": ["y"]}}
    cells = [{"id": "introduction", "source": "# T"}, {"id": "f-statement", "source": "### f"}]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"metadata": about, "cells": cells}))

    with pytest.raises(AuthorError, match="cannot read the title"):
        read_unit(path)


def test_reading_is_counted_by_words_and_worked_cells(tmp_path: Path) -> None:
    """100 words or half a worked cell a minute, to the nearest five; statements have minutes of their own."""
    title = "### 1 · `f` — what　　★☆☆☆☆ · 4 min · 4 points"
    cells = [
        {"id": "introduction", "cell_type": "markdown", "source": "# T " + "word " * 550},
        {"id": "part-1-example", "cell_type": "code", "source": "1"},
        {"id": "f-statement", "cell_type": "markdown", "source": f"{title}\n\n" + "word " * 900},
        {"id": "f", "cell_type": "code", "source": "2"},
    ]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"metadata": {"torchmarks": {"outcome": "x", "carries": ["y"]}}, "cells": cells}))

    unit = read_unit(path)
    assert (unit.working, unit.reading) == (4, 10)  # 5.52 minutes of text and 2 of a worked cell


def test_solutions_and_known_mistakes_are_counted() -> None:
    """A docstring is not part of a solution's size; each misconception counts once, whatever its answers."""
    course = Course(ROOT)
    row = next(line for line in syllabus(course, ["01-tensors"]).splitlines() if "`make_rank`" in line)
    catalogue = (ROOT / "source" / "01-tensors.py").read_text()

    assert row.split(" | ")[-2:] == ["16", f"{catalogue.count('# %% make_rank | misconception |')} |"]
