"""Recognises the misconception behind a failed test: by imitating wrong answers of the catalogue, and by predicates.

Runs answers of the course's own, never a student's, in the process of the tests. An author's error costs the name and
is noted in a log; it never costs a mark. Looked at only after a check has failed.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import CodeType
from typing import Any, Final, TypeVar

from torchmarks.catalogue.answers import Answer
from torchmarks.catalogue.normal import normal_form
from torchmarks.catalogue.outcomes import same_doing, same_outcome
from torchmarks.catalogue.predicates import broadcasts, surprises
from torchmarks.catalogue.read import TEXTS, Catalogue, Misconception
from torchmarks.checks.diagnosis import Diagnosis, Failure
from torchmarks.checks.facts import ArrayFacts, Items, Opaque, Plain, Raised, TensorFacts
from torchmarks.checks.observe import Seen
from torchmarks.checks.quiet import quietly
from torchmarks.checks.settings import CELL, Usual

_log = logging.getLogger(__name__)
_LOOKED_AT: Final = 12  # calls of a kind, spread over all of them, that everything is asked for: each costs a call
_NEAR: Final = 0.5  # what comes so near to the nearest, by that sample, is asked for all calls
_SCREENED: Final = 4  # of these are asked first; what explains none of them is dropped
_LEAST_SHARE: Final = 4  # a reason that explains less than one in so many failing calls is better not given
_SECONDS: Final = 10.0  # of CPU time, so that a busy machine costs no name; a search that takes longer ends without one


class Recogniser:
    """Recognises misconceptions of one exercise, for one notebook.

    names: the namespace of the tests, in which answers and predicates run, each in a copy. leave_out: the normal form
    of an answer that is not imitated, so that a name can be tried on an answer as if nobody had seen it. spent: CPU
    seconds that were spent on this exercise, of those that all searches for its failures together may take. errors: the
    author's, as they were met, a line for each example or predicate that raises.
    """

    def __init__(
        self, catalogue: Catalogue, exercise: str, names: Mapping[str, Any], leave_out: str = "", spent: float = 0.0
    ) -> None:
        self.errors: list[str] = []
        self.spent = spent
        self._catalogue, self._exercise, self._names, self._leave_out = catalogue, exercise, names, leave_out

    @functools.cached_property
    def _known(self) -> list[_Known]:
        """Made when a failure is to be explained: most tests pass, and need no example."""
        return [
            _Known(misconception, self._examples(misconception), self._names, self.errors)
            for misconception in self._catalogue.of(self._exercise)
        ]

    def _examples(self, misconception: Misconception) -> list[Answer]:
        return [
            answer
            for answer in self._catalogue.examples(misconception)
            if normal_form(answer.source) != self._leave_out
        ]

    def __call__(self, failures: Sequence[Failure], passed: Sequence[Seen]) -> tuple[int, Diagnosis | None]:
        """Which failing call to show, and the misconception behind it.

        Every example, and every predicate, is asked by itself which failing calls it explains; one that explains less
        than a quarter is out. Of the others it is the one that does most of what the student's function did, on failing
        calls and on those that passed; the first call that it explains is shown. Of two misconceptions that come as
        near it is the one that treats memory alike, too, in what passed; where that does not decide, none is named.
        All are asked for a sample of the calls, and those that come near by it for every call.
        """
        start = time.process_time()
        try:
            return self._search(failures, _Calls.of(failures, passed, start + _SECONDS - self.spent))
        finally:
            self.spent += time.process_time() - start

    def _search(self, failures: Sequence[Failure], sample: _Calls) -> tuple[int, Diagnosis | None]:
        candidates = [_Candidate(known, number, sample) for known in self._known for number in known.ways]
        try:
            with _undisturbed():
                same = _doing_the_same(_for_all_calls(_doing_the_same(candidates)))
                chosen = _nearest(same or _explaining(_for_all_calls(_near(_explaining(candidates)))))
        except _TookTooLong:
            _log.warning("The search for a misconception took more than %d s of CPU time and was given up.", _SECONDS)
            return 0, None
        if chosen is None:
            return 0, None
        found = chosen.known.misconception
        return min(chosen.explained), Diagnosis(found.name, found.why, found.next, found.link)


_Item = TypeVar("_Item")


def _sample(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """At most so many of the items, evenly from all of them, the first among them."""
    if len(items) <= most:
        return items
    return [items[n * len(items) // most] for n in range(most)]


class _TookTooLong(Exception):
    """The time for a name is over."""


@dataclass(frozen=True, slots=True)
class _Calls:
    """What a search looks at. order: the numbers of the failing calls, those first that are asked first; passed: the
    calls that were as expected; deadline: of this process's CPU time; every: all calls, where these are a sample.
    """

    failures: Sequence[Failure]
    order: Sequence[int]
    passed: Sequence[Seen]
    deadline: float
    every: _Calls | None = None

    @classmethod
    def of(cls, failures: Sequence[Failure], passed: Sequence[Seen], deadline: float) -> _Calls:
        """A sample of the calls."""
        looked_at = _sample(range(len(failures)), _LOOKED_AT)
        first = list(dict.fromkeys([*_sample(looked_at, _SCREENED), *looked_at]))
        if max(len(failures), len(passed)) <= _LOOKED_AT:
            return cls(failures, first, passed, deadline)
        every = cls(failures, list(dict.fromkeys([*first, *range(len(failures))])), passed, deadline)
        return cls(failures, first, _sample(passed, _LOOKED_AT), deadline, every)

    @property
    def least(self) -> int:
        """How many of the failing calls a reason has to explain."""
        return max(-(-len(self.order) // _LEAST_SHARE), 1)

    def look_at_the_clock(self) -> None:
        """Raises _TookTooLong."""
        if time.process_time() > self.deadline:
            raise _TookTooLong


@dataclass
class _Candidate:
    """One way to explain calls: an example or the predicate of a misconception, by number."""

    known: _Known
    number: int
    calls: _Calls
    asked: dict[int, bool] = field(default_factory=dict)  # whether it explains a call

    @property
    def explained(self) -> list[int]:
        """The calls that it explains, of those that it was asked for."""
        return [call for call, explains in self.asked.items() if explains]

    @functools.cached_property
    def also_does(self) -> float:
        """Its share of the calls that passed."""
        share = self.known.also_does(self.number, self.calls.passed)
        self.calls.look_at_the_clock()
        return share

    @functools.cached_property
    def also_does_in_full(self) -> float:
        """Its share of the calls that passed, if memory, arguments and gradients have to be the same as well."""
        share = self.known.also_does(self.number, self.calls.passed, in_full=True)
        self.calls.look_at_the_clock()
        return share

    @property
    def nearness(self) -> float:
        """How much it does of what was done: its shares of the failing calls and of those that passed, added."""
        return len(self.explained) / len(self.calls.order) + self.also_does

    def for_all_calls(self) -> _Candidate:
        """The same, asked for all calls; what it was asked before is kept."""
        return replace(self, calls=self.calls.every) if self.calls.every else self

    def explains(self, call: int) -> bool:
        """Whether it explains a failing call, by number."""
        if call not in self.asked:
            self.asked[call] = self.known.explains(self.calls.failures[call], self.number)
            self.calls.look_at_the_clock()
        return self.asked[call]

    def ask(self) -> None:
        """Finds which calls it explains. One that explains none of the first few is asked no more."""
        for asked, call in enumerate(self.calls.order):
            if asked == _SCREENED and not self.explained:
                break
            self.explains(call)

    def does_the_same(self) -> bool:
        """Whether it does all that was done; asked no further than to the first call that it does otherwise."""
        return all(self.explains(call) for call in self.calls.order) and (not self.calls.passed or self.also_does == 1)


def _doing_the_same(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Examples that do all that was done, one of a misconception: no other comes as near, and the rest need not be
    asked.

    Predicates are asked all the same, so that their author hears of an error. None comes as near as such an example,
    but where no call passed: there the predicate is the nearer one.
    """
    predicates = [candidate for candidate in candidates if candidate.number == _BY_PREDICATE]
    for candidate in predicates:
        candidate.ask()
    if any(
        not candidate.calls.passed and len(candidate.explained) >= candidate.calls.least for candidate in predicates
    ):
        return []
    first_of: dict[str, _Candidate] = {}
    for candidate in candidates:
        name = candidate.known.misconception.name
        if candidate.number != _BY_PREDICATE and name not in first_of and candidate.does_the_same():
            first_of[name] = candidate
    return list(first_of.values())


