"""Frames: what is accepted, what is refused, and that a length is checked before memory is taken for it."""

import contextlib
import math
import socket
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchmarks.isolation.protocol import wire
from torchmarks.isolation.protocol.requests import ForkProbe, session_request
from torchmarks.isolation.protocol.wire import FrameBuffer, WireError

EXTENSION = msgspec.msgpack.Ext(5, b"x")


def body(message: object) -> bytes:
    """A message without its header."""
    return wire.pack(message, 1 << 20)[wire.HEADER.size :]


@pytest.mark.parametrize(
    "frame",
    [
        wire.Ready(),
        wire.Stream(1, "stdout", "a"),
        wire.Display(1, {"text/plain": "a", "application/json": {"a": [1, None, 2.5]}}, {}, "id", True),
        wire.Clear(1, True),
        wire.Result(1, 2, {"text/plain": "a"}, {}),
        wire.Error(1, "E", "v", ["t"]),
        wire.Done(1, True),
        wire.Forked(1, 2),
        wire.ExitStatus(1, None),
        wire.Reply(1, b"\0\xff"),
        wire.Failed(1, "no"),
    ],
)
def test_every_frame_survives_the_wire(frame: wire.Frame) -> None:
    """What is packed is unpacked as the same frame."""
    assert wire.unpack_frame(body(frame)) == frame


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x80",
        msgspec.msgpack.encode({"type": "unknown"}),
        msgspec.msgpack.encode({"type": "done", "id": "1", "ok": True}),
        msgspec.msgpack.encode({"type": "done", "id": 1, "ok": 1}),
        msgspec.msgpack.encode({"type": "stream", "id": 1, "name": "stdin", "text": ""}),
        msgspec.msgpack.encode({"type": "display", "id": 1, "data": {"a": b"x"}, "metadata": {}}),
        msgspec.msgpack.encode({"type": "display", "id": 1, "data": {"a": math.nan}, "metadata": {}}),
        msgspec.msgpack.encode({"type": "display", "id": 1, "data": {"a": -math.inf}, "metadata": {}}),
        msgspec.msgpack.encode({"type": "display", "id": 1, "data": {"a": {1: 2}}, "metadata": {}}),
        msgspec.msgpack.encode(
            {"type": "display", "id": 1, "data": {"a": msgspec.msgpack.Ext(5, b"x")}, "metadata": {}}
        ),
        body(wire.Done(1, True))[:-1],
        body(wire.Done(1, True)) + b"\0",
        b"\x91" * 100_000,
        b"\xdd\xff\xff\xff\xff",
    ],
)
def test_a_malformed_frame_is_refused(data: bytes) -> None:
    """Wrong types, unknown tags, extensions, truncation, depth and false counts are all one kind of error."""
    with pytest.raises(WireError, match="not a valid message"):
        wire.unpack_frame(data)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_decode_or_be_refused(data: bytes) -> None:
    """Random bytes never raise another error."""
    with contextlib.suppress(WireError):
        wire.unpack_frame(data)


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 20))
def test_bodies_arrive_whole_however_they_are_cut(bodies: list[bytes], step: int) -> None:
    """The stream may be delivered in pieces of any size."""
    stream = b"".join(wire.HEADER.pack(len(data)) + data for data in bodies)
    buffer, found = FrameBuffer(50), []
    for start in range(0, len(stream), step):
        buffer.feed(stream[start : start + step])
        while (data := buffer.pop()) is not None:
            found.append(data)

    assert found == bodies


@pytest.mark.parametrize("length", [101, 2**32, 2**64 - 1])
def test_an_announced_length_is_refused_at_once(length: int) -> None:
    """The header alone suffices, before any of the body is there."""
    buffer = FrameBuffer(100)

    with pytest.raises(WireError, match="more than 100"):
        buffer.feed(wire.HEADER.pack(length))


def test_a_false_announcement_takes_no_memory() -> None:
    """A permitted but large length is not allocated until the bytes come."""
    buffer = FrameBuffer(1 << 30)
    buffer.feed(wire.HEADER.pack(1 << 30))

    assert sys.getsizeof(buffer._bytes) < 1000


def test_a_long_message_is_not_sent() -> None:
    """Packing checks the limit too."""
    with pytest.raises(WireError, match="more than 50"):
        wire.pack({"a": b"x" * 100}, 50)


def test_blocking_receive_takes_descriptors_along() -> None:
    """A descriptor travels with its message, and the end of file is None."""
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            wire.send(ours, ForkProbe(7), 100, (ours.fileno(),))
            received = wire.receive(theirs, 100, session_request)
            assert received is not None
            message, fds = received
            socket.socket(fileno=fds[0]).close()
            assert message == ForkProbe(7)
        assert wire.receive(theirs, 100, session_request) is None


def test_an_output_of_a_million_lists_is_refused_before_it_is_read() -> None:
    """Displayed data are counted by their headers: a byte for each list would be gigabytes of lists."""
    lists = b"\xdd" + (1 << 20).to_bytes(4, "big") + b"\x90" * (1 << 20)
    frame = b"\x84\xa4type\xa7display\xa2id\x01\xa4data\x81\xa1x" + lists + b"\xa8metadata\x80"

    with pytest.raises(WireError, match="too many entries"):
        wire.unpack_frame(frame)
