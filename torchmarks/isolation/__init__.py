"""Students' processes: a sandbox, a warm server in it, sessions and probes forked from that.

The door; it only re-exports. Pure transport: nothing here judges.
"""

from __future__ import annotations

from torchmarks.isolation.engine import CellRun, Died, Engine, Probe, ProcessDied, ServerHurt, Session
from torchmarks.isolation.limits import LimitHit, Limits
from torchmarks.isolation.sandbox import NoSandbox

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
