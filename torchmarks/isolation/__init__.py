"""Students' processes: a sandbox, a warm server in it, sessions and probes forked from that.

The public API; it only re-exports. Pure transport: nothing here judges.
"""

from __future__ import annotations

from torchmarks.isolation.client.engine import CellRun, Died, Engine, Probe, ProcessDied, ServerHurt, Session
from torchmarks.isolation.client.sandbox import NoSandbox
from torchmarks.isolation.protocol.limits import LimitHit, Limits

__all__ = [
    "CellRun",
    "Died",
    "Engine",
    "LimitHit",
    "Limits",
    "NoSandbox",
    "Probe",
    "ProcessDied",
    "ServerHurt",
    "Session",
]
