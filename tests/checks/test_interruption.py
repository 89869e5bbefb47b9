"""torchmarks.checks.interruption: what ends a call in this process before it returns."""

from __future__ import annotations

import contextlib
import importlib
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from torchmarks import CheckFailed, expect, observe, observe_backward, observe_many
from torchmarks.checks.capture import watch
from torchmarks.checks.facts import Raised
from torchmarks.checks.interruption import SETTING, Interrupted, OutOfTime, call_limit_s, limited
from torchmarks.checks.patience import CALL_S


class Rang(Exception):
    """An alarm of somebody else's."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise Rang


@contextlib.contextmanager
def _alarm(seconds: float, handler: Any = _ring) -> Iterator[None]:
    """Somebody else's alarm, in place of the one of the test runner, which comes back afterwards."""
    before, runner = signal.signal(signal.SIGALRM, handler), signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *runner)


def _wait(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


@pytest.fixture
def half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls in place may take half a second."""
    monkeypatch.setenv(SETTING, "0.5")


def endless(x: int) -> int:
    while True:
        x += 1


@pytest.mark.usefixtures("half_a_second")
def test_a_call_without_end_is_told_as_in_grading() -> None:
    """The limit, what to do, and the student's own line; no error of ours."""
    with pytest.raises(CheckFailed) as failed:
        expect(observe(endless, 1)).returned(2)

    report = failed.value.report
    assert report.limit == "timeout"
    assert report.rows[0].seen == "timeout: The call ran longer than 0.5 s."
    assert report.next.startswith("Look for a loop that never ends")


@pytest.mark.usefixtures("half_a_second")
def test_many_calls_wait_for_one_that_takes_too_long() -> None:
    """It is the last that is seen, as in grading: each that follows would take as long."""
    made = []

    def first_only(x: int) -> int:
        made.append(x)
        return x if x == 1 else endless(x)

    seen = observe_many(first_only, [(1,), (2,), (3,)])

    assert made == [1, 2]
    assert seen[0].value == 1
    assert seen[1].raised is not None


def test_a_debugger_reads_its_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """`breakpoint()` in a call asks by `input()`; the call itself gets an error at once."""
    monkeypatch.setattr("builtins.input", lambda *prompt: "typed")

    def stepped() -> str:
        sys.settrace(lambda *event: None)
        return input()

    before = sys.gettrace()
    sys.settrace(None)
    try:
        plain, debugged = observe(lambda: input("?")), observe(stepped)
    finally:
        sys.settrace(before)

    assert plain.raised is not None
    assert "EOFError" in plain.raised.bases
    assert debugged.value == "typed"
    assert input() == "typed"


def test_a_function_that_the_call_puts_in_place_of_input_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before is put back only where nothing else is there now."""
    import builtins

    monkeypatch.setattr("builtins.input", input)  # and back at the end

    def replaces() -> str:
        builtins.input = lambda *prompt: "mine"
        return input()

    assert observe(replaces).value == "mine"
    assert input() == "mine"


@pytest.mark.usefixtures("half_a_second")
def test_an_except_exception_does_not_swallow_it() -> None:
    """A student's handler for any Exception lets the limit pass."""

    def stubborn(x: int) -> int:
        while True:
            with contextlib.suppress(Exception):
                endless(x)

    seen = observe(stubborn, 1)

    assert seen.raised is not None
    assert seen.raised.type_name.endswith("OutOfTime")


@pytest.mark.usefixtures("half_a_second")
def test_a_backward_pass_without_end_is_stopped() -> None:
    """A hook that loops is a call of the student's, too."""
    import torch

    def hooked(x: torch.Tensor) -> torch.Tensor:
        y = x * 2
        y.register_hook(lambda grad: endless(1))
        return y

    seen = observe_backward(hooked, torch.ones(1, requires_grad=True))

    assert seen.backward_raised is not None
    assert "longer than 0.5 s" in seen.backward_raised.message


@pytest.mark.usefixtures("half_a_second")
def test_a_thread_has_no_limit() -> None:
    """A signal interrupts the main thread alone."""
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(observe(_wait, 0.8)))
    thread.start()
    thread.join()

    assert seen[0].raised is None


