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


def test_nine_assignments_of_nine_exercises() -> None:
    """81 exercises, 36 to 41 points and about an hour to two each."""
    course = Course(ROOT)
    units = [read_unit(ROOT / "source" / name / f"{name}.ipynb") for name in course.assignments()]

    assert [len(unit.exercises) for unit in units] == [9] * 9
    assert all(36 <= sum(e.points for e in unit.exercises) <= 41 for unit in units)
    assert all(55 <= sum(e.minutes for e in unit.exercises) <= 110 for unit in units)


def test_a_title_that_cannot_be_read_is_the_authors_error(tmp_path: Path) -> None:
    """It says which, and how it should look."""
    about = {"torchmarks": {"outcome": "x", "carries": ["y"]}}
    cells = [{"id": "introduction", "source": "# T"}, {"id": "f-statement", "source": "### f"}]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"metadata": about, "cells": cells}))

    with pytest.raises(AuthorError, match="cannot read the title"):
        read_unit(path)
