"""The small course of tests/bulk with an exchange, students who hand in through nbgrader, and a clock that is set."""

from __future__ import annotations

import datetime
import shutil
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.exchange.default import ExchangeFetchFeedback, ExchangeReleaseAssignment

from torchmarks.bulk.jobs import Greeting, Job, Outcome
from torchmarks.bulk.work import engines_of_thread
from torchmarks.course import Course
from torchmarks.watch import Event, Reporter, watch

from ..bulk.conftest import BASICS, WithExchange, dumped, make_small, more, settings, squares
from ..damage import assignment as small

RIGHT = {"squares.ipynb": squares(), "more.ipynb": more("return 2 * x")}
HALF = {"squares.ipynb": dumped(small.released()), "more.ipynb": more("return 2 * x")}
FULL = 11.0  # of 13: a person gives the others
NEXT_WEEK = datetime.timedelta(days=7)


class Here:
    """Workers of `watch`, in this process: one that does a job when it is asked what has finished."""

    def __init__(self) -> None:
        self.posted: deque[tuple[Job, Greeting]] = deque()

    @property
    def free(self) -> int:
        return 1 - len(self.posted)

    def post(self, job: Job, greeting: Greeting) -> None:
        self.posted.append((job, greeting))

    def finished(self) -> list[tuple[Job, Outcome]]:
        job, greeting = self.posted.popleft()
        return [(job, greeting.function(job, greeting.frozen))]

    def abandon(self) -> None:
        self.posted.clear()


class Heard(Reporter):
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.notes: list[str] = []

    def event(self, event: Event) -> None:
        self.events.append(event)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def kinds(self, student: str) -> list[str]:
        """What happened to a student's work."""
        return [event.kind for event in self.events if event.student == student]

    def last(self, student: str) -> Event:
        """What happened last."""
        return [event for event in self.events if event.student == student][-1]


class Class(WithExchange):
    """A course with an exchange that is watched. now: the time that `watch` gets, from the real one on."""

    def __init__(self, root: Path, empty: Path) -> None:
        shutil.copytree(empty, root / "course")
        (root / "exchange").mkdir()
        (root / "exchange").chmod(0o777)
        extra = settings()
        extra.Exchange.root = str(root / "exchange")
        extra.ExchangeCollect.check_owner = False
        extra.Watch.minutes_between = 0.0
        self.root, self.course, self.heard = root, Course(root / "course", extra), Heard()
        self.inbound = root / "exchange" / "tensors" / "inbound"
        self.course.exchange(ExchangeReleaseAssignment, BASICS)
        self.later = datetime.timedelta()
        self.count = 0  # what could not be taken or graded, the last time
        self.due(NEXT_WEEK)

    def due(self, after: datetime.timedelta) -> None:
        """Set the due date, from now on."""
        with Gradebook(self.course.db_url) as gradebook:
            when = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + after
            gradebook.update_or_create_assignment(BASICS, duedate=when)

    def extend(self, student: str, **by: float) -> None:
        """Give a student more time."""
        with Gradebook(self.course.db_url) as gradebook:
            gradebook.grant_extension(BASICS, student, **by)

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self.later

    def watch(self, **options: Any) -> Heard:
        """`watch --once`. Returns what was heard of this time."""
        self.heard = Heard()
        self.count = watch(self.course.config, [BASICS], self.heard, once=True, clock=self.now, pool=Here(), **options)  # type: ignore[arg-type]
        return self.heard

    def fetched(self, student: str) -> list[str]:
        """The pages of squares.ipynb that a student fetches, the newest submission's last."""
        self.course.exchange(ExchangeFetchFeedback, BASICS, student, **self.home(student))
        folder = self.root / "homes" / student / BASICS / "feedback"
        return [page.read_text() for page in sorted(folder.glob("*/squares.html"))]


@pytest.fixture(scope="session")
def empty_watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small course, generated. For copying only."""
    root = tmp_path_factory.mktemp("watch") / "course"
    make_small(root)
    yield root
    engines_of_thread().close()


@pytest.fixture
def students(empty_watched: Path, tmp_path: Path) -> Class:
    """A class with nothing handed in."""
    return Class(tmp_path, empty_watched)
