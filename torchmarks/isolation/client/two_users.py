"""Makes a user namespace with two users, for sandboxes that root starts: one builds the sandbox, the other runs in it.

The kernel limits the processes of every user but root (RLIMIT_NPROC, setrlimit(2)), so what runs inside must not be
root outside. Starts a process that holds the namespace for a moment; knows no sandbox.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from torchmarks.isolation.client import visible
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.protocol.confinement import USER_ID

# neither distributions nor systemd give it to anybody (https://systemd.io/UIDS-GIDS/), nor `ending.py` to a session
_OUTSIDE_ID: Final = 60705
_MAP: Final = f"0 0 1\n{USER_ID} {_OUTSIDE_ID} 1\n"

# By its bare name: importing the package would take longer.
_HOLDER: Final = """
import sys
sys.path.insert(0, sys.argv[1])
import namespaces as ns
ns.unshare(ns.CLONE_NEWUSER)
print(flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def user_namespace() -> Iterator[int]:
    """A descriptor of a new namespace in which root is itself and `USER_ID` is a user that nobody has outside.

    Takes root. Raises OSError where this machine does not allow it.
    """
    folder = Path(visible.package_parent(), "torchmarks", "isolation", "inside")
    line = [sys.executable, "-I", "-S", "-c", _HOLDER, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=pipe) as holder:
        assert holder.stdout is not None
        if not holder.stdout.readline():
            _, said = holder.communicate()
            raise OSError(f"no user namespace: {last_line(said)}")
        try:
            for name in ("uid_map", "gid_map"):
                with open(f"/proc/{holder.pid}/{name}", "w", encoding="ascii") as file:
                    file.write(_MAP)
            descriptor = os.open(f"/proc/{holder.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            holder.communicate()
    try:
        yield descriptor
    finally:
        os.close(descriptor)
