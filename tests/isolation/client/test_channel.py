"""A channel keeps its deadline whatever the other side does."""

import os
import socket
import time
from collections.abc import Iterator

import pytest

from torchmarks.isolation.client.channel import Channel, ChannelClosed
from torchmarks.isolation.protocol.wire import HEADER, WireError


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel that accepts 100 bytes, and the other end."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours, 100)
    with theirs:
        yield channel, theirs
    channel.close()


def soon() -> float:
    """A deadline."""
    return time.monotonic() + 0.1


def test_a_whole_message_is_read(pair: tuple[Channel, socket.socket]) -> None:
    """The body comes without its header."""
    channel, theirs = pair
    theirs.sendall(HEADER.pack(3) + b"abc")

    assert channel.read(soon()) == b"abc"


def test_a_message_that_never_comes(pair: tuple[Channel, socket.socket]) -> None:
    """An announced body that is not sent ends with the deadline."""
    channel, theirs = pair
    theirs.sendall(HEADER.pack(3) + b"ab")

    with pytest.raises(TimeoutError):
        channel.read(soon())


def test_a_process_that_does_not_read(pair: tuple[Channel, socket.socket]) -> None:
    """What cannot be sent does not block beyond the deadline."""
    channel, _ = pair
    channel.put(bytes(10_000_000))

    with pytest.raises(TimeoutError):
        channel.read(soon())


def test_too_long_a_message(pair: tuple[Channel, socket.socket]) -> None:
    """The announcement is enough."""
    channel, theirs = pair
    theirs.sendall(HEADER.pack(101))

    with pytest.raises(WireError, match="101 bytes announced"):
        channel.read(soon())


def test_a_closed_channel(pair: tuple[Channel, socket.socket]) -> None:
    """The end of file is reported; what was sent before is read first."""
    channel, theirs = pair
    theirs.sendall(HEADER.pack(1) + b"a")
    theirs.close()

    assert channel.read(soon()) == b"a"
    with pytest.raises(ChannelClosed):
        channel.read(soon())


def test_frames_go_before_pipes(pair: tuple[Channel, socket.socket]) -> None:
    """A frame that is there is read before a pipe, and a pipe without writers does not spin."""
    channel, theirs = pair
    reader, writer = os.pipe()
    os.write(writer, b"x")
    theirs.sendall(HEADER.pack(1) + b"a")
    seen: list[bytes] = []

    assert channel.read(soon(), [reader], lambda fd: seen.append(os.read(fd, 9))) == b"a"
    assert seen == []
    os.close(writer)
    start = time.process_time()
    with pytest.raises(TimeoutError):
        channel.read(time.monotonic() + 1, [reader], lambda fd: seen.append(os.read(fd, 9)))
    assert seen == [b"x"]
    assert time.process_time() - start < 0.5  # processor time of a second's wait: spinning takes all of it
    os.close(reader)
