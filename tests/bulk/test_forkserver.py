"""Workers of one warm process and servers of another: what they share, and what the end of any of them costs."""

from __future__ import annotations

import copy
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from torchmarks.bulk.jobs import Job, Outcome
from torchmarks.bulk.pool import LocalPool

from ..isolation.processes import children, kill
from ..isolation.processes import zygotes as all_zygotes
from .toys import descriptors, job, run_a_cell

pytestmark = pytest.mark.timeout(240)
_SECRET = b"zq" + b"hidden-value-" + b"qz"  # put together here, so that the source of this file does not hold it whole


_of_other_tests: set[int] = set()  # engines that tests before these keep warm in this process


def zygotes() -> list[int]:
    """Those of the pool."""
    return [zygote for zygote in all_zygotes() if zygote not in _of_other_tests]


def servers() -> list[int]:
    """Those below them."""
    return [server for zygote in zygotes() for server in children(zygote)]


def _all(pool: LocalPool, jobs: list[Job]) -> dict[str, Outcome]:
    return {item[0].student: item[1] for item in pool.map(iter(jobs)) if item is not None}


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    """Two workers, each with a server in the sandbox that they share."""
    _of_other_tests.update(all_zygotes())
    with LocalPool(b"the plan " + _SECRET, 2, run_a_cell, isolation="auto") as made:
        found = _all(made, [job("a " + _SECRET.decode()), job("b")])
        assert {outcome.reason for outcome in found.values()} == {"42"}
        yield made


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _holds(pid: int, text: bytes) -> bool:
    """Whether the memory that a process has written to holds a text."""
    maps = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for addresses, rights, *_, inode in (entry[:5] for entry in maps):
            start, end = (int(bound, 16) for bound in addresses.split("-"))
            if rights.startswith("rw") and inode == "0":
                memory.seek(start)
                if text in memory.read(end - start):
                    return True
    return False


def test_workers_share_a_parent_and_servers_do(pool: LocalPool) -> None:
    """Torch was imported once on each side of the sandbox."""
    (parent,) = {_parent(pid) for pid in pool.pids}

    assert _parent(parent) == os.getpid()
    assert len(zygotes()) == 1
    assert len(servers()) == 2


def test_neither_parent_has_seen_a_plan_or_a_submission(pool: LocalPool) -> None:
    """What a worker was sent is in its memory, and in no process that others are forked from."""
    worker = pool.pids[0]

    assert _holds(worker, _SECRET)
    assert not _holds(_parent(worker), _SECRET)
    if os.geteuid() == 0:  # whoever else asks is refused
        assert not _holds(zygotes()[0], _SECRET)


def test_the_fork_server_has_nothing_open_but_its_line(pool: LocalPool) -> None:
    """Nor any file of the course: what it passed on to workers is closed."""
    parent = _parent(pool.pids[0])
    there = {int(fd): os.readlink(f"/proc/{parent}/fd/{fd}") for fd in os.listdir(f"/proc/{parent}/fd")}

    assert sorted(there)[:3] == [0, 1, 2]
    assert len([link for link in there.values() if "socket" in link]) == 1
    assert [link for fd, link in there.items() if fd > 2 and "socket" not in link] == []


def test_no_worker_has_another_s_lines() -> None:
    """Each has its own channel to the pool, and no socket that another has."""
    with LocalPool(b"", 2, descriptors) as made:
        found = _all(made, [job("a"), job("b"), job("c"), job("d")])

    sockets = {frozenset(outcome.reason.split()) for outcome in found.values()}
    assert all(len(some) == 1 for some in sockets)
    assert len(sockets) == 2


def _disturbed(pool: LocalPool, mark: Path, disturb: Callable[[], None]) -> dict[str, Outcome]:
    """Two jobs that are at work while `disturb` is done, and two more."""
    mark.touch()

    def later() -> None:
        time.sleep(1.0)
        disturb()
        mark.unlink()

    thread = threading.Thread(target=later)
    thread.start()
    at_work = [job(f"at work {n}", str(mark).encode()) for n in range(2)]
    found = _all(pool, [*at_work, job("c"), job("d")])
    thread.join()
    return found


def test_a_killed_server_costs_its_worker_alone(pool: LocalPool, tmp_path: Path) -> None:
    """Its job is done again; the other worker has the server that it had, and no process had to be started anew."""
    workers, zygote, before = pool.pids, zygotes(), servers()

    found = _disturbed(pool, tmp_path / "mark", lambda: kill(before[:1]))

    assert {outcome.reason for outcome in found.values()} == {"42"}
    assert (pool.pids, zygotes()) == (workers, zygote)
    assert before[1] in servers()


def test_a_killed_worker_takes_its_server_along(pool: LocalPool, tmp_path: Path) -> None:
    """It is replaced by one with a server of its own; the other worker goes on."""
    first, second = pool.pids

    found = _disturbed(pool, tmp_path / "mark", lambda: kill([first]))

    assert {outcome.reason for outcome in found.values()} == {"42"}
    assert second in pool.pids
    assert first not in pool.pids
    assert len(servers()) == 2


def test_a_killed_zygote_loses_nothing(pool: LocalPool, tmp_path: Path) -> None:
    """Sandbox and workers are replaced, and what was at work is done again, as nobody's fault."""
    before, failures = zygotes(), copy.deepcopy(pool._failures)

    found = _disturbed(pool, tmp_path / "mark", lambda: kill(zygotes()))

    assert {outcome.reason for outcome in found.values()} == {"42"}
    assert zygotes() != before
    assert pool._failures == failures


def test_a_killed_fork_server_loses_nothing(pool: LocalPool, tmp_path: Path) -> None:
    """Its workers end with it; others take their place."""
    before = pool.pids

    found = _disturbed(pool, tmp_path / "mark", lambda: kill([_parent(before[0])]))

    assert {outcome.reason for outcome in found.values()} == {"42"}
    assert set(pool.pids).isdisjoint(before)


def test_nothing_is_left_of_a_pool() -> None:
    """The processes of a pool end with it, and none stays as a zombie."""
    with LocalPool(b"", 1, run_a_cell, isolation="auto") as made:
        before = set(children(os.getpid()))
        assert _all(made, [job("a")])["a"].reason == "42"
        ours = set(children(os.getpid())) - before
        assert len(ours) == 2  # sandbox and fork server

    assert ours.isdisjoint(children(os.getpid()))
    assert not any(os.path.exists(f"/proc/{pid}") for pid in ours)
