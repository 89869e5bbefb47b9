"""A grader in a process of its own, disturbed by kill -9."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_RUNS = 200
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Disturbed:
    """kills: how many hit; runs: how often the grader was started; said: what the last run wrote to stderr."""

    kills: int
    runs: int
    said: str


def start(root: Path, assignment: str, workers: int, stderr: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """torchmarks grade, for the class in `root`."""
    options = ["--course", str(root), "--workers", str(workers)]
    command = [sys.executable, "-m", "torchmarks", "grade", assignment, *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)


def grade_disturbed(root: Path, assignment: str, students: int, workers: int, kills: int, seed: int = 0) -> Disturbed:
    """Grade the class of `students`, again and again until a run ends well. When a random number of them is graded, the
    grader, one of its workers, of their servers or of what these were forked from is killed; in all `kills` times.
    """
    chance = random.Random(seed)
    moments = sorted(chance.sample(range(1, students), kills))
    hit = 0
    runs, said, done = 0, b"", False
    while not done and runs < _RUNS:
        runs += 1
        with tempfile.TemporaryFile() as stderr:
            grader = start(root, assignment, workers, stderr)
            while grader.poll() is None:
                if not moments or count_graded(root) < moments[0]:
                    time.sleep(_LOOK_S)
                    continue
                moments.pop(0)
                time.sleep(chance.uniform(0.0, 0.5))
                victims = [grader.pid] if chance.random() < 0.3 else descendants(grader.pid)
                with contextlib.suppress(ProcessLookupError, IndexError):
                    os.kill(chance.choice(victims), signal.SIGKILL)
                    hit += 1
            stderr.seek(0)
            said = stderr.read()
        done = grader.returncode == 0
    return Disturbed(hit, runs, said.decode(errors="replace"))


def count_graded(root: Path) -> int:
    """How many of a class have a graded copy."""
    try:
        return len(os.listdir(root / "autograded"))
    except FileNotFoundError:
        return 0


def descendants(pid: int, depth: int = 4) -> list[int]:
    """A grader's fork server and workers; its sandbox, with its process 1, the zygote and the servers. Students' own
    processes, further below, may die of anything.
    """
    found = []
    for task in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int((task / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(task.name), *(descendants(int(task.name), depth - 1) if depth > 1 else [])]
    return found
