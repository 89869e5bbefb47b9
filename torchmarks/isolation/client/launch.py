"""The grader's side of a sandbox: starts it, with one warm process in it, and has servers forked from that.

How a sandbox is started and how servers are forked in it are apart: `Sandbox` only needs a command that ends in the
zygote with one packet socket, whatever isolation it builds around it. Starts and ends processes; knows no session, no
cell and no answer.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import shutil
import socket
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Final

from torchmarks.errors import TorchmarksError
from torchmarks.isolation.client import visible
from torchmarks.isolation.client.enclosure import Enclosure, find_enclosure
from torchmarks.isolation.client.last_line import last_line_of
from torchmarks.isolation.protocol import control, wire
from torchmarks.isolation.protocol.confinement import Isolation
from torchmarks.isolation.protocol.limits import Limits

START_S: Final = 120.0  # the first server waits until the zygote has imported torch
SERVER_S: Final = 20.0
GRACE_S: Final = 5.0
PACKET_BYTES: Final = 65536


class ServerHurt(TorchmarksError):
    """The warm server cannot be started, or not again. `reason`: the last thing it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"The process that students' code is forked from cannot be started: {self.reason}"


# A process started with "die with parent" dies with the *thread* that started it. This one lives as long as we do.
_launcher: tuple[int, ThreadPoolExecutor] | None = None
_launcher_lock = threading.Lock()


def _launch(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    global _launcher
    if threading.current_thread() is threading.main_thread():  # and a process that will fork needs no second thread
        return subprocess.Popen(command, **options)
    with _launcher_lock:
        if _launcher is None or _launcher[0] != os.getpid():  # a forked worker needs a thread of its own
            _launcher = (os.getpid(), ThreadPoolExecutor(1, "torchmarks-launcher"))

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, **options)

    return _launcher[1].submit(start).result()


class _Peer:
    """One end of a packet socket, with a process at the other end that answers."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._owner = os.getpid()

    def ask(
        self, command: control.ZygoteCommand | control.ServerCommand, fds: tuple[int, ...], limit_s: float = SERVER_S
    ) -> control.Answer:
        """One packet there, one back. Raises OSError (also for a timeout or a closed channel) or WireError."""
        self._channel.settimeout(limit_s)
        socket.send_fds(self._channel, [control.encode(command)], fds)
        return self.receive(limit_s)

    def receive(self, limit_s: float) -> control.Answer:
        """The next packet. Raises like `ask`."""
        self._channel.settimeout(limit_s)
        packet = self._channel.recv(PACKET_BYTES)
        if not packet:
            raise ConnectionResetError("the process is gone")
        return control.answer(packet)

    @property
    def usable(self) -> bool:
        """Whether somebody is at the other end, and this process is the one that made the channel, not a fork of it."""
        # A fork of this process shares the socket, and would take answers that are not meant for it.
        if self._owner != os.getpid() or self._channel.fileno() < 0:
            return False
        poll = select.poll()
        # Asked for nothing, poll reports a closed or broken end alone, and reads nothing.
        poll.register(self._channel, 0)
        return not poll.poll(0)


class Sandbox(_Peer):
    """A running sandbox, in the process that started it. `of_channel` is the same in another one.

    Does not wait until the zygote is warm: what is asked before waits in the channel. Raises NoSandbox.
    """

    def __init__(self, isolation: Isolation = "auto") -> None:
        enclosure = find_enclosure(isolation)
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(channel)
        self.isolation = isolation
        self._home = _make_home(enclosure)
        # A file: nobody reads while it runs, and a pipe that is full would stop it.
        self._said: IO[bytes] | None = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sandbox
        # the environment names SCRATCH, which is there in a sandbox only
        home = {} if self._home is None else {"HOME": self._home, "TMPDIR": self._home}
        with theirs:
            try:
                program = _program(theirs.fileno(), enclosure, self._home)
                with enclosure.command(["-c", program]) as (line, descriptors):
                    self._process: subprocess.Popen[bytes] | None = _launch(
                        line,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=self._said,
                        env=visible.environment() | home,
                        pass_fds=(theirs.fileno(), *descriptors),
                        start_new_session=True,  # Ctrl-C is the grader's to handle
                        cwd="/",
                    )
            except BaseException:
                self._process = None
                self.close()
                raise

    def connect(self) -> socket.socket:
        """A channel to the same zygote for another process, which makes a sandbox of it there. Raises OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._channel, [control.encode(control.AddClient())], (theirs.fileno(),))
            except BaseException:
                ours.close()
                raise
        return ours

    @classmethod
    def of_channel(cls, channel: socket.socket, isolation: Isolation) -> Sandbox:
        """A sandbox of another process. channel: made there by `connect`; closing it ends the servers asked for."""
        made = cls.__new__(cls)
        _Peer.__init__(made, channel)
        made.isolation, made._home, made._said, made._process = isolation, None, None, None
        return made

    def server(self, limits: Limits, device: str) -> RunningServer:
        """A fresh server. Raises ServerHurt."""
        with tempfile.TemporaryFile() as said:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                with theirs:
                    command = control.StartServer(limits, device)
                    answer = self.ask(command, (theirs.fileno(), said.fileno()), START_S)
                    if not isinstance(answer, control.ServerStarted):
                        raise wire.WireError(f"{type(answer).__name__} instead of ServerStarted")
            except (OSError, wire.WireError):
                ours.close()
                reason = self.exit_reason  # before `close`, which takes what it wrote along
                self.close()
                raise ServerHurt(reason) from None
            except BaseException:  # Ctrl-C while it starts: its answer would be taken for that of the next question
                ours.close()
                self.close()
                raise
            made = RunningServer(ours, self, answer.pid, answer.isolation)
            made.wait_ready(said)
        return made

    @property
    def exit_reason(self) -> str:
        """What its warm process said last, as far as this process can know."""
        said = "" if self._said is None or self._said.closed else last_line_of(self._said)
        return said or "it ended without a word"

    def close(self) -> None:
        """End it and all below it, as far as it is this process's own to end."""
        self._channel.close()
        if self._said is not None:
            self._said.close()
        if self._owner != os.getpid() or self._process is None:
            return
        if self._home is not None:  # nothing but itself takes along what runs in it
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)


