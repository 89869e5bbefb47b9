"""Generates the student versions in release/ from source/ with nbgrader, and checks that committed ones are current."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torchmarks.authoring import visible_reasons
from torchmarks.checks.reasons_file import NAME
from torchmarks.course import Course
from torchmarks.course.changes import refuse_lossy_change
from torchmarks.course.generating import remove_others
from torchmarks.whole_files import write_whole

_SKIPPED = {".ipynb_checkpoints", "__pycache__"}  # left there by JupyterLab and Python


def generated(course: Course, assignment: str, folder: Path) -> dict[str, bytes]:
    """The files of an assignment's student version, by relative path, generated in a scratch course below `folder`."""
    scratch = Course.scratch(folder / assignment, course.root, [assignment])
    scratch.generate(assignment)
    made = scratch.path("release", assignment)
    files = {path.relative_to(made).as_posix(): path for path in sorted(made.rglob("*")) if path.is_file()}
    return {name: _canonical(path) for name, path in files.items() if not _SKIPPED & set(path.parts)}


def _canonical(path: Path) -> bytes:
    """A file as it is committed: notebooks with sorted keys, so that a diff shows what has changed and nothing else."""
    if path.suffix != ".ipynb":
        return path.read_bytes()
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def outdated(course: Course, assignment: str) -> list[str]:
    """Files of release/ that are not what source/ gives today, sorted; missing and surplus ones too.

    The sealed reasons among them where the catalogue or the notebook has changed since they were made.
    """
    with tempfile.TemporaryDirectory(prefix="torchmarks-release-") as folder:
        wanted = generated(course, assignment, Path(folder))
    place = course.path("release", assignment)
    there = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    there = {name: content for name, content in there.items() if not _SKIPPED & set(Path(name).parts)}
    old = {name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)}
    return sorted(old if visible_reasons.is_current(course, assignment) else {*old, NAME})


def refresh(course: Course, assignment: str, say: Callable[[str], None] = lambda text: None) -> None:
    """Write release/ anew from source/, which is never without its notebooks.

    say: called with each step. Raises UsageError for a change that would cost marks: see `course.changes`.
    """
    refuse_lossy_change(course.directory, assignment)
    if not visible_reasons.is_current(course, assignment):
        say(f"{assignment}: what the catalogue's answers do with the visible tests")
    visible_reasons.write(course, assignment)
    say(f"{assignment}: writing the student version")
    with tempfile.TemporaryDirectory(prefix="torchmarks-release-") as folder:
        files = generated(course, assignment, Path(folder))
    place = course.path("release", assignment)
    for name, content in files.items():
        write_whole(_way_to(place, Path(name)), content)
    remove_others(place, {Path(name) for name in files})


def _way_to(place: Path, name: Path) -> Path:
    """Where a file of release/ belongs, in a folder that is there: a file that is a folder now goes first, and the
    other way round.
    """
    target = place / name
    for path in (place / above for above in [*name.parents][-2::-1]):
        if path.is_symlink() or path.is_file():
            path.unlink()
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
