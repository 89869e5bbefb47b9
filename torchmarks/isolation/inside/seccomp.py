"""The system call filter for students' processes: refuses what no exercise needs and kernel bugs like to hide in.

A second barrier, at every level. The first are namespaces or Landlock, and missing privileges; the filter keeps a
session from making namespaces of its own, from kernel interfaces with a record of holes, and from memory that no limit
counts (memfd, System V). Builds a classic BPF program as bytes (pure) and loads it into the calling process, for good.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Sequence
from typing import Final

from torchmarks.isolation.inside import namespaces as ns

Refused = dict[str, tuple[int | None, int | None]]

# Refused with EPERM. Name: number on x86_64, number on aarch64 (Linux, asm/unistd_64.h and asm-generic/unistd.h).
REFUSED: Final[Refused] = {
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
    # what all processes of a machine, or all of a user, have in common: room for requests, locks on files that all read
    "io_setup": (206, 0),
    "flock": (73, 32),
    "sync": (162, 81),
    "syncfs": (306, 267),
    # watching who opens which file
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
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

MACHINES: Final = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}  # column above, AUDIT_ARCH_*
_CLONE: Final = (56, 220)
_CLONE3: Final = 435
_PRLIMIT: Final = (302, 261)
SOCKET: Final = (41, 198)
SOCKETPAIR: Final = (53, 199)
# Unix, internet and netlink, which a network namespace holds in. It does not hold in others: a VM's vsock leads to its
# host, and kernel interfaces that only look like a network (AF_ALG) are another record of holes.
_FAMILIES: Final = (1, 2, 10, 16)
_FCNTL: Final = (72, 25)
# Left out is what would make the kernel send signals, or wait for this process (a lease) when others open a file; it
# takes no more than to read it. F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
# F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ
_FCNTL_ALLOWED: Final = (*range(8), 1030, 1031, 1032)
_MMAP: Final = (9, 222)
_SHARED, _ANONYMOUS = 0x1, 0x20
_X32_BIT: Final = 0x4000_0000

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data; both machines are little-endian
FIRST_ARGUMENT, SECOND_ARGUMENT, THIRD_ARGUMENT, FOURTH_ARGUMENT = 16, 24, 32, 40
_ALLOW, _KILL, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


def program(machine: str) -> bytes | None:
    """The filter for a machine as os.uname() names it; None for a machine without a table."""
    if machine not in MACHINES:
        return None
    column, _ = MACHINES[machine]
    lines = [
        *prologue(machine),
        *refusals(REFUSED, column, errno.EPERM),
        # clone3 hides its flags behind a pointer: callers fall back to clone
        *refusals({"clone3": (_CLONE3, _CLONE3)}, column, errno.ENOSYS),
        *_socket_families(column),
        *refuse_flags(_CLONE[column], ns.EVERYTHING_NEW),
        # memory that stays when nobody has it mapped any more, and is counted nowhere
        *refuse_both(_MMAP[column], FOURTH_ARGUMENT, _SHARED, _ANONYMOUS),
        *allow_only(_FCNTL[column], SECOND_ARGUMENT, _FCNTL_ALLOWED, errno.EPERM),
        # Only one's own limits: a session's supervisor may belong to the same user.
        _instruction(_JUMP_EQUAL, _PRLIMIT[column], 1, 0),
        returns(),
        load(FIRST_ARGUMENT),
        _instruction(_JUMP_EQUAL, 0, 1, 0),
        returns(errno.EPERM),
        returns(),
    ]
    return b"".join(lines)


def _socket_families(column: int) -> list[bytes]:
    """Sockets of no other families; for other calls the number stays loaded."""
    calls = (SOCKET[column], SOCKETPAIR[column])
    return [line for call in calls for line in allow_only(call, FIRST_ARGUMENT, _FAMILIES, errno.EAFNOSUPPORT)]


# ---- what programs are made of


def prologue(machine: str) -> list[bytes]:
    """Kills calls of another architecture, whose numbers differ; leaves the number of the call loaded."""
    return [
        load(_ARCHITECTURE),
        jump_if(MACHINES[machine][1], 1),
        _instruction(_RETURN, _KILL),
        load(_NUMBER),
        _instruction(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1),
        returns(errno.ENOSYS),
    ]


def refusals(calls: Refused, column: int, number: int) -> list[bytes]:
    """Answers these calls with an error; for others the number stays loaded."""
    lines: list[bytes] = []
    for numbers in calls.values():
        wanted = numbers[column]
        if wanted is not None:
            lines += [jump_unless(wanted, 1), returns(number)]
    return lines


def refuse_flags(number: int, flags: int) -> list[bytes]:
    """Answers one call with EPERM where its first argument has one of these flags, and allows it otherwise; for other
    calls the number stays loaded.
    """
    return [
        jump_unless(number, 4),
        load(FIRST_ARGUMENT),
        jump_if_any(flags, 0, 1),
        returns(errno.EPERM),
        returns(),
    ]


def refuse_value(number: int, argument: int, value: int, error: int) -> list[bytes]:
    """Answers one call with an error where an argument has this value; for other calls the number stays loaded."""
    return [jump_unless(number, 4), load(argument), jump_if(value, 1), returns(), returns(error)]


def refuse_both(number: int, argument: int, one: int, other: int) -> list[bytes]:
    """Answers one call with EPERM where an argument has both of two bits; for other calls the number stays loaded."""
    return [
        jump_unless(number, 5),
        load(argument),
        jump_if_any(one, 0, 2),
        jump_if_any(other, 0, 1),
        returns(errno.EPERM),
        returns(),
    ]


def allow_only(number: int, argument: int, values: Sequence[int], error: int) -> list[bytes]:
    """Allows one call with these values of an argument alone; for other calls the number stays loaded."""
    count = len(values)
    return [
        jump_unless(number, count + 3),
        load(argument),
        *(jump_if(value, count - n) for n, value in enumerate(values)),
        returns(error),
        returns(),
    ]


def load(offset: int) -> bytes:
    """Load a word of struct seccomp_data."""
    return _instruction(_LOAD, offset)


def jump_if(value: int, lines: int) -> bytes:
    """Pass over so many lines where what is loaded equals a value."""
    return _instruction(_JUMP_EQUAL, value, lines, 0)


def jump_if_any(bits: int, lines: int, otherwise: int) -> bytes:
    """Pass over so many lines where one of these bits is set in what is loaded, and so many otherwise."""
    return _instruction(_JUMP_SET, bits, lines, otherwise)


def jump_unless(value: int, lines: int) -> bytes:
    """Pass over so many lines where what is loaded differs from a value."""
    return _instruction(_JUMP_EQUAL, value, 0, lines)


def returns(number: int = 0) -> bytes:
    """Answer the call with this error; without one, allow it."""
    return _instruction(_RETURN, _ERRNO | number if number else _ALLOW)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(code: bytes) -> None:
    """Load a program into the calling process, for it and all it starts.

    Needs no_new_privs. Raises OSError when the kernel refuses.
    """
    described = _Program(len(code) // 8, code)
    ns.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(described))
