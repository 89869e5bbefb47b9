"""The grader's side of isolation: a warm server, sessions forked from it, probes forked from sessions.

Starts and ends processes, and moves bytes. Everything a student's process says is checked by `wire` and believed to be
no more than that student's claim. Must not know what a cell, a probe's payload or an answer means, and must not import
the judge, the grading or nbgrader.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from types import TracebackType
from typing import IO, Any, Final, Literal, Self

import msgspec

from torchmarks.checks.grading_sentences import say
from torchmarks.errors import TorchmarksError, UsageError
from torchmarks.isolation import sandbox, statements, wire
from torchmarks.isolation.limits import Limits
from torchmarks.isolation.line import Line, LineClosed
from torchmarks.isolation.outputs import Outputs

_START_S: Final = 120.0
_SERVER_S: Final = 20.0
_LAST_WORD_S: Final = 1.0
_GRACE_S: Final = 5.0
_INTERRUPTS_S: Final = (0.5, 1.5)  # how long a cell has to end after each; a second one, because the first may get lost
_SWEEP_S: Final = 10.0
_PACKET_BYTES: Final = 65536
_PARCEL_FILES: Final = 100

How = Literal["timeout", "memory", "cpu", "processes", "exit", "signal", "output", "protocol"]


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
_warned = threading.Event()


def _launch(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    global _launcher
    with _launcher_lock:
        if _launcher is None or _launcher[0] != os.getpid():  # a forked worker needs a thread of its own
            _launcher = (os.getpid(), ThreadPoolExecutor(1, "torchmarks-launcher"))

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, **options)

    return _launcher[1].submit(start).result()


class _Server:
    """One running server and the line to it."""

    def __init__(self, limits: Limits, world: str, unsafe: bool) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.getpid()
        self._home = tempfile.mkdtemp(prefix="torchmarks-") if unsafe else None
        with theirs, tempfile.TemporaryFile() as said:
            self.process = _launch(
                self._command(theirs.fileno(), unsafe),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=sandbox.environment() | ({} if self._home is None else {"HOME": self._home, "TMPDIR": self._home}),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is the grader's to handle
                cwd="/",
            )
            theirs.close()
            self._greet(limits, world, unsafe, said)

    @staticmethod
    def _command(fd: int, unsafe: bool) -> list[str]:
        root = str(sandbox.package_parent()) if unsafe else sandbox.PACKAGE_ROOT
        program = f"import sys; sys.path.insert(0, {root!r}); from torchmarks.isolation.child import main; main({fd})"
        if unsafe:
            return sandbox.unisolated_command(["-c", program])
        return sandbox.command(sandbox.find_bwrap(), ["-c", program])

    def _greet(self, limits: Limits, world: str, unsafe: bool, said: IO[bytes]) -> None:
        start = {"op": "start", "limits": dataclasses.asdict(limits), "world": world, "isolated": not unsafe}
        try:
            self.ask(start, (), _START_S)
        except (OSError, wire.WireError):
            self.kill()
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise ServerHurt(lines[-1] if lines else "it ended without a word") from None
        except BaseException:  # Ctrl-C while it starts
            self.kill()
            raise

    def ask(self, message: Mapping[str, Any], fds: tuple[int, ...], limit_s: float = _SERVER_S) -> dict[str, Any]:
        """One packet there, one back. Raises OSError (also for a timeout or a closed line) or WireError."""
        self._line.settimeout(limit_s)
        socket.send_fds(self._line, [msgspec.msgpack.encode(message)], fds)
        packet = self._line.recv(_PACKET_BYTES)
        if not packet:
            raise ConnectionResetError("the server is gone")
        answer = wire.unpack(packet)
        return answer if isinstance(answer, dict) else {}

    def kill(self) -> None:
        """End it and all below it. In a forked copy of the grader only the line is closed: it is not ours to end."""
        self._line.close()
        if self.pid != os.getpid():
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE_S)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)

    @property
    def usable(self) -> bool:
        """Whether it still runs and belongs to this process."""
        return self.pid == os.getpid() and self.process.poll() is None


class Engine:
    """A warm server that sessions are forked from. Started with the first session, restarted when it was hurt.

    limits: what each submission may use. world: "sim" registers the simulated accelerator before any student code runs.
    unsafe_no_sandbox: run students' code as an ordinary process of this user, with a warning on stderr; nothing but
    resource limits then stands between it and this machine.

    Not thread-safe; one session at a time is the usual way, several may be open. Raises sandbox.NoSandbox when the
    sandbox cannot be made.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        *,
        world: Literal["cpu", "sim"] = "cpu",
        unsafe_no_sandbox: bool = False,
    ) -> None:
        if world not in ("cpu", "sim"):
            raise UsageError(f"world is {world!r}", "Engine", 'Give "cpu" or "sim".')
        self.limits = limits
        self.world = world
        self._unsafe = unsafe_no_sandbox
        self._server: _Server | None = None
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        if unsafe_no_sandbox:
            _warn_unsafe()
        else:
            sandbox.find_bwrap()

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

    def _running(self) -> _Server:
        if self._server is None or not self._server.usable:
            self._drop()
            self._server = _Server(self.limits, self.world, self._unsafe)
        return self._server

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.kill()

    def close(self) -> None:
        """End the server and every session. The engine may be used again afterwards."""
        for session in list(self._sessions):
            session.close()
        self._drop()


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
    sendable = name.isascii() or name == name.encode("utf-8", "replace").decode("utf-8")
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name or not sendable:
        raise UsageError(f"{name!r} is not a path inside the working directory", "files", "Give a relative path.")


