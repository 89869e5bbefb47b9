"""Generates an assignment, or registers its tests, before nbgrader skips or deletes anything.

nbgrader skips an assignment that has a folder in release/ and no row in the gradebook, and with --force deletes that
folder before it looks whether it may. Its converter calls nothing of ours earlier than the constructor of
`exporter_class`, so the work is done there: by nbgrader's own converter, into a scratch folder. When all of it has
succeeded, the gradebook gets the tests and each file its place in release/. Writes release/ and the gradebook; must not
touch source/ or submissions, and runs no student's code.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from torchmarks.course.changes import refuse_lossy_change
from torchmarks.course.commands import generate_command
from torchmarks.course.config_check import ConfigCheck
from torchmarks.course.registered import (
    assignments_known,
    cells_of,
    complete_submissions,
    has_submissions,
    is_registered,
)
from torchmarks.course.secret import course_secret
from torchmarks.course.whose import require_encoding
from torchmarks.errors import MachineError, UsageError
from torchmarks.whole_files import new_file

_SKIPPED = {".ipynb_checkpoints", "__pycache__"}
# nbgrader writes a traceback for each error; ours is one line, in the log of the command that was given.
_quiet = logging.getLogger("torchmarks.generating")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class GeneratingExporter(ConfigCheck, NotebookExporter):
    """Set as `GenerateAssignment.exporter_class`; its constructor does the converter's work, see the module."""

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        if isinstance(self.parent, GenerateAssignment):
            with _one_line(self.parent):
                _generate_all(self.parent)


def register_unknown(converter: BaseConverter) -> None:
    """Register the tests of what `converter`, an Autograde, is about to grade, where they were never generated.

    A fresh clone has its release/ committed, and the formgrader's Release does not generate. For the constructor of
    Autograde's exporter. Makes the secret of the course as well. Raises NbGraderException, after one line in the log,
    where that cannot be done.
    """
    coursedir = converter.coursedir
    wanted = {_assignment_of(coursedir, coursedir.submitted_directory, folder) for folder in converter.assignments}
    with _one_line(converter):
        for assignment in sorted(wanted):
            register(converter.config, assignment, coursedir=coursedir, log=converter.log)
        if wanted:
            course_secret(str(coursedir.db_url))


def register(
    config: Config, assignment: str, *, coursedir: CourseDirectory | None = None, log: logging.Logger = _quiet
) -> bool:
    """Bring the tests of an assignment from source/ to the gradebook, unless it has some. Returns whether it did.

    config: the course's. Raises UsageError where source/ does not have the assignment, or release/ other exercises.
    """
    work = _Work(coursedir or CourseDirectory(config=config), config, assignment)
    if is_registered(work.coursedir, assignment):
        return False
    if not any(work.source.glob("*.ipynb")):
        known = assignments_known(work.coursedir)
        raise UsageError(
            f"the gradebook has no notebook of {assignment!r}, and source/ has none to generate it from",
            str(work.source),
            f"Put the instructor's notebook there, or check the name. Known: {', '.join(known) or 'none'}.",
        )
    with tempfile.TemporaryDirectory(prefix="torchmarks-generate-") as scratch:
        made = work.convert(Path(scratch))
        if work.release.exists():
            _refuse_other_exercises(work, made)
        work.register(Path(scratch))
    log.info("%s: its tests are in the gradebook now, from %s", assignment, work.source)
    return True


# ---- one assignment


class _Converter(GenerateAssignment):  # type: ignore[misc]
    """nbgrader's converter, which here keeps the error that it would only write to its log."""

    fault: Exception | None = None

    def run_pre_convert_hook(self) -> None:
        """Not here: the converter that was started calls it once."""

    def run_post_convert_hook(self) -> None:
        """Not here: the files are not yet where a hook would look for them."""

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.fault = error
            raise

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """See nbgrader."""
        with self._noted():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """See nbgrader."""
        with self._noted():
            super().convert_single_notebook(notebook_filename)


