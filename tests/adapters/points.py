"""The points that each adapter gives the submissions of a class."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from torchmarks.adapters import github, gradescope, prairielearn
from torchmarks.course import Course
from torchmarks.course.alone import Grader, packed_assignment

Points = dict[str, tuple[float | None, float | None, float | None]]


def points_of_adapters(course: Course, assignment: str, folders: Mapping[str, Path]) -> Points:
    """By student on Gradescope, PrairieLearn and GitHub; None where a notebook is not graded, which each says its way.

    From the bundle that adapters carry, which is graded as they grade it.
    """
    with tempfile.TemporaryDirectory(prefix="torchmarks-adapters-") as place:
        packed_assignment(course, assignment).write(Path(place, "x.bundle"))
        grader = Grader.of_file(Path(place, "x.bundle"))
    submissions = (grader.submission(student, folder) for student, folder in folders.items())
    found: Points = {}
    for answer in grader.answers(submissions, workers=2):
        here, there = gradescope.results(answer, "hidden"), prairielearn.results(answer, "messages")
        row = github.row_of(answer, "")["points"]
        found[answer.student] = (
            sum(test["score"] for test in here["tests"]) if "tests" in here else None,
            round(there["score"] * answer.most, 6) if there["gradable"] else None,
            float(row) if row else None,
        )
    return found
