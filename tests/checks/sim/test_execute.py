"""Operations on sim: factories, moves, views, writing, shapes that change, inference mode, gradients across devices."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch

from torchmarks.checks import sim

FACTORIES: dict[str, Callable[[], torch.Tensor]] = {
    "tensor": lambda: torch.tensor([1, 2], device="sim"),
    "tensor of sim numbers": lambda: torch.tensor([torch.tensor(1.0, device="sim")], device="sim"),
    "as_tensor": lambda: torch.as_tensor(np.ones(2), device="sim:0"),
    "empty": lambda: torch.empty(2, 3, device=torch.device("sim")),
    "zeros": lambda: torch.zeros(2, dtype=torch.int32, device="sim"),
    "full": lambda: torch.full((2,), 3, device="sim"),
    "arange": lambda: torch.arange(3, device="sim"),
    "linspace": lambda: torch.linspace(0, 1, 3, device="sim"),
    "eye": lambda: torch.eye(2, device="sim"),
    "rand": lambda: torch.rand(2, device="sim"),
    "randperm": lambda: torch.randperm(3, device="sim"),
    "zeros_like": lambda: torch.zeros_like(torch.ones(2), device="sim"),
    "new_ones": lambda: torch.ones(1, device="sim").new_ones(2),
    "to": lambda: torch.ones(2).to("sim"),
    "sim()": lambda: torch.ones(2).sim(),  # type: ignore[attr-defined]
    "from_numpy": lambda: torch.from_numpy(np.ones(2)).to("sim"),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_factories_make_tensors_on_sim(name: str) -> None:
    """Every way to make a tensor on the device gives one of its type, without history."""
    made = FACTORIES[name]()

    assert type(made) is sim.SimTensor is type(torch.empty(0, device="sim"))
    assert made.device == torch.device("sim:0")
    assert made.is_leaf
    assert not made.requires_grad


def test_there_is_one_device() -> None:
    """`sim:1` is an error wherever something is made or moved there, and only there."""
    assert torch.device("sim:1").index == 1
    for make in (
        lambda: torch.ones(2, device="sim:1"),
        lambda: torch.ones(2).to("sim:1"),
        lambda: torch.ones(2, device="sim").to("sim:1"),
        lambda: torch.ones(2).sim(1),  # type: ignore[attr-defined]
    ):
        with pytest.raises(sim.NoSuchSimDevice, match="invalid device ordinal: there is no sim:1"):
            make()


def test_default_device_and_context() -> None:
    """`with torch.device("sim")` and `set_default_device` place new tensors; from_numpy ignores both."""
    with torch.device("sim"):
        assert torch.ones(2).device.type == "sim"
        assert torch.nn.Linear(1, 1).weight.device.type == "sim"
        assert torch.from_numpy(np.ones(1)).device.type == "cpu"
    torch.set_default_device("sim")
    assert torch.tensor([1]).device.type == "sim"
    torch.set_default_device(None)
    assert torch.ones(1).device.type == "cpu"


def test_to_the_same_device_is_the_same_tensor() -> None:
    """`to` copies only if it must, with and without the index."""
    t = torch.ones(2, device="sim")

    for device in ("sim", "sim:0", torch.device("sim"), torch.device("sim", 0)):
        assert t.to(device) is t
        assert t.to(device, copy=True) is not t


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_there_and_back(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """Values, shape and dtype survive the trip, and both ends are plain CPU tensors of their own."""
    start = torch.randn(shape).to(dtype)

    back = start.to("sim").cpu()

    assert type(back) is torch.Tensor
    assert back.dtype == dtype
    assert torch.equal(back, start)
    assert back.numel() == 0 or back.data_ptr() != start.data_ptr()


def test_to_meta_is_meta() -> None:
    """A sim tensor moves to meta, not to the CPU."""
    moved = torch.ones(2, 3, device="sim").to("meta")

    assert type(moved) is torch.Tensor
    assert moved.device.type == "meta"
    assert moved.shape == (2, 3)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_moves_copy_in_every_mode(mode: type) -> None:
    """Also where PyTorch hands over composite operations whole, `cpu()` is a copy in main memory."""
    t = torch.ones(2, device="sim")

    with mode():
        moved = t.to("cpu")
        moved[0] = 5
        assert (t @ t).item() == 2.0
        assert t.reshape(2) is not moved
        t.add_(1)

    assert type(moved) is torch.Tensor
    assert t.tolist() == [2.0, 2.0]


def test_views_share_and_copies_do_not() -> None:
    """Writing through a view is seen, writing into a clone is not, as with any tensor."""
    t = torch.zeros(2, 3, device="sim")

    t.T[0, 1] = 5
    t.view(-1)[0] = 1
    t[:, 2].fill_(7)
    t.clone().zero_()
    t.detach()[1, 1] = 4

    assert t.tolist() == [[1.0, 0.0, 7.0], [5.0, 4.0, 7.0]]
    assert t.T.stride() == (1, 3)
    assert t[1].storage_offset() == 3
    assert not t.T.is_contiguous()


def test_views_in_inference_mode_are_the_cpus() -> None:
    """A view of an ordinary tensor stays an ordinary tensor there; what is computed becomes an inference tensor."""
    views = (torch.Tensor.t, lambda x: x[:, None], lambda x: x[:1], torch.Tensor.detach, lambda x: x.view(-1))
    for x in (torch.ones(3, 2), torch.ones(3, 2, requires_grad=True)):
        there = x.detach().to("sim").requires_grad_(x.requires_grad)
        with torch.inference_mode():
            for make in (*views, lambda x: x + 1, lambda x: (x + 1).t()):
                ours, theirs = make(there), make(x)
                assert (ours.requires_grad, ours.is_inference()) == (theirs.requires_grad, theirs.is_inference())
                assert torch.equal(ours.cpu(), theirs)


def test_versions_count_writes() -> None:
    """In-place writes, also through views, raise `_version`, and autograd refuses stale values."""
    t = torch.ones(2, device="sim")
    t[0] = 5
    assert t._version == 1

    x = torch.ones(2, device="sim", requires_grad=True)
    y = x.sigmoid()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x.add_(1)


def test_shapes_that_change_in_place_are_seen() -> None:
    """`t_`, `unsqueeze_`, `resize_` and `out=` leave the outside and the data in step."""
    t = torch.arange(6.0, device="sim").reshape(2, 3)
    out = torch.empty(0, device="sim")

    t.t_()
    assert (t.shape, t.stride()) == ((3, 2), (1, 3))
    t.unsqueeze_(0)
    assert t.shape == (1, 3, 2)
    assert t.tolist() == [[[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]]
    same = torch.add(t, t, out=out)
    assert same is out
    assert out.tolist() == [[[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]]]
    with torch.inference_mode():
        assert torch.mul(t, 2, out=torch.empty(0, device="sim")).shape == (1, 3, 2)
    out.resize_(5)
    assert out.shape == (5,)
    square = torch.ones(2, 2, device="sim").t_()
    assert square.stride() == (1, 2)  # of the same shape as before


def test_conjugates_are_views() -> None:
    """A lazy conjugate keeps its sign and its memory."""
    z = torch.tensor([1 + 2j, 3 - 1j], device="sim")

    conjugate = z.conj()
    z[0] = 5 + 1j

    assert conjugate.is_conj()
    assert conjugate.tolist() == [5 - 1j, 3 + 1j]
    assert conjugate.imag.tolist() == [-1.0, 1.0]
    assert (conjugate * 1).tolist() == [5 - 1j, 3 + 1j]


def test_gradients_cross_devices() -> None:
    """A leaf gets its gradient on its own device, wherever the loss is."""
    on_cpu = torch.ones(2, requires_grad=True)
    on_sim = torch.ones(2, device="sim", requires_grad=True)

    (on_cpu.to("sim") * 3).sum().backward()
    (on_sim.cpu() * 4).sum().backward()

    assert on_cpu.grad is not None
    assert on_sim.grad is not None
    assert (type(on_cpu.grad), on_cpu.grad.tolist()) == (torch.Tensor, [3.0, 3.0])
    assert (on_sim.grad.device.type, on_sim.grad.tolist()) == ("sim", [4.0, 4.0])


def test_function_transforms() -> None:
    """vmap, grad, jacrev, jvp and gradcheck run on sim."""
    t = torch.tensor([1.0, 2.0], device="sim")

    assert torch.vmap(torch.dot)(t.expand(3, 2), t.expand(3, 2)).tolist() == [5.0, 5.0, 5.0]
    assert torch.func.grad(lambda x: (x * x).sum())(t).tolist() == [2.0, 4.0]
    assert torch.func.jacrev(lambda x: x * x)(t).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch loads its formulas by torch.jit.script
        torch.func.jvp(torch.sin, (t,), (t,))
    assert torch.func.jvp(lambda x: x * x, (t,), (t,))[1].tolist() == [2.0, 8.0]
    assert torch.autograd.gradcheck(torch.sin, t.double().requires_grad_())


def test_sparse_is_refused() -> None:
    """Sparse tensors are an error that says what sim has."""
    with pytest.raises(NotImplementedError, match="sim has dense tensors only"):
        torch.ones(2, device="sim").to_sparse()
