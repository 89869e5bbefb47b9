"""When work was handed in, as far as a platform says so, and how late that is.

Moodle's worksheet has a time, in the language and the zone of the person who downloaded it ("Thursday, 14 January 2027,
10:00 AM", get_string('strftimedaydatetime')). Canvas's archive says LATE or nothing: its members carry the time at
which the archive was packed, so what is not late came no later than that. Pure: text and times in, times and sentences
out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Final

from babel import Locale

from torchmarks.wording import time_span

_LANGUAGES: Final = (
    "en", "de", "fr", "es", "ca", "gl", "eu", "it", "nl", "pt", "sv", "da", "nb", "fi", "et", "pl", "cs", "sk", "sl",
    "hu", "ro", "ru", "uk", "el", "tr",
)  # fmt: skip
_CLOCK: Final = re.compile(r"\b([0-9]{1,2})\s?[:.h]\s?([0-9]{2})(?::[0-9]{2})?\b\s*([ap]\.?\s?m\b)?", re.IGNORECASE)
_ISO: Final = re.compile(r"\b([0-9]{4})\s?[-./年]\s?([0-9]{1,2})\s?[-./月]\s?([0-9]{1,2})")
_WORD: Final = re.compile(r"[^\W\d_]+")
_YEAR: Final = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_DAY: Final = re.compile(r"\b[0-9]{1,2}\b")
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Timing:
    """What is written into timestamp.txt, and what is shown.

    stamp: None where nothing is known; is_bound: the stamp is not a time that anybody saw, but one that the work came
    no later (or, late, no earlier) than.
    """

    stamp: datetime | None
    told: str
    is_late: bool = False
    is_bound: bool = False


def exact(stamp: datetime, own: datetime | None) -> Timing:
    """From a time that a platform saw. own: the student's deadline, as the gradebook has it."""
    if own is None or stamp <= own:
        return Timing(stamp, "on time" if own is not None else f"{stamp:%Y-%m-%d %H:%M} UTC")
    return Timing(stamp, f"late by {spoken(stamp - own)}", is_late=True)


def marked(is_late: bool, packed: datetime | None, due: datetime | None, own: datetime | None) -> Timing:
    """From a mark alone, which Canvas sets by the deadline that it knows.

    packed: when the archive was made; due: the assignment's due date in the gradebook; own: the student's deadline.
    """
    if not is_late:
        bounds = [time for time in (packed, own) if time is not None]
        return Timing(min(bounds, default=None), "on time", is_bound=True)
    if due is None:
        return Timing(packed, "late in Canvas; the gradebook has no due date", is_late=True, is_bound=True)
    stamp = due + timedelta(seconds=1)
    if own != due:
        return Timing(stamp, "late in Canvas, within the extension here", is_bound=True)
    return Timing(stamp, "late, Canvas does not say by how much", is_late=True, is_bound=True)


def unknown(text: str = "") -> Timing:
    """Without a time, or with one in words that are not understood. text: those of the platform."""
    return Timing(None, f"time not understood: {text[:_LONGEST]}" if text else "no time known", is_bound=True)


def spoken(span: timedelta) -> str:
    """A span in whole minutes, at least one; see `time_span`."""
    return time_span(60 * max(1, round(span.total_seconds() / 60)))


def read_time(text: str, zone: tzinfo | None) -> datetime | None:
    """A time as Moodle writes it, in UTC; None for a dash, or a language that is not known here.

    zone: of the person who downloaded it; None: of this machine.
    """
    text = text[:_LONGEST]
    clock = _CLOCK.search(text)
    if clock is None:
        return None
    rest = text[: clock.start()] + " " + text[clock.end() :]
    date = _iso(rest) or _spelled(rest)
    if date is None:
        return None
    half = (clock[3] or "").casefold()[:1]
    hour = int(clock[1]) % 12 + 12 * (half == "p") if half else int(clock[1])
    try:
        local = datetime(*date, hour, int(clock[2]))
        # astimezone takes a time without a zone for one of this machine
        return (local if zone is None else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> tuple[int, int, int] | None:
    found = _ISO.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _spelled(text: str) -> tuple[int, int, int] | None:
    months = [number for word in _WORD.findall(text) if (number := _months().get(word.casefold()))]
    year = _YEAR.search(text)
    if year is None or len(set(months)) != 1:
        return None
    day = _DAY.search(text[: year.start()] + " " + text[year.end() :])
    return (int(year[0]), months[0], int(day[0])) if day else None


@cache
def _months() -> dict[str, int]:
    """Names of months, long and short, in the languages that agree on them."""
    found: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        locale = Locale.parse(language)
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[form][width].items():
                    for word in _WORD.findall(str(name)):
                        found.setdefault(word.casefold(), set()).add(int(number))
    return {word: next(iter(numbers)) for word, numbers in found.items() if len(numbers) == 1}
