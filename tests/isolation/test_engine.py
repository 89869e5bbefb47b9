"""Sessions and probes: what they run, what they give back, and what their deaths cost."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.errors import UsageError
from torchmarks.isolation import CellRun, Engine, Limits, Probe, ProcessDied, Session
from torchmarks.isolation.engine import How

WRITE_TO_ALL = "import os\n for fd in range(3, 60):\n  try: os.write(fd, {})\n  except OSError: pass"


def printed(run: CellRun) -> str:
    """The text that a cell printed, which must have ended well."""
    assert run.died is None, run.died
    assert run.ok, run.outputs
    return "".join(output["text"] for output in run.outputs if output["output_type"] == "stream")


def how(run: CellRun) -> How:
    """How a cell's process died."""
    assert run.died is not None, run.outputs
    return run.died.how


def call(probe: Probe, name: str) -> str:
    """Call a student's function without arguments in a probe."""
    return probe.request("call", name.encode()).decode()


def test_cells_share_names(session: Session) -> None:
    """A name that one cell binds is there in the next."""
    session.run_cell("a = 41")

    assert printed(session.run_cell("print(a + 1)")) == "42\n"


def test_an_exception_is_an_output_and_no_death(session: Session) -> None:
    """A failing cell gives an error output; the session goes on."""
    run = session.run_cell("1 / 0")

    assert (run.ok, run.died, run.outputs[-1]["ename"]) == (False, None, "ZeroDivisionError")
    assert printed(session.run_cell("print('on')")) == "on\n"


def test_the_files_lie_in_the_working_directory(engine: Engine) -> None:
    """A session's data files are there, at their relative paths."""
    with engine.session({"data/points.csv": b"1,2\n"}) as session:
        assert printed(session.run_cell("print(open('data/points.csv').read())")) == "1,2\n\n"


def test_a_module_beside_the_notebook_can_be_imported(engine: Engine) -> None:
    """The working directory is on the import path, as in Jupyter."""
    with engine.session({"beside.py": b"value = 5"}) as session:
        assert printed(session.run_cell("import beside; print(beside.value)")) == "5\n"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
def test_a_file_outside_the_working_directory_is_refused(engine: Engine, name: str) -> None:
    """A path that leads out of the session's directory is the caller's mistake."""
    with pytest.raises(UsageError):
        engine.session({name: b""})


def test_a_probe_does_not_change_the_session(session: Session) -> None:
    """What a call in a probe does to names stays there."""
    session.run_cell("n = [0]\ndef f():\n    n[0] += 1\n    return n[0]")

    with session.probe() as probe:
        assert [call(probe, "f"), call(probe, "f")] == ["1", "2"]
    with session.probe() as probe:
        assert call(probe, "f") == "1"


def test_probes_may_be_open_together(session: Session) -> None:
    """Probes are snapshots of their moment, and closing one leaves the others alone."""
    session.run_cell("n = 1\ndef f(): return n")
    first = session.probe()
    session.run_cell("n = 2")
    second = session.probe()

    first.close()

    assert call(second, "f") == "2"
    second.close()


def test_backward_in_a_probe_after_backward_in_the_session(session: Session) -> None:
    """Autograd works in a fork of a process that has used it."""
    code = "import torch\ndef f():\n x = torch.ones(2, requires_grad=True)\n (x * 3).sum().backward()\n return x.grad\n"
    session.run_cell(code + "f()")

    with session.probe() as probe:
        assert call(probe, "f") == "tensor([3., 3.])"


def test_the_simulated_accelerator_survives_the_fork() -> None:
    """In the world with a device, backward works in a probe after the session has used it."""
    code = (
        "import torch\ndef f():\n x = torch.ones(2, device='sim', requires_grad=True)\n"
        " (x * 3).sum().backward()\n return x.grad\n"
    )
    with Engine(world="sim") as engine, engine.session() as session:
        run = session.run_cell(code + "f()")
        assert run.ok, run
        with session.probe() as probe:
            assert call(probe, "f").startswith("tensor([3., 3.]")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import time; time.sleep(60)", "timeout"),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", "timeout"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
        ("import os; os._exit(0)", "exit"),
        ("exit()", "exit"),
        ("import os; os.abort()", "signal"),
        ("import ctypes; ctypes.string_at(0)", "signal"),
        ("while True: print('spam')", "output"),
        ("print('x' * 10_000_000)", "output"),
        ("import os\nwhile True: os.write(1, b'spam' * 1000)", "output"),
        ("import os\nwhile True: os.write(2, b'spam' * 1000)", "output"),
        ("!yes", "output"),
        ("from IPython.display import display, Image\nwhile True: display({'text/plain': 'spam'}, raw=True)", "output"),
        ("from IPython.display import clear_output\nwhile True: clear_output()", "output"),
    ],
)
def test_a_cell_that_kills_its_process(session: Session, code: str, expected: How) -> None:
    """Hangs, exits, crashes and floods end the session, each with its reason, within the cell's limit."""
    limit_s = 1.5 if expected == "timeout" else 60

    run = session.run_cell(code, limit_s=limit_s)

    assert how(run) == expected
    assert run.seconds < limit_s + 10
    assert not session.alive


