"""Turns a fork of the server into a locked-down session: own scratch, resource limits, no privileges, and what its
level has of namespaces, Landlock rules and filters.

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
from dataclasses import dataclass
from typing import Final

from torchmarks.isolation.inside import landlock, landlock_filter, seccomp
from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.protocol.confinement import USER_ID, Confinement
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.places import SCRATCH, TEMPORARY, WORK

_FLAGS: Final = ns.MS_NOSUID | ns.MS_NODEV
_INODES: Final = 16384  # empty files take memory that the size of a tmpfs does not count
_PROC_SHOWN: Final = ("cpuinfo", "meminfo")
_MIB: Final = 1024**2
_DEVICES: Final = ("/dev/null", "/dev/full")
_CAP_SYS_PTRACE: Final = 19
_TO_END_A_USER: Final = (5, 6, 7)  # CAP_KILL, CAP_SETGID, CAP_SETUID
_FORKS_AT_ONCE: Final = 1024
_SIGNALS: Final = 1024


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
    _be_killed_first()
    ns.set_dumpable(False)


def _be_killed_first() -> None:
    """Should the machine run out of memory, the kernel shall take a student's process, not the grader."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("900")


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


@dataclass(frozen=True, slots=True)
class PlainScratch:
    """A session's folder where no namespace gives it a file system of its own.

    uid: the user that it runs as, if only by its real id, or 0 where that is the grader's own; owner: of its files, 0
    for the grader's own.
    """

    folder: str
    uid: int = 0
    owner: int = 0

    @property
    def work(self) -> str:
        """The working directory."""
        return f"{self.folder}/work"

    @property
    def temporary(self) -> str:
        """For temporary files."""
        return f"{self.folder}/tmp"

    def make(self) -> None:
        """Make it, with what lies in it, and go there. The folder itself is not the student's to change."""
        os.mkdir(self.folder, 0o755)  # its supervisor looks into it as the owner of its files
        for path in (self.work, self.temporary):
            os.mkdir(path, 0o700)
            if self.owner:
                os.chown(path, self.owner, self.owner)
        os.chdir(self.work)
        os.environ.update(HOME=self.temporary, TMPDIR=self.temporary)
        tempfile.tempdir = None


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
    code = seccomp.program(os.uname().machine)
    if code is not None:
        seccomp.install(code)


def restrict_supervisor(confinement: Confinement, scratch: PlainScratch) -> None:
    """At level "landlock": the process that reads and deletes what students left reaches their folder, and no other."""
    ns.no_new_privileges()
    landlock.restrict((*confinement.readable, "/proc"), (scratch.folder,), _DEVICES, confinement.abi)
    # Where only the real id is the session's own, the kernel lets nobody else see what it has open.
    to_look = (_CAP_SYS_PTRACE,) if scratch.uid and not scratch.owner else ()
    ns.drop_capabilities(kept=(*_TO_END_A_USER, *to_look) if scratch.uid else ())


def restrict_student(confinement: Confinement, scratch: PlainScratch) -> None:
    """At level "landlock": rules, a user of its own where that is possible, no privileges, both filters. Last step.

    Raises OSError where one of them cannot be had: then there is no session.
    """
    machine = os.uname().machine
    filters = (
        seccomp.program(machine),
        landlock_filter.program(machine, confinement.abi, own_uid=confinement.own_uid),
    )
    _be_killed_first()
    ns.new_session_keyring()
    ns.no_new_privileges()
    landlock.restrict(confinement.readable, (scratch.work, scratch.temporary), _DEVICES, confinement.abi)
    if confinement.own_uid:
        ns.become_user(scratch.uid)
    elif scratch.uid:
        os.setgroups([])
        os.setresuid(scratch.uid, 0, 0)  # the kernel counts processes by the real one, and those of root not at all
    ns.drop_capabilities()
    ns.set_dumpable(True)  # its supervisor counts what it has open; Landlock keeps other sessions away
    for code in filters:
        if code is None:
            raise OSError(f"there is no table of system calls for {machine}")
        seccomp.install(code)


def become_sandbox_user() -> None:
    """At level "namespaces", where root grades: change from root, as which Python starts, to the sandbox's user.

    The kernel limits the processes of every user but root; a supervisor alone comes too late on a busy machine.
    """
    ns.become_user(USER_ID)
    ns.drop_capabilities()


def reset_signals() -> None:
    """Signal handling as in a fresh interpreter."""
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def apply_limits(limits: Limits, mapped_bytes: int, other_processes: int | None) -> None:
    """Set the resource limits of this process and all it starts, soft and hard.

    mapped_bytes: address space that the server uses already. other_processes: what else the kernel counts for
    RLIMIT_NPROC; None where it cannot be said, and the supervisor alone counts.
    """

    def lower(which: int, value: int) -> None:
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))

    lower(resource.RLIMIT_AS, mapped_bytes + limits.memory_bytes)
    lower(resource.RLIMIT_NOFILE, limits.open_files)
    lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    lower(resource.RLIMIT_CPU, limits.cpu_s)
    lower(resource.RLIMIT_CORE, 1)  # not 0: that does not keep a program from being started for a core (man 5 core)
    lower(resource.RLIMIT_MEMLOCK, _MIB)
    lower(resource.RLIMIT_SIGPENDING, _SIGNALS)  # timers, too; counted by user, so that others keep the rest
    if hasattr(resource, "RLIMIT_MSGQUEUE"):
        lower(resource.RLIMIT_MSGQUEUE, 0)
    if other_processes is not None:
        # Process 1 counts as well, and one more may be on its way out.
        lower(resource.RLIMIT_NPROC, limits.processes + 2 + other_processes)


def other_processes(confinement: Confinement, proc: int) -> int | None:
    """How many processes of others count against a session's own limit; None where that is not known.

    The kernel counts by user, from Linux 5.14 on within a user namespace. proc: a descriptor of /proc.
    """
    if confinement.as_root or (confinement.level == "namespaces" and _counts_per_namespace()):
        return 0
    if confinement.level != "landlock":
        return None
    # Whoever grades runs other sessions, too: room for what they may start before a supervisor ends them
    return _threads_of(os.getuid(), proc) + _FORKS_AT_ONCE


def _counts_per_namespace() -> bool:
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(filter(str.isdigit, minor)))) >= (5, 14)


def _threads_of(uid: int, proc: int) -> int:
    total = 0
    for name in filter(str.isdigit, os.listdir(proc)):
        with contextlib.suppress(OSError):
            if os.stat(name, dir_fd=proc).st_uid == uid:
                total += os.stat(f"{name}/task", dir_fd=proc).st_nlink - 2
    return total
