"""Reads and sets those settings of PyTorch for which it has no pair of plain functions.

Modes, inference mode, autocast, the precision of products, hooks of all modules and of saved tensors. `settings` has
the list of all. What this needs of torch is fetched when it is imported: a student may replace it later. Must not
judge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch
from torch.utils import _device, _python_dispatch

_C = torch._C

# ---- inference mode: a guard is the only way in or out, and leaving one restores what was set when it was entered

_inference_guard = torch.inference_mode
inference = torch.is_inference_mode_enabled
_guards: list[tuple[Any, bool]] = []  # guards entered, and whether inference mode was on before


def put_inference(wanted: bool) -> None:
    """Switches inference mode."""
    if _guards and _guards[-1][1] is wanted:
        _guards.pop()[0].__exit__(None, None, None)
        return
    guard = _inference_guard(wanted)
    _guards.append((guard, not wanted))
    guard.__enter__()


# ---- modes between a call and PyTorch; the default device is one of them

NO_MODES: Final[tuple[Any, ...]] = ()
dispatch_length, _dispatch_at = _C._len_torch_dispatch_stack, _C._get_dispatch_stack_at
_pop_dispatch, _push_dispatch = _python_dispatch._pop_mode, _python_dispatch._push_mode
function_length, _function_at = _C._len_torch_function_stack, _C._get_function_stack_at
_pop_function, _push_function = _C._pop_torch_function_stack, _C._push_on_torch_function_stack
_global_device = torch._GLOBAL_DEVICE_CONTEXT


def read_dispatch() -> tuple[Any, ...]:
    """The dispatch modes that are entered."""
    count = dispatch_length()
    return tuple(map(_dispatch_at, range(count))) if count else NO_MODES


def put_dispatch(modes: tuple[Any, ...]) -> None:
    """Enters these dispatch modes, and no others."""
    for _ in range(dispatch_length()):
        _pop_dispatch()
    for mode in modes:
        _push_dispatch(mode)


class _Functions(NamedTuple):
    """The stack of function modes, and what `torch.set_default_device` and `with torch.device` remember of it."""

    modes: tuple[Any, ...]
    default: Any
    device: Any


NO_FUNCTIONS: Final = _Functions((), None, None)


def read_functions() -> _Functions:
    """The function modes that are entered."""
    count, default = function_length(), getattr(_global_device, "device_context", None)
    if not count and default is None:
        return NO_FUNCTIONS
    return _Functions(tuple(map(_function_at, range(count))), default, _device.CURRENT_DEVICE)


def put_functions(wanted: _Functions) -> None:
    """Enters these function modes, and no others."""
    for _ in range(function_length()):
        _pop_function()
    for mode in wanted.modes:
        _push_function(mode)
    # What set_default_device(None) and the end of `with torch.device` will look for, after the test.
    _global_device.device_context = wanted.default
    _device.CURRENT_DEVICE = wanted.device


def described_functions(value: _Functions) -> tuple[str, str]:
    """As a name of the setting and a text."""
    if not value.modes:
        # set_default_device in a block of `with torch.device` ends with the block, but PyTorch keeps it for the next
        # set_default_device, which then enters the block's device again. New tensors are on the CPU as before.
        return "default device", "cpu"
    devices = [str(mode.device) for mode in value.modes if isinstance(mode, _device.DeviceContext)]
    others = [type(mode).__name__ for mode in value.modes if not isinstance(mode, _device.DeviceContext)]
    if not others:
        return "default device", ", ".join(devices)
    return "function mode", ", ".join([*others, *(f"default device {device}" for device in devices)])


# ---- autocast, of every kind of device

_autocast_kinds = _C._autocast_supported_devices
_any_autocast, _is_autocast = _C._is_any_autocast_enabled, torch.is_autocast_enabled
_set_autocast = torch.set_autocast_enabled
_autocast_dtype, _set_autocast_dtype = torch.get_autocast_dtype, torch.set_autocast_dtype
_clear_autocast = torch.clear_autocast_cache
_enter_autocast, _leave_autocast = torch.autocast_increment_nesting, torch.autocast_decrement_nesting


def read_autocast_depth() -> int:
    """How many blocks of autocast are entered, on or off. At the end of the outermost the weights that were cast are
    forgotten: within one that is not left, a call after a step would get those from before it.
    """
    _enter_autocast()  # nothing reads the number alone
    return _leave_autocast()


def put_autocast_depth(wanted: int) -> None:
    """Enters or leaves as many blocks as that takes."""
    missing = wanted - read_autocast_depth()
    for _ in range(abs(missing)):
        (_enter_autocast if missing > 0 else _leave_autocast)()
    _clear_autocast()


def read_autocast() -> tuple[tuple[str, torch.dtype], ...]:
    """The kinds of device that it is on for, each with its dtype."""
    if not _any_autocast():
        return ()
    return tuple((kind, _autocast_dtype(kind)) for kind in _autocast_kinds() if _is_autocast(kind))


def put_autocast(wanted: tuple[tuple[str, torch.dtype], ...]) -> None:
    """Turns autocast on for these kinds of device, and off for all others."""
    for kind, _ in read_autocast():
        _set_autocast(kind, False)
    for kind, dtype in wanted:
        _set_autocast_dtype(kind, dtype)
        _set_autocast(kind, True)
    _clear_autocast()  # weights that were cast are kept while it is on


# ---- precision of products and convolutions

FULL: Final = "highest"
_matmul_precision, _set_matmul_precision = torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
_precision_of, _set_precision_of = _C._get_fp32_precision_getter, _C._set_fp32_precision_setter
# For each kind of device and operation, the general ones first: where one says "none" that of all counts.
_PLACES: Final = (
    ("generic", "all"),
    *((kind, what) for kind in ("cuda", "mkldnn") for what in ("all", "matmul", "conv", "rnn")),
)
_WHOLE: Final = ("none", "ieee")

Precision = str | tuple[str, ...]  # the one word for products, or that of each place where no one word is true


def read_precision() -> Precision:
    """The precision of float32 products, on the CPU that of convolutions, too."""
    try:
        word = _matmul_precision()
    except RuntimeError:  # set by torch.backends, after which PyTorch refuses to say it in one word
        word = ""
    if word and _precision_of("mkldnn", "conv") in _WHOLE and _precision_of("mkldnn", "rnn") in _WHOLE:
        return word
    return tuple(_precision_of(*place) for place in _PLACES)


def put_precision(wanted: Precision) -> None:
    """Sets the precision, as `read_precision` gave it."""
    if isinstance(wanted, str):
        for place in _PLACES:
            _set_precision_of(*place, "none")
        _set_matmul_precision(wanted)
        return
    for place, value in zip(_PLACES, wanted, strict=True):
        if _precision_of(*place) != value:  # what follows from a more general place stays so
            _set_precision_of(*place, value)


def described_precision(value: Precision) -> tuple[str, str]:
    """As a name of the setting and a text."""
    if isinstance(value, str):
        return "float32 matmul precision", value
    lower = dict.fromkeys(one for one in value if one not in _WHOLE)
    return "float32 matmul precision", ", ".join(lower)


# ---- hooks that every backward pass, and every module, meets

# Its stub forgets that there may be none.
_top_saved: Callable[[bool], tuple[Any, Any] | None] = _C._autograd._top_saved_tensors_default_hooks
_push_saved, _pop_saved = (
    _C._autograd._push_saved_tensors_default_hooks,
    _C._autograd._pop_saved_tensors_default_hooks,
)
_MODULES: Final = tuple(
    value
    for name, value in vars(torch.nn.modules.module).items()
    if name.startswith("_global_") and name.endswith("hooks")
)
NO_HOOKS: Final[tuple[Any, ...]] = ()


def read_saved_hooks() -> tuple[Any, ...]:
    """The pairs of `torch.autograd.graph.saved_tensors_hooks` that are entered, the outermost first."""
    if _top_saved(True) is None:
        return NO_HOOKS
    pairs = _popped()
    _push_all(pairs)
    return pairs


def put_saved_hooks(wanted: tuple[Any, ...]) -> None:
    """Enters these hooks of saved tensors, and no others."""
    _popped()
    _push_all(wanted)


def _popped() -> tuple[Any, ...]:
    pairs = []
    while (pair := _top_saved(True)) is not None:
        pairs.append(pair)
        _pop_saved()
    return tuple(reversed(pairs))


def _push_all(pairs: tuple[Any, ...]) -> None:
    for pack, unpack in pairs:
        _push_saved(pack, unpack)


def read_module_hooks() -> tuple[Any, ...]:
    """The hooks of all modules, by kind (`torch.nn.modules.module.register_module_forward_hook` and the like)."""
    return tuple(tuple(kind.items()) for kind in _MODULES) if any(_MODULES) else NO_HOOKS


def put_module_hooks(wanted: tuple[Any, ...]) -> None:
    """Sets the hooks of all modules, as `read_module_hooks` gave them."""
    for kind, hooks in zip(_MODULES, wanted or ((),) * len(_MODULES), strict=True):
        kind.clear()
        kind.update(hooks)
