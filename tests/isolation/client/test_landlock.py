"""Level "landlock": a session works as at the other level, and reaches nothing, with the rules of older kernels too."""

import contextlib
import ctypes
import dataclasses
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchmarks.isolation import Engine, NoSandbox, Session
from torchmarks.isolation.client import landlock, launch
from torchmarks.isolation.client.enclosure import Enclosure, find_enclosure

from ..calls import call
from ..conftest import MIB, SMALL

_SYS_PTRACE = 19  # by its number, linux/capability.h


@pytest.fixture(scope="module", params=[99, 1])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine at this level, with the kernel's rules and with those of Linux 5.13."""

    def cut(isolation: str) -> Enclosure:
        found = find_enclosure("landlock")
        return dataclasses.replace(found, abi=min(found.abi, request.param))

    try:
        find_enclosure("landlock")
    except NoSandbox as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(launch, "find_enclosure", cut)
        with Engine(SMALL, isolation="landlock") as made:
            yield made


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A fresh session."""
    with engine.session() as made:
        yield made


def printed(session: Session, code: str) -> str:
    """What a cell that must end well prints, stripped."""
    done = session.run_cell(code)
    assert done.died is None, done.died
    assert done.ok, done.outputs
    return "".join(output["text"] for output in done.outputs if output["output_type"] == "stream").strip()


def refusals(session: Session, *expressions: str) -> list[str]:
    """For each expression the kind of error, or what it gave."""
    tried = "try: print(repr({}))\nexcept OSError as error: print(type(error).__name__)\n"
    body = "".join(map(tried.format, expressions))
    return printed(session, f"import ctypes, os, socket, subprocess\n{body}").splitlines()


def test_a_session_works(engine: Engine) -> None:
    """Cells, files, subprocesses, probes and temporary files."""
    with engine.session({"data/a.txt": b"x"}) as session:
        code = (
            "import subprocess, tempfile, torch\n"
            "def f(): return open('data/a.txt').read() + str(torch.ones(2).sum().item())\n"
            "with tempfile.NamedTemporaryFile('w') as file: file.write('y')\n"
            "print(subprocess.run(['echo', 'out'], capture_output=True, text=True).stdout)"
        )
        assert printed(session, code) == "out"
        with session.probe() as probe:
            assert call(probe, "f") == "x2.0"


def test_the_level_is_named(engine: Engine, session: Session) -> None:
    """By the processes inside, which know it."""
    assert engine.isolation in (landlock.ROOT_NAME, landlock.ROOT_WITHOUT_NAME, landlock.USER_NAME)


def test_another_session_is_out_of_reach(engine: Engine, session: Session) -> None:
    """Its folder cannot be listed, its files neither read nor written, its processes not signalled."""
    place, pid = printed(session, "import os; open('mine', 'w').write('x'); print(os.getcwd(), os.getpid())").split()
    with engine.session() as other:
        said = refusals(
            other,
            f"os.listdir({place!r})",
            f"open({place + '/mine'!r}).read()",
            f"open({place + '/mine'!r}, 'w')",
            f"os.listdir(os.path.dirname(os.path.dirname({place!r})))",
            f"os.kill({pid}, 0)",
            f"os.pidfd_open({pid}) and __import__('signal').pidfd_send_signal(os.pidfd_open({pid}), 0)",
        )

    assert said == ["PermissionError"] * 6


def test_the_grader_s_process_tells_nothing(session: Session) -> None:
    """Neither its environment nor its memory, descriptors or command."""
    pid = os.getpid()
    files = [f"open('/proc/{pid}/{name}', 'rb').read()" for name in ("environ", "maps", "mem", "cmdline")]

    said = refusals(session, *files, f"os.listdir('/proc/{pid}/fd')", "os.listdir('/proc')")

    assert said == ["PermissionError"] * 6


def test_sockets_of_this_machine_are_out_of_reach(session: Session) -> None:
    """No socket is made at all: Unix sockets, by path and by abstract names, are as far away as the network."""
    kinds = ("socket.AF_UNIX", "socket.AF_INET", "socket.AF_INET6", "socket.AF_NETLINK")

    said = refusals(
        session, *(f"socket.socket({kind})" for kind in kinds), "socket.create_connection(('127.0.0.1', 22), 1)"
    )

    assert said == ["OSError"] * 5


def test_a_datagram_reaches_nobody(session: Session) -> None:
    """By a pair of sockets that are not connected, to a path or an abstract name; nor is a name taken."""
    name = f"\0torchmarks-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        listening.settimeout(0.2)
        said = refusals(
            session,
            f"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', {name!r})",
            f"socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)[0].connect({name!r})",
            f"socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)[0].bind({name + '-2'!r})",
        )
        with pytest.raises(TimeoutError):
            listening.recv(1)

    assert said == ["OSError", "PermissionError", "PermissionError"]


def test_shared_memory_of_this_user_is_out_of_reach(session: Session) -> None:
    """A System V segment that the grader's user has made cannot be attached, read about or removed."""
    libc = ctypes.CDLL(None, use_errno=True)
    segment = libc.shmget(0, 4096, 0o1600)
    assert segment >= 0
    try:
        code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_long
