"""Runs one call and takes the facts: only this, and what it is made of, touches what a student's code made.

`untrusted` reads objects, `taking` makes facts of values, `identity` compares a result with the arguments,
`errors_seen` reads exceptions, `signatures` names of parameters. In isolation this runs in the student's process, after
their code, so everything it needs of torch is fetched when it is imported, before. What it reports is a claim of that
process, no more. Must not judge, and must know no expected value.
"""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import torch

from torchmarks.checks.errors_seen import bases_of, facts_of_error
from torchmarks.checks.extent import MAX_NAME, MAX_TEXT, MAX_WARNINGS
from torchmarks.checks.facts import ArrayFacts, Ended, Fact, Observation, Place, Raised, TensorFacts
from torchmarks.checks.identity import same_objects, shared_memory, walk
from torchmarks.checks.interruption import OutOfTime, asking_nobody, limited, staying
from torchmarks.checks.memory import place_of
from torchmarks.checks.settings import Usual
from torchmarks.checks.signatures import bind
from torchmarks.checks.taking import has_grad, no_dispatch, take
from torchmarks.checks.untrusted import class_name, is_a, text_of

# Fetched now: a student may replace them later in the same process.
_type = type
_Tensor, _ndarray = torch.Tensor, np.ndarray


def default_incoming(shape: tuple[int, ...], dtype: torch.dtype, device: str | torch.device = "cpu") -> torch.Tensor:
    """The incoming gradient of a backward pass where the test gives none: no two elements alike, of both signs."""
    number = np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.float64)
    # Under equal weights a gradient that arrives at the wrong element looks right.
    values = (1.0 + 0.37 * number) * np.where(number % 3 == 2, -1.0, 1.0)
    return torch.from_numpy(values).to(dtype=dtype, device=device).reshape(shape)


@dataclass(frozen=True, slots=True)
class Backward:
    """A backward pass to run after the call. incoming: the gradient to start from; None for `default_incoming`."""

    incoming: torch.Tensor | None = None


def _incoming(backward: Backward, result: torch.Tensor) -> torch.Tensor:
    """The gradient to start from. Raises where the result's dtype is one that nothing is converted to."""
    if backward.incoming is not None:
        return backward.incoming
    return default_incoming(tuple(result.shape), result.dtype, result.device)


class _Bounded(io.StringIO):
    """Printed text up to a bound; the rest is dropped."""

    def write(self, text: str) -> int:
        room = MAX_TEXT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


@dataclass(slots=True)
class _Ran:
    """The outcome of running a piece of a student's code. warned: what it warned of; raised: what stopped it."""

    result: Any = None
    raised: Raised | None = None
    seconds: float = 0.0
    warned: tuple[str, ...] = ()


def _run(fn: Callable[[], Any], printed: _Bounded, limit_s: float) -> _Ran:
    """Runs it, keeping what it prints and warns of. Only KeyboardInterrupt gets through: that is a person's Ctrl-C."""
    ran = _Ran()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # by default a line warns once, and a second call would not
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(_Bounded()):
            start = time.perf_counter()
            try:
                with asking_nobody(), limited(limit_s):
                    ran.result = fn()
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # whatever else a student's code raises is data, SystemExit too
                raised = facts_of_error(error, skip=2)
                # Only where there is a limit: the grader's side takes no such word from a student's process.
                ran.raised = _out_of_time(raised) if limit_s and is_a(error, OutOfTime) else raised
            ran.seconds = time.perf_counter() - start
    ran.warned = tuple(map(_warning, caught[:MAX_WARNINGS]))
    return ran


def _warning(caught: warnings.WarningMessage) -> str:
    return f"{class_name(caught.category)}: {text_of(caught.message)}"[:MAX_NAME]


def _out_of_time(raised: Raised) -> Ended:
    return Ended(raised.type_name, raised.bases, raised.message, raised.own_lines, limit="timeout")


