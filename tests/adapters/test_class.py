"""Each adapter gives a class of thirty the points of `torchmarks grade`; of a smaller one, see tests/test_demo.py."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from torchmarks.bulk import grade_cohort
from torchmarks.course import Course, repository
from torchmarks.demo import SampleClass, sample_students

from .points import points_of_adapters

ASSIGNMENT = "01-tensors"
NAME = f"{ASSIGNMENT}.ipynb"


class Quiet:
    """A watcher that says nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: None


def _hand_in(course: Course, count: int) -> None:
    """A class's notebooks in submitted/: right, wrong, hostile and torn ones."""
    sample = SampleClass(course, ASSIGNMENT, course.catalogue(ASSIGNMENT).answers, random.Random(7))
    released = (course.path("release", ASSIGNMENT) / NAME).read_text()
    for student in sample_students(count, random.Random(7)):
        folder = course.path("submitted", ASSIGNMENT, student.name)
        folder.mkdir(parents=True)
        (folder / NAME).write_text(sample.solved(student, released))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_class_of_thirty_has_the_same_points_everywhere(tmp_path: Path) -> None:
    """What the one refuses the others refuse, too."""
    course = Course.scratch(tmp_path / "course", repository(), [ASSIGNMENT])
    course.generate(ASSIGNMENT)
    _hand_in(course, 30)
    grade_cohort(course.config, ASSIGNMENT, Quiet())

    folders, without = course.folders("submitted", ASSIGNMENT), course.refused(ASSIGNMENT)
    scores = {name: course.scores(ASSIGNMENT, name).values() for name in folders if name not in without}
    wanted = {name: sum(score.points or 0.0 for score in found) for name, found in scores.items()}
    assert (len(folders), len(without)) == (30, 1)
    assert len(set(wanted.values())) > 8
    assert points_of_adapters(course, ASSIGNMENT, folders) == {name: (wanted.get(name),) * 3 for name in folders}
