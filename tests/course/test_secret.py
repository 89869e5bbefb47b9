"""torchmarks.course.secret: one secret for a course, made once, in the gradebook alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect

from torchmarks.course.secret import (
    SCRATCH_SECRET,
    course_secret,
    keep_secret,
    known_secret,
    secret_of,
    travelling,
)
from torchmarks.grading import Bundle
from torchmarks.grading.basis import inputs_of


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A fresh gradebook."""
    made = f"sqlite:///{tmp_path / 'gradebook.db'}"
    Gradebook(made).close()
    return made


def test_a_secret_is_made_once(url: str) -> None:
    """32 bytes, the same whenever it is asked for."""
    first = course_secret(url)

    assert len(first) == 32
    assert [course_secret(url), known_secret(url)] == [first, first]


def test_two_courses_have_two_secrets(url: str, tmp_path: Path) -> None:
    """It is random, and not that of scratch courses."""
    other = f"sqlite:///{tmp_path / 'other.db'}"
    Gradebook(other).close()

    assert len({course_secret(url), course_secret(other), SCRATCH_SECRET}) == 3


def test_looking_makes_none(url: str) -> None:
    """A report or an export writes nothing into a gradebook."""
    assert known_secret(url) == b""
    assert not inspect(create_engine(url)).has_table("torchmarks_secret")


def test_processes_that_make_it_at_once_get_the_same(url: str) -> None:
    """A formgrader and a run on the command line, say: what the one draws the other draws too."""
    code = f"from torchmarks.course.secret import course_secret; input(); print(course_secret({url!r}).hex())"
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in running:  # each has imported all by the time that it reads this, or will soon
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    found = {process.communicate(timeout=120)[0].strip() for process in running}

    assert found == {known_secret(url).hex()}


def test_a_scratch_course_has_a_fixed_one(url: str) -> None:
    """Whatever was there before."""
    course_secret(url)
    keep_secret(url, SCRATCH_SECRET)

    assert course_secret(url) == SCRATCH_SECRET


def test_neither_bundle_nor_fingerprint_shows_it() -> None:
    """What a grade was made from is noted by a fingerprint, and a bundle's repr may come into a log."""
    bundle = Bundle("01-tensors", (), secret=SCRATCH_SECRET)
    other = Bundle("01-tensors", (), secret=b"other")

    assert "secret" not in repr(bundle)
    assert inputs_of(bundle) not in ("", inputs_of(other))
    assert SCRATCH_SECRET.hex()[:8] not in inputs_of(bundle)
    assert inputs_of(Bundle("01-tensors", ())) == ""


def test_a_travelling_secret_is_the_assignments_own() -> None:
    """The same each time, another for each assignment and course, and never the course's."""
    one, other = bytes(32), bytes([1] * 32)
    made = {travelling(one, "a"), travelling(one, "b"), travelling(other, "a"), one, other}

    assert travelling(one, "a") == travelling(one, "a")
    assert len(made) == 5


def test_a_course_without_a_secret_travels_with_a_new_one() -> None:
    """Nobody can compute it."""
    assert travelling(b"", "a") != travelling(b"", "a")


def test_looking_for_a_secret_makes_no_gradebook(tmp_path: Path) -> None:
    """SQLite would make a file that is not there."""
    assert secret_of(f"sqlite:///{tmp_path}/gradebook.db") == b""
    assert list(tmp_path.iterdir()) == []
