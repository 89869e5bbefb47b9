"""Commands of the grader's side to our own processes in a sandbox, and their answers: one struct a packet.

The zygote forks servers, a server forks sessions, and process 1 of a session watches it. None of them runs student
code, but all run beside it: msgspec checks every field of what they say, and nothing else comes out.
"""

from __future__ import annotations

import msgspec

from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.wire import decoded

# ---- to the zygote


class AddClient(msgspec.Struct, frozen=True, tag="client"):
    """Take one more channel like this one, for another process. Its descriptor comes along. Not answered."""


class StartServer(msgspec.Struct, frozen=True, tag="server"):
    """Fork a server. Its channel and its stderr come along. Answered by ServerStarted."""

    limits: Limits
    device: str


class EndServer(msgspec.Struct, frozen=True, tag="end_server"):
    """End a server that was started on this channel. Answered by Gone, once it is gone."""

    pid: int


class ServerStarted(msgspec.Struct, frozen=True, tag="server_started"):
    """pid: the server's; isolation: the name of the level at which its sessions will run."""

    pid: int
    isolation: str


class Gone(msgspec.Struct, frozen=True, tag="gone"):
    """What was to be ended is gone."""


# ---- to a server


class ForkSession(msgspec.Struct, frozen=True, tag="fork"):
    """Fork a session. Its channel, control channel, stdout, stderr and page come along, in this order.

    Answered by SessionForked or NotForked.
    """


class EndSession(msgspec.Struct, frozen=True, tag="end_session"):
    """End a session. Answered by Gone, once every process of it is gone."""

    pid: int


class ServerReady(msgspec.Struct, frozen=True, tag="ready"):
    """Said once, unasked: sessions can be forked."""


class SessionForked(msgspec.Struct, frozen=True, tag="forked"):
    """pid: of the session's process 1."""

    pid: int


class NotForked(msgspec.Struct, frozen=True, tag="failed"):
    """text: the error, in one line."""

    text: str


# ---- to process 1 of a session


class BeginProbe(msgspec.Struct, frozen=True, tag="begin"):
    """A probe is about to be forked: remember what lives and lies there. Answered by ProbeBegun."""

    probe: int


class Settle(msgspec.Struct, frozen=True, tag="settle"):
    """All cells have run: probes go back to what is there now. others: claimed pids of the open probes.

    Answered by Settled.
    """

    others: tuple[int, ...]


class EndProbe(msgspec.Struct, frozen=True, tag="end_probe"):
    """Clear away what a probe left. others: claimed pids of the probes that stay open. Answered by ProbeEnded."""

    probe: int
    others: tuple[int, ...]


class CountProcesses(msgspec.Struct, frozen=True, tag="count_processes"):
    """Remember which processes there are. Answered by ProcessesCounted."""


class EndProcesses(msgspec.Struct, frozen=True, tag="end_processes"):
    """End what was started since CountProcesses. others: claimed pids of the open probes.

    Answered by ProcessesEnded.
    """

    others: tuple[int, ...]


class Interrupt(msgspec.Struct, frozen=True, tag="interrupt"):
    """Stop the cell that runs, as Ctrl-C does. Answered by CellInterrupted."""


class ProbeBegun(msgspec.Struct, frozen=True, tag="probe_begun"):
    """The probe may be forked."""

    probe: int


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """What is there now stays when a probe ends."""


class ProbeEnded(msgspec.Struct, frozen=True, tag="probe_ended"):
    """clean: nothing of the probe is left."""

    probe: int
    clean: bool


class ProcessesCounted(msgspec.Struct, frozen=True, tag="processes_counted"):
    """The processes of now are remembered."""


class ProcessesEnded(msgspec.Struct, frozen=True, tag="processes_ended"):
    """What could be killed singly is gone."""


class CellInterrupted(msgspec.Struct, frozen=True, tag="cell_interrupted"):
    """The signal was sent."""


class SessionEnded(msgspec.Struct, frozen=True, tag="session_ended"):
    """The last thing that process 1 says, unasked.

    name: of the limit that was reached (value: the limit), "signal" (its number) or "exit" (the status).
    """

    name: str
    value: float


ZygoteCommand = AddClient | StartServer | EndServer
ServerCommand = ForkSession | EndSession
SupervisorCommand = BeginProbe | Settle | EndProbe | CountProcesses | EndProcesses | Interrupt
Answer = ServerStarted | Gone | ServerReady | SessionForked | NotForked
SupervisorAnswer = (
    ProbeBegun | Settled | ProbeEnded | ProcessesCounted | ProcessesEnded | CellInterrupted | SessionEnded
)

encode = msgspec.msgpack.Encoder().encode

_zygote_commands: msgspec.msgpack.Decoder[ZygoteCommand] = msgspec.msgpack.Decoder(ZygoteCommand)
_server_commands: msgspec.msgpack.Decoder[ServerCommand] = msgspec.msgpack.Decoder(ServerCommand)
_supervisor_commands: msgspec.msgpack.Decoder[SupervisorCommand] = msgspec.msgpack.Decoder(SupervisorCommand)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_supervisor_answers: msgspec.msgpack.Decoder[SupervisorAnswer] = msgspec.msgpack.Decoder(SupervisorAnswer)


def zygote_command(packet: bytes) -> ZygoteCommand:
    """A command as the zygote reads it. Raises WireError, as all of these do."""
    return decoded(_zygote_commands, packet)


def server_command(packet: bytes) -> ServerCommand:
    """A command as a server reads it."""
    return decoded(_server_commands, packet)


def supervisor_command(packet: bytes) -> SupervisorCommand:
    """A command as process 1 reads it."""
    return decoded(_supervisor_commands, packet)


def answer(packet: bytes) -> Answer:
    """What the zygote or a server said."""
    return decoded(_answers, packet)


def supervisor_answer(packet: bytes) -> SupervisorAnswer:
    """What process 1 said."""
    return decoded(_supervisor_answers, packet)