print(libc.shmat({segment}, None, 0), libc.shmctl({segment}, 0, None), libc.shmget(0, 4096, 0o1600))
"""
        assert printed(session, code) == "-1 -1 -1"
    finally:
        libc.shmctl(segment, 0, None)


def test_files_that_all_read_stay_as_they_are(session: Session) -> None:
    """No mode, owner, time, attribute, name or length of a file of Python's, by path or descriptor."""
    before = os.stat(os.__file__)
    said = refusals(
        session,
        "os.chmod(os.__file__, 0o644)",
        "os.fchmod(os.open(os.__file__, os.O_RDONLY), 0o644)",
        "os.utime(os.__file__)",
        "os.utime(os.open(os.__file__, os.O_RDONLY))",
        "os.chown(os.__file__, -1, -1)",
        "os.setxattr(os.__file__, 'user.x', b'')",
        "os.link(os.__file__, 'mine')",
        "os.rename(os.__file__, 'mine')",
        "os.truncate(os.__file__, 0)",
        "open(os.__file__, 'a')",
        "os.unlink(os.__file__)",
    )

    assert not [text for text in said if text not in ("PermissionError", "OSError")]
    assert os.stat(os.__file__)[:9] == before[:9]


def test_nothing_is_left_of_a_session(engine: Engine) -> None:
    """Daemons that left the group, folders without rights and folders 1,500 deep are gone when it is closed."""
    with engine.session() as session:
        place = printed(
            session,
            "import os, sys\n"
            "if os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '45454546'])\n"
            "os.makedirs('a/b'); open('a/b/c', 'w').write('x'); print(os.getcwd())",
        )
        run = session.run_cell("for _ in range(1500):\n    os.mkdir('d'); os.chdir('d')\nimport time; time.sleep(1)")
    assert run.died is not None
    assert run.died.name == "folders"
    deadline = time.monotonic() + 5
    while _runs("45454546") and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not _runs("45454546")
    assert not os.path.exists(os.path.dirname(place))


def test_too_many_files_end_the_session(engine: Engine) -> None:
    """What is written beyond the limit, in however many files, is noticed, and reported with the limit."""
    with engine.session() as session:
        files = "for n in range(1000):\n    open(f'f{n}', 'wb').write(bytes(2**20))\n    time.sleep(0.01)"
        run = session.run_cell(f"import time\n{files}")

    assert run.died is not None
    assert (run.died.name, run.died.value) == ("scratch", 24 * MIB)


def _sees_what_sessions_open() -> bool:
    """Whether /proc tells the grader of the files that a session has open."""
    held = int(Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0], 16)
    return os.geteuid() != 0 or find_enclosure("landlock").own_uid or bool(held >> _SYS_PTRACE & 1)


@pytest.mark.parametrize(
    ("before", "place"),
    [("pass", "f'f{n}'"), ("os.umask(0o477); os.mkdir('hidden')", "f'hidden/f{n}'")],
    ids=["without a name", "in a folder that cannot be listed"],
)
def test_files_that_hide_count(engine: Engine, before: str, place: str) -> None:
    """What is written to files without a name, or where nobody may look, is counted like the rest."""
    code = f"""
import os, time
{before}
kept = []
for n in range(60):
    kept.append(os.open({place}, os.O_WRONLY | os.O_CREAT))
    os.write(kept[-1], bytes(2**20))
    if {before!r} == "pass": os.unlink({place})
    time.sleep(0.02)
time.sleep(1)
"""
    if before == "pass" and not _sees_what_sessions_open():
        pytest.skip("root without CAP_SYS_PTRACE, and no user of its own for a session: see docs/security.md")
    with engine.session() as session:
        run = session.run_cell(code)

    assert run.died is not None, run.outputs
    assert run.died.name == "scratch"


def test_a_chain_of_forks_ends_with_its_session(engine: Engine) -> None:
    """Processes that fork and end, on and on, faster than anybody looks, are gone at once."""
    chain = """
import os, time
if os.fork() == 0:
    try: os.setsid()
    except PermissionError: pass
    end = time.time() + 30
    while time.time() < end:
        if os.fork(): os._exit(0)
    os._exit(0)
time.sleep(0.5)
"""
    with engine.session() as session:
        assert session.run_cell(chain).died is None
        folder = printed(session, "print(os.getcwd())")
    time.sleep(0.3)

    assert _working_in(folder) == []


def test_a_fork_bomb_ends_with_its_session(engine: Engine) -> None:
    """Its limit is reported, and nothing of it is left."""
    with engine.session() as session:
        bomb = "while True:\n    try:\n        os.fork()\n    except OSError: time.sleep(0.01)"
        run = session.run_cell(f"import os, time\n{bomb}")
    assert run.died is not None

    with engine.session() as session:
        assert printed(session, "print(1)") == "1"


def test_the_folder_goes_with_the_engine() -> None:
    """What the engine made for its sessions is not there any more once it is closed."""
    with Engine(SMALL, isolation="landlock") as made:
        with made.session() as session:
            home = Path(printed(session, "import os; print(os.getcwd())")).parents[1]
        assert home.is_dir()

    assert not home.exists()


def _working_in(folder: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(path).startswith(folder):
                found.append(path.parent.name)
    return found


def _runs(word: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in path.read_bytes().split(b"\0"):
                return True
    return False
