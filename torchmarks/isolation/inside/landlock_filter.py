"""The second filter, for sessions without namespaces: refuses what Landlock does not see.

Nobody's mount hides other people's files here: a grader who is an ordinary user owns the course and the Python that
students' code runs in, and to change a file's mode or times takes no more than a descriptor to read it. Nor is there a
namespace between a session and the machine's processes, its System V memory or its network. Stacked on `seccomp.py`'s.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from torchmarks.isolation.inside import landlock, seccomp
from torchmarks.isolation.inside.seccomp import Refused

# Name: number on x86_64, number on aarch64, as in `seccomp.py`; None where a machine has no such call.
METADATA: Final[Refused] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "link": (86, None),
    "linkat": (265, 37),
    "file_setattr": (469, 469),
    "quotactl_fd": (443, 443),
}
# Answered with "not supported", which copying functions take for a file system without such attributes.
ATTRIBUTES: Final[Refused] = {
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "getxattr": (191, 8),
    "lgetxattr": (192, 9),
    "listxattr": (194, 11),
    "llistxattr": (195, 12),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "getxattrat": (464, 464),
    "listxattrat": (465, 465),
    "removexattrat": (466, 466),
}
MACHINE: Final[Refused] = {
    # System V memory, semaphores and queues of whoever grades, and the names of POSIX queues
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_unlink": (241, 181),
    # other processes
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "open_tree_attr": (467, 467),
}
TRUNCATE: Final[Refused] = {"truncate": (76, 45)}
SIGNALS: Final[Refused] = {
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    # A process that stays in the group ends with it, by one signal.
    "setsid": (112, 157),
    "setpgid": (109, 154),
}
IDENTITY: Final[Refused] = {
    # A process that is root by its effective id alone could become root by its real one, whose processes nobody counts.
    "setuid": (105, 146),
    "setreuid": (113, 145),
    "setresuid": (117, 147),
    "setfsuid": (122, 151),
}
# A pair of streams is connected, and leads nowhere else; datagrams, or a name of one's own, would.
SOCKETS: Final[Refused] = {
    "bind": (49, 200),
    "listen": (50, 201),
    "connect": (42, 203),
}
_OPEN: Final = (2, None)
_OPENAT: Final = (257, 56)
_OPENAT2: Final = (437, 437)
_STREAM: Final = tuple(1 | flags for flags in (0, 0x800, 0x80000, 0x80800))  # and SOCK_NONBLOCK, SOCK_CLOEXEC
_TMPFILE: Final = 0x40_0000
_PRCTL: Final = (157, 167)
_SET_DUMPABLE: Final = 4  # would hide from the supervisor what is open
_KILL: Final = (62, 129)
_IOCTL: Final = (16, 29)

# What a file's flags would be changed with is left out: it takes no more than a descriptor to read the file. TCGETS,
# TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTL_ALLOWED: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)


def program(machine: str, version: int, *, own_uid: bool) -> bytes | None:
    """The filter for a machine as os.uname() names it and a version of Landlock's rules; None without a table.

    own_uid: the session runs as a user of its own, so that its signals reach nobody else.
    """
    if machine not in seccomp.MACHINES:
        return None
    column, _ = seccomp.MACHINES[machine]
    lines = seccomp.prologue(machine)
    lines += seccomp.refusals(METADATA | MACHINE, column, errno.EPERM)
    lines += seccomp.refusals(ATTRIBUTES, column, errno.EOPNOTSUPP)
    if version < landlock.TRUNCATE_SINCE:
        lines += seccomp.refusals(TRUNCATE, column, errno.EPERM)
    if version < landlock.SIGNALS_SINCE and not own_uid:
        lines += seccomp.refusals(SIGNALS, column, errno.EPERM)
        # a group of one's own is left: the session leads one, and no static rule can tell other numbers apart
        lines += seccomp.allow_only(_KILL[column], seccomp.FIRST_ARGUMENT, (0,), errno.EPERM)
    lines += seccomp.allow_only(_IOCTL[column], seccomp.SECOND_ARGUMENT, _IOCTL_ALLOWED, errno.ENOTTY)
    lines += seccomp.refusals({"socket": seccomp.SOCKET}, column, errno.ENETUNREACH)
    lines += seccomp.refusals(SOCKETS | IDENTITY, column, errno.EPERM)
    lines += seccomp.refuse_value(_PRCTL[column], seccomp.FIRST_ARGUMENT, _SET_DUMPABLE, errno.EPERM)
    # asyncio wakes up by a pair
    lines += seccomp.allow_only(seccomp.SOCKETPAIR[column], seccomp.SECOND_ARGUMENT, _STREAM, errno.EAFNOSUPPORT)
    lines += _opening(_OPEN[column], seccomp.SECOND_ARGUMENT) + _opening(_OPENAT[column], seccomp.THIRD_ARGUMENT)
    # its flags lie behind a pointer
    lines += seccomp.refusals({"openat2": _OPENAT2}, column, errno.ENOSYS)
    return b"".join([*lines, seccomp.returns()])


def _opening(number: int | None, argument: int) -> list[bytes]:
    """Refuses what opens a file neither for reading nor for writing, for which no rule asks, or for reading alone and
    truncates it, which older rules do not see; and a file without a name, which a count of files misses.
    """
    if number is None:
        return []
    return [
        seccomp.jump_unless(number, 8),
        seccomp.load(argument),
        seccomp.jump_if_any(_TMPFILE, 4, 0),
        seccomp.jump_if_any(os.O_WRONLY, 0, 1),
        seccomp.jump_if_any(os.O_RDWR, 2, 3),  # both: neither for reading nor for writing
        seccomp.jump_if_any(os.O_RDWR, 2, 0),
        seccomp.jump_if_any(os.O_TRUNC, 0, 1),
        seccomp.returns(errno.EOPNOTSUPP),
        seccomp.returns(),
    ]
