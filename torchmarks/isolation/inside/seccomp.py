"""A system call filter for students' processes: what no exercise needs and kernel bugs like to hide in is refused.

A second wall. The first are namespaces and missing privileges; the filter keeps a session from making namespaces of its
own, from kernel interfaces with a record of holes, and from memory that no limit counts (memfd, System V).
Builds a classic BPF program as bytes (pure) and loads it into the calling process; it cannot be taken off.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final

from torchmarks.isolation.inside import namespaces as ns

# Refused with EPERM. Name: number on x86_64, number on aarch64 (Linux, asm/unistd_64.h and asm-generic/unistd.h).
REFUSED: Final[dict[str, tuple[int, int]]] = {
    # other processes' memory and descriptors
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # memory that outlives or escapes the accounting
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # other processes' share of the machine: a starved supervisor enforces no limit
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    # large and often broken
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "personality": (135, 92),
    # the machine's administration
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
}

_MACHINES: Final = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}  # column above, AUDIT_ARCH_*
_CLONE: Final = (56, 220)
_CLONE3: Final = 435
_PRLIMIT: Final = (302, 261)
_SOCKET: Final = (41, 198)
_SOCKETPAIR: Final = (53, 199)
# Unix, internet and netlink, which a network namespace holds in. It does not hold in others: a VM's vsock leads to its
# host, and kernel interfaces that only look like a network (AF_ALG) are another record of holes.
_FAMILIES: Final = (1, 2, 10, 16)
_X32_BIT: Final = 0x4000_0000

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; both machines are little-endian
_ALLOW, _KILL, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


def program(machine: str) -> bytes | None:
    """The filter for a machine as os.uname() names it; None for a machine without a table."""
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    refuse = _instruction(_RETURN, _ERRNO | errno.EPERM)
    lines = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_JUMP_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _KILL),  # 32-bit calls have other numbers
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1),
        _instruction(_RETURN, _ERRNO | errno.ENOSYS),
        # clone3 hides its flags behind a pointer: callers fall back to clone.
        _instruction(_JUMP_EQUAL, _CLONE3, 0, 1),
        _instruction(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for numbers in REFUSED.values():
        lines += [_instruction(_JUMP_EQUAL, numbers[column], 0, 1), refuse]
    lines += [
        *_socket_families(column),
        _instruction(_JUMP_EQUAL, _CLONE[column], 0, 3),
        _instruction(_LOAD, _ARGUMENT),
        _instruction(_JUMP_SET, ns.EVERYTHING_NEW, 0, 2),
        refuse,
        # Only one's own limits: process 1 of the session belongs to the same user.
        _instruction(_JUMP_EQUAL, _PRLIMIT[column], 1, 0),
        _instruction(_RETURN, _ALLOW),
        _instruction(_LOAD, _ARGUMENT),
        _instruction(_JUMP_EQUAL, 0, 1, 0),
        refuse,
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


def _socket_families(column: int) -> list[bytes]:
    """Sockets of no other families; for other calls the number stays loaded."""
    count = len(_FAMILIES)
    return [
        _instruction(_JUMP_EQUAL, _SOCKET[column], 1, 0),
        _instruction(_JUMP_EQUAL, _SOCKETPAIR[column], 0, count + 3),
        _instruction(_LOAD, _ARGUMENT),
        *(_instruction(_JUMP_EQUAL, family, count - n, 0) for n, family in enumerate(_FAMILIES)),
        _instruction(_RETURN, _ERRNO | errno.EAFNOSUPPORT),
        _instruction(_RETURN, _ALLOW),
    ]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install() -> bool:
    """Load the filter into the calling process, for it and all it starts. False on a machine without a table.

    Needs no_new_privs. Raises OSError when the kernel refuses.
    """
    code = program(os.uname().machine)
    if code is None:
        return False
    described = _Program(len(code) // 8, code)
    ns.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(described))
    return True
