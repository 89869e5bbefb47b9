"""Puts what was taken into the course's folder of submissions, whole: a sudden end leaves the old or the new.

A submission is written to a folder beside, with a note of what it is; then the old one is moved away and it is moved
in. The next run finishes what a killed one has left there. The caller must hold the submission's lock.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course.exchange import name_as_released
from torchmarks.course.placing import move_in, with_time, write_folder

_STAGING: Final = ".torchmarks"
_WRITING, _NEW, _OLD, _WHAT = "writing", "new", "old", "arrival.json"


@dataclass(frozen=True, slots=True)
class Placed:
    """A submission that a killed run had written, and that is in its place now."""

    student: str
    name: str
    arrived_at: datetime


class SubmittedFolder:
    """The folder of submissions of an assignment."""

    def __init__(self, config: Config, assignment: str) -> None:
        self._config = Config(config)
        self._config.CourseDirectory.assignment_id = assignment
        self._directory = CourseDirectory(config=self._config)
        self._assignment = assignment
        usual = str(self._directory.directory_structure).startswith(os.path.join("{nbgrader_step}", "{student_id}"))
        root = self.place("-").parent.parent if usual else Path(self._directory.root) / self._step
        # Its name is not the assignment's: a search for submissions must not find it.
        self._staging = root / _STAGING / f"{assignment}-arriving"

    @property
    def _step(self) -> str:
        return str(self._directory.submitted_directory)

    def place(self, student: str) -> Path:
        """Where a student's submission belongs."""
        return Path(self._directory.format_path(self._step, student, self._assignment))

    def put(self, student: str, name: str, files: Mapping[str, bytes], arrived_at: datetime) -> list[str]:
        """Put a submission into its place. name: of the arrival. Returns what a person should read. Raises OSError."""
        staged = self._staging / student
        shutil.rmtree(staged, ignore_errors=True)
        made = staged / _WRITING
        write_folder(made, with_time(files, arrived_at), self._directory)
        given = name_as_released(self._directory, self._config, student, made)
        what = {"student": student, "name": name, "arrived_at": arrived_at.isoformat()}
        (staged / _WHAT).write_text(json.dumps(what), encoding="utf-8")
        made.rename(staged / _NEW)  # from here on it is complete
        self._move_in(student, staged)
        return [f"{own} is stored as {released}, too." for own, released in given.items()]

    def recover(self) -> Iterator[Placed]:
        """Finish what a killed run has left: what is complete goes into its place, the rest is removed."""
        for staged in sorted(self._staging.glob("*")) if self._staging.is_dir() else []:
            what = _what(staged)
            if what is not None and (staged / _NEW).is_dir():
                self._move_in(what.student, staged)
                yield what
            elif what is not None and not (staged / _WRITING).exists() and self.place(what.student).is_dir():
                yield what  # the end came between the move and the clearing
            shutil.rmtree(staged, ignore_errors=True)
        for folder in (self._staging, self._staging.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _move_in(self, student: str, staged: Path) -> None:
        move_in(staged / _NEW, self.place(student), staged / _OLD)
        shutil.rmtree(staged, ignore_errors=True)


def _what(staged: Path) -> Placed | None:
    try:
        found: dict[str, Any] = json.loads((staged / _WHAT).read_text(encoding="utf-8"))
        return Placed(found["student"], found["name"], datetime.fromisoformat(found["arrived_at"]))
    except (OSError, ValueError, KeyError):
        return None
