"""What a student reads of where they stand: the notes on top of a feedback page, and the page of what was kept.

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


def spoken(policy: Policy, time: datetime) -> str:
    """A time by the course's clock."""
    return f"{time.astimezone(policy.zone):%Y-%m-%d %H:%M %Z}"


_Told = TypeVar("_Told")
_Rest = ParamSpec("_Rest")


def _in_their_language(
    page: Callable[Concatenate[Policy, _Rest], _Told],
) -> Callable[Concatenate[Policy, _Rest], _Told]:
    """Has what a function tells said in the language of the course."""

    @functools.wraps(page)
    def told(policy: Policy, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Told:
        with language.speaking(policy.language):
            return page(policy, *args, **kwargs)

    return told


@_in_their_language
def provisional(policy: Policy, deadline: datetime, left: Decision) -> PageDetail:
    """Of a grading before the deadline. left: what the student may have after this verdict."""
    notes = [say("provisional_until", deadline=spoken(policy, deadline))]
    if policy.says == "passes":
        notes.append(say("passes_alone"))
    if left.in_all is not None:
        notes.append(say("verdicts_left", count=left.in_all))
    if left.today is not None and left.today != left.in_all:
        notes.append(say("verdicts_left_today", count=left.today))
    if left.bound is not None and left.again_from is not None and left.again_from < deadline:
        notes.append(say("next_verdict_from", time=spoken(policy, left.again_from)))
    return PageDetail(policy.says, tuple(notes))


@_in_their_language
def final(policy: Policy, deadlines: Deadlines, now: datetime) -> PageDetail:
    """Of the grading that counts: whole as soon as nobody has time left to hand in what they read."""
    if policy.full_pages == "by hand":
        return PageDetail("passes", (say("full_by_hand"),))
    if deadlines.last is not None and deadlines.last > now:
        return PageDetail("passes", (say("full_after", time=spoken(policy, deadlines.last)),))
    return PageDetail("all")


@_in_their_language
def kept(policy: Policy, notebook: str, arrived_at: datetime, deadline: datetime, why: Decision) -> str:
    """The page of a submission that is over the budget."""
    said = [say("handed_in_at", time=spoken(policy, arrived_at))]
    if arrived_at > deadline:
        return _page(say("kept_title", notebook=notebook), [*said, say("kept_late")])
    said += [say("kept_until", deadline=spoken(policy, deadline)), _why(policy, why)]
    if why.again_from is not None and why.again_from < deadline:
        said.append(say("next_verdict_from", time=spoken(policy, why.again_from)))
    return _page(say("kept_title", notebook=notebook), said)


@_in_their_language
def not_graded(policy: Policy, notebook: str, arrived_at: datetime, reason: str, *, own_fault: bool) -> str:
    """The page of a submission that cannot be graded. own_fault: whether the student can do something about it."""
    again = say("hand_in_again") if own_fault else say("ask_your_instructor")
    said = [say("handed_in_at", time=spoken(policy, arrived_at)), *([reason] if own_fault else []), again]
    return _page(say("not_graded_title", notebook=notebook), said)


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