def _explaining(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Those that explain enough of the failing calls."""
    for candidate in candidates:
        candidate.ask()
    return [candidate for candidate in candidates if len(candidate.explained) >= candidate.calls.least]


def _near(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Those that come near to the nearest; all calls can change their order, and hardly that of the others."""
    most = max((candidate.nearness for candidate in candidates), default=0.0)
    return [candidate for candidate in candidates if candidate.nearness >= most - _NEAR]


def _for_all_calls(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    return [candidate.for_all_calls() for candidate in candidates]


def _nearest(candidates: Sequence[_Candidate]) -> _Candidate | None:
    """The candidate that does most of what was done, on failing calls and on those that passed; None where two
    misconceptions come as near.

    Effects decide between equals alone: a test that leaves memory open passes answers of one mistake that differ in it.
    """
    if len({candidate.known.misconception.name for candidate in candidates}) < 2:
        return candidates[0] if candidates else None
    most = max(candidate.nearness for candidate in candidates)
    best = [candidate for candidate in candidates if candidate.nearness == most]
    if len({candidate.known.misconception.name for candidate in best}) > 1:
        most = max(candidate.also_does_in_full for candidate in best)
        best = [candidate for candidate in best if candidate.also_does_in_full == most]
    return best[0] if len({candidate.known.misconception.name for candidate in best}) == 1 else None


_BY_PREDICATE: Final = -1
_OF_PREDICATE: Final = 0.8  # below an example that does all that was done, above one that does half of it
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

    @property
    def ways(self) -> list[int]:
        """The numbers of its examples, and of its predicate where it has one."""
        return [*range(len(self._examples)), *([_BY_PREDICATE] if self.misconception.when else [])]

    def explains(self, failure: Failure, number: int) -> bool:
        """Whether this example, or the predicate, explains the failing call."""
        if number == _BY_PREDICATE:
            return self._predicts(failure)
        return _imitated(failure, self._answers()[number])

    def also_does(self, number: int, passed: Sequence[Seen], *, in_full: bool = False) -> float:
        """The share of the calls that passed on which this example does the same. A predicate cannot be asked that.

        in_full: in memory, arguments and gradients as well.
        """
        if number == _BY_PREDICATE:
            return _OF_PREDICATE
        answer = self._answers()[number]
        return sum(_does(seen, answer, in_full) for seen in passed) / max(len(passed), 1)

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
        with Usual(CELL) as usual:
            try:
                if self._when is None:
                    self._when = self._predicate()
                return not broadcasts(failure) and bool(self._when(failure.seen, failure.want))
            except _AUTHORS as error:  # of a call that it was not written for, it says no
                if not _is_no(error, failure):
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
        """Keeps an author's error once, and logs it once for all notebooks of this process."""
        if any(line.startswith(what) for line in self._errors):
            return
        self._errors.append(f"{what} {type(error).__name__}: {error}")
        if what not in _logged:
            _logged.add(what)
            _log.warning("%s; messages do without it.", self._errors[-1], exc_info=error)


def _is_no(error: BaseException, failure: Failure) -> bool:
    """Whether a predicate asked a call for what it does not have, which counts as no: the message of no error, the
    dtype of a list, a third item of two.
    """
    if isinstance(error, AttributeError) and isinstance(error.obj, _KINDS):
        return error.name in _ATTRIBUTES  # else it is misspelt
    return (isinstance(error, TypeError) and "'NoneType'" in str(error)) or surprises(error, failure)


_KINDS: Final = (TensorFacts, ArrayFacts, Plain, Items, Opaque, type(None))
_ATTRIBUTES: Final = frozenset(name for kind in (*_KINDS[:-1], Raised) for name in dir(kind))
_NOTHING: Final = object()


@lru_cache(maxsize=4096)
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, f"<{name}>", "exec", dont_inherit=True)


def _imitated(failure: Failure, answer: Mapping[str, Any]) -> bool:
    """Whether the answer does the same on the call, and fails as it does.

    One that passes is not a mistake on this call, however close its result comes to the student's.
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


def _does(seen: Seen, answer: Mapping[str, Any], in_full: bool) -> bool:
    call = seen.made_by
    try:
        if not call.can_be_made_with(answer):
            return False
        if in_full:
            return same_doing(seen, call.imitated_by(answer))
        return same_outcome(seen, call.outcome_with(answer))
    except Exception:
        return False


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """While inside, what imitations print and warn of is dropped, and what they leave set is put back."""
    with quietly(), Usual(CELL) as usual:
        try:
            yield
        finally:
            usual.settle()
