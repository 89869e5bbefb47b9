"""Facts as messages: what is written is read again, and nothing else is."""

from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from torchmarks.checks.capture import Backward, watch
from torchmarks.checks.extent import ESCAPED, MAX_NODES, MAX_TEXT
from torchmarks.checks.facts import Observation, Opaque, Plain, plain_value
from torchmarks.checks.taking import take
from torchmarks.isolation.protocol.observations import decode, encode, fact_from, observation_from, observation_out
from torchmarks.isolation.protocol.wire import WireError, require_few, unpack_frame

VALUES: dict[str, Any] = {
    "scalars": [None, True, 3, -(1 << 62), 1 << 100, 2.5, float("inf"), 1 + 2j, "t\udcff"[:1], b"\x00\xff"],
    "tensors": [
        torch.ones(2, 3, dtype=dtype) for dtype in (torch.float32, torch.bool, torch.bfloat16, torch.complex64)
    ],
    "views": [torch.arange(12.0).reshape(3, 4)[1:, ::2], torch.zeros(0, 3), torch.tensor(1.0)],
    "meta": [torch.empty(3, device="meta")],
    "arrays": [
        np.arange(6).reshape(2, 3).T,
        np.array(["a", "bc"]),
        np.zeros(0),
        np.array(1 + 1j),
        np.array(["2020-01-01"], "M8[D]"),
    ],
    "numbers of numpy": [np.float32(1.5), np.bool_(True), np.int8(-3)],
    "containers": [(1, [2, {"k": (3,)}]), {1, 2}, frozenset("ab"), torch.Size([1, 2]), {(1, 2): torch.ones(1)}],
    "kinds": [torch.float64, torch.device("cpu", 0), torch.float8_e4m3fn],
    "others": [object(), len, torch.nn.Linear(1, 1)],
}


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_a_fact_arrives_as_it_was(kind: str) -> None:
    """Every kind of value, over msgpack and back, is the same fact."""
    for value in VALUES[kind]:
        fact = take(value)

        assert fact_from(decode(encode(fact))) == fact


FIELDS = Observation.__struct_fields__


def _observation() -> Any:
    x = torch.ones(2, requires_grad=True)
    return watch(lambda x: (x * 2, x), (x,), {}, ("x",), None)


def test_an_observation_arrives_as_it_was() -> None:
    """All fields, gradients and errors among them."""
    backward = watch(lambda x: (x * x).sum(), (torch.ones(2, requires_grad=True),), {}, ("x",), Backward(None))
    failed = watch(lambda x: x / 0, (1,), {}, ("x",), None)
    for seen in (_observation(), backward, failed):
        arrived = observation_from(encode(observation_out(seen)))

        for name in FIELDS:
            assert getattr(arrived, name) == getattr(seen, name), name


def test_an_argument_that_moved_is_reported() -> None:
    """Equal elements at another address: alone, and in a list."""

    def moves(x: torch.Tensor, xs: list[torch.Tensor]) -> None:
        for t in (x, xs[0]):
            t.data = t.clone()  # no in-place write: the version stays

    seen = watch(moves, (torch.ones(2), [torch.ones(2)]), {}, ("x", "xs"))
    arrived = observation_from(encode(observation_out(seen)))

    assert arrived.after["x"].place == seen.after["x"].place != seen.arguments["x"].place
    assert arrived.after["xs"].items[0].place == seen.after["xs"].items[0].place


def _tensor(**changes: Any) -> list[Any]:
    names = (
        "name",
        "dtype",
        "shape",
        "device",
        "stride",
        "offset",
        "contiguous",
        "requires",
        "leaf",
        "fn",
        "version",
        "data",
        "grad",
        "place",
        "own",
    )
    message = dict(zip(names, msgspec.msgpack.decode(encode(take(torch.ones(2))))[1:], strict=True))
    return ["tensor", *(message | changes).values()]


def _extension(code: int, data: bytes) -> Any:
    return ["plain", "int", msgspec.msgpack.Ext(code, data)]


