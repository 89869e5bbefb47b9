"""The tensor of the simulated accelerator, and the storage that it shows.

A SimTensor holds its data in a CPU tensor of its own (the backing) of the same shape, strides and offset. Views hold
views of the backing, so sharing on sim is sharing of CPU memory and can be decided exactly. PyTorch sees a device
tensor: what would read its memory from outside (`numpy`, `tolist`, `data_ptr`, pickling) is answered here as CUDA does.
Must not register anything: the class can be imported in a process without the device.
"""

# PyTorch leaves the functions untyped that a backend needs.
# mypy: disable-error-code="no-untyped-call"

import copy
from collections import OrderedDict
from typing import Any, cast

import numpy as np
import torch
from torch._ops import OpOverload
from torch._tensor_str import _add_suffixes, _tensor_str
from torch.utils.hooks import warn_if_has_hooks

from torchmarks.checks.sim import runtime
from torchmarks.checks.sim.execute import execute

_host_data: Any = torch._C.TensorBase.data  # the property of a plain tensor; `registration` puts another over it


class SimStorage(torch.UntypedStorage):
    """Storage of a sim tensor: its bytes and address are those of the backing, its device is sim."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        """`sim:0`."""
        return runtime.DEVICE

    @classmethod
    def mark(cls, storage: torch.UntypedStorage) -> "SimStorage":
        """The same storage object, from now on known as one on sim."""
        storage.__class__ = cls
        return cast(SimStorage, storage)

    def clone(self) -> "SimStorage":
        """A copy, on sim too."""
        return self.mark(torch.UntypedStorage(self.nbytes()).copy_(self))

    def cpu(self) -> torch.UntypedStorage:
        """A copy in main memory, as from any other device."""
        return torch.UntypedStorage(self.nbytes()).copy_(self)


class SimTensor(torch.Tensor):
    """A tensor on the device `sim`."""

    # What a student reads of its type: that of a tensor on any device.
    __module__, __qualname__ = "torch", "Tensor"

    _sim_backing: torch.Tensor

    # Results come from `execute` with the right class; PyTorch's default would make sim tensors of CPU results.
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: OpOverload[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Every operation that PyTorch runs on sim tensors ends here, below autograd."""
        return execute(SimTensor, func, args, kwargs or {})

    @classmethod
    def wrap(cls, host: torch.Tensor) -> "SimTensor":
        """A sim tensor over the CPU tensor `host`, which nobody else may hold.

        Raises:
            NotImplementedError: `host` is sparse, quantized or otherwise without strides.
        """
        if host.layout is not torch.strided or host.is_quantized:
            raise NotImplementedError(f"sim has dense tensors only, not {host.layout} (quantized: {host.is_quantized})")
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            host.shape,
            strides=host.stride(),
            storage_offset=host.storage_offset(),
            dtype=host.dtype,
            device=runtime.DEVICE,
        )
        made._sim_backing = host
        # Lazy conjugates and negatives are views; both halves must know, or one of them computes with the wrong sign.
        if host.is_conj():
            torch._C._set_conj(made, True)
        if host.is_neg():
            torch._C._set_neg(made, True)
        return made

    def refresh(self) -> None:
        """Takes over shape, strides and offset from the backing, which an operation may have changed."""
        host = self._sim_backing
        same = self.shape == host.shape and self.stride() == host.stride()
        if not same or self.storage_offset() != host.storage_offset():
            _host_data.__set__(self, SimTensor.wrap(host))

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """A copy in main memory with `force=True`; otherwise a TypeError, as on every accelerator."""
        if not force:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. "
                "Use Tensor.cpu() to copy the tensor to host memory first."
            )
        return self.detach().cpu().numpy(force=True)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """TypeError: NumPy asks in this way, and gets the same answer."""
        return self.numpy()

    def tolist(self) -> Any:
        """The values as nested Python lists, or one Python number for a 0-d tensor."""
        return self._sim_backing.tolist()

    def data_ptr(self) -> int:
        """Address of the first element: equal for tensors that start at the same element of shared memory."""
        return self._sim_backing.data_ptr()

    def untyped_storage(self) -> SimStorage:
        """The storage, shared by all views of it. Its device is sim."""
        return SimStorage.mark(self._sim_backing.untyped_storage())

    def pin_memory(self, *_: Any) -> torch.Tensor:
        """RuntimeError: only CPU tensors can be pinned."""
        raise RuntimeError(f"cannot pin '{self.type()}' only dense CPU tensors can be pinned")

    def __dlpack__(self, *_: Any, **__: Any) -> Any:
        """BufferError: another library would read the address as its own device's."""
        raise BufferError("sim tensors cannot be exported by DLPack. Use Tensor.cpu() to copy the tensor first.")

    def __repr__(self, *, tensor_contents: str | None = None) -> str:  # type: ignore[override]
        """As PyTorch prints a tensor on an accelerator."""
        if torch._C._functorch.is_functorch_wrapped_tensor(self):  # it has no backing of its own
            return str(torch._tensor_str._str(self, tensor_contents=tensor_contents))
        prefix = "tensor("
        contents = tensor_contents
        if contents is None:
            contents = _tensor_str(self._sim_backing, len(prefix)) if self.numel() else "[]"
        text = _add_suffixes(prefix + contents, self._suffixes(), len(prefix), force_newline=False)
        return f"Parameter containing:\n{text}" if getattr(self, "_is_param", False) else str(text)

    # PyTorch's own formats so for the class Tensor alone.
    def __format__(self, spec: str) -> str:
        """As a plain tensor: a 0-d one like its Python number."""
        if self.dim() == 0:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def _suffixes(self) -> list[str]:
        suffixes = [f"device='{self.device}'"]
        default = self.dtype in (torch.get_default_dtype(), torch.int64, torch.bool)
        if self.numel() == 0 and self.dim() != 1:
            suffixes.append(f"size={tuple(self.shape)}")
        if not default or (self.numel() == 0 and self.dtype != torch.get_default_dtype()):
            suffixes.append(f"dtype={self.dtype}")
        if self.grad_fn is not None:
            suffixes.append(f"grad_fn=<{type(self.grad_fn).__name__}>")
        elif self.requires_grad:
            suffixes.append("requires_grad=True")
        return suffixes

    def __deepcopy__(self, memo: dict[int, Any]) -> "SimTensor":
        """A copy on sim; tensors that shared memory share it in the copy too."""
        if id(self) in memo:
            return cast(SimTensor, memo[id(self)])
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) "
                "support the deepcopy protocol at the moment."
            )
        storage = copy.deepcopy(self.untyped_storage(), memo)  # one copy per storage and memo
        host = torch.empty(0, dtype=self.dtype, device="cpu")  # named: sim may be the default device
        host.set_(storage, self.storage_offset(), self.shape, self.stride())
        made = SimTensor.wrap(host).requires_grad_(self.requires_grad)
        memo[id(self)] = made
        if self.grad is not None:
            made.grad = copy.deepcopy(self.grad, memo)
        own = {key: value for key, value in self.__dict__.items() if key != "_sim_backing"}
        made.__dict__.update(copy.deepcopy(own, memo))
        return cast(SimTensor, made)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickles as an ordinary tensor whose storage says that it is on sim, so `map_location` works as for CUDA."""
        warn_if_has_hooks(self)
        if getattr(self, "_is_param", False):
            return torch._utils._rebuild_parameter, (self.detach(), self.requires_grad, OrderedDict())
        storage = torch.storage.TypedStorage(wrap_storage=self.untyped_storage(), dtype=self.dtype, _internal=True)
        place = (self.storage_offset(), tuple(self.size()), self.stride())
        return torch._utils._rebuild_tensor_v2, (storage, *place, self.requires_grad, OrderedDict())


def backing(tensor: torch.Tensor) -> torch.Tensor:
    """The CPU tensor that holds the data of a sim tensor: same shape, strides, offset and memory, without history.

    For observers: comparing the backings of two sim tensors decides which elements they share. Writing into it writes
    into the sim tensor, unseen by autograd.

    Raises:
        TypeError: `tensor` is not on sim.
    """
    if not isinstance(tensor, SimTensor):
        raise TypeError(f"expected a tensor on sim, got {type(tensor).__name__} on {tensor.device}")
    return tensor._sim_backing