def _make_home(enclosure: Enclosure) -> str | None:
    """A folder for what sessions write, where no namespace gives them one."""
    if enclosure.level == "namespaces":
        return None
    home = tempfile.mkdtemp(prefix="torchmarks-")
    os.chmod(home, 0o711)  # sessions may run as other users, who must come through
    return home


def _program(fd: int, enclosure: Enclosure, home: str | None) -> str:
    """What Python runs inside."""
    confinement = enclosure.confinement(home or "")
    steps = [  # what importing makes is kept for good: looking for garbage meanwhile costs a tenth
        "import gc, sys; gc.disable()",
        f"sys.path.insert(0, {enclosure.package_root!r})",
    ]
    if confinement.level == "namespaces" and confinement.own_uid:
        steps += ["from torchmarks.isolation.inside.lockdown import become_sandbox_user", "become_sandbox_user()"]
    steps += [
        "from torchmarks.isolation.inside.zygote import main",
        f"main({fd}, {dataclasses.asdict(confinement)!r}, {os.getpid()})",
    ]
    return "; ".join(steps)


class RunningServer(_Peer):
    """One running server and the channel to it. pid: its number inside the sandbox; isolation: the name of the level at
    which its sessions run.
    """

    def __init__(self, channel: socket.socket, home: Sandbox, pid: int, isolation: str) -> None:
        super().__init__(channel)
        self._home = home
        self.pid = pid
        self.isolation = isolation

    def wait_ready(self, said: IO[bytes]) -> None:
        """Wait until it can fork. said: where it writes what goes wrong. Raises ServerHurt."""
        try:
            self.receive(START_S)
        except (OSError, wire.WireError):
            self.kill()
            raise ServerHurt(last_line_of(said) or "it ended without a word") from None
        except BaseException:  # Ctrl-C while it starts
            self.kill()
            raise

    def kill(self) -> None:
        """End it and all below it. In a forked copy of the grader only the channel is closed: it is not ours to end."""
        self._channel.close()
        if not self._home.usable:
            return
        try:
            # its number means something in the sandbox alone
            self._home.ask(control.EndServer(self.pid), ())
        except (OSError, wire.WireError):
            self._home.close()


class Servers:
    """Gives servers, all of one sandbox; starts that with the first server, and another when it has ended.

    isolation: its level; inherited: a sandbox of another process's to use instead, until it ends.
    """

    def __init__(self, isolation: Isolation = "auto", *, inherited: Sandbox | None = None) -> None:
        self.isolation = isolation
        self._inherited = inherited is not None
        self._sandbox = inherited

    def server(self, limits: Limits, device: str) -> RunningServer:
        """A fresh server. Raises NoSandbox and ServerHurt."""
        if self._inherited and not self.usable:
            raise ServerHurt("the sandbox has ended")
        if self._sandbox is None or not self._sandbox.usable:
            self.close()
            self._sandbox = Sandbox(self.isolation)
        return self._sandbox.server(limits, device)

    @property
    def usable(self) -> bool:
        """False once the sandbox that it was given has ended: its giver has to give another."""
        return not self._inherited or (self._sandbox is not None and self._sandbox.usable)

    def close(self) -> None:
        """End the sandbox with all servers. They may be asked for again afterwards."""
        if self._sandbox is not None and not self._inherited:
            self._sandbox.close()
            self._sandbox = None
