"""Tensors of two devices in one operation: what is taken, what is refused, and PyTorch's own words for it."""

import re
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional as F

TWO = "Expected all tensors to be on the same device, but found at least two devices, sim:0 and cpu!"


def _on_sim() -> torch.Tensor:
    return torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="sim")


ELEMENTWISE: dict[str, Callable[[torch.Tensor, torch.Tensor], object]] = {
    "sim + cpu": lambda s, c: s + c,
    "cpu + sim": lambda s, c: c + s,
    "comparison": lambda s, c: c < s,
    "in place on sim": lambda s, c: s.add_(c),
    "in place on cpu": lambda s, c: c.add_(s),
    "0-d cpu written": lambda s, c: torch.zeros(()).add_(s[0, 0]),
    "where": lambda s, c: torch.where(c > 0, s, s),
    "mse_loss": lambda s, c: F.mse_loss(s, c),
    "out on cpu": lambda s, c: torch.add(s, s, out=c),
    "allclose": lambda s, c: torch.allclose(s, c),
    "cpu of one element": lambda s, c: s + torch.ones(1),
    "assigned values": lambda s, c: s.__setitem__(torch.tensor([0]), c[:1]),
    "0-d cpu in addcdiv": lambda s, c: torch.addcdiv(s, s, c[0, 0]),
    "0-d cpu in index_fill": lambda s, c: s.index_fill(0, torch.tensor(1), 2.0),
    "0-d cpu in binary_cross_entropy": lambda s, c: F.binary_cross_entropy(s[0, 0], c[0, 0]),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_operations_refuse_cpu_tensors(name: str) -> None:
    """Elementwise operations name the two devices, whichever comes first."""
    with pytest.raises(RuntimeError, match=f"^{re.escape(TWO)}$"):
        ELEMENTWISE[name](_on_sim(), torch.ones(2, 2))


OTHERS: dict[str, tuple[Callable[[torch.Tensor, torch.Tensor], object], str]] = {
    "mm": (lambda s, c: s @ c, "got mat2 is on cpu, different from other tensors on sim:0"),
    "mm, cpu first": (lambda s, c: c @ s, "got mat2 is on sim:0, different from other tensors on cpu"),
    "linear": (lambda s, c: F.linear(s, c, s[0]), "got mat2 is on cpu, different from other tensors on sim:0"),
    "cat": (lambda s, c: torch.cat([s, c]), "got tensors is on cpu, different from other tensors on sim:0"),
    "cdist": (lambda s, c: torch.cdist(s, c), "got x2 is on cpu, different from other tensors on sim:0"),
    "0-d in mm": (lambda s, c: torch.dot(s[0], c[0]), "got tensor is on cpu, different from other tensors on sim:0"),
    "embedding": (lambda s, c: F.embedding(torch.tensor([1]), s), "got index is on cpu"),
    "cross_entropy": (lambda s, c: F.cross_entropy(s, torch.tensor([0, 1])), "got target is on cpu"),
    "gather": (lambda s, c: s.gather(0, torch.zeros(1, 2, dtype=torch.long)), "got index is on cpu"),
    "index of sim": (lambda s, c: c[torch.tensor([0], device=s.device)], "indices should be either on cpu or on the"),
    "0-d in clamp": (lambda s, c: s.clamp(min=c[0, 0]), "got min is on cpu, different from other tensors on sim:0"),
    "0-d in logaddexp": (lambda s, c: torch.logaddexp(s, c[0, 0]), "got other is on cpu"),
    "0-d in huber_loss": (lambda s, c: F.huber_loss(s, c[0, 0].expand(2, 2)), "got target is on cpu"),
    "addr": (lambda s, c: torch.addr(s, s[0], c[0]), "got vec2 is on cpu, different from other tensors on sim:0"),
    "layer_norm": (lambda s, c: F.layer_norm(s, (2,), c[0]), "got weight is on cpu"),
    "mask": (
        lambda s, c: s.masked_fill(c > 0, 0.0),
        "expected self and mask to be on the same device, but got mask on cpu",
    ),
    "0-d mask": (lambda s, c: s.masked_fill(c[0, 0] > 0, 0.0), "but got mask on cpu and self on sim:0"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_operations_name_the_argument(name: str) -> None:
    """Operations that are not elementwise say which argument is elsewhere."""
    call, words = OTHERS[name]

    with pytest.raises(RuntimeError, match=re.escape(words)):
        call(_on_sim(), torch.ones(2, 2))


@pytest.mark.gpu
@pytest.mark.parametrize("name", [*ELEMENTWISE, *OTHERS])
def test_cuda_says_the_same(name: str) -> None:
    """The words above are those of a real device, but for its name."""
    call, words = (ELEMENTWISE[name], TWO) if name in ELEMENTWISE else OTHERS[name]

    with pytest.raises(RuntimeError) as caught:
        call(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="cuda"), torch.ones(2, 2))
    assert words in str(caught.value).replace("cuda:0", "sim:0")


TAKEN: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], list[object]]] = {
    "0-d cpu added": (lambda s: s[0] + torch.tensor(1.0), [2.0, 3.0]),
    "0-d cpu first": (lambda s: torch.tensor(2.0) * s[0], [2.0, 4.0]),
    "0-d cpu in place": (lambda s: s[0].mul_(torch.tensor(2.0)), [2.0, 4.0]),
    "0-d cpu in where": (lambda s: torch.where(s[0] > 1, s[0], torch.tensor(0.0)), [0.0, 2.0]),
    "0-d cpu in maximum": (lambda s: torch.maximum(s[0], torch.tensor(1.5)), [1.5, 2.0]),
    "0-d cpu in addcmul": (lambda s: torch.addcmul(s[0], s[0], torch.tensor(2.0)), [3.0, 6.0]),
    "select_scatter": (lambda s: s.select_scatter(torch.zeros(2), 0, 1), [[1.0, 2.0], [0.0, 0.0]]),
    "cpu index": (lambda s: s[torch.tensor([1])], [[3.0, 4.0]]),
    "cpu mask": (lambda s: s[torch.tensor([True, False])], [[1.0, 2.0]]),
    "list index": (lambda s: s[[1, 0], [0, 0]], [3.0, 1.0]),
    "copy_ from cpu": (lambda s: s[0].copy_(torch.ones(2)), [1.0, 1.0]),
    "copy_ to cpu": (lambda s: torch.zeros(2).copy_(s[0]), [1.0, 2.0]),
    "fill_ with 0-d cpu": (lambda s: s[0].fill_(torch.tensor(3.0)), [3.0, 3.0]),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_cuda_takes_from_the_cpu_is_taken(name: str) -> None:
    """0-d CPU tensors in elementwise operations, CPU indices and copies are right answers."""
    call, expected = TAKEN[name]

    assert call(_on_sim()).tolist() == expected


@pytest.mark.gpu
@pytest.mark.parametrize("name", TAKEN)
def test_cuda_takes_the_same(name: str) -> None:
    """What is taken above is taken by a real device."""
    call, expected = TAKEN[name]

    assert call(torch.tensor([[1.0, 2.0], [3.0, 4.0]], device="cuda")).tolist() == expected


def test_slices_are_assigned_across_devices() -> None:
    """`t[0] = u` copies between devices, both ways; a mask takes a 0-d CPU value."""
    on_sim, on_cpu = _on_sim(), torch.zeros(2, 2)

    on_cpu[0] = on_sim[1]
    on_sim[0] = on_cpu[1]
    on_sim[torch.tensor([False, True])] = torch.tensor(9.0)

    assert on_cpu.tolist() == [[3.0, 4.0], [0.0, 0.0]]
    assert on_sim.tolist() == [[0.0, 0.0], [9.0, 9.0]]


def test_a_zero_dimensional_cpu_tensor_is_refused_elsewhere() -> None:
    """Only elementwise operations take 0-d CPU tensors."""
    with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
        torch.stack([_on_sim()[0, 0], torch.tensor(1.0)])


def test_meta_decides_silently_except_elementwise() -> None:
    """`@` and cdist with a meta tensor answer on meta, as on CUDA; elementwise operations refuse."""
    meta = torch.ones(2, 2, device="meta")

    assert (_on_sim() @ meta).device.type == "meta"
    assert torch.cdist(meta, _on_sim()).device.type == "meta"
    with pytest.raises(RuntimeError, match="two devices, sim:0 and meta!"):
        _on_sim() + meta


def test_gradients_of_another_device_are_refused() -> None:
    """`p.grad` must be where `p` is."""
    p = torch.ones(2, device="sim", requires_grad=True)

    with pytest.raises(RuntimeError, match="attempting to assign a gradient with device type 'cpu'"):
        p.grad = torch.ones(2)


def test_an_incoming_gradient_of_another_device_is_refused() -> None:
    """As the engine refuses it for every real device; a single number may lie on the CPU."""
    ours = torch.ones(2, device="sim", requires_grad=True)
    theirs = torch.ones(2, requires_grad=True)

    for y, incoming, places in [
        (ours * 2, torch.ones(2), "expected device sim:0 but got cpu"),
        (theirs * 2, torch.ones(2, device="sim"), "expected device cpu but got sim:0"),
    ]:
        with pytest.raises(RuntimeError, match=f"invalid gradient at index 0 - {places}"):
            y.backward(incoming)
    ours.sum().backward(torch.tensor(3.0))

    assert ours.grad is not None
    assert ours.grad.device.type == "sim"
    assert ours.grad.tolist() == [3.0, 3.0]
