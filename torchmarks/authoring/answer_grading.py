"""Grades answers for `torchmarks verify`: puts them into student notebooks and reads what grading made of each.

A notebook is graded as in a class, by workers and down to the gradebook that the points are read from (`AsAClass`), or
in this process by the grading function alone (`InProcess`), which runs only the tests of the exercises asked about and
no worked cells.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch

from torchmarks.authoring.asked_tests import not_asked, without, without_examples
from torchmarks.authoring.exercise_cells import exercises_of, returned_arguments
from torchmarks.authoring.outcomes import BLANK, REFERENCE, AnswerOutcome
from torchmarks.bulk import Outcome, Watcher, early_pool, grade_cohort
from torchmarks.catalogue import Answer, Catalogue, problems, read_answers
from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.exercises import aspect_of
from torchmarks.checks.reasons import Reason
from torchmarks.checks.reasons_file import beside
from torchmarks.course import Course
from torchmarks.course.bundles import catalogue_at, catalogue_in
from torchmarks.course.secret import SCRATCH_SECRET
from torchmarks.errors import UsageError
from torchmarks.grading import Bundle, Engines, NotebookBundle, NotebookRecord, Submission, grade
from torchmarks.grading.record import read_file
from torchmarks.grading.repair import Blueprint
from torchmarks.isolation import EnginePool, Limits

Say = Callable[[str], None]
_VALUES: Final = "values"  # the part of the hidden tests whose cell has no name for what it looks at
_LEAST_RIGHT: Final = 3  # answers of an exercise that solve it in ways of their own
_Result = tuple[NotebookRecord, dict[str, float]]  # what grading found in a notebook, the points of its cells


class NotebookCounter(Watcher):
    """Reports how many notebooks of a run are graded. It is a Watcher of the bulk grader, too."""

    def __init__(self, say: Say, what: str) -> None:
        self._say, self._what = say, what
        self._done = self._total = 0

    def begin(self, total: int, what: str) -> None:
        """See Watcher."""
        self._total = total

    def finished(self, outcome: Outcome | None = None) -> None:
        """A notebook is done."""
        self._done += 1
        self._say(f"{self._what}: notebook {self._done} of {self._total}")

    def note(self, text: str) -> None:
        """See Watcher."""
        self._say(text)


@dataclass(frozen=True, slots=True)
class _FilledIn:
    """A student notebook as `json` reads it, and the exercises in which an answer to be graded is filled in."""

    content: dict[str, Any]
    exercises: frozenset[str]


class InProcess:
    """Grades with the grading function, in this process: without workers, gradebook and files."""

    def __init__(self, course: Course, assignment: str, engines: Engines | None) -> None:
        self._assignment = assignment
        self._source = course.notebook("source", assignment)
        self._bundle = _bundle(course, assignment)
        self._judging = functools.cache(self._judging_anew)
        self._own = EnginePool()
        self._engines = engines or self._own.of_devices(Limits())
        # As in a worker: the tensors are small, and threads for each core cost more than they bring.
        self._threads = torch.get_num_threads()
        torch.set_num_threads(1)

    def close(self) -> None:
        """Ends the servers that were started here."""
        torch.set_num_threads(self._threads)
        self._own.close()

    def grade(self, sent: Mapping[str, _FilledIn], steps: NotebookCounter) -> Iterator[_Result]:
        """Grades the notebooks in order. sent: by student."""
        steps.begin(len(sent), "")
        for student, notebook in sent.items():
            left_out, bundle = self._judging(notebook.exercises)
            content = json.dumps(without_examples(without(notebook.content, left_out))).encode()
            submission = Submission(student, {f"{self._assignment}.ipynb": content})
            record = grade(submission, bundle, self._engines).notebooks[0].record
            steps.finished()
            yield record, {cell: points or 0.0 for cell, points in record.scores.items()}

    def _judging_anew(self, exercises: frozenset[str]) -> tuple[frozenset[str], Bundle]:
        """The tests that grading answers to these exercises can leave out, and the bundle without them."""
        left_out = not_asked(self._source, exercises)
        whole = self._bundle.notebooks[0]
        asked = without_examples(without(self._source, left_out))
        notebook = replace(whole, blueprint=Blueprint.from_notebook(asked, whole.name))
        return left_out, replace(self._bundle, notebooks=(notebook,))


class AsAClass:
    """Grades as a class is graded. Its workers start at once, while the student version is generated."""

    def __init__(self, course: Course, assignment: str) -> None:
        self._course, self._assignment = course, assignment
        self._pool = early_pool(course.config, _bundle(course, assignment))

    def close(self) -> None:
        """Ends the workers."""
        self._pool.close()

    def grade(self, sent: Mapping[str, _FilledIn], steps: NotebookCounter) -> Iterator[_Result]:
        """Grades the notebooks in order. sent: by student."""
        course, assignment, file = self._course, self._assignment, f"{self._assignment}.ipynb"
        for student, notebook in sent.items():
            folder = course.path("submitted", assignment, student)
            folder.mkdir(parents=True)
            (folder / file).write_bytes(json.dumps(notebook.content).encode())
        summary = grade_cohort(
            self._course.config, assignment, steps, students=list(sent), pool=self._pool, as_unseen=True
        )
        if not summary.is_complete():
            reasons = {report.reason for report in summary.reported} or {"stopped before all were graded"}
            raise UsageError("; ".join(sorted(reasons)), assignment, "Nothing was proved; see the reason.")
        for student in sent:
            record = read_file(course.path("autograded", assignment, student) / file)
            scores = self._course.scores(assignment, student)
            yield record, {name: score.points or 0.0 for name, score in scores.items()}


def _bundle(course: Course, assignment: str) -> Bundle:
    """The bundle of the source notebook, which has the hidden tests: nothing has to be generated for it."""
    source = course.notebook("source", assignment)
    folder = course.path("source", assignment)
    notebook = NotebookBundle.of(assignment, source, catalogue_in(catalogue_at(folder), source), beside(folder))
    return Bundle(assignment, (notebook,), secret=SCRATCH_SECRET).as_unseen()


class AnswerGrader:
    """Makes notebooks of answers, has them graded in a scratch course, and reads what came of each answer."""

    def __init__(self, course: Course, assignment: str, grader: InProcess | AsAClass) -> None:
        self.assignment = assignment
        self._grader = grader
        self._count = 0
        self._errors: Counter[str] = Counter()  # of the catalogue's predicates and examples, with their notebooks
        self._released = course.notebook("release", assignment)
        source = course.notebook("source", assignment)
        self.exercises = {exercise.name: exercise for exercise in exercises_of(source, self._released)}
        self.catalogue = course.catalogue(assignment)

    def answers(self, files: Sequence[Path], only: set[str], proofs: int | None = None) -> list[Answer]:
        """The reference solution and the blank stub of each exercise, and the answers of the files or the catalogue.

        proofs: of the catalogue the right ones, and so many proofs of each misconception.
        """
        unknown = only - self.exercises.keys()
        if unknown:
            known = ", ".join(self.exercises)
            raise UsageError(f"there is no exercise {', '.join(sorted(unknown))}", self.assignment, f"Known: {known}.")
        found = [Answer(e.name, REFERENCE, e.reference, is_right=True) for e in self.exercises.values()]
        found += [Answer(e.name, BLANK, e.stub, mistake=Reason.NOT_WRITTEN) for e in self.exercises.values()]
        found += [answer for e in self.exercises.values() if len(e.hidden) > 1 for answer in returned_arguments(e)]
        for path in files:
            found += read_answers(path, self.exercises)
        if not files:
            chosen = None if proofs is None else self.catalogue.few_proofs(proofs)
            found += [a for a in self.catalogue.answers if chosen is None or a.is_right or a in chosen]
        return [answer for answer in found if not only or answer.exercise in only]

    def grade(self, batches: list[list[Answer]], steps: NotebookCounter) -> list[AnswerOutcome]:
        """Grades a notebook for each batch: these answers, the reference solution in every other exercise."""
        sent = {}
        for batch in batches:
            self._count += 1
            # The count goes on in the second run, which must not meet a student of the first.
            exercises = frozenset(answer.exercise for answer in batch)
            sent[f"answer{self._count:04d}"] = _FilledIn(self._notebook(batch), exercises)
        outcomes = []
        for batch, (record, scores) in zip(batches, self._grader.grade(sent, steps), strict=True):
            self._errors.update(record.catalogue_errors)
            outcomes += [self._outcome(answer, record, scores) for answer in batch]
        return outcomes

    def problems(self, only: set[str]) -> list[str]:
        """Problems of the catalogue: of its structure, then of what raised during grading. only: exercises, or all."""
        chosen = tuple(one for one in self.catalogue.misconceptions if not only or one.exercise in only)
        raised = [f"{error} (in {count} notebooks)" for error, count in self._errors.most_common()]
        structure = problems(Catalogue(chosen, self.catalogue.answers))
        return [*structure, *self._hardly_accepted(only), *self._unproved(only), *raised]

    def _hardly_accepted(self, only: set[str]) -> list[str]:
        """Exercises with so few right answers that tests may well ask for the reference's own way."""
        right = Counter(answer.exercise for answer in self.catalogue.answers if answer.is_right)
        return [
            f"{name}: {right[name]} of at least {_LEAST_RIGHT} right answers beside the reference solution"
            for name in self.exercises
            if right[name] < _LEAST_RIGHT and (not only or name in only)
        ]

    def _unproved(self, only: set[str]) -> list[str]:
        """Parts of hidden tests that no wrong answer has to fail: nobody knows whether they ask for anything."""
        named = {(answer.exercise, part) for answer in self.catalogue.answers for part in answer.fails}
        split = [e for e in self.exercises.values() if len(e.hidden) > 1 and (not only or e.name in only)]
        parts = [(e.name, aspect_of(cell) or _VALUES) for e in split for cell in e.hidden]
        return [
            f"{name}: no wrong answer has `| fails: {part}`, a part of its hidden tests"
            for name, part in parts
            if (name, part) not in named
        ]

    def _notebook(self, batch: list[Answer]) -> dict[str, Any]:
        chosen = {answer.exercise: answer.source for answer in batch}
        notebook: dict[str, Any] = json.loads(json.dumps(self._released))
        for cell in notebook["cells"]:
            name = grade_id_of(cell)
            if marks_of(cell).get("solution"):
                cell["source"] = chosen.get(name, self.exercises[name].reference)
        return notebook

    def _outcome(self, answer: Answer, record: NotebookRecord, scores: dict[str, float]) -> AnswerOutcome:
        exercise = self.exercises[answer.exercise]
        named, text = _first_message(record, exercise.hidden)
        ids = {one.name for one in self.catalogue.of(answer.exercise)}
        return AnswerOutcome(
            answer,
            visible=sum(scores.get(name, 0.0) for name in exercise.visible),
            parts={aspect_of(name) or _VALUES: scores.get(name, 0.0) for name in exercise.hidden},
            most=exercise.points,
            named=named,
            text=text,
            known=answer.mistake in ids,
            proof=answer in self.catalogue.proofs,
            in_notebook=_first_message(record, exercise.visible)[0],
        )


def _first_message(record: NotebookRecord, cells: tuple[str, ...]) -> tuple[str, str]:
    """The misconception that the first failed test among these cells names, and its message."""
    reports = (check.report for check in record.messages if check.cell in cells)
    return next(((report.misconception, report.text()) for report in reports if report is not None), ("", ""))
