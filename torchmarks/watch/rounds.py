"""Decides what is done for an assignment: by the policy before a student's deadline, for good after it.

Has the steps done, each submission by itself. A state is written after what it describes was done, so that a sudden end
repeats a step that changes nothing, and never skips one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from torchmarks.bulk import Outcome, OutcomeState
from torchmarks.checks.seeding import Phase
from torchmarks.course import records
from torchmarks.course.arrivals import Arrival, State
from torchmarks.course.collected import excluded
from torchmarks.course.commands import nbgrader_command
from torchmarks.course.deadlines import Deadlines, deadlines_of
from torchmarks.course.policy import PageDetail, Policy
from torchmarks.course.records import RecordState
from torchmarks.watch import pages
from torchmarks.watch.budget import decide
from torchmarks.watch.events import Event, Kind, Reporter
from torchmarks.watch.faults import AFTER_A_FAULT, Faults
from torchmarks.watch.rows import Rows
from torchmarks.watch.steps import Steps, points

_FRESH: Final = timedelta(seconds=5)  # how old what is known of deadlines may be
_JUST_NOW: Final = timedelta(seconds=1)  # the same, before something is graded for good
_BETWEEN_LATE: Final = timedelta(hours=1)  # between two gradings of late work over the budget
_BEFORE_FINAL: Final = (State.TAKEN, State.GRANTED, State.TOLD, State.KEPT, State.REFUSED)


class Round:
    """The work on an assignment. First `look`, then `begin` as often as a worker is free and there is something."""

    def __init__(
        self,
        config: Config,
        rows: Rows,
        steps: Steps,
        policy: Policy,
        reporter: Reporter,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = CourseDirectory(config=Config(config))
        self._rows, self._steps, self._policy, self._reporter, self._clock = rows, steps, policy, reporter, clock
        self._deadlines, self._read_at = self._read(), clock()
        self._gone: set[str] = set()  # arrivals whose folder somebody has removed: reported once
        self._unseen: deque[str] | None = None  # students with work that is due and was not seen coming in
        self._faults = Faults(rows, clock)
        self._opened = rows.opened_for()  # for which deadline whole pages were released
        self._to_open: set[str] | None = None  # students whose whole page is still to be released
        # each in turn, so that none waits for another's whole class
        self._turns = deque([self._verdict, self._final, self._collected_by_hand, self._whole_page])
        self.blocked = False  # whether another command works on something that is to be done

    def look(self) -> None:
        """Decide what there is to do, once what came in is taken."""
        self.blocked = False
        if self._unseen is None or self._clock() - self._read_at >= _FRESH:
            self._deadlines, self._read_at = self._read(), self._clock()
            self._unseen = deque(self._due_unseen())
        if self._deadlines.due is not None:  # else somebody has taken it out of the gradebook
            self._decide()

    def begin(self) -> bool:
        """Begin something. Returns whether there was something that could be begun."""
        if self._deadlines.due is None:
            return False
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            if self._turns[-1]():
                return True
        return False

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
            if self._rests(one):
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

    def _verdict(self) -> bool:
        current = self._rows.current.items()
        granted = [one for student, one in current if one.state is State.GRANTED and not self._is_over(student)]
        wanted = [one for one in granted if not (one.reason and self._rests(one))]
        return self._begin_first(wanted, Phase.BEFORE_DEADLINE, self._told)

    def _told(self, one: Arrival, outcome: Outcome) -> None:
        left = decide(self._policy, self._rows.granted(one.student), self._clock(), self._rows.refused(one.student))
        shown = pages.provisional(self._policy, self._deadline(one.student), left)
        self._page(one.student, shown, lambda unread: self._end("told", one, State.TOLD, outcome, unread))

    # ---- for good

    def _final(self) -> bool:
        wanted = [one for one in self._rows.current.values() if self._is_due(one)]
        if wanted and self._clock() - self._read_at >= _JUST_NOW:  # somebody may have more time since
            deadlines, self._read_at = self._read(), self._clock()
            self._deadlines = deadlines if deadlines.due is not None else self._deadlines
            wanted = [one for one in wanted if self._is_due(one)]
        return self._begin_first(wanted, Phase.FINAL, self._graded_for_good)

    def _graded_for_good(self, one: Arrival, outcome: Outcome) -> None:
        shown = pages.final(self._policy, self._deadlines, self._clock())
        is_withheld = self._is_withheld(one)

        def end(unread: str) -> None:
            self._end("final", one, State.FINAL, outcome, None if is_withheld else unread)

        self._page(one.student, shown, end, released=not is_withheld)

    def _is_due(self, one: Arrival) -> bool:
        """Whether something is to be graded for good now. Late work over the budget: one an hour, the last counts."""
        if one.state not in _BEFORE_FINAL or not self._is_over(one.student) or (one.reason and self._rests(one)):
            return False
        if one.state is State.TAKEN and self._is_late(one):
            return False  # the budget decides first whether its page is released
        if one.granted_at is not None or not self._is_late(one):
            return True
        before = max(self._rows.withheld(one.student, self._deadline(one.student)), default=None)
        return before is None or self._clock() - before >= _BETWEEN_LATE

    def _is_withheld(self, one: Arrival) -> bool:
        """Whether a page would show what counts once more: of late work over the budget, of a second one in time."""
        if self._is_late(one):
            return one.granted_at is None
        due = self._deadlines.due  # not the student's own: what came by an extension given since is another matter
        if due is None or one.arrived_at is None or one.arrived_at > due:
            return False
        return self._rows.is_graded_by(one.student, due, one.name)

    def _due_unseen(self) -> list[str]:
        """Students with work that was not seen coming in (it was collected, or put there), and that is provisional or
        ungraded although it is due.
        """
        mine, first = self._rows.current, self._deadlines.first
        if first is None or first > self._clock():  # no look at the whole class while nothing of it can be due
            return []
        unseen = [student for student in self._steps.students() if student not in mine and self._is_over(student)]
        if not unseen:
            return []
        noted = records.noted(str(self._directory.db_url), self._rows.assignment)
        failed = {one: known.reason for one, known in noted.items() if known.state is RecordState.QUARANTINED}
        self._faults.know_told(failed)
        due = [one for one in unseen if (known := noted.get(one)) is None or known.is_provisional or one in failed]
        return [one for one in due if not self._faults.rests(one)]

    def _collected_by_hand(self) -> bool:
        for _ in range(len(self._unseen or ())):
            assert self._unseen is not None
            student = self._unseen.popleft()
            if self._steps.is_at(student):
                continue
            if self._steps.grade(student, Phase.FINAL, partial(self._unseen_graded, student)):
                return True
            self._unseen.append(student)
            self.blocked = True
        return False

    def _unseen_graded(self, student: str, outcome: Outcome) -> None:
        score, most, _ = points(outcome)
        done = outcome.is_done
        kind: Kind = "final" if done else "not graded"
        event = Event(kind, self._rows.assignment, student, self._clock(), points=score, most=most)
        event = replace(event, reason=outcome.reason, released=False)

        def report(unread: str) -> None:
            self._reporter.event(replace(event, reason=outcome.reason or unread, released=not unread))

        if done:
            self._page(student, pages.final(self._policy, self._deadlines, self._clock()), report)
            return
        if outcome.state is OutcomeState.QUARANTINED:
            self._faults.note(student)
            if self._faults.is_told(student, outcome.reason):
                return
            event = replace(event, reason=_again(outcome.reason))
        self._reporter.event(event)

    def _whole_page(self) -> bool:
        """Release a whole page, once nobody has time left."""
        last = self._deadlines.last
        if self._policy.full_pages != "after the last deadline" or last is None or last > self._clock():
            self._to_open = None
            return False
        if self._opened == last:
            return False
        if self._to_open is None:
            self._to_open = set(self._with_final_page())
        for student in sorted(self._to_open):
            if not self._steps.is_at(student) and self._page(student, PageDetail("all"), partial(self._open, student)):
                return True
        if not self._to_open:
            self._rows.note_opened(last)
            self._opened, self._to_open = last, None
        return False

    def _open(self, student: str, unread: str) -> None:
        if self._to_open is not None:
            self._to_open.discard(student)

    def _with_final_page(self) -> list[str]:
        """Students who have a final grade, and a page that is released."""
        current = self._rows.current.items()
        done = [s for s, one in current if one.state is State.FINAL and not one.reason and not self._is_withheld(one)]
        return [s for s in done if Path(self._path(self._directory.autograded_directory, s)).is_dir()]

    # ---- what both share

    def _begin_first(self, wanted: Iterable[Arrival], phase: Phase, then: Callable[[Arrival, Outcome], None]) -> bool:
        """Have the first one graded, by time of arrival, whose submission is in its place and that no worker has."""
        for one in sorted(wanted, key=lambda one: (one.arrived_at or one.seen_at, one.name)):
            if self._steps.is_at(one.student):
                continue
            if not Path(self._path(self._directory.submitted_directory, one.student)).is_dir():
                if one.name not in self._gone:
                    self._gone.add(one.name)
                    self._reporter.note(f"{one.student}: somebody has removed what was handed in ({one.name}).")
            elif self._steps.grade(one.student, phase, partial(self._graded, one, then)):
                return True
            else:
                self.blocked = True
        return False

    def _path(self, step: str, student: str) -> str:
        return str(self._directory.format_path(step, student, self._rows.assignment))

    def _graded(self, one: Arrival, then: Callable[[Arrival, Outcome], None], outcome: Outcome) -> None:
        """Call `then` where there is a grade; tell the student why where there is none."""
        if outcome.is_done:
            then(one, outcome)
            return
        if outcome.state is OutcomeState.QUARANTINED:
            self._failed(one, outcome.reason)
            return
        unread = self._tell_not_graded(one, outcome.reason, own_fault=True)
        over = self._is_over(one.student)
        # from what could not even be read its student has learned nothing about the tests
        kept = one.granted_at if over else None
        state = State.FINAL if over else State.REFUSED
        self._rows.save(replace(one, state=state, granted_at=kept, reason=outcome.reason))
        self._tell("not graded", one, reason=outcome.reason, released=not unread)

    def _failed(self, one: Arrival, reason: str) -> None:
        """Leave work at which the grader failed to a later try; until then its verdict goes back to the budget. A
        reason is told once.
        """
        self._faults.note(one.student)
        one = self._rows.get(one.name) or one
        is_new, is_left_out = one.reason != reason, one.student in excluded(self._directory)
        # nothing comes of it until a person takes the student in again, so there is nothing to tell them
        unread = self._tell_not_graded(one, reason, own_fault=False) if is_new and not is_left_out else ""
        if self._is_over(one.student):
            self._rows.save(replace(one, reason=reason))
        else:
            self._rows.save(replace(one, state=State.TAKEN, granted_at=None, reason=reason))
        if is_new:
            told = reason if is_left_out else _again(reason)
            self._tell("not graded", one, reason=told, released=not unread and not is_left_out)

    def _rests(self, one: Arrival) -> bool:
        """Whether its turn is later: the grader failed at it, or just now at what the student handed in before."""
        return self._faults.rests(one.student, AFTER_A_FAULT if one.reason else self._policy.between)

    def _tell_not_graded(self, one: Arrival, reason: str, *, own_fault: bool) -> str:
        """Release a page that says so. Returns why the student cannot fetch it."""
        arrived_at = one.arrived_at or one.seen_at
        page = partial(pages.not_graded, self._policy, arrived_at=arrived_at, reason=reason, own_fault=own_fault)
        return self._steps.tell(one.student, page)

    def _page(self, student: str, shown: PageDetail, then: Callable[[str], None], *, released: bool = True) -> bool:
        """Have a page made, and released. then: called with why the student cannot fetch it, "" where they can.

        Returns False while another command works on it; a later look finds it again.
        """

        def made(outcome: Outcome) -> None:
            unread = "" if outcome.is_done else outcome.reason or "no page was made"
            if released and not unread:
                unread = self._steps.release([student]).get(student, "")
            then(unread)

        begun = self._steps.page(student, shown, made)
        self.blocked |= not begun
        return begun

    def _end(self, kind: Kind, one: Arrival, state: State, outcome: Outcome, unread: str | None) -> None:
        """Write and report the end of a grading. unread: why the student cannot fetch the page; None: not released."""
        score, most, named = points(outcome)
        one = self._rows.get(one.name) or one
        self._rows.save(replace(one, state=state, score=score, most=most, named=named, reason=unread or ""))
        why = _withheld(one) if unread is None else unread
        self._tell(kind, one, reason=why, released=unread == "", points=score, most=most)

    def _tell(
        self,
        kind: Kind,
        one: Arrival,
        *,
        reason: str,
        released: bool,
        points: float | None = None,
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
                name=one.name,
                arrived_at=one.arrived_at,
                points=points,
                most=most,
                reason=reason,
                released=released,
                seconds=seconds,
                late=late,
            )
        )


def _again(reason: str) -> str:
    return f"{reason} It is tried again in {AFTER_A_FAULT // timedelta(minutes=1)} min."


def _withheld(one: Arrival) -> str:
    """Why the page of late work over the budget is not released, and what to do about it."""
    command = nbgrader_command("release_feedback", one.assignment, f"--student={one.student}")
    return f"it came late and over the budget, so its page is made and left to you. To release it: {command}"
