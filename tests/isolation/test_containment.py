"""Hostile code in a session: what it cannot reach, and that it costs nobody but itself."""

import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from torchmarks.isolation import CellRun, Engine, Limits, ProcessDied, Session
from torchmarks.isolation.client import visible

from .processes import children, servers, threads_below

pytestmark = pytest.mark.namespaces


def run(session: Session, code: str) -> CellRun:
    """Run dedented code."""
    return session.run_cell(textwrap.dedent(code))


def printed(session: Session, code: str) -> str:
    """What a cell that must end well prints, stripped."""
    done = run(session, code)
    assert done.died is None, done.died
    assert done.ok, done.outputs
    return "".join(output["text"] for output in done.outputs if output["output_type"] == "stream").strip()


def assert_next_is_clean(engine: Engine) -> None:
    """A fresh session works as if nothing had happened."""
    with engine.session() as session:
        code = "import os; print(*[os.listdir(name) for name in ('.', '/scratch/tmp', '/dev/shm')])"
        assert printed(session, code) == "[] [] []"


@pytest.mark.parametrize(
    "path", [str(Path.home()), str(Path(__file__).parent), "/etc/shadow", "/etc/hosts", "/var", "/run", "/boot", "/srv"]
)
def test_the_grader_s_files_are_not_there(session: Session, path: str) -> None:
    """No home, no course folder, no configuration of the machine: nothing but folders on the way to Python."""
    on_the_way = {
        folder.relative_to(path).parts[0] for folder in visible.python_folders() if folder.is_relative_to(path)
    }
    code = f"import os\np = {path!r}\nprint(*(os.listdir(p) if os.path.isdir(p) else ['file'] * os.path.exists(p)))"

    assert set(printed(session, code).split()) <= on_the_way


def test_the_repository_is_not_there(session: Session) -> None:
    """Of the folder that the package lies in nothing is seen but the Python environment."""
    code = f"""
        import os
        root = {str(Path(__file__).parents[2])!r}
        names = ("tests", "source", "release", "gradebook.db", ".git", "torchmarks")
        print([name for name in names if os.path.exists(os.path.join(root, name))])
    """

    assert printed(session, code) == "[]"


def test_of_the_package_there_is_what_runs_inside(session: Session) -> None:
    """The student's half, the inside and the protocol; nothing of the grader's side can even be read."""
    code = """
        import os, torchmarks
        root = os.path.dirname(torchmarks.__file__)
        print(*sorted(os.listdir(root)), *sorted(os.listdir(f"{root}/isolation")))
    """
    inside = "__init__.py checks errors.py isolation lazy.py __init__.py inside protocol"

    assert printed(session, code) == inside


@pytest.mark.parametrize("folder", ["/", "/usr", "/dev", "/etc", "/proc", "/opt/torchmarks/torchmarks", sys.prefix])
def test_nothing_but_the_scratch_is_writable(session: Session, folder: str) -> None:
    """Only the session's own folders take a file."""
    code = f"""
        try:
            open({folder!r} + "/x", "w")
        except OSError as error:
            print("refused")
    """

    assert printed(session, code) == "refused"


def test_the_environment_is_built_from_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the grader's arrives, and none tells that grading goes on."""
    monkeypatch.setenv("SECRET_TOKEN", "x")

    names = printed(session, "import os; print(*sorted(os.environ))").split()

    assert "SECRET_TOKEN" not in names
    assert [name for name in names if "GRAD" in name.upper() or "TORCHMARKS" in name.upper()] == []


def test_a_new_server_sees_no_variable_of_the_grader_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's environment is not inherited either."""
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with Engine() as engine, engine.session() as session:
        assert printed(session, "import os; print(os.environ.get('SECRET_TOKEN'))") == "None"


def test_no_network(session: Session) -> None:
    """There is no interface but an unconfigured loopback."""
    code = """
        import socket
        print(socket.if_nameindex())
        try:
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        except OSError as error:
            print("refused")
    """

    assert printed(session, code) == "[(1, 'lo')]\nrefused"


