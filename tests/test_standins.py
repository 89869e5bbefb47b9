"""Stand-ins: every operation on a student's object, and that nothing a student sends acts on our side."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from torchmarks._facts import Plain
from torchmarks.isolation import Died, Engine
from torchmarks.standins import StudentDied, StudentDoor, StudentObject, value_from

_CODE = """
import collections, enum, math, numpy as np, torch
import json as np_
F = 3
class Point:
    def __init__(self, x): self.x = x
    def __len__(self): return 2
    def __getitem__(self, key): return self.x * key
    def __setitem__(self, key, value): self.x = value
    def __contains__(self, item): return True
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __add__(self, other): return self.x + other
    def __bool__(self): return False
    def __iter__(self): return iter([1, self])
    def __float__(self): return 1.5
    def __int__(self): return 7
    def __str__(self): return "a point"
    def __repr__(self): return "Point()"
    def __neg__(self): return -self.x
    def __abs__(self): return abs(self.x)
point = Point(2)
def call(x, *, y=1): return x + y
class Own(ValueError): pass
class Odd(Exception): pass
class Not(NotImplementedError): pass
kinds = {"own": Own("o"), "odd": Odd("d"), "key": KeyError("k"), "not": Not(), "exit": SystemExit(1)}
def fails(kind): raise kinds[kind]
counter, pair = collections.Counter(a=2), collections.namedtuple("Pair", "a b")(1, 2)
class Colour(enum.IntEnum):
    RED = 3
red = Colour.RED
value, tensor = [1, (2.5, "x"), {"k": None}], torch.ones(2, requires_grad=True)
array, scalar = np.arange(3), np.float32(.5)
text, none, endless = "t", None, type("E", (), {"__iter__": lambda s: s, "__next__": lambda s: 1})()
def gen(): yield from (1, 2, 3)
def sleeps(seconds): __import__("time").sleep(seconds)
"""


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine."""
    return warm()


@pytest.fixture(scope="module")
def names(engine: Engine) -> Iterator[Callable[[str], Any]]:
    """Fetches a name of a student's notebook through a door."""
    with engine.session() as session:
        assert session.run_cell(_CODE).ok
        with session.probe() as probe:
            door = StudentDoor({"call": ("x",)})
            door.open(probe, None)
            yield lambda name: door.names([name])[name]


def test_values_are_copied_out(names: Callable[[str], Any]) -> None:
    """Plain data, tensors, arrays and numpy numbers arrive as what they are."""
    assert names("value") == [1, (2.5, "x"), {"k": None}]
    assert torch.equal(names("tensor"), torch.ones(2))
    assert names("tensor").requires_grad
    assert (names("array") == np.arange(3)).all()
    assert type(names("scalar")) is np.float32
    assert names("none") is None


def test_usual_modules_only(names: Callable[[str], Any]) -> None:
    """`np` means numpy and `math` means math; a name that stands for another module is not there."""
    assert names("np") is np
    assert names("math").__name__ == "math"
    with pytest.raises(KeyError):
        names("np_")


def test_calls(names: Callable[[str], Any]) -> None:
    """A call goes inside with its arguments, and the plain result comes back."""
    assert names("call")(1, y=5) == 6


OPERATIONS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "getattr": (lambda p: p.x, 2),
    "len": (len, 2),
    "getitem": (lambda p: p[4], 8),
    "add": (lambda p: p + 1, 3),
    "bool": (bool, False),
    "float": (float, 1.5),
    "int": (int, 7),
    "str": (str, "a point"),
    "repr": (repr, "Point()"),
    "neg": (lambda p: -p, -2),
    "abs": (abs, 2),
    "iter": (lambda p: next(iter(p)), 1),
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_happens_inside(names: Callable[[str], Any], name: str) -> None:
    """Each operation gives what the student's object gives."""
    operate, expected = OPERATIONS[name]

    assert operate(names("point")) == expected


def test_attributes_and_items_are_set_inside(names: Callable[[str], Any]) -> None:
    """setattr and setitem change the student's object."""
    point = names("point")
    point.x = 10

    assert point.x == 10
    point[0] = 2
    assert point.x == 2


