"""Ends what a session left running where no pid namespace takes it along: by its user, or by descent.

Kills only processes that the server knows to be the session's. Must not touch files.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import resource
import signal
import socket
import time
from collections.abc import Collection
from typing import Final

from torchmarks.isolation.inside import process_files

# Of the numbers below 65536 (all that a container of an ordinary user's has) those that neither distributions nor
# systemd give to anybody (https://systemd.io/UIDS-GIDS/).
_UIDS: Final = range(60706, 61183)
_KILLER: Final = 61183
_ROUNDS: Final = 200


def free_uid() -> tuple[int, socket.socket]:
    """A user id that nobody has, and the lock that keeps it: close it to give the id back. Raises OSError."""
    start = os.getpid()
    for offset in range(len(_UIDS)):
        uid = _UIDS[(start + offset) % len(_UIDS)]
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0torchmarks-uid-{uid}")  # a name without a file: it goes with the last process that holds it
            pwd.getpwuid(uid)
        except KeyError:  # nobody has it
            return uid, lock
        except OSError:
            pass
        lock.close()
    raise OSError(f"no user id from {_UIDS.start} to {_UIDS.stop - 1} is free")


def end_user(uid: int) -> None:
    """Kill everything that a user runs. In one call, so that nothing forks away from it; wait for what is ours."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            # Its own name is another: whoever runs as `uid` cannot end it first.
            os.setresuid(_KILLER, uid, _KILLER)
            for _ in range(3):
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def end_children(proc: int, spared: Collection[int]) -> None:
    """Kill the children of this process but for those spared, and what becomes its child when they end.

    proc: a descriptor of /proc. For a subreaper: then everything that a session left comes up to it.
    """
    for _ in range(_ROUNDS):
        left = [pid for pid in _children(proc) if pid not in spared]
        if not left:
            return
        for pid in left:
            forbid_forks(pid)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def forbid_forks(pid: int) -> None:
    """A process that may fork no more cannot outrun whoever kills it. pid: as this process sees it."""
    with contextlib.suppress(OSError):
        resource.prlimit(pid, resource.RLIMIT_NPROC, (0, 0))


def _children(proc: int) -> list[int]:
    own = os.readlink("self", dir_fd=proc)
    try:
        with open(os.open(f"{own}/task/{own}/children", os.O_RDONLY, dir_fd=proc), "rb") as file:
            return list(map(int, file.read().split()))
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        everybody = process_files.numbers(proc)
        return [number for number in everybody if process_files.stat_fields(proc, number)[1:2] == [own.encode()]]
