"""The small course of tests/bulk for each test, and a class's downloads, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..bulk.conftest import course as course
from ..bulk.conftest import empty_course as empty_course
from ..bulk.conftest import engines_kept as engines_kept
from ..bulk.conftest import in_process as in_process
from .classroom import a_class, written


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """canvas.zip, canvas.csv, moodle.zip, flat.zip, moodle.csv and deutsch.csv of the class. For reading only."""
    return written(tmp_path_factory.mktemp("downloads"), a_class())