BAD_FACTS: dict[str, object] = {
    "not a list": {"tensor": 1},
    "unknown tag": ["pickle", b""],
    "too short": ["tensor", "torch.Tensor"],
    "a tensor without its last field": _tensor()[:-1],
    "an array without its last field": ["array", "numpy.ndarray", "<f8", [1], [8], True, bytes(8), None],
    "unknown dtype": _tensor(dtype=msgspec.msgpack.Ext(1, b"float31")),
    "a dtype that is not a dtype": _tensor(dtype=msgspec.msgpack.Ext(1, b"__class__")),
    "a dtype that is a text": _tensor(dtype="float32"),
    "a dtype that is a device": _tensor(dtype=msgspec.msgpack.Ext(2, b"cpu")),
    "negative size": _tensor(shape=[-2]),
    "exabytes": _tensor(shape=[1 << 41]),
    "a shape of nothing without end": _tensor(shape=[1 << 30, 0], data=b""),
    "an array of nothing without end": ["array", "numpy.ndarray", "<f8", [1 << 30, 0], [8, 8], True, b"", None, True],
    "a meta tensor without end": _tensor(shape=[1 << 30], device="meta", data=b""),
    "many shapes of nothing": ["items", "list", [_tensor(shape=[3_000_000, 0], data=b"")] * 2, None],
    "more items than are taken": ["items", "list", [["plain", "int", 1]] * (MAX_NODES + 1), None],
    "a long text": ["plain", "str", "x" * (ESCAPED * MAX_TEXT + 1)],
    "a long type name": ["opaque", "x" * 100_000, ""],
    "a long note": ["opaque", "object", "x" * 100_000],
    "a dtype of bits": _tensor(dtype=msgspec.msgpack.Ext(1, b"bits8"), data=bytes(2)),
    "a dtype of four bits": _tensor(dtype=msgspec.msgpack.Ext(1, b"uint4"), data=bytes(2)),
    "a quantized dtype": _tensor(dtype=msgspec.msgpack.Ext(1, b"quint8"), data=bytes(2)),
    "shape beyond the data": _tensor(shape=[3]),
    "too many axes": _tensor(shape=[1] * 65),
    "a device of its own": _tensor(device="../cpu"),
    "a bool that is an int": _tensor(own=1),
    "a device with another line": _tensor(device="cpu\n"),
    "elements on meta": _tensor(device="meta"),
    "gradient of a text": _tensor(grad=["plain", "str", "x"]),
    "gradient of a gradient": _tensor(grad=_tensor(grad=_tensor())),
    "object array": ["array", "numpy.ndarray", "|O", [1], [8], True, bytes(8), None, True],
    "structured array": ["array", "numpy.ndarray", "i4,i4", [1], [8], True, bytes(8), None, True],
    "an int of words": _extension(4, b"ten"),
    "an int of kilobytes": _extension(4, b"9" * 5000),
    "half a complex number": _extension(3, bytes(8)),
    "a device of another kind": _extension(2, b"abacus:0"),
    "a date": _extension(-1, bytes(4)),
    "an unknown extension": _extension(9, b"x"),
    "a plain list": ["plain", "list", [1]],
    "a plain value too many": ["plain", "int", 1, 2],
    "keys without items": ["items", "dict", [], [["plain", "int", 1]]],
    "items without keys": ["items", "dict", [["plain", "int", 1]], []],
}


@pytest.mark.parametrize("kind", sorted(BAD_FACTS))
def test_a_bad_fact_is_refused(kind: str) -> None:
    """Wrong types, sizes and tags raise WireError and nothing else."""
    with pytest.raises(WireError, match=r"malformed (message|fact)"):
        fact_from(decode(msgspec.msgpack.encode(BAD_FACTS[kind])))


def test_depth_is_bounded() -> None:
    """Containers nested beyond what the other side takes are refused."""
    fact: list[Any] = ["items", "list", [], None]
    for _ in range(40):
        fact = ["items", "list", [fact], None]

    with pytest.raises(WireError, match="malformed fact"):
        fact_from(fact)


def _good() -> dict[str, Any]:
    message: dict[str, Any] = msgspec.msgpack.decode(encode(observation_out(_observation())))
    return message


@pytest.mark.parametrize("kind", sorted(BAD_FACTS))
def test_an_observation_of_a_bad_fact_is_refused(kind: str) -> None:
    """Wherever it is: result, argument, gradient."""
    bad = BAD_FACTS[kind]
    inside = ["items", "list", [bad], None]
    for changes in ({"result": bad}, {"after": {"x": bad}}, {"gradients": {"x": bad}}, {"result": inside}):
        with pytest.raises(WireError, match="malformed observation"):
            observation_from(msgspec.msgpack.encode(_good() | changes))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [7, "text", [1], {"a": 1}, b"x"], ids=lambda value: type(value).__name__)