def test_an_object_is_equal_to_no_value(names: Callable[[str], Any]) -> None:
    """An object whose own `__eq__` says yes to everything is neither equal to a value of the test's nor less."""
    point = names("point")

    equal = point == 3
    assert equal is False
    assert point != 3
    reflected = 3 == point  # noqa: SIM300
    assert reflected is False
    assert [point] != [3]
    with pytest.raises(TypeError):
        point < 3  # noqa: B015
    assert 1 in point  # by its items, not by its word
    assert point == names("point")  # two objects of the student's: their class decides


def test_subclasses_compare_by_what_they_hold(names: Callable[[str], Any]) -> None:
    """A Counter, a named tuple and an enum are equal to what they hold: honest answers keep their points."""
    assert names("counter") == {"a": 2}
    assert names("pair") == (1, 2)
    assert names("red") == 3
    assert names("red") < 4
    assert list(names("gen")()) == [1, 2, 3]


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


def test_a_stand_in_is_not_copied(names: Callable[[str], Any]) -> None:
    """To copy one is an ordinary error of the test: what came back may be the student's doing."""
    for copying in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be copied"):
            copying(names("point"))


def test_the_last_call_is_not_blamed_for_those_before_it(engine: Engine) -> None:
    """A call stopped early, because the others had used up the time, is told by what all of them may take."""
    from torchmarks.isolation import Limits

    with engine.session() as session:
        session.run_cell(_CODE)
        with session.probe() as probe:
            door = StudentDoor({}, Limits(call_s=2.0))
            door.open(probe, None)
            door._seconds = 0.2
            with pytest.raises(StudentDied, match="The calls of one test together ran longer than 6 s"):
                door.names(["sleeps"])["sleeps"](60)


def test_an_endless_iterator_ends(engine: Engine) -> None:
    """Requests of one test share a bound on time."""
    from torchmarks.isolation import Limits

    with engine.session() as session, session.probe() as probe:
        door = StudentDoor({}, Limits(call_s=0.3))
        door.open(probe, None)
        session.run_cell("")
        with engine.session() as other:
            other.run_cell(_CODE)
            with other.probe() as endless:
                door.open(endless, None)
                with pytest.raises(StudentDied, match="together ran longer"):
                    for _ in door.names(["endless"])["endless"]:
                        pass


# ---- a process that lies on the line


class _Says:
    """A probe that gives the same answer to everything."""

    def __init__(self, answer: object) -> None:
        self._answer = answer if isinstance(answer, bytes) else msgspec.msgpack.encode(answer)

    def send(self, kind: str, payload: bytes) -> None:
        """See Probe."""

    def reply(self, *, limit_s: float | None = None) -> bytes:
        """See Probe."""
        return self._answer


def _door(answer: object) -> StudentDoor:
    door = StudentDoor({})
    door.open(_Says(answer), None)  # type: ignore[arg-type]
    return door


_STAND_IN = {"kind": "callable", "number": 0, "parameters": []}
FORGED: dict[str, object] = {
    "a name that nobody asked for": {"f": _STAND_IN, "expect": _STAND_IN},
    "no map": [1, 2],
    "no description": {"f": 3},
    "a number that is none": {"f": {**_STAND_IN, "number": "os.system"}},
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
    door = _door(FORGED[kind])

    with pytest.raises(StudentDied):
        door.names(["f"])
    assert door.died is not None
    assert door.died.how == "protocol"


@pytest.mark.parametrize(
    "name", ["numpy.load", "numpy.savez", "numpy.loadtxt", "numpy.memmap", "numpy.void", "numpy.zeros"]
)
def test_no_function_of_numpy_is_called_by_name(name: str, tmp_path: Any) -> None:
    """A type name of a student's process selects among number classes; any other leaves the plain value."""
    target = str(tmp_path / "owned")

    assert value_from(Plain(name, target)) == target
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_stays_dead() -> None:
    """Every request after the end fails at once and the same way."""
    door = StudentDoor({})
    door.open(None, Died("timeout", "too long"))

    for _ in range(2):
        with pytest.raises(StudentDied, match="too long"):
            door.names(["f"])


def test_only_the_usual_dunder_names_cross() -> None:
    """Python's own look-ups of protocols are answered here; the class is StudentObject's."""
    thing = StudentObject(
        _door({"result": {"kind": "value", "fact": ["plain", "int", 1]}}), 0, "thing", (), callable_=False
    )

    assert thing.__class__ is StudentObject
    for name in ("__array__", "__torch_function__", "__index__", "__reduce_ex2__"):
        assert not hasattr(thing, name)
