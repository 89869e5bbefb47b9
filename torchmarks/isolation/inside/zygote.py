"""The warm process in a sandbox: has imported torch and all that students need, and forks servers that share it.

Started once in each sandbox, however many servers there will be. Never runs student code itself; its forks copy all
that it has loaded, so it must not import a test, an answer, the judge, the grading or nbgrader, and never learns of a
submission. Carries out the commands of the grader's side that `protocol.control` declares for it.

A channel that closes takes the servers that were asked for on it along; the first one takes everything.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import torch

from torchmarks.isolation.inside import handlers, hugepages, lockdown, trees
from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside.server import PACKET_BYTES, Server, end_on_error
from torchmarks.isolation.inside.shell import OutputShell, make_shell
from torchmarks.isolation.inside.warm_up import warm_up
from torchmarks.isolation.protocol import control
from torchmarks.isolation.protocol.confinement import Confinement

_FDS: Final = 2
_ENDING_S: Final = 3.0


class Zygote:
    """Forks servers as the grader's channels ask, and ends them with the channel that asked.

    first: the channel of the grader that started it; confinement: of sessions; shell: for students' cells, made here so
    that no server has to write all over what it shares with others.
    """

    def __init__(self, first: socket.socket, confinement: Confinement, shell: OutputShell) -> None:
        self._first = first
        self._shell = shell
        self._confinement = confinement
        self._pid = os.getpid()
        self._channels: dict[int, tuple[socket.socket, set[int]]] = {}  # with the servers asked for there
        self._poll = select.poll()
        self._add(first)

    def serve(self) -> NoReturn:
        """Handle commands until the first channel closes."""
        while True:
            for fd, _ in self._poll.poll():
                channel, servers = self._channels[fd]
                packet, fds, _, _ = socket.recv_fds(channel, PACKET_BYTES, _FDS)
                if packet:
                    self._handle_command(control.zygote_command(packet), fds, channel, servers)
                elif channel is self._first:
                    self._end()
                else:
                    self._remove(channel, servers)

    def _end(self) -> NoReturn:
        """Exit, and take along what no namespace takes: sessions whose servers are gone, and their folders."""
        if self._confinement.level != "namespaces":
            for _, servers in self._channels.values():
                for pid in servers:
                    _kill(pid)
            deadline = time.monotonic() + _ENDING_S  # supervisors have seen that their servers ended
            with contextlib.suppress(ChildProcessError):
                while time.monotonic() < deadline:
                    os.waitpid(-1, os.WNOHANG)
                    time.sleep(0.002)
            trees.remove(self._confinement.scratch, os.open("/proc", os.O_RDONLY | os.O_DIRECTORY))
        os._exit(0)

    def _add(self, channel: socket.socket) -> None:
        self._channels[channel.fileno()] = (channel, set())
        self._poll.register(channel, select.POLLIN)

    def _remove(self, channel: socket.socket, servers: set[int]) -> None:
        self._poll.unregister(channel)
        del self._channels[channel.fileno()]
        channel.close()
        for pid in servers:
            _kill(pid)

    def _handle_command(
        self, command: control.ZygoteCommand, fds: list[int], channel: socket.socket, servers: set[int]
    ) -> None:
        answer: control.Answer
        match command:
            case control.AddClient():
                self._add(socket.socket(fileno=fds[0]))
                return
            case control.StartServer():
                pid = self._fork(command, fds)
                servers.add(pid)
                answer = control.ServerStarted(pid, self._confinement.name)
            case control.EndServer(pid):
                if pid in servers:
                    servers.remove(pid)
                    _kill(pid)
                answer = control.Gone()
        with contextlib.suppress(OSError):  # whoever asked is gone: its channel says so next
            channel.send(control.encode(answer))

    def _fork(self, command: control.StartServer, fds: list[int]) -> int:
        pid = os.fork()
        if pid == 0:
            end_on_error(lambda: self._become_server(command, *fds))
        for fd in fds:
            os.close(fd)
        return pid

    def _become_server(self, command: control.StartServer, channel: int, stderr: int) -> NoReturn:
        ns.die_with_parent(self._pid)
        os.dup2(stderr, 2)
        lockdown.close_descriptors(keep=channel)
        Server(socket.socket(fileno=channel), command.limits, command.device, self._confinement, self._shell).serve()


def _kill(pid: int) -> None:
    """End a server, unless it has ended. It was not waited for, so that the number is still its own."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def main(fd: int, confinement: Mapping[str, Any], grader: int) -> NoReturn:
    """Entry point inside the sandbox. fd: a packet socket; confinement: the fields of one; grader: its pid."""
    confined = Confinement(**confinement)
    if confined.level != "namespaces":  # there bubblewrap ends with the grader, and its process 1 reaps
        ns.die_with_parent(grader)
        ns.become_subreaper()
    sys.argv = [""]
    torch.set_num_threads(1)  # a process with threads cannot be forked safely
    warm_up(handlers.handle)
    shell = make_shell()
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    ns.set_dumpable(False)
    gc.freeze()  # a collection in a fork would write to, and so copy, every page of the warm heap
    hugepages.gather(proc)
    os.close(proc)
    Zygote(socket.socket(fileno=fd), confined, shell).serve()
