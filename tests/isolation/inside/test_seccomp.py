"""The filter program: its shape, and for both machines the verdict on every listed call (in a small interpreter)."""

import struct

import pytest

from torchmarks.isolation.inside import seccomp

ALLOW, KILL = 0x7FFF_0000, 0x8000_0000
EPERM, ENOSYS = 0x0005_0001, 0x0005_0026
ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}


def verdict(machine: str, number: int, argument: int = 0, architecture: int | None = None) -> int:
    """What the filter says to one system call: classic BPF, the five instructions that we use."""
    code = seccomp.program(machine)
    assert code is not None
    data = {0: number, 4: ARCHITECTURES[machine] if architecture is None else architecture, 16: argument}
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
    assert {verdict(machine, numbers[column]) for numbers in seccomp.REFUSED.values()} == {EPERM}


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
