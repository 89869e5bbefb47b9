"""torchmarks.checks.memory: which elements share memory, by addresses and by writing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from torchmarks.checks.facts import Place
from torchmarks.checks.memory import elements_are_own, overlap, place_of, writes_through

X = torch.arange(24.0).reshape(4, 6)
A = np.arange(24.0).reshape(4, 6)

SHARING = {
    "itself": (X, X),
    "a row": (X[1], X),
    "a column and a row that meet": (X[:, 2], X[3]),
    "two slices that overlap in one element": (X.view(-1)[:5], X.view(-1)[4:]),
    "a transposed view": (X.T, X),
    "an expanded view": (X[:1].expand(4, 6), X[0, :2]),
    "another dtype over the same bytes": (X.view(torch.int32), X),
    "one byte of an element": (X.view(torch.uint8)[0, 3:4], X[0, :1]),
    "a detached tensor": (X.detach(), X),
    "the tensor around an array": (torch.from_numpy(A), A),
    "the array around a tensor": (X.numpy(), X),
    "an array reversed, and its last row": (A[::-1], A[3]),
    "an array read backwards": (A.reshape(-1)[::-1], A[0, :1]),
    "a masked array": (np.ma.MaskedArray(A, copy=False), A),
    "a view of 65 axes": (torch.zeros(2).view((1,) * 64 + (2,)),) * 2,
}
SEPARATE = {
    "a clone": (X.clone(), X),
    "even and odd elements": (X.view(-1)[::2], X.view(-1)[1::2]),
    "two columns": (X[:, 0], X[:, 1]),
    "two halves": (X[:2], X[2:]),
    "a checkerboard": (X[::2, ::2], X[1::2, 1::2]),
    "an empty slice of the same memory": (X[2:2], X),
    "two empty tensors": (torch.empty(0), torch.empty(0)),
    "every third element backwards, and those beside them": (A.reshape(-1)[::-3], A.reshape(-1)[::-3] - 0),
    "reversed evens and odds": (A.reshape(-1)[-2::-2], A.reshape(-1)[::-2]),
    "meta tensors": (torch.empty(3, device="meta"),) * 2,
}


@pytest.mark.parametrize(("a", "b"), SHARING.values(), ids=SHARING.keys())
def test_sharing_is_seen(a: torch.Tensor | np.ndarray, b: torch.Tensor | np.ndarray) -> None:
    """Two that have a byte in common overlap, whichever is asked first."""
    assert overlap(place_of(a), place_of(b))
    assert overlap(place_of(b), place_of(a))


@pytest.mark.parametrize(("a", "b"), SEPARATE.values(), ids=SEPARATE.keys())
def test_separate_memory_is_seen(a: torch.Tensor | np.ndarray, b: torch.Tensor | np.ndarray) -> None:
    """Two without a common byte do not overlap, however their bounds interleave."""
    assert not overlap(place_of(a), place_of(b))
    assert not overlap(place_of(b), place_of(a))


def test_addresses_are_compared_within_one_space_only() -> None:
    """The same address on another device is other memory."""
    here, there = (Place(space, 4096, (4,), (4,), 4) for space in ("cpu", "cuda:0"))

    assert not overlap(here, there)


def test_memory_taken_away_is_shared_with_nothing() -> None:
    """Two tensors whose storages were emptied both lie at address 0 and still share nothing."""
    a, b = torch.ones(3), torch.ones(3)
    for tensor in (a, b):
        tensor.untyped_storage().resize_(0)

    assert not overlap(place_of(a), place_of(b))


def test_a_sparse_tensor_has_no_place() -> None:
    """A tensor that is not strided has no addresses to speak of."""
    assert place_of(torch.eye(3).to_sparse()) is None


@pytest.mark.parametrize(
    ("tensor", "own"),
    [
        (X, True),
        (X.T, True),
        (X[::2, 1:], True),
        (X[:1].expand(4, 6), False),
        (torch.zeros(1).expand(1, 1), True),
        (torch.empty(0, 3).expand(0, 3), True),
        (torch.arange(5.0).as_strided((3, 3), (1, 1)), False),
        (torch.arange(9.0).as_strided((3, 2), (2, 3)), True),
        (torch.arange(9.0).as_strided((3, 3), (2, 2)), False),
        (torch.tensor(1.0), True),
    ],
)
def test_own_elements(tensor: torch.Tensor, own: bool) -> None:
    """Elements are their own unless two indices lead to one address."""
    assert elements_are_own(place_of(tensor)) is own


def test_elements_of_a_reversed_array_are_its_own() -> None:
    """Negative strides do not make an overlap."""
    assert elements_are_own(place_of(A[::-1, ::-1]))


@pytest.mark.parametrize(("a", "b"), [pair for name, pair in SHARING.items() if "65" not in name])
def test_a_write_goes_through_shared_memory(a: torch.Tensor | np.ndarray, b: torch.Tensor | np.ndarray) -> None:
    """What shares memory by address shares it by writing."""
    assert writes_through(a, b) is True


def test_a_write_does_not_reach_a_copy() -> None:
    """A write to one is not seen in a copy of it."""
    assert writes_through(X.clone(), X) is False


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([1.0, math.nan, -0.0, math.inf]),
        torch.tensor([0x7FC01234, -1, 0x7F800001], dtype=torch.int32).view(torch.float32),
        torch.tensor([True, False]),
        torch.tensor([2**63 - 1, -(2**63)]),
        torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        torch.tensor([1.5, -2.0], dtype=torch.float16),
        torch.ones(1, 3).expand(2, 3),
        torch.tensor(3.0),
    ],
)
def test_trying_a_write_leaves_every_bit(tensor: torch.Tensor) -> None:
    """After the attempt every bit is as before, nan payloads included."""
    bits = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    before = tensor.view(bits).clone()

    assert writes_through(tensor, tensor) is True

    assert torch.equal(tensor.view(bits), before)


def test_trying_a_write_bumps_no_version() -> None:
    """Autograd does not notice the attempt: versions stay, and a recorded graph still runs backward."""
    x = torch.ones(3, requires_grad=True)
    y = x * x
    version = x._version

    assert writes_through(x, x.detach()) is True

    assert x._version == version
    y.sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 2.0))


@pytest.mark.parametrize(
    "thing",
    [
        np.broadcast_to(np.float64(1), (3,)),
        torch.empty(0),
        torch.empty(2, device="meta"),
        torch.ones(2, dtype=torch.complex64).conj(),
        torch.ones(2, dtype=torch.complex64).conj().imag,
        torch.eye(2).to_sparse(),
        np.ones(2, dtype="U5"),
    ],
    ids=lambda thing: str(thing.dtype),
)
def test_where_a_write_cannot_be_tried_nothing_is_claimed(thing: torch.Tensor | np.ndarray) -> None:
    """Read-only, empty, absent or wrapped memory gives no answer, and no error."""
    assert writes_through(thing, thing) is None


def test_an_array_subclass_cannot_hide_its_address() -> None:
    """A subclass that lies about its interface is looked at as the array that it is."""

    class Liar(np.ndarray):
        @property
        def __array_interface__(self) -> dict[str, object]:
            raise RuntimeError("no")

    liar = A.view(Liar)

    assert overlap(place_of(liar), place_of(A))
