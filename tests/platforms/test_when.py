"""torchmarks.platforms.when: times in the languages of Moodle, and what is known of lateness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from torchmarks.platforms.when import exact, marked, read_time, spoken

ZURICH = ZoneInfo("Europe/Zurich")
DUE = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "Thursday, 14 January 2027, 10:05 PM",
        "Thursday, January 14, 2027, 10:05 PM",
        "Donnerstag, 14. Januar 2027, 22:05",
        "jeudi 14 janvier 2027, 22:05",
        "jueves, 14 de enero de 2027, 22:05",
        "dijous, 14 de gener 2027, 22:05",
        "giovedì, 14 gennaio 2027, 22:05",
        "donderdag 14 januari 2027, 22:05",
        "quinta-feira, 14 de janeiro de 2027, 22:05",
        "2027年 01月 14日(木曜日) 22:05",
        "2027-01-14 22:05:00",
    ],
)
def test_a_time_is_read_in_many_languages(text: str) -> None:
    """As Moodle's own patterns write it, in the zone of who downloaded it."""
    assert read_time(text, ZURICH) == datetime(2027, 1, 14, 21, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["-", "", "14/01/27, 10:00", "31 February 2027, 10:00", "14 Blurb 2027, 10:00", "9" * 500]
)
def test_what_is_no_time_is_none(text: str) -> None:
    """Nothing handed in, days that nobody can tell from months, days that are none."""
    assert read_time(text, ZURICH) is None


def test_lateness_is_against_the_students_own_deadline() -> None:
    """An extension counts."""
    assert exact(DUE + 26 * HOUR, DUE).told == "late by 1 d 2 h"
    assert exact(DUE + 26 * HOUR, DUE + 30 * HOUR).told == "on time"


def test_a_mark_without_a_time_is_after_the_deadline() -> None:
    """By as little as can be, which an extension here excuses; what is not marked came no later than it was packed."""
    late, packed = marked(True, DUE + 99 * HOUR, DUE, DUE), DUE - HOUR

    assert late.stamp == DUE + timedelta(seconds=1)
    assert late.is_late
    assert not marked(True, None, DUE, DUE + HOUR).is_late
    assert marked(False, packed, DUE, DUE).stamp == packed
    assert marked(False, DUE + HOUR, DUE, DUE).stamp == DUE


def test_a_span_is_told_in_two_units() -> None:
    """Never as nothing."""
    spans = [timedelta(seconds=1), timedelta(minutes=59), HOUR * 2, HOUR * 2.5, HOUR * 48, HOUR * 49]

    assert [spoken(span) for span in spans] == ["1 min", "59 min", "2 h", "2 h 30 min", "2 d", "2 d 1 h"]
