"""The folders of a class: what was collected, and where graded copies are put so that none is ever seen half written.

A graded submission is first staged under autograded/.torchmarks/, then noted in the gradebook, then moved into its
place by a rename. A run that ends in between leaves the folder staged, and the next run moves it or throws it away.
"""

from __future__ import annotations

import datetime
import fcntl
import os
import shutil
import time
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.checks.language import speaking
from torchmarks.course.bundles import language_of, limits_of
from torchmarks.course.collected import excluded, known_students, mend_timestamp, settle, student_folders, time_of
from torchmarks.course.commands import grade_command
from torchmarks.course.placing import move_in, move_out, write_folder
from torchmarks.grading import Submission, read_submission
from torchmarks.grading.repair import Refused, composed
from torchmarks.grading.timestamp import NAME, timestamp_refused
from torchmarks.printable import printable

_STAGING = ".torchmarks"
_LOCK = "lock"
_NEW_S = 60.0


class SubmissionStore:
    """The submitted and the graded (or feedback) copies of an assignment.

    step: "autograded" or "feedback". Use as a context for writing: it holds a folder of its own staged.
    """

    def __init__(self, settings: Config, assignment: str, converter: type[BaseConverter] = Autograde) -> None:
        self._directory = CourseDirectory(config=Config(settings))
        self._assignment = assignment
        self._room, self._language = limits_of(settings).scratch_bytes, language_of(settings)
        made = converter(coursedir=self._directory, config=Config(settings))
        self._permissions = int(str(made.permissions), 8)
        self._from, self._to = made._input_directory, made._output_directory
        self._staging: Path | None = None
        self._lock: IO[str] | None = None
        self._ambiguous: Mapping[str, Refused] = {}
        self.notes: tuple[str, ...] = ()  # what a person should read of what was collected

    def _path(self, step: str, student: str) -> Path:
        return Path(self._directory.format_path(step, student, self._assignment))

    # ---- what was collected

    @property
    def where(self) -> str:
        """The folders that are read, such as /course/submitted/*/01-tensors."""
        return str(self._path(self._from, "*"))

    def students(self) -> list[str]:
        """Students whose submission was collected, sorted."""
        left_out = excluded(self._directory)
        if self._from != self._directory.submitted_directory:
            return sorted(set(student_folders(self._directory, self._from, self._assignment)) - left_out)
        roll = settle(self._directory, self._assignment, known_students(self._directory))
        self._ambiguous, self.notes = roll.ambiguous, roll.notes
        return sorted(set(roll.folders) - left_out)

    def look_at(self, student: str) -> str:
        """Why somebody is not one of `students` now, and what to do; "" for one who is. `students` has to be called
        first.

        Costs no look at the class where the one folder that can be theirs is there.
        """
        names = {student, unicodedata.normalize("NFC", student), unicodedata.normalize("NFD", student)}
        there = [name for name in names if os.path.isdir(self._path(self._from, name))]
        is_plain = there == [student] and student not in self._ambiguous and student not in excluded(self._directory)
        return "" if is_plain or student in self.students() else self.why_not(student)

    def why_not(self, student: str) -> str:
        """Why somebody is not one of `students`, and what to do; call that first."""
        if student in excluded(self._directory):
            return "The course leaves this student out: c.CourseDirectory.student_id_exclude."
        alike = [refused for name, refused in self._ambiguous.items() if composed(name) == composed(student)]
        if alike:
            return f"{alike[0].reason} {alike[0].remedy}"
        if self._from == self._directory.submitted_directory:
            return f"The folder {printable(str(self._path(self._from, student)))} is not there any more."
        return f"The graded copy is missing. To make it again: {grade_command(self._assignment, student)}"

    def submission(self, student: str) -> Submission:
        """A student's submission: all files that are not ignored. `students` has to be called first."""
        if student in self._ambiguous:
            return Submission(student, {}, self._ambiguous[student])
        folder = self._path(self._from, student)
        if self._from == self._directory.submitted_directory:
            note = mend_timestamp(folder)
            self.notes = (*self.notes, f"{printable(student)}: {note}") if note else self.notes
        with speaking(self._language):
            found = read_submission(student, folder, self._directory.ignore, self._room)
            return replace(found, refused=found.refused or timestamp_refused(folder))

    def place(self, student: str) -> Path:
        """Where what the step makes belongs."""
        return self._path(self._to, student)

    def is_there(self, student: str) -> bool:
        """Whether what the step made is in its place."""
        return self.place(student).is_dir()

    def graded(self, student: str) -> Path:
        """Where the graded copy belongs."""
        return self._path(self._directory.autograded_directory, student)

    # ---- graded copies

    def __enter__(self) -> SubmissionStore:
        # inside the step's own folder: a rename into place works within one file system only
        root = self._path(self._to, "-").parent.parent if self._usual() else Path(self._directory.root) / self._to
        self._staging = root / _STAGING / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._staging.mkdir(parents=True)
        self._lock = (self._staging / _LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # the kernel lets go of it however this process ends
        return self

    def _usual(self) -> bool:
        return str(self._directory.directory_structure).startswith(os.path.join("{nbgrader_step}", "{student_id}"))

    def __exit__(self, *exception: object) -> None:
        assert self._staging is not None
        assert self._lock is not None
        if not list(self._staging.glob("*/*")):  # what could not be moved waits for the next run
            shutil.rmtree(self._staging, ignore_errors=True)
            if self._staging.parent.is_dir() and not any(self._staging.parent.iterdir()):
                self._staging.parent.rmdir()
        self._lock.close()

    def stage(self, student: str, key: str, files: Mapping[str, bytes]) -> Path:
        """Write the files of a graded copy where nobody looks yet. Raises OSError, and leaves nothing then."""
        assert self._staging is not None
        folder = self._staging / key / student
        try:
            # with the permissions that nbgrader's converters give their files
            write_folder(folder, files, self._directory, self._permissions)
        except OSError:
            shutil.rmtree(folder.parent, ignore_errors=True)
            raise
        return folder

    def commit(self, student: str, staged: Path) -> None:
        """Move a folder that was staged into its place; it replaces what was there."""
        place = self.place(student)
        move_in(staged, place, staged.parent / f"{student}.old")
        shutil.rmtree(staged.parent)

    def discard(self, staged: Path) -> None:
        """Throw away a folder that was staged."""
        shutil.rmtree(staged.parent)

    def remove(self, student: str) -> None:
        """Take a graded copy away, as nbgrader does for a submission that cannot be graded."""
        assert self._staging is not None
        place, gone = self.place(student), self._staging / "gone"
        if place.exists():
            move_out(place, gone / f"{student}.old")
        shutil.rmtree(gone, ignore_errors=True)

    def recover(self, keys: Mapping[str, str]) -> list[str]:
        """Move graded copies that a run left behind into their places, and remove what else it had staged.

        A copy is moved where the gradebook holds the grade that was made with it and nothing newer is in its place. A
        run that still lives is left alone. keys: what the gradebook says was graded, by student. Returns the students
        whose copy was moved.
        """
        assert self._staging is not None
        moved = []
        for run in sorted(self._staging.parent.iterdir()):
            if run == self._staging or not _abandoned(run):
                continue
            for student, key, folder in _staged(run):
                place = self.place(student)
                newer = not place.exists() or place.stat().st_mtime <= folder.stat().st_mtime
                if keys.get(student) == key and newer:
                    self.commit(student, folder)
                    moved.append(student)
            shutil.rmtree(run, ignore_errors=True)
        return moved


def _abandoned(run: Path) -> bool:
    """Whether the run that made a folder has ended: the lock that it held is free."""
    try:
        with (run / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except FileNotFoundError:  # one that is just being made has no lock yet
        return time.time() - run.stat().st_mtime > _NEW_S
    except OSError:
        return False


def _staged(run: Path) -> Iterator[tuple[str, str, Path]]:
    for folder in sorted(run.glob("*/*")):
        if folder.is_dir() and not folder.name.endswith(".old"):
            yield folder.name, folder.parent.name, folder


def handed_in(submission: Submission) -> datetime.datetime | None:
    """The time of nbgrader's timestamp.txt, UTC without a zone; None where there is none. Raises ValueError."""
    return time_of(submission.files.get(NAME, b""))
