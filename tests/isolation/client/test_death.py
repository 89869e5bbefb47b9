"""Why a process ended, from what process 1 reported: whatever that is, it is a reason with a sentence."""

import math

import pytest

from torchmarks.isolation import Limits
from torchmarks.isolation.client.death import Ending, died_of
from torchmarks.isolation.protocol.control import SessionEnded, Settled, SupervisorAnswer


@pytest.mark.parametrize(
    ("answer", "name", "value"),
    [
        (SessionEnded("memory", 2**20), "memory", 2**20),
        (SessionEnded("folders", 100), "folders", 100),
        (SessionEnded("signal", 24), "cpu", 7),  # SIGXCPU: the kernel's limit
        (SessionEnded("signal", 11), "signal", None),
        (SessionEnded("signal", 1e300), "signal", None),
        (SessionEnded("signal", math.nan), "signal", None),
        (SessionEnded("exit", 3), "exit", None),
        (SessionEnded("nonsense", 3), "exit", None),
        (Settled(), "exit", None),
        (None, "exit", None),
    ],
)
def test_every_report_is_a_reason(answer: SupervisorAnswer | None, name: Ending, value: float | None) -> None:
    """A limit with its value, a signal, or an end without a reason."""
    died = died_of(answer, Limits(cpu_s=7))

    assert (died.name, died.value) == (name, value)
    assert died.detail.endswith(".")
