"""Values that cross as copies: packed on their way to a student's process, made from facts on their way out.

A module crosses as its name, and only a usual one. Must not call anything by a name that the student's process chose.
"""

from __future__ import annotations

import dis
import importlib
import pickle
import sys
import types
from collections.abc import Callable
from functools import cache
from typing import Any, Final
from weakref import WeakKeyDictionary

import cloudpickle
import numpy as np
import torch

from torchmarks.checks.facts import Fact, Items, TensorFacts, plain_value
from torchmarks.checks.packing import pack, pickle_with


class _ByValue(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles functions of tests by value, and one that uses nothing but modules only once.

    A test calls the same scenario dozens of times, and each time cloudpickle searches all that is imported for the
    submodules that it uses: a third of what grading a right submission of 08 cost outside.
    """

    def reducer_override(self, obj: Any) -> Any:
        modules = _modules_used(obj) if type(obj) is types.FunctionType else None
        if modules is None:
            return super().reducer_override(obj)
        known = _pickled.get(obj)
        if known is None or known[0] != modules:
            known = _pickled[obj] = (modules, cloudpickle.dumps(obj))
        return pickle.loads, (known[1],)


# By function: the modules that its names referred to, and the pickle.
_pickled: WeakKeyDictionary[types.FunctionType, tuple[tuple[Any, ...], bytes]] = WeakKeyDictionary()


def _modules_used(function: types.FunctionType) -> tuple[types.ModuleType, ...] | None:
    """The modules that a function uses, if it is made of its code and these alone: then its pickle stays the same."""
    if function.__closure__ or function.__defaults__ or function.__kwdefaults__ or vars(function):
        return None
    used = [function.__globals__[name] for name in _names(function.__code__) if name in function.__globals__]
    return tuple(used) if all(type(one) is types.ModuleType for one in used) else None


@cache
def _names(code: types.CodeType) -> frozenset[str]:
    """The global names that code uses, functions and classes within it included; no attributes."""
    own = {step.argval for step in dis.get_instructions(code) if step.opname.endswith(("_GLOBAL", "_NAME"))}
    return frozenset(own).union(*(_names(one) for one in code.co_consts if isinstance(one, types.CodeType)))


_by_name = pickle_with(pickle.Pickler)
_by_value = pickle_with(_ByValue)


def dump(thing: Any, persistent_id: Callable[[Any], Any]) -> bytes:
    try:
        return _by_name(thing, persistent_id)
    except (pickle.PicklingError, TypeError, AttributeError):  # a function of the test, a module
        return _by_value(thing, persistent_id)


def to_packed(thing: Any) -> bytes:
    """Test-side objects as a payload for the student's process. Only this direction carries a pickle."""
    return pickle.dumps(pack(thing, dump), protocol=5)


def value_from(fact: Fact) -> Any:
    """A value copied out: tensors with requires_grad (as leaves), arrays, plain data, containers."""
    if isinstance(fact, TensorFacts):
        tensor = fact.values
        return tensor.requires_grad_() if fact.requires_grad else tensor
    if isinstance(fact, Items):
        items = [value_from(item) for item in fact.items]
        if fact.keys is not None:
            return dict(zip((plain_value(key) for key in fact.keys), items, strict=True))
        return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "torch.Size": torch.Size}[
            fact.type_name
        ](items)
    value = plain_value(fact)
    scalar = _SCALARS.get(fact.type_name)  # looked up, never fetched from numpy by a name that a student may choose
    if scalar is not None and type(value) in (bool, int, float, complex, str, bytes):
        return scalar(value)
    return value


_SCALARS: Final = {
    f"numpy.{cls.__name__}": cls for cls in set(np.sctypeDict.values()) if cls not in (np.void, np.object_)
}

# Modules that a test may use under the name that the student's cell imported them by: the usual names only, so that no
# student decides what `np` means in a test.
USUAL_ALIASES: Final = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
}
UNKNOWN_MODULE: Final = object()  # for a name that refers to what no test may use


def usual_module(name: str, module: str) -> Any:
    """The module that a student's process has under a name, or UNKNOWN_MODULE. module: its own name, as that says."""
    # Judged by the name that the test uses: what the student's process says decides nothing but yes or no.
    wanted = USUAL_ALIASES.get(name, name)
    if wanted != module or not (
        name in USUAL_ALIASES or module in sys.stdlib_module_names or module in ("torch", "numpy")
    ):
        return UNKNOWN_MODULE
    try:
        return importlib.import_module(wanted)
    except ImportError:
        return UNKNOWN_MODULE
