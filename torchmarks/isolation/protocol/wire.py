"""Length-prefixed msgpack frames between the grader and a student's process.

Pure encoding and decoding, plus the two blocking calls that the student's side uses. Every length is checked before a
byte of the body is read. Must not unpickle, evaluate or import anything that a message names: what comes out is one of
the frame types below or of the types in `requests` and `control`, filled by msgspec's validating decoder.
"""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeVar

import msgspec

from torchmarks.errors import TorchmarksError

HEADER: Final = struct.Struct(">Q")
_MAX_ENTRIES: Final = 500_000  # what `checks.capture` takes of a few arguments and a result at its limits


class WireError(TorchmarksError):
    """A message was malformed or longer than allowed. `reason`: one plain clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"bad message: {self.reason}"


def plain_text(value: object) -> str:
    """`value` as text that UTF-8 can carry: a lone surrogate is shown as its escape."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


# What a student's process may say. `id` is the request it belongs to: leftovers of an earlier request are dropped.


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process is set up."""

    id: int = 0


class Stream(msgspec.Struct, frozen=True, tag="stream"):
    """Text printed."""

    id: int
    name: Literal["stdout", "stderr"]
    text: str


class Display(msgspec.Struct, frozen=True, tag="display"):
    """A rich display; `update` replaces the earlier one with the same `display_id`."""

    id: int
    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str | None = None
    update: bool = False


class Clear(msgspec.Struct, frozen=True, tag="clear"):
    """IPython.display.clear_output."""

    id: int
    wait: bool = False


class Result(msgspec.Struct, frozen=True, tag="result"):
    """The value of a cell's last expression."""

    id: int
    count: int
    data: dict[str, Any]
    metadata: dict[str, Any]


class Error(msgspec.Struct, frozen=True, tag="error"):
    """An exception that ended a cell."""

    id: int
    ename: str
    evalue: str
    traceback: list[str]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A request is finished. `ok`: without an exception; `interrupted`: a cell that ended because of an interrupt."""

    id: int
    ok: bool
    interrupted: bool = False


class Forked(msgspec.Struct, frozen=True, tag="forked"):
    """A probe was forked; `pid` as the student's process sees it (a claim, used for wording only)."""

    id: int
    pid: int


class ExitStatus(msgspec.Struct, frozen=True, tag="exit_status"):
    """How a probe ended: `status` as from waitpid, None when unknown."""

    id: int
    status: int | None


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """A probe's answer."""

    id: int
    payload: bytes


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A probe's handler raised: `text` is the exception, one line."""

    id: int
    text: str


Frame = Ready | Stream | Display | Clear | Result | Error | Done | Forked | ExitStatus | Reply | Failed
OUTPUT_FRAMES: Final = (Stream, Display, Clear, Result, Error)


def _no_extension(code: int, data: memoryview) -> Any:
    raise ValueError(f"extension type {code}")


_encoder = msgspec.msgpack.Encoder()
_frames: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame, ext_hook=_no_extension)
_Message = TypeVar("_Message")


def require_few(packed: bytes | bytearray) -> None:
    """Refuse msgpack data with more entries than honest ones have, before they become objects of ours.

    A byte can announce a list, and a list takes 56 bytes: 64 MiB of them would be gigabytes in the grader. Only the
    headers are read. Raises WireError; data that end too early are left to the decoder.
    """
    if len(packed) <= _MAX_ENTRIES:  # an entry takes a byte at least, and what is only announced the decoder refuses
        return
    position, waiting, seen, size = 0, 1, 0, len(packed)
    while waiting and position < size:
        head = packed[position]
        position += 1
        inside, field, fixed = _HEADS[head]
        if field:
            count = int.from_bytes(packed[position : position + field], "big")
            position += field
            if inside:
                inside *= count
            else:
                fixed += count
        position += fixed
        waiting += inside - 1
        seen += 1
        if seen + waiting > _MAX_ENTRIES:
            raise WireError("too many entries")


def _head(byte: int) -> tuple[int, int, int]:
    """What follows a msgpack header: entries (for each counted one), bytes of the length field, other bytes."""
    if byte < 0x80 or byte >= 0xE0 or 0xC0 <= byte <= 0xC3:
        return 0, 0, 0
    if byte < 0xC0:
        kind = byte >> 4
        return (2 * (byte & 15), 0, 0) if kind == 8 else (byte & 15, 0, 0) if kind == 9 else (0, 0, byte & 31)
    return _LONG_HEADS[byte]


