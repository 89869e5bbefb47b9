"""Training on sim takes the same steps as on the CPU: layers, losses, optimizers, state."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)), (5, 3)),
    "conv": (lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2), nn.Flatten()), (2, 1, 8, 8)),
    "norm": (lambda: nn.Sequential(nn.LayerNorm(3), nn.GELU(), nn.Dropout(0.5)), (5, 3)),
    "attention": (lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), (2, 3, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_agree_with_the_cpu(name: str) -> None:
    """Output and every gradient are those of the CPU, random numbers included."""
    build, shape = LAYERS[name]
    torch.manual_seed(0)
    model, x = build(), torch.randn(shape)
    results = {}
    for device in ("cpu", "sim"):
        model.to(device).zero_grad()
        torch.manual_seed(1)
        out = model(x.to(device))
        out.square().sum().backward()
        grads = [p.grad.cpu() for p in model.parameters() if p.grad is not None]
        results[device] = [out.detach().cpu(), *grads]

    torch.testing.assert_close(results["sim"], results["cpu"], rtol=1e-4, atol=1e-4)


OPTIMIZERS: dict[str, Callable[[list[nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd momentum foreach": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, foreach=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "adam foreach": lambda p: torch.optim.Adam(p, lr=0.1, foreach=True),
    "adam single": lambda p: torch.optim.Adam(p, lr=0.1, foreach=False),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_agree_with_the_cpu(name: str) -> None:
    """Three steps leave the parameters where they leave them on the CPU."""
    ends = []
    for device in ("cpu", "sim"):
        torch.manual_seed(0)
        model, x, y = nn.Linear(3, 1), torch.randn(6, 3), torch.randn(6, 1)
        optimizer = OPTIMIZERS[name](list(model.to(device).parameters()))
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x.to(device)), y.to(device)).backward()
            optimizer.step()
        ends.append([p.detach().cpu() for p in model.parameters()])

    torch.testing.assert_close(ends[1], ends[0])


def test_training_by_hand() -> None:
    """Updates in place under no_grad keep the leaves; gradients accumulate."""
    w = torch.tensor([1.0, 2.0], device="sim", requires_grad=True)
    same = w

    for _ in range(2):
        (w * w).sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [4.0, 8.0]
    with torch.no_grad():
        w -= 0.25 * w.grad
    w.grad = None

    assert w is same
    assert w.is_leaf
    assert w.tolist() == [0.0, 0.0]


def test_state_loads_across_devices() -> None:
    """A state dict loads into a model on the other device, and the model stays where it is."""
    on_cpu, on_sim = nn.Linear(2, 2), nn.Linear(2, 2).to("sim")
    weight = on_sim.weight

    on_sim.load_state_dict(on_cpu.state_dict())
    assert on_sim.weight is weight
    assert weight.device.type == "sim"
    assert torch.equal(weight.cpu(), on_cpu.weight)
    on_cpu.load_state_dict(nn.Linear(2, 2, device="sim").state_dict())
    assert type(on_cpu.weight) is nn.Parameter


def test_dtype_changes_keep_the_parameters() -> None:
    """`.double()` on sim changes the parameters in place, gradients too."""
    model = nn.Linear(2, 1).to("sim")
    weight = model.weight
    model(torch.ones(1, 2, device="sim")).sum().backward()

    model.double()

    assert model.weight is weight
    assert weight.dtype == torch.float64
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float64
    assert model(torch.ones(1, 2, dtype=torch.float64, device="sim")).dtype == torch.float64
