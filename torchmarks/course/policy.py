"""A course's policy on verdicts before the deadline: how often, and how much; the settings of `torchmarks watch`.

    c.Watch.verdicts_a_day = 3     # nbgrader_config.py

Pure: reads the configuration, refuses what contradicts itself; what each setting may be alone, `setting_check` says.
Must not know a submission.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from traitlets import Enum, Float, Integer, TraitError
from traitlets.config import Config, Configurable

from torchmarks.course.bundles import language_of
from torchmarks.errors import UsageError

Says = Literal["passes", "messages"]
FullPages = Literal["after the last deadline", "by hand"]
_MINUTES_A_DAY: Final = 24 * 60
_WHERE: Final = "c.Watch in nbgrader_config.py"


class Watch(Configurable):
    """The settings of `torchmarks watch`: what students may have of it."""

    verdicts_a_day = Integer(
        5, allow_none=True, help="Verdicts that a student may have on an assignment in a day; None: no bound."
    ).tag(config=True)
    verdicts_in_all = Integer(
        20, allow_none=True, help="Verdicts that a student may have on an assignment altogether; None: no bound."
    ).tag(config=True)
    minutes_between = Float(5.0, help="The least time between two verdicts of a student, in minutes.").tag(config=True)
    says = Enum(
        ("passes", "messages"),
        "messages",
        help="What a student reads before the deadline: which exercises pass, or the messages of the tests as well. "
        "Either way no value of a case that everybody gets, and never the source of a hidden test.",
    ).tag(config=True)
    full_pages = Enum(
        ("after the last deadline", "by hand"),
        "after the last deadline",
        help="When the whole messages of the final grading are released: as soon as no student has time left, "
        "extensions included, or not by `torchmarks watch`. Until then a student reads the final points, and which "
        "exercises pass.",
    ).tag(config=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings, checked.

    a_day, in_all: None for no bound; zone: whose midnight a day begins at; language: of what students read.
    """

    a_day: int | None
    in_all: int | None
    between: timedelta
    says: Says
    full_pages: FullPages
    zone: tzinfo
    language: str


@dataclass(frozen=True, slots=True)
class PageDetail:
    """How much of a grading a page shows, and the notes on top of it.

    says: "all" includes values of cases that everybody gets, once the grading is final.
    """

    says: Literal["passes", "messages", "all"]
    notes: tuple[str, ...] = ()


def policy_of(config: Config) -> Policy:
    """The policy of a course. Raises UsageError for a setting of another type, or that contradicts another."""
    try:
        chosen = Watch(config=config)
        values = {name: getattr(chosen, name) for name in chosen.trait_names(config=True)}
    except TraitError as error:
        raise UsageError(str(error).rstrip("."), _WHERE, "Correct it, or leave it out.") from None
    a_day, in_all, minutes = values["verdicts_a_day"], values["verdicts_in_all"], values["minutes_between"]
    _refuse_contradictions(a_day, in_all, minutes)
    between, zone, language = timedelta(minutes=minutes), _zone(config), language_of(config)
    return Policy(a_day, in_all, between, values["says"], values["full_pages"], zone, language)


def _refuse_contradictions(a_day: int | None, in_all: int | None, minutes: float) -> None:
    if a_day is not None and in_all is not None and a_day > in_all:
        what = f"verdicts_a_day is {a_day}, more than verdicts_in_all, which is {in_all}"
        raise UsageError(what, _WHERE, "Lower the one, or raise the other.")
    if a_day == 0 and in_all != 0:
        said = "no bound" if in_all is None else str(in_all)
        what = f"verdicts_a_day is 0, but verdicts_in_all is {said}"
        raise UsageError(what, _WHERE, "Set both to 0 for no verdict before the deadline, or neither.")
    if a_day is not None and (a_day - 1) * minutes >= _MINUTES_A_DAY:
        what = f"verdicts_a_day is {a_day}, and with minutes_between of {minutes:g} a day is too short for them"
        raise UsageError(what, _WHERE, "Lower one of the two.")


def _zone(config: Config) -> tzinfo:
    name = str(config.get("Exchange", {}).get("timezone", "UTC"))
    if name == "UTC":  # also where a machine has no time zones
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = 'Give one such as "Europe/Berlin".'
        raise UsageError(f"there is no time zone {name!r}", "c.Exchange.timezone", remedy) from None