def test_a_bad_field_is_refused(field: str, value: object) -> None:
    """A field of another type is refused, unless it is of the right type."""
    if (field, type(value)) in {("printed", str), ("seconds", int)}:
        return

    with pytest.raises(WireError, match="malformed observation"):
        observation_from(msgspec.msgpack.encode(_good() | {field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("raised", ["ValueError", ["ValueError"], "1." * 1_500_000, []]),
        ("raised", ["x" * 100_000, ["ValueError"], "", []]),
        ("raised", ["ValueError", ["ValueError"] * 400_000, "", []]),
        ("raised", ["ValueError", ["ValueError"], "", ["x = 1"] * 400_000]),
        ("raised", ["ValueError", ["ValueError"], "", ["x" * 100_000]]),
        ("backward_raised", ["ValueError", ["ValueError"], "1." * 1_500_000, []]),
        ("printed", "x" * 20_000_000),
        ("warnings", ["x"] * 1000),
        ("shared", [[str(n), "x"] for n in range(150_000)]),
        ("objects", [[str(n), "x"] for n in range(150_000)]),
    ],
)
def test_what_no_honest_process_says_is_refused(field: str, value: object) -> None:
    """Texts and lists are bounded where they are read, not only where they are written."""
    with pytest.raises(WireError):
        observation_from(msgspec.msgpack.encode(_good() | {field: value}))


def test_the_longest_that_is_said_is_read() -> None:
    """Honest facts at their bounds arrive, also where each character is a lone surrogate."""
    Long = type("é" * 2000, (ValueError,), {})

    def fails(xs: Any) -> None:
        print("\udcff" * 50_000)
        raise Long("\udcff" * 50_000)

    for seen in (
        watch(fails, ([1, 2],), {}, ("xs",)),
        watch(lambda xs: [xs[0]] * 3000, ([object()] * 3000,), {}, ("xs",)),
    ):
        arrived = observation_from(encode(observation_out(seen)))

        assert (arrived.raised is None) == (seen.raised is None)
    assert isinstance(take(Long()), Opaque)


def test_a_missing_field_is_refused() -> None:
    """Every field has to be there."""
    good = _good()
    for field in good:
        with pytest.raises(WireError, match="malformed observation"):
            observation_from(msgspec.msgpack.encode({name: value for name, value in good.items() if name != field}))


ENTRIES: list[object] = [
    1,
    -1,
    1 << 40,
    -(1 << 40),
    2.5,
    None,
    True,
    "x" * 3,
    "x" * 300,
    "x" * 70_000,
    b"x",
    b"x" * 300,
    [],
    [[1]] * 20,
    {"a": [1, {}]},
    {str(n): n for n in range(70)},
    list(range(70_000)),
]


@pytest.mark.parametrize("value", ENTRIES, ids=lambda value: f"{type(value).__name__}-{len(str(value))}")
def test_entries_are_counted_by_their_headers(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of msgpack header is walked over as it is long: the count is exact."""

    def count(thing: object) -> int:
        if isinstance(thing, dict):
            return 1 + sum(count(k) + count(v) for k, v in thing.items())
        return 1 + sum(map(count, thing)) if isinstance(thing, list) else 1

    whole = [value, "end"]
    packed = msgspec.msgpack.encode(whole)

    monkeypatch.setattr("torchmarks.isolation.protocol.wire._MAX_ENTRIES", count(whole))
    require_few(packed)
    monkeypatch.setattr("torchmarks.isolation.protocol.wire._MAX_ENTRIES", count(whole) - 1)
    with pytest.raises(WireError, match="too many entries"):
        require_few(packed)


def test_an_announced_billion_is_refused_at_once() -> None:
    """A header alone is enough to refuse: of a long message before it is decoded, of a short one by the decoder."""
    announced = b"\xdd\xff\xff\xff\xff"

    with pytest.raises(WireError, match="too many entries"):
        require_few(announced + bytes(500_000))
    with pytest.raises(WireError, match="not a valid message"):
        unpack_frame(announced)


def test_a_fact_of_a_lone_surrogate() -> None:
    """Text that UTF-8 cannot carry arrives with its escape."""
    assert fact_from(decode(encode(Plain("str", "\udcff")))) == Plain("str", "\\udcff")


def test_an_observation_of_lone_surrogates() -> None:
    """In whatever field they are: a name, what was printed, an error's message, a key."""

    def fails(x: Any) -> None:
        print("\udcff")
        raise ValueError({"\udcff": 1 << 70})

    arrived = observation_from(encode(observation_out(watch(fails, ([1 << 70, {"\udcff": 2}],), {}, ("x",)))))

    assert arrived.printed == "\\udcff\n"
    assert arrived.raised is not None
    assert "udcff" in arrived.raised.message
    assert plain_value(arrived.arguments["x"]) == [1 << 70, {"\\udcff": 2}]
