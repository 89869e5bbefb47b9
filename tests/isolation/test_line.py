"""A line keeps its deadline whatever the other side does."""

import os
import socket
import time
from collections.abc import Iterator

import pytest

from torchmarks.isolation.line import Line, LineClosed
from torchmarks.isolation.wire import HEADER, WireError


@pytest.fixture
def pair() -> Iterator[tuple[Line, socket.socket]]:
    """A line that accepts 100 bytes, and the other end."""
    ours, theirs = socket.socketpair()
    line = Line(ours, 100)
    with theirs:
        yield line, theirs
    line.close()


def soon() -> float:
    """A deadline."""
    return time.monotonic() + 0.1


def test_a_whole_message_is_read(pair: tuple[Line, socket.socket]) -> None:
    """The body comes without its header."""
    line, theirs = pair
    theirs.sendall(HEADER.pack(3) + b"abc")

    assert line.read(soon()) == b"abc"


def test_a_message_that_never_comes(pair: tuple[Line, socket.socket]) -> None:
    """An announced body that is not sent ends with the deadline."""
    line, theirs = pair
    theirs.sendall(HEADER.pack(3) + b"ab")

    with pytest.raises(TimeoutError):
        line.read(soon())


def test_a_process_that_does_not_read(pair: tuple[Line, socket.socket]) -> None:
    """What cannot be sent does not block beyond the deadline."""
    line, _ = pair
    line.put(bytes(10_000_000))

    with pytest.raises(TimeoutError):
        line.read(soon())


def test_too_long_a_message(pair: tuple[Line, socket.socket]) -> None:
    """The announcement is enough."""
    line, theirs = pair
    theirs.sendall(HEADER.pack(101))

    with pytest.raises(WireError):
        line.read(soon())


def test_a_closed_line(pair: tuple[Line, socket.socket]) -> None:
    """The end of file is told; what was sent before is read first."""
    line, theirs = pair
    theirs.sendall(HEADER.pack(1) + b"a")
    theirs.close()

    assert line.read(soon()) == b"a"
    with pytest.raises(LineClosed):
        line.read(soon())


def test_frames_go_before_pipes(pair: tuple[Line, socket.socket]) -> None:
    """A frame that is there is read before a pipe, and a pipe without writers does not spin."""
    line, theirs = pair
    reader, writer = os.pipe()
    os.write(writer, b"x")
    theirs.sendall(HEADER.pack(1) + b"a")
    seen: list[bytes] = []

    assert line.read(soon(), [reader], lambda fd: seen.append(os.read(fd, 9))) == b"a"
    assert seen == []
    os.close(writer)
    start = time.process_time()
    with pytest.raises(TimeoutError):
        line.read(time.monotonic() + 1, [reader], lambda fd: seen.append(os.read(fd, 9)))
    assert seen == [b"x"]
    assert time.process_time() - start < 0.5  # processor time of a second's wait: spinning takes all of it
    os.close(reader)
