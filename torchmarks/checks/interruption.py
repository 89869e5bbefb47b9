"""Ends a call in this process before it returns: at an interrupt, a time limit, IPython's `exit()` or `input()`.

Each is reported in one sentence, without a frame of ours. A limit holds where a signal can interrupt the call, which is
on POSIX in the main thread; code in C that does not return to Python goes on. Must not judge.
"""

from __future__ import annotations

import builtins
import contextlib
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final, NoReturn

from torchmarks.checks.patience import CALL_S
from torchmarks.checks.sentences import say

SETTING: Final = "TORCHMARKS_CALL_SECONDS"
_LONGEST_S: Final = 86_400.0  # what is set may be of any size, and a timer holds no more than some years
_AGAIN_S: Final = 1.0


class Interrupted(KeyboardInterrupt):
    """A person interrupted a call. Renders in IPython as one sentence."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class OutOfTime(BaseException):
    """A call ran longer than its limit. A BaseException: a student's own `except Exception` lets it pass."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(limit_s)
        self.limit_s = limit_s

    def __str__(self) -> str:
        return say("call_too_long", seconds=f"{self.limit_s:g}")


class AskedForInput(EOFError):
    """A call asked for input, which nobody types. An EOFError, as `input()` raises where there is nothing to read."""

    def __str__(self) -> str:
        return say.english("why_input")


def interrupted(call: str, own_lines: tuple[str, ...]) -> Interrupted:
    """The interrupt of a call. own_lines: of the student's, that it went through."""
    if own_lines:
        return Interrupted(say("interrupted_at", call=call, line=own_lines[-1]))
    return Interrupted(say("interrupted", call=call))


def call_limit_s() -> float:
    """How long a call in place may take: what is set in the environment, else CALL_S; 0 for as long as it likes."""
    try:
        seconds = float(os.environ.get(SETTING) or CALL_S)
    except ValueError:
        return CALL_S
    return min(seconds, _LONGEST_S) if 0 < seconds < math.inf else 0.0


def limited(seconds: float) -> contextlib.AbstractContextManager[object]:
    """While inside, OutOfTime is raised after so many seconds, where that can be done. seconds: 0 for no limit."""
    possible = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    # A handler that was not set from Python is None, and could not be put back.
    if not seconds or not possible or _is_debugged() or signal.getsignal(signal.SIGALRM) is None:
        return contextlib.nullcontext()
    return _Alarm(seconds)


def _is_debugged() -> bool:
    """Whether somebody steps through the code, which takes its time."""
    monitoring = getattr(sys, "monitoring", None)  # Python 3.12
    by_events = monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None
    return by_events or sys.gettrace() is not None


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being loaded: PyTorch loads some when they are first needed, for the first backward pass."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class _Alarm:
    """SIGALRM for one call. An alarm that was set before comes when it is due, and goes on afterwards."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._due = time.monotonic() + limit_s
        self._before: Any = None
        self._other_due, self._other_every = math.inf, 0.0

    def __enter__(self) -> None:
        left, self._other_every = signal.getitimer(signal.ITIMER_REAL)
        if left:
            self._other_due = time.monotonic() + left
        self._before = signal.signal(signal.SIGALRM, self._ring)
        self._set()

    def __exit__(self, *error: object) -> None:
        self._due = math.inf  # from here on nothing is raised, also where an interrupt ends this before its end
        if signal.getsignal(signal.SIGALRM) != self._ring:
            return  # the call has put an alarm of its own there
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)
        if self._other_due < math.inf:
            left = self._other_due - time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-6), self._other_every)

    def _set(self) -> None:
        due = min(self._due, self._other_due)
        wait = 0.0 if due == math.inf else max(due - time.monotonic(), 1e-3)
        # Once more each second: an exception that is raised in a destructor gets lost.
        signal.setitimer(signal.ITIMER_REAL, wait, _AGAIN_S)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code in _OWN_CODE:
            return  # half set, or half taken back: it rings again, or the alarm before it does
        if time.monotonic() >= self._other_due:
            self._ring_other(number, frame)
        if time.monotonic() >= self._due:
            if _is_importing(frame):
                self._due = time.monotonic() + self._limit_s  # a module cut off in the middle stays broken
            elif _is_debugged():
                self._due = math.inf  # the call contains `breakpoint()`: from here on it may take its time
            else:
                raise OutOfTime(self._limit_s)
        self._set()

    def _ring_other(self, number: int, frame: FrameType | None) -> None:
        self._other_due = time.monotonic() + self._other_every if self._other_every else math.inf
        if callable(self._before):
            self._before(number, frame)
        elif self._before == signal.SIG_DFL:  # which ends the process
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


_OWN_CODE: Final = (_Alarm.__enter__.__code__, _Alarm.__exit__.__code__, _Alarm._set.__code__)


@contextlib.contextmanager
def staying() -> Iterator[None]:
    """While inside, `exit()` and `quit()` of IPython raise SystemExit, as Python's do, and the kernel stays."""
    module = sys.modules.get("IPython.core.interactiveshell")
    if module is None or not module.InteractiveShell.initialized():
        yield
        return
    own = vars(module.InteractiveShell.instance())
    before = own.get("ask_exit")
    own["ask_exit"] = _leave  # on this one shell, before the method of its class
    try:
        yield
    finally:
        if before is None:
            own.pop("ask_exit", None)
        else:
            own["ask_exit"] = before


def _leave() -> NoReturn:
    raise SystemExit


@contextlib.contextmanager
def asking_nobody() -> Iterator[None]:
    """While inside, `input()` raises AskedForInput: a kernel would wait for somebody to type, for as long as it takes.

    A debugger, which reads its commands by it, gets them.
    """
    before = builtins.input

    def refuse(*prompt: object) -> str:
        if _is_debugged():
            return before(*prompt)
        raise AskedForInput

    builtins.input = refuse
    try:
        yield
    finally:
        if builtins.input is refuse:  # or the call has put a function of its own there
            builtins.input = before
