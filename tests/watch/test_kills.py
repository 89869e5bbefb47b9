"""`torchmarks watch` in a process of its own, killed while a class hands in: nothing lost, none twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from torchmarks.course.arrivals import Arrivals

from ..bulk.conftest import BASICS
from ..bulk.kills import descendants
from .conftest import FULL, HALF, RIGHT, Class

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

KILLS = 20
STUDENTS = [f"s{number:02}" for number in range(KILLS)]
SETTINGS = """
c.ExchangeCollect.check_owner = False
c.Watch.minutes_between = 0.0
c.Exchange.root = {exchange!r}
"""


def _start(root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "torchmarks", "watch", BASICS, "--json", "--workers", "2", "--course", str(root)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _states(students: Class) -> dict[str, list[str]]:
    with Arrivals(students.course.db_url) as arrivals:
        rows = arrivals.of(BASICS)
    return {student: [one.state for one in rows if one.student == student] for student in STUDENTS}


def test_twenty_kills_lose_nothing(students: Class) -> None:
    """Everybody hands in once, and has one verdict, as if nobody had killed."""
    with (students.course.root / "nbgrader_config.py").open("a") as config:
        config.write(SETTINGS.format(exchange=str(students.root / "exchange")))
    chance = random.Random(17)
    process = _start(students.course.root)
    try:
        for number, student in enumerate(STUDENTS):
            students.submit(student, RIGHT if number % 2 else HALF)
            time.sleep(chance.uniform(0.0, 4.0))
            victims = [process.pid] if chance.random() < 0.6 else descendants(process.pid)
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(chance.choice(victims), signal.SIGKILL)
            time.sleep(0.1)
            if process.poll() is not None:
                process = _start(students.course.root)
        while set(map(tuple, _states(students).values())) != {("told",)}:
            time.sleep(0.5)
            assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(120) == 0

    half, full = students.course.scores(BASICS, STUDENTS[0]), students.course.scores(BASICS, STUDENTS[1])
    assert sum(score.points or 0 for score in full.values()) == FULL
    for number, student in enumerate(STUDENTS):
        assert students.course.scores(BASICS, student) == (full if number % 2 else half)
        (page,) = students.fetched(student)
        assert "more verdicts today: 4." in page
