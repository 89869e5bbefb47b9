"""Calls of a student's functions in a probe, as the grader makes them."""

from __future__ import annotations

from typing import Any

import msgspec

from torchmarks.checks.facts import Plain
from torchmarks.isolation import Probe
from torchmarks.isolation.client.values import to_packed
from torchmarks.isolation.protocol.observations import fact_from
from torchmarks.isolation.protocol.references import resolve


class _Named:
    """The student's object of this name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self._name,)


def ask(probe: Probe, kind: str, payload: bytes, *, limit_s: float | None = None) -> bytes:
    """One request and its one reply."""
    probe.send(kind, payload)
    return probe.reply(limit_s=limit_s)


def call_bare(probe: Probe, name: str, *, limit_s: float | None = None) -> bytes:
    """Call a student's function without arguments; the reply as it came."""
    return ask(probe, "operate", to_packed(("call", (_Named(name),), {})), limit_s=limit_s)


def call(probe: Probe, name: str) -> str:
    """Call a student's function without arguments; what it returned, as text."""
    answer = msgspec.msgpack.decode(
        ask(probe, "operate", to_packed(("call", (lambda fn: str(fn()), _Named(name)), {})))
    )
    assert "result" in answer, answer
    fact = fact_from(answer["result"]["fact"])
    assert isinstance(fact, Plain), fact
    return str(fact.value)
