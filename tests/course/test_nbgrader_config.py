"""The settings that students have, too: how long Validate, nbgrader's own, waits for a cell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from torchmarks.checks import reasons_file
from torchmarks.checks.exercises import part_of
from torchmarks.checks.patience import CALL_S
from torchmarks.course import Course, repository
from torchmarks.course.config_check import SETTINGS_FILE, settings

COURSE = Course(repository())


def _most_calls() -> int:
    """Of a visible test of the course."""
    cells = [cell for name in COURSE.assignments() for cell in COURSE.notebook("release", name)["cells"]]
    return max("".join(cell["source"]).count("observe") for cell in cells if part_of(cell["id"]) == "visible")


def test_validate_waits_until_every_call_of_a_test_was_stopped() -> None:
    """Each may take its ten seconds, and the notebook has to start."""
    assert settings().Execute.timeout >= _most_calls() * CALL_S + 30


@pytest.mark.slow
def test_validate_tells_of_an_endless_loop_what_the_notebook_tells(tmp_path: Path) -> None:
    """nbgrader's command, with the settings that a student's environment brings; its own limit is half a minute."""
    notebook = COURSE.notebook("release", "01-tensors")
    kept = ("setup", "sum_dtype", "sum_dtype-visible")  # three calls, thirty seconds
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kept]
    notebook["cells"][1]["source"] = "def sum_dtype(*dtypes):\n    while True:\n        pass\n"
    (tmp_path / "one.ipynb").write_text(json.dumps(notebook))
    # With its reasons a test makes all its calls, whatever the first of them does.
    shutil.copy(COURSE.path("release", "01-tensors") / reasons_file.NAME, tmp_path)
    (tmp_path / "settings").mkdir()
    shutil.copy(SETTINGS_FILE, tmp_path / "settings")
    here = {"JUPYTER_CONFIG_DIR": str(tmp_path / "settings"), "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", "one.ipynb"],
        cwd=tmp_path,
        env=os.environ | here,
        capture_output=True,
        text=True,
        timeout=200,
    )

    assert "ran longer than 10 s" in done.stdout + done.stderr
    assert "Timeout" not in done.stdout + done.stderr