def test_other_processes_are_not_seen(session: Session) -> None:
    """Process numbers start anew, and /proc is empty but for what the hardware is."""
    code = "import os; print(os.getppid(), sorted(os.listdir('/proc')))"

    assert printed(session, code) == "1 ['cpuinfo', 'meminfo']"


def test_process_1_cannot_be_killed_from_inside(session: Session) -> None:
    """The supervisor survives every signal that the student sends."""
    code = """
        import os, signal
        for number in set(range(1, 65)) - {32, 33}:
            os.kill(1, number)
        print("sent")
    """
    assert printed(session, code) == "sent"
    time.sleep(0.2)

    assert printed(session, "print('on')") == "on"


def test_killing_everything_kills_oneself_at_most(engine: Engine) -> None:
    """kill(-1) reaches nobody outside."""
    with engine.session() as other, engine.session() as session:
        run(session, "import os, signal; os.kill(-1, signal.SIGKILL)")
        assert printed(other, "print('on')") == "on"
    assert_next_is_clean(engine)


@pytest.mark.parametrize(
    "call",
    [
        "libc.ptrace(16, 1, 0, 0)",
        "libc.unshare(0x10000000)",
        "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "libc.umount2(b'/proc', 2)",
        "libc.setns(3, 0)",
        "libc.chroot(b'/tmp')",
        "libc.memfd_create(b'x', 0)",
        "libc.shmget(0, 4096, 0o1600)",
        "libc.sethostname(b'x', 1)",
        "libc.setuid(0)",
        "libc.personality(0x0040000)",
        "libc.prlimit(1, 7, b'\\0' * 16, None)",
        "libc.syscall(250, 1, None, 0, 0, 0)",
    ],
)
def test_privileged_calls_are_refused(session: Session, call: str) -> None:
    """Tracing, namespaces, mounts, uncounted memory and other processes' limits are out of reach."""
    code = f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        print({call} == -1 and ctypes.get_errno() in (1, 22, 38))
    """

    assert printed(session, code) == "True"


def test_a_new_user_namespace_by_clone_is_refused(session: Session) -> None:
    """The other way to make namespaces is closed too."""
    assert run(session, "import subprocess; subprocess.run(['unshare', '-U', 'true'], check=True)").ok is False


def test_no_capability_is_left(session: Session) -> None:
    """All capability sets are empty and stay so."""
    code = """
        import ctypes
        libc = ctypes.CDLL(None)
        header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        print(libc.capget(header, data), list(data))
        print([c for c in range(41) if libc.prctl(23, c, 0, 0, 0) == 1], libc.prctl(39, 0, 0, 0, 0))
    """

    assert printed(session, code) == "0 [0, 0, 0, 0, 0, 0]\n[] 1"


def test_no_descriptor_of_the_server_s_is_open(session: Session) -> None:
    """Standard streams and the session's own channel, nothing else."""
    code = """
        import os
        found = []
        for fd in range(1024):
            try:
                os.fstat(fd)
                found.append(fd)
            except OSError:
                pass
        print(len(found))
    """

    assert printed(session, code) == "4"


def test_a_session_cannot_read_another_s_files(engine: Engine) -> None:
    """What one submission writes, the next and a simultaneous one do not see."""
    with engine.session({"secret.txt": b"s"}) as one, engine.session() as other:
        run(one, "for name in ('/scratch/tmp', '/dev/shm', '/scratch'): open(name + '/t', 'w').write('x')")
        code = "import os; print(*[os.listdir(name) for name in ('.', '/scratch/tmp', '/dev/shm')])"
        assert printed(other, code) == "[] [] []"
        assert printed(other, "import os; print(os.path.exists('/scratch/t'))") == "False"
    assert_next_is_clean(engine)


def test_changes_to_modules_do_not_reach_the_next_session(engine: Engine) -> None:
    """Patched builtins, torch and IPython vanish with the session."""
    with engine.session() as session:
        run(session, "import builtins, torch; builtins.evil = 1; torch.ones = None; get_ipython().run_cell = None")
    with engine.session() as session:
        code = "import builtins, torch; print(hasattr(builtins, 'evil'), torch.ones is None)"
        assert printed(session, code) == "False False"


