"""The grader's side of isolation: a warm server, restarted when it was hurt, and the sessions forked from it.

Must not know what a cell, a probe's payload or an answer means, and must not import the judge, the grading or nbgrader.
"""

from __future__ import annotations

import itertools
import sys
import threading
import weakref
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import TracebackType
from typing import Literal, Self

from torchmarks.errors import UsageError
from torchmarks.isolation.client.enclosure import find_enclosure
from torchmarks.isolation.client.launch import RunningServer, ServerHurt, Servers
from torchmarks.isolation.client.session import Session
from torchmarks.isolation.protocol import wire
from torchmarks.isolation.protocol.confinement import Isolation
from torchmarks.isolation.protocol.limits import Limits

_warned = threading.Event()
_numbers = itertools.count(1)  # of servers


class Engine:
    """A warm server that sessions are forked from. Started with the first session, restarted when it was hurt.

    limits: what each submission may use. device: "sim" registers the simulated accelerator before any student code
    runs. servers: where servers come from, for engines that share a sandbox; otherwise it has one of its own.
    isolation: the level of that one; "none" runs students' code as an ordinary process of this user, with a warning on
    stderr: then nothing but resource limits protects this machine from it.

    Not thread-safe; one session at a time is the usual way, several may be open. Raises NoSandbox when the sandbox
    cannot be made.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        *,
        device: Literal["cpu", "sim"] = "cpu",
        isolation: Isolation = "auto",
        servers: Servers | None = None,
    ) -> None:
        if device not in ("cpu", "sim"):
            raise UsageError(f"device is {device!r}", "Engine", 'Give "cpu" or "sim".')
        self.limits = limits
        self.device = device
        self._servers = servers or Servers(isolation)
        self._own = servers is None
        self._server: RunningServer | None = None
        self._number = 0
        self._isolation = ""
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        if isolation == "none":
            _warn_unsafe()
        elif self._own:
            find_enclosure(isolation)  # refuses now, not with the first session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def session(self, files: Mapping[str, bytes] = {}) -> Session:
        """A fresh process for one submission.

        files: relative path -> content, written to the session's private working directory.
        Raises UsageError for a path that leaves it, ServerHurt, and ProcessDied when the files exceed the limits.
        """
        for name in files:
            _require_inside(name)
        # Twice: that a server hangs is seen only when it is asked to fork, and a fresh one may do it.
        for last in (False, True):
            try:
                server = self._running()
                session = Session(self.limits, server)
                break
            except (OSError, wire.WireError) as error:
                self._drop()
                if last:
                    raise ServerHurt(str(error)) from error
        self._sessions.add(session)
        session.give_files(files)
        return session

    def _running(self) -> RunningServer:
        if self._server is None or not self._server.usable:
            self._drop()
            self._server = self._servers.server(self.limits, self.device)
            self._isolation = self._server.isolation
            self._number = next(_numbers)
        return self._server

    @property
    def running(self) -> int | None:
        """The number of the server that runs, its own in this process; 0 before the first, None when it has ended."""
        usable = self._server is not None and self._server.usable
        return self._number if usable or not self._number else None

    @property
    def isolation(self) -> str:
        """The name of the level at which its sessions ran last, as the processes inside say it; empty before."""
        return self._isolation

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.kill()

    def close(self) -> None:
        """End the server and every session. The engine may be used again afterwards."""
        for session in list(self._sessions):
            session.close()
        self._drop()
        if self._own:
            self._servers.close()


def _warn_unsafe() -> None:
    if not _warned.is_set():
        _warned.set()
        print(
            "WARNING: students' code runs WITHOUT A SANDBOX. It can read and change this user's files, gradebook and "
            "hidden tests included, and use the network.",
            file=sys.stderr,
        )


def _require_inside(name: str) -> None:
    path = PurePosixPath(name)
    # a lone surrogate, as in a name that is not UTF-8, cannot be sent
    sendable = name.isascii() or name == name.encode("utf-8", "replace").decode("utf-8")
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name or not sendable:
        raise UsageError(f"{name!r} is not a path inside the working directory", "files", "Give a relative path.")
