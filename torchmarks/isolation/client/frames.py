"""Reads the frames that answer one request, and with them what the student's process printed meanwhile.

Must not know what a request means.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from torchmarks.isolation.client.channel import Channel
from torchmarks.isolation.client.launch import PACKET_BYTES
from torchmarks.isolation.client.outputs import Outputs
from torchmarks.isolation.protocol import wire


def receive_frame(
    channel: Channel,
    number: int,
    deadline: float,
    kind: tuple[type[Any], ...],
    outputs: Outputs | None = None,
    pipes: Mapping[int, str] = {},
) -> Any:
    """Read frames until one that answers request `number`. Frames of earlier requests are dropped."""
    pipes = pipes if outputs is not None else {}

    def pour(pipe: int) -> None:
        assert outputs is not None
        outputs.add_text(pipes[pipe], drain(pipe, PACKET_BYTES))

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


def drain(pipe: int, limit: int) -> bytes:
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
