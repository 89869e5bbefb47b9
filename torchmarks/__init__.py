"""torchmarks: what a tensor program did, and what it should have done.

    from torchmarks import observe, expect
    expect(observe(from_list, [1, 2])).returned(torch.tensor([1, 2]))

The package's public API. Names are fetched when they are first used, so that `torchmarks --help` loads no torch; a
student needs torch, numpy, IPython and msgspec, nothing of the grading half.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.checks.capture import default_incoming as default_incoming
    from torchmarks.checks.collecting import CheckFailed as CheckFailed
    from torchmarks.checks.drawn import drawn as drawn
    from torchmarks.checks.expect import expect as expect
    from torchmarks.checks.facts import Observation as Observation
    from torchmarks.checks.facts import TensorFacts as TensorFacts
    from torchmarks.checks.inputs import inputs as inputs
    from torchmarks.checks.inputs import leaf as leaf
    from torchmarks.checks.literals import restored as restored
    from torchmarks.checks.observe import observe as observe
    from torchmarks.checks.observe import observe_backward as observe_backward
    from torchmarks.checks.observe import observe_many as observe_many
    from torchmarks.checks.pebbles import pebbles as pebbles
    from torchmarks.checks.progress import progress as progress
    from torchmarks.checks.show import show as show
    from torchmarks.checks.sim import accelerator as accelerator

_HOME = {
    "CheckFailed": "checks.collecting",
    "Observation": "checks.facts",
    "TensorFacts": "checks.facts",
    "accelerator": "checks.sim",
    "default_incoming": "checks.capture",
    "drawn": "checks.drawn",
    "expect": "checks.expect",
    "inputs": "checks.inputs",
    "leaf": "checks.inputs",
    "observe": "checks.observe",
    "observe_backward": "checks.observe",
    "observe_many": "checks.observe",
    "pebbles": "checks.pebbles",
    "progress": "checks.progress",
    "restored": "checks.literals",
    "show": "checks.show",
}

__all__ = sorted(_HOME)
__version__ = "0.2.0"


_fetch = fetching(__name__, _HOME)


def __getattr__(name: str) -> Any:
    value = _fetch(name)
    if name in ("expect", "progress"):
        importlib.import_module("torchmarks.checks.progress").listen()
    return value


def __dir__() -> list[str]:
    return list(__all__)
