"""torchmarks.isolation.client.requests: those of a test share their limits, and after a death all fail."""

from __future__ import annotations

import pytest

from torchmarks.isolation import Died, Engine
from torchmarks.isolation.client.requests import StudentDied
from torchmarks.isolation.client.transport import StudentTransport

from ..conftest import CODE


def test_the_last_call_is_not_blamed_for_those_before_it(engine: Engine) -> None:
    """A call stopped early, because the others had used up the time, is reported with what all of them may take."""
    from torchmarks.isolation import Limits

    with engine.session() as session:
        session.run_cell(CODE)
        with session.probe() as probe:
            transport = StudentTransport({}, Limits(call_s=2.0))
            transport.open(probe, None)
            transport._requests._seconds = 0.2
            with pytest.raises(StudentDied, match="The calls of one test together ran longer than 6 s"):
                transport.names(["sleeps"])["sleeps"](60)


def test_an_endless_iterator_ends(engine: Engine) -> None:
    """Requests of one test share a bound on time."""
    from torchmarks.isolation import Limits

    with engine.session() as session, session.probe() as probe:
        transport = StudentTransport({}, Limits(call_s=0.3))
        transport.open(probe, None)
        session.run_cell("")
        with engine.session() as other:
            other.run_cell(CODE)
            with other.probe() as endless:
                transport.open(endless, None)
                with pytest.raises(StudentDied, match="together ran longer"):
                    for _ in transport.names(["endless"])["endless"]:
                        pass


def test_a_dead_process_stays_dead() -> None:
    """Every request after the end fails at once and the same way."""
    transport = StudentTransport({})
    transport.open(None, Died("timeout", "too long"))

    for _ in range(2):
        with pytest.raises(StudentDied, match="too long"):
            transport.names(["f"])
