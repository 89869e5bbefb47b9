"""What `watch` does again and again costs little in a large class: counted, as no time says it of a busy machine."""

from __future__ import annotations

import datetime

import pytest

from torchmarks.watch.steps import Steps

from .conftest import RIGHT, Class


def test_nobody_looks_through_the_class_before_anything_is_due(
    students: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For work that was not seen coming in: it can only be due where a student's time has ended."""
    looks, real = [], Steps.students

    def counted(self: Steps) -> list[str]:
        looks.append(self)
        return real(self)

    monkeypatch.setattr(Steps, "students", counted)
    students.submit("ada", RIGHT)

    students.watch()
    assert looks == []

    students.later = datetime.timedelta(days=8)
    students.watch()
    assert looks != []
