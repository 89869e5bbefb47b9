"""A session: the process that runs the cells of one submission, and forks the probes that its tests use.

Moves bytes, and ends what it began. Everything a student's process says is checked by `wire` and believed to be
no more than that student's claim. Must not know what a probe's payload or an answer means.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

from torchmarks.checks.grading_sentences import say
from torchmarks.checks.language import spoken
from torchmarks.isolation.client.channel import Channel, ChannelClosed
from torchmarks.isolation.client.death import Died, ProcessDied, died_of, size_text
from torchmarks.isolation.client.frames import drain, receive_frame
from torchmarks.isolation.client.last_line import last_line
from torchmarks.isolation.client.launch import GRACE_S, PACKET_BYTES, SERVER_S, RunningServer
from torchmarks.isolation.client.outputs import Outputs
from torchmarks.isolation.client.probe import Probe
from torchmarks.isolation.protocol import control, requests, statements, wire
from torchmarks.isolation.protocol.limits import Limits

_ANSWER_S: Final = 1.0
_INTERRUPTS_S: Final = (0.5, 1.5)  # how long a cell has to end after each; a second one, because the first may get lost
_SWEEP_S: Final = 10.0  # for process 1 to kill what a probe started and to put files back
_BATCH_FILES: Final = 100


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


def _sockets(
    ours: contextlib.ExitStack, theirs: contextlib.ExitStack, kind: socket.SocketKind
) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets, each closed with the side that has it."""
    one, other = socket.socketpair(socket.AF_UNIX, kind)
    ours.callback(one.close)
    theirs.callback(other.close)
    return one, other


