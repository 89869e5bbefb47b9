"""The steps of `torchmarks watch` on a submission: grade it, make its page, release the page.

Each is the one that the command of that name takes, with the same workers for all. Prints nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from traitlets.config import Config

from torchmarks.bulk import GradeOutcome, Outcome, OutcomeState, Watcher
from torchmarks.bulk.feedback import open_feedback
from torchmarks.bulk.run import open_grading
from torchmarks.bulk.store import SubmissionStore
from torchmarks.checks.seeding import Phase
from torchmarks.course.bundles import notebooks_of
from torchmarks.course.exchange import ReleaseFeedback
from torchmarks.course.policy import PageDetail
from torchmarks.watch.events import Reporter
from torchmarks.watch.work_queue import Step, Then, WorkQueue

_log = logging.getLogger("torchmarks.nbgrader")  # nbgrader's own messages, for those who ask for them


class _Noting(Watcher):
    """Passes on what a person should read, each line once: a step is opened many times."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._noted: set[str] = set()

    def note(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._reporter.note(text)


class Steps:
    """The steps for an assignment. queue: the queue that does them."""

    def __init__(self, config: Config, assignment: str, reporter: Reporter, queue: WorkQueue) -> None:
        self._config = Config(config)
        self._config.CourseDirectory.assignment_id = assignment
        self._assignment, self._queue = assignment, queue
        self._shown: dict[str, PageDetail] = {}
        noting = _Noting(reporter)
        self._grading = {
            phase: Step(assignment, phase, partial(open_grading, self._config, assignment, noting, phase))
            for phase in Phase
        }
        feedback = partial(open_feedback, self._config, assignment, noting, lambda student: self._shown.get(student))
        self._pages = Step(assignment, "pages", feedback)

    def students(self) -> list[str]:
        """Students whose submission is in the course's folder."""
        return SubmissionStore(self._config, self._assignment).students()

    def is_at(self, student: str) -> bool:
        """Whether a worker has a student's submission."""
        return self._queue.is_at(self._assignment, student)

    def grade(self, student: str, phase: Phase, then: Then) -> bool:
        """Have a submission graded; a mark that is provisional is to change. See WorkQueue."""
        return self._queue.begin(self._grading[phase], student, then)

    def page(self, student: str, shown: PageDetail, then: Then) -> bool:
        """Have the page of a graded submission made. See WorkQueue."""
        self._shown[student] = shown
        return self._queue.begin(self._pages, student, then)

    def release(self, students: Collection[str]) -> Mapping[str, str]:
        """Release pages that were made. Returns why a student cannot fetch one, by student."""
        try:
            return self._release().release_to(students)
        except ExchangeError as error:
            return dict.fromkeys(students, str(error))

    def tell(self, student: str, page: Callable[[str], str]) -> str:
        """Release one page for all notebooks of a submission. page: makes it, from a name. Returns why not, or ""."""
        directory = CourseDirectory(config=Config(self._config))
        names = [bundle.name for bundle in notebooks_of(directory, self._assignment)]
        folder = Path(directory.format_path(directory.submitted_directory, student, self._assignment))
        try:
            self._release().publish_text(page(self._assignment), folder, names)
        except (ExchangeError, OSError, ValueError) as error:
            return str(error)
        return ""

    def _release(self) -> ReleaseFeedback:
        config = Config(self._config)
        made = ReleaseFeedback(
            coursedir=CourseDirectory(config=config), authenticator=Authenticator(config=config), config=config
        )
        made.log = _log
        return made


def points(outcome: Outcome) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Points, the most that can be had, and the misconceptions that the messages name; None for work that was graded
    before.
    """
    if not isinstance(outcome, GradeOutcome) or outcome.state is not OutcomeState.GRADED:
        return None, None, ()
    named = {name for notebook in outcome.notebooks for name in notebook.record.misconceptions}
    return outcome.score, outcome.most, tuple(sorted(named))
