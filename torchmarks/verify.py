"""verify: the course proves that its hidden tests accept right answers and refuse wrong ones.

Each answer is put into the student notebook and graded through nbgrader's real pipeline in a scratch course. Answers to
different exercises share a notebook, so that nine are graded at a time; an answer that did not get its verdict there is
graded once more alone, so that no neighbour can be the reason.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.converters import NbGraderException

from torchmarks.answers import Answer, read_answers
from torchmarks.course import Course
from torchmarks.errors import UsageError
from torchmarks.grading import Bundle, Engines, NotebookBundle, Submission, grade
from torchmarks.isolation import Engine, Limits

REFERENCE, BLANK = "reference solution", "blank release"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What grading made of one answer. visible and hidden: points of the two tests, with their maximum; named: the
    misconception that the hidden test told the student; text: that message; known: whether the exercise knows the
    misconception that the answer is labelled with."""

    answer: Answer
    visible: float
    hidden: float
    most: float
    named: str = ""
    text: str = ""
    known: bool = True

    @property
    def fits(self) -> bool:
        """Whether the verdict is the one that the answer's label asks for."""
        if self.answer.label == BLANK:
            return self.visible == 0 and self.hidden == 0
        if self.answer.is_right:
            return self.visible + self.hidden == self.most
        return self.hidden == 0 and (self.named == self.answer.mistake or not self.known)


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcomes of an assignment's answers."""

    assignment: str
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> list[Outcome]:
        """Those that fall short."""
        return [outcome for outcome in self.outcomes if not outcome.fits]


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a source notebook: its solution cell's id, its tests, the reference solution."""

    name: str
    reference: str
    stub: str
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    points: float
    hidden_source: str


def exercises_of(source: dict[str, Any], released: dict[str, Any]) -> list[Exercise]:
    """The exercises of an assignment, in order: each solution cell with the test cells that follow it."""
    stubs = {_mark(cell, "grade_id"): cell["source"] for cell in released["cells"]}
    found: list[Exercise] = []
    for cell in source["cells"]:
        text = "".join(cell["source"])
        if _mark(cell, "solution"):
            name = _mark(cell, "grade_id")
            found.append(Exercise(name, _without_markers(text), "".join(stubs[name]), (), (), 0.0, ""))
        elif _mark(cell, "grade") and found:
            found[-1] = _with_test(found[-1], _mark(cell, "grade_id"), float(_mark(cell, "points") or 0), text)
    return found


def _with_test(exercise: Exercise, name: str, points: float, text: str) -> Exercise:
    exercise = replace(exercise, points=exercise.points + points)
    if "BEGIN HIDDEN TESTS" in text:
        return replace(exercise, hidden=(*exercise.hidden, name), hidden_source=exercise.hidden_source + text)
    return replace(exercise, visible=(*exercise.visible, name))


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
    say: Say = lambda text: None,
) -> Verified:
    """Grade all answers of an assignment.

    answer_files: instead of the course's own file in tests/answers/; answers: these and nothing else. only: names of
    exercises, or nothing for all.
    fast: through the pure grading function alone, without nbgrader's converters. say: is told each step.
    Raises UsageError.
    """
    course.require(assignment)
    with tempfile.TemporaryDirectory(prefix="torchmarks-verify-") as folder:
        scratch = Course.scratch(Path(folder) / "course", course.root, [assignment])
        say(f"{assignment}: generating the student version")
        scratch.generate(assignment)
        bench = _Bench(scratch, assignment, fast=fast)
        if answers is None:
            files = answer_files or [course.root / "tests" / "answers" / f"{assignment}.py"]
            answers = bench.answers(files, set(only))
        try:
            outcomes = _graded(bench, list(answers), say)
        finally:
            bench.close()
    return Verified(assignment, tuple(outcomes))


def _graded(bench: _Bench, answers: list[Answer], say: Say) -> list[Outcome]:
    outcomes: dict[str, Outcome] = {}
    batches = _batched(answers)
    for number, batch in enumerate(batches, start=1):
        say(f"{bench.assignment}: notebook {number} of {len(batches)}")
        outcomes.update({outcome.answer.name: outcome for outcome in bench.grade(batch)})
    again = [outcome.answer for outcome in outcomes.values() if not outcome.fits]
    for answer in again if len(batches) > 1 else []:
        say(f"{bench.assignment}: once more alone: {answer.name}")
        outcomes.update({outcome.answer.name: outcome for outcome in bench.grade([answer])})
    return [outcomes[answer.name] for answer in answers]


