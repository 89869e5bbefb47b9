"""Finds the fixed cases of a hidden test: calls with the same arguments in the other phase, because nobody drew them.

A list, a number or a result of a tensor operation does not show whether it was drawn. So the test runs a second time
with the inputs of the final phase, and what it would call is compared. The student's process is not asked again: it
could count, and answer otherwise. Where the second run cannot be held against the first, every call counts as fixed.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

from torchmarks.checks.equality import same
from torchmarks.checks.facts import Fact, Observation
from torchmarks.checks.observe import Call, Seen, Transport
from torchmarks.checks.taking import take
from torchmarks.checks.unpacking import unpack
from torchmarks.errors import AuthorError


class FixedCases:
    """A transport that notes the calls of one test, and knows afterwards which of them are fixed cases."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._calls: list[Call] = []
        self._seen: list[Observation] = []
        self._redrawn: _Redrawn | None = None

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        """See Transport."""
        for call in calls:
            with contextlib.suppress(AuthorError):
                _ = call.packed  # now: the test may change its own objects after the call
        self._calls += calls
        seen = self._transport.observe(calls)
        self._seen += seen
        return seen

    def parameters(self, fn: Any) -> tuple[str, ...]:
        """See Transport."""
        return self._transport.parameters(fn)

    def compare(self, run: Callable[[Transport], None]) -> None:
        """Have the test run again with other inputs. run: does so through the transport that it is given."""
        redrawn = _Redrawn(self._transport, self._seen)
        try:
            run(redrawn)
        except Exception:  # whatever it is: the first run did not come to it
            return
        if redrawn.complete:
            self._redrawn = redrawn

    @functools.cached_property
    def met(self) -> bool:
        """Whether the student's process met a fixed case: what it says of any call may reveal it."""
        return self._redrawn is None or any(map(self._is_fixed, self._calls))

    def __call__(self, seen: Seen) -> bool:
        """Whether a call of the first run is a fixed case."""
        return self._is_fixed(seen.made_by)

    def _is_fixed(self, call: Call) -> bool:
        if self._redrawn is None:
            return True
        mine = _arguments(call)
        return mine is None or any(other is None or same(mine, other) for other in self._redrawn.arguments)


class _Redrawn:
    """A transport that calls nothing: it gives what was seen in the first run, and notes the arguments."""

    def __init__(self, transport: Transport, seen: Sequence[Observation]) -> None:
        self._transport, self._left, self._last = transport, list(seen), list(seen[-1:])
        self._calls: list[Call] = []

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        for call in calls:
            _arguments(call)  # packs them: the test may change its own objects after the call
        self._calls += calls
        if not self._left:  # the first run was stopped here; what would have followed counts as well
            return self._last * len(calls)
        found, self._left = self._left[: len(calls)], self._left[len(calls) :]
        return found

    def parameters(self, fn: Any) -> tuple[str, ...]:
        return self._transport.parameters(fn)

    @property
    def complete(self) -> bool:
        """Whether as many calls were made as in the first run."""
        return not self._left

    @functools.cached_property
    def arguments(self) -> list[Fact | None]:
        return [_arguments(call) for call in self._calls]


def _arguments(call: Call) -> Fact | None:
    """The arguments as facts; None where they cannot be copied. Functions are alike: what one closes over is unseen."""
    try:
        args, kwargs, backward = unpack(call.packed)
    except AuthorError:
        return None
    return take((args, kwargs, None if backward is None else backward.incoming))
