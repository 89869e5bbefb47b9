"""The grader's side of isolation: sessions forked from a warm server, probes forked from sessions.

Moves bytes, and ends what it began. Everything a student's process says is checked by `wire` and believed to be
no more than that student's claim. Must not know what a cell, a probe's payload or an answer means, and must not import
the judge, the grading or nbgrader.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, Final, Literal, Self

import msgspec

from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import spoken
from torchmarks.errors import TorchmarksError, UsageError
from torchmarks.isolation.client.channel import Channel, ChannelClosed
from torchmarks.isolation.client.enclosure import find_enclosure
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.client.launch import GRACE_S, PACKET_BYTES, SERVER_S, RunningServer, ServerHurt, Servers
from torchmarks.isolation.client.outputs import Outputs
from torchmarks.isolation.protocol import statements, wire
from torchmarks.isolation.protocol.confinement import Isolation
from torchmarks.isolation.protocol.limits import Limits

_ANSWER_S: Final = 1.0
_INTERRUPTS_S: Final = (0.5, 1.5)  # how long a cell has to end after each; a second one, because the first may get lost
_SWEEP_S: Final = 10.0  # for process 1 to kill what a probe started and to put files back
_BATCH_FILES: Final = 100

How = Literal[
    "timeout", "memory", "cpu", "processes", "scratch", "folders", "files", "exit", "signal", "output", "protocol"
]


@dataclasses.dataclass(frozen=True, slots=True)
class Died:
    """Why a student's process ended. `detail`: one plain sentence for the student. `limit`: the limit reached, in the
    unit of its field in Limits; None when no limit was."""

    how: How
    detail: str
    limit: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CellRun:
    """What running one cell gave.

    outputs: nbformat v4 output dictionaries, as far as they came; ok: ended without an exception; seconds: wall-clock;
    died: None, or why the session ended with this cell; stopped: None, or the limit that stopped it in a session that
    goes on; cut: None, or the limit beyond which its outputs were cut off; finished: of a cell that died or was
    stopped, how many statements had come to their end, as the student's process says.
    """

    outputs: tuple[dict[str, Any], ...]
    ok: bool
    seconds: float
    died: Died | None
    stopped: Died | None = None
    cut: Died | None = None
    finished: int = 0


class ProcessDied(TorchmarksError):
    """A probe hung, crashed or sent nonsense, or its session is dead. Costs no more than that probe."""

    def __init__(self, died: Died) -> None:
        super().__init__(died)
        self.died = died

    def __str__(self) -> str:
        return self.died.detail


_warned = threading.Event()
_numbers = itertools.count(1)  # of servers


class Engine:
    """A warm server that sessions are forked from. Started with the first session, restarted when it was hurt.

    limits: what each submission may use. device: "sim" registers the simulated accelerator before any student code
    runs. servers: where servers come from, for engines that share a sandbox; otherwise it has one of its own.
    isolation: the level of that one; "none" runs students' code as an ordinary process of this user, with a warning on
    stderr: nothing but resource limits then stands between it and this machine.

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
                session = Session(self, server)
                break
            except (OSError, wire.WireError) as error:
                self._drop()
                if last:
                    raise ServerHurt(str(error)) from error
        self._sessions.add(session)
        session._give_files(files)
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
    # a lone surrogate, as in a name that is no UTF-8, cannot be sent
    sendable = name.isascii() or name == name.encode("utf-8", "replace").decode("utf-8")
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name or not sendable:
        raise UsageError(f"{name!r} is not a path inside the working directory", "files", "Give a relative path.")


