"""SIGINT in a student's process: the grader's command to stop the cell that runs.

It stops a cell as Ctrl-C does in a notebook, and nothing else: not a frame that is being sent, not the process between
two cells. Student code may replace the handler; a cell that does not stop is ended with its process.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Final, Self

_TIMERS: Final = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


class Interrupts:
    """Raises KeyboardInterrupt in the main thread while `cell` is entered; inside `held` it waits for its end."""

    def __init__(self) -> None:
        self._main = threading.get_ident()
        self._in_cell = False
        self._holders = 0
        self._waiting = False

    def install(self) -> None:
        """Handle SIGINT from now on, whatever handled it before."""
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._in_cell and self._holders:
            self._waiting = True
        elif self._in_cell:
            self._raise()

    def _raise(self) -> None:
        raise KeyboardInterrupt

    def begin_cell(self) -> None:
        """From now on an interrupt is the cell's."""
        self.install()  # a cell before may have put in a handler of its own
        self._waiting, self._holders = False, 0
        self._in_cell = True

    def end_cell(self) -> None:
        """From now on an interrupt is nobody's, and an alarm that the cell has set goes off for nobody."""
        for timer in _TIMERS:
            signal.setitimer(timer, 0)
        self._in_cell = False
        self.install()

    def __enter__(self) -> Self:
        if threading.get_ident() == self._main:  # Python runs signal handlers in the main thread only
            self._holders += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if threading.get_ident() != self._main:
            return
        self._holders -= 1
        if self._waiting and not self._holders:
            self._waiting = False
            if self._in_cell:
                self._raise()