@dataclass(frozen=True)
class _Work:
    """An assignment to generate. origin: the converter that was started for it, with what its caller has set."""

    coursedir: CourseDirectory
    config: Config
    assignment: str
    origin: GenerateAssignment | None = None

    @property
    def source(self) -> Path:
        """Where the instructor's version is."""
        return _folder(self.coursedir, self.coursedir.source_directory, self.assignment)

    @property
    def release(self) -> Path:
        """Where the student version belongs."""
        return _folder(self.coursedir, self.coursedir.release_directory, self.assignment)

    @property
    def whole(self) -> bool:
        """Whether all notebooks are meant, not some that `--notebook` names."""
        return bool(self.coursedir.notebook_id == "*")

    @property
    def command(self) -> str:
        """The command that regenerates release/."""
        return generate_command(self.assignment, force=True)

    def convert(self, scratch: Path) -> Path:
        """The student version in a folder below `scratch`, the gradebook left alone. Raises UsageError."""
        config = Config(self.config)
        # as --no-db has it: both
        config.SaveCells.enabled = False
        return self._run(scratch / "made", config, no_database=True)

    def register(self, scratch: Path) -> None:
        """Bring the tests to the gradebook, which has a secret from then on. Raises UsageError."""
        if self.origin is not None and self.origin.no_database:
            return
        # nbgrader's check for notebooks that were added would refuse for submissions that came before the first one.
        first = not is_registered(self.coursedir, self.assignment)
        early = first and has_submissions(self.coursedir, self.assignment)
        self._run(scratch / "registered", Config(self.config), no_database=early)
        if early:
            complete_submissions(self.coursedir, self.assignment)
        course_secret(str(self.coursedir.db_url))

    def _run(self, place: Path, config: Config, *, no_database: bool) -> Path:
        """nbgrader's converter, with `place` for its release folder. Raises UsageError for whatever stops it."""
        # A copy: the folder names of the one that was given are its owner's.
        names = self.coursedir.trait_names(config=True)
        coursedir = CourseDirectory(**{name: getattr(self.coursedir, name) for name in names})
        coursedir.release_directory, coursedir.assignment_id = str(place), self.assignment
        converter = _Converter(coursedir=coursedir, config=config)
        if self.origin is None:
            coursedir.notebook_id = "*"
        else:
            converter.preprocessors = self.origin.preprocessors
            converter.create_assignment = self.origin.create_assignment
        # not the exporter of the settings: that is ours, which would start over
        converter.log, converter.exporter_class, converter.no_database = _quiet, NotebookExporter, no_database
        try:
            converter.start()
        except NbGraderException as error:
            fault = converter.fault or error
            said = (str(fault).strip() or type(fault).__name__).splitlines()[0].rstrip(".")
            remedy = "Fix that and run the command again; release/ is as it was."
            raise UsageError(f"{self.assignment} cannot be generated: {said}", str(self.source), remedy) from fault
        return _folder(coursedir, str(place), self.assignment)


def _generate_all(converter: GenerateAssignment) -> None:
    """Do what the converter was started for, and leave nothing for it to do."""
    coursedir = converter.coursedir
    for folder, notebooks in sorted(converter.assignments.items()):
        assignment = _assignment_of(coursedir, coursedir.source_directory, folder)
        converter.notebooks = sorted(notebooks)  # the hooks are given it; nbgrader sets it too late for them
        work = _Work(coursedir, converter.config, assignment, converter)
        wanted = [work.release] if work.whole else [work.release / Path(path).name for path in notebooks]
        if not converter.no_database:  # without it nothing changes that grades depend on
            require_encoding(coursedir)
            refuse_lossy_change(coursedir, assignment, converter.config)
        with tempfile.TemporaryDirectory(prefix="torchmarks-generate-") as scratch:
            made = work.convert(Path(scratch))
            step = _write if converter.force or not all(path.exists() for path in wanted) else _keep
            step(work, converter, made, Path(scratch))
    converter.assignments = {}


def _write(work: _Work, converter: GenerateAssignment, made: Path, scratch: Path) -> None:
    """Write the tests to the gradebook and the student version to release/."""
    converter.run_pre_convert_hook()
    work.register(scratch)  # first: if the gradebook refuses, release/ is as it was
    _put(made, work.release, whole=work.whole)
    converter.set_permissions(work.assignment, ".")  # nbgrader's own last steps, for it will find nothing to do
    converter.run_post_convert_hook()
    converter.log.info("%s: generated into %s", work.assignment, work.release)


