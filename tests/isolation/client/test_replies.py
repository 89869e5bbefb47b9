"""torchmarks.isolation.client.replies: an observation is believed for the call that was made, and no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.capture import watch
from torchmarks.checks.observe import Call
from torchmarks.isolation.client.replies import is_of_call

OTHERS: dict[str, tuple[Any, Any]] = {
    "a tensor of other values": (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])),
    "a tensor of another dtype": (torch.zeros(1), torch.zeros(1, dtype=torch.int32)),
    "a tensor of another shape": (torch.ones(2), torch.ones(1, 2)),
    "a tensor in a list": ([torch.ones(2)], [torch.zeros(2)]),
    "an array": (np.ones(2), np.zeros(2)),
    "a number": (2, 3),
    "a key": ({"a": 1}, {"b": 1}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_observation_has_the_arguments_that_were_sent(name: str) -> None:
    """One that says another value of the same kind is of another call: a test may work out from it what is right."""
    sent, other = OTHERS[name]
    call = Call(str, (sent,), {}, ("x",))

    assert is_of_call(call, watch(str, (sent,), {}, ("x",)))
    assert not is_of_call(call, watch(str, (other,), {}, ("x",)))
