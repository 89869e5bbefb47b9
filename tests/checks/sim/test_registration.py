"""Registering the device: once, on demand, and without harm to forks, threads and the CPU."""

import os
import subprocess
import sys
import threading
import weakref

import pytest
import torch
from torch import nn

from torchmarks.checks import sim

FORK_PROBE = """
import itertools, os, torch, torch._dynamo, torch.distributed.tensor, torchmarks.checks.sim as sim
def on_cpu():
    torch.ones(2, requires_grad=True).sum().backward()
def on_sim():
    w = torch.tensor([2.0, 3.0], device="sim", requires_grad=True)
    (w * w).sum().backward()
    assert w.grad.tolist() == [4.0, 6.0]
def ended(step):
    pid = os.fork()
    if pid == 0:
        step()
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
def forked_after(before, between):
    if before:
        on_cpu()
    sim.register()
    if between:
        on_sim()
    os._exit(ended(on_sim))
for before, between in itertools.product([False, True], repeat=2):
    print(before, between, ended(lambda: forked_after(before, between)))
"""


@pytest.fixture(scope="module")
def after_forks() -> str:
    """What the probe prints; each case is a fork of a process that has gone through no graph."""
    return subprocess.run([sys.executable, "-W", "error", "-c", FORK_PROBE], capture_output=True, text=True).stdout


@pytest.mark.usefixtures("unregistered")
def test_import_registers_nothing() -> None:
    """Importing the package leaves the process without an accelerator."""
    assert not sim.is_registered()
    assert torch._C._get_privateuse1_backend_name() == "privateuseone"
    with pytest.raises(RuntimeError, match="sim"):
        torch.device("sim")


@pytest.mark.usefixtures("unregistered")
def test_accelerator_registers_where_there_is_none() -> None:
    """Without a real accelerator `accelerator()` makes sim available; the second call finds it."""
    if torch.accelerator.is_available():
        pytest.skip("a real accelerator is there")

    assert sim.accelerator() == torch.device("sim")
    assert sim.is_registered()
    assert sim.accelerator().type == "sim"


@pytest.mark.usefixtures("unregistered")
def test_another_backend_is_named() -> None:
    """A process whose slot for a device is taken is told by whom."""
    torch.utils.rename_privateuse1_backend("other")

    with pytest.raises(sim.SimUnavailable, match="'other' is registered") as caught:
        sim.register()
    assert caught.value.taken_by == "other"


