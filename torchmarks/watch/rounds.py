"""One round over an assignment: what came in is graded by the policy, what has its deadline behind it for good.

Decides, and has the steps done. A state is written after what it says was done, so that a sudden end repeats a step
that changes nothing, and never leaves one out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk import Outcome
from torchmarks.checks.seeding import Phase
from torchmarks.course import records
from torchmarks.course.arrivals import Arrival, State
from torchmarks.course.deadlines import Deadlines, deadlines_of
from torchmarks.course.policy import Policy, Shown
from torchmarks.watch import pages
from torchmarks.watch.budget import decide
from torchmarks.watch.events import Event, Kind, Reporter
from torchmarks.watch.rows import Rows
from torchmarks.watch.steps import Steps, points

_FRESH: Final = timedelta(seconds=5)  # how old what is known of deadlines may be
_REST: Final = timedelta(hours=1)  # between two gradings of a student's late work over the budget
_OPENED: Final = "full pages"  # in the notes of looks: for which deadline they were released
_OPEN: Final = (State.TAKEN, State.GRANTED, State.TOLD, State.KEPT, State.REFUSED)
_DONE: Final = ("graded", "unchanged")


class Round:
    """See the module. batch: how many submissions are graded before their students are told."""

    def __init__(
        self,
        config: Config,
        rows: Rows,
        steps: Steps,
        policy: Policy,
        reporter: Reporter,
        clock: Callable[[], datetime],
        batch: int,
    ) -> None:
        self._directory = CourseDirectory(config=Config(config))
        self._rows, self._steps, self._policy, self._reporter = rows, steps, policy, reporter
        self._clock, self._batch = clock, batch
        self._deadlines, self._read_at, self._first = self._read(), clock(), True
        self._gone: set[str] = set()  # whose folder somebody has removed: told once

    def run(self) -> bool:
        """Do what there is to do, a batch of it. Returns whether there was something."""
        now = self._clock()
        looks = self._first or now - self._read_at >= _FRESH
        if looks:
            self._deadlines, self._read_at, self._first = self._read(), now, False
        if self._deadlines.due is None:  # somebody has taken it out of the gradebook: there is nothing to go by
            return False
        self._decide()
        steps = [self._verdicts, self._finish, *([self._collected_by_hand] if looks else []), self._open_pages]
        worked = [step() for step in steps]  # each in every round, so that none waits for another's whole class
        return any(worked)

    @property
    def waiting(self) -> int:
        """How many have work that will be looked at, at the latest at their deadline."""
        return sum(one.state in (State.TAKEN, State.GRANTED, State.KEPT) for one in self._rows.current.values())

    def _read(self) -> Deadlines:
        return deadlines_of(self._directory, self._rows.assignment) or Deadlines(None)

    def _deadline(self, student: str) -> datetime:
        deadline = self._deadlines.of(student)
        assert deadline is not None
        return deadline

    def _is_over(self, student: str) -> bool:
        return self._deadline(student) <= self._clock()

    def _is_late(self, one: Arrival) -> bool:
        return one.arrived_at is not None and one.arrived_at > self._deadline(one.student)

    # ---- before the deadline

    def _decide(self) -> None:
        for student, one in self._rows.current.items():
            # what was in time is graded for good now, whatever is left of the budget
            if one.state is not State.TAKEN or (self._is_over(student) and not self._is_late(one)):
                continue
            now = self._clock()
            decision = decide(self._policy, self._rows.granted(student), now, self._rows.refused(student))
            if decision.bound is None:
                self._rows.save(replace(one, state=State.GRANTED, granted_at=now))
                continue
            page = partial(
                pages.kept,
                self._policy,
                arrived_at=one.arrived_at or now,
                deadline=self._deadline(student),
                why=decision,
            )
            unread = self._steps.tell(student, page)
            self._rows.save(replace(one, state=State.KEPT, reason=unread))
            self._tell("kept", one, reason=unread, released=not unread, late=self._is_late(one))

    def _verdicts(self) -> bool:
        wanted = [
            one for student, one in self._rows.current.items()
            if one.state is State.GRANTED and not self._is_over(student)
        ]  # fmt: skip
        chosen = self._there(wanted)
        if not chosen:
            return False
        outcomes = self._steps.grade(list(chosen), Phase.BEFORE_DEADLINE)
        graded = self._graded(chosen, outcomes)

        def shown(student: str) -> Shown:
            left = decide(self._policy, self._rows.granted(student), self._clock(), self._rows.refused(student))
            return pages.provisional(self._policy, self._deadline(student), left)

        unread = self._pages(graded, shown, graded)
        for student in graded:
            self._close("told", chosen[student], State.TOLD, outcomes[student], unread[student])
        return bool(outcomes)

    # ---- for good

    def _finish(self) -> bool:
        wanted = [s for s, one in self._rows.current.items() if self._is_due(one)]
        if wanted and (deadlines := self._read()).due is not None:  # somebody may have more time since
            self._deadlines = deadlines
        due = [one for one in self._rows.current.values() if self._is_due(one)]
        chosen = self._there(due)
        if not chosen:
            return False
        outcomes = self._steps.grade(list(chosen), Phase.FINAL)
        graded = self._graded(chosen, outcomes)
        shown = pages.final(self._policy, self._deadlines, self._clock())
        unread = self._pages(graded, lambda student: shown, [s for s in graded if not self._is_withheld(chosen[s])])
        for student in graded:
            self._close("final", chosen[student], State.FINAL, outcomes[student], unread.get(student))
        return bool(outcomes)

    def _is_due(self, one: Arrival) -> bool:
        """Whether something is to be graded for good now. Late work over the budget: one an hour, the last counts."""
        if one.state not in _OPEN or not self._is_over(one.student):
            return False
        if one.granted_at is not None or not self._is_late(one):
            return True
        before = max(self._rows.withheld(one.student, self._deadline(one.student)), default=None)
        return before is None or self._clock() - before >= _REST

    def _is_withheld(self, one: Arrival) -> bool:
        """Whether a page would tell again what counts: of late work over the budget, of a second one in time."""
        if self._is_late(one):
            return one.granted_at is None
        due = self._deadlines.due  # not the student's own: what came by an extension given since is another matter
        if due is None or one.arrived_at is None or one.arrived_at > due:
            return False
        return self._rows.is_graded_by(one.student, due, one.name)

    def _collected_by_hand(self) -> bool:
        """Grade for good what nobody saw come in: what was collected, or put there, and is provisional or ungraded."""
        assignment = self._rows.assignment
        mine = self._rows.current
        strangers = [student for student in self._steps.students() if student not in mine and self._is_over(student)]
        if not strangers:
            return False
        noted = records.noted(str(self._directory.db_url), assignment)
        due = [s for s in strangers if (known := noted.get(s)) is None or known.is_provisional][: self._batch]
        if not due:
            return False
        outcomes = self._steps.grade(due, Phase.FINAL)
        graded = [student for student in due if student in outcomes and outcomes[student].state in _DONE]
        shown = pages.final(self._policy, self._deadlines, self._clock())
        unread = self._pages(graded, lambda student: shown, graded)
        for student, outcome in outcomes.items():
            score, most, _ = points(outcome)
            kind: Kind = "final" if student in graded else "not graded"
            why = unread.get(student, "")
            event = Event(kind, assignment, student, self._clock(), score=score, most=most)
            self._reporter.event(replace(event, reason=outcome.reason or why, released=student in graded and not why))
        return bool(outcomes)

    def _open_pages(self) -> bool:
        """Release the whole pages, once nobody has time left."""
        last = self._deadlines.last
        if self._policy.full_pages != "after the last deadline" or last is None or last > self._clock():
            return False
        if self._rows.looked_at(_OPENED) == last:
            return False
        current = self._rows.current.items()
        done = [s for s, one in current if one.state is State.FINAL and not one.reason and not self._is_withheld(one)]
        there = [s for s in done if Path(self._path(self._directory.autograded_directory, s)).is_dir()]
        if there:
            self._pages(there, lambda student: Shown("all"), there)
        self._rows.note_look(_OPENED, last)
        return bool(there)

    # ---- what both share

    def _there(self, wanted: Sequence[Arrival]) -> dict[str, Arrival]:
        """By student, the first of those whose submission is in its place, in the order in which they came."""
        found: dict[str, Arrival] = {}
        for one in sorted(wanted, key=lambda one: (one.arrived_at or one.seen_at, one.name)):
            if len(found) == self._batch:
                break
            if Path(self._path(self._directory.submitted_directory, one.student)).is_dir():
                found[one.student] = one
            elif one.name not in self._gone:
                self._gone.add(one.name)
                self._reporter.note(f"{one.student}: somebody has removed what was handed in ({one.name}).")
        return found

    def _path(self, step: str, student: str) -> str:
        return str(self._directory.format_path(step, student, self._rows.assignment))

    def _graded(self, chosen: Mapping[str, Arrival], outcomes: Mapping[str, Outcome]) -> list[str]:
        """Who has a grade; who has none is told why."""
        for student, outcome in outcomes.items():
            if outcome.state in _DONE:
                continue
            one, over = chosen[student], self._is_over(student)
            own_fault = outcome.state == "refused"
            page = partial(
                pages.not_graded,
                self._policy,
                arrived_at=one.arrived_at or one.seen_at,
                reason=outcome.reason,
                own_fault=own_fault,
            )
            unread = self._steps.tell(student, page)
            # what could not even be read has told its student nothing of the tests
            kept = None if own_fault and not over else one.granted_at
            state = State.FINAL if over else State.REFUSED
            self._rows.save(replace(one, state=state, granted_at=kept, reason=outcome.reason))
            self._tell("not graded", one, reason=outcome.reason, released=not unread)
        return [student for student in chosen if student in outcomes and outcomes[student].state in _DONE]

    def _pages(self, graded: Sequence[str], shown: Callable[[str], Shown], released: Sequence[str]) -> dict[str, str]:
        """Make pages and release those of some. Returns why a student cannot fetch one, "" who can."""
        if not graded:
            return {}
        made = self._steps.pages(graded, shown)
        failed = {s: made[s].reason if s in made else "no page was made" for s in released}
        failed = {s: why for s, why in failed.items() if s not in made or made[s].state not in _DONE}
        failed |= self._steps.release([student for student in released if student not in failed])
        return {student: failed.get(student, "") for student in released}

    def _close(self, kind: Kind, one: Arrival, state: State, outcome: Outcome, unread: str | None) -> None:
        """unread: why the student cannot fetch the page; None: it was not released."""
        score, most, named = points(outcome)
        one = self._rows.get(one.name) or one
        self._rows.save(replace(one, state=state, score=score, most=most, named=named, reason=unread or ""))
        why = _withheld(one) if unread is None else unread
        self._tell(kind, one, reason=why, released=unread == "", score=score, most=most)

    def _tell(
        self,
        kind: Kind,
        one: Arrival,
        *,
        reason: str,
        released: bool,
        score: float | None = None,
        most: float | None = None,
        late: bool | None = None,
    ) -> None:
        now = self._clock()
        seconds = None if kind == "final" else (now - one.seen_at).total_seconds()
        self._reporter.event(
            Event(
                kind,
                one.assignment,
                one.student,
                now,
                one.name,
                one.arrived_at,
                score,
                most,
                reason,
                released,
                seconds,
                late,
            )
        )


def _withheld(one: Arrival) -> str:
    """Why the page of late work over the budget is not released, and what to do about it."""
    command = f"nbgrader release_feedback {one.assignment} --student={shlex.quote(one.student)}"
    return f"it came late and over the budget, so its page is made and left to you. To release it: {command}"
