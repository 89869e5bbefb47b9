"""Lays out a new course from the one that came with this package, in a checkout or in the graders' wheel.

    torchmarks new-course DIR [ASSIGNMENT…]

The wheel installs the course below the environment's share/, outside of the package: a sandbox sees the folder of the
package, and must not see a hidden test. Copies files; generates and grades nothing.
"""

from __future__ import annotations

import importlib.metadata
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from torchmarks.course.config_check import CONFIG
from torchmarks.course.folder import Course, repository
from torchmarks.errors import UsageError
from torchmarks.isolation.client.visible import package_parent

_PACKED = f"share/torchmarks/course/{CONFIG}"  # as pyproject.toml names it
_LICENSE = "LICENSE-notebooks"
# What belongs to one class, and to nobody else.
IGNORED: Final = "/submitted/\n/autograded/\n/feedback/\n/gradebook.db*\n.ipynb_checkpoints/\n"
_README: Final = """\
# A course for nbgrader

`source/` holds the notebooks with solutions and hidden tests, each with its catalogue of mistakes; `release/` the
student versions; `nbgrader_config.py` the settings, with the exchange and the course's name. Students get `release/`
alone. With the environment that `torchmarks` is installed in, here:

    torchmarks doctor                                what this machine lacks, and how to fix it
    nbgrader generate_assignment {name} && nbgrader release_assignment {name}
    nbgrader collect {name} && torchmarks grade {name}
    torchmarks feedback {name} && nbgrader release_feedback {name} && torchmarks export csv
"""


def readme(assignment: str) -> str:
    """The page of a new course, whose commands are for an assignment."""
    return _README.format(name=shlex.quote(assignment))


def origin() -> Path:
    """The course that this package came with, only to be read. Raises UsageError for an installation without one."""
    try:
        return repository()
    except UsageError:
        packed = _packed()
        if packed is None:
            raise
        return packed


@contextmanager
def project(course: Course | None = None) -> Iterator[Path]:
    """The folder that students' wheel and bundle are made of: the checkout, or links to what the wheel brought.

    course: without a checkout, the folder of the student versions; or nothing for those that the wheel brought.
    """
    root = origin()
    if (root / "torchmarks").is_dir():
        yield root
        return
    with tempfile.TemporaryDirectory(prefix="torchmarks-") as folder:
        linked = {path.name: path for path in root.iterdir()}
        linked["torchmarks"] = package_parent() / "torchmarks"
        if course is not None:
            linked["release"] = course.path("release", "-").parent
        for name, path in linked.items():
            Path(folder, name).symlink_to(path)
        yield Path(folder)


def _packed() -> Path | None:
    try:
        files = importlib.metadata.files("torchmarks") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = next((Path(str(file.locate())).resolve() for file in files if file.as_posix().endswith(_PACKED)), None)
    return found.parent if found is not None and found.is_file() else None


def new_course(into: Path, assignments: Sequence[str] = ()) -> Course:
    """Lay out a course. into: its folder, new or empty; assignments: their names, or nothing for all.

    Its settings are the plain ones, whatever the origin's say: two classes would share an exchange and its inbox.
    Raises UsageError for a folder that holds something, and for an unknown assignment, with those that there are.
    """
    given = Course(origin())
    chosen = [given.require(name) for name in dict.fromkeys(assignments)] or given.assignments()
    made = Course.scratch(into, given.root, chosen, plain=True)
    for name in chosen:
        shutil.copytree(given.path("release", name), made.path("release", name))
    shutil.copy(given.root / _LICENSE, made.root / _LICENSE)
    (made.root / ".gitignore").write_text(IGNORED, encoding="utf-8")
    (made.root / "README.md").write_text(readme(chosen[0]), encoding="utf-8")
    return made
