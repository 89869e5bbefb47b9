"""torchmarks: what a tensor program did, and what it should have done.

    from torchmarks import observe, expect
    expect(observe(from_list, [1, 2])).returned(torch.tensor([1, 2]))

The one door of the package. Names are fetched when they are first used, so that `torchmarks --help` loads no torch; a
student needs torch, numpy and IPython, nothing of the grading half.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torchmarks._capture import default_incoming as default_incoming
    from torchmarks._expect import expect as expect
    from torchmarks._facts import Observation as Observation
    from torchmarks._facts import TensorFacts as TensorFacts
    from torchmarks._inputs import inputs as inputs
    from torchmarks._inputs import leaf as leaf
    from torchmarks._misconceptions import Misconception as Misconception
    from torchmarks._observe import observe as observe
    from torchmarks._observe import observe_backward as observe_backward
    from torchmarks._observe import observe_many as observe_many
    from torchmarks._progress import progress as progress
    from torchmarks._show import show as show
    from torchmarks.checks.collecting import CheckFailed as CheckFailed
    from torchmarks.sim import accelerator as accelerator

_HOME = {
    "CheckFailed": "checks.collecting",
    "Misconception": "_misconceptions",
    "Observation": "_facts",
    "TensorFacts": "_facts",
    "accelerator": "sim",
    "default_incoming": "_capture",
    "expect": "_expect",
    "inputs": "_inputs",
    "leaf": "_inputs",
    "observe": "_observe",
    "observe_backward": "_observe",
    "observe_many": "_observe",
    "progress": "_progress",
    "show": "_show",
}

__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'torchmarks' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"torchmarks.{_HOME[name]}"), name)
    globals()[name] = value
    if name in ("expect", "progress"):
        importlib.import_module("torchmarks._progress").listen()
    return value


def __dir__() -> list[str]:
    return list(__all__)
