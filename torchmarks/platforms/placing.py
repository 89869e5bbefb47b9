"""Puts a submission into submitted/, whole or not at all, and reads what is there.

A folder is written beside its place under a name that nobody looks for, then moved by a rename. What a killed run left
there is cleared by the next one, which finds the place as it was or empty, and fills it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from torchmarks.course.collected import time_of
from torchmarks.course.locks import Locks
from torchmarks.course.placing import move_in, timestamp_line, with_time, write_folder
from torchmarks.errors import UsageError
from torchmarks.grading.listing import listed
from torchmarks.grading.timestamp import LONGEST_BYTES, NAME
from torchmarks.whole_files import write_whole


@dataclass(frozen=True, slots=True)
class SubmissionPlace:
    """The folder in submitted/ of one student's work on one assignment, in nbgrader's own layout."""

    folder: Path
    directory: CourseDirectory

    @classmethod
    def of(cls, directory: CourseDirectory, student: str, assignment: str) -> SubmissionPlace:
        """By the course's own names of folders."""
        path = directory.format_path(directory.submitted_directory, student, assignment)
        return cls(Path(path), directory)

    def files(self) -> dict[str, bytes]:
        """What is there, but for the time; nothing where there is no folder. Raises UsageError if it cannot be read."""
        found = {}
        for path in listed(self.folder).files:
            name = path.relative_to(self.folder).as_posix()
            if name != NAME:
                try:
                    found[name] = path.read_bytes()
                except OSError as error:
                    remedy = "Let this account read it, or remove it."
                    raise UsageError(f"cannot be read ({error.strerror})", str(path), remedy) from error
        return found

    def stamp(self) -> datetime | None:
        """The time that is noted there, UTC; None where none can be read."""
        try:
            with (self.folder / NAME).open("rb") as file:
                found = time_of(file.read(LONGEST_BYTES + 1))
        except (OSError, ValueError):
            return None
        return None if found is None else found.replace(tzinfo=UTC)

    def put(self, files: Mapping[str, bytes], stamp: datetime | None) -> None:
        """Replace what is there. Raises UsageError where nothing can be written, and then changes nothing."""
        made, gone = self._beside("new"), self._beside("old")
        try:
            for path in (made, gone):
                shutil.rmtree(path, ignore_errors=True)
            write_folder(made, files if stamp is None else with_time(files, stamp), self.directory)
            move_in(made, self.folder, gone)
            shutil.rmtree(gone, ignore_errors=True)
        except OSError as error:
            shutil.rmtree(made, ignore_errors=True)
            what = f"cannot be written ({error.strerror})"
            raise UsageError(
                what, str(self.folder), "Free some space or make it writable, and run the same command again."
            ) from error

    def put_stamp(self, stamp: datetime) -> None:
        """Write the time alone."""
        write_whole(self.folder / NAME, timestamp_line(stamp).encode())

    def _beside(self, what: str) -> Path:
        return self.folder.with_name(f".{self.folder.name}.collected-{what}")


@contextmanager
def alone(locks: Locks) -> Iterator[None]:
    """Keep a second collecting of the same course out. Raises UsageError while one is running."""
    hold = locks.attempt_collect()
    if hold is None:
        raise UsageError("is already running in this course", "torchmarks collect", "Wait until it has ended.")
    try:
        yield
    finally:
        hold.release()
