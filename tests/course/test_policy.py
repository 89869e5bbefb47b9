"""torchmarks.course.policy: what students may have before the deadline, and settings that are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from traitlets.config import Config

from torchmarks.course.policy import policy_of
from torchmarks.errors import UsageError


def _config(**settings: Any) -> Config:
    config = Config()
    config.Watch.update(settings)
    return config


def test_a_course_that_says_nothing_has_a_policy() -> None:
    """The defaults do not contradict each other."""
    found = policy_of(Config())

    assert (found.a_day, found.in_all, found.says) == (5, 20, "messages")
    assert found.between == timedelta(minutes=5)


def test_no_bound_and_no_verdict_are_policies() -> None:
    """None lifts a bound; 0 for both gives no verdict before the deadline."""
    assert policy_of(_config(verdicts_a_day=None, verdicts_in_all=None)).in_all is None
    assert policy_of(_config(verdicts_a_day=0, verdicts_in_all=0)).a_day == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"verdicts_a_day": 9, "verdicts_in_all": 3}, "verdicts_a_day is 9, more than verdicts_in_all, which is 3"),
        ({"verdicts_a_day": 0}, "verdicts_a_day is 0, but verdicts_in_all is 20"),
        ({"minutes_between": 600.0}, "with minutes_between of 600 a day is too short for them"),
        ({"says": "everything"}, "says"),
        ({"verdicts_a_day": "many"}, "verdicts_a_day"),
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused_in_one_line(settings: dict[str, Any], said: str) -> None:
    """It says what, where, and what to do."""
    with pytest.raises(UsageError) as caught:
        policy_of(_config(**settings))

    line = str(caught.value)
    assert line.startswith("c.Watch in nbgrader_config.py: ")
    assert said in line
    assert "\n" not in line


def test_a_time_zone_that_is_none_is_refused() -> None:
    """A day of verdicts begins at its midnight."""
    config = Config()
    config.Exchange.timezone = "Europe/Berlen"

    with pytest.raises(UsageError, match="no time zone 'Europe/Berlen'"):
        policy_of(config)
