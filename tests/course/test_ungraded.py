"""torchmarks.course.ungraded: lines on work that is to be graded, in classes of any size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course import ungraded
from torchmarks.course.arrivals import Awaited
from torchmarks.course.deadlines import Deadlines
from torchmarks.course.marked import Marked
from torchmarks.course.ungraded import ungraded_lines

COMPARED: list[str] = []


class _Counted(str):
    """An id that counts how often it is compared."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        COMPARED.append(self)
        return str(self) == other


def test_whom_watch_grades_is_not_looked_for_in_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a deadline that is all of a class, and each export and report names them."""
    names = [f"s{number:03}" for number in range(200)]

    def never_graded(marked: Marked) -> Sequence[str]:
        return [_Counted(name) for name in names]

    until = Deadlines(datetime(2999, 1, 1, tzinfo=UTC), {})
    monkeypatch.setattr(ungraded, "ungraded_work", never_graded)
    monkeypatch.setattr(ungraded, "awaited", lambda *given: Awaited(until, frozenset(names[1:])))
    config = Config()
    config.CourseDirectory.root = str(tmp_path)

    now, later = ungraded_lines(Marked(config, "01-tensors", CourseDirectory(config=config)))

    assert "of s000. To grade it: " in now
    assert "s001" in later
    assert len(COMPARED) < 5 * len(names)