class Session:
    """One submission's process. Made by Engine.session. When it dies, all that it started is dead with it."""

    def __init__(self, engine: Engine, server: RunningServer) -> None:
        self._limits = engine.limits
        self._server = server
        self._next_id = 0
        self.alive = False
        ends = [socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)]
        pipes = [os.pipe(), os.pipe()]
        for reader, _ in pipes:
            os.set_blocking(reader, False)  # `_drain` takes what is there, and must not wait for more
        # In the order of the server's `_become_supervisor`, which has the page after them.
        theirs = (ends[0][1].fileno(), ends[1][1].fileno(), pipes[0][1], pipes[1][1])
        self._channel = Channel(ends[0][0], self._limits.message_bytes)
        self._control = ends[1][0]
        self._pipes = {pipes[0][0]: "stdout", pipes[1][0]: "stderr"}
        self._page = statements.make_page()
        self._pid: int | None = None
        self._probes: dict[int, Probe] = {}  # the open ones
        self._settled = False
        try:
            answer = server.ask({"op": "fork"}, (*theirs, self._page))
            if answer.get("op") != "forked":
                raise ConnectionResetError(str(answer.get("text")))
            self._pid = answer["pid"]
            self.alive = True
        finally:
            # As long as one of theirs is open here, the end of the process cannot be seen by its channel's.
            for end in ends:
                end[1].close()
            for _, writer in pipes:
                os.close(writer)
            if not self.alive:
                self._close_ends()
        try:
            self._wait_ready()
        except BaseException:
            self.close()
            raise

    def _wait_ready(self) -> None:
        try:
            frame = wire.unpack_frame(self._channel.read(time.monotonic() + SERVER_S))
        except (ChannelClosed, TimeoutError, wire.WireError):
            # a start that failed has said why on its own streams
            text = _drain(next(iter(self._pipes)), PACKET_BYTES) + _drain(list(self._pipes)[1], PACKET_BYTES)
            raise ConnectionResetError(last_line(text) or "the session did not start") from None
        if not isinstance(frame, wire.Ready):
            raise ConnectionResetError("the session started with an unexpected message")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _give_files(self, files: Mapping[str, bytes]) -> None:
        for some in _in_batches(files):
            self._next_id += 1
            message = {"op": "files", "id": self._next_id, "files": some}
            self._exchange(message, (wire.Done,), self._limits.call_s)

    def run_cell(self, source: str, *, limit_s: float | None = None, most: int | None = None) -> CellRun:
        """Run a cell through IPython. limit_s: wall-clock seconds, Limits.cell_s by default. most: so many of its
        statements only.

        At its limit it is interrupted, as by Ctrl-C; where that does not end it, the session is ended. A session that
        dies of it is closed; a dead session runs nothing (ProcessDied).
        """
        self._require_alive()
        limit_s = self._limits.cell_s if limit_s is None else limit_s
        self._next_id += 1
        outputs = Outputs(self._limits.output_bytes)
        for pipe in self._pipes:
            _drain(pipe, self._limits.output_bytes)  # what threads and subprocesses printed between cells
        start = time.monotonic()
        died, stopped, done = self._run(source, limit_s, most, outputs)
        seconds = time.monotonic() - start
        finished = statements.finished(self._page, self._next_id)  # before `close`, which takes the page along
        if died is not None:
            self.close()
        limit = self._limits.output_bytes
        cut = Died("output", say("cell_shows_too_much", size=_size(limit)), limit)
        return CellRun(
            outputs.finish(f"{say('cut_off', size=_size(limit))}\n"),
            done is not None and done.ok and stopped is None,
            seconds,
            died,
            stopped,
            cut if outputs.full else None,
            finished,
        )

    def _run(
        self, source: str, limit_s: float, most: int | None, outputs: Outputs
    ) -> tuple[Died | None, Died | None, wire.Done | None]:
        """Run a cell: why the session has to end, why the cell was stopped without that, and its last message."""
        message = {"op": "cell", "id": self._next_id, "source": _utf8(source), "most": most, "language": spoken()}
        died: Died | None = None
        try:
            return None, None, self._talk(self._channel, message, time.monotonic() + limit_s, (wire.Done,), outputs)
        except TimeoutError:
            died = Died("timeout", say("cell_too_long", seconds=f"{limit_s:g}"), limit_s)
        except ChannelClosed:
            died = self._exit_reason()
        except wire.WireError as error:
            died = Died("protocol", say("process_not_understood", error=error))
        except BaseException:  # Ctrl-C: the cell still runs
            self.close()
            raise
        done = self._interrupt(outputs) if died.how == "timeout" else None
        # A cell that caught the interrupt may have used the time since for anything.
        return (None, died, done) if done is not None and done.interrupted else (died, None, done)

    def _interrupt(self, outputs: Outputs) -> wire.Done | None:
        """Interrupt the cell that runs: its last message, or None when it does not end."""
        for patience_s in _INTERRUPTS_S:
            try:
                self._control.settimeout(_ANSWER_S)
                self._control.send(msgspec.msgpack.encode({"op": "interrupt"}))
                if not self._receive().get("interrupted"):
                    return None
                deadline = time.monotonic() + patience_s
                done: wire.Done = self._receive_frame(self._channel, self._next_id, deadline, (wire.Done,), outputs)
            except TimeoutError:
                continue
            except (OSError, ChannelClosed, wire.WireError):
                return None
            except BaseException:
                self.close()
                raise
            return done
        return None

    def probe(self) -> Probe:
        """Fork the session's process. What happens in the probe never reaches the session. Raises ProcessDied."""
        self._require_alive()
        self._next_id += 1
        number = self._next_id
        ours, theirs = socket.socketpair()
        channel = Channel(ours, self._limits.message_bytes)
        try:
            with theirs:
                self._command({"op": "begin", "probe": number})
                message = {"op": "probe", "id": number}
                forked = self._exchange(message, (wire.Forked,), self._limits.call_s, (theirs.fileno(),))
        except BaseException:
            channel.close()
            raise
        probe = Probe(self, channel, number, forked.pid)
        self._probes[number] = probe
        return probe

    def settle(self) -> None:
        """All cells have run: what they started and wrote stays when a probe ends, and nothing that came later does.

        Once for a session. Raises ProcessDied.
        """
        if not self._settled:
            self._require_alive()
            self._settled = True
            self._command(
                {"op": "settle", "probe": 0, "others": [probe.claimed_pid for probe in self._probes.values()]}
            )

    def close(self) -> None:
        """End the process and all it started; returns when they are gone."""
        if not self.alive:
            return
        self.alive = False
        self._close_ends()
        if not self._server.usable:  # what it had forked ended with it
            return
        try:
            self._server.ask({"op": "end", "pid": self._pid}, ())
        except (OSError, wire.WireError):
            self._server.kill()  # takes the session with it; the next session starts another

    def _close_ends(self) -> None:
        self._channel.close()
        self._control.close()
        for pipe in (*self._pipes, self._page):
            os.close(pipe)
        self._pipes = {}
        for probe in self._probes.values():
            probe.hang_up()

    def _require_alive(self) -> None:
        if not self.alive:
            raise ProcessDied(Died("exit", say("process_ended")))

    def _exchange(
        self, message: dict[str, Any], kind: tuple[type[Any], ...], limit_s: float, fds: tuple[int, ...] = ()
    ) -> Any:
        """One small request to the session itself. A session that fails it is dead."""
        try:
            return self._talk(self._channel, message, time.monotonic() + limit_s, kind, None, fds)
        except TimeoutError:
            died = Died("timeout", say("process_no_answer", seconds=f"{limit_s:g}"), limit_s)
        except ChannelClosed:
            died = self._exit_reason()
        except wire.WireError as error:
            died = Died("protocol", say("process_not_understood", error=error))
        except BaseException:
            self.close()
            raise
        self.close()
        raise ProcessDied(died)

    def _talk(
        self,
        channel: Channel,
        message: dict[str, Any],
        deadline: float,
        kind: tuple[type[Any], ...],
        outputs: Outputs | None,
        fds: tuple[int, ...] = (),
    ) -> Any:
        """Send a request and read frames until the one that ends it."""
        channel.put(wire.pack(message, self._limits.message_bytes), fds)
        return self._receive_frame(channel, message["id"], deadline, kind, outputs)

    def _receive_frame(
        self,
        channel: Channel,
        number: int,
        deadline: float,
        kind: tuple[type[Any], ...],
        outputs: Outputs | None = None,
    ) -> Any:
        """Read frames until one that answers request `number`. Frames of earlier requests are dropped."""
        pipes = self._pipes if outputs is not None else {}

        def pour(pipe: int) -> None:
            assert outputs is not None
            outputs.add_text(pipes[pipe], _drain(pipe, PACKET_BYTES))

        while True:
            body = channel.read(deadline, pipes, pour)
            frame = wire.unpack_frame(body)
            if frame.id != number:
                # Threads of an earlier cell may still print; but each request is answered once, and was.
                if isinstance(frame, wire.Reply | wire.Done | wire.Forked | wire.ExitStatus):
                    raise wire.WireError("an answer that nobody asked for")
                continue
            if isinstance(frame, kind):
                for pipe in pipes:  # what was printed before the answer may still lie there
                    pour(pipe)
                return frame
            if outputs is not None and isinstance(frame, wire.OUTPUT_FRAMES):
                outputs.add(frame, len(body))
            elif not isinstance(frame, wire.OUTPUT_FRAMES):
                raise wire.WireError(f"{type(frame).__name__} instead of {kind[0].__name__}")

    def _command(self, message: dict[str, Any]) -> bool:
        """Tell process 1 of the session something and wait for it."""
        self._control.settimeout(_SWEEP_S)
        try:
            self._control.send(msgspec.msgpack.encode(message))
            answer = self._receive()
        except (OSError, wire.WireError):
            answer = {}
        if answer.get("probe") == message["probe"]:
            return answer.get("clean") is True
        # any other answer is its last word: why the session ends
        died = _died_of(answer, self._limits)
        self.close()
        raise ProcessDied(died)

    def _receive(self) -> dict[str, Any]:
        packet = self._control.recv(PACKET_BYTES)
        answer = wire.unpack(packet) if packet else {}
        return answer if isinstance(answer, dict) else {}

    def _exit_reason(self) -> Died:
        """Why the process ended, as process 1 saw it."""
        self._control.settimeout(_ANSWER_S)
        try:
            return _died_of(self._receive(), self._limits)
        except (OSError, wire.WireError):
            return _died_of({}, self._limits)

    def _probe_ended(self, number: int, ask_status: bool) -> int | None:
        """Clear away what a probe left. Returns its wait status where asked for and known."""
        if not self.alive:
            return None
        status = None
        claimed_pid = self._probes.pop(number).claimed_pid
        others = [probe.claimed_pid for probe in self._probes.values()]
        if not self._command({"op": "end", "probe": number, "others": others}):
            self.close()  # something of it cannot be killed singly
            return None
        if ask_status:  # only its parent can wait for it, and that is the student's process
            self._next_id += 1
            with contextlib.suppress(ProcessDied):
                message = {"op": "exit_status", "id": self._next_id, "pid": claimed_pid}
                status = self._exchange(message, (wire.ExitStatus,), GRACE_S).status
        return status


