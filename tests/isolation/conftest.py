"""A warm engine with small limits, shared by the tests of one process; each test makes sessions of its own."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from torchmarks.isolation import Engine, Limits, Session
from torchmarks.isolation.client.transport import StudentTransport

MIB = 1024**2
SMALL = Limits(
    memory_bytes=512 * MIB,
    processes=24,
    open_files=64,
    file_bytes=8 * MIB,
    scratch_bytes=24 * MIB,
    cpu_s=20,
    cell_s=5.0,
    call_s=5.0,
    output_bytes=64 * 1024,
    message_bytes=4 * MIB,
)


@pytest.fixture(scope="session")
def engine(warm: Callable[..., Engine]) -> Engine:
    """An engine with SMALL limits."""
    return warm("cpu", SMALL)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A fresh session."""
    with engine.session() as session:
        yield session


@pytest.fixture
def proc() -> Iterator[int]:
    """A descriptor of /proc."""
    fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


# A student's notebook with one of everything that a test can hold.
CODE = """
import collections, enum, math, numpy as np, torch
import json as np_, os as string
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
class Number:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
    def __ne__(self, other): return self.x != other.x
    def __lt__(self, other): return self.x < other.x
    def __le__(self, other): return self.x <= other.x
    def __gt__(self, other): return self.x > other.x
    def __ge__(self, other): return self.x >= other.x
    def __add__(self, other): return self.x + other.x
    def __sub__(self, other): return self.x - other.x
    def __mul__(self, other): return self.x * other.x
    def __truediv__(self, other): return self.x / other.x
two, deux, six = Number(2), Number(2), Number(6)
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
def names(engine: Engine) -> Iterator[Callable[[str], Any]]:
    """Fetches a name of the notebook above."""
    with engine.session() as session:
        assert session.run_cell(CODE).ok
        with session.probe() as probe:
            transport = StudentTransport({"call": ("x",)})
            transport.open(probe, None)
            yield lambda name: transport.names([name])[name]
