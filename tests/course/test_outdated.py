"""torchmarks.course.outdated: warnings about work that is to be graded, in classes of any size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.course import outdated
from torchmarks.course.arrivals import Awaited
from torchmarks.course.deadlines import Deadlines
from torchmarks.course.outdated import ungraded_warnings

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

    def ungraded(directory: CourseDirectory, assignment: str) -> Sequence[str]:
        return [_Counted(name) for name in names]

    until = Deadlines(datetime(2999, 1, 1, tzinfo=UTC), {})
    monkeypatch.setattr(outdated, "ungraded_work", ungraded)
    monkeypatch.setattr(outdated, "awaited", lambda *given: Awaited(until, frozenset(names[1:])))
    config = Config()
    config.CourseDirectory.root = str(tmp_path)

    now, later = ungraded_warnings(CourseDirectory(config=config), "01-tensors")

    assert "of s000. To grade it: " in now
    assert "s001" in later
    assert len(COMPARED) < 5 * len(names)