class Probe:
    """A snapshot of a session that answers requests. Made by Session.probe.

    claimed_pid: what the student's process says its pid is; used for wording and for sparing it while others are swept.
    """

    def __init__(self, session: Session, channel: Channel, number: int, claimed_pid: int) -> None:
        self.claimed_pid = claimed_pid
        self._session = session
        self._channel: Channel | None = channel
        self._number = number
        self._next_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def send(self, kind: str, payload: bytes) -> None:
        """Have `handlers.handle` answer: `reply` reads it. Raises WireError for a payload longer than a message."""
        self._next_id += 1
        message = {"id": self._next_id, "kind": kind, "payload": payload}
        frame = wire.pack(message, self._session._limits.message_bytes)
        if self._channel is not None:  # of one that has ended `reply` tells why
            self._channel.put(frame)

    def reply(self, *, limit_s: float | None = None) -> bytes:
        """The next reply to what was sent last. limit_s: wall-clock seconds from now, Limits.call_s by default.

        Raises ProcessDied, and the probe is at its end.
        """
        if self._channel is None:
            raise ProcessDied(Died("exit", say("call_ended")))
        limit_s = self._session._limits.call_s if limit_s is None else limit_s
        ask_status = False
        try:
            frame = self._session._receive_frame(self._channel, self._next_id, time.monotonic() + limit_s, _Answer)
            if isinstance(frame, wire.Reply):
                return frame.payload
            died = Died("protocol", say("call_not_observed", error=frame.text))
        except TimeoutError:
            died = Died("timeout", say("call_too_long", seconds=f"{limit_s:g}"), limit_s)
        except ChannelClosed:
            died, ask_status = Died("exit", say("call_ended_process")), True
        except wire.WireError as error:
            died = Died("protocol", say("call_not_understood", error=error))
        except BaseException:
            self.close()
            raise
        raise ProcessDied(self._explain(died, ask_status))

    def _explain(self, died: Died, ask_status: bool) -> Died:
        try:
            status = self._end(ask_status)
        except ProcessDied as error:  # the whole session went with it, and process 1 knows why
            return error.died
        # SIGKILL tells nothing: a probe that closed its channel without ending was killed by the sweep.
        if status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
            return _died_of({"how": "signal", "value": os.WTERMSIG(status)}, self._session._limits)
        return died

    def _end(self, ask_status: bool) -> int | None:
        channel, self._channel = self._channel, None
        if channel is None:
            return None
        channel.close()
        return self._session._probe_ended(self._number, ask_status)

    def hang_up(self) -> None:
        """Close the channel only: the session, and with it the probe, has ended."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def close(self) -> None:
        """End the probe and all it started."""
        with contextlib.suppress(ProcessDied):
            self._end(ask_status=False)


_Answer: Final = (wire.Reply, wire.Failed)


def _in_batches(files: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Small files together, a large one alone: all of them may be longer than a message, and one message for each of
    thousands takes its time.
    """
    batch: dict[str, bytes] = {}
    size = 0
    for name, content in files.items():
        if batch and (size + len(content) > PACKET_BYTES or len(batch) >= _BATCH_FILES):
            yield batch
            batch, size = {}, 0
        batch[name] = content
        size += len(content)
    if batch:
        yield batch


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _size(count: int) -> str:
    return say("size", mebibytes=f"{count / 1024**2:g}")