def _batched(answers: list[Answer]) -> list[list[Answer]]:
    """Answers in groups with at most one for each exercise, in order."""
    queues: dict[str, list[Answer]] = {}
    for answer in answers:
        queues.setdefault(answer.exercise, []).append(answer)
    longest = max((len(queue) for queue in queues.values()), default=0)
    return [[queue[n] for queue in queues.values() if n < len(queue)] for n in range(longest)]


class _Bench:
    """A scratch course in which notebooks made of answers are graded."""

    def __init__(self, course: Course, assignment: str, *, fast: bool) -> None:
        self.assignment = assignment
        self._course = course
        self._fast = fast
        self._count = 0
        self._source = self._read(course.root / "source")
        self._released = self._read(course.root / "release")
        self.exercises = {exercise.name: exercise for exercise in exercises_of(self._source, self._released)}
        self._engines: dict[str, Engine] = {}
        self._bundle = self._make_bundle() if fast else None

    def _read(self, folder: Path) -> dict[str, Any]:
        path = folder / self.assignment / f"{self.assignment}.ipynb"
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded

    def _make_bundle(self) -> Bundle:
        return Bundle(self.assignment, (NotebookBundle.of(self.assignment, self._source),))

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    def answers(self, files: Sequence[Path], only: set[str]) -> list[Answer]:
        """The answers of the files, and for each exercise its reference solution and its blank stub."""
        unknown = only - self.exercises.keys()
        if unknown:
            known = ", ".join(self.exercises)
            raise UsageError(f"there is no exercise {', '.join(sorted(unknown))}", self.assignment, f"Known: {known}.")
        found = [Answer(e.name, REFERENCE, e.reference) for e in self.exercises.values()]
        found += [Answer(e.name, BLANK, e.stub, mistake="not-written") for e in self.exercises.values()]
        for path in files:
            found += read_answers(path, self.exercises)
        return [answer for answer in found if not only or answer.exercise in only]

    def grade(self, batch: list[Answer]) -> list[Outcome]:
        """Grade a notebook with these answers, the reference solution in every other exercise."""
        self._count += 1
        student = f"answer{self._count:04d}"
        chosen = {answer.exercise: answer.source for answer in batch}
        notebook = json.loads(json.dumps(self._released))
        for cell in notebook["cells"]:
            name = _mark(cell, "grade_id")
            if _mark(cell, "solution"):
                cell["source"] = chosen.get(name, self.exercises[name].reference)
        graded, scores = self._run(student, json.dumps(notebook).encode())
        return [self._outcome(answer, graded, scores) for answer in batch]

    def _run(self, student: str, content: bytes) -> tuple[dict[str, Any], dict[str, float]]:
        if self._bundle is not None:
            submission = Submission(student, {f"{self.assignment}.ipynb": content})
            made = grade(submission, self._bundle, self._fast_engines()).notebooks[0]
            return made.notebook or {"cells": []}, {cell: points or 0.0 for cell, points in made.scores.items()}
        root = self._course.root
        folder = root / "submitted" / student / self.assignment
        folder.mkdir(parents=True)
        (folder / f"{self.assignment}.ipynb").write_bytes(content)
        try:
            self._course.autograde(self.assignment, student)
        except NbGraderException as error:
            raise UsageError(
                f"nbgrader could not grade an answer ({error})", self.assignment, "See the log above."
            ) from error
        graded = json.loads((root / "autograded" / student / self.assignment / f"{self.assignment}.ipynb").read_text())
        scores = self._course.scores(self.assignment, student)
        return graded, {name: score.points or 0.0 for name, score in scores.items()}

    def _fast_engines(self) -> Engines:
        def engines(world: Any) -> Engine:
            if world not in self._engines:
                self._engines[world] = Engine(Limits(), world=world)
            return self._engines[world]

        return engines

    def _outcome(self, answer: Answer, graded: dict[str, Any], scores: dict[str, float]) -> Outcome:
        exercise = self.exercises[answer.exercise]
        named, text = _told(graded, exercise.hidden)
        known = answer.mistake == "not-written" or f'"{answer.mistake}"' in exercise.hidden_source
        return Outcome(
            answer,
            sum(scores.get(name, 0.0) for name in exercise.visible),
            sum(scores.get(name, 0.0) for name in exercise.hidden),
            exercise.points,
            named,
            text,
            known,
        )


def _told(graded: dict[str, Any], cells: tuple[str, ...]) -> tuple[str, str]:
    """The misconception and the message that a failed test shows."""
    for cell in graded["cells"]:
        if _mark(cell, "grade_id") in cells:
            for output in cell.get("outputs", []):
                marks = output.get("metadata", {}).get("torchmarks")
                if marks:
                    return str(marks["misconception"]), "".join(output["data"]["text/plain"])
    return "", ""