class _Before:
    """The arguments of a call as they were before it."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.facts = {name: take(value) for name, value in arguments.items()}
        self._arguments = arguments
        self._memory = {
            name: _place(value, self.facts[name])
            for name, value in arguments.items()
            if is_a(value, (_Tensor, _ndarray))
        }
        # Strong references: an `id` is only good while its object lives.
        self._grads = {name: value.grad for name, value in arguments.items() if is_a(value, _Tensor) and value.is_leaf}

    def kept_memory(self, after: Mapping[str, Fact]) -> dict[str, bool]:
        """Which arguments still lie where they lay. after: what they are now."""
        return {name: _place(self._arguments[name], after[name]) == place for name, place in self._memory.items()}

    def kept_grad(self) -> dict[str, bool]:
        """Which arguments still have their very `.grad` object."""
        return {name: _grad_of(self._arguments[name]) is grad for name, grad in self._grads.items()}


def _place(thing: Any, fact: Fact) -> Place | None:
    """Where a tensor or array lies: what its facts say, if they could be taken."""
    return fact.place if isinstance(fact, TensorFacts | ArrayFacts) else place_of(thing)


def _grad_of(t: torch.Tensor) -> torch.Tensor | None:
    return t.grad if has_grad(t) else None


def watch(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    parameters: tuple[str, ...] = (),
    backward: Backward | None = None,
    limit_s: float = 0.0,
) -> Observation:
    """Calls `fn(*args, **kwargs)` under PyTorch's defaults and returns what happened.

    parameters: names for the arguments given by position; limit_s: how many seconds the call, and again the backward
    pass, may take, 0 for any number (see `interruption`). Whatever the call raises is data, SystemExit too; only
    KeyboardInterrupt gets through. Arguments are not copied here: see `packing`.
    """
    with staying(), Usual() as usual:
        return _watched(fn, args, kwargs, bind(parameters, args, kwargs), backward, usual, limit_s)


def _watched(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    arguments: Mapping[str, Any],
    backward: Backward | None,
    usual: Usual,
    limit_s: float,
) -> Observation:
    before, printed = _Before(arguments), _Bounded()
    ran = _run(lambda: fn(*args, **kwargs), printed, limit_s)
    left = usual.settle()
    with no_dispatch():
        returned = ran.raised is None
        after = {name: take(value) for name, value in arguments.items()}
        observation = Observation(
            arguments=before.facts,
            kept_memory=before.kept_memory(after),
            kept_grad=before.kept_grad(),
            result=take(ran.result) if returned else None,
            raised=ran.raised,
            shared=shared_memory(ran.result, arguments) if returned else frozenset(),
            objects=same_objects(ran.result, arguments) if returned else frozenset(),
            after=after,
            left=left,
            printed=printed.getvalue(),
            warnings=ran.warned,
            seconds=ran.seconds,
        )
    if backward is None or not returned:
        return observation
    gradients, raised = _run_backward(ran.result, arguments, backward, printed, usual, limit_s)
    # What was printed is read once more: hooks print too.
    whole = {"gradients": gradients, "backward_raised": raised, "printed": printed.getvalue()}
    return msgspec.structs.replace(observation, **whole)


def outcome(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Observation:
    """Like `watch`, but fills only `result` and `raised`, an exception without its lines. It does not look at the
    arguments, and leaves to its caller what is printed and warned of.
    """
    result, raised = None, None
    with Usual() as usual:
        try:
            result = fn(*args, **kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as in `_run`
            raised = Raised(class_name(_type(error)), bases_of(error), text_of(error))
        usual.settle()
        with no_dispatch():
            return Observation({}, {}, take(result) if raised is None else None, raised)


def _run_backward(
    result: Any, arguments: Mapping[str, Any], backward: Backward, printed: _Bounded, usual: Usual, limit_s: float
) -> tuple[dict[str, TensorFacts | None], Raised | None]:
    """Runs backward through the result, if it is part of a graph; returns what `.grad` holds then, by path of the
    argument.
    """
    raised = None
    if is_a(result, _Tensor) and result.requires_grad:
        raised = _run(lambda: result.backward(_incoming(backward, result)), printed, limit_s).raised
        usual.settle()
    gradients: dict[str, TensorFacts | None] = {}
    with no_dispatch():
        for name, value in arguments.items():
            for path, thing in walk(name, value):
                if is_a(thing, _Tensor):
                    grad = thing.grad if thing.is_leaf else None
                    fact = None if grad is None else take(grad)
                    gradients[path] = fact if isinstance(fact, TensorFacts) else None
    return gradients, raised