def _drain(pipe: int, limit: int) -> bytes:
    """What waits in a non-blocking pipe, up to `limit` bytes."""
    parts, left = [], limit
    while left > 0:
        try:
            part = os.read(pipe, min(left, PACKET_BYTES))
        except BlockingIOError:
            break
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


_LIMIT_WORDS: Final[Mapping[str, Callable[[float], str]]] = {
    "memory": lambda value: say("too_much_memory", size=_size(int(value))),
    "processes": lambda value: say("too_many_processes", count=f"{value:g}"),
    "cpu": lambda value: say("too_much_cpu", seconds=f"{value:g}"),
    "files": lambda value: say("made_too_many_files", count=f"{value:g}"),
    "folders": lambda value: say("made_too_deep", count=f"{value:g}"),
    "scratch": lambda value: say("too_much_written", size=_size(int(value))),
}


def _died_of(answer: Mapping[str, Any], limits: Limits) -> Died:
    """What process 1 said, as a sentence. It lives beside the student's processes: nothing is taken for granted."""
    how, value = answer.get("how"), answer.get("value")
    if not isinstance(value, int | float):
        return Died("exit", say("process_ended"))
    if how in ("memory", "processes", "cpu", "scratch", "folders", "files"):
        return Died(how, _LIMIT_WORDS[how](value), float(value))
    # the kernel's limit of a single process; process 1 counts all of them together
    if how == "signal" and value == signal.SIGXCPU:
        return Died("cpu", _LIMIT_WORDS["cpu"](limits.cpu_s), float(limits.cpu_s))
    if how == "signal":
        try:
            name = signal.Signals(int(value)).name
        except ValueError:
            name = say("signal_numbered", number=f"{value:g}")
        return Died("signal", say("process_killed", signal=name))
    return Died("exit", say("process_left", status=f"{value:g}"))
