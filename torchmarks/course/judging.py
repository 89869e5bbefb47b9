"""nbgrader's step that grades: runs the student's cells in a sandbox and the tests outside, in place of Execute.

An adapter: reads nbgrader's resources, calls `grading.grade_notebook`, and writes the result back. nbgrader's own steps
stay in charge of the gradebook.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Enum, Float, Integer

from torchmarks import grading  # what grades, PyTorch with it, is fetched when something is graded
from torchmarks.checks.language import ENGLISH, languages, speaking
from torchmarks.checks.seeding import Seeding
from torchmarks.course.bundles import notebook_bundle, source_folder
from torchmarks.course.commands import once_corrected
from torchmarks.course.own_files import data_files
from torchmarks.course.secret import course_secret
from torchmarks.errors import AuthorError
from torchmarks.isolation import EnginePool, Isolation
from torchmarks.isolation import Limits as RunLimits
from torchmarks.printable import printable

Resources = dict[str, Any]
_DEFAULTS = RunLimits()
_engines = EnginePool()


@atexit.register
def close_engines() -> None:
    """End the warm processes of this process."""
    _engines.close()


class Judge(NbGraderPreprocessor):  # type: ignore[misc]
    """Runs the notebook with the student's cells in a sandbox and the tests outside, in place of nbgrader's Execute."""

    memory_bytes = Integer(_DEFAULTS.memory_bytes, help="Memory that a submission may use, in bytes.").tag(config=True)
    processes = Integer(_DEFAULTS.processes, help="Processes and threads that a submission may have.").tag(config=True)
    open_files = Integer(_DEFAULTS.open_files, help="Files that a process may have open.").tag(config=True)
    file_bytes = Integer(_DEFAULTS.file_bytes, help="Size of the largest file that may be written, in bytes.").tag(
        config=True
    )
    scratch_bytes = Integer(_DEFAULTS.scratch_bytes, help="Size of the working directory, in bytes.").tag(config=True)
    cpu_s = Integer(int(_DEFAULTS.cpu_s), help="CPU seconds for the whole submission.").tag(config=True)
    cell_s = Float(_DEFAULTS.cell_s, help="Wall-clock seconds for one cell of the student's.").tag(config=True)
    call_s = Float(_DEFAULTS.call_s, help="Wall-clock seconds for the calls of one check.").tag(config=True)
    output_bytes = Integer(_DEFAULTS.output_bytes, help="Bytes that a cell may print or display.").tag(config=True)
    message_bytes = Integer(_DEFAULTS.message_bytes, help="Bytes of one answer of the student's process.").tag(
        config=True
    )
    isolation = Enum(
        ("auto", "namespaces", "landlock"),
        "auto",
        help="The level at which students' code is isolated: the strongest that works on the machine, or exactly this"
        " one; where it cannot be had, nothing is graded.",
    ).tag(config=True)
    language = Enum(languages(), ENGLISH, help="The language in which students read feedback.").tag(config=True)
    unsafe_no_sandbox = Bool(
        False,
        help="Run students' code WITHOUT A SANDBOX, as an ordinary process of this user. Never for a real class.",
    ).tag(config=True)

    def limits(self) -> RunLimits:
        """The limits as configured."""
        return RunLimits(**{name: getattr(self, name) for name in RunLimits.__dataclass_fields__})

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """See nbconvert. Raises NoSandbox where none can be made."""
        identity = resources["nbgrader"]
        exporter = self.parent  # the first of nbgrader's two passes has repaired the notebook there
        converter = getattr(exporter, "parent", None)
        bundle = _bundle(converter, identity)
        engines = _engines.of_devices(self.limits(), isolation=self._level())
        copied = Path(resources["metadata"]["path"])
        files = data_files(copied, _submitted_folder(converter, identity), self.scratch_bytes)
        repairs = exporter.repairs(identity["student"], identity["notebook"])
        phase = exporter.phase(identity["assignment"], identity["student"])
        seeding = Seeding(course_secret(identity["db_url"]), phase, identity["student"])
        with speaking(str(self.language)):
            try:
                made = grading.grade_notebook(nb, bundle, repairs, seeding, files, engines)
            except AuthorError as error:
                remedy = f"{error.remedy} {once_corrected(identity['assignment'])}".lstrip()
                raise AuthorError(error.what, remedy) from error
        for hit in made.record.limits:
            self.log.warning("%s: %s: %s", printable(identity["student"]), hit.cell, printable(hit.detail))
        return nbformat.from_dict(made.notebook), resources

    def _level(self) -> Isolation:
        level: Isolation = "none" if self.unsafe_no_sandbox else self.isolation  # type: ignore[assignment]
        return level


def _bundle(converter: Any, identity: Mapping[str, Any]) -> grading.NotebookBundle:
    coursedir, assignment = getattr(converter, "coursedir", None), identity["assignment"]
    source = None if coursedir is None else source_folder(coursedir, assignment)
    release = _release_folder(coursedir, assignment) / f"{identity['notebook']}.ipynb"
    return notebook_bundle(identity["db_url"], assignment, identity["notebook"], release, source)


def _release_folder(coursedir: Any, assignment: str) -> Path:
    """Where the released version of an assignment is, whether or not it is there."""
    if coursedir is None:
        return Path("release") / assignment
    return Path(coursedir.format_path(coursedir.release_directory, ".", assignment))


def _submitted_folder(converter: Any, identity: Mapping[str, Any]) -> Path | None:
    """Where the student's own files are, if that is known."""
    coursedir = getattr(converter, "coursedir", None)
    if coursedir is None:
        return None
    return Path(coursedir.format_path(coursedir.submitted_directory, identity["student"], identity["assignment"]))
