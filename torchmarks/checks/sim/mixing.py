"""Which tensors of other devices may meet sim tensors in one operation, and what PyTorch says when they may not.

Pure: reads an operation's schema and the tensors' devices and shapes; moves nothing, runs nothing, never reads data.
The rules are CUDA's: operations built on TensorIterator take 0-d CPU tensors, indexing takes CPU indices, copies take
anything, everything else wants one device. The two wordings are CUDA's too: TensorIterator's ("found at least two
devices") and that of the generated wrappers ("got mat2 is on cpu"). Where an operation departs from the rule, it was
seen to: every operation of PyTorch's OpInfo database was asked on an H100 with each tensor argument in turn on the CPU.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch._ops import OpOverload

Named = tuple[str, torch.Tensor]  # a tensor argument and the parameter that it came in by

# Data cross devices here: that is what these are for.
_TRANSFERS = frozenset({"copy_", "_to_copy", "_copy_from", "_foreach_copy_", "_foreach_copy", "diagonal_scatter",
                        "select_scatter", "slice_scatter", "as_strided_scatter"})  # fmt: skip
# The metadata of their arguments is all they look at, or they call .item() on a 0-d tensor.
_READERS = frozenset({"is_same_size", "result_type", "linspace", "logspace", "range", "arange"})
_INDEXING = frozenset({"index", "_unsafe_index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index_put"})
# Built on TensorIterator without being tagged pointwise.
_ITERATED = frozenset({"mse_loss", "smooth_l1_loss", "binary_cross_entropy", "floor_divide", "rsub",
                       "xlogy", "where", "fill", "fill_", "masked_fill", "masked_fill_", "index_fill", "index_fill_",
                       "lerp", "normal", "bernoulli_"})  # fmt: skip
# Tagged pointwise, but their wrappers compare devices before TensorIterator could; `addr` before its parts do.
_WRAPPED = frozenset({"equal", "clone", "clamp", "clamp_min", "clamp_max", "logaddexp", "logaddexp2", "nextafter",
                      "igamma", "igammac", "huber_loss", "addr", "native_layer_norm", "native_group_norm"})  # fmt: skip
# Built on TensorIterator, but these arguments must be on the device even as 0-d tensors.
_NEVER_HERE: Final[Mapping[str, frozenset[str]]] = {
    "addcdiv": frozenset({"self", "tensor1", "tensor2"}),
    "addcmul": frozenset({"self", "tensor1"}),
    "binary_cross_entropy": frozenset({"self", "target", "weight"}),
    "index_fill": frozenset({"index"}),
    "lerp": frozenset({"self", "end"}),
}
# Arguments that CUDA wants in main memory, or takes from there.
_HOST_ARGUMENTS = frozenset({"lengths", "input_lengths", "target_lengths", "tensor_indices_or_sections", "batch_sizes"})


@functools.cache
def is_elementwise(func: OpOverload[..., Any]) -> bool:
    """Whether `func` runs on TensorIterator, and so takes 0-d CPU tensors beside those of a device."""
    name = base_name(func)
    if has_wrapper(func):
        return False
    if torch.Tag.pointwise in func.tags or name in _ITERATED or name.startswith("_foreach_"):
        return True
    # In-place and out= variants lack the tag of the operation that they are variants of.
    plain = getattr(torch.ops.aten, name.rstrip("_"), None)
    overloads = plain.overloads() if plain is not None else []
    return any(torch.Tag.pointwise in getattr(plain, overload).tags for overload in overloads)


def has_wrapper(func: OpOverload[..., Any]) -> bool:
    """Whether `func` is elementwise, or made of parts that are, and wants one device all the same."""
    return _plain_name(func) in _WRAPPED


def is_transfer(func: OpOverload[..., Any]) -> bool:
    """Whether moving data between devices is what `func` is for."""
    return base_name(func) in _TRANSFERS


def base_name(func: OpOverload[..., Any]) -> str:
    """`add_` for `aten::add_.Tensor`."""
    return func._schema.name.split("::")[-1]


def _plain_name(func: OpOverload[..., Any]) -> str:
    """`add` for `aten::add_.Tensor`."""
    return base_name(func).rstrip("_")


def refuse_mixed(func: OpOverload[..., Any], tensors: Sequence[Named], device: torch.device) -> None:
    """Raises what CUDA raises when `tensors`, all tensor arguments of `func` in order, may not meet.

    `device` is that of the sim tensors; tensors on meta count as foreign too.

    Raises:
        RuntimeError: PyTorch's own message about two devices.
    """
    name = base_name(func)
    if is_transfer(func) or name in _READERS:
        return
    if name in _INDEXING:
        _refuse_mixed_index(tensors, device)
        return
    foreign = [(key, t) for key, t in tensors if t.device.type != device.type and key not in _HOST_ARGUMENTS]
    if _plain_name(func) == "masked_fill":
        _refuse_mixed_mask(dict(tensors))
    if is_elementwise(func):
        never_here = _NEVER_HERE.get(_plain_name(func), frozenset())
        written = {argument.name for argument in func._schema.arguments if _is_written(argument)}
        for key, tensor in foreign:
            if tensor.device.type != "cpu" or tensor.dim() > 0 or key in written or key in never_here:
                raise _two_devices(device, tensor.device)
        return
    if any(tensor.device.type == "cpu" for _, tensor in foreign):
        raise _wrong_argument(name, tensors)


def goes_to_meta(func: OpOverload[..., Any], tensors: Sequence[Named]) -> bool:
    """Whether a meta tensor decides: the meta kernels outrank a device's and compare no devices."""
    return not is_transfer(func) and any(tensor.device.type == "meta" for _, tensor in tensors)


def _is_written(argument: Any) -> bool:
    return argument.alias_info is not None and argument.alias_info.is_write


def _refuse_mixed_index(tensors: Sequence[Named], device: torch.device) -> None:
    indexed = dict(tensors)["self"]
    for key, tensor in tensors:
        if tensor.device == indexed.device or key == "self":
            continue
        if key == "indices" and tensor.device.type != "cpu":
            raise RuntimeError(
                f"indices should be either on cpu or on the same device as the indexed tensor ({indexed.device})"
            )
        if key == "values" and not (indexed.device == device and tensor.dim() == 0 and tensor.device.type == "cpu"):
            raise _two_devices(device, tensor.device if indexed.device == device else indexed.device)


def _refuse_mixed_mask(given: Mapping[str, torch.Tensor]) -> None:
    masked, mask = given["self"].device, given["mask"].device
    if masked != mask:
        raise RuntimeError(
            f"expected self and mask to be on the same device, but got mask on {mask} and self on {masked}"
        )


def _two_devices(device: torch.device, other: torch.device) -> RuntimeError:
    return RuntimeError(
        f"Expected all tensors to be on the same device, but found at least two devices, {device} and {other}!"
    )


def _wrong_argument(name: str, tensors: Sequence[Named]) -> RuntimeError:
    """The generated wrappers take the first argument's device as the common one and name the first that differs."""
    common = tensors[0][1].device
    key, tensor = next((key, tensor) for key, tensor in tensors if tensor.device != common)
    return RuntimeError(
        f"Expected all tensors to be on the same device, but got {key} is on {tensor.device}, "
        f"different from other tensors on {common} (when checking argument in method wrapper_sim_{name})"
    )
