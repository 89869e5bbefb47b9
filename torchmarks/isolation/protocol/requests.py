"""What the grader asks of a session's own process and of its probes. What these answer are the frames of `wire`.

Each is answered once, with its `id`.
"""

from __future__ import annotations

import msgspec

from torchmarks.isolation.protocol.wire import decoded


class WriteFiles(msgspec.Struct, frozen=True, tag="files"):
    """Write files: relative path -> content. Answered by Done."""

    id: int
    files: dict[str, bytes]


class RunCell(msgspec.Struct, frozen=True, tag="cell"):
    """Run a cell. most: so many of its statements only; language: of messages. Output frames, then Done."""

    id: int
    source: str
    most: int | None = None
    language: str = ""


class ForkProbe(msgspec.Struct, frozen=True, tag="probe"):
    """Fork a probe. Its channel comes along. Answered by Forked."""

    id: int


class AskExitStatus(msgspec.Struct, frozen=True, tag="exit_status"):
    """Wait for a probe that has ended. Answered by ExitStatus."""

    id: int
    pid: int


class ProbeRequest(msgspec.Struct, frozen=True):
    """A request to a probe, for `handlers.handle`. Answered by Reply, as often as the handler does, or by Failed."""

    id: int
    kind: str
    payload: bytes


SessionRequest = WriteFiles | RunCell | ForkProbe | AskExitStatus

_session_requests: msgspec.msgpack.Decoder[SessionRequest] = msgspec.msgpack.Decoder(SessionRequest)
_probe_requests: msgspec.msgpack.Decoder[ProbeRequest] = msgspec.msgpack.Decoder(ProbeRequest)


def session_request(body: bytes | bytearray) -> SessionRequest:
    """A request as the session reads it. Raises WireError."""
    return decoded(_session_requests, body)


def probe_request(body: bytes | bytearray) -> ProbeRequest:
    """A request as a probe reads it. Raises WireError."""
    return decoded(_probe_requests, body)
