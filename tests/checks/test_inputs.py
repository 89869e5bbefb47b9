"""torchmarks.checks.inputs: seeded inputs, the same wherever they are drawn, in every layout."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.notebook import notebooks
from torchmarks import inputs, leaf
from torchmarks.checks.inputs import Draw
from torchmarks.checks.memory import elements_are_own, place_of
from torchmarks.checks.seeding import Phase, Seeding, seeding
from torchmarks.errors import AuthorError

LAYOUTS = ["contiguous", "transposed", "strided", "offset", "expanded"]


def draw() -> Any:
    return inputs("01-tensors", "from_list")


def drawn_for(seed: Seeding, *names: str) -> int:
    """The first number that is drawn where the grader has set this."""
    token = seeding.set(seed)
    try:
        return inputs(*names).seed()
    finally:
        seeding.reset(token)


@pytest.fixture(autouse=True)
def ada() -> Iterator[None]:
    """A student who is graded."""
    token = seeding.set(Seeding(b"secret", Phase.FINAL, "ada"))
    yield
    seeding.reset(token)


def test_draws_are_the_same_in_every_process(tmp_path: Path) -> None:
    """The same secret, phase, assignment, exercise and student draw the same numbers in another process."""
    code = (
        "from torchmarks import inputs; from torchmarks.checks.seeding import *\n"
        "seeding.set(Seeding(b'secret', Phase.FINAL, 'ada')); print(inputs('01-tensors', 'from_list').seed())"
    )

    assert int(notebooks(tmp_path, [code])[0][0]["text"]) == draw().seed()


def test_seeds_differ_by_each_name() -> None:
    """Another secret, phase, assignment, exercise or student draws other numbers, wherever the names are split."""
    first = Seeding(b"s", Phase.FINAL, "c")
    seeds = [
        first,
        Seeding(b"t", Phase.FINAL, "c"),
        Seeding(b"s", Phase.BEFORE_DEADLINE, "c"),
        Seeding(b"s", student=""),
    ]
    names = [("a", "d"), ("x", "b"), ("ab", ""), ("a", "bc")]

    found = [drawn_for(seed, "a", "b") for seed in seeds] + [drawn_for(first, *name) for name in names]

    assert len(set(found)) == len(found)


def test_without_a_grader_all_draw_the_same(tmp_path: Path) -> None:
    """In a student's notebook the secret is empty, and no student is known."""
    code = "from torchmarks import inputs; print(inputs('a', 'b').seed())"

    assert int(notebooks(tmp_path, [code])[0][0]["text"]) == drawn_for(Seeding(), "a", "b")


def test_each_value_is_drawn_by_itself() -> None:
    """How many elements a value has changes nothing in those that are drawn after it."""
    few, many = draw(), draw()
    few.tensor((1,))
    many.tensor((1000,))

    assert few.nested((3,)) == many.nested((3,))
    assert few.shuffled(range(50)) == many.shuffled(range(50))
    assert torch.equal(few.tensor((4,)), many.tensor((4,)))


def test_no_value_comes_twice() -> None:
    """Values of one kind are different ones."""
    d = draw()

    assert len({d.seed() for _ in range(100)}) == 100
    assert len({tuple(d.tensor((3,)).tolist()) for _ in range(20)}) == 20


def test_a_source_of_inputs_does_not_travel() -> None:
    """A scenario that holds one is an error of the author: all that is still to be drawn would go along."""
    with pytest.raises(AuthorError, match="cannot be copied or pickled"):
        pickle.dumps(Draw(b"key"))


DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.uint8,
    torch.bool,
    torch.complex64,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_every_dtype(dtype: torch.dtype, layout: str) -> None:
    """A tensor has the shape and dtype asked for, and the layout that its name says."""
    t = draw().tensor((4, 3), dtype, layout=layout)

    assert (t.shape, t.dtype) == ((4, 3), dtype)
    assert t.is_contiguous() == (layout in ("contiguous", "offset"))
    assert (t.storage_offset() > 0) == (layout == "offset")
    assert elements_are_own(place_of(t)) == (layout != "expanded")
    assert t.stride() == {"transposed": (1, 4), "strided": (5, 2), "expanded": (0, 1)}.get(layout, (3, 1))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (1,), (1, 1), (2, 3, 4)])
