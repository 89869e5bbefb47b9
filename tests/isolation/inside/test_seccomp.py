"""The filter program: its shape, and for both machines the verdict on every listed call (in a small interpreter)."""

import errno
import re
import struct
from pathlib import Path

import pytest

from torchmarks.isolation.inside import landlock_filter, seccomp

# Of linux-libc-dev; the generic one is aarch64's.
HEADERS = (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h"))
LANDLOCK_TABLES = (
    landlock_filter.METADATA,
    landlock_filter.ATTRIBUTES,
    landlock_filter.MACHINE,
    landlock_filter.TRUNCATE,
    landlock_filter.SIGNALS,
    landlock_filter.IDENTITY,
    landlock_filter.SOCKETS,
)
NEWER = {"fchmodat2", "setxattrat", "getxattrat", "listxattrat", "removexattrat", "open_tree_attr", "file_setattr"}
"""Calls that headers of Debian 12 (Linux 6.1) do not have yet; their numbers are the same on every machine."""

ALLOW, KILL = 0x7FFF_0000, 0x8000_0000
EPERM, ENOSYS = 0x0005_0001, 0x0005_0026
ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}


def verdict(machine: str, number: int, argument: int = 0, architecture: int | None = None) -> int:
    """What the filter says to one system call."""
    code = seccomp.program(machine)
    assert code is not None
    return interpreted(code, machine, number, argument, architecture=architecture)


def interpreted(
    code: bytes,
    machine: str,
    number: int,
    argument: int = 0,
    second: int = 0,
    third: int = 0,
    fourth: int = 0,
    *,
    architecture: int | None = None,
) -> int:
    """What a program says to one system call: classic BPF, the five instructions that we use."""
    data = {
        0: number,
        4: ARCHITECTURES[machine] if architecture is None else architecture,
        16: argument,
        24: second,
        32: third,
        40: fourth,
    }
    lines = list(struct.iter_unpack("=HBBI", code))
    position = accumulator = 0
    while True:
        operation, if_true, if_false, value = lines[position]
        position += 1
        if operation == 0x20:
            accumulator = data[value]
        elif operation == 0x06:
            return int(value)
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
            position += if_true if holds[operation] else if_false


@pytest.mark.parametrize(("column", "machine"), [(0, "x86_64"), (1, "aarch64")])
def test_every_listed_call_is_refused(column: int, machine: str) -> None:
    """Each number of the table leads to EPERM."""
    assert {verdict(machine, n[column]) for n in seccomp.REFUSED.values() if n[column] is not None} == {EPERM}


@pytest.mark.parametrize("table", [seccomp.REFUSED, *LANDLOCK_TABLES])
def test_numbers_are_those_of_the_kernel_s_own_headers(table: seccomp.Refused) -> None:
    """Every call that a table names has the number that linux-libc-dev gives it, on either machine."""
    for column, header in enumerate(HEADERS):
        known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
        named = {name: number for name, numbers in table.items() if (number := numbers[column]) is not None}
        there = {name: int(known[name]) for name in named if name in known}
        assert there == {name: number for name, number in named.items() if name in known}
        assert set(named) - set(known) <= NEWER


def test_every_call_of_a_table_is_refused_at_level_landlock() -> None:
    """Each leads to an error, by whichever filter; signals and truncate(2) only where the rules do not see them."""
    for column, machine in enumerate(("x86_64", "aarch64")):
        for version in (1, 3, 6):
            code = landlock_filter.program(machine, version, own_uid=False)
            assert code is not None
            for table in LANDLOCK_TABLES:
                seen = (table is landlock_filter.SIGNALS and version >= 6) or (
                    table is landlock_filter.TRUNCATE and version >= 3
                )
                numbers = [numbers[column] for numbers in table.values() if numbers[column] is not None]
                answers = {interpreted(code, machine, number) == ALLOW for number in numbers}
                assert answers == {seen}


@pytest.mark.parametrize(("machine", "fcntl", "ioctl", "kill"), [("x86_64", 72, 16, 62), ("aarch64", 25, 29, 129)])
def test_calls_with_many_uses_keep_the_harmless_ones(machine: str, fcntl: int, ioctl: int, kill: int) -> None:
    """No signals by descriptor, no leases, no flags of files; signals to one's own group alone."""
    every, code = seccomp.program(machine), landlock_filter.program(machine, 1, own_uid=False)
    assert every is not None
    assert code is not None
    numbers = (1, 4, 1030, 8, 10, 15, 1024, 1026)
    kept = {number: interpreted(every, machine, fcntl, 5, number) == ALLOW for number in numbers}
    asked = {
        number: interpreted(code, machine, ioctl, 5, number) == ALLOW for number in (0x5401, 0x541B, 0x8901, 0x40086602)
    }

    assert kept == {1: True, 4: True, 1030: True, 8: False, 10: False, 15: False, 1024: False, 1026: False}
    assert asked == {0x5401: True, 0x541B: True, 0x8901: False, 0x40086602: False}
    assert [interpreted(code, machine, kill, pid) for pid in (0, 1, 77)] == [ALLOW, EPERM, EPERM]


