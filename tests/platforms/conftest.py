"""The small course of tests/bulk for each test, and a class's downloads, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..bulk.conftest import course as course
from ..bulk.conftest import empty_course as empty_course
from ..bulk.conftest import engines_kept as engines_kept
from ..bulk.conftest import in_process as in_process
from .classroom import GERMAN, a_class, canvas_csv, canvas_zip, moodle_csv, moodle_zip


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """canvas.zip, canvas.csv, moodle.zip, flat.zip, moodle.csv and deutsch.csv of the class. For reading only."""
    folder, pupils = tmp_path_factory.mktemp("downloads"), a_class()
    canvas_zip(folder / "canvas.zip", pupils)
    canvas_csv(folder / "canvas.csv", pupils)
    moodle_zip(folder / "moodle.zip", pupils)
    moodle_zip(folder / "flat.zip", pupils, flat=True)
    moodle_csv(folder / "moodle.csv", pupils)
    moodle_csv(folder / "deutsch.csv", pupils, GERMAN, most="100,00", mark="\ufeff")
    return folder
