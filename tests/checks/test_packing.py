"""torchmarks.checks.packing: a copy of the arguments has all that the originals have, and nothing of their memory."""

from __future__ import annotations

import functools
import math
import pickle
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import nn

from torchmarks.checks.memory import overlap, place_of
from torchmarks.checks.packing import pack, pickle_with
from torchmarks.checks.unpacking import travel, unpack
from torchmarks.errors import AuthorError

BASE = torch.arange(24.0).reshape(4, 6)
TENSORS = {
    "0-d": torch.tensor(2.5),
    "empty": torch.empty(0, 3),
    "transposed": BASE.T,
    "every other": BASE[:, ::2],
    "offset": BASE[2:, 1:],
    "expanded": BASE[:1].expand(4, 6),
    "bfloat16": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "float8": torch.tensor([1.5, -2.0]).to(torch.float8_e4m3fn),
    "bool": torch.tensor([True, False]),
    "int64": torch.tensor([2**63 - 1, -5]),
    "complex": torch.tensor([1 + 2j, 3 - 1j]),
    "conjugated": torch.tensor([1 + 2j, 3 - 1j]).conj(),
    "negated": torch.tensor([1 + 2j, 3 - 1j]).conj().imag,
    "special": torch.tensor([math.nan, math.inf, -0.0]),
    "meta": torch.empty(2, 3, device="meta"),
}


@pytest.mark.parametrize("tensor", TENSORS.values(), ids=TENSORS.keys())
def test_a_tensor_arrives_as_it_was(tensor: torch.Tensor) -> None:
    """Values, dtype, shape, strides, offset and device of a tensor arrive; its memory does not."""
    copy = travel(tensor)

    assert (copy.dtype, copy.shape, copy.device) == (tensor.dtype, tensor.shape, tensor.device)
    assert (copy.stride(), copy.storage_offset()) == (tensor.stride(), tensor.storage_offset())
    assert (copy.is_conj(), copy.is_neg()) == (tensor.is_conj(), tensor.is_neg())
    assert not overlap(place_of(copy), place_of(tensor))
    if tensor.device.type != "meta":
        double = torch.complex128 if tensor.is_complex() else torch.float64
        assert torch.equal(copy.to(double).nan_to_num(7.0), tensor.to(double).nan_to_num(7.0))


ARRAYS = {
    "0-d": np.array(2.5),
    "empty": np.empty((0, 3)),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "reversed": np.arange(6)[::-1],
    "every other": np.arange(12.0).reshape(3, 4)[:, ::2],
    "broadcast": np.broadcast_to(np.arange(3), (2, 3)),
    "text": np.array(["a", "bc"]),
    "big endian": np.arange(3, dtype=">i4"),
    "bool": np.array([True, False]),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS.keys())
def test_an_array_arrives_as_it_was(array: np.ndarray) -> None:
    """Values, dtype, strides and the read-only flag of an array arrive; its memory does not."""
    copy = travel(array)

    assert (copy.dtype, copy.shape, copy.strides) == (array.dtype, array.shape, array.strides)
    assert copy.flags.writeable == array.flags.writeable
    assert np.array_equal(copy, array)
    assert not overlap(place_of(copy), place_of(array))


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_that_owns_its_memory_owns_it_there(order: Literal["C", "F"]) -> None:
    """Row by row or column by column, an array that is not a view does not arrive as one."""
    array = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], order=order)

    copy = travel(array)

    assert array.base is None
    assert copy.base is None
    assert copy.strides == array.strides


def test_packed_arguments_survive_pickling() -> None:
    """What is packed for another process is plain data, and unpacks there."""
    x = torch.ones(2, requires_grad=True)

    copy, again = unpack(pickle.loads(pickle.dumps(pack((x, x), lambda thing, ids: _dump(thing, ids)))))

    assert copy is again
    assert copy.requires_grad


def _dump(thing: Any, persistent_id: Any) -> bytes:
    import io

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return persistent_id(obj)

    file = io.BytesIO()
    Pickler(file, protocol=5).dump(thing)
    return file.getvalue()


def test_the_same_object_twice_is_the_same_object_twice() -> None:
    """An object passed twice, or inside a list, is one object in the copy."""
    x, items = torch.ones(2), [1, 2]

    a, b, (c, d), e = travel((x, x, [x, items], items))

    assert a is b is c
    assert d is e


@pytest.mark.parametrize(
    "views",
    [
        lambda: (lambda x: (x, x[1:]))(torch.arange(4.0)),
        lambda: (lambda x: (x[1:], x[:2]))(torch.arange(4.0)),
        lambda: (lambda a: (torch.from_numpy(a), a))(np.arange(4.0)),
        lambda: (lambda x: (x.numpy(), x))(torch.arange(4.0)),
        lambda: (lambda a: (a[::-1], a))(np.arange(4.0)),
        lambda: (lambda a: (torch.from_numpy(a[2:]), torch.from_numpy(a)))(np.arange(4.0)),
        lambda: (lambda a: (torch.from_numpy(a[2:]), torch.from_numpy(a[1:])))(np.arange(6.0)),
        lambda: (lambda x: (x.view(torch.int32), x))(torch.arange(4.0)),
    ],
)
def test_what_shares_memory_shares_it_in_the_copy(views: Any) -> None:
    """Views, and tensors around arrays, lie over each other in the copy just as they did."""
    first, second = views()
    a, b = travel((first, second))

    assert np.array_equal(np.asarray(a), np.asarray(first))
    assert np.array_equal(np.asarray(b), np.asarray(second))
    assert place_of(a).address - place_of(b).address == place_of(first).address - place_of(second).address
    assert overlap(place_of(a), place_of(b))