def test_what_the_server_never_loads(session: Session) -> None:
    """No module of the grading half, and no test framework, is in the memory that students inherit."""
    code = """
        import sys
        roots = {name.split(".")[0] for name in sys.modules}
        print(roots & {"nbgrader", "nbconvert", "sqlalchemy", "pytest", "dask", "distributed"})
        ours = {name.split(".")[1] for name in sys.modules if name.startswith("torchmarks.")}
        print(ours & {"judge", "grading", "answers", "verify", "preprocessors", "bulk", "repair", "report", "cli"})
    """

    assert printed(session, code) == "set()\nset()"


def test_memory_of_one_process_is_limited(session: Session) -> None:
    """Too large a tensor is an ordinary error; the session goes on."""
    done = run(session, "import torch; torch.ones(2**30)")

    assert (done.ok, done.died) == (False, None)
    assert printed(session, "print('on')") == "on"


def test_memory_of_many_processes_is_limited(engine: Engine) -> None:
    """Spreading memory over processes does not help."""
    with engine.session() as session:
        done = run(
            session,
            """
            import os, time
            for _ in range(6):
                if os.fork() == 0:
                    kept = b"x" * 200_000_000
                    time.sleep(60)
            time.sleep(60)
            """,
        )
    assert done.died is not None
    assert done.died.name == "memory"
    assert_next_is_clean(engine)


_HELD = "import time, torch\nbig = torch.ones(37_500_000)"  # 150 MB
_REST = "import time; time.sleep(0.3)"  # the supervisor looks every 50 ms


@pytest.mark.parametrize(
    "between",
    ["pass", "big[:1000] = 2", "more = torch.ones(10_000_000)", "del big"],
    ids=["nothing", "a small write", "a bit more", "given back"],
)
def test_memory_shared_with_snapshots_counts_once(session: Session, between: str) -> None:
    """150 MB held at five snapshots are 150 MB, whatever little the next cells do with them."""
    run(session, _HELD)
    probes = [session.probe() for _ in range(5)]

    assert run(session, between).died is None
    assert run(session, _REST).died is None
    assert len(probes) == 5


@pytest.mark.parametrize(
    ("first", "between"),
    [
        ("import os; os.register_at_fork(after_in_child=lambda: big.add_(1))", "pass"),
        ("pass", "import os\nfor _ in range(5):\n    if os.fork() == 0: big.add_(1); time.sleep(60)"),
        ("import os; os.register_at_fork(after_in_child=lambda: globals().update(more=big + 1))", "pass"),
    ],
    ids=["written to in each snapshot", "written to in processes of its own", "more in each snapshot"],
)
def test_memory_no_longer_shared_counts_each_time(engine: Engine, first: str, between: str) -> None:
    """What a snapshot, or another process, has copied or allocated is its own: five times 150 MB are too much."""
    with engine.session() as session:
        run(session, f"{_HELD}\n{first}")
        died = None
        try:
            probes = [session.probe() for _ in range(5)]
            died = run(session, f"{between}\nimport time; time.sleep(3)").died  # it is not waited for once it has died
            assert len(probes) == 5
        except ProcessDied as error:
            died = error.died
    assert died is not None
    assert died.name == "memory"


def test_memory_given_back_after_a_snapshot_is_still_the_snapshot_s(engine: Engine) -> None:
    """Snapshots that each hold what the others do not: their sum counts, though the process itself has little."""
    with engine.session() as session:
        probes = []
        for _ in range(4):
            died = run(session, "import time, torch\nbig = torch.ones(37_500_000)\ntime.sleep(0.2)").died
            if died is not None:
                break
            probes.append(session.probe())
            assert run(session, "del big\ntime.sleep(0.2)").died is None
            probes.append(session.probe())
    assert died is not None
    assert died.name == "memory"
    assert len(probes) == 6


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "!bash -c ':(){ :|:& };:'",
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    ],
)
def test_fork_bombs_are_contained(engine: Engine, code: str) -> None:
    """The number of processes and threads is limited at all times, whoever the grader runs as and however busy the
    machine is; the next session is clean.
    """
    counts = [0]
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.02):
            counts.append(sum(map(threads_below, servers())))

    watch = threading.Thread(target=count)
    watch.start()
    try:
        with engine.session() as session:
            session.run_cell(code, limit_s=2.0)
            time.sleep(0.3)
    finally:
        over.set()
        watch.join()
    assert max(counts) <= 3 * engine.limits.processes  # twice is what comes and goes during a look
    assert_next_is_clean(engine)


