"""Sessions and probes: what they run, what they give back, and what their deaths cost."""

import errno
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
from torchmarks.isolation import CellRun, Engine, Limits, ProcessDied, ServerHurt, Session
from torchmarks.isolation.client.death import Ending
from torchmarks.isolation.protocol import statements

from ..calls import ask, call, call_bare
from ..processes import is_zombie, kill_servers

WRITE_TO_ALL = "import os\n for fd in range(3, 60):\n  try: os.write(fd, {})\n  except OSError: pass"


def printed(run: CellRun) -> str:
    """The text that a cell printed, which must have ended well."""
    assert run.died is None, run.died
    assert run.ok, run.outputs
    return "".join(output["text"] for output in run.outputs if output["output_type"] == "stream")


def how(run: CellRun) -> Ending:
    """How a cell's process died."""
    assert run.died is not None, run.outputs
    return run.died.name


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
    with pytest.raises(UsageError, match="not a path inside the working directory"):
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


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_a_closed_stream_costs_no_probe(session: Session, descriptor: int) -> None:
    """The channel of a probe that got the number of a stream stays a channel."""
    session.run_cell(f"import os\nos.close({descriptor})\ndef answer():\n    return 7")

    with session.probe() as probe:
        assert call(probe, "answer") == "7"


@pytest.mark.parametrize("timer", ["REAL", "VIRTUAL", "PROF"])
def test_an_alarm_ends_with_its_cell(session: Session, timer: str) -> None:
    """What a cell forgot to switch off does not go off while tests wait for the process."""
    kind = {"REAL": "ALRM", "VIRTUAL": "VTALRM", "PROF": "PROF"}[timer]
    session.run_cell(f"import signal\nsignal.signal(signal.SIG{kind}, lambda *_: 1 / 0)")
    session.run_cell(f"signal.setitimer(signal.ITIMER_{timer}, .2)")

    assert printed(session.run_cell(f"print(signal.getitimer(signal.ITIMER_{timer})[0])")) == "0.0\n"


def test_backward_in_a_probe_after_backward_in_the_session(session: Session) -> None:
    """Autograd works in a fork of a process that has used it."""
    code = "import torch\ndef f():\n x = torch.ones(2, requires_grad=True)\n (x * 3).sum().backward()\n return x.grad\n"
    session.run_cell(code + "f()")

    with session.probe() as probe:
        assert call(probe, "f") == "tensor([3., 3.])"


def test_the_simulated_accelerator_survives_the_fork() -> None:
    """In the device with a device, backward works in a probe after the session has used it."""
    code = (
        "import torch\ndef f():\n x = torch.ones(2, device='sim', requires_grad=True)\n"
        " (x * 3).sum().backward()\n return x.grad\n"
    )
    with Engine(device="sim") as engine, engine.session() as session:
        run = session.run_cell(code + "f()")
        assert run.ok, run
        with session.probe() as probe:
            assert call(probe, "f").startswith("tensor([3., 3.]")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sum(range(10**12))", "timeout"),
        ("import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass", "timeout"),
        ("import signal; signal.signal(2, signal.SIG_IGN)\nwhile True: x = 1", "timeout"),
        ("import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: y = 1", "timeout"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "timeout"),
        ("import os; os._exit(0)", "exit"),
        ("exit()", "exit"),
        ("import os; os.abort()", "signal"),
        ("import ctypes; ctypes.string_at(0)", "signal"),
    ],
)
def test_a_cell_that_kills_its_process(session: Session, code: str, expected: Ending) -> None:
    """Hangs that no interrupt ends, exits and crashes end the session, each with its reason, in the cell's time."""
    limit_s = 1.5 if expected == "timeout" else 60

    run = session.run_cell(code, limit_s=limit_s)

    assert how(run) == expected
    assert run.seconds < limit_s + 10
    assert not session.alive


