"""Stand-ins: how a test outside holds what a student made inside, and the door that calls go through.

A StudentObject behaves like the object it stands for, by asking the student's process; what comes back is data. Must
not judge, and must not let an exception of the student's process look like one of ours.
"""

from __future__ import annotations

import builtins
import importlib
import operator
import pickle
import sys
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeVar

import cloudpickle
import msgspec
import numpy as np
import torch

from torchmarks._capture import bind, elements_of, parameters_of, take
from torchmarks._facts import (
    ArrayFacts,
    Ended,
    Fact,
    Items,
    Observation,
    Opaque,
    Plain,
    Raised,
    TensorFacts,
    plain_value,
)
from torchmarks._observe import Call
from torchmarks._parcel import pack, pickle_with
from torchmarks._spelling import StandIn
from torchmarks.checks.leftovers import KINDS, Left
from torchmarks.errors import AuthorError, TorchmarksError
from torchmarks.isolation import Died, Limits, Probe, ProcessDied
from torchmarks.isolation.handlers import resolve
from torchmarks.isolation.observations import decode, fact_from, observation_from
from torchmarks.isolation.wire import WireError, plain_text


class StudentDied(TorchmarksError):
    """The student's process ended during a test: the test stops here. `died`: why."""

    def __init__(self, died: Died) -> None:
        super().__init__(died)
        self.died = died

    def __str__(self) -> str:
        return self.died.detail


_by_name = pickle_with(pickle.Pickler)
_by_value = pickle_with(cloudpickle.Pickler)


def _dump(thing: Any, persistent_id: Callable[[Any], Any]) -> bytes:
    try:
        return _by_name(thing, persistent_id)
    except (pickle.PicklingError, TypeError, AttributeError):  # a function of the test, a module
        return _by_value(thing, persistent_id)


def to_parcel(thing: Any) -> bytes:
    """Test-side objects as a payload for the student's process. Only this direction carries a pickle."""
    return pickle.dumps(pack(thing, _dump), protocol=5)


# Modules that a test may use under the name that the student's cell imported them by: the usual names only, so that no
# student decides what `np` means in a test.
USUAL_ALIASES = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
}


Read = TypeVar("Read")

_TESTS_LAST: Final = 3  # requests of one test cell together may take this many times what one may
_LONGEST: Final = 2_000  # characters of a message of the student's process
_MOST_LEFT: Final = 40  # what cells have left, and how many characters each part of it may have
_LONGEST_LEFT: Final = 200


class ClassSignature(tuple[str, ...]):
    """Parameter names of a class's `__init__`. Its objects answer for themselves; what a function returns does not."""

    __slots__ = ()


