"""torchmarks.checks.drawn: one expression rebuilds a drawn value, until it is changed."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

import torchmarks
from torchmarks.checks import drawn as module
from torchmarks.checks.drawn import drawn_as
from torchmarks.checks.inputs import Draw, leaf

TENSORS = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
LAYOUTS = ["contiguous", "transposed", "strided", "offset", "expanded"]
ARRAY_LAYOUTS = ["contiguous", "transposed", "strided", "offset", "fortran", "reversed"]


def draw() -> Any:
    return Draw(b"key")


def rebuilt(value: object) -> Any:
    """What a student gets who pastes the expression after the first cell."""
    expression = drawn_as(value)
    assert expression is not None
    return eval(expression, {"drawn": torchmarks.drawn, "torch": torch})


def look(value: Any) -> Any:
    """All of a tensor or array that an exercise can be about."""
    if isinstance(value, np.ndarray):
        return value.tolist(), value.dtype, value.shape, value.strides, value.flags.writeable
    place = value.stride(), value.storage_offset(), value.untyped_storage().nbytes()
    grad = None if value.grad is None else look(value.grad)
    return value.tolist(), value.dtype, value.shape, place, value.requires_grad, value.is_leaf, grad


@pytest.mark.parametrize(("dtype", "layout"), list(product([*TENSORS, torch.complex64], LAYOUTS)), ids=str)
def test_a_tensor_is_rebuilt(dtype: torch.dtype, layout: str) -> None:
    """Elements, dtype and place in memory are those that were drawn."""
    for shape in [(4, 3), (1, 1), (0, 3), (2, 3, 4)]:
        value = draw().tensor(shape, dtype, layout=layout)

        assert look(rebuilt(value)) == look(value)


@pytest.mark.parametrize("make", [
    lambda d: d.tensor(()),
    lambda d: d.tensor((), torch.complex128),
    lambda d: d.tensor((5,), low=0, high=1e-3),
    lambda d: d.tensor((5,), torch.int32, -3, np.int64(3)),
    lambda d: d.tensor((5,), low=np.float64(0.5)),
    lambda d: d.tensor(torch.Size((5, 2)), requires_grad=True),
    lambda d: d.distinct((4, 5), torch.uint8, layout="strided"),
    lambda d: d.leaf((3, 2), torch.float64),
    lambda d: d.leaf((3, 2), grad=True, layout="transposed", low=-5, high=5),
    lambda d: d.three_kinds((2, 2), layout="offset")[0],
    lambda d: d.three_kinds((2, 2), layout="offset")[1],
    lambda d: d.three_kinds((2, 2), layout="offset")[2],
])  # fmt: skip
def test_every_kind_of_value_is_rebuilt(make: Callable[[Any], Any]) -> None:
    """Ranges, leaves and their `.grad` among them."""
    value = make(draw())

    assert look(rebuilt(value)) == look(value)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "uint8", "bool", np.int16, np.dtype("f4"), float])
@pytest.mark.parametrize("layout", ARRAY_LAYOUTS)
def test_an_array_is_rebuilt(dtype: Any, layout: str) -> None:
    """Whatever its dtype was given as."""
    value = draw().array((4, 3), dtype, layout=layout)

    assert look(rebuilt(value)) == look(value)


def test_the_expression_reads_as_the_draw() -> None:
    """The seed of this value alone, what was asked for, and nothing that goes without saying."""
    d = draw()
    plain, long = d.tensor((2, 3)), d.leaf((200, 3), torch.float64, layout="strided", grad=True, low=0)

    first, second = drawn_as(plain) or "", drawn_as(long) or ""

    assert first.startswith("drawn(0x")
    assert first.endswith(', "tensor", (2, 3))')
    assert second.endswith(', "leaf", (200, 3), torch.float64, layout="strided", grad=True, low=0)')
    assert first.split(",")[0] != second.split(",")[0]


def test_a_rebuilt_value_is_a_drawn_one() -> None:
    """In the student's notebook a message prints it the same way."""
    value = draw().tensor((3,))

    assert drawn_as(rebuilt(value)) == drawn_as(value)


def test_a_drawn_tensor_may_become_a_leaf() -> None:
    """By `leaf`, or where it is."""
    d = draw()
    for layout in ("contiguous", "transposed"):
        value = d.tensor((4, 20), layout=layout)
        for made in (leaf(value), value.requires_grad_()):
            again = rebuilt(made)
            assert look(again) == look(made)
            assert again.is_leaf
            assert again.requires_grad


def test_a_leaf_of_other_values_is_not_what_was_drawn() -> None:
    """Its note is that of the tensor that it was made from."""
    value = draw().tensor((3, 3))
    made = leaf(value)
    made.detach().add_(1)

    assert drawn_as(made) is None
    assert drawn_as(leaf(value, torch.float64)) is None
    assert drawn_as(leaf(value, grad=[[1.0] * 3] * 3)) is None


def _through_data(t: torch.Tensor) -> None:
    t.data[0] = 9


def _through_numpy(t: torch.Tensor) -> None:
    t.detach().numpy()[0] = 9


def _negative_zero(t: torch.Tensor) -> None:
    t.detach()[:] = -0.0


CHANGES: list[Callable[[Any], Any]] = [
    lambda t: t.detach().add_(1), _through_data, _through_numpy, _negative_zero, lambda t: t.requires_grad_(False),
    lambda t: setattr(t, "grad", None), lambda t: t.grad.zero_(), lambda t: t.detach().t_().add_(1),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_changevalue_is_not_what_was_drawn(change: Callable[[Any], Any]) -> None:
    """By whatever way it was changed, and whether PyTorch has noticed."""
    value = draw().leaf((3, 3), grad=True)
    change(value)

    assert drawn_as(value) is None


def test_a_changed_array_is_not_what_was_drawn() -> None:
    """Neither with another element nor as read-only."""
    written, locked = draw().array((3,)), draw().array((3,))
    written[0] = 9
    locked.flags.writeable = False

    assert (drawn_as(written), drawn_as(locked)) == (None, None)


def test_only_the_very_object_is_a_drawn_one() -> None:
    """No copy, no view, nothing that was not drawn."""
    value = draw().tensor((3,))

    assert [drawn_as(other) for other in (copy.deepcopy(value), value[:], value.tolist(), None, torch.ones(3))] == [
        None
    ] * 5


def test_no_note_outlives_its_value() -> None:
    """Else a value made later, at the same address, would be taken for it."""
    gc.collect()  # what other tests left
    before = len(module._notes)
    value = draw().tensor((3,))
    there = len(module._notes)
    del value
    gc.collect()

    assert (there, len(module._notes)) == (before + 1, before)
