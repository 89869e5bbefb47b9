"""How torchmarks plugs into nbgrader: preprocessors, an exporter and a hook, all named in nbgrader_config.py.

    from torchmarks.course import configure
    configure(get_config())

Adapters only: each reads nbgrader's resources, calls one function of ours, and writes the result back. nbgrader's own
steps stay in charge of the gradebook.
"""

from __future__ import annotations

import atexit
import logging
import re
import warnings
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.exc import SAWarning
from traitlets import Bool, Enum, Float, Integer, List
from traitlets.config import Config

from torchmarks import grading  # what grades, PyTorch with it, is fetched when something is graded
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import ENGLISH, languages, speaking
from torchmarks.checks.seeding import Phase, Seeding
from torchmarks.course.bounds import guard
from torchmarks.course.bundles import notebook_bundle, source_folder
from torchmarks.course.generating import register_unknown
from torchmarks.course.intake import Intake
from torchmarks.course.notes import Notes
from torchmarks.course.secret import course_secret
from torchmarks.course.wall import Wall
from torchmarks.errors import TorchmarksError
from torchmarks.grading.listing import listed
from torchmarks.grading.repair import Refused, Repair
from torchmarks.grading.submitted_files import read_files
from torchmarks.isolation import EnginePool, Isolation
from torchmarks.isolation import Limits as RunLimits
from torchmarks.printable import PrintableFilter, printable

Resources = dict[str, Any]
_DEFAULTS = RunLimits()
_log = logging.getLogger("torchmarks")


class SubmissionRefused(TorchmarksError):
    """A submission that cannot be graded: reported for its student alone, never a silent zero."""

    def __init__(self, student: str, notebook: str, reason: str, remedy: str) -> None:
        super().__init__(student, notebook, reason, remedy)
        self.student, self.notebook, self.reason, self.remedy = student, notebook, reason, remedy

    def __str__(self) -> str:
        said = f"{self.student}: {self.notebook}.ipynb cannot be graded. {self.reason} {self.remedy}"
        return printable(said)


# ---- engines: for the life of this process

_engines = EnginePool()


@atexit.register
def close_engines() -> None:
    """End the warm processes of this process."""
    _engines.close()


# ---- before sanitizing: repair


class RepairingExporter(Wall, NotebookExporter):
    """Reads a submission however damaged it is, and hands nbgrader the repaired notebook.

    Stands in `Autograde.exporter_class`, because nbgrader reads the file before its first preprocessor runs. The second
    pass of Autograde reads what the first has written, and is left alone.
    """

    def __init__(self, config: Config | None = None, **options: Any) -> None:
        super().__init__(config=config, **options)
        converter = self.parent
        self._notes = Notes(converter)
        if isinstance(converter, Autograde):
            _make_printable(converter.log)
            # nbgrader 0.9.6 makes SQLAlchemy warn about objects that it adds to the session a moment later.
            warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)
            register_unknown(converter)  # before `check`, which asks the gradebook for the tests
            guard(converter, self._too_much)
            self._intake = Intake(converter, self._refused)
            if converter.assignments:  # none where the wall only asks whether this course could be graded
                self._intake.begin()
            self._notes.check()

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kwargs: Any
    ) -> tuple[NotebookNode, Resources]:
        """See nbconvert's Exporter. Raises SubmissionRefused for a file that no repair can save."""
        identity = (resources or {}).get("nbgrader")
        whose = () if identity is None else (identity["assignment"], identity["student"], identity["notebook"])
        if identity is None or not _is_submitted(self.parent, filename):
            graded = super().from_filename(filename, resources=resources, **kwargs)
            if whose:
                self._notes.end(*whose, str(graded[0]))  # NotebookExporter gives the text
            return graded
        assert resources is not None
        self._notes.begin(*whose)
        found = self._intake.notebook(identity["student"], identity["notebook"])
        for entry in found.all_repairs:
            self.log.warning("%s: %s", printable(identity["student"]), printable(entry.message))
        node = nbformat.from_dict(found.repaired.notebook)
        # as nbconvert's own from_filename leaves it
        resources["metadata"] = {"name": identity["notebook"], "path": str(Path(filename).parent), "modified_date": ""}
        return self.from_notebook_node(node, resources=resources, **kwargs)

    def repairs(self, student: str, notebook: str) -> tuple[Repair, ...]:
        """What was mended in a notebook of the submission at work."""
        return self._intake.notebook(student, notebook).all_repairs

    def phase(self, assignment: str, student: str) -> Phase:
        """See Notes."""
        return self._notes.phase(assignment, student)

    def _refused(self, student: str, notebook: str, refused: Refused) -> SubmissionRefused:
        error = SubmissionRefused(student, notebook, refused.reason, refused.remedy)
        converter: Any = self.parent
        self._notes.refuse(converter.coursedir.assignment_id, error)
        return error

    def _too_much(self, student: str, refused: Refused) -> SubmissionRefused:
        converter: Any = self.parent
        notebook = min((Path(path).stem for path in converter.notebooks), default=converter.coursedir.assignment_id)
        return self._refused(student, notebook, refused)


def _make_printable(log: Any) -> None:
    """nbgrader's own lines name students and files as they named themselves."""
    logger = getattr(log, "logger", log)  # an application's is an adapter
    if not any(isinstance(one, PrintableFilter) for one in logger.filters):
        logger.addFilter(PrintableFilter())


