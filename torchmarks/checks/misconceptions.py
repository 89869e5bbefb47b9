"""Misconceptions: named mistakes, recognised by what a wrong answer does. Looked at only after a check has failed.

Pure but for imitations, which are wrong answers of the test's author and run in the test's own process.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torchmarks.checks.equality import alike
from torchmarks.checks.facts import ArrayFacts, Fact, Items, Observation, TensorFacts
from torchmarks.checks.observe import Seen


@dataclass(frozen=True, slots=True)
class Misconception:
    """A named mistake.

    name: its id, as in the course's specification; why: one sentence that clears it up.
    imitates: a wrong answer, or several: recognised when one of them does the same on the same call.
    when: a predicate `(seen, want)`; an exception in it means no. `want` is what the failed matcher expected, or None.
    next: one step to try; link: a page of the PyTorch documentation.
    """

    name: str
    imitates: Callable[..., Any] | Sequence[Callable[..., Any]] = ()
    when: Callable[[Any, Any], Any] | None = None
    why: str = ""
    next: str | None = None
    link: str | None = None

    def explains(self, seen: Seen, want: Any, fails: Callable[[Seen], bool] | None = None) -> bool:
        """Whether the call `seen`, whose check failed, shows this mistake.

        fails: whether another observation of the same call fails the same check. An imitation that passes it is no
        mistake on this call, however close its result comes to the student's.
        """
        if self.when is not None:
            with contextlib.suppress(Exception):
                if bool(self.when(seen, want)):
                    return True
        wrong = self.imitates if isinstance(self.imitates, Sequence) else [self.imitates]
        with _quietly():
            return any(_imitated(seen, answer, fails) for answer in wrong)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What imitations print and warn of is for nobody."""
    nowhere = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        yield


def _imitated(seen: Seen, answer: Callable[..., Any], fails: Callable[[Seen], bool] | None) -> bool:
    try:
        if not _same_outcome(seen, seen.made_by.outcome_with(answer)):
            return False  # most imitations end here, before it is looked at what else they did
        other = seen.made_by.imitated_by(answer)
        return same_doing(seen, other) and (fails is None or fails(other))
    except Exception:  # an imitation that cannot make this call does not explain it
        return False


def same_doing(a: Observation, b: Observation) -> bool:
    """Whether two calls did the same: result, exception, effect on the arguments, sharing, gradients."""
    if not (_same_outcome(a, b) and _same_after(a, b)):
        return False
    # After an exception there is no result to share memory or to go backward through.
    return a.raised is not None or (
        (a.shared, a.objects) == (b.shared, b.objects)
        and (a.kept_memory, a.grad_mode_kept) == (b.kept_memory, b.grad_mode_kept)
        and (a.backward_raised is None) == (b.backward_raised is None)
        and _same_gradients(a, b)
    )


def _same_outcome(a: Observation, b: Observation) -> bool:
    if a.raised or b.raised:
        return _error(a) == _error(b)
    return alike(a.result, b.result)


def _error(observation: Observation) -> str | None:
    return observation.raised.type_name if observation.raised else None


def _same_facts(a: Mapping[str, Fact | None], b: Mapping[str, Fact | None]) -> bool:
    return a.keys() == b.keys() and all(alike(a[name], b[name]) for name in a)


def _same_after(a: Observation, b: Observation) -> bool:
    # Functions among the arguments are named differently on the two sides; they are no effect.
    ours = {name: fact for name, fact in a.after.items() if isinstance(fact, TensorFacts | ArrayFacts | Items)}
    theirs = {name: fact for name, fact in b.after.items() if name in ours}
    return _same_facts(ours, theirs)


def _same_gradients(a: Observation, b: Observation) -> bool:
    return _same_facts(a.gradients or {}, b.gradients or {})


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that is not what was asked for.

    seen: what was seen; want: what the failed matcher expected; known: the misconceptions that its author knows; fails:
    whether another observation of the same call fails the same check.
    """

    seen: Seen
    want: Any
    known: tuple[Misconception, ...]
    fails: Callable[[Seen], bool] | None = None


_LOOKED_AT = 40  # failing calls of one cell: an imitation costs a call each


def most_telling(failures: Sequence[Failure]) -> tuple[int, Misconception | None]:
    """Which failing call to show, and the misconception behind it.

    The misconception that explains most of the failing calls, the first listed if several do; shown is the first call
    that it explains. Without one, the first failing call.

    To ask whether one explains a call costs a call for each of its imitations. So the candidate that can still explain
    most is asked next, and the first that has been asked about all of its calls is the answer (best-first search).
    """
    candidates: dict[str, _Candidate] = {}
    for number, failure in enumerate(failures[:_LOOKED_AT]):
        for known in failure.known:
            candidates.setdefault(known.name, _Candidate(known)).left.setdefault(number, []).append(known)
    while candidates:
        best = max(candidates.values(), key=_Candidate.at_most)  # of equals the first listed
        if not best.left:
            return (best.explained[0], best.known) if best.explained else (0, None)
        number = next(iter(best.left))
        failure, forms = failures[number], best.left.pop(number)
        if any(known.explains(failure.seen, failure.want, failure.fails) for known in forms):
            best.explained.append(number)
    return 0, None


@dataclass(slots=True)
class _Candidate:
    """A misconception as it is listed first, the failing calls that it explains, and those that it was not asked about
    yet, each with the forms in which its test knows the misconception.
    """

    known: Misconception
    explained: list[int] = field(default_factory=list)
    left: dict[int, list[Misconception]] = field(default_factory=dict)

    def at_most(self) -> int:
        """How many calls it explains if it explains all that are left."""
        return len(self.explained) + len(self.left)
