"""Why a student's process ended, and the sentence that the student reads of it.

Pure: takes what the grader observed or what process 1 reported. Must not ask a process anything.
"""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Mapping
from typing import Final, Literal

from torchmarks.checks.grading_sentences import say
from torchmarks.errors import TorchmarksError
from torchmarks.isolation.protocol.control import SessionEnded, SupervisorAnswer
from torchmarks.isolation.protocol.limits import Limits

Ending = Literal[
    "timeout", "memory", "cpu", "processes", "scratch", "folders", "files", "exit", "signal", "output", "protocol"
]


@dataclasses.dataclass(frozen=True, slots=True)
class Died:
    """Why a student's process ended.

    name: of the limit that was reached, or of what ended it otherwise, as in LimitHit; detail: one plain sentence for
    the student; value: the limit, in the unit of its field in Limits, None where none was reached.
    """

    name: Ending
    detail: str
    value: float | None = None


class ProcessDied(TorchmarksError):
    """A probe hung, crashed or sent nonsense, or its session is dead. Costs no more than that probe."""

    def __init__(self, died: Died) -> None:
        super().__init__(died)
        self.died = died

    def __str__(self) -> str:
        return self.died.detail


def size_text(count: int) -> str:
    """A number of bytes as students read it."""
    return say("size", mebibytes=f"{count / 1024**2:g}")


_LIMIT_WORDS: Final[Mapping[Ending, Callable[[float], str]]] = {
    "memory": lambda value: say("too_much_memory", size=size_text(int(value))),
    "processes": lambda value: say("too_many_processes", count=f"{value:g}"),
    "cpu": lambda value: say("too_much_cpu", seconds=f"{value:g}"),
    "files": lambda value: say("made_too_many_files", count=f"{value:g}"),
    "folders": lambda value: say("made_too_deep", count=f"{value:g}"),
    "scratch": lambda value: say("too_much_written", size=size_text(int(value))),
}


def died_of(answer: SupervisorAnswer | None, limits: Limits) -> Died:
    """The reason in what process 1 reported. It runs beside the student's processes: nothing is taken for granted."""
    if not isinstance(answer, SessionEnded):
        return Died("exit", say("process_ended"))
    name, value = answer.name, answer.value
    limit = next((limit for limit in _LIMIT_WORDS if limit == name), None)
    if limit is not None:
        return Died(limit, _LIMIT_WORDS[limit](value), value)
    # the kernel's limit of a single process; process 1 counts all of them together
    if name == "signal" and value == signal.SIGXCPU:
        return Died("cpu", _LIMIT_WORDS["cpu"](limits.cpu_s), float(limits.cpu_s))
    if name == "signal":
        try:
            killer = signal.Signals(int(value)).name
        except ValueError:
            killer = say("signal_numbered", number=f"{value:g}")
        return Died("signal", say("process_killed", signal=killer))
    return Died("exit", say("process_left", status=f"{value:g}"))
