"""verify: the course proves that its hidden tests accept right answers and refuse wrong ones.

Each answer is put into the student notebook and graded in a scratch course as a class is, on all cores, down to the
gradebook that the points are read from. Answers to different exercises share a notebook, so that nine are graded at a
time; an answer that did not get its verdict there is graded once more alone, so that no neighbour can be the reason.
In one process (`fast`) a notebook is judged by the tests of the exercises alone that it has answers to.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from torchmarks.authoring.asked_tests import not_asked, without
from torchmarks.authoring.demands import Demands, demands
from torchmarks.authoring.pasting import Pasted, pasted
from torchmarks.bulk import Outcome as Graded
from torchmarks.bulk import Watcher, early_pool, grade_cohort
from torchmarks.catalogue import Answer, Catalogue, problems, read_answers
from torchmarks.checks.exercises import aspect_of, exercise_of
from torchmarks.checks.reasons import Reason, is_misconception
from torchmarks.checks.reasons_file import beside
from torchmarks.course import Course
from torchmarks.course.bundles import catalogue_at, catalogue_in
from torchmarks.course.secret import SCRATCH_SECRET
from torchmarks.errors import UsageError
from torchmarks.grading import Bundle, Engines, NotebookBundle, NotebookRecord, Submission, grade
from torchmarks.grading.record import read_file
from torchmarks.grading.repair import Blueprint
from torchmarks.isolation import EnginePool, Limits

REFERENCE, BLANK, ARGUMENT = "reference solution", "blank release", "returns its argument "
VALUES = "values"  # the part of the hidden tests whose cell has no name for what it looks at
Say = Callable[[str], None]
_Result = tuple[NotebookRecord, dict[str, float]]  # what grading found in a notebook, the points of its cells


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """What grading made of one answer.

    visible: points of the visible test; parts: those of the hidden tests by part; most: of all; named: the
    misconception that the hidden test told the student, found without imitating this answer; text: that message; known:
    whether the exercise knows the misconception that the answer is labelled with; proof: whether no answer like it is
    ever imitated; in_notebook: the misconception that the visible test names, in the notebook and in feedback.
    """

    answer: Answer
    visible: float
    parts: Mapping[str, float]
    most: float
    named: str = ""
    text: str = ""
    known: bool = True
    proof: bool = False
    in_notebook: str = ""

    @property
    def fits(self) -> bool:
        """Whether the verdict is the one that the answer's label asks for. The name is another matter: see Names."""
        if self.answer.label == BLANK:
            return self.visible == 0 and self.hidden == 0 and self.named == Reason.NOT_WRITTEN
        if self.answer.is_right:
            return self.visible + self.hidden == self.most
        if self.answer.label.startswith(ARGUMENT):
            return self.hidden == 0
        return self.is_refused and not self.kept

    @property
    def hidden(self) -> float:
        """Points of all hidden tests."""
        return sum(self.parts.values())

    @property
    def is_refused(self) -> bool:
        """Whether at least one part of the hidden tests gives nothing for it."""
        return 0 in self.parts.values()

    @property
    def kept(self) -> tuple[str, ...]:
        """The parts that it has to fail and does not, or that the exercise does not have."""
        return tuple(part for part in self.answer.fails if self.parts.get(part) != 0)

    @property
    def is_labelled(self) -> bool:
        """Whether it is a wrong answer that is labelled with a misconception of its exercise."""
        return self.known and bool(self.answer.mistake) and not self.answer.is_right and self.answer.label != BLANK

    @property
    def is_false(self) -> bool:
        """Whether a misconception was named that is not the one of its label."""
        return self.is_labelled and is_misconception(self.named) and self.named != self.answer.mistake


@dataclass(frozen=True, slots=True)
class Names:
    """How well misconceptions were named among refused answers that are labelled with one.

    answers: how many there are; right and false: how many were told the misconception of their label, or another; the
    rest was told none.
    """

    answers: int
    right: int
    false: int

    @classmethod
    def of(cls, outcomes: Iterable[AnswerOutcome]) -> Names:
        """Of the hidden tests' messages on these outcomes."""
        return cls._count((o.answer.mistake, o.named) for o in outcomes if o.is_labelled)

    @classmethod
    def in_notebook(cls, outcomes: Iterable[AnswerOutcome]) -> Names:
        """Of the visible tests' messages on those outcomes that fail there."""
        return cls._count((o.answer.mistake, o.in_notebook) for o in outcomes if o.is_labelled and not o.visible)

    @classmethod
    def _count(cls, pairs: Iterable[tuple[str, str]]) -> Names:
        said = list(pairs)
        right = sum(label == name for label, name in said)
        return cls(len(said), right, sum(is_misconception(name) for _, name in said) - right)

    def __str__(self) -> str:
        said = f"{self.right} of {self.answers} named, {self.false} falsely"
        return f"{said} (precision {self.precision:.1%})"

    @property
    def precision(self) -> float:
        """The share of names said that are true; 1 where none was said."""
        said = self.right + self.false
        return self.right / said if said else 1.0


