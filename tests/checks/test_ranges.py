"""torchmarks.checks.ranges: each collection holds the whole range of its quantifier."""

from __future__ import annotations

import pytest
import torch

from torchmarks import inputs
from torchmarks.checks import ranges
from torchmarks.checks.ranges import BEYOND_FLOAT32, BEYOND_FLOAT64, DTYPES, SHAPES, each, edges, not_finite, written


def test_any_dtype_is_every_real_one_of_pytorch() -> None:
    """Those whose tensors PyTorch can add; bfloat16, float16, int8 and uint8 among them, none twice."""
    assert len(set(DTYPES)) == len(DTYPES) == 10
    for dtype in DTYPES:
        assert not dtype.is_complex
        assert torch.zeros(1, dtype=dtype).sum() == 0
    assert {torch.bfloat16, torch.float16, torch.int8, torch.uint8, torch.bool} <= set(DTYPES)


def test_any_shape_has_each_kind() -> None:
    """0-d, one element, empty, an empty axis in the middle, several axes."""
    assert {(), (1,), (0,), (1, 1), (2, 0, 3)} <= set(SHAPES)
    assert {len(shape) for shape in SHAPES} == {0, 1, 2, 3}


def test_each_gives_every_dtype_in_every_shape() -> None:
    """In order, with layouts that take turns where a shape has them."""
    made = list(each(inputs("a", "b")))

    assert [(tuple(t.shape), t.dtype) for t in made] == [(shape, dtype) for shape in SHAPES for dtype in DTYPES]
    square = [t for t in made if t.shape == (3, 4)]
    assert {t.is_contiguous() for t in square} == {True, False}
    assert any(0 in t.stride() for t in square)
    assert any(t.storage_offset() > 0 for t in square)


def test_each_draws_leaves_where_they_are_asked_for() -> None:
    """Every other one of the floating dtypes; none by itself."""
    asked = list(each(inputs("a", "b"), requires_grad=True))

    assert not any(t.requires_grad for t in each(inputs("a", "b")))
    assert any(t.requires_grad for t in asked)
    assert any(not t.requires_grad for t in asked if t.dtype.is_floating_point)
    assert all(t.is_leaf for t in asked if t.requires_grad)


def test_each_keeps_to_a_range() -> None:
    """low and high reach every tensor."""
    tensors = each(inputs("a", "b"), dtypes=(torch.float32, torch.int8), low=2, high=5)

    assert all(((t >= 2) & (t <= 5)).all() for t in tensors)


@pytest.mark.parametrize("dtype", DTYPES)
def test_edges_hold_both_ends_and_what_is_around_zero(dtype: torch.dtype) -> None:
    """Exactly, in the dtype; all of them finite and different."""
    found = edges(dtype)
    values = found.tolist()

    assert found.dtype == dtype
    assert len(set(values)) == len(values)
    assert found.isfinite().all()
    if dtype == torch.bool:
        assert values == [False, True]
        return
    span = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
    assert (values[0], values[-1]) == (span.min, span.max)
    assert {0, 1} <= set(values)
    assert (-1 in values) is (dtype != torch.uint8)


@pytest.mark.parametrize("dtype", ranges.FLOATS)
def test_what_is_not_finite_stands_apart(dtype: torch.dtype) -> None:
    """nan and both infinities, in each floating dtype."""
    found = not_finite(dtype)

    assert found.dtype == dtype
    assert found[0].isnan()
    assert found[1:].tolist() == [float("inf"), float("-inf")]


def test_numbers_beyond_a_float_are_lost_in_it() -> None:
    """Each becomes its neighbour, and the wider dtype still holds the smaller of them."""
    assert int(torch.tensor(BEYOND_FLOAT32, dtype=torch.float32)) == BEYOND_FLOAT32 - 1
    assert int(torch.tensor(BEYOND_FLOAT32, dtype=torch.float64)) == BEYOND_FLOAT32
    assert int(torch.tensor(BEYOND_FLOAT64, dtype=torch.float64)) == BEYOND_FLOAT64 - 1


@pytest.mark.parametrize(
    ("device", "forms"), [("cpu", ["cpu"]), ("cuda", ["cuda", "cuda:0"]), ("meta", ["meta", "meta:0"])]
)
def test_a_device_is_written_in_every_form(device: str, forms: list[str]) -> None:
    """Text and object, with an index and without; the CPU has no index."""
    found = written(device)

    assert [str(form) for form in found if isinstance(form, str)] == forms
    assert [form for form in found if not isinstance(form, str)] == [torch.device(form) for form in forms]