def test_output_before_a_death_is_kept(session: Session) -> None:
    """What a cell printed before it hung is shown to the student."""
    run = session.run_cell("print('so far'); import time; time.sleep(9)", limit_s=0.5)

    assert run.outputs == ({"output_type": "stream", "name": "stdout", "text": "so far\n"},)


def test_kept_output_is_bounded(session: Session, engine: Engine) -> None:
    """Of a flood no more than the limit is kept."""
    run = session.run_cell("while True: print('spam' * 100)")

    assert sum(len(output["text"]) for output in run.outputs) <= engine.limits.output_bytes


def test_a_dead_session_says_so(session: Session) -> None:
    """A dead session runs nothing and forks nothing."""
    session.run_cell("import os; os._exit(3)")

    with pytest.raises(ProcessDied):
        session.run_cell("1")
    with pytest.raises(ProcessDied):
        session.probe()


def test_the_exit_status_is_told(session: Session) -> None:
    """The student reads with which status the process ended."""
    run = session.run_cell("import os; os._exit(3)")

    assert run.died is not None
    assert "exit status 3" in run.died.detail


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("import time; time.sleep(60)", "timeout"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
        ("import os; os._exit(0)", "exit"),
        ("import ctypes; ctypes.string_at(0)", "signal"),
        (WRITE_TO_ALL.format("b'x' * 99"), "protocol"),
        ("import os\n for fd in range(3, 60):\n  try: os.close(fd)\n  except OSError: pass", "exit"),
        (WRITE_TO_ALL.format("bytes(7) + b'\\x01\\xc1'"), "protocol"),
        ("return 'x' * 5_000_000", "protocol"),
    ],
)
def test_a_call_that_kills_its_probe(session: Session, body: str, expected: How) -> None:
    """Whatever a call does to its probe, the session it was forked from goes on."""
    session.run_cell(f"def f():\n {body}")
    probe = session.probe()

    with pytest.raises(ProcessDied) as caught:
        probe.request("call", b"f", limit_s=1.0)

    assert caught.value.died.how == expected
    assert printed(session.run_cell("print('on')")) == "on\n"


def test_a_dead_probe_says_so(session: Session) -> None:
    """A probe that has died answers no more."""
    session.run_cell("import os\ndef f(): os._exit(1)")
    probe = session.probe()

    for _ in range(2):
        with pytest.raises(ProcessDied):
            probe.request("call", b"f")


def test_an_exception_in_a_handler_is_told(session: Session) -> None:
    """A request that cannot be carried out raises, and says why."""
    with session.probe() as probe, pytest.raises(ProcessDied, match="KeyError: 'nothing'"):
        probe.request("call", b"nothing")


def test_what_a_probe_started_is_gone_with_it(session: Session) -> None:
    """A daemon that a call leaves behind ends with the probe."""
    session.run_cell(
        textwrap.dedent("""
            import os
            reader, writer = os.pipe()
            def f():
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        os.execvp("sleep", ["sleep", "60"])
                    os._exit(0)
        """)
    )
    with session.probe() as probe:
        call(probe, "f")

    # The daemon would hold the writing end: without it, and with ours closed, the pipe is at its end.
    assert printed(session.run_cell("os.close(writer); print(os.read(reader, 1))")) == "b''\n"


def test_files_are_as_before_a_probe(session: Session) -> None:
    """What a call writes, changes or deletes is put back when the probe ends."""
    session.run_cell(
        textwrap.dedent("""
            import os
            open("kept", "w").write("kept"); open("gone", "w").write("gone"); os.mkdir("folder")
            def f():
                open("kept", "w").write("changed"); os.remove("gone"); os.rmdir("folder")
                open("new", "w").write("new"); open("/scratch/tmp/new", "w").write("new"); os.mkfifo("pipe")
        """)
    )
    with session.probe() as probe:
        call(probe, "f")

    code = "print(sorted(os.listdir('.')), os.listdir('/scratch/tmp'), open('kept').read(), open('gone').read())"
    assert printed(session.run_cell(code)) == "['folder', 'gone', 'kept'] [] kept gone\n"


def test_a_big_message_to_a_process_that_does_not_read(session: Session) -> None:
    """A request that is never read costs its time limit, not the grader."""
    session.run_cell("import os\ndef f(): os.kill(os.getpid(), 19)")
    probe = session.probe()

    with pytest.raises(ProcessDied, match="longer than 1 s"):
        probe.request("call", b"f" + bytes(0), limit_s=1.0)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, as in a terminal: a shell starts what runs in its background without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_of_the_grader_s_ends_the_session(session: Session) -> None:
    """Ctrl-C while a cell runs leaves no half-run session behind."""
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()

    with pytest.raises(KeyboardInterrupt):
        session.run_cell("import time; time.sleep(5)")

    assert not session.alive