LEAST_RIGHT = 3  # answers of an exercise that solve it in ways of their own
LEAST_PRECISION = 0.97  # of names said on answers that no name was made from


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two misconceptions of an exercise that are taken for each other: the one of the label, the one that was named.

    proofs and left_out: among how many answers that are never imitated, and among how many of the others.
    """

    exercise: str
    labelled: str
    named: str
    proofs: int
    left_out: int


def confusions(outcomes: Iterable[AnswerOutcome]) -> list[Confusion]:
    """The cells of the confusion table that lie off its diagonal, by exercise, the most frequent first."""
    false = [outcome for outcome in outcomes if outcome.is_false]
    order = list(dict.fromkeys(outcome.answer.exercise for outcome in false))
    counted = Counter((o.answer.exercise, o.answer.mistake, o.named) for o in false)
    proofs = Counter((o.answer.exercise, o.answer.mistake, o.named) for o in false if o.proof)
    found = [Confusion(*pair, proofs[pair], count - proofs[pair]) for pair, count in counted.most_common()]
    return sorted(found, key=lambda one: order.index(one.exercise))


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcomes of an assignment's answers. catalogue_problems: of its structure, and of what its predicates and
    examples did when they were asked; pasted: what the lines of messages show, where they were tried; demands: the
    sentences of the statements, where the course lists which of them demand nothing.
    """

    assignment: str
    outcomes: tuple[AnswerOutcome, ...]
    catalogue_problems: tuple[str, ...] = ()
    pasted: tuple[Pasted, ...] = ()
    demands: Demands | None = None

    @property
    def failed(self) -> list[AnswerOutcome]:
        """Those that fall short."""
        return [outcome for outcome in self.outcomes if not outcome.fits]

    @property
    def proofs(self) -> Names:
        """Names on answers that are never imitated."""
        return Names.of(outcome for outcome in self.outcomes if outcome.proof)

    @property
    def left_out(self) -> Names:
        """Names on answers that a class is compared with, each left out in turn."""
        return Names.of(outcome for outcome in self.outcomes if not outcome.proof)

    @property
    def in_notebook(self) -> tuple[Names, Names]:
        """Names that visible tests said: on answers that are never imitated, and on the others."""
        proofs, others = ([o for o in self.outcomes if o.proof is proof] for proof in (True, False))
        return Names.in_notebook(proofs), Names.in_notebook(others)

    @property
    def lines(self) -> str:
        """How many failures have lines that show them, among those of answers that do the same each time."""
        steady = [one for one in self.pasted if not one.varies]
        return f"{sum(one.shows for one in steady)} of {len(steady)}, {len(self.pasted) - len(steady)} besides vary"

    @property
    def imprecise(self) -> bool:
        """Whether more names are false than a course may say."""
        return self.proofs.precision < LEAST_PRECISION

    @property
    def problems(self) -> list[str]:
        """What is wrong with the catalogue, a line each. An example that the tests accept is among `failed`."""
        said = f"{self.proofs.precision:.1%} of the names said on proofs are true, {LEAST_PRECISION:.0%} are asked for"
        return [*self.catalogue_problems, *([said] if self.imprecise else []), *self._statement_problems()]

    def _statement_problems(self) -> list[str]:
        if self.demands is None:
            return []
        unheld = [f"{place}: no wrong answer breaks “{sentence}”" for place, sentence in self.demands.unheld]
        listed = "stands in sentences.toml, and in no statement or in a `# breaks:`"
        return [*unheld, *(f"{place}: “{sentence}” {listed}" for place, sentence in self.demands.not_listed)]

    @property
    def falls_short(self) -> bool:
        """Whether `torchmarks verify` exits with 1."""
        return bool(self.failed) or self.imprecise or (self.demands is not None and self.demands.unheld != ())


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a source notebook: its solution cell's id, its tests, the reference solution."""

    name: str
    reference: str
    stub: str
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    points: float