@pytest.mark.parametrize("layout", ["contiguous", "strided", "offset", "expanded"])
def test_edge_shapes(shape: tuple[int, ...], layout: str) -> None:
    """Empty tensors and axes of size 1 come in every layout."""
    assert draw().tensor(shape, layout=layout).shape == shape


@pytest.mark.parametrize(("shape", "layout"), [((), "strided"), ((3,), "transposed"), ((2, 2), "spiral")])
def test_impossible_layouts_are_refused(shape: tuple[int, ...], layout: str) -> None:
    """A layout that the shape cannot have is an error of the author, with a way out."""
    with pytest.raises(AuthorError) as caught:
        draw().tensor(shape, layout=layout)

    assert caught.value.remedy


def test_ranges() -> None:
    """Numbers stay within the range asked for, both ends of integers included."""
    d = draw()
    ints, floats = d.tensor((500,), torch.int64, low=2, high=4), d.tensor((500,), low=2, high=4)

    assert set(ints.tolist()) == {2, 3, 4}
    assert 2 <= float(floats.min()) < float(floats.max()) <= 4
    assert {d.integer(1, 2) for _ in range(50)} == {1, 2}
    assert all(-10 <= d.number() < 10 for _ in range(50))


def test_lists_and_choices() -> None:
    """Nested lists have shape and kind; choices and shuffles keep the items."""
    d = draw()
    nested = d.nested((2, 3), int)

    assert [len(row) for row in nested] == [3, 3]
    assert all(type(n) is int for row in nested for n in row)
    assert type(d.nested((), bool)) is bool
    assert type(d.nested((), float)) is float
    assert d.choice("abc") in "abc"
    assert sorted(d.shuffled(range(9))) == list(range(9))


def test_distinct_elements() -> None:
    """Distinct elements are all different and not 0, or refused where the dtype has too few."""
    t = draw().distinct((4, 5), torch.uint8)

    assert sorted(t.flatten().tolist()) == list(range(1, 21))
    with pytest.raises(AuthorError):
        draw().distinct((300,), torch.uint8)
    with pytest.raises(AuthorError):
        draw().distinct((300,), torch.bfloat16)


def test_three_kinds() -> None:
    """A plain tensor, a leaf, and a leaf with a `.grad`, with values of their own."""
    plain, bare, filled = draw().three_kinds((2, 2), layout="transposed")

    assert [t.requires_grad for t in (plain, bare, filled)] == [False, True, True]
    assert [t.grad is None for t in (plain, bare, filled)] == [True, True, False]
    assert all(t.is_leaf and t.stride() == (1, 2) for t in (plain, bare, filled))
    assert not torch.equal(plain, bare)


def test_leaves() -> None:
    """leaf makes a leaf of lists and of tensors, filled when asked, and says why ints cannot be one."""
    source = torch.ones(2)
    made = leaf(source, grad=torch.zeros(2))
    made.data[0] = 5

    assert leaf([1.0], grad=[2.0]).grad.tolist() == [2.0]
    assert made.is_leaf
    assert made.requires_grad
    assert source.tolist() == [1.0, 1.0]
    assert leaf([1], dtype=torch.float64).dtype == torch.float64
    with pytest.raises(AuthorError, match="floats"):
        leaf([1])


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "uint8", "bool"])
@pytest.mark.parametrize("layout", ["contiguous", "transposed", "strided", "offset", "fortran", "reversed"])
def test_arrays(dtype: str, layout: str) -> None:
    """An array has the shape, dtype and layout asked for, and can be written."""
    a = draw().array((4, 3), dtype, layout=layout)

    assert (a.shape, a.dtype) == ((4, 3), np.dtype(dtype))
    assert a.flags.c_contiguous == (layout in ("contiguous", "offset"))
    assert (a.strides[0] < 0) == (layout == "reversed")
    assert a.flags.writeable