@pytest.mark.usefixtures("half_a_second")
def test_a_debugger_has_no_limit() -> None:
    """Neither one that was there before the call, nor one that `breakpoint()` starts in it."""

    def stepped(seconds: float) -> str:
        sys.settrace(lambda *event: None)
        _wait(seconds)
        sys.settrace(None)
        _wait(seconds)
        return "done"

    before = sys.gettrace()
    sys.settrace(lambda *event: None)
    try:
        outer = observe(_wait, 0.8)
    finally:
        sys.settrace(None)
    inner = observe(stepped, 0.8)
    sys.settrace(before)

    assert outer.raised is None
    assert inner.value == "done"


def test_a_module_is_loaded_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a call imports is not part of its time: cut off in the middle it would stay broken. The rest is."""
    (tmp_path / "slow_to_load.py").write_text("import time\ntime.sleep(0.5)\nwhole = True")
    monkeypatch.syspath_prepend(tmp_path)

    def imports() -> None:
        importlib.import_module("slow_to_load")
        _wait(2)

    with pytest.raises(OutOfTime), limited(0.2):
        imports()

    assert sys.modules["slow_to_load"].whole


def test_nothing_rings_afterwards() -> None:
    """The handler and the timer are what they were."""
    with _alarm(0, signal.SIG_IGN):
        with limited(0.1):
            pass
        _wait(0.2)

        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN


def test_an_earlier_alarm_goes_on() -> None:
    """It rings when it is due: during the call, or after it."""
    with _alarm(0.3), pytest.raises(Rang), limited(5):
        _wait(1)
    with _alarm(0.3):
        with limited(5):
            _wait(0.1)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 0.2
        with pytest.raises(Rang):
            _wait(1)


def test_of_two_limits_the_earlier_counts() -> None:
    """Whether it is the inner or the outer one."""
    with pytest.raises(OutOfTime) as outer, limited(0.2), limited(5):
        _wait(1)
    with pytest.raises(OutOfTime) as inner, limited(5), limited(0.2):
        _wait(1)

    assert (outer.value.limit_s, inner.value.limit_s) == (0.2, 0.2)


def test_an_alarm_of_the_call_stays() -> None:
    """A student's own alarm rings in the call, and what it has set is left to it."""

    def rings() -> None:
        signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        _wait(1)

    with _alarm(0):
        with pytest.raises(Rang), limited(5):
            rings()

        assert signal.getsignal(signal.SIGALRM) is _ring


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", CALL_S),
        ("3", 3.0),
        ("0", 0.0),
        ("soon", CALL_S),
        ("inf", 0.0),
        ("nan", 0.0),
        ("-1", 0.0),
        ("1e99", 86_400.0),
    ],
)
def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    """In the environment, while the kernel runs; anything but a number sets nothing."""
    monkeypatch.setenv(SETTING, text)

    assert math.isclose(call_limit_s(), seconds)


def test_an_interrupt_names_the_call() -> None:
    """A person's interrupt is one sentence with the student's line, and still a KeyboardInterrupt."""

    def interrupting(x: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        observe(interrupting, 1)

    assert isinstance(stopped.value, Interrupted)
    assert stopped.value._render_traceback_() == [
        "Interrupted while interrupting(1) ran, at your line: raise KeyboardInterrupt"
    ]
    assert stopped.value.__suppress_context__


def test_without_a_limit_none_can_be_claimed() -> None:
    """In the sandbox the grader alone says that a call took too long: raised there, it is an error like any other."""

    def claims() -> None:
        raise OutOfTime(1.0)

    raised = watch(claims, (), {}).raised

    assert type(raised) is Raised
