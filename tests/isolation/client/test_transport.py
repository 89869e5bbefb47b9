"""torchmarks.isolation.client.transport: calls and names come back as data; a forged answer acts on nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import torch

from torchmarks.checks.capture import watch
from torchmarks.checks.observe import Call
from torchmarks.isolation.client.proxies import StudentObject
from torchmarks.isolation.client.requests import StudentDied
from torchmarks.isolation.client.transport import StudentTransport
from torchmarks.isolation.protocol.observations import encode, observation_out


def test_calls(names: Callable[[str], Any]) -> None:
    """A call goes inside with its arguments, and the plain result comes back."""
    assert names("call")(1, y=5) == 6


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("own", ValueError, "Own: o"),
        ("odd", Exception, "Odd: d"),
        ("key", KeyError, "k"),
        ("not", NotImplementedError, "Not"),
        ("exit", RuntimeError, "SystemExit: 1"),
    ],
)
def test_errors_are_the_closest_builtin(
    names: Callable[[str], Any], kind: str, error: type[Exception], text: str
) -> None:
    """A student's exception is raised again as a builtin class with its name and message; nothing ends the grader."""
    with pytest.raises(error, match=text):
        names("fails")(kind)


class _Says:
    """A probe that gives the same answer to everything."""

    def __init__(self, answer: object) -> None:
        self._answer = answer if isinstance(answer, bytes) else msgspec.msgpack.encode(answer)

    def send(self, kind: str, payload: bytes) -> None:
        """See Probe."""

    def reply(self, *, limit_s: float | None = None) -> bytes:
        """See Probe."""
        return self._answer


def _transport(answer: object) -> StudentTransport:
    transport = StudentTransport({})
    transport.open(_Says(answer), None)  # type: ignore[arg-type]
    return transport


_PROXY = {"kind": "callable", "number": 0, "parameters": []}

FORGED: dict[str, object] = {
    "a name that nobody asked for": {"f": _PROXY, "expect": _PROXY},
    "no map": [1, 2],
    "no description": {"f": 3},
    "a number that is none": {"f": {**_PROXY, "number": "os.system"}},
    "an int that does not fit": {"f": {"kind": "value", "fact": ["plain", "numpy.int8", 1 << 40]}},
    "a dict with a list for a key": {
        "f": {"kind": "value", "fact": ["items", "dict", [["plain", "int", 1]], [["items", "list", [], None]]]}
    },
    "an integer that requires grad": {
        "f": {
            "kind": "value",
            "fact": [
                "tensor",
                "torch.Tensor",
                msgspec.msgpack.Ext(1, b"int64"),
                [1],
                "cpu",
                [1],
                0,
                True,
                True,
                True,
                None,
                0,
                bytes(8),
                None,
                None,
                True,
            ],
        }
    },
    "half a million lists": b"\xdd\x00\x10\x00\x00" + b"\x90" * (1 << 20),
    "depth": b"\x91" * 100_000,
    "no msgpack": b"\xc1",
}


@pytest.mark.parametrize("kind", sorted(FORGED))
def test_a_forged_answer_ends_the_process_only(kind: str) -> None:
    """Whatever is wrong with an answer, it is that process's end, never an error of ours."""
    transport = _transport(FORGED[kind])

    with pytest.raises(StudentDied):
        transport.names(["f"])
    assert transport.died is not None
    assert transport.died.name == "protocol"


def test_an_observation_of_another_call_ends_the_process() -> None:
    """Right in every field but for an argument's values: it is a forger's, and its message says what is wrong."""
    forged = watch(str, (torch.zeros(2),), {}, ("x",))
    transport = _transport(encode(observation_out(forged)))

    assert transport.observe([Call(str, (torch.ones(2),), {}, ("x",))])[0].result is None
    assert transport.died is not None
    assert "of another call" in transport.died.detail


def test_only_the_usual_dunder_names_cross() -> None:
    """Python's own look-ups of protocols are answered here; the class is StudentObject's."""
    thing = StudentObject(_transport({"result": {"kind": "value", "fact": ["plain", "int", 1]}}), 0, "thing", ())

    assert thing.__class__ is StudentObject
    for name in ("__array__", "__torch_function__", "__index__", "__reduce_ex2__"):
        assert not hasattr(thing, name)
