"""The language of tests on sim: tensors there are observed, sent and judged like any other."""

from __future__ import annotations

import torch

from torchmarks import expect, observe, observe_backward
from torchmarks.checks.collecting import collecting
from torchmarks.checks.memory import overlap, place_of, writes_through
from torchmarks.checks.taking import take
from torchmarks.checks.unpacking import travel

HOME = torch.arange(6.0)


def test_sharing_on_sim_is_that_of_its_memory() -> None:
    """Two views on sim share memory where they overlap; a copy on the CPU shares nothing."""
    x = HOME.to("sim")

    assert overlap(place_of(x), place_of(x[2:]))
    assert not overlap(place_of(x[:2]), place_of(x[2:]))
    assert not overlap(place_of(x), place_of(x.cpu()))
    assert writes_through(x, x) is None


def test_arguments_on_sim_arrive_on_sim() -> None:
    """A leaf on sim, its gradient and a view of it arrive with device, values and aliasing."""
    x = HOME.to("sim").requires_grad_()
    x.grad = torch.ones(6, device="sim")

    copy, view = travel((x, x.detach()[2:]))

    assert (copy.device.type, copy.requires_grad, copy.is_leaf) == ("sim", True, True)
    assert copy.grad.cpu().tolist() == [1.0] * 6
    assert view.cpu().tolist() == [2.0, 3.0, 4.0, 5.0]
    assert overlap(place_of(copy), place_of(view))
    assert not overlap(place_of(copy), place_of(x))


def test_results_on_sim_are_judged() -> None:
    """Values, device, sharing and gradients of a result on sim are judged as on any device."""

    def head(x: torch.Tensor) -> torch.Tensor:
        return x[:3]

    x = HOME.to("sim").requires_grad_()

    expect(observe(head, x)).returned(x.detach()[:3]).on("sim").on("sim:0").shares_memory_with("x")
    expect(observe_backward(head, x, incoming=torch.ones(3, device="sim"))).gradient(
        "x", torch.tensor([1.0, 1, 1, 0, 0, 0], device="sim")
    )


def test_a_result_that_came_home_is_found() -> None:
    """A result on the wrong device is a finding that names both."""

    def home(x: torch.Tensor) -> torch.Tensor:
        return x.cpu()

    with collecting() as collected:
        expect(observe(home, HOME.to("sim"))).returned(HOME.to("sim"))

    assert collected.report().lines()[1] == "  device  seen cpu    expected sim:0"


def test_the_class_is_that_of_a_real_device() -> None:
    """A tensor or parameter on sim has the type name that it would have on CUDA."""
    x = HOME.to("sim")

    assert take(x).type_name == "torch.Tensor"
    assert take(torch.nn.Parameter(x)).type_name == take(torch.nn.Parameter(HOME)).type_name