class Session:
    """One submission's process. Made by Engine.session. When it dies, all that it started is dead with it."""

    def __init__(self, engine: Engine, server: _Server) -> None:
        self._limits = engine.limits
        self._server = server
        self._next_id = 0
        self.alive = False
        ends = [socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)]
        pipes = [os.pipe(), os.pipe()]
        for reader, _ in pipes:
            os.set_blocking(reader, False)
        theirs = (ends[0][1].fileno(), ends[1][1].fileno(), pipes[0][1], pipes[1][1])
        self._line = Line(ends[0][0], self._limits.message_bytes)
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
            frame = wire.unpack_frame(self._line.read(time.monotonic() + _SERVER_S))
        except (LineClosed, TimeoutError, wire.WireError):
            text = _drain(next(iter(self._pipes)), _PACKET_BYTES) + _drain(list(self._pipes)[1], _PACKET_BYTES)
            lines = text.decode(errors="replace").strip().splitlines()
            raise ConnectionResetError(lines[-1] if lines else "the session did not start") from None
        if not isinstance(frame, wire.Ready):
            raise ConnectionResetError("the session started with an unexpected message")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _give_files(self, files: Mapping[str, bytes]) -> None:
        for some in _in_parcels(files):
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
        finished = statements.finished(self._page, self._next_id)
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
        message = {"op": "cell", "id": self._next_id, "source": _utf8(source), "most": most}
        died: Died | None = None
        try:
            return None, None, self._talk(self._line, message, time.monotonic() + limit_s, (wire.Done,), outputs)
        except TimeoutError:
            died = Died("timeout", say("cell_too_long", seconds=f"{limit_s:g}"), limit_s)
        except LineClosed:
            died = self._last_word()
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
                self._control.settimeout(_LAST_WORD_S)
                self._control.send(msgspec.msgpack.encode({"op": "interrupt"}))
                if not self._hear().get("interrupted"):
                    return None
                deadline = time.monotonic() + patience_s
                done: wire.Done = self._hear_frame(self._line, self._next_id, deadline, (wire.Done,), outputs)
            except TimeoutError:
                continue
            except (OSError, LineClosed, wire.WireError):
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
        line = Line(ours, self._limits.message_bytes)
        try:
            with theirs:
                self._order({"op": "begin", "probe": number})
                message = {"op": "probe", "id": number}
                forked = self._exchange(message, (wire.Forked,), self._limits.call_s, (theirs.fileno(),))
        except BaseException:
            line.close()
            raise
        probe = Probe(self, line, number, forked.pid)
        self._probes[number] = probe
        return probe

    def settle(self) -> None:
        """All cells have run: what they started and wrote stays when a probe ends, and nothing that came later does.

        Once for a session. Raises ProcessDied.
        """
        if not self._settled:
            self._require_alive()
            self._settled = True
            self._order({"op": "settle", "probe": 0, "others": [probe.claimed_pid for probe in self._probes.values()]})

    def close(self) -> None:
        """End the process and all it started; returns when they are gone."""
        if not self.alive:
            return
        self.alive = False
        self._close_ends()
        if not self._server.usable:
            return
        try:
            self._server.ask({"op": "end", "pid": self._pid}, ())
        except (OSError, wire.WireError):
            self._server.kill()  # takes the session with it; the next session starts another

    def _close_ends(self) -> None:
        self._line.close()
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
            return self._talk(self._line, message, time.monotonic() + limit_s, kind, None, fds)
        except TimeoutError:
            died = Died("timeout", say("process_no_answer", seconds=f"{limit_s:g}"), limit_s)
        except LineClosed:
            died = self._last_word()
        except wire.WireError as error:
            died = Died("protocol", say("process_not_understood", error=error))
        except BaseException:
            self.close()
            raise
        self.close()
        raise ProcessDied(died)

    def _talk(
        self,
        line: Line,
        message: dict[str, Any],
        deadline: float,
        kind: tuple[type[Any], ...],
        outputs: Outputs | None,
        fds: tuple[int, ...] = (),
    ) -> Any:
        """Send a request and read frames until the one that ends it."""
        line.put(wire.pack(message, self._limits.message_bytes), fds)
        return self._hear_frame(line, message["id"], deadline, kind, outputs)

    def _hear_frame(
        self, line: Line, number: int, deadline: float, kind: tuple[type[Any], ...], outputs: Outputs | None = None
    ) -> Any:
        """Read frames until one that answers request `number`. Frames of earlier requests are dropped."""
        pipes = self._pipes if outputs is not None else {}

        def pour(pipe: int) -> None:
            assert outputs is not None
            outputs.add_text(pipes[pipe], _drain(pipe, _PACKET_BYTES))

        while True:
            body = line.read(deadline, pipes, pour)
            frame = wire.unpack_frame(body)
            if frame.id != number:
                if isinstance(frame, wire.Reply | wire.Done | wire.Forked | wire.Fate):
                    raise wire.WireError("an answer that nobody asked for")
                continue
            if isinstance(frame, kind):
                for pipe in pipes:
                    pour(pipe)
                return frame
            if outputs is not None and isinstance(frame, wire.OUTPUT_FRAMES):
                outputs.add(frame, len(body))
            elif not isinstance(frame, wire.OUTPUT_FRAMES):
                raise wire.WireError(f"{type(frame).__name__} instead of {kind[0].__name__}")

    def _order(self, message: dict[str, Any]) -> bool:
        """Tell process 1 of the session something and wait for it."""
        self._control.settimeout(_SWEEP_S)
        try:
            self._control.send(msgspec.msgpack.encode(message))
            answer = self._hear()
        except (OSError, wire.WireError):
            answer = {}
        if answer.get("probe") == message["probe"]:
            return answer.get("clean") is True
        died = _died_of(answer, self._limits)
        self.close()
        raise ProcessDied(died)

    def _hear(self) -> dict[str, Any]:
        packet = self._control.recv(_PACKET_BYTES)
        answer = wire.unpack(packet) if packet else {}
        return answer if isinstance(answer, dict) else {}

    def _last_word(self) -> Died:
        """Why the process ended, as process 1 saw it."""
        self._control.settimeout(_LAST_WORD_S)
        try:
            return _died_of(self._hear(), self._limits)
        except (OSError, wire.WireError):
            return _died_of({}, self._limits)

    def _probe_ended(self, number: int, ask_fate: bool) -> int | None:
        """Clear away what a probe left. Returns its wait status where asked for and known."""
        if not self.alive:
            return None
        status = None
        claimed_pid = self._probes.pop(number).claimed_pid
        others = [probe.claimed_pid for probe in self._probes.values()]
        if not self._order({"op": "end", "probe": number, "others": others}):
            self.close()  # something of it cannot be killed singly
            return None
        if ask_fate:
            self._next_id += 1
            with contextlib.suppress(ProcessDied):
                message = {"op": "fate", "id": self._next_id, "pid": claimed_pid}
                status = self._exchange(message, (wire.Fate,), _GRACE_S).status
        return status


