"""The misconception behind a failed check, as data, and the hook through which a grader recognises one.

The student's half knows no wrong answers. A grader sets a recogniser that imitates those of the catalogue; where none
is set, a failure has no name. Must not run anything.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torchmarks.checks.facts import Fact
from torchmarks.checks.observe import Seen
from torchmarks.checks.taking import take


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A misconception that was recognised.

    name: its id, as the course's catalogue has it; why: one sentence that clears it up; next: one step to try; link: a
    page of the PyTorch documentation.
    """

    name: str
    why: str
    next: str = ""
    link: str = ""


@dataclass(frozen=True)
class Failure:
    """A call that is not what was asked for.

    seen: what was seen; want: what the failed matcher expected; fails: whether another observation of the same call
    fails the same demands; number: of the call among those of its cell, from 0.
    """

    seen: Seen
    want: Any
    fails: Callable[[Seen], bool]
    number: int = 0

    @cached_property
    def wanted(self) -> Fact:
        """The facts of `want`: taken once, since they hold a copy of it."""
        return take(self.want)


# Of the failing calls of a cell: which one to show, and the mistake behind it. Calls that were as expected distinguish
# mistakes that fail alike.
Recogniser = Callable[[Sequence[Failure], Sequence[Seen]], tuple[int, Diagnosis | None]]
recogniser: contextvars.ContextVar[Recogniser | None] = contextvars.ContextVar("recogniser", default=None)


def most_telling(failures: Sequence[Failure], passed: Sequence[Seen] = ()) -> tuple[int, Diagnosis | None]:
    """Which failing call to show, and the misconception behind it; the first one and None where nobody recognises any.

    passed: the calls of the same cell that were as expected.
    """
    recognise = recogniser.get()
    return (0, None) if recognise is None else recognise(failures, passed)
