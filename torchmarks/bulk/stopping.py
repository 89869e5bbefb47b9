"""Ctrl-C and SIGTERM: the first asks for an end, the second ends the process at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class _Stop:
    """A signal handler that notes the first signal and raises KeyboardInterrupt at the second.

    asked: the names of the signals that came; before: the handlers that it replaced, by signal.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self.asked: list[str] = []
        self.before: dict[int, Any] = {}
        self._note = note

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked.append(signal.Signals(number).name)
        outer = self.before[number]
        if isinstance(outer, _Stop):  # a run within another: that one ends, too, and says so
            outer(number, frame)
        else:
            self._note("Stopping: what is running will be finished; press Ctrl-C again to end at once.")


@contextmanager
def stoppable(note: Callable[[str], None]) -> Iterator[list[str]]:
    """A list that is empty until Ctrl-C (or SIGTERM) asks for an end; a second one ends at once.

    note: called with what a person should read of it.
    """
    stop = _Stop(note)
    for asking in (signal.SIGINT, signal.SIGTERM):
        stop.before[asking] = signal.getsignal(asking)
        signal.signal(asking, stop)
    try:
        yield stop.asked
    finally:
        for number, handler in stop.before.items():
            signal.signal(number, handler)
