"""The warm process in a sandbox: has imported torch and all that students need once, and forks servers from that.

Started once in each sandbox, however many servers there will be. Never runs student code itself; its forks copy all
that it has loaded, so it must not import a test, an answer, the judge, the grading or nbgrader, and is told nothing of
a submission. Carries out packets of the grader's side, each one msgpack map:

    {"op": "client"} + descriptor: one more channel like this one, for another process  ->  no answer
    {"op": "server", "limits": {...}, "device": ...} + descriptors: server's channel, stderr
        ->  {"op": "forked", "pid": n}
    {"op": "end", "pid": n}  ->  {"op": "ended"}, once that server is gone

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
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import msgspec
import torch

from torchmarks.isolation.inside import handlers, hugepages, lockdown
from torchmarks.isolation.inside import namespaces as ns
from torchmarks.isolation.inside.server import PACKET_BYTES, Server, end_on_error
from torchmarks.isolation.inside.shell import OutputShell, make_shell
from torchmarks.isolation.inside.warm_up import warm_up
from torchmarks.isolation.protocol import wire

_FDS: Final = 2


class Zygote:
    """Forks servers as the grader's channels ask, and ends them with the channel that asked.

    first: the channel of the grader that started it; isolated: whether sessions get namespaces of their own; shell: for
    students' cells, made here so that no server has to write all over what it shares with others.
    """

    def __init__(self, first: socket.socket, isolated: bool, shell: OutputShell) -> None:
        self._first = first
        self._shell = shell
        self._isolated = isolated
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
                    self._handle_command(wire.unpack(packet), fds, channel, servers)
                elif channel is self._first:
                    os._exit(0)
                else:
                    self._remove(channel, servers)

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
        self, message: Mapping[str, Any], fds: list[int], channel: socket.socket, servers: set[int]
    ) -> None:
        if message["op"] == "client":
            self._add(socket.socket(fileno=fds[0]))
            return
        if message["op"] == "server":
            pid = self._fork(message, fds)
            servers.add(pid)
            answer = {"op": "forked", "pid": pid}
        else:
            if message["pid"] in servers:
                servers.remove(message["pid"])
                _kill(message["pid"])
            answer = {"op": "ended"}
        with contextlib.suppress(OSError):  # who asked is gone: its channel says so next
            channel.send(msgspec.msgpack.encode(answer))

    def _fork(self, message: Mapping[str, Any], fds: list[int]) -> int:
        pid = os.fork()
        if pid == 0:
            end_on_error(lambda: self._become_server(message, *fds))
        for fd in fds:
            os.close(fd)
        return pid

    def _become_server(self, message: Mapping[str, Any], control: int, stderr: int) -> NoReturn:
        ns.die_with_parent(self._pid)
        os.dup2(stderr, 2)
        lockdown.close_descriptors(keep=control)
        channel = socket.socket(fileno=control)
        Server(channel, message["limits"], message["device"], self._isolated, self._shell).serve()


def _kill(pid: int) -> None:
    """End a server, unless it has ended. It was not waited for, so that the number is still its own."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def main(fd: int, isolated: bool) -> NoReturn:
    """Entry point inside the sandbox. fd: an inherited packet socket."""
    sys.argv = [""]
    torch.set_num_threads(1)  # a process with threads cannot be forked safely
    warm_up(handlers.handle)
    shell = make_shell()
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    ns.set_dumpable(False)
    gc.freeze()  # a collection in a fork would write to, and so copy, every page of the warm heap
    hugepages.gather(proc)
    os.close(proc)
    Zygote(socket.socket(fileno=fd), isolated, shell).serve()
