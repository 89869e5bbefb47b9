"""Reads, restores and names what a cell can leave set in a process, PyTorch's defaults among it.

The only list of these settings. `Usual` sets the defaults for as long as a test or a call runs, and afterwards what was
set before. Everything it needs of torch is fetched when it is imported: a student may replace it later. Must not judge.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import torch

from torchmarks.checks import torch_settings as ts
from torchmarks.checks.extent import MAX_SETTING

_C = torch._C


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a cell can leave set.

    usual: its default; read: what it is now; put: make it so; described: a value as (name of the setting, text).
    """

    usual: Any
    read: Callable[[], Any]
    put: Callable[[Any], object]
    described: Callable[[Any], tuple[str, str]]


def _named(name: str) -> Callable[[Any], tuple[str, str]]:
    return lambda value: (name, str(value))


def _switch(name: str) -> Callable[[Any], tuple[str, str]]:
    return lambda value: (name, "on" if value else "off")


# ---- numbers

_tiny, _one = 5e-324, 1.0


def _flushes() -> bool:
    return _tiny * _one == 0  # there is no function to ask, and the switch holds for Python's own arithmetic


def _in_fresh_context(read: Callable[[], Any]) -> Any:
    """What NumPy's setting is by default: newer ones keep it in a context variable."""
    return contextvars.Context().run(read)


def _different(name: str, usual: dict[str, Any]) -> Callable[[Any], tuple[str, str]]:
    """Makes the function that finds, in a dictionary of options, those that are not as usual."""
    return lambda value: (name, ", ".join(f"{key}={value[key]!r}" for key in value if value[key] != usual.get(key)))


_errors: Final = _in_fresh_context(np.geterr)
_geterr = np.geterr
_error_context: Final = getattr(sys.modules.get("numpy._core.umath"), "_extobj_contextvar", None)
_usual_errors: Final = None if _error_context is None else _in_fresh_context(_error_context.get)


def _read_errors() -> Any:
    """NumPy makes a dictionary of them, which takes longer than all other settings together; its own object shows in a
    moment that nobody has set them.
    """
    if _error_context is not None and _error_context.get() is _usual_errors:
        return _errors
    return _geterr()


_np_print: Final = _in_fresh_context(np.get_printoptions)
_set_errors, _set_np_print = np.seterr, np.set_printoptions
_options: Final = vars(torch._tensor_str.PRINT_OPTS)
# Of a fresh object: the one in force may have been changed before this is imported.
_torch_print: Final = dict(vars(type(torch._tensor_str.PRINT_OPTS)()))
# Not torch.use_deterministic_algorithms: that imports the compiler's configuration.
_set_deterministic, _is_deterministic = _C._set_deterministic_algorithms, _C._get_deterministic_algorithms
_warns_only = _C._get_deterministic_algorithms_warn_only
_is_anomaly, _checks_nan = torch.is_anomaly_enabled, torch.is_anomaly_check_nan_enabled
_set_anomaly = torch.set_anomaly_enabled


# ---- Python's own

_reset_warnings = warnings.resetwarnings


def _raises(entry: Any) -> bool:
    return entry[0] == "error" and not entry[2].__module__.startswith("IPython.")  # which has one about itself


def _read_errors_of_warnings() -> tuple[Any, ...]:
    """The filters, where one of them makes an error of a warning; nothing otherwise: others fail no test."""
    filters = warnings.filters
    return tuple(filters) if any(map(_raises, filters)) else ()


def _put_errors_of_warnings(wanted: tuple[Any, ...]) -> None:
    kept: Iterable[Any] = wanted or [entry for entry in warnings.filters if not _raises(entry)]
    kept = list(kept)
    _reset_warnings()  # and its count of changes, so that nothing is decided by what was decided before
    warnings.filters.extend(kept)  # type: ignore[attr-defined]


_DEPTH: Final = 1000  # Python's default; more than that is not a fault
_recursion, _set_recursion = sys.getrecursionlimit, sys.setrecursionlimit


def _read_depth() -> int:
    return min(_recursion(), _DEPTH)


def _put_depth(wanted: int) -> None:
    with contextlib.suppress(RecursionError):  # our own stack may be deeper than that
        _set_recursion(wanted)


_OFF_IN_A_BLOCK: Final = ("autocast", "off, in a block")