@pytest.mark.usefixtures("unregistered")
def test_a_real_accelerator_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a GPU is there, sim is registered by force only."""
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: torch.device("cuda"))

    with pytest.raises(sim.SimUnavailable, match="real accelerator, 'cuda'"):
        sim.register()
    assert not sim.is_registered()
    sim.register(force=True)
    assert torch.ones(2, device="sim").tolist() == [1.0, 1.0]


def test_registering_twice_does_nothing() -> None:
    """`register()` is idempotent."""
    data = torch.Tensor.data

    sim.register()

    assert torch.Tensor.data is data


def test_pytorch_finds_the_accelerator() -> None:
    """`torch.accelerator` and `torch.sim` answer as for one device of a real kind."""
    assert torch.accelerator.current_accelerator(check_available=True) == torch.device("sim")
    assert torch.accelerator.is_available()
    assert torch.accelerator.device_count() == 1
    assert torch.accelerator.current_device_index() == 0
    torch.accelerator.synchronize()
    assert torch.get_device_module("sim").is_available()


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("between", [False, True])
def test_backward_works_after_a_fork(after_forks: str, before: bool, between: bool) -> None:
    """Whatever ran backward before, on the CPU or on sim, a forked child can run it again."""
    assert f"{before} {between} 7\n" in after_forks


def test_backward_starts_no_threads() -> None:
    """The autograd engine gives sim no thread: that is why forks stay safe."""
    torch.ones(2, device="sim", requires_grad=True).sum().backward()
    before = len(os.listdir("/proc/self/task"))

    torch.ones(2, device="sim", requires_grad=True).sum().backward()

    assert len(os.listdir("/proc/self/task")) == before == threading.active_count()


def test_backward_works_in_a_new_thread() -> None:
    """A thread may go backward through a graph that another thread built."""
    x = torch.ones(2, device="sim", requires_grad=True)
    total, one = (x * 3).sum(), torch.ones((), device="sim")
    found: list[object] = []

    def go() -> None:
        try:
            found.extend(torch.autograd.grad(total, x, one)[0].tolist())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()

    assert found == [3.0, 3.0]


def _tensor_hook(x: torch.Tensor, raise_: object) -> torch.Tensor:
    y = x * 2
    y.register_hook(raise_)  # type: ignore[no-untyped-call]
    return y


def _leaf_hook(x: torch.Tensor, raise_: object) -> torch.Tensor:
    x.register_post_accumulate_grad_hook(raise_)  # type: ignore[arg-type]
    return x * 2


def _saved_hook(x: torch.Tensor, raise_: object) -> torch.Tensor:
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, raise_):  # type: ignore[arg-type]
        return x * x


@pytest.mark.parametrize("build", [_tensor_hook, _leaf_hook, _saved_hook])
def test_an_exception_in_a_hook_reaches_the_caller(build: object) -> None:
    """An exception raised during backward arrives as on the CPU; PyTorch alone would end the process."""

    def raise_(grad: torch.Tensor) -> None:
        raise KeyError("from the hook")

    y = build(torch.ones(3, device="sim", requires_grad=True), raise_)  # type: ignore[operator]

    with pytest.raises(KeyError, match="from the hook"):
        y.sum().backward()
    again = torch.ones(3, device="sim", requires_grad=True)
    again.sum().backward()
    assert again.grad is not None


def test_an_exception_in_a_custom_function_reaches_the_caller() -> None:
    """So does one from the backward of a `torch.autograd.Function`."""

    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x * 1

        @staticmethod
        def backward(ctx: object, *grads: torch.Tensor) -> torch.Tensor:
            raise KeyError("from backward")

    with pytest.raises(KeyError, match="from backward"):
        Broken.apply(torch.ones(3, device="sim", requires_grad=True)).sum().backward()


def test_a_moved_module_keeps_its_parameters() -> None:
    """`.to("sim")` and back leave the parameter objects, so an optimizer made before trains them."""
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    start = model[0].weight.detach().clone()

    model.to("sim")
    model(torch.ones(1, 3, device="sim")).sum().backward()
    optimizer.step()

    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    assert {p.device.type for p in parameters} == {"sim"}
    assert not torch.equal(model[0].weight.cpu(), start)
    assert all(isinstance(p, nn.Parameter) and p.is_leaf and p.requires_grad for p in parameters)
    model.cpu()
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    assert {type(p) for p in parameters} == {nn.Parameter}


def test_a_module_moves_while_a_graph_and_a_weak_reference_hold_it() -> None:
    """As on a GPU, neither an earlier output nor a weak reference keeps a model from moving."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    held = weakref.ref(model[0].weight)
    on_cpu = model(torch.ones(1, 2))

    model.to("sim")

    assert torch.allclose(model(torch.ones(1, 2, device="sim")).cpu(), on_cpu)
    assert held() is model[0].weight


def test_a_moved_module_takes_gradients_attributes_and_buffers_along() -> None:
    """Gradients and buffers move, attributes of parameters stay, shared parameters stay shared."""
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.weight = first.weight
    first.weight.label = "w"  # type: ignore[attr-defined]
    model = nn.Sequential(first, nn.BatchNorm1d(2), second)
    model(torch.randn(4, 2)).sum().backward()
    grad = first.weight.grad
    assert grad is not None
    expected = grad.clone()

    model.to("sim")

    assert first.weight is second.weight
    assert first.weight.label == "w"  # type: ignore[attr-defined]
    assert first.weight.grad is not None
    assert first.weight.grad.device.type == "sim"
    assert torch.equal(first.weight.grad.cpu(), expected)
    assert {b.device.type for b in model.buffers()} == {"sim"}


def test_data_may_be_replaced_across_devices() -> None:
    """`p.data = p.data.to(device)` works, as on a GPU, and leaves a leaf that requires grad."""
    p = nn.Parameter(torch.ones(2))
    same = p

    p.data = p.data.to("sim")

    assert same is p
    assert p.device.type == "sim"
    assert p.requires_grad
    assert p.is_leaf
    assert isinstance(p, nn.Parameter)
    (p * 3).sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == [3.0, 3.0]
    p.data = torch.zeros(2)
    assert type(p) is nn.Parameter


def test_data_shares_memory() -> None:
    """Writing through `.data` writes into the tensor; assigning it replaces the memory."""
    t, other = torch.ones(2, device="sim"), torch.zeros(3, device="sim")

    t.data[0] = 5
    assert t.tolist() == [5.0, 1.0]
    t.data = other
    other[1] = 7
    assert t.tolist() == [0.0, 7.0, 0.0]


def test_cpu_modules_are_left_alone() -> None:
    """On the CPU a module converts as PyTorch converts it, also while a graph holds its parameters."""
    model = nn.Linear(2, 1)
    weight, out = model.weight, model(torch.ones(1, 2))

    model.double()

    assert model.weight is weight
    assert weight.dtype == torch.float64
    assert out.dtype == torch.float32