def test_what_is_apart_stays_apart() -> None:
    """Two tensors of their own do not share memory in the copy, empty ones included."""
    x, y, e, f = travel((torch.ones(2), torch.ones(2), torch.empty(0), torch.empty(0)))

    assert not overlap(place_of(x), place_of(y))
    e.resize_(3).fill_(1)
    assert f.untyped_storage().nbytes() == 0


def test_a_tensor_can_be_resized_after_the_journey() -> None:
    """PyTorch owns the memory of a copied tensor, as it owned the original's."""
    x = travel(torch.ones(2))

    x.resize_(100)

    assert x.shape == (100,)


def test_leaves_and_their_gradients_arrive() -> None:
    """requires_grad and `.grad` arrive, and a shared `.grad` is shared."""
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    a.grad = b.grad = torch.tensor([3.0, 4.0])

    x, y, grad = travel((a, b, a.grad))

    assert x.requires_grad
    assert x.is_leaf
    assert x.grad is y.grad is grad
    assert torch.equal(grad, torch.tensor([3.0, 4.0]))


def test_a_parameter_stays_a_parameter() -> None:
    """The class Parameter and its requires_grad arrive."""
    p = travel(nn.Parameter(torch.ones(2), requires_grad=False))

    assert type(p) is nn.Parameter
    assert not p.requires_grad


def test_an_optimizer_keeps_hold_of_its_module() -> None:
    """A module and an optimizer passed together still belong together: a step moves the copied module, not ours."""
    module = nn.Linear(2, 1)
    before = module.weight.detach().clone()

    net, optimizer = travel((module, torch.optim.SGD(module.parameters(), lr=1.0, momentum=0.9)))

    assert optimizer.param_groups[0]["params"][0] is net.weight
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert not torch.equal(net.weight, before)
    assert torch.equal(module.weight, before)
    assert module.weight.grad is None


def test_tied_weights_stay_tied() -> None:
    """A parameter that two modules share is shared in the copy."""
    one, two = nn.Linear(2, 2), nn.Linear(2, 2)
    two.weight = one.weight

    net = travel(nn.Sequential(one, two))

    assert net[0].weight is net[1].weight


@pytest.mark.parametrize(
    "code",
    [lambda x: x, len, nn.Linear, math, functools.partial(int, base=2), functools.cache(lambda: 1), torch.relu],
    ids=lambda code: type(code).__name__,
)
def test_in_place_code_stays_itself(code: Any) -> None:
    """Functions, classes, modules of Python and other callables are kept by reference in place."""
    assert travel([code])[0] is code


def test_a_read_only_array_beside_a_writable_view() -> None:
    """A read-only view stays read-only, and the writable array of the same memory writable."""
    a = np.arange(3.0)
    view = a.view()
    view.flags.writeable = False

    copy, frozen = travel((a, view))
    copy[0] = 9

    assert not frozen.flags.writeable
    assert frozen[0] == 9


def test_an_array_subclass_arrives_whole() -> None:
    """A masked array keeps its mask."""
    copy = travel(np.ma.MaskedArray([1.0, 2.0], mask=[False, True]))

    assert list(copy.mask) == [False, True]


class Marked(torch.Tensor):
    """A tensor class of a test's own."""


@pytest.mark.parametrize(
    "thing",
    [
        torch.ones(2, requires_grad=True) * 2,
        torch.eye(2).to_sparse(),
        torch.ones(2).as_subclass(Marked),
        np.array([None]),
        (x for x in [1]),
    ],
    ids=["history", "sparse", "subclass", "objects", "generator"],
)
def test_what_cannot_be_copied_is_refused(thing: Any) -> None:
    """An argument whose copy would be something else is an error of the test's author, with a way out."""
    with pytest.raises(AuthorError) as caught:
        pack([thing])

    assert "argument of observe" in caught.value.what
    assert caught.value.remedy


def test_packed_arguments_are_the_same_in_another_process() -> None:
    """It crosses as plain tuples, and comes out with its tensors, arrays and memory as they were."""
    array = np.arange(6.0)
    sent = pack(([BASE.T, array[::2], torch.from_numpy(array)], {"n": 3}), pickle_with(pickle.Pickler))
    come = pickle.loads(pickle.dumps(sent, protocol=5))

    assert come == sent
    assert [type(thing) for thing in (*come.things, *come.blocks)] == [type(t) for t in (*sent.things, *sent.blocks)]
    (turned, every_other, around), options = unpack(come)
    assert torch.equal(turned, BASE.T)
    assert overlap(place_of(every_other), place_of(around))
    assert options == {"n": 3}
