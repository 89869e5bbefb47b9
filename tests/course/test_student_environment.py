"""The environment that students of a shared machine have in common: what is refused, and one that an ordinary user
works in.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.course import repository
from torchmarks.course.student_environment import student_environment
from torchmarks.errors import UsageError

STUDENT = ["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "--", "env", "-i", "PATH=/usr/bin:/bin"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="torchmarks-test-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_folder_with_other_things_is_left_alone(open_folder: Path) -> None:
    """Nothing is ever overwritten."""
    (open_folder / "mine.txt").write_text("keep")

    with pytest.raises(UsageError, match="is not empty"):
        student_environment(repository(), open_folder)
    assert [path.name for path in open_folder.iterdir()] == ["mine.txt"]


def test_a_place_that_students_cannot_enter_is_refused(open_folder: Path) -> None:
    """Before anything is made, with the folder that is closed."""
    (open_folder / "home").mkdir(mode=0o700)

    with pytest.raises(UsageError, match="home is closed to them"):
        student_environment(repository(), open_folder / "home" / "course")
    assert not (open_folder / "home" / "course").exists()


def test_a_python_that_students_cannot_start_is_refused(open_folder: Path) -> None:
    """Such as one below somebody's home."""
    (open_folder / "home").mkdir(mode=0o700)
    (open_folder / "home" / "python3").symlink_to(sys.executable)
    shutil.copy("/bin/sh", open_folder / "home" / "python")

    with pytest.raises(UsageError, match="that everybody can start"):
        student_environment(repository(), open_folder / "course", str(open_folder / "home" / "python"))
    assert not (open_folder / "course").exists()


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(os.getuid() != 0, reason="to become another user takes root")
def test_an_ordinary_user_works_in_it(open_folder: Path) -> None:
    """Reads all of it and writes none; checks and validates a notebook in a home of their own; no formgrader."""
    made, home = open_folder / "course", open_folder / "home"
    umask = os.umask(0o077)
    try:
        student_environment(repository(), made)
    finally:
        os.umask(umask)
    shutil.copytree(repository() / "release" / "01-tensors", home)
    for path in (home, *home.iterdir()):
        os.chown(path, 1234, 1234)

    def student(*command: str | Path) -> subprocess.CompletedProcess[str]:
        program = [*STUDENT, f"HOME={home}", str(made / "bin" / command[0]), *map(str, command[1:])]
        return subprocess.run(program, cwd=home, capture_output=True, text=True, timeout=300)

    checked = student("python", "-m", "torchmarks", "check", "--json", "01-tensors.ipynb")
    assert checked.returncode == 1, checked.stderr
    assert json.loads(checked.stdout)["most"] > 0
    validated = student("nbgrader", "validate", "01-tensors.ipynb")
    assert "still raises NotImplementedError" in validated.stdout + validated.stderr
    listed = student("jupyter", "server", "extension", "list")
    said = " ".join(re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr).split())
    assert "nbgrader.server_extensions.formgrader disabled" in said
    assert "nbgrader.server_extensions.assignment_list enabled" in said
    program = f"import matplotlib.pyplot, os; print(os.access({str(made)!r}, os.W_OK))"
    assert student("python", "-c", program).stdout.strip() == "False"
    closed = subprocess.run([*STUDENT, "find", made, "!", "-readable"], capture_output=True, text=True, timeout=100)
    assert closed.stdout == ""
