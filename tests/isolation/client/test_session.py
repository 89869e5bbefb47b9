"""Session.settle: what a probe leaves goes before the next one is asked; what cells left stays."""

from __future__ import annotations

import textwrap

import pytest

from torchmarks.isolation import Probe, ProcessDied, Session

from ..calls import call

# A process of a cell's and one of a call's answer on an abstract socket as long as they live.
_KEEPING = textwrap.dedent("""
    import os, socket, time
    def keep(name):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                s = socket.socket(socket.AF_UNIX); s.bind(chr(0) + name); s.listen(9); os.write(writer, b"x")
                while True:
                    s.accept()
            os._exit(0)
        os.read(reader, 1); os.close(reader); os.close(writer)
    def alive(name):
        s = socket.socket(socket.AF_UNIX)
        try: s.connect(chr(0) + name)
        except ConnectionRefusedError: return False
        return True
    def keep_of_call(): keep("call"); open("call", "w").write("x"); os.remove("cell"); return alive("call")
    def look(): return [alive("call"), alive("cell"), sorted(os.listdir("."))]
""")


pytestmark = pytest.mark.namespaces  # its calls tell by a socket who lives, which level landlock refuses


@pytest.fixture
def probes(session: Session) -> list[Probe]:
    """Two snapshots, and after them a cell that starts a process and writes a file."""
    session.run_cell(_KEEPING)
    made = [session.probe(), session.probe()]
    session.run_cell('keep("cell"); open("cell", "w").write("x")')
    return made


def test_a_call_s_process_and_files_go_before_the_next_probe(session: Session, probes: list[Probe]) -> None:
    """While another probe is open, what the first one's call started, wrote and removed is undone; cells' stays."""
    session.settle()
    assert call(probes[0], "keep_of_call") == "True"

    probes[0].close()

    assert call(probes[1], "look") == "[False, True, ['cell']]"


_HEADLESS = textwrap.dedent("""
    import ctypes, platform, threading
    EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]
    def keep_headless():
        reader, writer = os.pipe()
        if os.fork() == 0:
            s = socket.socket(socket.AF_UNIX); s.bind(chr(0) + "call"); s.listen(9)
            def serve():
                os.write(writer, b"x")
                while True:
                    s.accept()
            threading.Thread(target=serve).start()
            ctypes.CDLL(None).syscall(EXIT, 0)  # this thread alone; the kernel then shows the process as a zombie
        os.read(reader, 1); time.sleep(0.05)
        return alive("call")
""")


def test_a_process_without_its_first_thread_goes_too(session: Session, probes: list[Probe]) -> None:
    """It looks like one that has ended and that nobody has waited for, but its other threads run on."""
    session.run_cell(_HEADLESS)
    with session.probe() as probe:
        assert call(probe, "keep_headless") == "True"

    assert call(probes[1], "look").startswith("[False,")


def test_without_settling_what_cells_began_later_goes(session: Session, probes: list[Probe]) -> None:
    """The negative control: only settling tells the processes of later cells from those of calls."""
    probes[0].close()

    assert call(probes[1], "look").startswith("[False, False,")


def test_a_session_settles_once(session: Session, probes: list[Probe]) -> None:
    """What a call has started by then would count as a cell's."""
    session.settle()
    call(probes[0], "keep_of_call")
    session.settle()

    probes[0].close()

    assert call(probes[1], "look") == "[False, True, ['cell']]"


def test_a_dead_session_does_not_settle(session: Session) -> None:
    """It says that it has ended."""
    session.close()

    with pytest.raises(ProcessDied, match="has ended"):
        session.settle()


def test_a_probe_after_settling_is_one_as_ever(session: Session, probes: list[Probe]) -> None:
    """Files are then put back to what they are before it."""
    session.settle()
    for probe in probes:
        probe.close()
    session.run_cell('open("later", "w").write("x")')

    with session.probe() as probe:
        call(probe, "keep_of_call")
    with session.probe() as probe:
        assert call(probe, "look") == "[False, True, ['cell', 'later']]"