@pytest.mark.parametrize(
    "hang",
    [
        "import time; time.sleep(60)",
        "while True: x = 1",
        "import threading; threading.Event().wait()",
        "import subprocess; subprocess.run(['sleep', '60'])",
        "!sleep 60",
        "import asyncio; await asyncio.sleep(60)",
        "%time while True: x = 1",
        "import signal; signal.signal(2, signal.default_int_handler)\nwhile True: x = 1",
        "while True: print('spam')",
        "try:\n    while True: x = 1\nfinally:\n    finally_ran = True",
    ],
)
def test_a_cell_stopped_at_its_limit_keeps_what_stood(session: Session, hang: str) -> None:
    """It is interrupted as by Ctrl-C: what it had defined is there, what would have followed is not."""
    run = session.run_cell(f"def before(): return 1\n{hang}\nafter = 2", limit_s=1.0)

    assert run.died is None
    assert run.stopped is not None
    assert (run.stopped.name, run.stopped.value) == ("timeout", 1.0)
    assert run.outputs[-1]["ename"] == "KeyboardInterrupt"
    assert printed(session.run_cell("print(before(), 'after' in globals())")) == "1 False\n"


def test_a_probe_outlives_an_interrupt_of_a_later_cell(session: Session) -> None:
    """A snapshot taken before a cell that was stopped still answers."""
    session.run_cell("def f(): return 5")
    probe = session.probe()
    run = session.run_cell("while True: x = 1", limit_s=0.5)

    assert run.stopped is not None
    assert call(probe, "f") == "5"


def test_an_interrupt_between_cells_stops_nothing(session: Session) -> None:
    """The process of a session outlives an interrupt that comes too late, whoever handles it by then."""
    session.run_cell("import os, signal, threading, time\nsignal.signal(2, signal.SIG_DFL)")
    session.run_cell("threading.Thread(target=lambda: (time.sleep(0.2), os.kill(os.getpid(), 2))).start()")
    time.sleep(0.5)

    assert printed(session.run_cell("print('on')")) == "on\n"


def test_an_interrupt_while_frames_are_sent(session: Session) -> None:
    """A flood that is interrupted again and again leaves the channel between the two in order."""
    for _ in range(5):
        run = session.run_cell("while True: print('spam' * 100)", limit_s=0.3)
        assert (run.died, run.stopped is None) == (None, False)

    assert printed(session.run_cell("print('on')")) == "on\n"


@pytest.mark.parametrize(
    ("end", "finished"),
    [
        ("import os; os._exit(0)", 3),
        ("exit()", 2),
        ("import ctypes; ctypes.string_at(0)", 3),
        ("%pinfo a\nimport os; os.abort()", 4),
        ("import asyncio; await asyncio.sleep(0)\nimport os; os._exit(0)", 5),
        ("get_ipython().run_cell('u = 1; v = 2; import os; os._exit(0)')", 2),
        ("def f(:", 0),
    ],
)
def test_the_statement_that_ended_the_process_is_known(session: Session, end: str, finished: int) -> None:
    """So many statements of the cell had come to their end, magics and awaits included."""
    assert session.run_cell(f"a = 1\nb = 2\n{end}\nc = 3").finished == finished


def test_the_first_statements_of_a_cell(session: Session) -> None:
    """A cell can be run again up to one of its statements; nothing of it is shown as a result."""
    run = session.run_cell("a = 1\n!true\na\nimport os; os._exit(0)", most=3)

    assert (run.ok, run.outputs, run.finished) == (True, (), 3)
    assert printed(session.run_cell("print(a)")) == "1\n"


@pytest.mark.parametrize("claimed", [2**64 - 1, 5])
def test_a_forged_count_of_statements_is_a_number(session: Session, engine: Engine, claimed: int) -> None:
    """The student's process may write what it likes into the page that it shares with the grader."""
    run = session.run_cell(f"import os\nget_ipython().counter.tell({claimed}), os._exit(0)")

    assert run.finished == claimed
    with engine.session() as again:
        assert again.run_cell("x = 1\ny = 2", most=run.finished).ok


