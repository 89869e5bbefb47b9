"""A simulated accelerator: the device `sim`, for device exercises on machines without a GPU.

After `register()`, `torch.device("sim")` is an accelerator like cuda: tensors live there, move there and back, refuse
to meet CPU tensors and NumPy, and are trained there. Importing this package registers nothing.
"""

import torch

from torchmarks.checks.sim.registration import SimUnavailable, is_registered, register
from torchmarks.checks.sim.runtime import NoSuchSimDevice
from torchmarks.checks.sim.tensor import SimStorage, SimTensor, backing

__all__ = [
    "NoSuchSimDevice",
    "SimStorage",
    "SimTensor",
    "SimUnavailable",
    "accelerator",
    "backing",
    "is_registered",
    "register",
]


def accelerator() -> torch.device:
    """The accelerator of this machine (cuda, mps, xpu, ...) if it has one, else `sim`, registered if need be."""
    real = torch.accelerator.current_accelerator(check_available=True)
    if real is not None:
        return real
    register()
    return torch.device("sim")