def _keep(work: _Work, converter: GenerateAssignment, made: Path, scratch: Path) -> None:
    """Write the tests to the gradebook; release/ stays, and the log names what is not current there."""
    _refuse_other_exercises(work, made)
    work.register(scratch)
    old = _differing(made, work.release)
    if old:
        line = "%s is not what source/ generates today (%s), and was kept. To regenerate it: %s"
        converter.log.warning(line, work.release, ", ".join(old), work.command)
    line = "%s: the gradebook has the tests of source/ now; %s was there already, and was not written again"
    converter.log.info(line, work.assignment, work.release)


def _put(made: Path, place: Path, *, whole: bool) -> None:
    """Put each file in place by a rename: the folder is never without its notebooks. What is surplus goes last."""
    wanted = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    for name in sorted(wanted):
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with new_file(target, mode=stat.S_IMODE((made / name).stat().st_mode)) as aside:
            shutil.copyfile(made / name, aside)
    if whole:
        remove_others(place, wanted)


def remove_others(place: Path, wanted: Collection[Path]) -> None:
    """Remove what a folder of release/ holds beside the `wanted` files, given by their paths in it."""
    # in reverse: what is in a folder comes before the folder itself
    for path in sorted(place.rglob("*"), reverse=True):
        if path.is_symlink() or not path.is_dir():
            if path.relative_to(place) not in wanted:
                path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()


def _differing(made: Path, place: Path) -> list[str]:
    """Files that are not the same in two folders, sorted; notebooks are compared as data."""
    names = {path.relative_to(folder).as_posix() for folder in (made, place) for path in folder.rglob("*")}
    names = {name for name in names if not _SKIPPED & set(Path(name).parts) and not (made / name).is_dir()}
    return sorted(name for name in names if _content(made / name) != _content(place / name))


def _content(path: Path) -> Any:
    content = path.read_bytes() if path.is_file() else None
    try:
        return json.loads(content) if content and path.suffix == ".ipynb" else content
    except ValueError:
        return content


# ---- refusals: one line, before anything is written


@contextmanager
def _one_line(converter: BaseConverter) -> Iterator[None]:
    """Turns what stops us into one line of the log and nbgrader's own exception."""
    try:
        yield
    except (UsageError, MachineError) as error:
        _stop(converter, str(error), error)
    except OSError as error:
        where = error.filename2 or error.filename or converter.coursedir.root
        remedy = "Make it writable, or free some space, and run the command again; no notebook of release/ is lost."
        _stop(converter, f"{where}: {error.strerror or error}. {remedy}", error)
    except SQLAlchemyError as error:
        remedy = "Check c.CourseDirectory.db_url in nbgrader_config.py, and that the gradebook can be written."
        _stop(converter, f"{converter.coursedir.db_url}: {str(error).splitlines()[0]}. {remedy}", error)


def _stop(converter: BaseConverter, line: str, cause: Exception) -> NoReturn:
    converter.log.error(line)
    raise NbGraderException(line) from cause


def _refuse_other_exercises(work: _Work, made: Path) -> None:
    """Raise UsageError where release/ has other marked cells than the gradebook would get."""
    for path in sorted(made.glob("*.ipynb")):
        if cells_of(work.release / path.name) != cells_of(path):
            raise UsageError(
                f"{path.name} does not have the exercises that source/ has",
                str(work.release),
                f"Regenerate it with `{work.command}`, and release it again.",
            )


def _assignment_of(coursedir: CourseDirectory, step: str, folder: str) -> str:
    """The name in a folder that nbgrader has found for one of its steps."""
    pattern = coursedir.format_path(step, "(?P<student>.*)", "(?P<assignment>.*)", escape=True)
    found = re.match(pattern, folder)
    if found is None:
        remedy = "Check c.CourseDirectory.directory_structure."
        raise UsageError(f"the folder does not match {pattern!r}", folder, remedy)
    return found["assignment"]


def _folder(coursedir: CourseDirectory, step: str, assignment: str) -> Path:
    # or nbgrader's ".", for no student, would stay in the path
    return Path(os.path.normpath(coursedir.format_path(step, ".", assignment)))
