"""Seeds the random numbers of a test cell when it begins, and restores the student's own streams when it has ended.

Python's, NumPy's and PyTorch's, and those of the simulated accelerator. Never seeds between two calls: whether a second
call draws other numbers is for a test to see. Functions are fetched when this is imported: a student may replace them.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch

_host = torch.default_generator
_seed_host, _host_state, _set_host_state = _host.manual_seed, _host.get_state, _host.set_state
_seed_python, _python_state, _set_python_state = random.seed, random.getstate, random.setstate
_seed_numpy, _numpy_state, _set_numpy_state = np.random.seed, np.random.get_state, np.random.set_state


def _cuda_started() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


def _sim() -> ModuleType | None:
    """`torch.sim`, where it is registered."""
    return sys.modules["torchmarks.checks.sim.runtime"] if hasattr(torch, "sim") else None


def seed(number: int) -> None:
    """Starts every stream afresh. number: non-negative, below 2**31."""
    # Not torch.manual_seed: for each accelerator it formats a stack trace.
    _seed_host(number)
    _seed_python(number)
    _seed_numpy(number)
    sim = _sim()
    if sim is not None:
        sim.manual_seed(number)
    if _cuda_started():
        torch.cuda.manual_seed_all(number)


def streams() -> Callable[[], None]:
    """Remembers the state of the streams. Returns what puts them back there."""
    states: list[tuple[Callable[[Any], object], Any]] = [
        (_set_host_state, _host_state()),
        (_set_python_state, _python_state()),
        (_set_numpy_state, _numpy_state()),
    ]
    sim = _sim()
    if sim is not None:
        states.append((sim.set_rng_state, sim.get_rng_state()))
    if _cuda_started():
        # Asked for earlier, the state itself would start CUDA.
        states.append((torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all()))

    def restore() -> None:
        for put, state in states:
            put(state)

    return restore
