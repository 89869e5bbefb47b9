"""What PyTorch finds at `torch.sim`: how many devices there are, and their random numbers.

Registered as the device module by `registration`; PyTorch looks its functions up by name. Holds one piece of state, the
device's stream of random numbers, apart from the CPU's as on a GPU: drawing on sim leaves the CPU's stream alone.
Must not know the tensor class.
"""

import contextlib
from collections.abc import Iterator

import torch

NAME = "sim"
# PyTorch has one slot for a device written outside of it; this prints as sim:0 once `registration` has named the slot.
DEVICE = torch.device(torch._C._get_privateuse1_backend_name(), 0)

_DeviceLike = torch.device | str | int | None


class NoSuchSimDevice(RuntimeError):
    """A sim device with an index that does not exist: there is one, `sim:0`."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index

    def __str__(self) -> str:
        return f"sim error: invalid device ordinal: there is no sim:{self.index}, the only device is sim:0"


_generator: torch.Generator | None = None


def _stream() -> torch.Generator:
    global _generator
    if _generator is None:
        _generator = torch.Generator()
        _generator.manual_seed(torch.initial_seed())  # a seed set before gives sim what it gives the CPU
    return _generator


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """While inside, operations without a generator of their own draw from the device's stream."""
    stream, host = _stream(), torch.default_generator
    before = host.get_state()
    # Many operations take no generator and draw from the CPU's own, which lends itself.
    host.set_state(stream.get_state())
    try:
        yield
    finally:
        stream.set_state(host.get_state())
        host.set_state(before)


def check_index(device: torch.device) -> None:
    """Raises NoSuchSimDevice unless `device` (of type sim) exists."""
    if device.index not in (None, 0):
        raise NoSuchSimDevice(device.index)


def is_available() -> bool:
    """True: a simulated device is always there."""
    return True


def is_initialized() -> bool:
    """True: there is nothing to set up."""
    return True


# `torch.manual_seed` seeds no device whose module lacks this.
def _is_in_bad_fork() -> bool:
    return False


def device_count() -> int:
    """One device, `sim:0`."""
    return 1


def current_device() -> int:
    """Index of the device that `device="sim"` means: 0."""
    return 0


def set_device(device: _DeviceLike) -> None:
    """Accepts the one device there is; raises NoSuchSimDevice for another."""
    index = device if isinstance(device, int) else torch.device(device or NAME).index
    if index not in (None, 0, -1):  # below 0 CUDA's own changes nothing either
        raise NoSuchSimDevice(index)


def get_device_name(device: _DeviceLike = None) -> str:
    """A name for people."""
    set_device(device)
    return "simulated accelerator"


def synchronize(device: _DeviceLike = None) -> None:
    """Returns at once: every operation has ended when its call returns."""
    set_device(device)


def empty_cache() -> None:
    """Does nothing: memory is given back when tensors go."""


def get_amp_supported_dtype() -> list[torch.dtype]:
    """What `torch.autocast("sim")` may cast to."""
    return [torch.float16, torch.bfloat16]


def manual_seed(seed: int) -> None:
    """Starts the device's random numbers afresh; `torch.manual_seed` does this too."""
    _stream().manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Like `manual_seed`: there is one device."""
    manual_seed(seed)


def get_rng_state(device: _DeviceLike = None) -> torch.Tensor:
    """State of the device's random numbers: a CPU tensor of uint8."""
    set_device(device)
    return _stream().get_state()


def set_rng_state(new_state: torch.Tensor, device: _DeviceLike = None) -> None:
    """Goes back to a state that `get_rng_state` returned."""
    set_device(device)
    _stream().set_state(new_state)
