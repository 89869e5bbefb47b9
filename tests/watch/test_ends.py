"""Killed anywhere, `watch` goes on: nothing lost, nothing graded or reported twice."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from torchmarks.bulk.gradebook_writer import GradebookWriter
from torchmarks.bulk.store import SubmissionStore
from torchmarks.course.arrivals import Arrivals
from torchmarks.course.exchange import ReleaseFeedback
from torchmarks.watch.placing import SubmittedFolder
from torchmarks.watch.steps import Steps

from ..bulk.conftest import BASICS
from .conftest import FULL, HALF, RIGHT, Class


class Killed(BaseException):
    """Stands for a sudden end."""


def _dies_at(patch: pytest.MonkeyPatch, owner: Any, name: str, turn: int, *, after: bool = False) -> None:
    original, calls = getattr(owner, name), [0]

    def dying(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == turn and not after:
            raise Killed
        found = original(*args, **kwargs)
        if calls[0] == turn:
            raise Killed
        return found

    patch.setattr(owner, name, dying)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("owner", "name", "turn"),
    [
        (Arrivals, "note_look", 1),
        (SubmittedFolder, "_move_in", 1),
        (Arrivals, "save", 1),
        (Arrivals, "save", 3),
        (GradebookWriter, "save", 1),
        (SubmissionStore, "commit", 1),
        (Steps, "page", 1),
        (ReleaseFeedback, "_publish", 2),
        (Steps, "release", 1),
        (Arrivals, "save", 5),
    ],
)
def test_the_next_one_goes_on(students: Class, owner: Any, name: str, turn: int, *, after: bool) -> None:
    """Before or after each step that writes: the student reads full marks, and one verdict is spent on it."""
    students.submit("ada", RIGHT)
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
        _dies_at(patch, owner, name, turn, after=after)
        students.watch()

    students.watch()

    (page,) = students.fetched("ada")
    assert "Provisional" in page
    assert "more verdicts today: 4." in page
    with Arrivals(students.course.db_url) as arrivals:
        (row,) = arrivals.of(BASICS)
    assert row.state == "told"
    assert students.watch().events == []
    assert not (students.course.root / "submitted" / ".torchmarks").exists()


def test_a_newer_submission_that_was_half_put_in_place_is_the_one_that_counts(students: Class) -> None:
    """The end came when the older one was moved away, and the newer not in: the exchange has lost it meanwhile."""
    students.submit("ada", HALF)
    students.watch()
    folder = students.submit("ada", RIGHT)
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
        _dies_at(patch, SubmittedFolder, "_move_in", 1)
        students.watch()
    folder.rename(students.root / "away")

    assert students.watch().last("ada").points == FULL
