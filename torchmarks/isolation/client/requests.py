"""Requests of one test cell to a student's process, and its replies, within what they may take together.

After the process has died every request fails at once and the same way: a hang costs its time once. Must not let an
error of the student's process look like one of ours, or the other way round.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from torchmarks.checks.grading_sentences import say
from torchmarks.errors import AuthorError, TorchmarksError
from torchmarks.isolation.client.death import Died, ProcessDied
from torchmarks.isolation.client.probe import Probe
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.wire import WireError

Read = TypeVar("Read")

_TESTS_LAST: Final = 3  # requests of one test cell together may take this many times what one may


class StudentDied(TorchmarksError):
    """The student's process ended during a test: the test stops here. `died`: why."""

    def __init__(self, died: Died) -> None:
        super().__init__(died)
        self.died = died

    def __str__(self) -> str:
        return self.died.detail


class Requests:
    """The requests of one test cell at a time, to one snapshot at a time.

    limits: of a single request; together those of one test cell have a few times as much, or a thousand answers just
    within the limits would hold up the grader.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seconds = self._bytes = 0.0
        self._probe: Probe | None = None
        self.died: Died | None = None

    def open(self, probe: Probe | None, died: Died | None) -> None:
        """Turn to a snapshot, with all the time there is; to a dead one (`died`) every request fails at once."""
        self._probe, self.died = probe, died
        self._seconds = _TESTS_LAST * self._limits.call_s
        self._bytes = _TESTS_LAST * self._limits.message_bytes

    def send(self, kind: str, payload: bytes) -> None:
        """Send a request. Raises StudentDied, and AuthorError for a payload that is too large."""
        if self.died is not None or self._probe is None:
            raise StudentDied(self.died or Died("exit", say("process_ended")))
        try:
            self._probe.send(kind, payload)
        except WireError as error:  # what goes in is the test's alone, so this is not the student's fault
            raise AuthorError(
                f"What a test sends to the student's process is too large: {error.reason}.",
                "Build it inside a scenario function, or make fewer calls at a time.",
            ) from None

    def reply(self, read: Callable[[bytes], Read]) -> Read:
        """The next reply, as `read` makes it. Raises StudentDied for whatever is wrong with it."""
        assert self._probe is not None
        start, left_s = time.monotonic(), self._seconds
        try:
            answer = self._probe.reply(limit_s=min(self._limits.call_s, left_s))
            self._spend(time.monotonic() - start, len(answer))
            return read(answer)
        except ProcessDied as error:
            # What the calls before it left was the shorter limit: to name it would blame the call that came last.
            shortened = error.died.name == "timeout" and left_s < self._limits.call_s
            self.fail(self._too_long() if shortened else error.died)
        except WireError as error:
            self.refuse(error.reason)

    def refuse(self, what: str = "malformed message") -> NoReturn:
        """End it for a reply that only a forger sends. what: such as "malformed message"."""
        self.fail(Died("protocol", say("process_malformed", what=what)))

    def fail(self, died: Died) -> NoReturn:
        """End it: this request and all that follow."""
        self.died = died
        raise StudentDied(died) from None

    def _spend(self, seconds: float, size: int) -> None:
        self._seconds -= seconds
        self._bytes -= size
        if self._seconds <= 0:
            self.fail(self._too_long())
        if self._bytes <= 0:
            self.fail(Died("protocol", say("calls_too_much")))

    def _too_long(self) -> Died:
        whole = _TESTS_LAST * self._limits.call_s
        return Died("timeout", say("calls_too_long", seconds=f"{whole:g}"), whole)