def _pipe(ours: contextlib.ExitStack, theirs: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe from them to us, each end closed with the side that has it."""
    reader, writer = os.pipe()
    ours.callback(os.close, reader)
    theirs.callback(os.close, writer)
    os.set_blocking(reader, False)  # `drain` takes what is there, and must not wait for more
    return reader, writer


class Session:
    """One submission's process. Made by Engine.session. When it dies, all that it started is dead with it."""

    def __init__(self, limits: Limits, server: RunningServer) -> None:
        self._limits = limits
        self._server = server
        self._next_id = 0
        self.alive = False
        self._pid = 0
        self._probes: dict[int, Probe] = {}  # the open ones
        self._settled = False
        # Each is closed should one after it not come. As long as one of theirs is open here, the end of the process
        # cannot be seen by its channel's.
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            talk, their_talk = _sockets(ours, theirs, socket.SOCK_STREAM)
            self._control, their_control = _sockets(ours, theirs, socket.SOCK_SEQPACKET)
            (stdout, their_stdout), (stderr, their_stderr) = _pipe(ours, theirs), _pipe(ours, theirs)
            self._page = statements.make_page()
            ours.callback(os.close, self._page)
            # In the order of the server's `_become_supervisor`, which has the page after them.
            ends = (their_talk.fileno(), their_control.fileno(), their_stdout, their_stderr, self._page)
            answer = server.ask(control.ForkSession(), ends)
            if not isinstance(answer, control.SessionForked):
                raise ConnectionResetError(answer.text if isinstance(answer, control.NotForked) else "no session came")
            self._channel = Channel(talk, self._limits.message_bytes)
            self._pipes = {stdout: "stdout", stderr: "stderr"}
            self._pid = answer.pid
            self.alive = True
            ours.pop_all()  # to be closed by `close`
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
            text = drain(next(iter(self._pipes)), PACKET_BYTES) + drain(list(self._pipes)[1], PACKET_BYTES)
            raise ConnectionResetError(last_line(text) or "the session did not start") from None
        if not isinstance(frame, wire.Ready):
            raise ConnectionResetError("the session started with an unexpected message")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def give_files(self, files: Mapping[str, bytes]) -> None:
        """Write files to its working directory. Raises ProcessDied."""
        for some in _in_batches(files):
            self._next_id += 1
            self._exchange(requests.WriteFiles(self._next_id, some), (wire.Done,), self._limits.call_s)

    def run_cell(self, source: str, *, limit_s: float | None = None, most: int | None = None) -> CellRun:
        """Run a cell through IPython. limit_s: wall-clock seconds, Limits.cell_s by default. most: so many of its
        statements only, after which the processes that these have started are ended.

        At its limit it is interrupted, as by Ctrl-C; where that does not end it, the session is ended. A session that
        dies of it is closed; a dead session runs nothing (ProcessDied).
        """
        self._require_alive()
        limit_s = self._limits.cell_s if limit_s is None else limit_s
        self._next_id += 1
        outputs = Outputs(self._limits.output_bytes)
        for pipe in self._pipes:
            drain(pipe, self._limits.output_bytes)  # what threads and subprocesses printed between cells
        start = time.monotonic()
        if most is not None and (died := self._died_of(control.CountProcesses(), control.ProcessesCounted())):
            return CellRun((), False, 0.0, died)
        died, stopped, done = self._run(source, limit_s, most, outputs)
        seconds = time.monotonic() - start
        finished = statements.finished(self._page, self._next_id)  # before `close`, which takes the page along
        if died is None and most is not None:
            died = self._died_of(control.EndProcesses(self._claimed_pids()), control.ProcessesEnded())
        if died is not None:
            self.close()
        limit = self._limits.output_bytes
        cut = Died("output", say("cell_shows_too_much", size=size_text(limit)), limit)
        return CellRun(
            outputs.finish(f"{say('cut_off', size=size_text(limit))}\n"),
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
        message = requests.RunCell(self._next_id, _utf8(source), most, spoken())
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
        done = self._interrupt(outputs) if died.name == "timeout" else None
        # A cell that caught the interrupt may have used the time since for anything.
        return (None, died, done) if done is not None and done.interrupted else (died, None, done)

    def _interrupt(self, outputs: Outputs) -> wire.Done | None:
        """Interrupt the cell that runs: its last message, or None when it does not end."""
        for patience_s in _INTERRUPTS_S:
            try:
                self._control.settimeout(_ANSWER_S)
                self._control.send(control.encode(control.Interrupt()))
                if not isinstance(self._receive(), control.CellInterrupted):
                    return None
                deadline = time.monotonic() + patience_s
                done: wire.Done = receive_frame(
                    self._channel, self._next_id, deadline, (wire.Done,), outputs, self._pipes
                )
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
                self._command(control.BeginProbe(number), control.ProbeBegun(number))
                message = requests.ForkProbe(number)
                forked = self._exchange(message, (wire.Forked,), self._limits.call_s, (theirs.fileno(),))
        except BaseException:
            channel.close()
            raise
        probe = Probe(channel, number, forked.pid, self._limits, self._probe_ended)
        self._probes[number] = probe
        return probe

    def settle(self) -> None:
        """All cells have run: what they started and wrote stays when a probe ends, and nothing that came later does.

        Once for a session. Raises ProcessDied.
        """
        if not self._settled:
            self._require_alive()
            self._settled = True
            self._command(control.Settle(self._claimed_pids()), control.Settled())

    def close(self) -> None:
        """End the process and all it started; returns when they are gone."""
        if not self.alive:
            return
        self.alive = False
        self._close_ends()
        if not self._server.usable:  # what it had forked ended with it
            return
        try:
            self._server.ask(control.EndSession(self._pid), ())
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
        self,
        message: requests.SessionRequest,
        kind: tuple[type[Any], ...],
        limit_s: float,
        fds: tuple[int, ...] = (),
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
        message: requests.SessionRequest,
        deadline: float,
        kind: tuple[type[Any], ...],
        outputs: Outputs | None,
        fds: tuple[int, ...] = (),
    ) -> Any:
        """Send a request and read frames until the one that ends it."""
        channel.put(wire.pack(message, self._limits.message_bytes), fds)
        return receive_frame(channel, message.id, deadline, kind, outputs, self._pipes)

    def _command(
        self, command: control.SupervisorCommand, *expected: control.SupervisorAnswer
    ) -> control.SupervisorAnswer:
        """Give process 1 of the session a command, and wait for one of the answers that are `expected`."""
        self._control.settimeout(_SWEEP_S)
        try:
            self._control.send(control.encode(command))
            answer = self._receive()
        except (OSError, wire.WireError):
            answer = None
        if answer is not None and answer in expected:
            return answer
        # any other answer is its last word: why the session ends
        died = died_of(answer, self._limits)
        self.close()
        raise ProcessDied(died)

    def _died_of(self, command: control.SupervisorCommand, expected: control.SupervisorAnswer) -> Died | None:
        """Give process 1 a command: None, or why the session ended before it was carried out."""
        try:
            self._command(command, expected)
        except ProcessDied as error:
            return error.died
        return None

    def _receive(self) -> control.SupervisorAnswer | None:
        packet = self._control.recv(PACKET_BYTES)
        return control.supervisor_answer(packet) if packet else None

    def _claimed_pids(self) -> tuple[int, ...]:
        return tuple(probe.claimed_pid for probe in self._probes.values())

    def _exit_reason(self) -> Died:
        """Why the process ended, as process 1 saw it."""
        self._control.settimeout(_ANSWER_S)
        try:
            return died_of(self._receive(), self._limits)
        except (OSError, wire.WireError):
            return died_of(None, self._limits)

    def _probe_ended(self, number: int, ask_status: bool) -> int | None:
        """Clear away what a probe left. Returns its wait status where asked for and known."""
        if not self.alive:
            return None
        status = None
        claimed_pid = self._probes.pop(number).claimed_pid
        clean, unclean = control.ProbeEnded(number, clean=True), control.ProbeEnded(number, clean=False)
        if self._command(control.EndProbe(number, self._claimed_pids()), clean, unclean) != clean:
            self.close()  # something of it cannot be killed singly
            return None
        if ask_status:  # only its parent can wait for it, and that is the student's process
            self._next_id += 1
            with contextlib.suppress(ProcessDied):
                message = requests.AskExitStatus(self._next_id, claimed_pid)
                status = self._exchange(message, (wire.ExitStatus,), GRACE_S).status
        return status


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
