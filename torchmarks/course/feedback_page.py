"""The feedback page: the exercises in their order, with verdicts and messages; nbgrader's exporter with our template.

    config.GenerateFeedback.exporter_class = FeedbackExporter     (`torchmarks.course.configure` does it)

Totals first, then every exercise with its verdict, what the tests said, comments and the student's own work. The page
has no source of a test, loads nothing, and of a student's outputs shows text and PNG pictures only.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from traitlets.config import Config

from torchmarks.checks.box import to_html
from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.exercises import aspect_of, exercise_of, part_of
from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import speaking, spoken
from torchmarks.checks.report import Report, as_expected
from torchmarks.course.config_check import ConfigCheck
from torchmarks.course.graded_copies import missing_lines
from torchmarks.course.marked import Marked
from torchmarks.course.page_grades import fingerprint, grades_on
from torchmarks.course.page_style import STYLE
from torchmarks.course.policy import PageDetail, policy_of
from torchmarks.course.renewing import renew
from torchmarks.course.solutions import ByNotebook, for_feedback
from torchmarks.course.unfinished import withhold
from torchmarks.grading import CheckRecord, CheckVerdict, NotebookRecord
from torchmarks.grading.record import read

TEMPLATES = Path(__file__).parent / "templates"
_TEMPLATE = "torchmarks-feedback"
_OF_A_CELL = re.compile(r"\(<ipython-input[^()]*, line (\d+)\)")  # the kernel's name of it says nothing
_UNANSWERED = "No response."  # nbgrader's comment on a cell that is as it was handed out
_PARTS = {"visible": "visible_tests", "hidden": "hidden_tests"}  # the sentences that head them


@dataclass(frozen=True, slots=True)
class Check:
    """A test cell, or a cell that a person grades. says: HTML of what the tests said."""

    label: str
    score: float
    points: float
    says: str


@dataclass
class PageExercise:
    """An exercise on the page. works: (kind of cell, its source); shown: HTML of the outputs; comments: Markdown;
    solution: the source of the reference, "" where it is not shown.
    """

    name: str
    checks: list[Check] = field(default_factory=list)
    works: list[tuple[str, str]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    solution: str = ""

    @property
    def score(self) -> float:
        """Points reached."""
        return sum(check.score for check in self.checks)

    @property
    def points(self) -> float:
        """The maximum of points."""
        return sum(check.points for check in self.checks)

    @property
    def verdict(self) -> str:
        """In words and with a sign; never by colour alone."""
        if self.score >= self.points:
            return say("solved")
        return say("in_part") if self.score > 0 else say("not_yet")


def page_exercises(
    notebook: NotebookNode, record: NotebookRecord, solutions: Mapping[str, str] = MappingProxyType({})
) -> list[PageExercise]:
    """The exercises of a graded notebook, in its order; what has neither points nor a comment is left out.

    notebook: with the marks that nbgrader's GetGrades brings; record: its own; solutions: by exercise, where they may
    be shown.
    """
    parts: dict[str, PageExercise] = {}
    checks, told = record.checks, _Told()
    for cell in notebook.cells:
        meta = marks_of(cell)
        if not (meta.get("grade") or meta.get("solution") or meta.get("task")):
            continue
        grade_id = str(meta.get("grade_id", ""))
        part = parts.setdefault(exercise_of(grade_id), PageExercise(exercise_of(grade_id)))
        if meta.get("solution") or meta.get("task"):
            part.works.append((cell.cell_type, cell.source))
            part.shown += _shown(cell)
        if meta.get("comment") and not (_is_judged(meta) and meta["comment"] == _UNANSWERED):
            part.comments.append(str(meta["comment"]))
        if meta.get("grade") or meta.get("task"):
            by_tests = not meta.get("solution") and not meta.get("task")
            label = label_of(grade_id) if by_tests else say("by_a_person")
            says = told.said_of(checks.get(grade_id), part.name) if by_tests else ""
            part.checks.append(Check(label, float(meta.get("score") or 0), float(meta.get("points") or 0), says))
    for part in parts.values():
        if part.checks and part.score < part.points:
            part.solution = solutions.get(part.name, "")
    return [part for part in parts.values() if part.checks or part.comments]


def _is_judged(meta: Mapping[str, Any]) -> bool:
    """Whether a cell is a solution that tests judge: they say themselves that nothing was written."""
    return bool(meta.get("solution")) and not meta.get("grade")


class _Told:
    """What the boxes of a page have said so far: nothing at length twice."""

    def __init__(self) -> None:
        self._reports: set[tuple[str, Report]] = set()
        self._notes: dict[str, str] = {}  # what cells left -> the exercise whose box says it

    def said_of(self, check: CheckRecord | None, exercise: str) -> str:
        """What the tests of a cell said, as `said_of` has it, or where that stands already."""
        report = check.report if check is not None else None
        if check is None or report is None:
            return said_of(check)
        if (exercise, report) in self._reports:
            return f'<p class="said">{html.escape(say("as_above"))}</p>'
        self._reports.add((exercise, report))
        if first := self._notes.get(report.left):
            check = replace(check, report=replace(report, left=say("note_as_above", exercise=first)))
        elif report.left:
            self._notes[report.left] = exercise
        return said_of(check)


def _repaired(record: NotebookRecord) -> list[str]:
    """What was repaired, each sentence once, with how often."""
    counted = Counter(repair.message for repair in record.repairs)
    return [
        say("page_repaired", message=message)
        if count == 1
        else say("page_repaired_often", message=message, count=count)
        for message, count in counted.items()
    ]


def label_of(grade_id: str) -> str:
    """The heading for the tests of a cell; for one of several, with what it looks at."""
    if aspect := aspect_of(grade_id):
        return say("hidden_tests_of", aspect=aspect.replace("_", " "))
    return say(_PARTS.get(part_of(grade_id), "tests"))


def said_of(check: CheckRecord | None) -> str:
    """What the tests of a cell said: the box of a report, or one line."""
    if check is None or check.verdict not in (CheckVerdict.PASSED, CheckVerdict.FAILED):
        return ""
    if check.report is not None:
        return to_html(check.report)
    return f'<p class="said">{html.escape(as_expected(check.calls))}</p>'


def _shown(cell: NotebookNode) -> list[str]:
    """The outputs of a student's cell: text and pictures that can do nothing."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        box = "torchmarks" in output.get("metadata", {})  # a limit's: a student's output has no metadata
        if "image/png" in data:
            source = html.escape(data["image/png"])
            found.append(f'<img alt="{html.escape(say("page_picture"))}" src="data:image/png;base64,{source}">')
        elif box and "text/html" in data:
            found.append(str(data["text/html"]))
        elif output.output_type == "error":
            error = _OF_A_CELL.sub(r"(line \1)", f"{output.ename}: {output.evalue}")
            found.append(f"<pre>{html.escape(error)}</pre>")
        else:
            text = data.get("text/plain", "") or output.get("text", "")
            found += [f'<pre tabindex="0">{html.escape(text)}</pre>'] if text else []
    return found