class StudentDoor:
    """The door to a student's process: a torchmarks._observe.Door, and operations for tests that do without `observe`.

    signatures: parameter names of the student's functions as the released notebook has them, so that a renamed
    parameter
    does not confuse a test. limits: of a single request; together those of one test cell have a few times as much, or
    a thousand answers just within the limits would hold up the grader. lines: of the student's cells, stripped: no
    other is told as theirs. `open` leads it to a snapshot; `before_request`
    is called before each call.
    """

    def __init__(
        self,
        signatures: Mapping[str, tuple[str, ...]],
        limits: Limits = Limits(),  # noqa: B008 - frozen
        lines: Container[str] = (),
    ) -> None:
        self._signatures = signatures
        self._lines = lines
        self._limits = limits
        self._seconds = self._bytes = 0.0
        self._probe: Probe | None = None
        self._died: Died | None = None
        self.before_request: Callable[[], None] = lambda: None
        self.left: tuple[Left, ...] = ()

    def open(self, probe: Probe | None, died: Died | None) -> None:
        """Lead to a snapshot; to a dead one (`died`) every request fails at once."""
        self._probe, self._died = probe, died
        self.left = ()
        self._seconds = _TESTS_LAST * self._limits.call_s
        self._bytes = _TESTS_LAST * self._limits.message_bytes

    @property
    def died(self) -> Died | None:
        """Why the student's process ended, if it has."""
        return self._died

    def request(self, kind: str, payload: bytes) -> Any:
        """One request and its reply as plain data. After the process has died every request fails the same way, at
        once.
        """
        self._send(kind, payload)
        return self._reply(decode)

    def _send(self, kind: str, payload: bytes) -> None:
        if self._died is not None or self._probe is None:
            raise StudentDied(self._died or Died("exit", "The process of this notebook has ended."))
        try:
            self._probe.send(kind, payload)
        except WireError as error:
            raise AuthorError(
                f"What a test sends to the student's process is too large: {error.reason}.",
                "Build it inside a scenario function, or make fewer calls at a time.",
            ) from None

    def _reply(self, read: Callable[[bytes], Read]) -> Read:
        assert self._probe is not None
        start, left_s = time.monotonic(), self._seconds
        try:
            answer = self._probe.reply(limit_s=min(self._limits.call_s, left_s))
            self._spend(time.monotonic() - start, len(answer))
            return read(answer)
        except ProcessDied as error:
            # What the calls before it left was the shorter limit: to name it would blame the call that came last.
            shortened = error.died.how == "timeout" and left_s < self._limits.call_s
            self._fail(self._too_long() if shortened else error.died)
        except WireError as error:
            self._fail(Died("protocol", f"The process of this notebook sent a {error.reason}."))

    def _spend(self, seconds: float, size: int) -> None:
        self._seconds -= seconds
        self._bytes -= size
        if self._seconds <= 0:
            self._fail(self._too_long())
        if self._bytes <= 0:
            self._fail(Died("protocol", "The calls of one test returned more data than can be judged."))

    def _too_long(self) -> Died:
        whole = _TESTS_LAST * self._limits.call_s
        return Died("timeout", f"The calls of one test together ran longer than {whole:g} s.", whole)

    def _fail(self, died: Died) -> NoReturn:
        self._died = died
        raise StudentDied(died) from None

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        """See torchmarks._observe.Door."""
        self.before_request()
        sent = [(call.fn, call.args, dict(call.kwargs), call.parameters, call.backward) for call in calls]
        payload = pickle.dumps([pack(call, _dump) for call in sent], protocol=5)  # what one call writes, no other sees
        self._send("observe", payload)
        seen = []
        for call in calls:
            try:
                seen.append(self._observation(call))
            except StudentDied as error:
                return [*seen, _ended(call, error.died)]
        return seen

    def _observation(self, call: Call) -> Observation:
        observation = self._reply(observation_from)
        if not _of_this_call(call, observation):
            self._fail(Died("protocol", "The process of this notebook sent a malformed observation (of another call)."))
        if observation.raised is None and observation.backward_raised is None:
            return observation
        raised, backward = self._with_own_lines(observation.raised), self._with_own_lines(observation.backward_raised)
        return msgspec.structs.replace(observation, raised=raised, backward_raised=backward)

    def _with_own_lines(self, raised: Raised | None) -> Raised | None:
        """The same, of its lines those that stand in the student's cells."""
        if raised is None or not raised.own_lines:
            return raised
        return msgspec.structs.replace(raised, own_lines=tuple(x for x in raised.own_lines if x in self._lines))

    def parameters(self, fn: Any) -> tuple[str, ...]:
        """See torchmarks._observe.Door."""
        if isinstance(fn, StudentObject):
            return self._signatures.get(fn.__name__, fn._parameters)
        return parameters_of(fn)

    def names(self, names: Iterable[str], seed: int = 0) -> dict[str, Any]:
        """A test begins: the student's objects of these names (values copied out, modules imported, stand-ins for the
        rest), and what cells had left is in `left`. seed: of the random numbers of all calls until the next test.
        """
        wanted = sorted(names)
        answer = self.request("names", msgspec.msgpack.encode({"names": wanted, "seed": seed}))
        described = answer.get("names") if isinstance(answer, dict) else None
        if not isinstance(described, dict) or not described.keys() <= set(wanted):  # a name more could be `expect`
            self._fail(Died("protocol", "The process of this notebook sent a malformed message."))
        self.left = _left_from(answer.get("left"))
        found = {}
        for name, description in described.items():
            made = self._make(description, name)
            if isinstance(made, StudentObject):
                made._note_origin(name not in self._signatures and description.get("kind") != "callable")
            if made is not _UNKNOWN_MODULE:
                found[name] = made
        return found

    def bind(self, values: Mapping[str, Any], deleted: Sequence[str]) -> None:
        """Bind and delete names in the student's process."""
        self.request("bind", to_parcel((dict(values), list(deleted))))

    def operate(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """An operation on the student's side: a plain result is copied out, an exception raised again as a builtin
        one.
        """
        self.before_request()
        answer = self.request("operate", to_parcel((operation, args, kwargs)))
        if not isinstance(answer, dict):
            self._fail(Died("protocol", "The process of this notebook sent a malformed message."))
        sys.stdout.write(str(answer.get("printed", "")))
        if "raised" in answer:
            raise self._error(answer["raised"])
        made = self._make(answer.get("result"), "the result")
        if isinstance(made, StudentObject):
            made._note_origin(self._is_of_class(operation, args, kwargs))
        return made

    def _is_of_class(self, operation: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        """Whether the result is an object of a class that the exercise asks for, or comes of one."""
        own = [thing for thing in (*args, *kwargs.values()) if isinstance(thing, StudentObject)]
        if operation == "call" and own and isinstance(self._signatures.get(own[0].__name__), ClassSignature):
            return True
        return any(thing._of_class for thing in own)

    def _error(self, raised: object) -> BaseException:
        """A student's exception as the closest builtin one: its class may be the student's own, and is not ours to
        load.
        """
        if not isinstance(raised, list) or len(raised) != 3 or not isinstance(raised[1], list):
            self._fail(Died("protocol", "The process of this notebook sent a malformed message."))
        name, message = str(raised[0])[:100], str(raised[2])[:_LONGEST]
        texts = [str(base) for base in raised[1][:100]]
        for base in texts:
            cls = getattr(builtins, base, None)
            if isinstance(cls, type) and issubclass(cls, Exception) and cls not in _HARD_TO_MAKE:
                return cls(message) if base == name else cls(f"{name}: {message}")
        return RuntimeError(f"{name}: {message}")

    def _make(self, description: object, name: str) -> Any:
        try:
            kind = description["kind"]  # type: ignore[index]
            if kind == "value":
                return value_from(fact_from(description["fact"]))  # type: ignore[index]
            if kind == "module":
                return _usual_module(name, str(description["module"]))  # type: ignore[index]
            number = description["number"]  # type: ignore[index]
            parameters = tuple(str(p) for p in description["parameters"])  # type: ignore[index]
            if type(number) is not int:
                raise WireError("stand-in")
            return StudentObject(self, number, name, parameters, callable_=kind in ("callable", "class"))
        except Exception:  # whatever is wrong with it: a forged fact may fit no dtype, no shape, no class
            self._fail(Died("protocol", "The process of this notebook sent a malformed message."))


def _of_this_call(call: Call, seen: Observation) -> bool:
    """Whether an observation names the arguments of this call, and has them as they were sent: a test may look at them
    to find out what to expect, so they are no matter of the student's.
    """
    sent = bind(call.parameters, call.args, call.kwargs)
    return sent.keys() == seen.arguments.keys() == seen.after.keys() and all(
        _is_argument(value, seen.arguments[name]) for name, value in sent.items()
    )


def _is_argument(sent: Any, claimed: Fact) -> bool:
    if type(sent) is torch.Tensor and isinstance(claimed, TensorFacts):  # at a third of the cost of its facts
        same = sent.dtype == claimed.dtype and tuple(sent.shape) == claimed.shape
        return same and elements_of(sent) == claimed.data
    return _same_argument(take(sent), claimed)


def _same_argument(sent: Fact, claimed: Fact) -> bool:
    if isinstance(sent, Opaque):
        return True  # of what only its type is known nothing can be demanded
    if isinstance(sent, TensorFacts) and isinstance(claimed, TensorFacts):
        return (sent.dtype, sent.shape, sent.data) == (claimed.dtype, claimed.shape, claimed.data)
    if isinstance(sent, ArrayFacts) and isinstance(claimed, ArrayFacts):
        return (sent.dtype, sent.shape, sent.data) == (claimed.dtype, claimed.shape, claimed.data)
    if isinstance(sent, Items) and isinstance(claimed, Items):
        mine, theirs = (*sent.items, *(sent.keys or ())), (*claimed.items, *(claimed.keys or ()))
        return len(mine) == len(theirs) and all(map(_same_argument, mine, theirs))
    # nan is itself
    return isinstance(sent, Plain) and isinstance(claimed, Plain) and repr(sent.value) == repr(claimed.value)


def _left_from(told: object) -> tuple[Left, ...]:
    """What cells have left, as the student's process says; what is no such thing is left out."""
    found = []
    for entry in told[:_MOST_LEFT] if isinstance(told, list) else []:
        if isinstance(entry, list) and len(entry) == 4 and entry[0] in KINDS:
            found.append(Left(entry[0], *(plain_text(text)[:_LONGEST_LEFT] for text in entry[1:])))
    return tuple(found)


def _ended(call: Call, died: Died) -> Observation:
    """What was seen of a call that ended the student's process: that it did, and why."""
    raised = Ended(died.how, (died.how,), died.detail, limit=died.how)
    unknown: Fact = Opaque("unknown")
    arguments = dict.fromkeys(bind(call.parameters, call.args, call.kwargs), unknown)
    return Observation(arguments, arguments, None, raised)


_HARD_TO_MAKE = (UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError, ExceptionGroup)
_UNKNOWN_MODULE = object()


def _usual_module(name: str, module: str) -> Any:
    # Judged by the name that the test uses: what the student's process says decides nothing but yes or no.
    wanted = USUAL_ALIASES.get(name, name)
    if wanted != module or not (
        name in USUAL_ALIASES or module in sys.stdlib_module_names or module in ("torch", "numpy")
    ):
        return _UNKNOWN_MODULE
    try:
        return importlib.import_module(wanted)
    except ImportError:
        return _UNKNOWN_MODULE


def value_from(fact: Fact) -> Any:
    """A value copied out: tensors with requires_grad (as leaves), arrays, plain data, containers."""
    if isinstance(fact, TensorFacts):
        tensor = fact.values
        return tensor.requires_grad_() if fact.requires_grad else tensor
    if isinstance(fact, Items):
        items = [value_from(item) for item in fact.items]
        if fact.keys is not None:
            return dict(zip((plain_value(key) for key in fact.keys), items, strict=True))
        return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "torch.Size": torch.Size}[
            fact.type_name
        ](items)
    value = plain_value(fact)
    scalar = _SCALARS.get(fact.type_name)  # looked up, never fetched from numpy by a name that a student may choose
    if scalar is not None and type(value) in (bool, int, float, complex, str, bytes):
        return scalar(value)
    return value


_SCALARS: Final = {
    f"numpy.{cls.__name__}": cls for cls in set(np.sctypeDict.values()) if cls not in (np.void, np.object_)
}


class StudentObject(StandIn):
    """Stands for an object in the student's process; operations on it happen there."""

    _OWN = frozenset({"_door", "_number", "__name__", "_parameters", "_callable", "_of_class", "__doc__"})

    def __init__(
        self, door: StudentDoor, number: int, name: str, parameters: tuple[str, ...], *, callable_: bool
    ) -> None:
        set_own = object.__setattr__
        set_own(self, "_door", door)
        set_own(self, "_number", number)
        set_own(self, "__name__", name)
        set_own(self, "_parameters", parameters)
        set_own(self, "_callable", callable_)
        set_own(self, "_of_class", False)
        set_own(self, "__doc__", None)

    def _note_origin(self, of_class: bool) -> None:
        object.__setattr__(self, "_of_class", of_class)

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self._number,)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._door.operate("call", self, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in ("__dict__", "__doc__"):
            raise AttributeError(name)  # Python probes for protocols; none of them crosses
        return self._door.operate("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._door.operate("setattr", self, name, value)

    def __repr__(self) -> str:
        return str(self._door.operate("repr", self))

    def __str__(self) -> str:
        return str(self._door.operate("str", self))

    def __bool__(self) -> bool:
        return bool(self._door.operate("bool", self))

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __iter__(self) -> Any:
        iterator = self._door.operate("iter", self)
        while True:
            try:
                yield self._door.operate("next", iterator)
            except StopIteration:
                return

    # A copy would be one of the stand-in. No AuthorError: that a result is an object may be the student's doing.
    def __copy__(self) -> NoReturn:
        raise TypeError(f"{self.__name__} lives in the student's process and cannot be copied out")

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.__copy__()

    def __contains__(self, item: Any) -> bool:
        if isinstance(item, StudentObject):
            return bool(self._door.operate("contains", self, item))
        mine = self._door.operate("plain", self)
        return any(item == entry for entry in (self if isinstance(mine, StudentObject) else mine))


def _comparison(name: str) -> Callable[..., Any]:
    """A comparison. With a value of the test's it happens here, with what the object holds as a number, text or
    container: its own `__eq__` may say what it likes. Two objects of the student's compare in the student's process.
    """
    compare = getattr(operator, name)

    def method(self: StudentObject, other: Any) -> Any:
        if isinstance(other, StudentObject):
            return self._door.operate(name, self, other)
        mine = self._door.operate("plain", self)
        if not isinstance(mine, StudentObject):
            return compare(mine, other)
        if name in ("eq", "ne"):
            return NotImplemented
        raise TypeError(f"{self.__name__} is an object, and nothing to compare")  # Python would name our class

    return method


def _operation(name: str) -> Callable[..., Any]:
    def method(self: StudentObject, *args: Any) -> Any:
        return self._door.operate(name, self, *args)

    return method


def _arithmetic(name: str) -> Callable[..., Any]:
    """Arithmetic. With a value of the test's, often the expected one (`abs(mean(xs) - 2.5) < 1e-9`), it happens here:
    the `__sub__` of what a function returned could say that nothing is left, and must not see the value. Only objects
    of a class that the exercise asks for, or of the notebook itself, are added and scaled in the student's process.
    """
    compute = getattr(operator, name)

    def method(self: StudentObject, other: Any) -> Any:
        if isinstance(other, StudentObject):
            return self._door.operate(name, self, other)
        mine = self._door.operate("plain", self)
        if not isinstance(mine, StudentObject):
            return compute(mine, other)
        if not self._of_class:
            raise TypeError(f"{self.__name__} is an object, and no number to compute with")
        return self._door.operate(name, self, other)

    return method


for _name in ("len", "float", "int", "getitem", "setitem", "neg", "abs"):
    setattr(StudentObject, f"__{_name}__", _operation(_name))
for _name in ("add", "sub", "mul", "truediv"):
    setattr(StudentObject, f"__{_name}__", _arithmetic(_name))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(StudentObject, f"__{_name}__", _comparison(_name))
del _name
