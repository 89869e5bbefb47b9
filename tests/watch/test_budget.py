"""torchmarks.watch.budget: whether a student may have a verdict now, and from when on again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from traitlets.config import Config

from torchmarks.course.policy import Policy, policy_of
from torchmarks.watch.budget import Bound, decide

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _policy(zone: str = "UTC", **settings: Any) -> Policy:
    config = Config()
    config.Watch.update({"minutes_between": 0.0} | settings)
    config.Exchange.timezone = zone
    return policy_of(config)


def test_the_first_verdict_is_there_at_once() -> None:
    """With what is left of the day and of all."""
    found = decide(_policy(verdicts_a_day=3, verdicts_in_all=10), [], NOON)

    assert (found.bound, found.again_from, found.in_all, found.today) == (None, NOON, 10, 3)


def test_a_day_ends_at_the_courses_midnight() -> None:
    """Not at that of UTC."""
    policy = _policy("Asia/Tokyo", verdicts_a_day=1)
    found = decide(policy, [NOON - MINUTE], NOON)

    assert (found.bound, found.again_from) == (Bound.A_DAY, datetime(2026, 3, 1, 15, tzinfo=UTC))
    assert decide(policy, [NOON - MINUTE], datetime(2026, 3, 1, 15, tzinfo=UTC)).bound is None


def test_the_least_time_between_two_is_kept() -> None:
    """From the last one on, whatever their order."""
    policy = _policy(minutes_between=5.0)
    found = decide(policy, [NOON - MINUTE, NOON - 9 * MINUTE], NOON)

    assert (found.bound, found.again_from) == (Bound.BETWEEN, NOON + 4 * MINUTE)
    assert decide(policy, [NOON - 5 * MINUTE], NOON).bound is None


def test_the_last_of_all_verdicts_is_the_last() -> None:
    """There is no time from which on there are more, and a day does not promise what is not left."""
    policy = _policy(verdicts_a_day=5, verdicts_in_all=6)
    had = [NOON - timedelta(days=2)] * 5

    assert decide(policy, had, NOON).today == 1
    assert decide(policy, [*had, NOON], NOON + MINUTE).bound is Bound.IN_ALL
    assert decide(policy, [*had, NOON], NOON + MINUTE).again_from is None


def test_a_course_may_give_none_or_any_number() -> None:
    """0 for none before the deadline, None for no bound."""
    assert decide(_policy(verdicts_a_day=0, verdicts_in_all=0), [], NOON).bound is Bound.NONE
    free = decide(_policy(verdicts_a_day=None, verdicts_in_all=None), [NOON] * 500, NOON)
    assert (free.bound, free.in_all, free.today) == (None, None, None)
