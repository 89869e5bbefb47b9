"""Starts a command under a system call filter like Docker's default one, which refuses namespaces and mounts.

    python like_docker.py root|user|old COMMAND…

"root": uid 0 with the capabilities that Docker leaves; "user": uid 1234 without any; "old": that user, with a filter
from before Landlock. What is refused follows Docker's
default profile (https://docs.docker.com/engine/security/seccomp/); it allows Landlock and ptrace as that does.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys

from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside import seccomp

USER = 1234
_REFUSED: seccomp.Refused = {
    name: seccomp.REFUSED[name]
    for name in (
        *(
            "unshare",
            "setns",
            "mount",
            "umount2",
            "pivot_root",
            "fsopen",
            "fsmount",
            "fsconfig",
            "fspick",
            "move_mount",
        ),
        *("open_tree", "mount_setattr", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"),
        *(
            "open_by_handle_at",
            "io_uring_setup",
            "io_uring_enter",
            "io_uring_register",
            "swapon",
            "kexec_load",
            "reboot",
        ),
    )
}
# CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD AUDIT_WRITE
# SETFCAP
_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
_PR_CAPBSET_DROP = 24
_LANDLOCK: seccomp.Refused = {"landlock_create_ruleset": (444, 444)}
_CLONE = {"x86_64": 56, "aarch64": 220}


def program(machine: str, *, old: bool) -> bytes:
    """The filter as classic BPF. old: it refuses Landlock, too."""
    column, _ = seccomp.MACHINES[machine]
    return b"".join(
        [
            *seccomp.prologue(machine),
            *seccomp.refusals({"clone3": (435, 435)}, column, errno.ENOSYS),
            *seccomp.refusals(_REFUSED | _LANDLOCK if old else _REFUSED, column, errno.EPERM),
            *seccomp.refuse_flags(_CLONE[machine], 0x7E02_0000),
            seccomp.returns(),
        ]
    )


def keep_capabilities() -> None:
    """As root: keep what Docker keeps."""
    number = 0
    while True:
        try:
            if number not in _CAPABILITIES:
                ns.prctl(_PR_CAPBSET_DROP, number)
        except OSError:
            break
        number += 1
    kept = sum(1 << number for number in _CAPABILITIES)
    header = (ctypes.c_uint32 * 2)(0x2008_0522, 0)
    data = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    if ctypes.CDLL(None).capset(header, data):
        raise OSError("capset")


def main() -> None:
    """See the module."""
    who, *command = sys.argv[1:]
    if who != "root" and os.getuid() == 0:
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
        os.environ["HOME"] = "/nonexistent"
    elif who == "root":
        keep_capabilities()
    ns.no_new_privileges()
    seccomp.install(program(os.uname().machine, old=who == "old"))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
