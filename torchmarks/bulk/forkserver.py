"""The warm process that workers are forked from: has imported once what all of them need, torch above all.

A process of its own, since the grader that asks for it may have threads, and holds students' work by then. It must be
forked from before it has seen any: it loads no test, no solution and no bundle, and what it passes on to a worker it
does not read. Speaks with `pool` over one packet socket; a packet is one msgpack map, answered by one packet.

    {"op": "fork", "isolation": level} + descriptors: channel, greeting, stderr, sandbox or none
        ->  {"pid": n} + a pidfd
    {"op": "wait", "pid": n}  ->  {"status": n}, once that worker has ended
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, Final, NoReturn

import msgspec

from torchmarks.isolation.client.last_line import last_line_of

_PACKAGE_PARENT: Final = str(Path(__file__).resolve().parents[2])
# As many workers as cores; and a process with threads cannot be forked safely.
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_PACKET_BYTES: Final = 4096
_FDS: Final = 4
_START_S: Final = 300.0
_GRACE_S: Final = 5.0
_PR_SET_PDEATHSIG: Final = 1
_YOUNG: Final = 50_000  # objects made before a look for garbage; at Python's 700 it takes a twentieth of grading


class ForkServer:
    """The pool's side: starts the process, and has workers forked from it."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.settimeout(_START_S)
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._asked: deque[ForkedWorker] = deque()
        program = (  # what importing makes is kept for good: looking for garbage meanwhile costs a tenth
            f"import gc, sys; gc.disable(); sys.path.insert(0, {_PACKAGE_PARENT!r}); "
            "from torchmarks.spared import spare; spare(); "
            f"from torchmarks.bulk.forkserver import main; main({theirs.fileno()}, {os.getpid()})"
        )
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", program],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                start_new_session=True,
                env=os.environ | _ONE_THREAD,
            )

    def fork(self, *fds: int, isolation: str = "none") -> ForkedWorker:
        """A worker, as soon as there can be one. fds: its channel, a file with its greeting, its stderr, and where it
        needs one the channel to a sandbox, of this level. They may be closed afterwards.
        """
        forked = ForkedWorker(self)
        self._asked.append(forked)
        with contextlib.suppress(OSError):  # it died: seen when the worker's channel is read
            socket.send_fds(self._channel, [msgspec.msgpack.encode({"op": "fork", "isolation": isolation})], fds)
        return forked

    def answer(self, forked: ForkedWorker) -> None:
        """Wait until a worker that was asked for is there, or known never to be."""
        while forked in self._asked:
            answer, fds = self._receive()
            first = self._asked.popleft()
            first.pid, first.pidfd = answer.get("pid", 0), next(iter(fds), -1)

    def status(self, pid: int) -> int | None:
        """How a worker has ended; None where that is not known."""
        while self._asked:
            self.answer(self._asked[0])
        with contextlib.suppress(OSError):
            self._channel.send(msgspec.msgpack.encode({"op": "wait", "pid": pid}))
        status: int | None = self._receive()[0].get("status")
        return status

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        try:
            packet, fds, _, _ = socket.recv_fds(self._channel, _PACKET_BYTES, 1)
        except OSError:  # it does not answer, or is gone
            packet, fds = b"", []
            self._process.kill()
        return (msgspec.msgpack.decode(packet) if packet else {}), fds

    @property
    def usable(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def exit_reason(self) -> str:
        """The last line that it wrote to stderr."""
        return "" if self._stderr.closed else last_line_of(self._stderr)

    def close(self) -> None:
        """End it and its workers, whatever they are doing."""
        self._process.terminate()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._channel.close()
        self._stderr.close()


class ForkedWorker:
    """A worker's process. pid: 0 until it is known, and where it was never forked."""

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self.pid = 0
        self.pidfd = -1

    def kill(self) -> None:
        """End it."""
        self._server.answer(self)
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def ended(self, patience_s: float) -> str:
        """How it ended, in words; it is killed when it has not by then."""
        self._server.answer(self)
        if self.pidfd < 0:
            return f"it was never started: {self._server.exit_reason}".rstrip(": ")
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        if not poll.poll(patience_s * 1000):  # it closed its channel and lives on
            self.kill()
        status = self._server.status(self.pid)
        os.close(self.pidfd)
        self.pidfd = -1
        if status is None:
            return "with the process that it was forked from"
        return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


# ---- the process itself


def main(fd: int, grader: int) -> NoReturn:
    """Entry point. fd: an inherited packet socket; grader: pid of the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    _die_with(grader)
    import torch  # noqa: PLC0415 - not before this process is known to end with the grader

    from torchmarks.bulk import worker  # noqa: PLC0415
    from torchmarks.grading import grade  # noqa: F401, PLC0415 - with all that judges, once for all workers

    torch.set_num_threads(1)
    gc.freeze()  # a collection in a worker would write to, and so copy, every page of what they share
    channel, workers, own = socket.socket(fileno=fd), set[int](), os.getpid()
    signal.signal(signal.SIGTERM, lambda *_: _end(workers))
    while True:
        packet, fds, _, _ = socket.recv_fds(channel, _PACKET_BYTES, _FDS)
        if not packet:
            _end(workers)
        message = msgspec.msgpack.decode(packet)
        if message["op"] == "fork":
            pid = os.fork()
            if pid == 0:
                _become_worker(worker.main, channel, fds, message | {"parent": own})
            workers.add(pid)
            _answer(channel, {"pid": pid}, os.pidfd_open(pid))
            for fd in fds:
                os.close(fd)
        else:
            workers.discard(message["pid"])
            _answer(channel, {"status": os.waitstatus_to_exitcode(os.waitpid(message["pid"], 0)[1])})


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when the one that started it ends, so that nobody is left behind."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def _answer(channel: socket.socket, answer: Mapping[str, int], *fds: int) -> None:
    with contextlib.suppress(OSError):  # the pool is gone: the end of its channel comes next
        socket.send_fds(channel, [msgspec.msgpack.encode(answer)], fds)
    for fd in fds:
        os.close(fd)


def _end(workers: set[int]) -> NoReturn:
    """End all workers, and wait for each: the first process of a container may not reap what is left to it."""
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    for pid in workers:
        os.waitpid(pid, 0)
    os._exit(0)


def _become_worker(serve: Any, parents: socket.socket, fds: list[int], message: Mapping[str, Any]) -> NoReturn:
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_with(message["parent"])
        parents.close()
        os.setsid()
        channel, greeting, stderr, *sandbox = fds
        os.dup2(stderr, 2)
        os.close(stderr)
        gc.enable()
        gc.set_threshold(_YOUNG)
        serve(
            Connection(channel), greeting, socket.socket(fileno=sandbox[0]) if sandbox else None, message["isolation"]
        )
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)
