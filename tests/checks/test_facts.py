"""torchmarks.checks.facts: facts rebuild what they tell of."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from torchmarks.checks.facts import Observation, Opaque, plain_value
from torchmarks.checks.taking import take

T = torch.tensor


@pytest.mark.parametrize("value", [None, 1, "a", [1, (2.5, {3})], {"a": [True]}, torch.Size([2]), frozenset({1})])
def test_plain_data_comes_back(value: Any) -> None:
    """Plain data comes back as it was, with its type."""
    back = plain_value(take(value))

    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("tensor", [T(1.0), torch.empty(0, 2), T([True]), T([1.5]).bfloat16(), T([[1, 2]]).T])
def test_tensors_come_back_by_value(tensor: torch.Tensor) -> None:
    """A tensor comes back as a new contiguous CPU tensor of its values."""
    back = plain_value(take(tensor))

    assert torch.equal(back, tensor)
    assert back.dtype == tensor.dtype
    assert back.is_contiguous()


def test_a_meta_tensor_has_no_values() -> None:
    """What has no elements to read comes back on meta."""
    assert take(torch.empty(2, 3, device="meta")).values.device.type == "meta"


def test_values_can_be_written() -> None:
    """Rebuilt values are the test's own: writing to them changes no fact."""
    tensor, array = take(T([1.0])), take(np.ones(1))
    tensor.values.add_(1)
    array.values[0] = 5

    assert tensor.values.tolist() == array.values.tolist() == [1.0]


def test_an_unknown_container_comes_back_as_a_tuple() -> None:
    """A container whose class is not ours to make comes back as a tuple; an opaque thing stays opaque."""
    named = torch.max(T([[1.0, 2.0]]), dim=1)
    back = plain_value(take(named))

    assert type(back) is tuple
    assert [part.tolist() for part in back] == [[2.0], [1]]
    assert plain_value(take(object())) == Opaque("object")


def test_an_observation_rebuilds_its_result() -> None:
    """`.value` is the result as plain Python."""
    assert Observation({}, {}, take([1, T([2])])).value[0] == 1


def test_the_place_is_no_part_of_the_fact() -> None:
    """Two equal tensors have equal facts wherever they lie."""
    assert take(T([1.0])) == take(T([1.0]))


@pytest.mark.parametrize("value", [T([1.0]), np.ones(1)], ids=["tensor", "array"])
def test_every_other_field_is(value: Any) -> None:
    """A fact that differs in one field, the place apart, is another fact with another hash."""
    fact = take(value)
    others = [replace(fact, **{name: "other"}) for name in fact.__struct_fields__ if name != "place"]

    assert replace(fact, place=None) == fact
    assert hash(replace(fact, place=None)) == hash(fact)
    assert [other for other in others if other == fact or hash(other) == hash(fact)] == []


def test_facts_can_be_sent_and_get_no_new_attributes() -> None:
    """Facts survive pickling between workers, equal and with the same hash; nothing can be added to them."""
    facts = take([T([1.0], requires_grad=True), np.ones(2)])
    arrived = pickle.loads(pickle.dumps(facts))

    assert arrived == facts
    assert hash(arrived.items[0]) == hash(facts.items[0])
    with pytest.raises(AttributeError):
        facts.another = "tuple"