# What changes what a call does. A guard of inference mode restores much of the rest, so it comes first; a mode can be
# in the way of what puts another setting, so modes come last.
CALL: Final[tuple[Setting, ...]] = (
    Setting(False, ts.inference, ts.put_inference, _switch("inference mode")),
    Setting(torch.float32, torch.get_default_dtype, torch.set_default_dtype, _named("default dtype")),
    Setting(True, torch.is_grad_enabled, _C._set_grad_enabled, _switch("gradient recording")),
    # Put right without a word: where autocast is on the next one says so.
    Setting(0, ts.read_autocast_depth, ts.put_autocast_depth, lambda depth: _OFF_IN_A_BLOCK),
    Setting(
        (),
        ts.read_autocast,
        ts.put_autocast,
        lambda kinds: ("autocast", ", ".join(f"{kind} {dtype}" for kind, dtype in kinds)),
    ),
    Setting(
        (False, False),
        lambda: (_is_deterministic(), _warns_only()),
        lambda value: _set_deterministic(value[0], warn_only=value[1]),
        lambda value: ("deterministic algorithms", "on, warnings only" if value[1] else "on"),
    ),
    Setting(
        (False, True),
        lambda: (_is_anomaly(), _checks_nan()),
        lambda value: _set_anomaly(*value),
        lambda value: ("anomaly detection", "on" if value[0] else "without a check for nan"),
    ),
    Setting(ts.FULL, ts.read_precision, ts.put_precision, ts.described_precision),
    Setting(ts.NO_HOOKS, ts.read_saved_hooks, ts.put_saved_hooks, _switch("hooks of saved tensors")),
    Setting(ts.NO_HOOKS, ts.read_module_hooks, ts.put_module_hooks, _switch("hooks of all modules")),
    Setting(False, _flushes, torch.set_flush_denormal, _switch("flushing of denormal numbers")),
    Setting(_errors, _read_errors, lambda value: _set_errors(**value), _different("NumPy's error handling", _errors)),
    Setting(
        ts.NO_MODES,
        ts.read_dispatch,
        ts.put_dispatch,
        lambda modes: ("dispatch mode", ", ".join(type(mode).__name__ for mode in modes)),
    ),
    Setting(ts.NO_FUNCTIONS, ts.read_functions, ts.put_functions, ts.described_functions),
)

# What changes what is shown, and what a test cell itself does.
CELL: Final[tuple[Setting, ...]] = (
    *CALL,
    Setting(
        _torch_print,
        lambda: dict(_options),
        _options.update,
        _different("PyTorch's print options", _torch_print),
    ),
    Setting(
        _np_print,
        np.get_printoptions,
        lambda value: _set_np_print(**value),
        _different("NumPy's print options", _np_print),
    ),
    Setting((), _read_errors_of_warnings, _put_errors_of_warnings, lambda value: ("warnings", "raised as errors")),
    Setting(_DEPTH, _read_depth, _put_depth, _named("recursion limit")),
)


def read(settings: tuple[Setting, ...] = CELL) -> tuple[Any, ...]:
    """What the settings are now."""
    return tuple([setting.read() for setting in settings])


def put(wanted: tuple[Any, ...], settings: tuple[Setting, ...] = CELL) -> None:
    """Sets them. wanted: as `read` gave it."""
    # Modes go first, whatever is wanted: one that refuses every function would stop the rest.
    if ts.function_length():
        ts.put_functions(ts.NO_FUNCTIONS)
    if ts.dispatch_length():
        ts.put_dispatch(ts.NO_MODES)
    for setting, value in zip(settings, wanted, strict=True):
        if setting.read() != value:  # read late: to put one may have changed another
            setting.put(value)


def unusual(settings: tuple[Setting, ...] = CELL) -> dict[str, str]:
    """What is not as PyTorch has it by default: name of the setting -> its value as text."""
    values = read(settings)
    if values == (_USUAL_CELL if settings is CELL else tuple(setting.usual for setting in settings)):
        return {}
    found = [s.described(value) for s, value in zip(settings, values, strict=True) if value != s.usual]
    # classes of a student's are named in it
    return {name: text[:MAX_SETTING] for name, text in found if (name, text) not in _AS_USUAL}


class Usual:
    """While inside, PyTorch's defaults; afterwards what was set before. Usable once."""

    __slots__ = ("_before", "_settings", "_usual")

    def __init__(self, settings: tuple[Setting, ...] = CALL) -> None:
        self._settings = settings
        self._usual = _USUAL_CALL if settings is CALL else _USUAL_CELL

    def __enter__(self) -> Self:
        self._before = read(self._settings)
        if self._before != self._usual:
            put(self._usual, self._settings)
        return self

    def settle(self) -> dict[str, str]:
        """The defaults again; gives what a call has left of them: name of the setting -> its value as text."""
        if read(self._settings) == self._usual:
            return {}
        left = unusual(self._settings)
        put(self._usual, self._settings)
        return left

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._before != self._usual:
            put(self._before, self._settings)

    def leave_changes(self) -> None:
        """As at the end, but for what was changed inside: that was intended, and stays."""
        now = read(self._settings)
        triples = zip(now, self._before, self._usual, strict=True)
        put(tuple(before if value == usual else value for value, before, usual in triples), self._settings)


# To ask for what is there anyway changes nothing that is worth a word.
_AS_USUAL: Final = {("default device", "cpu"), _OFF_IN_A_BLOCK}
_USUAL_CALL: Final = tuple(setting.usual for setting in CALL)
_USUAL_CELL: Final = tuple(setting.usual for setting in CELL)
