"""Paths inside a sandbox: what the grader mounts there, and the processes inside rely on.

Pure data, known to both sides.
"""

from __future__ import annotations

from typing import Final

# Not below /home or /tmp: the Python environment may lie there, and a session's tmpfs would hide it.
SCRATCH: Final = "/scratch"
WORK: Final = f"{SCRATCH}/work"
TEMPORARY: Final = f"{SCRATCH}/tmp"
PACKAGE_ROOT: Final = "/opt/torchmarks"
