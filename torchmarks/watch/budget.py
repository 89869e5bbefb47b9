"""Whether a student may have a verdict now: the course's policy, and the verdicts that the student has had.

Pure: times in, a decision out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from torchmarks.course.policy import Policy


class Bound(StrEnum):
    """The rule of the policy that forbids a verdict. NONE: the course gives none before the deadline."""

    NONE = "none"
    IN_ALL = "in_all"
    A_DAY = "a_day"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a student may have a verdict, and how many are left.

    bound: what forbids it, None where it may be had; again_from: when the next one may be had, None where never;
    in_all, today: verdicts that are left, before this one; None where there is no bound.
    """

    bound: Bound | None
    again_from: datetime | None
    in_all: int | None
    today: int | None


def decide(policy: Policy, granted: Sequence[datetime], now: datetime, refused: Sequence[datetime] = ()) -> Decision:
    """Decide whether a student may have a verdict now.

    granted: when the student's verdicts were granted, in any order; refused: when work came that could not be read,
    which costs no verdict, but everybody's time.
    """
    day = now.astimezone(policy.zone).date()
    had_today = sum(time.astimezone(policy.zone).date() == day for time in granted)
    in_all = None if policy.in_all is None else max(policy.in_all - len(granted), 0)
    today = None if policy.a_day is None else max(policy.a_day - had_today, 0)
    if today is not None and in_all is not None:
        today = min(today, in_all)
    rested = max((*granted, *refused), default=None)
    ready = now if rested is None else max(now, rested + policy.between)
    if policy.in_all == 0:
        return Decision(Bound.NONE, None, in_all, today)
    if in_all == 0:
        return Decision(Bound.IN_ALL, None, in_all, today)
    if today == 0:
        return Decision(Bound.A_DAY, max(ready, _midnight(now, policy)), in_all, today)
    if ready > now:
        return Decision(Bound.BETWEEN, ready, in_all, today)
    return Decision(None, now, in_all, today)


def _midnight(now: datetime, policy: Policy) -> datetime:
    """The next one, by the course's clock."""
    tomorrow = now.astimezone(policy.zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=policy.zone)
