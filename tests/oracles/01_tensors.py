"""Oracles of 01-tensors. Numbers are Python's, exact where a dtype is not; dtypes follow from what each can hold."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.ranges import DTYPES, FLOATS, INTEGERS

from .calling import call, exact, flat, is_plain, near, own_elements, refused, rounded, share
from .drawing import ends, shape, tensor, with_values

WHOLE = [0, 1, -1, 2**24 + 1, -(2**24) - 1, 2**53 + 1, 2**60, -(2**60)]
WIDER = (torch.uint16, torch.uint32, torch.uint64)


def make_rank(answer: Any, draw: Draw) -> None:
    """Ranks 0 to 9; Python ints and floats up to 2**60, rounded to float32 directly or by way of a float."""
    n, v = draw.integer(0, 9), draw.choice([*WHOLE, draw.integer(-(2**60), 2**60), draw.number(), 0.1, 1e-45, -0.0])

    t = call(answer, n, v)

    is_plain(t, (2,) * n, torch.float32)
    assert set(flat(t)) <= {float(np.float32(v)), float(np.float32(float(v)))}
    own_elements(t)


def describe(answer: Any, draw: Draw) -> None:
    """Any shape and dtype, any layout."""
    dtype, size = draw.choice([*DTYPES, *WIDER]), shape(draw, ranks=range(6))
    t = tensor(draw, size, torch.int64, 0, 1).to(dtype) if dtype in WIDER else tensor(draw, size, dtype)

    facts = call(answer, t)

    assert type(facts) is tuple
    assert isinstance(facts[1], tuple)
    assert (type(facts[0]), type(facts[3])) == (int, int)
    assert facts == (len(size), size, dtype, math.prod(size))


def _nested(draw: Draw, size: tuple[int, ...], numbers: list[Any]) -> Any:
    if not size:
        return draw.choice(numbers)
    return [_nested(draw, size[1:], numbers) for _ in range(size[0])]


def _numbers(nested: Any) -> list[Any]:
    return [number for item in nested for number in _numbers(item)] if isinstance(nested, list) else [nested]


def _spoilt(draw: Draw, nested: list[Any], where: int) -> None:
    """Make one list that is not the first of its level longer or shorter."""
    row = nested
    for _ in range(where):
        row = row[draw.integer(1, len(row) - 1)]
    if draw.integer(0, 1) and len(row) > 0:
        row.pop()
    else:
        row.append(row[0] if row else 1)


def from_list(answer: Any, draw: Draw) -> None:
    """Numbers and lists of any depth, of all kinds of numbers; dtypes with numbers that fit; ragged lists."""
    kind = draw.choice(["own", "dtype", "ragged"])
    if kind == "ragged":
        size = tuple(draw.integer(2, 3) for _ in range(draw.integer(2, 4)))
        xs = _nested(draw, size, [1, 0.5, True])
        _spoilt(draw, xs, draw.integer(1, len(size) - 1))
        refused(ValueError, answer, xs)
        return
    size = shape(draw, ranks=(0, 1, 2, 3, 4))
    size = size[: size.index(0) + 1] if 0 in size else size  # a list without items says nothing of further levels
    if kind == "own":
        sorts = [[True, False], [3, -5, 2**53 + 1, 2**63 - 1, -(2**63)], [0.5, 0.1, 1e300, 5e-324, math.inf, math.nan]]
        numbers = [number for sort in draw.shuffled(sorts)[: draw.integer(1, 3)] for number in sort]
        xs = _nested(draw, size, numbers)
        dtype = _own_dtype(_numbers(xs))
        t = call(answer, xs)
    else:
        dtype = draw.choice([*DTYPES, torch.float64, torch.int64])
        numbers = [0, 1, True, *ends(dtype), *([0.1, 2**24 + 1, 2**53, math.nan] if dtype.is_floating_point else [])]
        xs = _nested(draw, size, numbers)
        t = call(answer, xs, dtype)
    is_plain(t, size, dtype)
    exact(t, rounded(_numbers(xs), dtype) if dtype.is_floating_point else _numbers(xs))


def _own_dtype(numbers: list[Any]) -> torch.dtype:
    kinds = {type(number) for number in numbers}
    return torch.float32 if float in kinds or not kinds else torch.int64 if int in kinds else torch.bool


ALLOWED = {torch.float64: 1e-12, torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def mean_any(answer: Any, draw: Draw) -> None:
    """Any dtype, shape and layout; sums beyond the dtype."""
    dtype, size = draw.choice(DTYPES), shape(draw)
    large = {torch.float16: 60000.0, **{one: torch.iinfo(one).max for one in INTEGERS}}
    far = ends(dtype) if dtype in large else [-1.0, 0.0, 1e-3, 1.0]
    values = draw.choice([[0, 1], [large.get(dtype, 3), 1, 2], far])
    if draw.integer(0, 19) == 0:
        size = (2000,)
    t = with_values(draw, values, size, dtype)
    if draw.integer(0, 3) == 0:
        t = tensor(draw, size, dtype)
    numbers = [Fraction(number) for number in flat(t)]

    mean = call(answer, t)

    kind = dtype if dtype.is_floating_point else torch.float32
    is_plain(mean, (), kind)
    want = float(sum(numbers) / len(numbers)) if numbers else math.nan
    near(mean, want, ALLOWED[kind], ALLOWED[kind] * float(max(map(abs, numbers), default=0)))


def brighten(answer: Any, draw: Draw) -> None:
    """Any shape and layout, all levels, deltas from -1000 to 1000."""
    img, delta = tensor(draw, shape(draw), torch.uint8), draw.choice([0, 1, -1, 255, -255, 1000, -1000])
    delta = draw.choice([delta, draw.integer(-1000, 1000)])

    lit = call(answer, img, delta)

    is_plain(lit, img.shape, torch.uint8)
    exact(lit, [min(255, max(0, level + delta)) for level in flat(img)])
    assert not share(lit, img)


def _bounds(dtype: torch.dtype) -> tuple[int, int]:
    return (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)


def _common(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    """The higher kind; within one kind the smallest dtype that holds the numbers of both."""
    kinds: list[tuple[torch.dtype, ...]] = [(torch.bool,), INTEGERS, FLOATS]
    rank = [next(n for n, kind in enumerate(kinds) if dtype in kind) for dtype in (a, b)]
    if rank[0] != rank[1]:
        return (a, b)[rank[1] > rank[0]]
    if rank[0] == 2:
        digits, reach = max(_digits(a)[0], _digits(b)[0]), max(_digits(a)[1], _digits(b)[1])
        fitting = [c for c in FLOATS if _digits(c)[0] >= digits and _digits(c)[1] >= reach]
    else:
        low, high = (limit(_bounds(a)[n], _bounds(b)[n]) for n, limit in enumerate((min, max)))
        fitting = [c for c in kinds[rank[0]] if _bounds(c)[0] <= low and _bounds(c)[1] >= high]
    return min(fitting, key=lambda c: c.itemsize)


def _digits(dtype: torch.dtype) -> tuple[int, int]:
    """Binary digits, and the largest exponent."""
    return 1 - round(math.log2(torch.finfo(dtype).eps)), round(math.log2(torch.finfo(dtype).max))


def _of_sum(dtype_a: torch.dtype, rank_a: int, dtype_b: torch.dtype, rank_b: int) -> torch.dtype:
    """A tensor of rank 0 counts only where its kind is higher, or where the other has rank 0 as well."""
    if (rank_a == 0) == (rank_b == 0):
        return _common(dtype_a, dtype_b)
    main, number = (dtype_b, dtype_a) if rank_a == 0 else (dtype_a, dtype_b)
    kinds: list[tuple[torch.dtype, ...]] = [(torch.bool,), INTEGERS, FLOATS]
    higher = next(k for k in kinds if number in k) is not next(k for k in kinds if main in k)
    return _common(main, number) if higher else main


def div_modes(answer: Any, draw: Draw) -> None:
    """Every pair of integer dtypes, shapes that broadcast, numbers up to 2**40 that the quotients' dtype holds."""
    whole = shape(draw)
    sizes = [whole[draw.integer(0, len(whole)) :], whole]
    sizes = [tuple(1 if size and draw.integer(0, 3) == 0 else size for size in one) for one in draw.shuffled(sizes)]
    dtypes = [draw.choice(INTEGERS), draw.choice(INTEGERS)]
    dtype = _of_sum(dtypes[0], len(sizes[0]), dtypes[1], len(sizes[1]))
    bounds = [(max(_bounds(dtype)[0], _bounds(d)[0]), min(_bounds(dtype)[1], _bounds(d)[1])) for d in dtypes]
    some = [-(2**40), -(2**24) - 1, -128, -127, -9, -7, -2, 2, 3, 7, 11, 100, 127, 255, 2**24 + 1, 2**40 - 1, 2**40]
    dividends, divisors = ([n for n in [*some, 1, draw.integer(1, 2**40)] if low <= n <= high] for low, high in bounds)
    a, b = with_values(draw, dividends, sizes[0], dtypes[0]), with_values(draw, divisors, sizes[1], dtypes[1])

    results = call(answer, a, b)

    assert isinstance(results, tuple | list)
    true, down, cut = results
    pairs = list(zip(*(flat(t) for t in torch.broadcast_tensors(a, b)), strict=True))
    size = np.broadcast_shapes(*sizes)
    is_plain(true, size, torch.float32)
    near(true, np.array([x / y for x, y in pairs]).reshape(size), 1e-6)
    for t in (down, cut):
        is_plain(t, size, dtype)
    exact(down, [x // y for x, y in pairs])
    exact(cut, [abs(x) // abs(y) * (1 if x * y >= 0 else -1) for x, y in pairs])


def _shape_of(xs: Any) -> tuple[int, ...] | None:
    """The shape of a number or list; None if it has none."""
    if not isinstance(xs, list):
        return ()
    inside = {_shape_of(item) for item in xs}
    return None if None in inside or len(inside) > 1 else (len(xs), *(inside.pop() if inside else ()))  # type: ignore[misc]


def is_ragged(answer: Any, draw: Draw) -> None:
    """Lists of any depth, some spoilt at any place: longer, shorter, a number for a list, a list for a number."""
    xs = _nested(draw, shape(draw, ranks=(0, 1, 2, 3, 4)), [1, 0.5, True, False, math.nan])
    for _ in range(draw.integer(0, 2)):
        rows = [row for row in _lists(xs) if row]
        if rows:
            row, change = draw.choice(rows), draw.choice(["longer", "shorter", "number", "list", "empty"])
            if change == "shorter":
                row.pop()
            elif change == "longer":
                row.append(row[0])
            else:
                row[draw.integer(0, len(row) - 1)] = {"number": 2, "list": [1, 2], "empty": []}[change]

    said = call(answer, xs)

    assert said is (_shape_of(xs) is None)


def _lists(xs: Any) -> list[list[Any]]:
    return [xs, *(row for item in xs for row in _lists(item))] if isinstance(xs, list) else []


def sum_dtype(answer: Any, draw: Draw) -> None:
    """Each pair of the ten dtypes, each pair of ranks from 0 to 3."""
    case = draw.choice(DTYPES), draw.integer(0, 3), draw.choice(DTYPES), draw.integer(0, 3)
    assert call(answer, *case) == _of_sum(*case)


def _holds(dtype: torch.dtype, number: Any) -> bool:
    """Whether the dtype has this number exactly."""
    if not math.isfinite(number):
        return dtype.is_floating_point
    if not dtype.is_floating_point:
        low, high = _bounds(dtype)
        return number == int(number) and low <= number <= high
    limits = torch.finfo(dtype)
    if number == 0 or abs(Fraction(number)) > Fraction(limits.max):
        return number == 0
    exponent = math.frexp(number)[1] if isinstance(number, float) else abs(number).bit_length()
    lowest = round(math.log2(limits.smallest_normal)) + 1
    unit = Fraction(2) ** (max(exponent, lowest) - _digits(dtype)[0])
    return Fraction(number) % unit == 0


def safe_cast(answer: Any, draw: Draw) -> None:
    """Each pair of the ten dtypes; ends, halves, neighbours that a float cannot tell apart, nan and infinities."""
    source, dtype = draw.choice(DTYPES), draw.choice(DTYPES)
    some = [0, 1, True, -1, 2, -2, 0.5, -0.0, 2.9, 44, 127, 128, 255, 256, 300, -128, -129, 2**15, 2**16, 65504, 65520]
    some += [2**24 + 1, 2**53, 2**53 + 1, 2**62, 2**63 - 1, -(2**63), 1e-8, 1e300, 0.1, *ends(dtype), *ends(source)]
    some += [2.0**24 + 2, 2.0**60, 100.5, 200, -56, math.nan, math.inf, -math.inf]
    fitting = [n for n in some if _holds(source, n)]
    harmless = [n for n in fitting if _holds(dtype, n)]
    size = shape(draw)
    t = with_values(draw, harmless, size, source)
    if t.numel() and len(harmless) < len(fitting) and draw.integer(0, 2):  # one that does not fit, among others
        place = np.unravel_index(draw.integer(0, t.numel() - 1), size)
        t[tuple(map(int, place))] = draw.choice([n for n in fitting if not _holds(dtype, n)])

    if all(_holds(dtype, number) for number in flat(t)):
        result = call(answer, t, dtype)
        is_plain(result, size, dtype)
        exact(result, flat(t))
    else:
        refused(ValueError, answer, t, dtype)