@pytest.mark.parametrize(
    "flood",
    [
        "print('spam')",
        "import sys; print('spam' * 1000, file=sys.stderr)",
        "import os; os.write(1, b'spam' * 1000)",
        "import os; os.write(2, b'spam' * 1000)",
        "import subprocess; subprocess.run('yes spam | head -c 100000', shell=True)",
        "display({'text/plain': 'spam'}, raw=True)",
        "from IPython.display import clear_output; clear_output()",
        "get_ipython().showtraceback((ValueError, ValueError('x' * 100_000), None))",
    ],
)
def test_a_flood_is_cut_off_and_ends_at_the_time_limit(session: Session, engine: Engine, flood: str) -> None:
    """Output without end takes no more memory than the limit, and no more time than any other loop."""
    run = session.run_cell(f"y = 1\nwhile True: {flood}", limit_s=1.5)

    reason = run.died or run.stopped
    assert reason is not None
    assert reason.name == "timeout"
    assert len(str(run.outputs)) < 4 * engine.limits.output_bytes


def test_output_beyond_the_limit_is_cut_off(session: Session) -> None:
    """The cell goes on, a channel says that something is missing, and an error at its end is reported."""
    run = session.run_cell("print('x' * 1_000_000)\ny = 1\n1 / 0")

    assert (run.died, run.stopped) == (None, None)
    assert run.cut is not None
    assert (run.cut.name, run.cut.value) == ("output", 64 * 1024)
    assert "cut off" in run.outputs[-2]["text"]
    assert run.outputs[-1]["ename"] == "ZeroDivisionError"
    assert printed(session.run_cell("print(y)")) == "1\n"


@pytest.mark.parametrize(
    "command",
    [
        "!pip install -q einops",
        "%pip install einops",
        "!python -m pip install einops > /dev/null 2>&1",
        "import sys\n!{sys.executable} -m pip install einops",
        "!apt-get update -qq && apt-get install -y graphviz",
        "!curl -s https://example.com/x",
        "!git clone -q https://example.com/x",
        "import urllib.request; urllib.request.urlopen('https://example.com')",
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=60)",
        "import torch; torch.hub.load_state_dict_from_url('https://example.com/x.pt')",
    ],
)
def test_there_is_no_network_and_it_says_so(session: Session, command: str) -> None:
    """What would install or fetch something fails, and one line says why."""
    run = session.run_cell(command)

    assert (run.died, run.stopped) == (None, None)
    assert "There is no network while grading" in str(run.outputs)


@pytest.mark.parametrize("channel", ["print('spam')", "!true", "!echo pip install", "!false", "raise OSError(5, 'x')"])
def test_other_commands_say_nothing_of_a_network(session: Session, channel: str) -> None:
    """A command that works, or fails for another reason, is left alone."""
    assert "no network" not in str(session.run_cell(channel).outputs)


@pytest.mark.parametrize(
    "code",
    [
        "@torch.compile\ndef f(x): return x + 1",
        "@torch.compile(mode='reduce-overhead', fullgraph=True)\ndef f(x): return x + 1",
        "f = torch.compile(lambda x: x + 1, backend='inductor', dynamic=True)",
        "class M(torch.nn.Module):\n    def forward(self, x): return x + 1\nf = torch.compile(M())",
        "@torch.jit.script\ndef f(x: torch.Tensor) -> torch.Tensor: return x + 1",
        "m = torch.nn.Linear(1, 1); m.compile()\ndef f(x): return x + 1 + 0 * m(x)",
    ],
)
def test_compiled_functions_work(session: Session, code: str) -> None:
    """torch.compile leaves a function as it is: no compiler is needed."""
    assert printed(session.run_cell(f"import torch\n{code}\nprint(f(torch.ones(1)).tolist())")) == "[2.0]\n"


def test_output_before_a_death_is_kept(session: Session) -> None:
    """What a cell printed before it hung is shown to the student."""
    run = session.run_cell("print('so far'); import time; time.sleep(9)", limit_s=0.5)

    assert run.outputs[0] == {"output_type": "stream", "name": "stdout", "text": "so far\n"}


def test_kept_output_is_bounded(session: Session, engine: Engine) -> None:
    """Of a flood no more than the limit is kept."""
    run = session.run_cell("while True: print('spam' * 100)", limit_s=1.0)

    assert sum(len(output.get("text", "")) for output in run.outputs) <= engine.limits.output_bytes


