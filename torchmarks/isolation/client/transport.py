"""Takes a test's calls to the student's process: observations, names and operations, as requests and replies.

What a student made comes back as a copied value or as a proxy (see torchmarks.isolation.client.proxies), which asks
through here. Must not judge.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from torchmarks.checks.facts import Observation, Raised
from torchmarks.checks.left import Left
from torchmarks.checks.observe import Call
from torchmarks.checks.packing import pack
from torchmarks.checks.signatures import parameters_of
from torchmarks.isolation.client.death import Died
from torchmarks.isolation.client.probe import Probe
from torchmarks.isolation.client.proxies import StudentObject
from torchmarks.isolation.client.replies import ended, error_from, is_of_call, left_from
from torchmarks.isolation.client.requests import Requests, StudentDied
from torchmarks.isolation.client.signatures import ClassSignature
from torchmarks.isolation.client.values import UNKNOWN_MODULE, dump, to_packed, usual_module, value_from
from torchmarks.isolation.protocol.limits import Limits
from torchmarks.isolation.protocol.observations import decode, fact_from, observation_from
from torchmarks.isolation.protocol.wire import WireError


class StudentTransport:
    """The transport to a student's process: a torchmarks.checks.observe.Transport, and operations for tests that do
    without `observe`.

    signatures: parameter names of the student's functions as the released notebook has them, so that a renamed
    parameter does not confuse a test. limits: see Requests. lines: of the student's cells, stripped: no other is quoted
    as theirs. `open` leads it to a snapshot; `before_request` is called before each call.
    """

    def __init__(
        self,
        signatures: Mapping[str, tuple[str, ...]],
        limits: Limits = Limits(),  # noqa: B008 - frozen
        lines: Container[str] = (),
    ) -> None:
        self._signatures = signatures
        self._lines = lines
        self._requests = Requests(limits)
        self.before_request: Callable[[], None] = lambda: None
        self.left: tuple[Left, ...] = ()

    def open(self, probe: Probe | None, died: Died | None) -> None:
        """Lead to a snapshot; to a dead one (`died`) every request fails at once."""
        self._requests.open(probe, died)
        self.left = ()

    @property
    def died(self) -> Died | None:
        """Why the student's process ended, if it has."""
        return self._requests.died

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        """See torchmarks.checks.observe.Transport."""
        self.before_request()
        sent = [(call.fn, call.args, dict(call.kwargs), call.parameters, call.backward) for call in calls]
        payload = pickle.dumps([pack(call, dump) for call in sent], protocol=5)  # what one call writes, no other sees
        self._requests.send("observe", payload)
        seen = []
        for call in calls:
            try:
                seen.append(self._observation(call))
            except StudentDied as error:
                # the calls before it count as they went, those after it were not made
                return [*seen, ended(call, error.died)]
        return seen

    def _observation(self, call: Call) -> Observation:
        observation = self._requests.reply(observation_from)
        if not is_of_call(call, observation):
            self._requests.refuse("malformed observation (of another call)")
        if observation.raised is None and observation.backward_raised is None:
            return observation
        raised, backward = self._with_own_lines(observation.raised), self._with_own_lines(observation.backward_raised)
        return msgspec.structs.replace(observation, raised=raised, backward_raised=backward)

    def _with_own_lines(self, raised: Raised | None) -> Raised | None:
        """The same, of its lines those that are in the student's cells."""
        if raised is None or not raised.own_lines:
            return raised
        return msgspec.structs.replace(raised, own_lines=tuple(x for x in raised.own_lines if x in self._lines))

    def parameters(self, fn: Any) -> tuple[str, ...]:
        """See torchmarks.checks.observe.Transport."""
        if isinstance(fn, StudentObject):
            return self._signatures.get(fn.__name__, fn._parameters)
        return parameters_of(fn)

    def names(self, names: Iterable[str], seed: int = 0) -> dict[str, Any]:
        """A test begins: the student's objects of these names, and what cells had left is in `left`.

        Values are copied out, usual modules imported, and there are proxies for the rest. seed: of the random numbers
        of all calls until the next test.
        """
        # a set has another order in each process, and grading the same again gives the same
        wanted = sorted(names)
        answer = self._ask("names", msgspec.msgpack.encode({"names": wanted, "seed": seed}))
        described = answer.get("names") if isinstance(answer, dict) else None
        if not isinstance(described, dict) or not described.keys() <= set(wanted):  # a name more could be `expect`
            self._requests.refuse()
        self.left = left_from(answer.get("left"))
        found = {}
        for name, description in described.items():
            made = self._make(description, name)
            if isinstance(made, StudentObject):
                made._note_origin(name not in self._signatures and description.get("kind") != "callable")
            if made is not UNKNOWN_MODULE:
                found[name] = made
        return found

    def bind(self, values: Mapping[str, Any], deleted: Sequence[str]) -> None:
        """Bind and delete names in the student's process."""
        self._ask("bind", to_packed((dict(values), list(deleted))))

    def operate(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """See torchmarks.isolation.client.proxies.Operates."""
        self.before_request()
        answer = self._ask("operate", to_packed((operation, args, kwargs)))
        if not isinstance(answer, dict):
            self._requests.refuse()
        # Where it would go in place; the judge silences a test, and with it this.
        sys.stdout.write(str(answer.get("printed", "")))
        if "raised" in answer:
            raise self._error(answer["raised"])
        made = self._make(answer.get("result"), "the result")
        if isinstance(made, StudentObject):
            made._note_origin(self._is_of_class(operation, args, kwargs))
        return made

    def _ask(self, kind: str, payload: bytes) -> Any:
        self._requests.send(kind, payload)
        return self._requests.reply(decode)

    def _is_of_class(self, operation: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        """Whether the result is an object of a class that the exercise asks for, or comes of one."""
        own = [thing for thing in (*args, *kwargs.values()) if isinstance(thing, StudentObject)]
        if operation == "call" and own and isinstance(self._signatures.get(own[0].__name__), ClassSignature):
            return True
        return any(thing._of_class for thing in own)

    def _error(self, decoded: object) -> BaseException:
        try:
            return error_from(decoded)
        except WireError as error:
            self._requests.refuse(error.reason)

    def _make(self, description: object, name: str) -> Any:
        try:
            kind = description["kind"]  # type: ignore[index]
            if kind == "value":
                return value_from(fact_from(description["fact"]))  # type: ignore[index]
            if kind == "module":
                return usual_module(name, str(description["module"]))  # type: ignore[index]
            number = description["number"]  # type: ignore[index]
            parameters = tuple(str(p) for p in description["parameters"])  # type: ignore[index]
            if type(number) is not int:  # nor a bool, which is one
                raise WireError("proxy")
            return StudentObject(self, number, name, parameters)
        except Exception:  # whatever is wrong with it: a forged fact may fit no dtype, no shape, no class
            self._requests.refuse()