_LONG_HEADS: Final = {
    0xC4: (0, 1, 0), 0xC5: (0, 2, 0), 0xC6: (0, 4, 0), 0xC7: (0, 1, 1), 0xC8: (0, 2, 1), 0xC9: (0, 4, 1),
    0xCA: (0, 0, 4), 0xCB: (0, 0, 8), 0xCC: (0, 0, 1), 0xCD: (0, 0, 2), 0xCE: (0, 0, 4), 0xCF: (0, 0, 8),
    0xD0: (0, 0, 1), 0xD1: (0, 0, 2), 0xD2: (0, 0, 4), 0xD3: (0, 0, 8), 0xD4: (0, 0, 2), 0xD5: (0, 0, 3),
    0xD6: (0, 0, 5), 0xD7: (0, 0, 9), 0xD8: (0, 0, 17), 0xD9: (0, 1, 0), 0xDA: (0, 2, 0), 0xDB: (0, 4, 0),
    0xDC: (1, 2, 0), 0xDD: (1, 4, 0), 0xDE: (2, 2, 0), 0xDF: (2, 4, 0),
}  # fmt: skip
_HEADS: Final = [_head(byte) for byte in range(256)]


def pack(message: object, limit: int) -> bytes:
    """One frame, header included. Raises WireError when the body is longer than `limit` bytes."""
    body = _encoder.encode(message)
    if len(body) > limit:
        raise WireError(f"{len(body)} bytes, more than {limit}")
    return HEADER.pack(len(body)) + body


def unpack_frame(body: bytes | bytearray) -> Frame:
    """Decode and validate a message of the student's side. Raises WireError."""
    require_few(body)  # displayed data, too, may be lists without end
    try:
        frame = _frames.decode(body)
        if isinstance(frame, Display | Result):
            _require_json(frame.data)
            _require_json(frame.metadata)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise WireError(f"not a valid message ({type(error).__name__})") from None
    return frame


def decoded(decoder: msgspec.msgpack.Decoder[_Message], body: bytes | bytearray) -> _Message:
    """Decode a message that is declared as small, by the decoder of its type. Raises WireError."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise WireError(f"not a valid message ({type(error).__name__})") from None


def _require_json(value: object) -> None:
    """Display data ends in a notebook file, so it must be what JSON can hold."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("a key that is not a string")
            _require_json(item)
    elif isinstance(value, list):
        for item in value:
            _require_json(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that JSON cannot hold")
    elif not isinstance(value, str | int | float | bool | None):
        raise ValueError(f"{type(value).__name__} in display data")


class FrameBuffer:
    """Collects received bytes and cuts them into message bodies.

    limit: the longest body accepted, in bytes. The announced length is checked as soon as the header is there, and
    memory grows only with what really arrived.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Add received bytes. Raises WireError when the message being received announces too great a length."""
        self._bytes += data
        self._length()

    def _length(self) -> int | None:
        if len(self._bytes) < HEADER.size:
            return None
        (length,) = HEADER.unpack_from(self._bytes)
        if length > self._limit:
            raise WireError(f"{length} bytes announced, more than {self._limit}")
        return int(length)

    def pop(self) -> bytes | None:
        """The next complete body, or None. Raises WireError like `feed`."""
        length = self._length()
        if length is None or len(self._bytes) < HEADER.size + length:
            return None
        end = HEADER.size + length
        # a view: a slice of the bytearray would be one copy more
        body = bytes(memoryview(self._bytes)[HEADER.size : end])
        del self._bytes[:end]
        return body


def receive(
    sock: socket.socket, limit: int, decode: Callable[[bytearray], _Message]
) -> tuple[_Message, list[int]] | None:
    """Blocking read of one message of the grader's side, with the descriptors sent along; None at end of file."""
    header, fds, _, _ = socket.recv_fds(sock, HEADER.size, 4)
    while header and len(header) < HEADER.size:  # a stream may cut even that in two
        more = sock.recv(HEADER.size - len(header))
        header = header + more if more else b""
    if not header:
        return None
    (length,) = HEADER.unpack(header)
    if length > limit:
        raise WireError(f"{length} bytes announced, more than {limit}")
    body = bytearray(length)
    view = memoryview(body)
    while view:
        count = sock.recv_into(view)
        if not count:
            return None
        view = view[count:]
    return decode(body), fds


def send(sock: socket.socket, message: object, limit: int, fds: Sequence[int] = ()) -> None:
    """Blocking write of one message."""
    data = pack(message, limit)
    if fds:
        sent = socket.send_fds(sock, [data], list(fds))
        data = data[sent:]
    sock.sendall(data)
