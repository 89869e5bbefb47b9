"""`torchmarks watch` under load: a class hands in within a minute, beside what `torchmarks grade` takes for the same.

    python benchmarks/watch.py [--students 50] [--spread 60] [--kills 20]

Prints figures and bars of one run, on submissions of 01-tensors made by classes.py: one submission alone, from its
arrival in the exchange to its page there, beside a warm grade plus a page; the whole class; the class again while the
watcher, its workers and their sandbox are killed at random, each time after a look of the watcher's, so that a kill
hits work. Exit status 1 where a bar is missed. With 50 students and 20 kills about ten minutes on two quiet cores.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import random
import secrets
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from classes import ASSIGNMENT, NO_HANGING, make_class, make_course
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash

from torchmarks.bulk import Watcher, early_pool, feedback_cohort, grade_cohort
from torchmarks.bulk.pools import default_workers
from torchmarks.course import Course
from torchmarks.course.arrivals import State
from torchmarks.course.bundles import assignment_bundle

SINGLES = 5
PATIENCE_S = 600.0
POLICY = """
c.ExchangeCollect.check_owner = False
c.Watch.verdicts_a_day = c.Watch.verdicts_in_all = None
c.Watch.minutes_between = 0.0
"""
DONE = (State.TOLD, State.REFUSED)


class Place:
    """A copy of the course with an exchange, what is handed in to it, and the watcher."""

    def __init__(self, origin: Path, folder: Path) -> None:
        self.root = folder / "course"
        shutil.copytree(origin, self.root, ignore=shutil.ignore_patterns("submitted", "autograded", "feedback"))
        exchange = folder / "exchange" / "tensors"
        self.inbound, self.pages = exchange / "inbound", exchange / "feedback"
        self.inbound.mkdir(parents=True)
        for place in (folder / "exchange", self.inbound):
            place.chmod(0o777)
        with (self.root / "nbgrader_config.py").open("a") as config:
            config.write(f"{POLICY}c.Exchange.root = {str(folder / 'exchange')!r}\n")
        self._folder, self._runs = folder, 0
        self.watcher: subprocess.Popen[bytes] | None = None
        self.secrets: dict[str, str] = {}

    def hand_in(self, student: str, files: Path) -> float:
        """As nbgrader's submit leaves it. Returns when."""
        made = self._folder / "handing-in"
        shutil.copytree(files, made)
        self.secrets[student] = secrets.token_hex(64)
        (made / "submission_secret.txt").write_text(self.secrets[student])
        made.chmod(0o777)
        now = datetime.datetime.now(datetime.UTC)
        made.rename(self.inbound / f"{student}+{ASSIGNMENT}+{now:%Y-%m-%d %H:%M:%S.%f} UTC+{secrets.token_urlsafe(9)}")
        return time.time()

    def page(self, student: str) -> Path:
        """What the student fetches."""
        return self.pages / f"{notebook_hash(secret=self.secrets[student], notebook_id=ASSIGNMENT)}.html"

    def start(self) -> None:
        """Start the watcher."""
        self._runs += 1
        command = [sys.executable, "-m", "torchmarks", "watch", ASSIGNMENT, "--json", "--course", str(self.root)]
        with (self._folder / "events").open("ab") as told, (self._folder / "said").open("ab") as said:
            self.watcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told, stderr=said)

    def stop(self) -> None:
        """Ask the watcher to end."""
        assert self.watcher is not None
        self.watcher.terminate()
        self.watcher.wait(120)

    def asked(self, query: str) -> list[tuple[str, ...]]:
        """What the gradebook says, by a connection that takes no lock from the watcher; nothing before its tables."""
        with contextlib.closing(sqlite3.connect(f"file:{self.root}/gradebook.db?mode=ro", uri=True)) as gradebook:
            try:
                return gradebook.execute(query, (ASSIGNMENT,)).fetchall()
            except sqlite3.OperationalError:
                return []

    def rows(self) -> list[tuple[str, ...]]:
        """What came in: student, state, and whether a verdict was taken off the budget."""
        return self.asked("SELECT student, state, granted_at IS NOT NULL FROM torchmarks_arrivals WHERE assignment = ?")

    def said(self) -> str:
        """The end of what it said to stderr."""
        return (self._folder / "said").read_text()[-2000:]

    def wait(self, students: set[str]) -> None:
        """Wait until all of them are told. By the rows: a line of the watcher's may be cut off by a kill."""
        deadline = time.time() + PATIENCE_S
        while not students <= {student for student, state, _ in self.rows() if state in DONE}:
            assert self.watcher is not None
            if time.time() > deadline or self.watcher.poll() is not None:
                raise RuntimeError(f"the watcher is not done: {self.said()}")
            time.sleep(0.2)

    def wait_for_a_look(self, since: float) -> None:
        """Wait until the watcher is at work."""
        deadline = time.time() + PATIENCE_S
        while self.watcher is not None and self.watcher.poll() is None:
            looks = self.asked("SELECT looked_at FROM torchmarks_looks WHERE assignment = ? AND place = 'exchange'")
            times = [datetime.datetime.fromisoformat(look).replace(tzinfo=datetime.UTC) for (look,) in looks]
            if any(looked.timestamp() >= since for looked in times):
                return
            assert time.time() < deadline, self.said()
            time.sleep(0.2)


