"""Makes the device `sim` known to this process. Everything here changes PyTorch, once and for good.

Besides PyTorch's own registration (`torch.utils.backend_registration`) it replaces four things that a device written
in Python cannot answer in any other way: the call of the autograd engine (no threads, so forks stay safe),
`Tensor.data` and `Module._apply` where a tensor changes between CPU and sim (PyTorch's own way wants one C++ type),
and `torch._C._accelerator_synchronizeDevice`. For CPU tensors they do what PyTorch does.
Must not be called on import.
"""

# PyTorch leaves the functions untyped that a backend needs.
# mypy: disable-error-code="no-untyped-call"

import ctypes
import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils.backend_registration import _DummyPrivateUse1Hook, _setup_privateuseone_for_python_backend

from torchmarks.checks.sim import runtime
from torchmarks.checks.sim.execute import execute
from torchmarks.checks.sim.tensor import SimStorage, SimTensor, _host_data
from torchmarks.errors import MachineError

_UNNAMED = "privateuseone"
_kept: list[Any] = []  # the library and the guard live as long as the process


class SimUnavailable(MachineError):
    """`sim` cannot be registered in this process: `taken_by` is in its place."""

    def __init__(self, taken_by: str, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.args = (taken_by, reason, remedy)  # what pickle rebuilds it from
        self.taken_by = taken_by


class _DeviceGuard(torch._C._acc.DeviceGuard):
    """What PyTorch's C++ asks about the device. Two things make it more than a constant.

    When the autograd engine first asks, it must learn of no device that wants a thread (`shown`).
    When a hook raises during backward, the engine asks on its way out, with the exception still pending; a Python
    call that returns then is an error, and one that the engine answers by ending the process. So the exception is
    put aside here (`aside`) and raised again where the engine returns.
    """

    shown = torch._C._autograd.DeviceType.CPU
    aside = threading.local()

    def type_(self) -> Any:
        try:
            _raise_pending()
        except BaseException as error:
            self.aside.error = error
        return self.shown


# A call of Python's C interface through ctypes ends by raising the pending exception, if there is one.
_raise_pending = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyErr_Occurred", ctypes.pythonapi))


def is_registered() -> bool:
    """Whether this process has the device `sim`."""
    return bool(_kept)


def register(*, force: bool = False) -> None:
    """Registers `sim` with PyTorch; does nothing the second time. It cannot be undone.

    Raises:
        SimUnavailable: another PrivateUse1 backend is registered, or a real accelerator is there and not `force`.
    """
    if is_registered():
        return
    taken = torch._C._get_privateuse1_backend_name()
    if taken != _UNNAMED:
        raise SimUnavailable(
            taken, f"PyTorch takes one device written outside of it per process, and '{taken}' is registered.", ""
        )
    # Without the check a PyTorch built for CUDA names it on a machine that has no GPU.
    real = torch.accelerator.current_accelerator(check_available=True)
    if real is not None and not force:
        raise SimUnavailable(
            real.type, f"This machine has a real accelerator, '{real.type}'.", "Use it, or register(force=True)."
        )
    guard = _DeviceGuard()
    _kept.append(guard)
    _setup_privateuseone_for_python_backend(
        runtime.NAME, backend_module=runtime, hook=_DummyPrivateUse1Hook(), device_guard=guard
    )
    _keep_backward_on_its_thread()
    _route_factories()
    _teach_serialization()
    _replace_data_and_apply()
    torch._C._accelerator_synchronizeDevice = lambda device_index: None
    # The first operation on any tensor subclass imports torch.distributed.tensor (0.5 s). A server that registers and
    # then forks pays here, once, and its children do not.
    SimTensor.wrap(torch.zeros(1, device="cpu")).sum()


def _keep_backward_on_its_thread() -> None:
    """Makes the autograd engine start no thread for sim, and look for none: forks stay safe.

    The engine gives each accelerator a thread, and a process that has one cannot run backward after a fork. It counts
    devices once per process, at its first backward, so that one runs here while the guard shows none. From then on
    every backward must run on the thread that calls it, where the engine would look for the missing thread.
    """
    with torch.enable_grad(), torch.device("cpu"):  # whatever the process has set
        torch.zeros((), requires_grad=True).backward()
    _DeviceGuard.shown = torch._C._autograd.DeviceType.PrivateUse1
    engine = torch.autograd.graph._engine_run_backward

    @functools.wraps(engine)
    def run_backward(*args: Any, **kwargs: Any) -> Any:
        outputs, gradients, *rest = args
        gradients = _beside(outputs, gradients)
        aside = _DeviceGuard.aside
        aside.error = None
        with torch.autograd.set_multithreading_enabled(False):
            try:
                return engine(outputs, gradients, *rest, **kwargs)
            except BaseException:
                if aside.error is None:
                    raise
                raise aside.error from None
            finally:
                aside.error = None  # its traceback holds the student's tensors

    # The one function that calls the engine, under both names that PyTorch calls it by.
    torch.autograd.graph._engine_run_backward = run_backward
    torch.autograd._engine_run_backward = run_backward  # type: ignore[attr-defined]


def _beside(outputs: Sequence[Any], gradients: Sequence[Any]) -> tuple[Any, ...]:
    """The incoming gradients, each on its output's device: a 0-d CPU one is moved there, any other is refused.

    The engine does so itself for every device but ours: it skips the check for tensor subclasses.
    """
    moved = []
    for number, (output, gradient) in enumerate(zip(outputs, gradients, strict=True)):
        elsewhere = isinstance(output, torch.Tensor) and isinstance(gradient, torch.Tensor)
        if elsewhere and gradient.device != output.device:
            if gradient.device.type != "cpu" or gradient.dim():
                places = f"expected device {output.device} but got {gradient.device}"
                raise RuntimeError(f"invalid gradient at index {number} - {places}")
            gradient = gradient.to(output.device)
        moved.append(gradient)
    return tuple(moved)


def _route_factories() -> None:
    """Takes over the operations that have no sim tensor among their arguments: `torch.empty(..., device="sim")`."""

    def run(func: Any, *args: Any, **kwargs: Any) -> Any:
        return execute(SimTensor, func, args, kwargs)

    def copy_from(source: torch.Tensor, target: torch.Tensor, non_blocking: bool = False) -> Any:
        return execute(SimTensor, torch.ops.aten.copy_.default, (target, source, non_blocking), {})

    def item(source: torch.Tensor) -> Any:
        return execute(SimTensor, torch.ops.aten._local_scalar_dense.default, (source,), {})

    fallback = torch.library.Library("_", "IMPL")
    fallback.fallback(run, "PrivateUse1")
    fallback.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")  # `torch.autocast("sim")` casts nothing
    # `torch.tensor` switches tensor subclasses off while it reads and copies, and a fallback is passed over then.
    kernels = torch.library.Library("aten", "IMPL")
    kernels.impl("_copy_from", copy_from, "PrivateUse1")
    kernels.impl("_local_scalar_dense", item, "PrivateUse1")
    _kept.extend([fallback, kernels])


def _teach_serialization() -> None:
    """Files carry the location `sim:0`; loading with any `map_location` works as it does for CUDA."""

    def tag(storage: Any) -> str | None:
        return str(runtime.DEVICE) if isinstance(storage, SimStorage) else None

    def place(storage: Any, location: str) -> Any:
        if location.split(":")[0] != runtime.NAME:
            return None
        runtime.check_index(torch.device(location))
        return SimStorage.mark(storage)

    torch.serialization.register_package(5, tag, place)  # before PyTorch's own entries, which begin at 10


def _replace_data_and_apply() -> None:
    def set_data(tensor: torch.Tensor, value: torch.Tensor) -> None:
        if isinstance(tensor, SimTensor) != isinstance(value, SimTensor) and tensor.is_leaf:
            _become(tensor, _like(tensor, value.detach()))
            return
        _host_data.__set__(tensor, value)
        if isinstance(tensor, SimTensor) and isinstance(value, SimTensor):
            tensor._sim_backing = value._sim_backing

    torch.Tensor.data = property(_host_data.__get__, set_data)  # type: ignore[assignment]
    torch.nn.Module._apply = _keep_parameters(torch.nn.Module._apply)  # type: ignore[method-assign]


def _keep_parameters(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a module that moves keep its parameter objects: an optimizer made before still trains it."""

    def _apply(module: torch.nn.Module, fn: Callable[..., Any], recurse: bool = True) -> Any:
        before = dict(module._parameters)
        result = apply(module, fn, recurse)
        for name, old in before.items():
            new = module._parameters[name]
            if old is not None and new is not None and isinstance(old, SimTensor) != isinstance(new, SimTensor):
                _become(old, new)
                module._parameters[name] = old
        return result

    return _apply


def _like(tensor: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """`value` as a leaf that is a parameter, requires grad and has a gradient as `tensor` does."""
    made = torch.nn.Parameter(value) if isinstance(tensor, torch.nn.Parameter) else value
    made.requires_grad_(tensor.requires_grad)
    if tensor.grad is not None:
        made.grad = tensor.grad.to(value.device)
    return made


def _become(old: torch.Tensor, new: torch.Tensor) -> None:
    """Exchanges the contents of two tensor objects. `torch.utils.swap_tensors` refuses while a graph holds `old`."""
    old.__class__, new.__class__ = new.__class__, old.__class__
    # These two go with the contents; other attributes are the owner's and stay with the object.
    own = {key: value for key, value in old.__dict__.items() if key not in ("_sim_backing", "_is_param")}
    old.__dict__, new.__dict__ = {**own, **new.__dict__}, old.__dict__
    torch._C._swap_tensor_impl(old, new)
