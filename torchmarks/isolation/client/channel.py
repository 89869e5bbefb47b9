"""One stream socket to a student's process, with a deadline on everything.

Moves bytes; knows frames but not what they say. Never blocks beyond the deadline: neither on a process that does not
read, nor on one that announces a message and never sends it.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterable
from typing import Final

from torchmarks.errors import TorchmarksError
from torchmarks.isolation.protocol.wire import FrameBuffer

_CHUNK: Final = 1 << 18


class ChannelClosed(TorchmarksError):
    """The other side has closed the channel."""

    def __str__(self) -> str:
        return "the channel is closed"


class Channel:
    """Sends and receives frames on one socket, each with a deadline.

    sock: connected stream socket, owned from here on. limit: longest message body accepted, in bytes.
    """

    def __init__(self, sock: socket.socket, limit: int) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._received = FrameBuffer(limit)
        self._unsent = memoryview(b"")
        self._fds: tuple[int, ...] = ()

    def put(self, data: bytes, fds: tuple[int, ...] = ()) -> None:
        """Send one frame, with descriptors: what fits now, `read` the rest. The descriptors stay open until then."""
        self._unsent = memoryview(bytes(self._unsent) + data)
        self._fds = fds
        self._send()

    def read(self, deadline: float, others: Iterable[int] = (), on_other: Callable[[int], None] | None = None) -> bytes:
        """The next message body; meanwhile sends what is left and calls `on_other` for readable other descriptors.

        deadline: on time.monotonic's clock. Raises TimeoutError, ChannelClosed, WireError.
        """
        if (body := self._received.pop()) is not None:  # it came with the one before
            return body
        poll = select.poll()
        watched = set(others)
        for fd in watched:
            poll.register(fd, select.POLLIN)
        while (body := self._received.pop()) is None:
            # Anew in each round: a socket that could be written to, with nothing to write, would be ready at once.
            poll.register(self._sock, select.POLLIN | (select.POLLOUT if self._unsent else 0))
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            events = dict(poll.poll(left * 1000))
            event = events.pop(self._sock.fileno(), 0)
            # A frame was sent before the bytes that are now in a pipe, or after they had been read: frames go first.
            if self._move(event) or not events:
                continue
            for fd, other in events.items():
                if other & select.POLLIN and on_other is not None:
                    on_other(fd)
                else:
                    poll.unregister(fd)  # every writer has gone: it would be ready for ever
        return body

    def _move(self, event: int) -> bool:
        """Send and receive what is possible now; True when something was received."""
        if event & select.POLLOUT:
            self._send()
        try:
            data = self._sock.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            raise ChannelClosed from None
        if not data:
            raise ChannelClosed
        self._received.feed(data)
        return True

    def _send(self) -> None:
        try:
            if self._fds:
                sent = socket.send_fds(self._sock, [self._unsent], list(self._fds))
                self._fds = ()  # they have gone with the first byte
            else:
                sent = self._sock.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:  # what it still had to say is read before the end is noticed
            self._unsent = memoryview(b"")
            return
        self._unsent = self._unsent[sent:]

    def close(self) -> None:
        """Close the socket."""
        with contextlib.suppress(OSError):
            self._sock.close()