def exercises_of(source: dict[str, Any], released: dict[str, Any]) -> list[Exercise]:
    """The exercises of an assignment, in order: each solution cell with its test cells."""
    stubs = {_mark(cell, "grade_id"): cell["source"] for cell in released["cells"]}
    found: dict[str, Exercise] = {}
    for cell in source["cells"]:
        text, name = "".join(cell["source"]), str(_mark(cell, "grade_id"))
        if _mark(cell, "solution"):
            found[name] = Exercise(name, _without_markers(text), "".join(stubs[name]), (), (), 0.0)
        elif _mark(cell, "grade") and exercise_of(name) in found:
            exercise = found[exercise_of(name)]
            found[exercise.name] = _with_test(exercise, name, float(_mark(cell, "points") or 0), text)
    return list(found.values())


def _with_test(exercise: Exercise, name: str, points: float, text: str) -> Exercise:
    exercise = replace(exercise, points=exercise.points + points)
    if "BEGIN HIDDEN TESTS" in text:
        return replace(exercise, hidden=(*exercise.hidden, name))
    return replace(exercise, visible=(*exercise.visible, name))


def _returned_arguments(exercise: Exercise) -> list[Answer]:
    """Answers that hand back what they are given: each part of the hidden tests has a case for them."""
    functions = [node for node in ast.parse(exercise.stub).body if isinstance(node, ast.FunctionDef)]
    found = []
    for function in functions:
        for name in [one.arg for one in (*function.args.posonlyargs, *function.args.args)]:
            source = f"def {function.name}({ast.unparse(function.args)}):\n    return {name}"
            found.append(Answer(exercise.name, f"{ARGUMENT}{name}", source))
    return found


def _mark(cell: dict[str, Any], key: str) -> Any:
    return (cell.get("metadata", {}).get("nbgrader") or {}).get(key)


def _without_markers(text: str) -> str:
    return "\n".join(
        line for line in text.splitlines() if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line
    )


def verify(
    course: Course,
    assignment: str,
    *,
    answer_files: Sequence[Path] = (),
    answers: Sequence[Answer] | None = None,
    only: Iterable[str] = (),
    fast: bool = False,
    proofs: int | None = None,
    paste: bool = False,
    engines: Engines | None = None,
    say: Say = lambda text: None,
) -> Verified:
    """Grade all answers of an assignment.

    answer_files: instead of the catalogue of the assignment; answers: these and nothing else. only: names of
    exercises, or nothing for all.
    fast: through the grading function alone, in this process: without workers, gradebook and files, the quicker way for
    a few answers; the student version is that of release/ where it has the exercises of source/.
    proofs: of the wrong answers only so many of each misconception, of those that a class is never compared with.
    paste: whether the lines of messages are tried, too.
    engines: where `fast` gets its engines, which stay open; without it, it starts its own and ends them.
    say: is told each step.
    Raises UsageError.
    """
    course.require(assignment)
    course.catalogue(assignment)  # what is wrong with it is said with its own place, not that of a copy
    with tempfile.TemporaryDirectory(prefix="torchmarks-verify-") as folder:
        scratch = Course.scratch(Path(folder) / "course", course.root, [assignment])
        with contextlib.ExitStack() as closing:
            grader: _Alone | _AsAClass = (
                _Alone(scratch, assignment, engines) if fast else _AsAClass(scratch, assignment)
            )
            closing.callback(grader.close)  # its workers have started, whatever fails below
            if fast and _has_current_cells(course, assignment):
                shutil.copytree(course.path("release", assignment), scratch.path("release", assignment))
            else:
                say(f"{assignment}: generating the student version")
                scratch.generate(assignment)
                scratch.draw_as_ever()
            grader_of_answers = _AnswerGrader(scratch, assignment, grader)
            if answers is None:
                answers = grader_of_answers.answers(answer_files, set(only), proofs)
            outcomes = _graded(grader_of_answers, list(answers), say)
    tried: list[Pasted] = []
    if paste:
        say(f"{assignment}: the lines of messages")
        tried = pasted(course.path("source", assignment) / f"{assignment}.ipynb", answers)
    problems_found = tuple(grader_of_answers.problems(set(only)))
    held = demands(course, assignment, grader_of_answers.catalogue.answers, set(only))
    return Verified(assignment, tuple(outcomes), problems_found, tuple(tried), held)


