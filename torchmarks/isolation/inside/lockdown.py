"""Turns a fork of the server into a locked-down session: own namespaces, own scratch, resource limits, no privileges.

Acts on the calling process; each step is called once, in the order of this file. Must not run student code: all of this
happens before.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
from collections.abc import Mapping
from typing import Final

from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside import seccomp
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.places import SCRATCH, TEMPORARY, WORK

_FLAGS: Final = ns.MS_NOSUID | ns.MS_NODEV
_INODES: Final = 16384  # empty files take memory that the size of a tmpfs does not count
_PROC_SHOWN: Final = ("cpuinfo", "meminfo")
_MIB: Final = 1024**2


def read_shown_proc() -> dict[str, bytes]:
    """The harmless files of /proc that libraries ask for; read once by the server."""
    shown = {}
    for name in _PROC_SHOWN:
        with contextlib.suppress(OSError), open(f"/proc/{name}", "rb") as file:
            shown[name] = file.read()
    return shown


def enter_namespaces() -> None:
    """New user, pid, network, IPC, host name and mount namespaces; the next child is the pid namespace's process 1."""
    uid, gid = os.getuid(), os.getgid()
    ns.unshare(ns.EVERYTHING_NEW)
    ns.set_dumpable(True)  # otherwise /proc/self belongs to root; nobody can trace us here yet
    ns.map_own_ids(uid, gid)
    # Should the machine run out of memory, the kernel shall take a student's process, not the grader.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("900")
    ns.set_dumpable(False)


def mount_scratch(limits: Limits, shown_proc: Mapping[str, bytes]) -> str:
    """A private tmpfs for all that can be written (working directory, /tmp, /dev/shm), and /proc hidden.

    Runs in process 1 of the new namespaces; the tmpfs vanishes with them. Returns where it is.
    """
    # private: what is mounted from here on is seen by nobody else
    ns.mount("none", "/", "none", ns.MS_REC | ns.MS_PRIVATE)
    room = f"size={limits.scratch_bytes},nr_inodes={_INODES},mode=755"
    ns.mount("tmpfs", SCRATCH, "tmpfs", _FLAGS, room)
    shared = f"{SCRATCH}/shm"
    for folder in (WORK, TEMPORARY, shared):
        os.mkdir(folder, 0o700)
    ns.mount(shared, "/dev/shm", "none", ns.MS_BIND)
    terminals = "newinstance,ptmxmode=0666,mode=620"  # a terminal of another session's is none of ours
    ns.mount("devpts", "/dev/pts", "devpts", ns.MS_NOSUID | ns.MS_NOEXEC, terminals)
    ns.mount("tmpfs", "/proc", "tmpfs", _FLAGS, "size=4m,nr_inodes=16,mode=555")
    for name, content in shown_proc.items():
        with open(f"/proc/{name}", "wb") as file:
            file.write(content)
    ns.mount("tmpfs", "/proc", "tmpfs", _FLAGS | ns.MS_REMOUNT | ns.MS_RDONLY)
    os.chdir(WORK)
    return SCRATCH


def make_plain_scratch() -> str:
    """Without a sandbox: a fresh folder below the system's temporary one, made the working directory."""
    folder = tempfile.mkdtemp(prefix="torchmarks-")
    os.chdir(folder)
    os.environ["HOME"] = folder
    return folder


def close_descriptors(keep: int) -> None:
    """Everything but standard input, output, error and `keep` is closed, whatever the server had open."""
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))


def renounce() -> None:
    """Give up every privilege that the new user namespace conferred."""
    ns.new_session_keyring()
    ns.no_new_privileges()
    ns.drop_capabilities()


def filter_system_calls() -> None:
    """Refuse what no exercise needs. Last step: it forbids some of the others."""
    seccomp.install()


def reset_signals() -> None:
    """Signal handling as in a fresh interpreter."""
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def apply_limits(limits: Limits, mapped_bytes: int, count_processes: bool) -> None:
    """Set the resource limits of this process and all it starts, soft and hard.

    mapped_bytes: address space that the server uses already. count_processes: the kernel counts processes per user
    namespace (Linux 5.14); before, RLIMIT_NPROC counts everything that the user runs, so the supervisor alone counts.
    """

    def lower(which: int, value: int) -> None:
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))

    lower(resource.RLIMIT_AS, mapped_bytes + limits.memory_bytes)
    lower(resource.RLIMIT_NOFILE, limits.open_files)
    lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    lower(resource.RLIMIT_CPU, limits.cpu_s)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_MEMLOCK, _MIB)
    if hasattr(resource, "RLIMIT_MSGQUEUE"):
        lower(resource.RLIMIT_MSGQUEUE, 0)
    if count_processes:
        # Process 1 counts as well, and one more may be on its way out.
        lower(resource.RLIMIT_NPROC, limits.processes + 2)
