"""Students' processes: a sandbox, a warm server in it, sessions and probes forked from that.

The door; it only re-exports. Pure transport: nothing here judges. Names are fetched when they are first used: what runs
inside a sandbox must not load the grader's side.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torchmarks.isolation.engine import CellRun as CellRun
    from torchmarks.isolation.engine import Died as Died
    from torchmarks.isolation.engine import Engine as Engine
    from torchmarks.isolation.engine import Probe as Probe
    from torchmarks.isolation.engine import ProcessDied as ProcessDied
    from torchmarks.isolation.engine import Session as Session
    from torchmarks.isolation.engine_pool import EnginePool as EnginePool
    from torchmarks.isolation.engine_pool import World as World
    from torchmarks.isolation.launch import Sandbox as Sandbox
    from torchmarks.isolation.launch import ServerHurt as ServerHurt
    from torchmarks.isolation.limits import LimitHit as LimitHit
    from torchmarks.isolation.limits import Limits as Limits
    from torchmarks.isolation.sandbox import NoSandbox as NoSandbox

_HOME = {
    "CellRun": "engine",
    "Died": "engine",
    "Engine": "engine",
    "EnginePool": "engine_pool",
    "LimitHit": "limits",
    "Limits": "limits",
    "NoSandbox": "sandbox",
    "Probe": "engine",
    "ProcessDied": "engine",
    "Sandbox": "launch",
    "ServerHurt": "launch",
    "Session": "engine",
    "World": "engine_pool",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'torchmarks.isolation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"torchmarks.isolation.{_HOME[name]}"), name)