def test_a_hurt_server_is_replaced(engine: Engine) -> None:
    """When the server is killed, its sessions are dead and the next session has a new server."""
    session = engine.session()
    assert engine._server is not None
    engine._server.process.kill()
    run = session.run_cell("import time; time.sleep(1)")

    assert run.died is not None
    with engine.session() as after:
        assert printed(after.run_cell("print(1)")) == "1\n"


def test_threads_that_print_between_cells(session: Session) -> None:
    """A thread left running neither ends the session nor mixes its text into later cells wrongly."""
    session.run_cell(
        "import threading, time\n"
        "def spam():\n"
        "    while True: print('spam'); time.sleep(0.001)\n"
        "threading.Thread(target=spam, daemon=True).start()"
    )
    time.sleep(0.2)

    run = session.run_cell("x = 1")

    assert (run.ok, run.died) == (True, None)


def test_a_probe_beside_a_thread_of_the_students(session: Session) -> None:
    """A session with a running thread can still be probed."""
    session.run_cell("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()")

    with session.probe() as probe:
        assert probe.request("echo", b"x") == b"x"


def test_an_engine_survives_the_thread_that_made_it() -> None:
    """The server does not die with the thread that happened to start it."""
    made = []
    thread = threading.Thread(target=lambda: made.append((engine := Engine(), engine.session())))
    thread.start()
    thread.join()
    engine, session = made[0]

    with engine:
        time.sleep(0.3)
        assert printed(session.run_cell("print(1)")) == "1\n"


_GRADER = """
import os, signal, sys, time
sys.path.insert(0, {root!r})
from torchmarks.isolation import Engine
engine = Engine()
session = engine.session()
{rest}
"""
# The fork is a sibling worker: it holds a copy of every line, so the server sees no end of file when the grader dies.
_BUSY = """
session.run_cell("import os\\nfor _ in range(3): os.fork()")
worker = os.fork()
if worker == 0:
    time.sleep(30)
    os._exit(0)
print(worker, flush=True)
session.run_cell("import time; time.sleep(60)", limit_s=60)
"""
_PATIENT = """
signal.signal(signal.SIGINT, lambda *_: None)
print("ready", flush=True)
sys.stdin.readline()
print(session.run_cell("print(1)").ok, flush=True)
"""


def _grader(rest: str) -> subprocess.Popen[str]:
    """A grader in a process group of its own."""
    script = _GRADER.format(root=str(Path(__file__).parents[2]), rest=rest)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", script], text=True, start_new_session=True, **pipes)  # type: ignore[call-overload, no-any-return]


def _descendants(root: int) -> set[int]:
    """Processes below `root`."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_grader_leaves_nothing(number: int) -> None:
    """When the grader is killed or interrupted, server, sessions and all they started end with it."""
    with _grader(_BUSY) as grader:
        assert grader.stdout is not None
        worker = int(grader.stdout.readline())
        family = _descendants(grader.pid) - {worker}
        assert len(family) > 8

        os.kill(grader.pid, number)
        grader.wait(10)
        for _ in range(100):
            if not any(Path(f"/proc/{pid}").exists() for pid in family):
                break
            time.sleep(0.05)
        left = [pid for pid in family if Path(f"/proc/{pid}").exists()]
        os.kill(worker, signal.SIGKILL)

    assert left == []


def test_ctrl_c_reaches_the_grader_only() -> None:
    """A grader that handles Ctrl-C, to finish the submission at hand, still has its server."""
    with _grader(_PATIENT) as grader:
        assert grader.stdout is not None
        assert grader.stdin is not None
        assert grader.stdout.readline() == "ready\n"
        os.killpg(grader.pid, signal.SIGINT)
        time.sleep(0.3)
        grader.stdin.write("\n")
        grader.stdin.flush()

        assert grader.stdout.readline() == "True\n"


def test_close_leaves_no_process_and_no_descriptor() -> None:
    """A closed engine leaves neither a child process nor an open descriptor."""
    Engine().close()  # starts the launcher thread and finds bwrap
    before = set(os.listdir("/proc/self/fd"))
    with Engine() as engine, engine.session() as session:
        session.probe()
        family = _descendants(os.getpid())

    assert set(os.listdir("/proc/self/fd")) == before
    assert len(family) > len(_descendants(os.getpid()))


def test_limits_are_frozen() -> None:
    """Limits cannot be raised behind the engine's back."""
    with pytest.raises(AttributeError):
        Limits().cpu_s = 1  # type: ignore[misc]
