"""Checks the replies of a student's process, beyond their form on the wire.

Pure: decoded replies in, checked data out. A student's code may have written any of it: what does not fit a request of
ours raises WireError, and nothing in it is called or loaded by its name.
"""

from __future__ import annotations

import builtins
from typing import Any, Final

import torch

from torchmarks.checks.extent import MAX_BASES
from torchmarks.checks.facts import ArrayFacts, Ended, Fact, Items, Observation, Opaque, Plain, TensorFacts
from torchmarks.checks.left import KINDS, Left
from torchmarks.checks.observe import Call
from torchmarks.checks.signatures import bind
from torchmarks.checks.taking import elements_of, take
from torchmarks.isolation.client.death import Died
from torchmarks.isolation.protocol.wire import WireError, plain_text

_LONGEST: Final = 2_000  # characters of a message of the student's process
_MOST_LEFT: Final = 40  # what cells have left, and how many characters each part of it may have
_LONGEST_LEFT: Final = 200
_HARD_TO_MAKE: Final = (UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError, ExceptionGroup)


def is_of_call(call: Call, seen: Observation) -> bool:
    """Whether an observation names the arguments of this call, and has them as they were sent.

    A test may look at them to find out what to expect, so the student's process must not choose them.
    """
    sent = bind(call.parameters, call.args, call.kwargs)
    return sent.keys() == seen.arguments.keys() == seen.after.keys() and all(
        _is_argument(value, seen.arguments[name]) for name, value in sent.items()
    )


def _is_argument(sent: Any, claimed: Fact) -> bool:
    if type(sent) is torch.Tensor and isinstance(claimed, TensorFacts):  # at a third of the cost of its facts
        same = sent.dtype == claimed.dtype and tuple(sent.shape) == claimed.shape
        return same and elements_of(sent) == claimed.data
    return _same_argument(take(sent), claimed)


def _same_argument(sent: Fact, claimed: Fact) -> bool:
    if isinstance(sent, Opaque):
        return True  # of what only its type is known nothing can be demanded
    if isinstance(sent, TensorFacts) and isinstance(claimed, TensorFacts):
        return (sent.dtype, sent.shape, sent.data) == (claimed.dtype, claimed.shape, claimed.data)
    if isinstance(sent, ArrayFacts) and isinstance(claimed, ArrayFacts):
        return (sent.dtype, sent.shape, sent.data) == (claimed.dtype, claimed.shape, claimed.data)
    if isinstance(sent, Items) and isinstance(claimed, Items):
        mine, theirs = (*sent.items, *(sent.keys or ())), (*claimed.items, *(claimed.keys or ()))
        return len(mine) == len(theirs) and all(map(_same_argument, mine, theirs))
    # nan is itself
    return isinstance(sent, Plain) and isinstance(claimed, Plain) and repr(sent.value) == repr(claimed.value)


def ended(call: Call, died: Died) -> Observation:
    """What was seen of a call that ended the student's process: that it did, and why."""
    raised = Ended("ProcessDied", ("ProcessDied",), died.detail, limit=died.name)
    unknown: Fact = Opaque("unknown")
    arguments = dict.fromkeys(bind(call.parameters, call.args, call.kwargs), unknown)
    return Observation(arguments, arguments, None, raised)


def left_from(decoded: object) -> tuple[Left, ...]:
    """What cells have left, as the student's process says; anything else is left out."""
    found = []
    for entry in decoded[:_MOST_LEFT] if isinstance(decoded, list) else []:
        if isinstance(entry, list) and len(entry) == 4 and entry[0] in KINDS:
            found.append(Left(entry[0], *(plain_text(text)[:_LONGEST_LEFT] for text in entry[1:])))
    return tuple(found)


def error_from(decoded: object) -> BaseException:
    """A student's exception as the closest builtin one: its class may be the student's own, and is not ours to load.

    decoded: name, names of the classes that it is of, message. Raises WireError for anything else.
    """
    if not isinstance(decoded, list) or len(decoded) != 3 or not isinstance(decoded[1], list):
        raise WireError("malformed message")
    name, message = str(decoded[0])[:100], str(decoded[2])[:_LONGEST]
    texts = [str(base) for base in decoded[1][:MAX_BASES]]
    for base in texts:
        cls = getattr(builtins, base, None)
        if isinstance(cls, type) and issubclass(cls, Exception) and cls not in _HARD_TO_MAKE:
            return cls(message) if base == name else cls(f"{name}: {message}")
    return RuntimeError(f"{name}: {message}")
