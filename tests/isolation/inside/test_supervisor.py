"""The census counts a family of processes as the kernel sees it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from torchmarks.isolation.inside import supervisor

from ..processes import children


@pytest.fixture
def family() -> Iterator[int]:
    """A process with one child that holds 50 MB and another that is idle; yields the pid of the first."""
    script = "import os, time\nif os.fork():\n  os.fork(); time.sleep(60)\nx = b'x' * 50_000_000\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    time.sleep(0.5)
    yield process.pid
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_everything_below_is_counted(proc: int, family: int) -> None:
    """Processes, threads and memory of children; the root itself is the supervisor and does not count."""
    census = supervisor.take_census(proc, family, 0)

    assert census.threads == 2
    assert 50_000_000 < census.memory_bytes < 90_000_000


def test_what_is_shared_with_the_server_is_not_counted(proc: int, family: int) -> None:
    """The memory that each fork starts with is subtracted from each."""
    assert supervisor.take_census(proc, family, 30_000_000).memory_bytes < 40_000_000


def test_strangers_are_looked_at_twice_and_no_more(proc: int, family: int) -> None:
    """A census that knows them counts the same, and leaves them out from the third look on; the family never."""
    other_sessions = supervisor.OtherSessions()
    own, mine = os.getpid(), children(family)
    looks = []
    for _ in range(3):
        looks.append(own in other_sessions.without(proc, [own]))
        assert supervisor.take_census(proc, family, 0, other_sessions=other_sessions).threads == 2

    assert looks == [True, True, False]
    assert set(other_sessions.without(proc, mine)) == set(mine)


def test_a_number_that_another_process_got_is_looked_at(proc: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has another inode."""
    other_sessions, own = supervisor.OtherSessions(), os.getpid()
    for _ in range(2):
        supervisor.take_census(proc, 2**22 - 1, 0, other_sessions=other_sessions)
    assert not other_sessions.without(proc, [own])

    inode = supervisor._inode(proc, own)
    monkeypatch.setattr(supervisor, "_inode", lambda proc, number: inode + 1)

    assert other_sessions.without(proc, [own])


def test_other_families_are_not_counted(proc: int) -> None:
    """A process without children has nothing below it."""
    census = supervisor.take_census(proc, 2**22 - 1, 0)

    assert (census.memory_bytes, census.threads) == (0, 0)
