"""Proves that the hidden tests of an assignment accept right answers and refuse wrong ones: `torchmarks verify`.

Each answer is put into the student notebook and graded in a scratch course as a class is, on all cores, down to the
gradebook that the points are read from; with `fast` all is done in this process. Answers to different exercises share a
notebook, so that nine are graded at a time; an answer that did not get its verdict there is graded once more alone, so
that no neighbour can be the reason.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from torchmarks.authoring.answer_grading import AnswerGrader, AsAClass, InProcess, NotebookCounter, Say
from torchmarks.authoring.demands import demands
from torchmarks.authoring.outcomes import AnswerOutcome, Verified
from torchmarks.authoring.pasting import Pasted, pasted
from torchmarks.catalogue import Answer
from torchmarks.checks.cell_marks import marks_of
from torchmarks.course import Course
from torchmarks.grading import Engines


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
    """Grades all answers of an assignment.

    answer_files: instead of the catalogue of the assignment; answers: these and nothing else. only: names of
    exercises, or nothing for all.
    fast: through the grading function alone, in this process: without workers, gradebook and files, the quicker way for
    a few answers; the student version is that of release/ where it has the exercises of source/.
    proofs: of the wrong answers only so many of each misconception, of those that a class is never compared with.
    paste: whether the lines of messages are run, too.
    engines: where `fast` gets its engines, which stay open; without it, it starts its own and ends them.
    say: called with each step.
    Raises UsageError.
    """
    course.require(assignment)
    course.catalogue(assignment)  # what is wrong with it is said with its own place, not that of a copy
    with tempfile.TemporaryDirectory(prefix="torchmarks-verify-") as folder:
        scratch = Course.scratch(Path(folder) / "course", course.root, [assignment])
        with contextlib.ExitStack() as closing:
            notebooks = InProcess(scratch, assignment, engines) if fast else AsAClass(scratch, assignment)
            closing.callback(notebooks.close)  # its workers have started, whatever fails below
            if fast and _has_current_cells(course, assignment):
                shutil.copytree(course.path("release", assignment), scratch.path("release", assignment))
            else:
                say(f"{assignment}: generating the student version")
                scratch.generate(assignment)
                scratch.draw_as_ever()
            grader = AnswerGrader(scratch, assignment, notebooks)
            if answers is None:
                answers = grader.answers(answer_files, set(only), proofs)
            outcomes = _graded(grader, list(answers), say)
    tried: list[Pasted] = []
    if paste:
        say(f"{assignment}: the lines of messages")
        tried = pasted(course.path("source", assignment) / f"{assignment}.ipynb", answers)
    problems_found = tuple(grader.problems(set(only)))
    held = demands(course, assignment, grader.catalogue.answers, set(only))
    return Verified(assignment, tuple(outcomes), problems_found, tuple(tried), held)


def _has_current_cells(course: Course, assignment: str) -> bool:
    """Whether release/ has the marked cells of source/: their stubs are all that is asked of a student version."""
    if not (course.path("release", assignment) / f"{assignment}.ipynb").is_file():
        return False
    marked = [
        {marks_of(cell).get("grade_id") for cell in course.notebook(step, assignment)["cells"]}
        for step in ("source", "release")
    ]
    return marked[0] == marked[1]


def _graded(grader: AnswerGrader, answers: list[Answer], say: Say) -> list[AnswerOutcome]:
    batches = _batched(answers)
    first = grader.grade(batches, NotebookCounter(say, grader.assignment))
    outcomes = {outcome.answer.name: outcome for outcome in first}
    again = [outcome.answer for outcome in outcomes.values() if not outcome.fits]
    if again and len(batches) > 1:
        counter = NotebookCounter(say, f"{grader.assignment}, once more alone")
        outcomes.update({outcome.answer.name: outcome for outcome in grader.grade([[one] for one in again], counter)})
    return [outcomes[answer.name] for answer in answers]


def _batched(answers: list[Answer]) -> list[list[Answer]]:
    """Answers in groups with at most one for each exercise, in order."""
    queues: dict[str, list[Answer]] = {}
    for answer in answers:
        queues.setdefault(answer.exercise, []).append(answer)
    longest = max((len(queue) for queue in queues.values()), default=0)
    return [[queue[n] for queue in queues.values() if n < len(queue)] for n in range(longest)]