def test_sockets_are_refused_as_a_network_that_is_not_there() -> None:
    """The error is the one that a network namespace gives, so that students read the same sentence."""
    code = landlock_filter.program("x86_64", 7, own_uid=False)
    assert code is not None

    assert interpreted(code, "x86_64", 41, 2) == 0x0005_0000 | errno.ENETUNREACH
    assert interpreted(code, "x86_64", 53, 1, 1) == ALLOW
    assert interpreted(code, "x86_64", 53, 1, 2) != ALLOW


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 0), ("x86_64", 1), ("x86_64", 9), ("aarch64", 63)])
def test_ordinary_calls_are_allowed(machine: str, number: int) -> None:
    """Reading, writing and mapping go on."""
    assert verdict(machine, number) == ALLOW


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
@pytest.mark.parametrize(("flags", "expected"), [(0x11, ALLOW), (0x3D0F00, ALLOW), (0x1000_0011, EPERM)])
def test_clone_may_not_make_namespaces(machine: str, clone: int, flags: int, expected: int) -> None:
    """Forks and threads yes, a user namespace no."""
    assert verdict(machine, clone, flags) == expected


@pytest.mark.parametrize(("machine", "prlimit"), [("x86_64", 302), ("aarch64", 261)])
def test_only_one_s_own_limits_may_be_set(machine: str, prlimit: int) -> None:
    """prlimit of another process is refused."""
    assert (verdict(machine, prlimit, 0), verdict(machine, prlimit, 1)) == (ALLOW, EPERM)


@pytest.mark.parametrize(("machine", "calls"), [("x86_64", (41, 53)), ("aarch64", (198, 199))])
def test_sockets_only_of_families_that_a_network_namespace_holds(machine: str, calls: tuple[int, int]) -> None:
    """Unix, internet and netlink; neither vsock, which leads out of a virtual machine, nor AF_ALG, nor packets."""
    for call in calls:
        assert [verdict(machine, call, family) for family in (1, 2, 10, 16)] == [ALLOW] * 4
        assert {verdict(machine, call, family) for family in (0, 17, 31, 38, 40, 44)} == {0x0005_0061}


def test_clone3_is_not_there() -> None:
    """Its flags cannot be seen, so callers are sent back to clone."""
    assert verdict("x86_64", 435) == ENOSYS


def test_calls_of_another_architecture_kill() -> None:
    """32-bit calls and the x32 variant do not slip through with other numbers."""
    assert verdict("x86_64", 1, architecture=0x4000_0003) == KILL
    assert verdict("x86_64", 0x4000_0001) == ENOSYS


def test_an_unknown_machine_has_no_filter() -> None:
    """No table, no program."""
    assert seccomp.program("riscv64") is None


@pytest.mark.parametrize(("machine", "mmap"), [("x86_64", 9), ("aarch64", 222)])
def test_shared_memory_without_a_file_is_refused(machine: str, mmap: int) -> None:
    """It stays when nobody has it mapped; private memory, and files, are mapped as ever."""
    code = seccomp.program(machine)
    assert code is not None

    assert {flags: interpreted(code, machine, mmap, fourth=flags) for flags in (0x01, 0x02, 0x22, 0x21, 0x23)} == {
        0x01: ALLOW,
        0x02: ALLOW,
        0x22: ALLOW,
        0x21: EPERM,
        0x23: EPERM,
    }


@pytest.mark.parametrize(
    ("machine", "call"), [("x86_64", (2, "second")), ("x86_64", (257, "third")), ("aarch64", (56, "third"))]
)
def test_nothing_is_opened_for_nothing_or_cut_off_without_leave(machine: str, call: tuple[int, str]) -> None:
    """Neither access mode 3, nor O_TRUNC for reading alone, nor a file without a name; the rest goes on."""
    code = landlock_filter.program(machine, 1, own_uid=False)
    assert code is not None
    number, place = call
    kinds = {
        0: True,
        1: True,
        2: True,
        3: False,
        0o1000: False,
        0o1001: True,
        0o1002: True,
        0o1003: False,
        0o20000002: False,
    }

    allowed = {flags: interpreted(code, machine, number, **{place: flags}) == ALLOW for flags in kinds}

    assert allowed == kinds


def test_nobody_hides_from_the_supervisor_or_becomes_another() -> None:
    """No process makes itself unreadable, and who is root by its effective id stays that."""
    code = landlock_filter.program("x86_64", 7, own_uid=False)
    assert code is not None

    assert [interpreted(code, "x86_64", 157, option) == ALLOW for option in (4, 15)] == [False, True]
    assert {interpreted(code, "x86_64", number) for number in (105, 113, 117, 122)} == {EPERM}
