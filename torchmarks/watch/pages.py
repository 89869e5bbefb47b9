"""What students read about where they stand: the notes on top of a feedback page, and the page of what was kept.

Pure: policy, times and decisions in, text out. The sentences are those of `grading_sentences`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

import jinja2
from markupsafe import Markup

from torchmarks.checks import language
from torchmarks.checks.grading_sentences import say
from torchmarks.course.deadlines import Deadlines
from torchmarks.course.page_style import STYLE
from torchmarks.course.policy import PageDetail, Policy
from torchmarks.watch.budget import Bound, Decision

_TEMPLATE: Final = Path(__file__).parent / "templates" / "standing.html.j2"


def _clock_time(policy: Policy, time: datetime) -> str:
    """A time by the course's clock."""
    return f"{time.astimezone(policy.zone):%Y-%m-%d %H:%M %Z}"


_Text = TypeVar("_Text")
_Rest = ParamSpec("_Rest")


def _in_their_language(
    page: Callable[Concatenate[Policy, _Rest], _Text],
) -> Callable[Concatenate[Policy, _Rest], _Text]:
    """Has a function make its text in the language of the course."""

    @functools.wraps(page)
    def translated(policy: Policy, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Text:
        with language.speaking(policy.language):
            return page(policy, *args, **kwargs)

    return translated


@_in_their_language
def provisional(policy: Policy, deadline: datetime, left: Decision) -> PageDetail:
    """What the page of a grading before the deadline shows. left: what the student may have after this verdict."""
    notes = [say("provisional_until", deadline=_clock_time(policy, deadline))]
    if policy.says == "passes":
        notes.append(say("passes_alone"))
    if left.in_all is not None:
        notes.append(say("verdicts_left", count=left.in_all))
    if left.today is not None and left.today != left.in_all:
        notes.append(say("verdicts_left_today", count=left.today))
    if left.bound is not None and left.again_from is not None and left.again_from < deadline:
        notes.append(say("next_verdict_from", time=_clock_time(policy, left.again_from)))
    return PageDetail(policy.says, tuple(notes))


@_in_their_language
def final(policy: Policy, deadlines: Deadlines, now: datetime) -> PageDetail:
    """What the page of the grading that counts shows: all, once nobody has time left to hand in what they read."""
    if policy.full_pages == "by hand":
        return PageDetail("passes", (say("full_by_hand"),))
    if deadlines.last is not None and deadlines.last > now:
        return PageDetail("passes", (say("full_after", time=_clock_time(policy, deadlines.last)),))
    return PageDetail("all")


@_in_their_language
def kept(policy: Policy, notebook: str, arrived_at: datetime, deadline: datetime, why: Decision) -> str:
    """The page of a submission that is over the budget."""
    sentences = [say("handed_in_at", time=_clock_time(policy, arrived_at))]
    if arrived_at > deadline:
        return _page(say("kept_title", notebook=notebook), [*sentences, say("kept_late")])
    sentences += [say("kept_until", deadline=_clock_time(policy, deadline)), _why(policy, why)]
    if why.again_from is not None and why.again_from < deadline:
        sentences.append(say("next_verdict_from", time=_clock_time(policy, why.again_from)))
    return _page(say("kept_title", notebook=notebook), sentences)


@_in_their_language
def not_graded(policy: Policy, notebook: str, arrived_at: datetime, reason: str, *, own_fault: bool) -> str:
    """The page of a submission that cannot be graded. own_fault: whether the student can do something about it."""
    again = say("hand_in_again") if own_fault else say("ask_your_instructor")
    sentences = [say("handed_in_at", time=_clock_time(policy, arrived_at)), *([reason] if own_fault else []), again]
    return _page(say("not_graded_title", notebook=notebook), sentences)


def _why(policy: Policy, why: Decision) -> str:
    if why.bound is Bound.A_DAY:
        return say("kept_a_day", count=policy.a_day)
    if why.bound is Bound.BETWEEN:
        return say("kept_between", minutes=f"{policy.between.total_seconds() / 60:g}")
    return say("kept_none") if why.bound is Bound.NONE else say("kept_in_all", count=policy.in_all)


def _page(title: str, sentences: Sequence[str]) -> str:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(lang=language.spoken(), title=title, sentences=sentences, style=Markup(STYLE))