def _is_submitted(converter: Any, filename: str) -> bool:
    """Whether a file is one that a student handed in, not what Autograde has written itself."""
    if not isinstance(converter, Autograde):
        return False
    coursedir = converter.coursedir
    pattern = coursedir.format_path(coursedir.submitted_directory, ".*", ".*", escape=True)
    return re.match(pattern, filename) is not None


def release_path(converter: Any, identity: Mapping[str, Any]) -> Path:
    """Where the released version of a notebook lies, whether or not it is there."""
    if converter is None or getattr(converter, "coursedir", None) is None:
        return Path("release") / identity["assignment"] / f"{identity['notebook']}.ipynb"
    coursedir = converter.coursedir
    folder = coursedir.format_path(coursedir.release_directory, ".", identity["assignment"])
    return Path(folder) / f"{identity['notebook']}.ipynb"


def remove_uncopyable(assignment: str, student: str, notebooks: list[str]) -> None:
    """Autograde.pre_convert_hook: nbgrader copies what lies beside a notebook, whatever it is."""
    if notebooks:
        _remove_uncopyable(Path(notebooks[0]).parent)


def _remove_uncopyable(folder: Path) -> None:
    """Remove what is no file of its own from a submission: nbgrader copies all that lies beside a notebook, and would
    read a pipe or what a link leads to (/dev/zero, somebody's terabyte) to its end, or fail at a link to nowhere.
    """
    found = listed(folder)
    for path in (*found.others, *found.links):
        if path.suffix != ".ipynb":
            path.unlink()
            student, name = printable(folder.parent.name), printable(path.name)
            _log.warning("%s: %s is no file of its own; it was removed.", student, name)


# ---- instead of Execute: judge


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
        converter = getattr(self.parent, "parent", None)
        bundle = notebook_bundle(
            identity["db_url"],
            identity["assignment"],
            identity["notebook"],
            release_path(converter, identity),
            _source_of(converter, identity),
        )
        limits = self.limits()

        isolation: Isolation = "none" if self.unsafe_no_sandbox else self.isolation  # type: ignore[assignment]
        engines = _engines.of_devices(limits, isolation=isolation)
        folder = Path(resources["metadata"]["path"])
        links = _links_in(submitted_folder(converter, identity))
        paths = []
        for path in _data_files_in(folder):
            if not _is_below(path.relative_to(folder), links):
                paths.append(path)
            elif path.is_file():
                path.unlink()  # a copy of what a link led to: with the feedback it would go to the student
        files = read_files(folder, paths, limits.scratch_bytes)
        exporter = self.parent  # the first of nbgrader's two passes has repaired the notebook there
        repairs = exporter.repairs(identity["student"], identity["notebook"])
        phase = exporter.phase(identity["assignment"], identity["student"])
        seeding = Seeding(course_secret(identity["db_url"]), phase, identity["student"])
        with speaking(str(self.language)):
            made = grading.grade_notebook(nb, bundle, repairs, seeding, files, engines)
        for hit in made.record.limits:
            self.log.warning("%s: %s: %s", printable(identity["student"]), hit.cell, printable(hit.detail))
        return nbformat.from_dict(made.notebook), resources


def _source_of(converter: Any, identity: Mapping[str, Any]) -> Path | None:
    coursedir = getattr(converter, "coursedir", None)
    return None if coursedir is None else source_folder(coursedir, identity["assignment"])


def submitted_folder(converter: Any, identity: Mapping[str, Any]) -> Path | None:
    """Where the student's own files lie, if that is known."""
    coursedir = getattr(converter, "coursedir", None)
    if coursedir is None:
        return None
    return Path(coursedir.format_path(coursedir.submitted_directory, identity["student"], identity["assignment"]))


def _links_in(folder: Path | None) -> set[str]:
    """Symbolic links among a student's files: nbgrader has copied what they lead to, which may be the gradebook."""
    if folder is None:
        return set()
    return {path.relative_to(folder).as_posix() for path in listed(folder).links}


def _is_below(name: PurePath, links: set[str]) -> bool:
    return any(place.as_posix() in links for place in (name, *name.parents))


def _data_files_in(folder: Path) -> list[Path]:
    """All files of a submission but the notebooks."""
    paths = folder.rglob("*")
    return [path for path in paths if path.suffix != ".ipynb" and ".ipynb_checkpoints" not in path.parts]


# ---- before feedback: hide the hidden tests

_BEGIN, _END = re.compile(r"\s*#+\s*BEGIN HIDDEN TESTS"), re.compile(r"\s*#+\s*END HIDDEN TESTS")


def without_hidden(source: str) -> str:
    """A test cell's source with its hidden part replaced by one line. A test without markers stays as it is."""
    kept: list[str] = []
    inside = False
    for line in source.splitlines():
        if _BEGIN.match(line):
            inside = True
            kept.append(say("hidden_tests_ran"))
        elif inside and _END.match(line):
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


class HideHiddenTests(NbGraderPreprocessor):  # type: ignore[misc]
    """Keeps the source of hidden tests out of feedback pages; verdict and message stay."""

    display_data_priority = List(  # type: ignore[var-annotated]
        help="Accepted because nbconvert's HTML exporter sets it for every step."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """See nbconvert."""
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.source = without_hidden(cell.source)
        return nb, resources
