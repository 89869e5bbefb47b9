"""Probes: forks of a session that answer a test's requests. What happens in one never reaches the session."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from torchmarks.checks.grading_sentences import say
from torchmarks.isolation.client.channel import Channel, ChannelClosed
from torchmarks.isolation.client.death import Died, ProcessDied, died_of
from torchmarks.isolation.client.frames import receive_frame
from torchmarks.isolation.protocol import wire
from torchmarks.isolation.protocol.control import SessionEnded
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.requests import ProbeRequest

_ANSWER: Final = (wire.Reply, wire.Failed)
ClearAway = Callable[[int, bool], int | None]


class Probe:
    """A snapshot of a session that answers requests. Made by Session.probe.

    claimed_pid: what the student's process says its pid is; used for wording and for sparing it while others are swept.
    clear_away: removes what the probe of this number left, and returns its wait status where the second argument asks
    for it and it is known.
    """

    def __init__(self, channel: Channel, number: int, claimed_pid: int, limits: Limits, clear_away: ClearAway) -> None:
        self.claimed_pid = claimed_pid
        self._channel: Channel | None = channel
        self._number = number
        self._limits = limits
        self._clear_away = clear_away
        self._next_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def send(self, kind: str, payload: bytes) -> None:
        """Have `handlers.handle` answer: `reply` reads it. Raises WireError for a payload longer than a message."""
        self._next_id += 1
        frame = wire.pack(ProbeRequest(self._next_id, kind, payload), self._limits.message_bytes)
        if self._channel is not None:  # of one that has ended `reply` says why
            self._channel.put(frame)

    def reply(self, *, limit_s: float | None = None) -> bytes:
        """The next reply to what was sent last. limit_s: wall-clock seconds from now, Limits.call_s by default.

        Raises ProcessDied, and the probe is at its end.
        """
        if self._channel is None:
            raise ProcessDied(Died("exit", say("call_ended")))
        limit_s = self._limits.call_s if limit_s is None else limit_s
        ask_status = False
        try:
            frame = receive_frame(self._channel, self._next_id, time.monotonic() + limit_s, _ANSWER)
            if isinstance(frame, wire.Reply):
                return frame.payload
            died = Died("protocol", say("call_not_observed", error=frame.text))
        except TimeoutError:
            died = Died("timeout", say("call_too_long", seconds=f"{limit_s:g}"), limit_s)
        except ChannelClosed:
            died, ask_status = Died("exit", say("call_ended_process")), True
        except wire.WireError as error:
            died = Died("protocol", say("call_not_understood", error=error))
        except BaseException:
            self.close()
            raise
        raise ProcessDied(self._explain(died, ask_status))

    def _explain(self, died: Died, ask_status: bool) -> Died:
        try:
            status = self._end(ask_status)
        except ProcessDied as error:  # the whole session went with it, and process 1 knows why
            return error.died
        # SIGKILL says nothing: a probe that closed its channel without ending was killed by the sweep.
        if status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
            return died_of(SessionEnded("signal", os.WTERMSIG(status)), self._limits)
        return died

    def _end(self, ask_status: bool) -> int | None:
        channel, self._channel = self._channel, None
        if channel is None:
            return None
        channel.close()
        return self._clear_away(self._number, ask_status)

    def hang_up(self) -> None:
        """Close the channel only: the session, and with it the probe, has ended."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def close(self) -> None:
        """End the probe and all it started."""
        with contextlib.suppress(ProcessDied):
            self._end(ask_status=False)
