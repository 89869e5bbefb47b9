"""The reference solutions for students: when they may be shown, and what is shown.

    c.Solutions.in_feedback = True     # nbgrader_config.py; off by default

Not before the longest extension has run out, and not while late work earns points: somebody could hand in what they
have read. Never where it is not known when that is. Reads source/ and the gradebook; writes nothing. Must not be called
on a worker, which has neither, or beside students' code.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool, Float
from traitlets.config import Config, Configurable

from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.exercises import exercise_of
from torchmarks.course.bundles import source_folder
from torchmarks.course.deadlines import deadlines_of
from torchmarks.errors import UsageError
from torchmarks.grading.roles import role_of

ByNotebook = Mapping[str, Mapping[str, str]]  # the source of a solution by exercise, by notebook
_MARKER: Final = re.compile(r"^\s*#+\s*(BEGIN|END) SOLUTION.*\n?", re.MULTILINE)
_SCHEME: Final = re.compile(r"^[^\n]*BEGIN MARK SCHEME.*?END MARK SCHEME[^\n]*\n?", re.MULTILINE | re.DOTALL)
_HIDDEN: Final = re.compile(r"^\s*#+\s*BEGIN HIDDEN TESTS", re.MULTILINE)
_PICTURE: Final = re.compile(r"(!\[[^\]]*\]\()([\w.-]+)\)")


class Solutions(Configurable):
    """The settings of a course for its reference solutions."""

    in_feedback = Bool(
        False, help="Show the reference solution of an exercise that was not solved, once work no longer counts."
    ).tag(config=True)
    late_days = Float(
        None,
        allow_none=True,
        help="Days after the due date, or the end of an extension, for which late work still counts. Not needed where "
        'c.LateSubmissionPlugin.penalty_method is "zero".',
    ).tag(config=True)


@dataclass(frozen=True, slots=True)
class Closing:
    """When work on an assignment no longer counts. until: None where that is not known, and then `unknown` says why."""

    until: datetime | None
    unknown: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether that time has come."""
        return self.until is not None and now > self.until


def closing(config: Config, assignment: str, directory: CourseDirectory | None = None) -> Closing:
    """When the last work on an assignment counts, by the gradebook and the course's configuration."""
    directory = directory or CourseDirectory(config=config)
    deadlines = deadlines_of(directory, assignment)
    if deadlines is None:
        return Closing(None, "the gradebook does not have it")
    until = deadlines.last
    if until is None:
        return Closing(None, "it has no due date")
    late = _late_days(config)
    if late is None:
        return Closing(None, "late work earns points, and c.Solutions.late_days does not say for how long")
    return Closing(until + timedelta(days=late))


def _late_days(config: Config) -> float | None:
    """For how many days late work counts; None where the course does not say."""
    days = Solutions(config=config).late_days
    if days is not None:
        return max(float(days), 0.0)
    nothing_off = config.get("LateSubmissionPlugin", {}).get("penalty_method", "none") != "zero"
    own_rule = "plugin_class" in config.get("AssignLatePenalties", {})
    return None if nothing_off or own_rule else 0.0


def for_feedback(
    config: Config, assignment: str, directory: CourseDirectory | None = None, now: datetime | None = None
) -> ByNotebook:
    """The solutions that feedback shows: none while work still counts, none where the course does not want them.

    now: default, the time.
    """
    if not Solutions(config=config).in_feedback:
        return {}
    directory = directory or CourseDirectory(config=config)
    if not closing(config, assignment, directory).is_over(now or datetime.now(UTC)):
        return {}
    return {path.stem: solutions_in(path) for path in _notebooks(directory, assignment)}


def solutions_in(path: Path) -> dict[str, str]:
    """The source of each solution cell of an instructor's notebook, by exercise, without nbgrader's marks."""
    return dict(_solutions(str(path), path.stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _solutions(path: str, stamp: int) -> tuple[tuple[str, str], ...]:
    found: dict[str, list[str]] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        meta = marks_of(cell)
        if meta.get("solution"):
            found.setdefault(exercise_of(str(meta["grade_id"])), []).append(_without_marks(cell.source))
    return tuple((name, "\n\n".join(sources)) for name, sources in found.items())


def _without_marks(source: str) -> str:
    return _MARKER.sub("", _SCHEME.sub("", source)).rstrip()


def _notebooks(directory: CourseDirectory, assignment: str) -> list[Path]:
    return sorted(source_folder(directory, assignment).glob("*.ipynb"))


# ---- a notebook to hand out


def solutions_notebook(config: Config, assignment: str, *, force: bool = False) -> NotebookNode:
    """A notebook with the statements, the reference solutions and the visible tests of an assignment.

    force: also while work still counts. Raises UsageError then, and for an assignment that is not in source/.
    """
    directory = CourseDirectory(config=config)
    paths = _notebooks(directory, assignment)
    if not paths:
        where = str(source_folder(directory, assignment))
        raise UsageError(f"there is no notebook of {assignment!r}", where, "Check the name.")
    if not force:
        _require_over(closing(config, assignment, directory), assignment)
    cells, metadata = [], {}
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        cells += [made for cell in notebook.cells if (made := _handed_out(cell, path.parent)) is not None]
        metadata = {
            name: notebook.metadata[name] for name in ("kernelspec", "language_info") if name in notebook.metadata
        }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _require_over(found: Closing, assignment: str) -> None:
    if found.until is None:
        what = f"it is not known when work stops counting: {found.unknown}"
        raise UsageError(what, assignment, "Set that, or give --force.")
    if not found.is_over(datetime.now(UTC)):
        what = f"work still counts until {found.until:%Y-%m-%d %H:%M} UTC, extensions and late work included"
        raise UsageError(what, assignment, "Wait until then, or give --force.")


def _handed_out(cell: NotebookNode, folder: Path) -> NotebookNode | None:
    """A cell as students may have it; None for a hidden test. Without nbgrader's metadata: nobody hands it in."""
    if role_of(cell) == "test" and _HIDDEN.search(cell.source):
        return None
    if cell.cell_type != "markdown":
        return nbformat.v4.new_code_cell(_without_marks(cell.source))
    made = nbformat.v4.new_markdown_cell(_without_marks(cell.source))
    pictures = {name: folder / name for _, name in _PICTURE.findall(cell.source) if (folder / name).is_file()}
    if pictures:  # they are copied, for the file is used by itself
        made.source = _PICTURE.sub(
            lambda hit: f"{hit[1]}attachment:{hit[2]})" if hit[2] in pictures else hit[0], made.source
        )
        made.attachments = {name: _attached(path) for name, path in pictures.items()}
    return made


def _attached(path: Path) -> dict[str, Any]:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {kind: base64.b64encode(path.read_bytes()).decode()}
