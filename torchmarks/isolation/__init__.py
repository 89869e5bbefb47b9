"""Students' processes: a sandbox, a warm server in it, sessions and probes forked from that. Moves data and judges
nothing.

The sub-packages are named by process: `client` is the grader's side, `inside` runs beside students' code, `protocol` is
what crosses between them. The public API; it only re-exports. Names are fetched when they are first used: what runs
inside passes through this file and must load nothing of the grader's side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchmarks.lazy import fetching

if TYPE_CHECKING:
    from torchmarks.isolation.client.death import Died as Died
    from torchmarks.isolation.client.death import ProcessDied as ProcessDied
    from torchmarks.isolation.client.enclosure import NoSandbox as NoSandbox
    from torchmarks.isolation.client.engine import Engine as Engine
    from torchmarks.isolation.client.engine_pool import Device as Device
    from torchmarks.isolation.client.engine_pool import EnginePool as EnginePool
    from torchmarks.isolation.client.launch import Sandbox as Sandbox
    from torchmarks.isolation.client.launch import ServerHurt as ServerHurt
    from torchmarks.isolation.client.probe import Probe as Probe
    from torchmarks.isolation.client.session import CellRun as CellRun
    from torchmarks.isolation.client.session import Session as Session
    from torchmarks.isolation.protocol.confinement import Isolation as Isolation
    from torchmarks.isolation.protocol.limits import LimitHit as LimitHit
    from torchmarks.isolation.protocol.limits import Limits as Limits

_HOME = {
    "CellRun": "client.session",
    "Device": "client.engine_pool",
    "Died": "client.death",
    "Engine": "client.engine",
    "EnginePool": "client.engine_pool",
    "Isolation": "protocol.confinement",
    "LimitHit": "protocol.limits",
    "Limits": "protocol.limits",
    "NoSandbox": "client.enclosure",
    "Probe": "client.probe",
    "ProcessDied": "client.death",
    "Sandbox": "client.launch",
    "ServerHurt": "client.launch",
    "Session": "client.session",
}

__all__ = sorted(_HOME)
__getattr__ = fetching(__name__, _HOME)
