"""Commands to our own processes, requests to a student's, and the answers: what is accepted, and what is refused."""

import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchmarks.isolation.protocol import control, requests
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.wire import WireError

READERS: list[tuple[Callable[[bytes], object], list[Any]]] = [
    (control.zygote_command, [control.AddClient(), control.StartServer(Limits(), "sim"), control.EndServer(1)]),
    (control.server_command, [control.ForkSession(), control.EndSession(1)]),
    (
        control.supervisor_command,
        [
            control.BeginProbe(1),
            control.Settle((1, 2)),
            control.EndProbe(1, ()),
            control.CountProcesses(),
            control.EndProcesses((1, 2)),
            control.Interrupt(),
        ],
    ),
    (
        control.answer,
        [
            control.ServerReady(),
            control.ServerStarted(1, "namespaces"),
            control.SessionForked(1),
            control.NotForked("no"),
            control.Gone(),
        ],
    ),
    (
        control.supervisor_answer,
        [
            control.ProbeBegun(1),
            control.Settled(),
            control.ProbeEnded(1, clean=False),
            control.ProcessesCounted(),
            control.ProcessesEnded(),
            control.CellInterrupted(),
            control.SessionEnded("memory", 2.5),
        ],
    ),
    (
        requests.session_request,
        [
            requests.WriteFiles(1, {"a": b"\0"}),
            requests.RunCell(1, "x", 2, "de"),
            requests.ForkProbe(1),
            requests.AskExitStatus(1, 2),
        ],
    ),
    (requests.probe_request, [requests.ProbeRequest(1, "observe", b"\xff")]),
]
MESSAGES = [(read, message) for read, messages in READERS for message in messages]


@pytest.mark.parametrize(("read", "message"), MESSAGES)
def test_every_message_is_read_as_it_was_written(read: Callable[[bytes], object], message: object) -> None:
    """The same type with the same fields."""
    assert read(control.encode(message)) == message


@pytest.mark.parametrize(("read", "message"), MESSAGES)
def test_a_message_is_read_only_by_whom_it_is_for(read: Callable[[bytes], object], message: object) -> None:
    """Every other reader refuses it, so that a command is never taken for an answer."""
    for other, _ in READERS:
        if other is not read:
            with pytest.raises(WireError, match="not a valid message"):
                other(control.encode(message))


@pytest.mark.parametrize(
    "message",
    [
        {"type": "session_ended", "name": "memory", "value": "2"},
        {"type": "session_ended", "name": ["memory"], "value": 2},
        {"type": "session_ended", "name": "memory", "value": msgspec.msgpack.Ext(5, b"x")},
        {"type": "session_ended", "name": "memory"},
        {"type": "probe_ended", "probe": 1, "clean": 1},
        {"type": "probe_ended", "probe": 1.5, "clean": True},
        {"name": "memory", "value": 2},
        {"type": "unknown"},
        ["cell_interrupted"],
        None,
    ],
)
def test_a_malformed_answer_of_process_1_is_refused(message: object) -> None:
    """Wrong types, extensions, missing fields and unknown tags are all one kind of error."""
    with pytest.raises(WireError, match="not a valid message"):
        control.supervisor_answer(msgspec.msgpack.encode(message))


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_decode_or_be_refused(data: bytes) -> None:
    """Random bytes never raise another error."""
    for read, _ in READERS:
        with contextlib.suppress(WireError):
            read(data)
