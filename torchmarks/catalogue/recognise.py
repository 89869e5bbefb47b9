"""Recognises the misconception behind a failed test: by imitating wrong answers of the catalogue, and by predicates.

Runs answers of the course's own, never a student's, in the process of the tests. An author's error costs the name and
is noted in a log; it never costs a mark. Looked at only after a check has failed.
"""

from __future__ import annotations

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from torchmarks.catalogue.answers import Answer
from torchmarks.catalogue.normal import normal_form
from torchmarks.catalogue.outcomes import same_doing, same_outcome
from torchmarks.catalogue.read import TEXTS, Catalogue, Misconception
from torchmarks.checks.diagnosis import Diagnosis, Failure
from torchmarks.checks.observe import Seen
from torchmarks.checks.settings import CELL, Usual

_log = logging.getLogger(__name__)
_LOOKED_AT: Final = 40  # failing calls of one cell: an imitation costs a call each
_LEAST_SHARE: Final = 4  # a reason that explains less than one in so many failing calls is better not said
_SECONDS: Final = 10.0  # for the name of one cell; a search that takes longer ends without one


class Recogniser:
    """Recognises misconceptions of one exercise, for one notebook.

    names: the namespace of the tests, in which answers and predicates run, each in a copy. leave_out: the normal form
    of an answer that is not imitated, so that a name can be tried on an answer as if nobody had seen it. errors: the
    author's, as they were met, a line for each example or predicate that raises.
    """

    def __init__(self, catalogue: Catalogue, exercise: str, names: Mapping[str, Any], leave_out: str = "") -> None:
        self.errors: list[str] = []
        self._known = [
            _Known(one, [a for a in catalogue.examples(one) if normal_form(a.source) != leave_out], names, self.errors)
            for one in catalogue.of(exercise)
        ]

    def __call__(self, failures: Sequence[Failure], passed: Sequence[Seen]) -> tuple[int, Diagnosis | None]:
        """Which failing call to show, and the misconception behind it.

        It is the one that explains most of the failing calls; the first call that it explains is shown. Of several that
        explain as many it is the one whose imitations also do what the calls that passed did; where that does not
        decide, none is said. Best first: to ask about a call costs a call for each imitation, so that candidate is
        asked next that can still explain most.
        """
        failures = failures[:_LOOKED_AT]
        least = -(-len(failures) // _LEAST_SHARE)
        deadline = time.monotonic() + _SECONDS
        candidates = [_Candidate(known, list(range(len(failures)))) for known in self._known]
        with _undisturbed():
            best = _best(candidates, failures, least, deadline)
            chosen = best[0] if len(best) == 1 else _most_exact(best, passed)
        if chosen is None:
            return 0, None
        one = chosen.known.misconception
        return chosen.explained[0], Diagnosis(one.name, one.why, one.next, one.link)


@dataclass(slots=True)
class _Candidate:
    """A misconception, the calls that it explains and those that it was not asked about yet."""

    known: _Known
    left: list[int]
    explained: list[int] = field(default_factory=list)
    by: set[int] = field(default_factory=set)  # which of its examples explained a call

    @property
    def at_most(self) -> int:
        """How many calls it explains if it explains all that are left."""
        return len(self.explained) + len(self.left)


def _best(candidates: list[_Candidate], failures: Sequence[Failure], least: int, deadline: float) -> list[_Candidate]:
    """The candidates that explain most, at least `least` calls; none where the time is up."""
    while time.monotonic() < deadline:
        most = max((one.at_most for one in candidates), default=0)
        if most < max(least, 1):
            return []
        top = [one for one in candidates if one.at_most == most]
        asked = next((one for one in top if one.left), None)
        if asked is None:
            return top
        number = asked.left.pop(0)
        if (example := asked.known.explains(failures[number])) is not None:
            asked.explained.append(number)
            asked.by.add(example)
    _log.warning("The search for a misconception took more than %d s and was given up.", _SECONDS)
    return []


def _most_exact(candidates: list[_Candidate], passed: Sequence[Seen]) -> _Candidate | None:
    """Of candidates that explain the same number of calls the one whose examples do what passed calls did; None where
    two are as exact.
    """
    if not candidates:
        return None
    ranked = sorted(((one.known.also_does(one.by, passed), one) for one in candidates), key=lambda pair: -pair[0])
    return ranked[0][1] if ranked[0][0] > ranked[1][0] else None


_BY_PREDICATE: Final = -1
_AUTHORS: Final = (Exception, SystemExit)  # an interrupt is a person's
_logged: Final[set[str]] = set()


class _Known:
    """A misconception, ready to be asked: its predicate and its examples as functions, made when first needed."""

    def __init__(
        self, misconception: Misconception, examples: Sequence[Answer], names: Mapping[str, Any], errors: list[str]
    ) -> None:
        self.misconception = misconception
        self._examples = examples
        self._names = names
        self._errors = errors
        self._made: list[Mapping[str, Any]] | None = None
        self._when: Callable[[Any, Any], Any] | None = None

    def explains(self, failure: Failure) -> int | None:
        """Which example explains the failing call, by its number, -1 for the predicate; None where nothing does."""
        for number, answer in enumerate(self._answers()):
            if _imitated(failure, answer):
                return number
        return _BY_PREDICATE if self._predicts(failure) else None

    def also_does(self, by: set[int], passed: Sequence[Seen]) -> float:
        """The share of calls that passed on which an example that explained a failing one does the same."""
        numbers = by - {_BY_PREDICATE}
        if not numbers:
            return -1.0
        answers = self._answers()
        does = [sum(_does(seen, answers[n]) for seen in passed[:_LOOKED_AT]) for n in numbers]
        return max(does) / max(len(passed[:_LOOKED_AT]), 1)

    def _answers(self) -> list[Mapping[str, Any]]:
        if self._made is None:
            self._made = [self._run(answer) for answer in self._examples]
        return self._made

    def _run(self, answer: Answer) -> Mapping[str, Any]:
        """The names that an answer binds, in a copy of the tests' namespace."""
        own = dict(self._names)
        with Usual(CELL) as usual:
            try:
                exec(_compiled(answer.source, answer.name), own)
            except _AUTHORS as error:
                self._note(f"{answer.name} (line {answer.line}): it cannot be imitated, its cell raises", error)
                return {}
            finally:
                usual.settle()
        return {name: value for name, value in own.items() if self._names.get(name, _NOTHING) is not value}

    def _predicts(self, failure: Failure) -> bool:
        if not self.misconception.when:
            return False
        with Usual(CELL) as usual:
            try:
                if self._when is None:
                    self._when = self._predicate()
                return bool(self._when(failure.seen, failure.want))
            except _AUTHORS as error:  # of a call that it was not written for, it says no
                self._note(f"{self.misconception.place}: its `when` raises", error)
                return False
            finally:
                usual.settle()

    def _predicate(self) -> Callable[[Any, Any], Any]:
        names = dict(self._names)
        exec(_compiled(self.misconception.when, self.misconception.name), names)
        made: Callable[[Any, Any], Any] = names["when"]
        for text in TEXTS:  # `next` is a builtin that the predicate may call
            names.pop(text, None)
        names.update({text: self._names[text] for text in TEXTS if text in self._names})
        return made

    def _note(self, what: str, error: BaseException) -> None:
        """Keep an author's error once, and log it once for all notebooks of this process."""
        if any(line.startswith(what) for line in self._errors):
            return
        self._errors.append(f"{what} {type(error).__name__}: {error}")
        if what not in _logged:
            _logged.add(what)
            _log.warning("%s; messages do without it.", self._errors[-1], exc_info=error)


_NOTHING: Final = object()


@lru_cache(maxsize=4096)
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, f"<{name}>", "exec", dont_inherit=True)


def _imitated(failure: Failure, answer: Mapping[str, Any]) -> bool:
    """Whether the answer does the same on the call, and fails as it does.

    One that passes is no mistake on this call, however close its result comes to the student's.
    """
    seen = failure.seen
    if not seen.made_by.can_be_made_with(answer):
        return False
    try:
        if not same_outcome(seen, seen.made_by.outcome_with(answer)):
            return False  # most imitations end here, before it is looked at what else they did
        other = seen.made_by.imitated_by(answer)
        return same_doing(seen, other) and failure.fails(other)
    except Exception:  # an imitation that cannot make this call does not explain it
        return False


def _does(seen: Seen, answer: Mapping[str, Any]) -> bool:
    try:
        return seen.made_by.can_be_made_with(answer) and same_outcome(seen, seen.made_by.outcome_with(answer))
    except Exception:
        return False


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """What imitations print and warn of is for nobody, and what they leave set meets no test."""
    nowhere = io.StringIO()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        Usual(CELL) as usual,
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            usual.settle()