class FeedbackExporter(ConfigCheck, HTMLExporter):
    """nbconvert's HTML exporter with the template of this package."""

    def __init__(self, config: Config | None = None, **options: Any) -> None:
        # The formgrader names a template of its own in the configuration that it hands on: ours has to come last.
        own = Config(config or {})
        own.HTMLExporter.template_name = _TEMPLATE
        own.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
        super().__init__(config=own, **options)
        self.solutions: ByNotebook | None = None  # given on a worker, which has no source/
        self.shown: PageDetail | None = (
            None  # for the current student, where the caller knows more than the notebook says
        )
        self._read: dict[str, ByNotebook] = {}
        if isinstance(self.parent, GenerateFeedback) and self.parent.assignments:  # none where nothing was started
            renew(self.parent)
            withhold(self.parent)  # asked first, so that no page is replaced by that of an unfinished grading
            directory = self.parent.coursedir
            if directory.student_id == "*":
                for line in missing_lines(Marked(self.parent.config, str(directory.assignment_id), directory)):
                    self.parent.log.warning("%s", line)

    def _create_environment(self) -> Any:
        environment = super()._create_environment()
        # the template has no sentences of its own
        environment.globals |= {"say": say, "spoken": spoken, "style": STYLE}
        return environment

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **options: Any) -> Any:
        """See nbconvert. The page speaks the language that the notebook was graded in, as its boxes do."""
        name = (resources or {}).get("nbgrader", {}).get("notebook", "")
        with speaking(read(nb, f"{name}.ipynb").language):
            return super().from_notebook_node(nb, resources, **options)

    def _preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        # After nbgrader's steps, which are registered later than any of ours: they bring scores and comments.
        nb, resources = super()._preprocess(nb, resources)
        identity = resources["nbgrader"]
        name = identity["notebook"]
        record = read(nb, f"{name}.ipynb")
        parts = page_exercises(nb, record, self._solutions(identity.get("assignment", "")).get(name, {}))
        shown = self._shown(record)
        grades = fingerprint(grades_on(nb, identity)) if shown.says == "all" else ""
        resources["torchmarks"] = {"parts": parts, "notes": _repaired(record), "shown": shown, "grades": grades}
        return nb, resources

    def _shown(self, record: NotebookRecord) -> PageDetail:
        if self.shown is not None:
            return self.shown
        if not record.is_provisional:
            return PageDetail("all")
        says = policy_of(self.config).says
        more = (say("passes_alone"),) if says == "passes" else ()
        return PageDetail(says, (say("provisional"), *more))

    def _solutions(self, assignment: str) -> ByNotebook:
        converter = self.parent
        if self.solutions is not None or not isinstance(converter, GenerateFeedback):
            return self.solutions or {}
        if assignment not in self._read:
            self._read[assignment] = for_feedback(converter.config, assignment, converter.coursedir)
        return self._read[assignment]
