"""A student's process after the fork: runs cells, and forks probes that answer requests.

Runs student code, so everything here may be tampered with by it; nothing here is trusted by the grader. Must not know a
test, an expected value or another submission.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import termios
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from torchmarks.checks.language import speaking
from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside.interrupts import Interrupts
from torchmarks.isolation.inside.shell import Outlet, OutputShell
from torchmarks.isolation.protocol import wire
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.requests import (
    AskExitStatus,
    ForkProbe,
    ProbeRequest,
    RunCell,
    WriteFiles,
    probe_request,
    session_request,
)

Reply = Callable[[bytes], None]

_EMPTY_S: Final = 0.05


class Handle(Protocol):
    """handlers.handle: answers one request, by calls of `reply`."""

    def __call__(self, kind: str, user_ns: dict[str, Any], payload: bytes, reply: Reply) -> None: ...


def _unread(pipe: int) -> bool:
    try:
        return fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) != bytes(4)
    except OSError:
        return False


class Student:
    """One session's process.

    sock: the grader's channel; shell: made by the server before the fork; handle: answers the requests that reach a
    probe.
    """

    def __init__(self, sock: socket.socket, shell: OutputShell, handle: Handle, limits: Limits) -> None:
        self._sock = sock
        self._shell = shell
        self._handle = handle
        self._limit = limits.message_bytes
        self._output_bytes = self._room = limits.output_bytes
        self._interrupts = shell.interrupts = Interrupts()
        self._lock = threading.RLock()
        self._probes: list[int] = []
        self._in_order = True

    def serve(self) -> NoReturn:
        """Handle commands until the channel closes, then end."""
        self.handle_commands()
        os._exit(0)

    def handle_commands(self) -> None:
        """Run cells and fork probes as the channel says, until it closes."""
        self._pid = os.getpid()
        self._connect_outputs()
        self._interrupts.install()
        self._send(wire.Ready())
        while (received := wire.receive(self._sock, self._limit, session_request)) is not None:
            request, fds = received
            match request:
                case WriteFiles():
                    self._write_files(request)
                case RunCell():
                    self._run_cell(request)
                case ForkProbe():
                    self._fork_probe(request, fds)
                case AskExitStatus():
                    self._send_exit_status(request)

    def _send(self, frame: wire.Frame) -> None:
        is_output = isinstance(frame, wire.OUTPUT_FRAMES) and not isinstance(frame, wire.Error)
        if is_output and self._room < 0:  # the grader would drop it: it has seen that there is too much
            return
        data = wire.pack(frame, self._limit)
        if is_output:
            self._room -= len(data) - wire.HEADER.size
        with self._interrupts, self._lock:  # a thread of the student's may be printing
            self._let_pipes_empty()
            self._sock.sendall(data)

    def _let_pipes_empty(self) -> None:
        """Wait until the grader has read what C code and subprocesses printed, so that outputs keep their order.

        Not for long, and in one cell only once in vain: descriptors 1 and 2 are the student's to play with.
        """
        deadline = time.monotonic() + _EMPTY_S
        while self._in_order and any(map(_unread, (1, 2))):
            time.sleep(0.0001)
            self._in_order = time.monotonic() < deadline

    def _connect_outputs(self) -> None:
        self._shell.emit = self._send
        stdout, stderr = Outlet("stdout", 1, self._shell), Outlet("stderr", 2, self._shell)
        self._shell.streams = (stdout, stderr)
        sys.stdout = sys.__stdout__ = stdout  # type: ignore[assignment, misc]
        sys.stderr = sys.__stderr__ = stderr  # type: ignore[assignment, misc]

    def _write_files(self, request: WriteFiles) -> None:
        for name, content in request.files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._send(wire.Done(request.id, True))

    def _run_cell(self, request: RunCell) -> None:
        self._shell.begin(request.id, request.most)
        self._in_order, self._room = True, self._output_bytes
        ok = interrupted = False
        self._interrupts.begin_cell()
        try:
            with speaking(request.language):
                result = self._shell.run_cell(request.source, store_history=True)  # type: ignore[no-untyped-call]
            ok, interrupted = bool(result.success), isinstance(result.error_in_exec, KeyboardInterrupt)
            self._interrupts.end_cell()
        except KeyboardInterrupt:  # in code of IPython's own
            self._interrupts.end_cell()
            interrupted = True
        if os.getpid() != self._pid:  # a fork of the student's in this cell: the channel is its parent's
            os._exit(0)
        for stream in self._shell.streams:
            stream.flush()
        ns.flush_c_streams()
        self._send(wire.Done(request.id, ok, interrupted))

    def _fork_probe(self, request: ForkProbe, fds: list[int]) -> None:
        self._reap()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a student's thread makes newer Pythons warn; its loss is intended
            pid = os.fork()
        if pid == 0:
            # Where a cell has closed a stream the channel may have its number, and a probe's streams lead nowhere.
            self._become_probe(socket.socket(fileno=fcntl.fcntl(fds[0], fcntl.F_DUPFD_CLOEXEC, 3)))
        os.close(fds[0])
        self._probes.append(pid)
        self._send(wire.Forked(request.id, pid))

    def _reap(self) -> None:
        """Wait for ended probes only: the student's own children are the student's."""
        for pid in self._probes.copy():
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            self._probes.remove(pid)

    def _send_exit_status(self, request: AskExitStatus) -> None:
        """How a probe ended. It has closed its channel, so it is about to."""
        status = None
        with contextlib.suppress(ChildProcessError):
            status = os.waitpid(request.pid, 0)[1]
        if request.pid in self._probes:
            self._probes.remove(request.pid)
        self._send(wire.ExitStatus(request.id, status))

    def _become_probe(self, channel: socket.socket) -> NoReturn:
        try:
            self._leave_group()
            self._sock.close()
            self._lock = threading.RLock()
            self._shell.emit = lambda frame: None  # outputs of a probe are the handlers' business
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            self.answer(channel)
        finally:
            os._exit(1)

    def _leave_group(self) -> None:
        """See to it that an interrupt of a later cell is none of this process's own."""
        try:
            os.setpgrp()
            signal.signal(signal.SIGINT, signal.default_int_handler)
        except PermissionError:  # where a session is held together as one group
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def answer(self, channel: socket.socket) -> None:
        """Answer the requests that a channel brings, until it closes."""
        while (received := wire.receive(channel, self._limit, probe_request)) is not None:
            self._answer(channel, received[0])

    def _answer(self, channel: socket.socket, request: ProbeRequest) -> None:
        replied = False

        def reply(payload: bytes) -> None:
            nonlocal replied
            wire.send(channel, wire.Reply(request.id, payload), self._limit)
            replied = True

        try:
            self._handle(request.kind, self._shell.user_ns, request.payload, reply)
        except BaseException as error:
            large = isinstance(error, wire.WireError)
            text = "what came of it is too large" if large else f"{type(error).__name__}: {error}"[:500]
            with contextlib.suppress(wire.WireError):
                wire.send(channel, wire.Failed(request.id, text), self._limit)
        else:
            if not replied:
                wire.send(channel, wire.Failed(request.id, "no reply"), self._limit)