@pytest.mark.parametrize("flood", ["print('x' * 99_999)", "get_ipython().system('head -c 99999 /dev/zero')"])
def test_what_is_printed_takes_no_memory(session: Session, flood: str) -> None:
    """A cell that prints 30 MB, most of which is cut off, does not hold them."""
    most = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"
    run = session.run_cell(f"import resource; before = {most}\nfor _ in range(300): {flood}", limit_s=30)
    grown = session.run_cell(f"print({most} - before)")

    assert run.ok
    assert int(grown.outputs[0]["text"]) < 10_000  # KiB


def test_a_dead_session_says_so(session: Session) -> None:
    """A dead session runs nothing and forks nothing."""
    session.run_cell("import os; os._exit(3)")

    with pytest.raises(ProcessDied, match="has ended"):
        session.run_cell("1")
    with pytest.raises(ProcessDied, match="has ended"):
        session.probe()


def test_the_exit_status_is_reported(session: Session) -> None:
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
        ("import torch; return torch.ones(2_000_000)", "protocol"),
    ],
)
def test_a_call_that_kills_its_probe(session: Session, body: str, expected: Ending) -> None:
    """Whatever a call does to its probe, the session it was forked from goes on."""
    session.run_cell(f"def f():\n {body}")
    probe = session.probe()

    with pytest.raises(ProcessDied) as caught:
        call_bare(probe, "f", limit_s=1.0)

    assert caught.value.died.name == expected
    assert printed(session.run_cell("print('on')")) == "on\n"


def test_a_dead_probe_says_so(session: Session) -> None:
    """A probe that has died answers no more."""
    session.run_cell("import os\ndef f(): os._exit(1)")
    probe = session.probe()

    for _ in range(2):
        with pytest.raises(ProcessDied, match="ended"):
            call(probe, "f")


def test_an_exception_in_a_handler_is_reported(session: Session) -> None:
    """A request that cannot be carried out raises, and says why."""
    with session.probe() as probe, pytest.raises(ProcessDied, match="KeyError: 'nothing'"):
        ask(probe, "nothing", b"")


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


@pytest.mark.namespaces
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
        call_bare(probe, "f", limit_s=1.0)


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
    kill_servers()
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
    session.run_cell(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef f(): return 1"
    )

    with session.probe() as probe:
        assert call(probe, "f") == "1"


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
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background has it ignored
sys.path.insert(0, {root!r})
from torchmarks.isolation import Engine
engine = Engine(isolation={isolation!r})
session = engine.session()
{rest}
"""
# The fork is a sibling worker: it holds a copy of every channel, so the server sees no end of file when the grader
# dies.
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


def _grader(rest: str, isolation: str = "auto") -> subprocess.Popen[str]:
    """A grader in a process group of its own."""
    script = _GRADER.format(root=str(Path(__file__).parents[3]), rest=rest, isolation=isolation)
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


@pytest.mark.parametrize(
    ("number", "isolation"), [(signal.SIGKILL, "auto"), (signal.SIGINT, "auto"), (signal.SIGKILL, "landlock")]
)
def test_a_killed_grader_leaves_nothing(number: int, isolation: str) -> None:
    """When the grader is killed or interrupted, server, sessions and all they started end with it."""
    with _grader(_BUSY, isolation) as grader:
        assert grader.stdout is not None
        worker = int(grader.stdout.readline())
        family = _descendants(grader.pid) - {worker}
        assert len(family) >= 8  # grader, warm processes, session, and of its copies those that go on

        os.kill(grader.pid, number)
        grader.wait(10)
        for _ in range(100):
            if all(map(is_zombie, family)):  # a container's process 1 need not reap
                break
            time.sleep(0.05)
        left = [pid for pid in family if not is_zombie(pid)]
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


def test_a_session_that_cannot_be_made_leaves_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no more files may be open: what was opened before is closed, at each of both attempts."""

    def refused() -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    Engine().close()
    before = set(os.listdir("/proc/self/fd"))
    with Engine() as engine:
        engine.session().close()
        monkeypatch.setattr(statements, "make_page", refused)
        with pytest.raises(ServerHurt, match="Too many open files"):
            engine.session()

    assert set(os.listdir("/proc/self/fd")) == before


def test_limits_are_frozen() -> None:
    """Limits cannot be raised behind the engine's back."""
    with pytest.raises(AttributeError, match="cannot assign to field"):
        Limits().cpu_s = 1  # type: ignore[misc]
