"""Landlock, by raw system calls: which files the calling process and all it starts may reach from now on.

Rules can only be added to, never taken off. Landlock does not see what is open already, nor calls that change a
file's mode, owner, times or attributes: `landlock_filter.py` refuses those. Source: the kernel's
Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h; the numbers are the same on every machine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

from torchmarks.isolation.inside import namespaces as ns

_CREATE, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION: Final = 1  # flag of landlock_create_ruleset: asks for the version only
_PATH_BENEATH: Final = 1

_EXECUTE, _WRITE, _READ, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_CHAR, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = (1 << bit for bit in range(6, 13))
_REFER, _TRUNCATE, _IOCTL_DEV = (1 << bit for bit in range(13, 16))

_BASE: Final = (1 << 13) - 1
_SINCE: Final = {2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}  # version of the rules -> right that it brought
_NETWORK_SINCE, _NETWORK = 4, 0b11  # bind and connect of TCP
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract Unix sockets and signals

_LOOK: Final = _EXECUTE | _READ | _READ_DIR
_KEEP: Final = (
    _LOOK | _WRITE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_FIFO | _MAKE_SYM | _REFER | _TRUNCATE
)
_DEVICE: Final = _READ | _WRITE
_OF_FILES: Final = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL_DEV

SIGNALS_SINCE: Final = _SCOPES_SINCE
"""The version from which on a session's signals reach itself alone; before, the filter has to refuse them."""
TRUNCATE_SINCE: Final = 3
"""The version from which on truncate(2) is seen."""


def abi() -> int:
    """The version of the kernel's rules, from 1 (Linux 5.13). Raises OSError where there is no Landlock.

    ENOSYS: the kernel is older, or was built without it; EOPNOTSUPP: it was switched off when the machine started.
    """
    return ns.system_call(_CREATE, None, 0, _VERSION)


def restrict(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str], version: int) -> None:
    """Let this process reach nothing but these, each with all that lies below: read and run, keep files, use devices.

    What is not there is passed over. version: of the rules, at most `abi()`. Needs no_new_privs. Raises OSError.
    """
    handled = _BASE
    for since, right in _SINCE.items():
        handled |= right if version >= since else 0
    network = _NETWORK if version >= _NETWORK_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    attributes = struct.pack("=QQQ", handled, network, scopes)
    size = 24 if scopes else 16 if network else 8  # an older kernel knows a shorter struct
    rules = ns.system_call(_CREATE, ctypes.create_string_buffer(attributes, 24), size, 0)
    try:
        for paths, rights in ((readable, _LOOK), (writable, _KEEP), (devices, _DEVICE)):
            for path in paths:
                _allow(rules, path, rights & handled)
        ns.system_call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
            return
        raise
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES  # the kernel refuses others for a file
        ns.system_call(
            _ADD_RULE, rules, _PATH_BENEATH, ctypes.create_string_buffer(struct.pack("=Qi", rights, place)), 0
        )
    finally:
        os.close(place)