class Probe:
    """A snapshot of a session that answers requests. Made by Session.probe.

    claimed_pid: what the student's process says its pid is; used for wording and for sparing it while others are swept.
    """

    def __init__(self, session: Session, line: Line, number: int, claimed_pid: int) -> None:
        self.claimed_pid = claimed_pid
        self._session = session
        self._line: Line | None = line
        self._number = number
        self._next_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def request(self, kind: str, payload: bytes, *, limit_s: float | None = None) -> bytes:
        """Have `handlers.handle` answer with one reply. limit_s: see `reply`. Raises ProcessDied, WireError."""
        self.send(kind, payload)
        return self.reply(limit_s=limit_s)

    def send(self, kind: str, payload: bytes) -> None:
        """Have `handlers.handle` answer: `reply` reads it. Raises WireError for a payload longer than a message."""
        self._next_id += 1
        message = {"id": self._next_id, "kind": kind, "payload": payload}
        frame = wire.pack(message, self._session._limits.message_bytes)
        if self._line is not None:
            self._line.put(frame)

    def reply(self, *, limit_s: float | None = None) -> bytes:
        """The next reply to what was sent last. limit_s: wall-clock seconds from now, Limits.call_s by default.

        Raises ProcessDied, and the probe is at its end.
        """
        if self._line is None:
            raise ProcessDied(Died("exit", say("call_ended")))
        limit_s = self._session._limits.call_s if limit_s is None else limit_s
        ask_fate = False
        try:
            frame = self._session._hear_frame(self._line, self._next_id, time.monotonic() + limit_s, _Answer)
            if isinstance(frame, wire.Reply):
                return frame.payload
            died = Died("protocol", say("call_not_observed", error=frame.text))
        except TimeoutError:
            died = Died("timeout", say("call_too_long", seconds=f"{limit_s:g}"), limit_s)
        except LineClosed:
            died, ask_fate = Died("exit", say("call_ended_process")), True
        except wire.WireError as error:
            died = Died("protocol", say("call_not_understood", error=error))
        except BaseException:
            self.close()
            raise
        raise ProcessDied(self._explain(died, ask_fate))

    def _explain(self, died: Died, ask_fate: bool) -> Died:
        try:
            status = self._end(ask_fate)
        except ProcessDied as error:  # the whole session went with it, and process 1 knows why
            return error.died
        # SIGKILL tells nothing: a probe that closed its line without ending was killed by the sweep.
        if status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
            return _died_of({"how": "signal", "value": os.WTERMSIG(status)}, self._session._limits)
        return died

    def _end(self, ask_fate: bool) -> int | None:
        line, self._line = self._line, None
        if line is None:
            return None
        line.close()
        return self._session._probe_ended(self._number, ask_fate)

    def hang_up(self) -> None:
        """Close the line only: the session, and with it the probe, has ended."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def close(self) -> None:
        """End the probe and all it started."""
        with contextlib.suppress(ProcessDied):
            self._end(ask_fate=False)


_Answer: Final = (wire.Reply, wire.Failed)


def _in_parcels(files: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Small files together, a large one alone: all of them may be longer than a message, and one message for each of
    thousands takes its time.
    """
    parcel: dict[str, bytes] = {}
    size = 0
    for name, content in files.items():
        if parcel and (size + len(content) > _PACKET_BYTES or len(parcel) >= _PARCEL_FILES):
            yield parcel
            parcel, size = {}, 0
        parcel[name] = content
        size += len(content)
    if parcel:
        yield parcel


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _size(count: int) -> str:
    return say("size", mebibytes=f"{count / 1024**2:g}")


def _drain(pipe: int, limit: int) -> bytes:
    """What waits in a non-blocking pipe, up to `limit` bytes."""
    parts, left = [], limit
    while left > 0:
        try:
            part = os.read(pipe, min(left, _PACKET_BYTES))
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
}


def _died_of(word: Mapping[str, Any], limits: Limits) -> Died:
    """What process 1 said, as a sentence. It lives beside the student's processes: nothing is taken for granted."""
    how, value = word.get("how"), word.get("value")
    if not isinstance(value, int | float):
        return Died("exit", say("process_ended"))
    if how in ("memory", "processes", "cpu"):
        return Died(how, _LIMIT_WORDS[how](value), float(value))
    if how == "signal" and value == signal.SIGXCPU:
        return Died("cpu", _LIMIT_WORDS["cpu"](limits.cpu_s), float(limits.cpu_s))
    if how == "signal":
        try:
            name = signal.Signals(int(value)).name
        except ValueError:
            name = say("signal_numbered", number=f"{value:g}")
        return Died("signal", say("process_killed", signal=name))
    return Died("exit", say("process_left", status=f"{value:g}"))
