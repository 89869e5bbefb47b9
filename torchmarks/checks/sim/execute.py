"""Runs one PyTorch operation on the CPU tensors behind sim tensors.

Lower the arguments, check that they may meet, run, raise the results. Results that are one of the arguments come back
as that very argument, results that are views share its memory, because the operation ran on the same memory.
Knows the tensor class only by what it is handed; must not register anything.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch._ops import OpOverload

from torchmarks.checks.sim import runtime
from torchmarks.checks.sim.mixing import Named, base_name, goes_to_meta, has_wrapper, is_transfer, refuse_mixed
from torchmarks.checks.sim.rnn_cells import CELLS

if TYPE_CHECKING:
    from torchmarks.checks.sim.tensor import SimTensor

_HERE = torch.device("cpu")
_IN_PARTS = torch._C.DispatchKey.CompositeExplicitAutograd


@dataclasses.dataclass(frozen=True, slots=True)
class _Traits:
    """What the schema of an operation says, looked up once."""

    parameters: tuple[str, ...]
    written: tuple[str, ...]
    composite: bool
    in_parts: bool
    draws: bool


@functools.cache
def _traits(func: OpOverload[..., Any]) -> _Traits:
    arguments = func._schema.arguments
    return _Traits(
        parameters=tuple(argument.name for argument in arguments),
        written=tuple(a.name for a in arguments if a.alias_info is not None and a.alias_info.is_write),
        composite=func.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd),
        in_parts=func.has_kernel_for_dispatch_key(_IN_PARTS),
        draws=torch.Tag.nondeterministic_seeded in func.tags,
    )


@dataclasses.dataclass(slots=True)
class _Lowering:
    """One call on its way down: what was met among its arguments."""

    kind: "type[SimTensor]"
    tensors: list[Named] = dataclasses.field(default_factory=list)
    foreign: bool = False
    sims: "dict[int, SimTensor]" = dataclasses.field(default_factory=dict)
    target: torch.device | None = None

    def lower(self, name: str, value: Any) -> Any:
        """The argument as the CPU sees it; `name` is its parameter, also for the items of a list."""
        if isinstance(value, self.kind):
            host = value._sim_backing
            self.sims[id(host)] = value
            self.tensors.append((name, value))
            return host
        if isinstance(value, torch.Tensor):
            self.foreign = True
            self.tensors.append((name, value))
            return value
        if isinstance(value, (list, tuple)):
            return [self.lower(name, item) for item in value]
        if isinstance(value, torch.device):
            return self._lower_device(value)
        return value

    def _lower_device(self, device: torch.device) -> torch.device:
        self.target = device
        if device.type != runtime.NAME:
            return device
        runtime.check_index(device)
        return _HERE

    def lift(self, value: Any) -> Any:
        """The result as the caller sees it."""
        if isinstance(value, torch.Tensor):
            known = self.sims.get(id(value))
            if known is not None:
                return known
            away = self.target is not None and self.target.type != runtime.NAME
            # A foreign tensor that was written into (`cpu_tensor.copy_(sim_tensor)`) is returned as it is.
            if away or value.device.type != "cpu" or (self.foreign and any(value is t for _, t in self.tensors)):
                return value
            return self.kind.wrap(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self.lift(item) for item in value)
        return value


def execute(kind: "type[SimTensor]", func: OpOverload[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Runs `func` and returns what it returns, with sim tensors of class `kind` for tensors on sim.

    Raises what PyTorch raises for tensors on different devices, and whatever the operation itself raises.
    """
    traits = _traits(func)
    if traits.composite:
        # Reaches us whole in inference mode only. Its parts keep what the CPU would answer for itself apart:
        # `sim_tensor.to("cpu")` must not find that the data are on the CPU already.
        return func.decompose(*args, **kwargs)
    call = _Lowering(kind)
    # Not strict: what is missing here is in kwargs, or has its default.
    low = [call.lower(name, value) for name, value in zip(traits.parameters, args, strict=False)]
    low_kwargs = {name: call.lower(name, value) for name, value in kwargs.items()}
    if func.is_view and torch.is_inference_mode_enabled() and not any(t.is_inference() for _, t in call.tensors):
        # A view of an ordinary tensor is an ordinary tensor in inference mode too; PyTorch sees to it above us, where
        # our own tensors would come too late.
        with torch.inference_mode(False):
            return execute(kind, func, args, kwargs)
    if call.foreign and traits.in_parts and not (is_transfer(func) or has_wrapper(func)):
        # No device has a kernel of its own for this one: its parts decide which devices may meet, as on CUDA.
        return func._op_dk(_IN_PARTS, *args, **kwargs)
    if call.foreign:
        refuse_mixed(func, call.tensors, runtime.DEVICE)
        if goes_to_meta(func, call.tensors):
            return _run_on_meta(func, low, low_kwargs)
    result = _run(func, traits, low, low_kwargs)
    for name in traits.written:
        _refresh(kwargs[name] if name in kwargs else args[traits.parameters.index(name)], kind)
    return call.lift(result)


def _run(func: OpOverload[..., Any], traits: _Traits, args: list[Any], kwargs: dict[str, Any]) -> Any:
    if kwargs.get("pin_memory"):
        raise RuntimeError("Only dense CPU tensors can be pinned")
    generator = kwargs.get("generator")
    if generator is not None:
        raise RuntimeError(f"Expected a 'sim' device type for generator but found '{generator.device.type}'")
    if base_name(func) == "_efficientzerotensor":
        # Zeros without memory exist on the CPU for its own use; what is held behind a sim tensor has memory.
        func = torch.ops.aten.zeros.default
    with runtime.drawing() if traits.draws else contextlib.nullcontext():
        return CELLS.get(func, func)(*args, **kwargs)


def _run_on_meta(func: OpOverload[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    def to_meta(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.to("meta")
        return [to_meta(item) for item in value] if isinstance(value, list) else value

    return func(*map(to_meta, args), **{name: to_meta(value) for name, value in kwargs.items()})


def _refresh(written: Any, kind: "type[SimTensor]") -> None:
    """Updates the shape of a tensor that was written into: `out=` and `resize_` may have changed it."""
    if isinstance(written, kind):
        written.refresh()
    elif isinstance(written, (list, tuple)):
        for item in written:
            _refresh(item, kind)
