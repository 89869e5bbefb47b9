"""Servers of one sandbox: forked from one process, apart from each other, and none outlives what it hangs on."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator

import pytest

from torchmarks.isolation import CellRun, Engine, EnginePool, Limits

from ..conftest import SMALL
from ..processes import children, is_zombie, kill, servers, zygotes

OTHER = dataclasses.replace(SMALL, cpu_s=19)


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    """Two servers with other limits."""
    made = EnginePool()
    made.warm(["cpu"], SMALL)
    made.warm(["cpu"], OTHER)
    yield made
    made.close()


def _printed(run: CellRun) -> str:
    assert run.ok, run
    return "".join(output["text"] for output in run.outputs).strip()


def _below(pid: int) -> set[int]:
    found = set(children(pid))
    return found.union(*(_below(child) for child in found))


def _gone(pids: set[int]) -> bool:
    deadline = time.monotonic() + 10
    while not all(map(is_zombie, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return all(map(is_zombie, pids))


def _end(pids: list[int]) -> None:
    """End servers, and wait for what is below them: at level landlock their sandbox takes it in, until it has ended."""
    families: set[int] = set().union(*map(_below, pids))
    kill(pids)
    assert _gone(families)


def test_engines_of_a_pool_share_a_sandbox(pool: EnginePool) -> None:
    """Each has a server of its own in it, and the limits that it asked for."""
    engines = [pool.engine("cpu", limits) for limits in (SMALL, OTHER)]

    assert len({pid for zygote in zygotes() for pid in children(zygote)}) >= 2
    for engine in engines:
        with engine.session() as session:
            limit = _printed(session.run_cell("import resource; print(resource.getrlimit(resource.RLIMIT_CPU)[0])"))
        assert limit == str(engine.limits.cpu_s)


@pytest.mark.namespaces
def test_sessions_of_two_servers_are_apart(pool: EnginePool) -> None:
    """One neither sees nor signals the other, and has no descriptor but its streams and its channel."""
    count = "import os\nprint([fd for fd in range(64) if os.path.exists(f'/dev/fd/{fd}') or not _closed(fd)])"
    closed = "def _closed(fd):\n    try: os.fstat(fd)\n    except OSError: return True\n    return False\nimport os"
    with pool.engine("cpu", SMALL).session() as one, pool.engine("cpu", OTHER).session() as other:
        other.run_cell("open('/dev/shm/x', 'w').write('x')")
        one.run_cell(closed)
        assert len(eval(_printed(one.run_cell(count)))) == 4
        assert _printed(one.run_cell("print(os.listdir('/proc') , os.listdir('/dev/shm'))")).endswith("[]")
        assert _printed(one.run_cell("print(os.getpid(), os.getppid())")) == "2 1"
        one.run_cell("import signal; os.kill(-1, signal.SIGKILL)")

        assert _printed(other.run_cell("print('on')")) == "on"


def test_a_session_ends_with_its_server(pool: EnginePool) -> None:
    """Whatever it is at: students' processes, which the grader could no longer end, are gone; other servers go on."""
    before = set(servers())
    engine = Engine(SMALL)
    with engine, engine.session() as session:
        session.run_cell("import os\nfor _ in range(3): os.fork()")
        (server,) = set(servers()) - before
        family = _below(server)
        assert len(family) >= 2

        kill([server])

        assert _gone(family)
    assert set(servers()) == before


def test_a_server_that_ended_has_been_hurt(pool: EnginePool) -> None:
    """The pool tells a server that was replaced from one that ran on; the other engine's is as it was."""
    noted = pool.warm(["cpu"], SMALL)
    assert pool.unhurt(noted)
    first, second = pool.engine("cpu", SMALL), pool.engine("cpu", OTHER)
    number = second.running
    with first.session():
        _end([pid for pid in servers() if children(pid)])

    assert not pool.unhurt(noted)
    assert first.running is None
    assert pool.unhurt(pool.warm(["cpu"], SMALL))
    assert not pool.unhurt(noted)
    assert second.running == number


def test_a_server_that_had_ended_before_hurts_nothing(pool: EnginePool) -> None:
    """One of other limits, of an earlier plan say, is not a reason to grade a submission again, and again."""
    pool.warm(["cpu"], OTHER)
    with pool.engine("cpu", OTHER).session():
        _end([pid for pid in servers() if children(pid)])

    noted = pool.warm(["cpu"], SMALL)

    assert pool.unhurt(noted)


def test_a_pool_in_a_fork_is_empty(pool: EnginePool) -> None:
    """A forked copy of the grader starts its own, and leaves alone what is not its own."""
    before = servers()
    child = os.fork()
    if child == 0:
        pool.close()
        os._exit(pool.engine("cpu", SMALL).running or 0)

    assert os.waitpid(child, 0)[1] == 0
    assert servers() == before
    with pool.engine("cpu", Limits(**dataclasses.asdict(SMALL))).session() as session:
        assert session.run_cell("1").ok
