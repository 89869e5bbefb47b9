"""The steps that `watch` has done to submissions: graded, a page made of it, the page released.

Each is the one that the command of that name takes, with the same workers for all. What a run finds is returned by
student; prints nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from traitlets.config import Config

from torchmarks.bulk import GradeOutcome, Outcome, feedback_cohort, grade_cohort
from torchmarks.bulk.pool import LocalPool
from torchmarks.bulk.store import SubmissionStore
from torchmarks.checks.seeding import Phase
from torchmarks.course.bundles import notebooks_of
from torchmarks.course.exchange import ReleaseFeedback
from torchmarks.course.policy import Shown
from torchmarks.watch.events import Reporter

_log = logging.getLogger("torchmarks.nbgrader")  # what nbgrader says of its steps: for those who ask for it


class _Heard:
    """A watcher of a run that keeps what came of each submission."""

    def __init__(self, reporter: Reporter) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._reporter = reporter

    def begin(self, total: int, what: str) -> None:
        self._reporter.idle(what)

    def finished(self, outcome: Outcome) -> None:
        self.outcomes[outcome.student] = outcome

    def tick(self) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        self._reporter.note(text)


class Steps:
    """The steps for an assignment. pool: workers; None: each step starts its own."""

    def __init__(self, config: Config, assignment: str, reporter: Reporter, pool: LocalPool | None) -> None:
        self._config = Config(config)
        self._config.CourseDirectory.assignment_id = assignment
        self._assignment, self._reporter, self._pool = assignment, reporter, pool

    def students(self) -> list[str]:
        """Whose submission lies in the course's folder."""
        return SubmissionStore(self._config, self._assignment).students()

    def grade(self, students: Sequence[str], phase: Phase) -> dict[str, Outcome]:
        """What came of each; of those that were not begun, because an end was asked for, nothing."""
        heard = _Heard(self._reporter)
        known = set(self.students())
        for student in set(students) - known:  # two forms of one name, say: it must not end the run for the others
            heard.finished(Outcome(student, "", "quarantined", "Nobody can tell whose the folder is in submitted/."))
        if mine := [student for student in students if student in known]:
            grade_cohort(
                self._config, self._assignment, heard, students=mine, phase=phase, pool=self._pool,
                consent=lambda stale: True,  # a mark that is provisional is to change
            )  # fmt: skip
        return heard.outcomes

    def pages(self, students: Sequence[str], shown: Callable[[str], Shown]) -> dict[str, Outcome]:
        """Make the pages of graded submissions. What came of each."""
        heard = _Heard(self._reporter)
        feedback_cohort(self._config, self._assignment, heard, students=students, shown=shown, pool=self._pool)
        return heard.outcomes

    def release(self, students: Collection[str]) -> Mapping[str, str]:
        """Release pages that were made. Returns why a student cannot fetch one, by student."""
        try:
            return self._release().release_to(students)
        except ExchangeError as error:
            return dict.fromkeys(students, str(error))

    def tell(self, student: str, page: Callable[[str], str]) -> str:
        """Release one page for all notebooks of a submission. page: makes it, from a name. Returns why it cannot be."""
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
    """Points, those to be had, and the misconceptions that the messages of a grading name; None for one that was done
    before.
    """
    if not isinstance(outcome, GradeOutcome) or outcome.state != "graded":
        return None, None, ()
    checks = [check for notebook in outcome.notebooks for check in notebook.record.checks.values()]
    named = {name for notebook in outcome.notebooks for name in notebook.record.misconceptions}
    return outcome.score, sum(check.most for check in checks), tuple(sorted(named))
