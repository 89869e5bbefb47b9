"""What runs below this process, as /proc shows it: sandboxes, the zygotes in them, and their servers."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path


def children(pid: int) -> list[int]:
    """The processes that a process has forked and that still run."""
    found = []
    for task in _tasks(pid):
        with contextlib.suppress(OSError):
            found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in found if not is_zombie(child)]


def _tasks(pid: int) -> list[Path]:
    """The threads of a process; none of one that has ended meanwhile."""
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def zygotes(pid: int | None = None) -> list[int]:
    """The warm processes of the sandboxes that a process has started; at level namespaces bwrap has them."""
    found = []
    for child in children(pid or os.getpid()):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        if b"bwrap" in words[0]:
            found += [zygote for first in children(child) for zygote in children(first)]
        elif b"-I" in words:  # at level landlock
            found.append(child)
    return found


def servers(pid: int | None = None) -> list[int]:
    """The servers of those."""
    return [server for zygote in zygotes(pid) for server in children(zygote)]


def threads_below(pid: int) -> int:
    """Threads of all processes below one. A look takes time: a process that moves meanwhile may count twice."""
    return sum(len(_tasks(child)) + threads_below(child) for child in children(pid))


def kill(pids: list[int]) -> None:
    """End processes, and wait until they are gone."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        while not is_zombie(pid):
            time.sleep(0.01)


def kill_servers() -> None:
    """End all servers below this process."""
    found = servers()
    assert found
    kill(found)
