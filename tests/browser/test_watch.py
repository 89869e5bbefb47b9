"""A student's evenings before the deadline: submit, fetch feedback while `torchmarks watch` runs, mend it, again."""

import datetime
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.exchange.default import ExchangeReleaseAssignment

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.gestures import PATIENCE_MS, RIGHT, solve_all_but

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ASSIGNMENT = "01-tensors"
POLICY = """
c.ExchangeCollect.check_owner = False  # one user of the system is all of the class here
c.Watch.verdicts_a_day = c.Watch.verdicts_in_all = 2
c.Watch.minutes_between = 0.0
"""


class Watching:
    """`torchmarks watch` in a process of its own, and what it tells."""

    def __init__(self, folder: Path) -> None:
        self._told, self._said = folder / "watch.jsonl", folder / "watch.log"
        options = ["--json", "--workers", "1", "--course", str(folder / "course")]
        with self._told.open("wb") as told, self._said.open("wb") as said:
            command = [sys.executable, "-m", "torchmarks", "watch", ASSIGNMENT, *options]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told, stderr=said)

    def wait(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The event of this kind with this number, as soon as it has happened."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline and self.process.poll() is None:
            events = [json.loads(line) for line in self._told.read_text().splitlines(keepends=True) if line[-1] == "\n"]
            found = [event for event in events if event["event"] == kind]
            if len(found) >= count:
                event: dict[str, Any] = found[count - 1]
                return event
            time.sleep(0.1)
        raise AssertionError(self._told.read_text() + self._said.read_text())


@contextmanager
def _watching(folder: Path) -> Iterator[Watching]:
    made = Watching(folder)
    try:
        yield made
    finally:
        made.process.send_signal(signal.SIGTERM)
        try:
            made.process.wait(60)
        except subprocess.TimeoutExpired:
            made.process.kill()
            made.process.wait()


def _due(course: Any, after: datetime.timedelta) -> None:
    with Gradebook(course.db_url) as gradebook:
        when = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + after
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=when)


def _answer(path: Path) -> None:
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "from_list":
            cell["source"] = RIGHT
    path.write_text(json.dumps(notebook))


def _submit(screen: Any) -> None:
    screen.page.get_by_text("Submit", exact=True).click()
    screen.page.get_by_text("There are no submitted assignments.").wait_for(state="hidden")


def _fetch(screen: Any, student: Any, count: int) -> str:
    """Press Fetch Feedback as soon as there is something to fetch; the newest page, as the browser shows it."""
    page = screen.page
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while page.get_by_text("(feedback available to fetch)").count() == 0:
        assert time.monotonic() < deadline, "the list shows no feedback"
        page.locator("#refresh_assignments_list").click()
        page.wait_for_timeout(1_000)
    page.get_by_text("Fetch Feedback").click()
    page.get_by_text("(feedback available to fetch)").wait_for(state="hidden")
    page.get_by_text("(view feedback)").first.wait_for()
    assert len(list((student.home / ASSIGNMENT / "feedback").glob("*/*.html"))) == count
    return _read(screen, student)


def _read(screen: Any, student: Any) -> str:
    """The newest page that a student has fetched, as a browser shows it."""
    found = sorted((student.home / ASSIGNMENT / "feedback").glob("*/*.html"))
    tab = screen.page.context.browser.new_page()
    tab.goto(found[-1].as_uri())
    said = str(tab.locator("body").inner_text())
    tab.close()
    return said


def test_a_student_reads_where_they_stand_before_the_deadline(classroom: Any, screen: Any) -> None:
    """Half right, mended, full marks; then the budget holds, and at the deadline the final grade is there."""
    course = classroom.course
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(POLICY)
    course.generate(ASSIGNMENT)
    course.exchange(ExchangeReleaseAssignment, ASSIGNMENT)
    _due(course, datetime.timedelta(days=2))
    ada = classroom.student("ada")
    with _watching(classroom.root) as watch:
        screen.open_lab(ada)
        screen.menu("Nbgrader", "Assignment List")
        screen.page.get_by_text("Fetch", exact=True).click()
        screen.page.locator(".assignment-notebooks-link").wait_for()
        notebook = ada.home / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        solve_all_but(notebook, course.root / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", "from_list")
        _submit(screen)
        first = _fetch(screen, ada, 1)
        assert "Provisional" in first
        assert "32 of 36 points" in first
        screen.shot("provisional")

        _answer(notebook)
        _submit(screen)
        watch.wait("told", 2)
        second = _fetch(screen, ada, 2)
        assert "36 of 36 points" in second
        assert "verdicts before the deadline: 0." in second

        _submit(screen)
        watch.wait("kept")
        third = _fetch(screen, ada, 3)
        assert "Your work is kept" in third
        assert "You have had all 2 verdicts" in third
        screen.shot("kept")

        _due(course, datetime.timedelta(seconds=1))
        assert watch.wait("final")["points"] == 36
        # in the place of the page that said it was kept, which the list took for all that there is
        ada.nbgrader("fetch_feedback", ASSIGNMENT)
        last = _read(screen, ada)
    assert "36 of 36 points" in last
    assert "Provisional" not in last
    assert watch.process.returncode == 0