def warm_single(course: Course, students: list[str]) -> float:
    """Seconds for a grade and a page of one submission by warm workers, the middle one of several."""
    found = []
    with early_pool(course.config, assignment_bundle(course.config, ASSIGNMENT), 1) as pool:
        for student in students:
            started = time.time()
            grade_cohort(course.config, ASSIGNMENT, Watcher(), students=[student], pool=pool, force=True)
            feedback_cohort(course.config, ASSIGNMENT, Watcher(), students=[student], pool=pool, force=True)
            found.append(time.time() - started)
    return statistics.median(found[1:])


def batch(root: Path) -> float:
    """Seconds that the two commands take for the class."""
    started = time.time()
    for command in ("grade", "feedback"):
        run = [sys.executable, "-m", "torchmarks", command, ASSIGNMENT, "--course", str(root)]
        subprocess.run(run, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.time() - started


def alone(place: Place, folders: dict[str, Path], students: list[str]) -> float:
    """Seconds from the arrival of one submission to its page, the middle one of several."""
    found = []
    for student in students:
        began = place.hand_in(student, folders[student])
        while not place.page(student).exists():
            time.sleep(0.005)
            assert time.time() - began < PATIENCE_S, place.said()
        found.append(time.time() - began)
        place.wait({student})
    return statistics.median(found[1:])


def together(place: Place, folders: dict[str, Path], spread: float, seed: int) -> list[float]:
    """Seconds from arrival to the page, of each of a class that hands in within `spread` seconds."""
    chance = random.Random(seed)
    moments = sorted((chance.uniform(0, spread), student) for student in folders)
    began, handed_in = time.time(), {}
    for moment, student in moments:
        time.sleep(max(0.0, began + moment - time.time()))
        handed_in[student] = place.hand_in(student, folders[student])
    place.wait(set(folders))
    return sorted(place.page(student).stat().st_mtime - when for student, when in handed_in.items())


def disturbed(place: Place, folders: dict[str, Path], kills: int, seed: int) -> int:
    """The class again, while somebody kills. Returns how many kills have hit."""
    chance, hit, waiting = random.Random(seed), 0, list(folders)
    chance.shuffle(waiting)
    share = max(1, len(waiting) // max(kills, 1))
    started = time.time()
    while hit < kills or waiting:
        if place.watcher is None or place.watcher.poll() is not None:
            started = time.time()
            place.start()
        for student in [waiting.pop() for _ in range(min(share, len(waiting)))]:
            place.hand_in(student, folders[student])
        place.wait_for_a_look(started)
        time.sleep(chance.uniform(0.0, 8.0))
        if hit < kills and place.watcher is not None:
            victims = [place.watcher.pid] * 2 + descendants(place.watcher.pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(victims), signal.SIGKILL)
                hit += 1
            time.sleep(0.2)
    if place.watcher is None or place.watcher.poll() is not None:
        place.start()
    place.wait(set(folders))
    place.stop()
    return hit


def descendants(pid: int, depth: int = 3) -> list[int]:
    """Workers, what they were forked from, the sandbox."""
    found = []
    for task in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int((task / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(task.name), *(descendants(int(task.name), depth - 1) if depth > 1 else [])]
    return found


def scores(root: Path) -> dict[str, float]:
    """What the gradebook holds, by student."""
    with Gradebook(Course(root).db_url) as gradebook:
        return {one.student.id: one.score for one in gradebook.assignment_submissions(ASSIGNMENT)}


def told_once(place: Place, students: set[str]) -> tuple[bool, str]:
    """Whether each has one arrival, one verdict off the budget at most, and one page; and how many have."""
    rows = place.rows()
    ends = Counter(student for student, state, _ in rows if state in DONE)
    verdicts = Counter(student for student, _, granted in rows if granted)
    good = {one for one in students if ends[one] == 1 and verdicts[one] <= 1 and place.page(one).exists()}
    return good == students and len(rows) == len(students), f"{len(good)} of {len(students)}"


def report(what: str, figure: str, bar: str = "", *, holds: bool = True) -> bool:
    """A line."""
    print(f"{what:<58}{figure:>22}  {bar}{'' if holds else '  MISSED'}", flush=True)
    return holds


def run(given: argparse.Namespace, folder: Path) -> bool:
    """All of it. Returns whether the bars hold."""
    course = make_course(folder / "origin" / "course")
    kinds = make_class(course, given.students + SINGLES, mix=NO_HANGING)
    with Gradebook(course.db_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=datetime.datetime(2100, 1, 1))
    singles = [student for student, kind in kinds.items() if kind in ("ordinary", "perfect")][:SINGLES]
    folders = {student: course.path("submitted", ASSIGNMENT, student) for student in kinds}
    many = {student: path for student, path in folders.items() if student not in singles}
    warm = warm_single(course, singles)
    shutil.copytree(course.root, folder / "batch" / "course")
    for student in singles:
        shutil.rmtree(folder / "batch" / "course" / "submitted" / student)
    whole = batch(folder / "batch" / "course")

    place = Place(course.root, folder / "calm")
    place.start()
    one = alone(place, folders, singles)
    took = together(place, many, given.spread, given.seed)
    place.stop()
    p95 = took[min(len(took) - 1, round(0.95 * len(took)))]

    report("workers", str(default_workers()))
    report("a warm grade and a page", f"{warm:.2f} s")
    good = report("one alone, arrival to page", f"{one:.2f} s", f"{one / warm:.2f} times; bar 2", holds=one <= 2 * warm)
    report(f"`grade` and `feedback` for {len(many)}", f"{whole:.1f} s")
    ratio = f"{p95 / whole:.2f} times; bar 1.5"
    good &= report(f"{len(many)} within {given.spread:g} s, p95", f"{p95:.1f} s", ratio, holds=p95 <= 1.5 * whole)
    report("  median", f"{statistics.median(took):.1f} s")
    calm = scores(place.root)
    once, figure = told_once(place, set(folders))
    good &= report("nothing lost, none twice", figure, holds=once)
    if given.kills:
        other = Place(course.root, folder / "disturbed")
        hit = disturbed(other, folders, given.kills, given.seed)
        once, figure = told_once(other, set(folders))
        good &= report(f"the same with {hit} kill -9", figure, holds=once)
        same = scores(other.root) == calm
        good &= report("  and the gradebook is the same", str(same), holds=same)
    return good


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=50)
    parser.add_argument("--spread", type=float, default=60.0, help="seconds in which they hand in")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if run(given, Path(folder)) else 1)


if __name__ == "__main__":
    main()
