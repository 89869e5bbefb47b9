"""torchmarks.checks.unpacking: the copy of a view is a view of the copy, as a student's own would be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from torchmarks.checks.unpacking import travel


def test_a_view_is_a_view_of_the_copy_of_its_base() -> None:
    """A view and its base stay that, also with a base that is not an argument; PyTorch refuses what it did."""
    x = torch.arange(6.0)

    whole, part = travel((x, x[2:]))
    odd, even = travel((x[1::2], x[::2]))

    assert part._base is whole
    assert odd._base is even._base is not None
    assert odd.tolist() == [1, 3, 5]
    with pytest.raises(RuntimeError, match="views"):
        part.detach_()


def test_what_has_no_history_of_a_leaf_has_none_in_the_copy() -> None:
    """A view taken without recording and a detached tensor are leaves, beside the leaf whose memory they see."""
    w = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        unrecorded = w[1:]

    copy, view, detached = travel((w, unrecorded, w.detach()))

    assert copy.requires_grad
    assert [t.is_leaf for t in (view, detached)] == [True, True]
    assert not detached.requires_grad
    assert view._base is copy
    assert detached._base is None


def test_a_view_that_is_all_of_its_memory_is_a_tensor_of_its_own() -> None:
    """However a test has made it: what is printed of it makes one, too. Other views are then views of it."""
    x = torch.arange(6.0).reshape(2, 3)

    alone = travel(x)
    whole, row = travel((x, x[0]))

    assert alone._base is None
    assert whole._base is None
    assert row._base is whole


def test_views_of_an_array_have_it_as_their_base() -> None:
    """The array that owns the memory is one object, a view of all of it another; alone such a view is the owner."""
    a = np.arange(6.0)

    whole, again, part = travel((a, a[:], a[1::2]))
    (alone,) = travel((a[:],))

    assert whole.base is None
    assert again is not whole
    assert again.base is part.base is whole
    assert alone.base is None


def test_a_copy_counts_as_not_written_to() -> None:
    """Its version begins at 0, as that of a tensor which a notebook makes: errors name it."""
    x, p = travel((torch.arange(6.0), torch.nn.Parameter(torch.ones(2))))

    assert [x._version, p._version] == [0, 0]
