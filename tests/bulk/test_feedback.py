"""torchmarks.bulk.feedback: nbgrader's own pages, made in bulk."""

from __future__ import annotations

from typing import Any

import pytest
from nbgrader.api import Gradebook

from torchmarks.bulk import feedback_cohort, grade_cohort
from torchmarks.course import Course
from torchmarks.errors import UsageError

from .conftest import BASICS, BULK, Recorder, a_class, hand_in

pytestmark = pytest.mark.timeout(300)


def _pages(course: Course) -> dict[str, tuple[str, bytes]]:
    folder = course.root / "feedback"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): (oct(path.stat().st_mode), path.read_bytes()) for path in files}


def _graded(course: Course) -> Course:
    for student in ("right", "wrong", "late", "half"):
        hand_in(course, student, a_class()[student])
    grade_cohort(course.config, BASICS, Recorder(), workers=1)
    with Gradebook(course.db_url) as gradebook:
        gradebook.find_comment("why", "squares", BASICS, "wrong").manual_comment = "Say <more>."
        gradebook.find_grade("why", "squares", BASICS, "wrong").manual_score = 1.5
        gradebook.db.commit()
    return course


def test_the_pages_are_those_of_nbgrader(course: Course) -> None:
    """Byte for byte, with manual scores and comments, a late penalty, solutions; data files beside them."""
    _graded(course)
    course.config.Solutions.in_feedback = True
    feedback_cohort(course.config, BASICS, Recorder(), workers=1)
    ours = _pages(course)

    course.feedback(BASICS)
    theirs = _pages(course)

    assert b"One way to solve it" in ours[f"wrong/{BASICS}/squares.html"][1]
    assert b"Say &lt;more&gt;." in ours[f"wrong/{BASICS}/squares.html"][1]
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_a_page_that_cannot_be_made_is_named_with_the_error(both_graded: Course) -> None:
    """And costs no worker: here the gradebook lacks a cell."""
    with Gradebook(both_graded.db_url) as gradebook:
        gradebook.db.delete(gradebook.find_grade("double-test", "more", BASICS, BULK))
        gradebook.db.commit()

    summary = feedback_cohort(both_graded.config, BASICS, Recorder(), workers=1)

    (reported,) = summary.reported
    assert reported.student == BULK
    assert reported.reason.startswith("Making the page failed with KeyError: 'score' (")
    assert summary.graded == 1


def test_only_what_was_marked_anew_is_made_again(course: Course) -> None:
    """A second run does nothing; a mark that a person has changed since makes that student's page alone, and solutions
    that are out make all.
    """
    _graded(course)
    feedback_cohort(course.config, BASICS, Recorder(), workers=1)
    again, changed, out = Recorder(), Recorder(), Recorder()

    feedback_cohort(course.config, BASICS, again, workers=1)
    with Gradebook(course.db_url) as gradebook:
        gradebook.find_grade("why", "squares", BASICS, "right").manual_score = 0.5
        gradebook.db.commit()
    feedback_cohort(course.config, BASICS, changed, workers=1)
    course.config.Solutions.in_feedback = True
    feedback_cohort(course.config, BASICS, out, workers=1)

    assert set(again.states.values()) == {"unchanged"}
    assert [student for student, state in changed.states.items() if state == "graded"] == ["right"]
    assert set(out.states.values()) == {"graded"}


@pytest.mark.parametrize(("run", "folder"), [(grade_cohort, "submitted"), (feedback_cohort, "autograded")])
def test_a_class_without_work_is_told_where_it_was_looked_for(course: Course, run: Any, folder: str) -> None:
    """Grading and feedback name the folders that they read."""
    with pytest.raises(UsageError) as caught:
        run(course.config, BASICS, Recorder())

    assert caught.value.where == str(course.root / folder / "*" / BASICS)
