"""torchmarks.checks.show: a picture of tensors and their memory, the same every time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.notebook import notebooks
from torchmarks import show
from torchmarks.errors import UsageError


def lines(*tensors: Any, **named: Any) -> list[str]:
    return repr(show(*tensors, **named)).splitlines()


def test_a_view_and_its_base() -> None:
    """A tensor and a view of it lie in one memory, with a row of squares for each."""
    x = torch.arange(6.0).reshape(2, 3)

    assert lines(x=x, column=x[:, 1]) == [
        "x: shape (2, 3), strides (3, 1), offset 0, float32",
        "          0.      1.      2.",
        "          3.      4.      5.",
        "column: shape (2,), strides (3,), offset 1, float32, not contiguous",
        "          1.      4.",
        "memory A: 6 elements of 4 bytes",
        "    element      0.      1.      2.      3.      4.      5.",
        "    x             ■       ■       ■       ■       ■       ■",
        "    column        ·       ■       ·       ·       ■       ·",
    ]


def test_two_halves_of_one_storage() -> None:
    """Two views that share no element still lie in one memory."""
    x = torch.arange(4)

    assert lines(x[:2], x[2:])[-3:] == [
        "    element        0       1       2       3",
        "    tensor 1       ■       ■       ·       ·",
        "    tensor 2       ·       ·       ■       ■",
    ]


def test_copies_have_memory_of_their_own() -> None:
    """A copy lies in another memory."""
    x = torch.ones(1)

    assert [line for line in lines(x, x.clone()) if line.startswith("memory")] == [
        "memory A: 1 element of 4 bytes",
        "memory B: 1 element of 4 bytes",
    ]


def test_an_array_and_the_tensor_around_it() -> None:
    """NumPy and PyTorch over the same memory are drawn together, negative strides included."""
    a = np.arange(3)

    shown = lines(torch.from_numpy(a), a[::-1])

    assert "tensor 2: shape (3,), strides (-8,) bytes, int64, array" in shown
    assert sum(line.startswith("memory") for line in shown) == 1


def test_the_same_bytes_in_another_dtype() -> None:
    """Memory is divided by the smaller element; a larger one covers several."""
    x = torch.tensor([513], dtype=torch.int16)

    assert lines(x=x, b=x.view(torch.uint8))[-3:] == [
        "    element       1       2",
        "    x             ■       ■",
        "    b             ■       ■",
    ]


NOTES: list[tuple[Any, str]] = [
    (torch.zeros(3).expand(2, 3), "elements share memory"),
    (torch.ones(1, requires_grad=True), "requires grad"),
    (torch.empty(2, device="meta"), "meta"),
    (torch.eye(2).to_sparse(), "sparse_coo"),
    (torch.zeros(100_000), "shape (100000,), strides (1,), offset 0, float32"),
    (torch.ones(2, dtype=torch.bfloat16), "bfloat16"),
    (torch.ones(1).to(torch.float8_e4m3fn), "float8_e4m3fn"),
    (torch.tensor([1 + 2j]).conj(), "complex64"),
    (np.broadcast_to(np.float32(1), (2,)), "read-only"),
    (torch.empty(0, 3), "shape (0, 3)"),
    (torch.tensor(True), "shape ()"),
    (torch.zeros(2, 2, 2), "shape (2, 2, 2)"),
    (torch.zeros(40, 20), "shape (40, 20)"),
]


@pytest.mark.parametrize(("tensor", "note"), NOTES, ids=[note for _, note in NOTES])
def test_any_tensor_can_be_drawn(tensor: Any, note: str) -> None:
    """Every kind of tensor is drawn, with what is special about it, as text and as a well-formed image."""
    picture = show(tensor)

    assert note in repr(picture)
    assert ElementTree.fromstring(picture._repr_svg_()).tag.endswith("svg")


def test_drawing_changes_nothing() -> None:
    """A tensor is read only: no version, no history."""
    x = torch.ones(2, requires_grad=True)

    show(x, x.detach())

    assert x._version == 0
    assert x.grad_fn is None


def test_the_picture_is_the_same_in_every_process(tmp_path: Path) -> None:
    """No address or other accident of a process appears in the picture."""
    code = "import torch; from torchmarks import show; x = torch.arange(5); print(show(x, y=x[::2]).svg)"
    x = torch.arange(5)

    assert notebooks(tmp_path, [code])[0][0]["text"].strip() == show(x, y=x[::2]).svg


def test_the_image_tells_the_same_as_the_text() -> None:
    """The image holds the text for screen readers, escapes names, and has a ground of its own for dark themes."""
    picture = show(**{"a<b": torch.ones(1)})
    tree = ElementTree.fromstring(picture.svg)

    assert tree.get("role") == "img"
    assert tree.find("{*}desc").text == picture.text
    assert tree.find("{*}rect").get("fill") == "#fbfbf8"


@pytest.mark.parametrize("arguments", [(), ([1, 2],), (torch.ones(1), None)])
def test_what_cannot_be_drawn_is_refused(arguments: tuple[Any, ...]) -> None:
    """Nothing, and anything but a tensor, is refused with what to do instead."""
    with pytest.raises(UsageError) as caught:
        show(*arguments)

    assert "torch." in caught.value.remedy
