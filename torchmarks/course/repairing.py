"""The exporter of nbgrader's Autograde: repairs what was handed in, and refuses what cannot be graded.

Its constructor is the one moment of ours before nbgrader skips, deletes or runs anything, so what has to be checked or
taken in first begins there; the work itself is done by `bounds`, `generating`, `intake` and `notes`. Must not grade.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import Autograde
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from torchmarks.checks.seeding import Phase
from torchmarks.course.bounds import guard
from torchmarks.course.config_check import ConfigCheck
from torchmarks.course.generating import register_unknown
from torchmarks.course.intake import Intake
from torchmarks.course.notes import Notes
from torchmarks.course.refusals import RefusalFilter, SubmissionRefused
from torchmarks.grading.repair import Refused, Repair, in_short
from torchmarks.printable import PrintableFilter, printable

Resources = dict[str, Any]


class RepairingExporter(ConfigCheck, NotebookExporter):
    """Reads a submission however damaged it is, and hands nbgrader the repaired notebook.

    Set as `Autograde.exporter_class`, because nbgrader reads the file before its first preprocessor runs. The second
    pass of Autograde reads what the first has written, and is left alone.
    """

    def __init__(self, config: Config | None = None, **options: Any) -> None:
        super().__init__(config=config, **options)
        converter = self.parent
        self._notes = Notes(converter)
        if isinstance(converter, Autograde):
            # nbgrader 0.9.6 makes SQLAlchemy warn about objects that it adds to the session a moment later.
            warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)
            register_unknown(converter)  # before `check`, which asks the gradebook for the tests
            guard(converter, self._too_much)
            self._intake = Intake(converter, self._refused)
            _set_filters(converter.log, RefusalFilter(self._intake.is_found))
            if converter.assignments:  # none where it is only asked whether this course could be graded
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
        for line in in_short(found.all_repairs):
            self.log.warning("%s: repaired: %s", printable(identity["student"]), printable(line))
        node = nbformat.from_dict(found.repaired.notebook)
        # as nbconvert's own from_filename leaves it
        resources["metadata"] = {"name": identity["notebook"], "path": str(Path(filename).parent), "modified_date": ""}
        return self.from_notebook_node(node, resources=resources, **kwargs)

    def repairs(self, student: str, notebook: str) -> tuple[Repair, ...]:
        """What was repaired in a notebook of the current submission."""
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


def _set_filters(log: Any, refusals: RefusalFilter) -> None:
    """nbgrader's own lines name students and files as they named themselves, and have tracebacks of refusals."""
    logger = getattr(log, "logger", log)  # an application's is an adapter
    for earlier in [one for one in logger.filters if isinstance(one, (PrintableFilter, RefusalFilter))]:
        logger.removeFilter(earlier)
    for added in (PrintableFilter(), refusals):
        logger.addFilter(added)


def _is_submitted(converter: Any, filename: str) -> bool:
    """Whether a file is one that a student handed in, not what Autograde has written itself."""
    if not isinstance(converter, Autograde):
        return False
    coursedir = converter.coursedir
    pattern = coursedir.format_path(coursedir.submitted_directory, ".*", ".*", escape=True)
    return re.match(pattern, filename) is not None
