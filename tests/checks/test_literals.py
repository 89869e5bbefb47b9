"""torchmarks.checks.literals: values as exact Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks.geometry import layout
from torchmarks.checks.literals import array, as_text, plain, restored, tensor
from torchmarks.checks.packing import pack
from torchmarks.checks.placing import notebook

DTYPES = [torch.float32, torch.bfloat16, torch.int8, torch.bool, torch.complex64, torch.float64]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3), (9, 9)], ids=str)
def test_a_text_is_restored_to_the_last_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """Any dtype and shape goes through the text of a message and comes back."""
    values = torch.randn(shape).to(dtype)
    back = restored(as_text(values))

    assert (back.dtype, back.shape) == (values.dtype, values.shape)
    assert back._base is None  # PyTorch words an error about a view of a leaf in another way
    assert layout(pack((back,))) == layout(pack((values,)))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (torch.zeros(2, 3), "torch.zeros(2, 3)"),
        (torch.arange(1, 7), "torch.arange(1, 7)"),
        (torch.full((2, 3), 2.5), "torch.full((2, 3), 2.5)"),
        (torch.tensor([0.1]), "torch.tensor([0.1])"),
        (torch.tensor([1, 2], dtype=torch.uint8), "torch.tensor([1, 2], dtype=torch.uint8)"),
        (np.arange(6), "np.arange(6)"),
        (np.array([1.0], dtype=np.float32), "np.array([1.], dtype=np.float32)"),
        (np.array([31.5, np.nan, -np.inf]), "np.array([31.5, np.nan, -np.inf])"),
    ],
)
def test_it_reads_well(values: Any, text: str) -> None:
    """The shortest text that gives the same elements."""
    assert (tensor if isinstance(values, torch.Tensor) else array)(values) == text


@pytest.mark.parametrize(
    "value",
    [None, True, 1, -0.0, float("inf"), complex(float("nan"), -0.0), "it's", b"x", slice(1, None), range(3), ...],
)
def test_plain_values_come_back(value: Any) -> None:
    """nan, infinities and the sign of zero among them."""
    text = plain(value)

    assert text is not None
    assert repr(eval(text, notebook())) == repr(value)