def _has_current_cells(course: Course, assignment: str) -> bool:
    """Whether release/ has the marked cells of source/: their stubs are all that is asked of a student version."""
    if not (course.path("release", assignment) / f"{assignment}.ipynb").is_file():
        return False
    marked = [
        {_mark(cell, "grade_id") for cell in course.notebook(step, assignment)["cells"]}
        for step in ("source", "release")
    ]
    return marked[0] == marked[1]


def _graded(grader_of_answers: _AnswerGrader, answers: list[Answer], say: Say) -> list[AnswerOutcome]:
    batches = _batched(answers)
    first = grader_of_answers.grade(batches, _Steps(say, grader_of_answers.assignment))
    outcomes = {outcome.answer.name: outcome for outcome in first}
    again = [outcome.answer for outcome in outcomes.values() if not outcome.fits]
    if again and len(batches) > 1:
        second = grader_of_answers.grade(
            [[answer] for answer in again], _Steps(say, f"{grader_of_answers.assignment}, once more alone")
        )
        outcomes.update({outcome.answer.name: outcome for outcome in second})
    return [outcomes[answer.name] for answer in answers]


class _Steps(Watcher):
    """Tells how far a run is. A Watcher of the bulk grader too."""

    def __init__(self, say: Say, what: str) -> None:
        self._say, self._what = say, what
        self._done = self._total = 0

    def begin(self, total: int, what: str) -> None:
        """See Watcher."""
        self._total = total

    def finished(self, outcome: Graded | None = None) -> None:
        """A notebook is done."""
        self._done += 1
        self._say(f"{self._what}: notebook {self._done} of {self._total}")

    def note(self, text: str) -> None:
        """See Watcher."""
        self._say(text)


def _batched(answers: list[Answer]) -> list[list[Answer]]:
    """Answers in groups with at most one for each exercise, in order."""
    queues: dict[str, list[Answer]] = {}
    for answer in answers:
        queues.setdefault(answer.exercise, []).append(answer)
    longest = max((len(queue) for queue in queues.values()), default=0)
    return [[queue[n] for queue in queues.values() if n < len(queue)] for n in range(longest)]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A student's notebook as `json` reads it, and the exercises that it has an answer of ours to."""

    notebook: dict[str, Any]
    exercises: frozenset[str]


class _Alone:
    """Grades through the grading function, in this process."""

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
        """End the servers that were started here."""
        torch.set_num_threads(self._threads)
        self._own.close()

    def grade(self, sent: Mapping[str, _Sent], steps: _Steps) -> Iterator[_Result]:
        """The notebooks, by student, in their order."""
        steps.begin(len(sent), "")
        for student, one in sent.items():
            left_out, bundle = self._judging(one.exercises)
            content = json.dumps(without(one.notebook, left_out)).encode()
            submission = Submission(student, {f"{self._assignment}.ipynb": content})
            record = grade(submission, bundle, self._engines).notebooks[0].record
            steps.finished()
            yield record, {cell: points or 0.0 for cell, points in record.scores.items()}

    def _judging_anew(self, exercises: frozenset[str]) -> tuple[frozenset[str], Bundle]:
        """The tests that answers to these exercises do without, and the bundle without them."""
        left_out = not_asked(self._source, exercises)
        whole = self._bundle.notebooks[0]
        notebook = replace(whole, blueprint=Blueprint.from_notebook(without(self._source, left_out), whole.name))
        return left_out, replace(self._bundle, notebooks=(notebook,))


class _AsAClass:
    """Grades as a class is graded. Its workers start at once, while the student version is generated."""

    def __init__(self, course: Course, assignment: str) -> None:
        self._course, self._assignment = course, assignment
        self._pool = early_pool(course.config, _bundle(course, assignment))

    def close(self) -> None:
        """End the workers."""
        self._pool.close()

    def grade(self, sent: Mapping[str, _Sent], steps: _Steps) -> Iterator[_Result]:
        """The notebooks, by student, in their order."""
        course, assignment, file = self._course, self._assignment, f"{self._assignment}.ipynb"
        for student, one in sent.items():
            folder = course.path("submitted", assignment, student)
            folder.mkdir(parents=True)
            (folder / file).write_bytes(json.dumps(one.notebook).encode())
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
    """Of the source notebook: the hidden tests stand in it, nothing has to be generated for it."""
    source = course.notebook("source", assignment)
    folder = course.path("source", assignment)
    notebook = NotebookBundle.of(assignment, source, catalogue_in(catalogue_at(folder), source), beside(folder))
    return Bundle(assignment, (notebook,), secret=SCRATCH_SECRET).as_unseen()


