"""The few Linux system calls that Python 3.11 lacks: namespaces, mounts, capabilities, prctl, madvise.

Thin wrappers around libc; they act on the calling process only and raise OSError. Knows no submission and no message.
Must not be called from a process with several threads (the kernel refuses a new user namespace there).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Collection, Iterator
from typing import Final

CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWIPC: Final = 0x0800_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWPID: Final = 0x2000_0000
CLONE_NEWNET: Final = 0x4000_0000
EVERYTHING_NEW: Final = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWUTS

MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_REMOUNT: Final = 0x20
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x4_0000

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_DROP: Final = 24
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_MADV_COLLAPSE: Final = 25
_CAP_VERSION_3: Final = 0x2008_0522
_KEYCTL: Final = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING: Final = 1

# PyDLL keeps the interpreter lock: none of these calls blocks, and a forked child must not have to take it again.
_libc = ctypes.PyDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _prctl(option: int, *arguments: int) -> int:
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return int(_libc.prctl(option, *values))


def prctl(option: int, *arguments: int) -> None:
    """prctl(2), for options without a function of their own below."""
    _check(_prctl(option, *arguments), f"prctl {option}")


def system_call(number: int, *arguments: object) -> int:
    """A system call without a function of its own in libc, by its number. Raises OSError; returns its result."""
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *values))
    _check(result, f"system call {number}")
    return result


def unshare(flags: int) -> None:
    """Move the calling process (for CLONE_NEWPID: its next children) into new namespaces."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    arguments = (source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _check(_libc.mount(*arguments), f"mount {target}")


def set_dumpable(on: bool) -> None:
    """Off: nobody without privileges may trace the process, read its memory or open most of its /proc files."""
    _check(_prctl(_PR_SET_DUMPABLE, int(on)), "PR_SET_DUMPABLE")


def collapse(address: int, size: int) -> None:
    """madvise(2) with MADV_COLLAPSE: move a stretch of this process's memory into huge pages now (Linux 6.1)."""
    _check(_libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(size), _MADV_COLLAPSE), "MADV_COLLAPSE")


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the one that forked it ends. parent: that one's pid."""
    _check(_prctl(_PR_SET_PDEATHSIG, signal.SIGKILL), "PR_SET_PDEATHSIG")
    if os.getppid() != parent:  # it ended before
        os._exit(1)


@contextlib.contextmanager
def as_file_user(uid: int) -> Iterator[None]:
    """Meet files, those of /proc included, as another user and group does; 0: as oneself. Takes root."""
    if not uid:
        yield
        return
    _libc.setfsgid(uid)
    _libc.setfsuid(uid)
    try:
        yield
    finally:
        _libc.setfsuid(os.geteuid())
        _libc.setfsgid(os.getegid())


def become_user(uid: int) -> None:
    """Change to a user and a group of that number, in all ids and for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def become_subreaper() -> None:
    """Orphans among this process's descendants become its children."""
    _check(_prctl(_PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER")


def no_new_privileges() -> None:
    """No set-uid program started from here on gains anything. Cannot be undone."""
    _check(_prctl(_PR_SET_NO_NEW_PRIVS, 1), "PR_SET_NO_NEW_PRIVS")


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def drop_capabilities(kept: Collection[int] = ()) -> None:
    """Empty every capability set of the calling process, the bounding set included, but for those of `kept` it has."""
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    capability = 0
    while capability in kept or _prctl(_PR_CAPBSET_DROP, capability) >= 0:  # EINVAL after the kernel's last one
        capability += 1
    header, has = _CapHeader(_CAP_VERSION_3, 0), (_CapData * 2)()
    _check(_libc.capget(ctypes.byref(header), ctypes.byref(has)), "capget")
    bits = sum(1 << number for number in kept) & int(has[0].permitted)
    _check(_libc.capset(ctypes.byref(header), ctypes.byref((_CapData * 2)(_CapData(bits, bits, 0)))), "capset")


def new_session_keyring() -> None:
    """Leave the kernel keyring inherited from the server: a key put there would outlive the submission."""
    number = _KEYCTL.get(os.uname().machine)
    if number is not None:  # not fatal: kernels without CONFIG_KEYS have no keyring to share either
        _libc.syscall(ctypes.c_long(number), ctypes.c_long(_KEYCTL_JOIN_SESSION_KEYRING), ctypes.c_void_p(None))


def map_own_ids(uid: int, gid: int) -> None:
    """In a fresh user namespace: let `uid` and `gid` map to themselves, and nobody else exist."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def flush_c_streams() -> None:
    """Write out what C code printed with stdio and libc still holds."""
    _libc.fflush(None)
