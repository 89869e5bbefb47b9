"""`observe`: makes a call, in place or through the grader's transport, and returns what it did.

A call goes through the current Transport: in place, in this process (a student's notebook), or through a transport that
the grader has opened to the student's process. The test does not change. Must not judge.
"""

from __future__ import annotations

import contextvars
import functools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import msgspec
import torch

from torchmarks.checks.capture import Backward, outcome, watch
from torchmarks.checks.definitions import by_its_name, functions_given, no_function
from torchmarks.checks.errors_seen import facts_of_error
from torchmarks.checks.facts import Ended, Observation
from torchmarks.checks.formatting import format_call, scenario_subjects
from torchmarks.checks.interruption import call_limit_s, interrupted
from torchmarks.checks.packing import PackedArguments, pack
from torchmarks.checks.settings import Usual
from torchmarks.checks.signatures import parameters_of
from torchmarks.checks.unpacking import travel, unpack


@dataclass(frozen=True)
class Call:
    """A call to make: what is called, with what, and whether a backward pass follows."""

    fn: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    parameters: tuple[str, ...]
    backward: Backward | None = None

    @functools.cached_property
    def text(self) -> str:
        """How the call reads."""
        return format_call(self.fn, self.args, self.kwargs, self.parameters)

    @functools.cached_property
    def subjects(self) -> tuple[int, ...]:
        """Positions of the student's functions among the arguments; empty when `fn` itself is the student's."""
        return scenario_subjects(self.fn, self.args, self.parameters)

    def can_be_made_with(self, answer: Mapping[str, Any]) -> bool:
        """Whether an answer, the names that its cell binds, has every function of the student's that the call needs."""
        return all(name in answer for name in self._names_of_subjects)

    def imitated_by(self, answer: Mapping[str, Any]) -> Seen:
        """What the call does in this process with an answer's functions in place of the student's."""
        fn, args, kwargs, backward = self._with(answer)
        return Seen.of(watch(fn, args, kwargs, self.parameters, backward), self)

    def outcome_with(self, answer: Mapping[str, Any]) -> Observation:
        """What `imitated_by` gives, but with the result or the exception alone: that costs a fraction."""
        fn, args, kwargs, _ = self._with(answer)
        return outcome(fn, args, kwargs)

    @functools.cached_property
    def _names_of_subjects(self) -> tuple[str, ...]:
        subjects = [self.args[n] for n in self.subjects] or [self.fn]
        return tuple(str(getattr(subject, "__name__", "")) for subject in subjects)

    def _with(self, answer: Mapping[str, Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any], Backward | None]:
        args, kwargs, backward = unpack(self.packed)
        own = [answer[name] for name in self._names_of_subjects]
        if not self.subjects:
            return own[0], args, kwargs, backward
        placed = dict(zip(self.subjects, own, strict=True))
        return self.fn, tuple(placed.get(n, value) for n, value in enumerate(args)), kwargs, backward

    @functools.cached_property
    def packed(self) -> PackedArguments:
        """The arguments as they were when this was first asked for, without the student's functions.

        Packed once for all imitations, and for the code that rebuilds them.
        """
        args = tuple(None if n in self.subjects else value for n, value in enumerate(self.args))
        return pack((args, dict(self.kwargs), self.backward))


# dict=True: a struct has slots alone, and a cached property wants a dictionary.
class Seen(Observation, kw_only=True, frozen=True, eq=False, dict=True):
    """An Observation on the side of the test: the data, and the call that it was made by."""

    made_by: Call

    @classmethod
    def of(cls, observation: Observation, call: Call) -> Seen:
        """The observation that the transport returned for this call."""
        return cls(*msgspec.structs.astuple(observation), made_by=call)

    @property
    def call(self) -> str:
        """How the call reads. Formatted when it is first asked for: most calls are never shown."""
        return self.made_by.text


class Transport(Protocol):
    """Where calls are made."""

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        """Makes the calls, in order, each with copies of its arguments. One that ends the process, or runs out of
        time, is the last.
        """

    def parameters(self, fn: Any) -> tuple[str, ...]:
        """Names of the parameters of a function that the transport leads to."""


class InPlace:
    """Makes the calls in this process."""

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        """See Transport."""
        seen: list[Observation] = []
        for call in calls:
            with Usual():  # copies too are made as by default: no tensor of inference mode, say
                args, kwargs, backward = travel((call.args, dict(call.kwargs), call.backward))
            try:
                observation = watch(call.fn, args, kwargs, call.parameters, backward, call_limit_s())
            except KeyboardInterrupt as error:
                own_lines = facts_of_error(error).own_lines
                raise interrupted(call.text, own_lines) from None
            print(observation.printed, end="")  # a student's own `print` is for the student to see
            seen.append(observation)
            if isinstance(observation.raised, Ended) or isinstance(observation.backward_raised, Ended):
                break  # each further call would take as long
        return seen

    def parameters(self, fn: Any) -> tuple[str, ...]:
        """See Transport."""
        return parameters_of(fn)


_IN_PLACE = InPlace()
transport: contextvars.ContextVar[Transport] = contextvars.ContextVar("transport", default=_IN_PLACE)


def _call(
    test: FrameType, fn: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], backward: Backward | None = None
) -> Call:
    fn = by_its_name(fn, test) if callable(fn) else no_function(fn, test)
    parameters = transport.get().parameters(fn)
    return Call(fn, functions_given(fn, args, parameters, test), kwargs, parameters, backward)


def _through(calls: Sequence[Call]) -> list[Seen]:
    seen = transport.get().observe(calls)
    # Not strict: a call that ended the process is the last that was seen.
    return [Seen.of(observation, call) for call, observation in zip(calls, seen, strict=False)]


# Positional only: the function that is called may have a parameter `fn`.
def observe(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Seen:
    """Calls `fn(*args, **kwargs)` and returns what it did.

    fn: a student's function, or a scenario: a function of the test that takes students' functions as arguments. The
    arguments are copied first, with aliasing, strides, requires_grad and `.grad`; the caller's objects stay untouched.
    An exception of the call is part of what was seen. Raises AuthorError for arguments that cannot be copied, such as a
    tensor with history.
    """
    return _through([_call(sys._getframe(1), fn, args, kwargs)])[0]


def observe_many(fn: Callable[..., Any], calls: Iterable[Sequence[Any]], /) -> list[Seen]:
    """`observe(fn, *args)` for many argument lists, which cross to the student's process together.

    A call that ends the student's process, or runs out of time, is the last that was seen: those after it were not
    made.
    """
    test = sys._getframe(1)
    return _through([_call(test, fn, tuple(args), {}) for args in calls])


def observe_backward(
    fn: Callable[..., Any], /, *args: Any, incoming: torch.Tensor | None = None, **kwargs: Any
) -> Seen:
    """Like observe; afterwards `result.backward(incoming)`, and `.gradients` says what arrived at each tensor argument.

    incoming: of the result's shape and dtype; left out, fixed weights of both signs (`default_incoming`). A result that
    does not require grad gets no backward pass: the gradients are what they were. Tensors inside a list or dict among
    the arguments have their gradients under a dotted name, such as "weights.0".
    """
    return _through([_call(sys._getframe(1), fn, args, kwargs, Backward(incoming))])[0]
