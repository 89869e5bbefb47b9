"""torchmarks.checks.taking: values as facts, whatever they are."""

from __future__ import annotations

import collections
import math
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks.checks import outcome
from torchmarks.checks.equality import same_values
from torchmarks.checks.extent import COMPUTABLE, MAX_ELEMENTS, MAX_NODES
from torchmarks.checks.facts import ArrayFacts, Items, Observation, Opaque, Plain, TensorFacts
from torchmarks.checks.formatting import format_fact
from torchmarks.checks.taking import take

from .hostile import LyingDict, hollow


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(3.0),
        torch.empty(0, 2),
        torch.arange(6).reshape(2, 3).T,
        torch.ones(1, 2).expand(3, 2),
        torch.tensor([1.5, -0.0, math.inf], dtype=torch.bfloat16),
        torch.tensor([True, False]),
        torch.tensor([1 + 2j]).conj(),
        torch.tensor([1 + 2j]).conj().imag,  # its sign is a bit that PyTorch keeps beside the memory
        torch.from_numpy(np.ones((4, 2))[::2, :1]).squeeze(0)[:1, None],
        torch.arange(4.0).as_strided((1, 1), (3, 7)),
    ],
)
def test_facts_of_a_tensor(tensor: torch.Tensor) -> None:
    """The facts of a tensor of any layout hold its values, dtype, shape and strides."""
    facts = take(tensor)

    assert isinstance(facts, TensorFacts)
    assert torch.equal(facts.values, tensor)
    assert (facts.dtype, facts.shape, facts.stride) == (tensor.dtype, tuple(tensor.shape), tensor.stride())
    assert facts.is_contiguous == tensor.is_contiguous()


def test_facts_of_autograd() -> None:
    """A leaf, its `.grad`, its version and a computed tensor's operation are seen."""
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    with torch.no_grad():
        x.add_(1)

    leaf, computed = take(x), take(x * 2)

    assert (leaf.is_leaf, leaf.requires_grad, leaf.version, leaf.grad_fn) == (True, True, 1, None)
    assert leaf.grad.values.tolist() == [2.0, 2.0]
    assert (computed.is_leaf, computed.grad_fn, computed.grad) == (False, "MulBackward0", None)


def test_facts_of_an_array() -> None:
    """The facts of an array hold its values, strides in bytes and whether it can be written."""
    array = np.arange(6.0)[::-2]
    array.flags.writeable = False

    facts = take(array)

    assert isinstance(facts, ArrayFacts)
    assert facts.values.tolist() == [5.0, 3.0, 1.0]
    assert (facts.strides, facts.writeable, facts.dtype) == ((-16,), False, np.dtype("float64"))


@pytest.mark.parametrize(
    ("thing", "name", "value"),
    [
        (True, "bool", True),
        (2**60, "int", 2**60),
        (np.float64(1.5), "numpy.float64", 1.5),
        (np.bool_(True), "numpy.bool", True),
        (None, "NoneType", None),
        (torch.float16, "torch.dtype", torch.float16),
        (torch.device("meta"), "torch.device", torch.device("meta")),
    ],
)
def test_plain_values_keep_their_exact_type(thing: Any, name: str, value: Any) -> None:
    """A plain value is told with the name of its exact type."""
    assert take(thing) == Plain(name, value)


def test_containers_keep_type_and_order() -> None:
    """Lists, tuples, sizes and dicts are told item by item; an OrderedDict in the order that it was given later."""
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")

    assert take(torch.Size([2, 3])) == Items("torch.Size", (Plain("int", 2), Plain("int", 3)))
    assert [key.value for key in take(ordered).keys] == ["b", "a"]


def test_sets_have_one_order() -> None:
    """A set's own order differs between processes; its facts do not."""
    first, second = {"a", "b", "c", "d"}, {"d", "c", "b", "a"}

    assert take(first) == take(second)
    assert [item.value for item in take(first).items] == ["a", "b", "c", "d"]


def test_a_lying_dict_is_seen_as_it_is() -> None:
    """A subclass of dict is read by the methods of dict."""
    items = take(LyingDict(a=1))

    assert items.keys == (Plain("str", "a"),)


def test_a_tensor_without_memory_is_not_read() -> None:
    """A tensor whose storage was emptied under it is told as such: to read it could end the process."""
    assert take(hollow()) == Opaque("torch.Tensor", "memory_gone")


@pytest.mark.parametrize("dtype", sorted(COMPUTABLE, key=str), ids=str)
def test_everything_can_be_asked_of_a_dtype_that_is_taken(dtype: torch.dtype) -> None:
    """Facts of these dtypes are compared, shown and made into an outcome without an error."""
    fact = take(torch.ones(2).to(dtype))

    assert isinstance(fact, TensorFacts)
    assert same_values(fact, take(torch.ones(2)), None)
    assert format_fact(fact).startswith("tensor([")
    assert outcome.comparable(Observation({}, {}, fact))[0] == "returned"


@pytest.mark.parametrize("name", ["bits8", "bits16", "bits1x8", "uint1", "uint7", "int1", "int4", "float4_e2m1fn_x2"])
def test_a_dtype_that_nothing_computes_with_is_named(name: str) -> None:
    """To read an element of one raises an error. Of such a tensor the dtype is known, and no more."""
    thing = torch.zeros(2, dtype=torch.int16).view(getattr(torch, name))

    assert take(thing) == Opaque("torch.Tensor", f"of_dtype:{name}")
    assert format_fact(take([thing])) == f"[a Tensor (of {name})]"


@pytest.mark.parametrize("shape", [(MAX_ELEMENTS + 1, 0), (0, MAX_ELEMENTS + 1), (3000, 3000, 0)])
def test_a_shape_without_elements_is_bounded(shape: tuple[int, ...]) -> None:
    """A list of empty lists is long, too, and a sum over no rows has as many elements as a row."""
    for thing in (torch.empty(shape), np.empty(shape)):
        fact = take(thing)

        assert isinstance(fact, Opaque)
        assert format_fact(fact).endswith(f"(of shape {shape})")
    assert isinstance(take([torch.empty(MAX_ELEMENTS, 0), torch.empty(1)]).items[1], Opaque)


def test_a_value_of_many_values_is_bounded() -> None:
    """A container that has too many is known by its type; what comes before it is told, what comes after it is not."""
    large = take([[1, 2], list(range(MAX_NODES)), 3, [4]])
    dict_ = take(dict.fromkeys(range(MAX_NODES // 2 + 1)))

    assert isinstance(take(list(range(MAX_NODES))), Items)
    assert take(list(range(MAX_NODES + 1))) == Opaque("list", "too_deep")
    assert dict_ == Opaque("dict", "too_deep")
    assert large.items[1:] == (Opaque("list", "too_deep"), Plain("int", 3), Opaque("list", "too_deep"))
    assert take(np.str_("x" * 20_000)) == Opaque("numpy.str_", "characters:20000")
