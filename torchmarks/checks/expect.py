"""`expect`: what a test demands of a call, with a method for each matcher.

Each matcher states one demand on an Observation, which is data; runs no student code. What it demands is judged in
`checks.matching`, what is wrong with a call is kept by `checks.judged`, and what becomes of a cell's failures is for
`checks.collecting`. Must not make a message.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, Final, Self

import torch

from torchmarks.checks import collecting, matching
from torchmarks.checks.equality import Tolerance
from torchmarks.checks.facts import Fact, Items, Opaque
from torchmarks.checks.formatting import format_fact, format_value
from torchmarks.checks.judged import Demand, JudgedCall
from torchmarks.checks.observe import Seen
from torchmarks.checks.paths import below
from torchmarks.checks.taking import take
from torchmarks.checks.untrusted import class_name
from torchmarks.errors import AuthorError


def expect(
    seen: Seen,
    next: str | None = None,
    may_change: bool | Iterable[str] | None = None,
) -> Expectation:
    """Begins to judge a call. Demands at once that it did not raise and left its arguments as they were, unless a
    matcher or `may_change` says otherwise.

    next: one step to offer; may_change: True, or names of the arguments that the call may change. Left out, it may
    change any when a student's function in it has a name that ends in `_`, else none.
    """
    # An empty collection is not None: it forbids what a name that ends in `_` would allow.
    allowed = may_change if isinstance(may_change, bool | None) else frozenset(may_change)
    call = JudgedCall(seen, next, allowed)
    collecting.begin(call)
    return Expectation(call)


class Expectation:
    """Demands on one call, or on a part of its result; every matcher returns the expectation, so that they chain.

    call: what is demanded so far, and what of it failed; keys: which part of the result.
    """

    def __init__(self, call: JudgedCall, keys: tuple[str, ...] = ()) -> None:
        self.call = call
        self._keys = keys

    def __repr__(self) -> str:
        return f"<{self.call.seen.call}: {'not as expected' if self.call.failed else 'as expected so far'}>"

    def _ipython_display_(self) -> None:
        """Displays nothing: the last line of a cell is often an expectation, and its value says nothing new."""

    def _demand(self, check: Callable[..., matching.Answer], *args: Any, **options: Any) -> Self:
        """Demands it of this part. args: of the check, after the part; options: of the Demand."""
        self.call.ask(Demand(self._keys, lambda part: check(part, *args), **options))
        collecting.settle(self.call)
        return self

    # ---- what was returned

    def returned(
        self,
        want: Any,
        *,
        close: float | tuple[float, float] | None = None,
        or_type: type | tuple[type, ...] = (),
    ) -> Self:
        """The result is `want`: values, shape, dtype, device and exact type, at every level of lists, tuples and dicts.

        close: rtol and atol, one number for both or a pair (as torch.testing.assert_close); None for exact equality.
        nan equals nan. or_type: types that are accepted besides the exact one, at any level.
        """
        # Facts, and so a copy: the test may change `want` before the report is made.
        wanted, types = _facts(want), or_type if isinstance(or_type, tuple) else (or_type,)
        names = frozenset(class_name(cls) for cls in types)  # facts know types by name
        return self._demand(matching.returned, wanted, Tolerance.of(close), names, want=want)

    def raised(self, *errors: type[BaseException], naming: Iterable[str] = ()) -> Self:
        """The call raised one of `errors` or a subclass, with every text of `naming` in its message."""
        return self._demand(matching.raised, errors, tuple(naming), want=errors, error=True)

    def printed(self, text: str) -> Self:
        """The call printed exactly `text`, trailing white space aside."""
        return self._demand(matching.printed, text, want=text)

    def that(
        self,
        holds: Callable[[Seen], Any],
        *,
        expected: str,
        seen_text: Callable[[Seen], str] | str | None = None,
        look: str = "",
    ) -> Self:
        """Anything else about the call: `holds(seen)` is true. expected and seen_text: what the student reads; look:
        what the last line of the code looks at, where the result itself does not show it, such as ".flags.writeable".
        """
        # now: what the test's functions read may have changed by the time the report is made.
        return self._demand(matching.that, holds, expected, seen_text, look, now=True)

    # ---- identity and memory

    def is_contiguous(self) -> Self:
        """The result is a contiguous tensor: its elements lie in memory row by row."""
        return self._demand(matching.is_contiguous)

    def is_the_same_object_as(self, name: str) -> Self:
        """The result is the very object that was passed as `name`."""
        return self._demand(matching.same_object, name, True)

    def is_not_the_same_object_as(self, name: str) -> Self:
        """The result is an object of its own."""
        return self._demand(matching.same_object, name, False)

    def shares_memory_with(self, name: str) -> Self:
        """The result and the argument have an element in common: a write to one can be seen in the other."""
        return self._demand(matching.shares_memory_with, name)

    def same_memory_as(self, name: str) -> Self:
        """The result lies exactly where the argument lies: first address, shape and strides; so every element is
        shared.

        Strides of axes with one element, which lead nowhere, may differ.
        """
        return self._demand(matching.same_memory_as, name)

    def shares_no_memory(self, name: str | None = None) -> Self:
        """No tensor of the result shares an element with the argument, or with any argument."""
        return self._demand(matching.shares_no_memory, name)

    def own_elements(self) -> Self:
        """No two elements of the result share memory: writing to one changes no other."""
        return self._demand(matching.own_elements)

    # ---- gradients

    def is_leaf(self, *, requires_grad: bool | None = None) -> Self:
        """The result is a leaf of the graph; requires_grad: whether backward is to fill its `.grad`."""
        return self._demand(matching.is_leaf, requires_grad)

    def requires_grad(self, wanted: bool = True) -> Self:
        """Whether gradients are recorded for the result."""
        return self._demand(matching.requires_grad, wanted)

    def no_history(self) -> Self:
        """No tensor of the result requires grad or knows an operation that made it."""
        return self._demand(matching.no_history)

    def gradient(self, name: str, want: Any, *, close: float | tuple[float, float] | None = None) -> Self:
        """`.grad` of the argument: after observe_backward what the backward pass left there, else after the call.

        want: a tensor; 0 for "zeros or none"; None for strictly none.
        """
        # The int alone: a 0-d tensor of zero is a value like any other, and so is False.
        none = want is None or (type(want) is int and want == 0)
        wanted = None if none else _wanted(want, close)
        # now: the test may write into `want` before the report is made.
        return self._demand(matching.gradient, name, wanted, want is not None, want=want, now=True)

    def keeps_grad(self, name: str) -> Self:
        """`.grad` of the argument is the very object that it was before the call."""
        return self._demand(matching.keeps_grad, name)

    # ---- place

    def on(self, device: str | torch.device) -> Self:
        """The result is on this device; a missing index means the first."""
        return self._demand(matching.on, str(device))

    def changed_in_place(self, name: str, want: Any, *, close: float | tuple[float, float] | None = None) -> Self:
        """The argument holds `want` afterwards, in the memory that it had."""
        return self._demand(matching.changed_in_place, name, _wanted(want, close), want=want, change=name, now=True)

    def at(self, key: int | str) -> Expectation:
        """The expectations on one item of a list, tuple or dict that was returned. Counts from the end below 0."""
        whole = below(self.call.seen.result, self._keys)
        if isinstance(key, int) and key < 0 and isinstance(whole, Items):
            key += len(whole.items)  # paths count from the start
        return Expectation(self.call, (*self._keys, str(key)))


def _wanted(want: Any, close: float | tuple[float, float] | None) -> matching.Wanted:
    return matching.Wanted(_facts(want), Tolerance.of(close), functools.partial(format_value, want))


_BEYOND: Final = ("too_deep", "elements", "of_shape", "characters", "very_large")


def _facts(want: Any) -> Fact:
    """The facts of an expected value. Raises AuthorError where a part of it is too large to be taken: of such a part
    only the type would be compared, and any answer of that type be right.
    """
    fact = take(want)
    part = _beyond(fact)
    if part is not None:
        what = f"The expected value has a part that is too large to be compared: {format_fact(part)}."
        raise AuthorError(what, "Call the function with smaller inputs.")
    return fact


def _beyond(fact: Fact) -> Opaque | None:
    """The first part of a value that was too large to be taken."""
    if isinstance(fact, Items):
        parts = (*(fact.keys or ()), *fact.items)
        return next((found for part in parts if (found := _beyond(part)) is not None), None)
    return fact if isinstance(fact, Opaque) and fact.note.partition(":")[0] in _BEYOND else None