def test_too_many_processes_are_reported(session: Session) -> None:
    """The student reads that it was the number of processes, even where the kernel does not count (root)."""
    done = session.run_cell(
        "import os, time\nfor _ in range(30):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(60)"
    )

    assert done.died is not None
    assert done.died.name == "processes" or "Resource temporarily unavailable" in str(done.outputs)


def test_cpu_time_of_all_processes_together_is_limited() -> None:
    """Many processes share one allowance."""
    with Engine(Limits(cpu_s=1)) as engine, engine.session() as session:
        done = run(session, "import os\nos.fork(); os.fork()\nwhile True: pass")
    assert done.died is not None
    assert done.died.name == "cpu"


@pytest.mark.parametrize("folder", [".", "/scratch/tmp", "/dev/shm", "/scratch"])
def test_the_scratch_is_limited(session: Session, engine: Engine, folder: str) -> None:
    """Many files together cannot exceed the limit."""
    code = f"""
        total = 0
        try:
            for i in range(1000):
                with open({folder!r} + f"/f{{i}}", "wb") as file:
                    total += file.write(bytes(1_000_000))
        except OSError:
            print(total)
    """

    assert int(printed(session, code)) <= engine.limits.scratch_bytes


def test_one_file_is_limited(session: Session) -> None:
    """A file cannot grow beyond its limit."""
    assert run(session, "open('f', 'wb').write(bytes(9_000_000))").ok is False


def test_daemons_end_with_the_session(engine: Engine) -> None:
    """A process that has left its session and parent is killed nevertheless."""
    with engine.session() as session:
        run(
            session,
            """
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execvp("sleep", ["sleep", "987654"])
                os._exit(0)
            time.sleep(0.1)
            """,
        )
        assert any(_running("987654") or time.sleep(0.1) for _ in range(50))  # it may take a moment to start
    assert not _running("987654")


def _running(word: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\\xff" * 64,
        b"\\0" * 8,
        b"\\0" * 7 + b"\\x10",
        b"\\0" * 7 + b"\\x01\\xc1",
        b"\\0" * 4 + b"\\x7f" * 4,
        b"\\0" * 7 + b"\\x06\\xd6\\xff\\0\\0\\0\\0",
    ],
)
def test_forged_messages_cost_the_session_only(engine: Engine, bytes_sent: bytes) -> None:
    """Nonsense on the session's own channel is recognised before anything is allocated or decoded."""
    with engine.session() as session:
        code = "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'{}')\n    except OSError: pass"
        done = session.run_cell(code.format(bytes_sent.decode()), limit_s=1.0)
    assert done.died is not None
    assert done.died.name in ("protocol", "timeout")
    assert_next_is_clean(engine)


def test_a_closed_channel_costs_the_session_only(engine: Engine) -> None:
    """Closing every descriptor ends the session."""
    with engine.session() as session:
        done = session.run_cell("import os; os.closerange(0, 64)")
    assert done.died is not None
    assert_next_is_clean(engine)


def test_one_session_s_flood_does_not_stop_another(engine: Engine) -> None:
    """Two open sessions have lines of their own."""
    with engine.session() as one, engine.session() as other:
        one.run_cell(
            "import threading\ndef f():\n    while True: print('spam')\nthreading.Thread(target=f, daemon=True).start()"
        )
        assert printed(other, "print('on')") == "on"


def test_no_process_is_left(engine: Engine) -> None:
    """After a session no server has a process below it."""
    with engine.session() as session:
        run(session, "import os\nfor _ in range(3): os.fork()")

    assert servers()
    assert [children(server) for server in servers()] == [[]] * len(servers())