class _AnswerGrader:
    """A scratch course in which notebooks made of answers are graded."""

    def __init__(self, course: Course, assignment: str, grader: _Alone | _AsAClass) -> None:
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
        found += [answer for e in self.exercises.values() if len(e.hidden) > 1 for answer in _returned_arguments(e)]
        for path in files:
            found += read_answers(path, self.exercises)
        if not files:
            chosen = None if proofs is None else self.catalogue.few_proofs(proofs)
            found += [a for a in self.catalogue.answers if chosen is None or a.is_right or a in chosen]
        return [answer for answer in found if not only or answer.exercise in only]

    def grade(self, batches: list[list[Answer]], steps: _Steps) -> list[AnswerOutcome]:
        """Grade a notebook for each batch: these answers, the reference solution in every other exercise."""
        sent = {}
        for batch in batches:
            self._count += 1
            # Counted on in the second run, which must meet no student of the first.
            exercises = frozenset(answer.exercise for answer in batch)
            sent[f"answer{self._count:04d}"] = _Sent(self._notebook(batch), exercises)
        outcomes = []
        for batch, (record, scores) in zip(batches, self._grader.grade(sent, steps), strict=True):
            self._errors.update(record.catalogue_errors)
            outcomes += [self._outcome(answer, record, scores) for answer in batch]
        return outcomes

    def problems(self, only: set[str]) -> list[str]:
        """Of the catalogue: its structure, then what raised while answers were graded. only: exercises, or all."""
        chosen = tuple(one for one in self.catalogue.misconceptions if not only or one.exercise in only)
        raised = [f"{error} (in {count} notebooks)" for error, count in self._errors.most_common()]
        structure = problems(Catalogue(chosen, self.catalogue.answers))
        return [*structure, *self._hardly_accepted(only), *self._unproved(only), *raised]

    def _hardly_accepted(self, only: set[str]) -> list[str]:
        """Exercises with so few right answers that tests may well ask for the reference's own way."""
        right = Counter(answer.exercise for answer in self.catalogue.answers if answer.is_right)
        return [
            f"{name}: {right[name]} of at least {LEAST_RIGHT} right answers beside the reference solution"
            for name in self.exercises
            if right[name] < LEAST_RIGHT and (not only or name in only)
        ]

    def _unproved(self, only: set[str]) -> list[str]:
        """Parts of hidden tests that no wrong answer has to fail: nobody knows whether they ask for anything."""
        named = {(answer.exercise, part) for answer in self.catalogue.answers for part in answer.fails}
        split = [e for e in self.exercises.values() if len(e.hidden) > 1 and (not only or e.name in only)]
        parts = [(e.name, aspect_of(cell) or VALUES) for e in split for cell in e.hidden]
        return [
            f"{name}: no wrong answer has `| fails: {part}`, a part of its hidden tests"
            for name, part in parts
            if (name, part) not in named
        ]

    def _notebook(self, batch: list[Answer]) -> dict[str, Any]:
        chosen = {answer.exercise: answer.source for answer in batch}
        notebook: dict[str, Any] = json.loads(json.dumps(self._released))
        for cell in notebook["cells"]:
            name = _mark(cell, "grade_id")
            if _mark(cell, "solution"):
                cell["source"] = chosen.get(name, self.exercises[name].reference)
        return notebook

    def _outcome(self, answer: Answer, record: NotebookRecord, scores: dict[str, float]) -> AnswerOutcome:
        exercise = self.exercises[answer.exercise]
        named, text = _told(record, exercise.hidden)
        ids = {one.name for one in self.catalogue.of(answer.exercise)}
        return AnswerOutcome(
            answer,
            sum(scores.get(name, 0.0) for name in exercise.visible),
            {aspect_of(name) or VALUES: scores.get(name, 0.0) for name in exercise.hidden},
            exercise.points,
            named,
            text,
            answer.mistake in ids,
            answer in self.catalogue.proofs,
            _told(record, exercise.visible)[0],
        )


def _told(record: NotebookRecord, cells: tuple[str, ...]) -> tuple[str, str]:
    """What the first failed test among these cells names, and its message."""
    reports = (check.report for check in record.messages if check.cell in cells)
    return next(((report.misconception, report.text()) for report in reports if report is not None), ("", ""))
