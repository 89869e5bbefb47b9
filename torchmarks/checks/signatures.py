"""Names of parameters: which ones a callable has, and which argument of a call belongs to which.

Runs nothing of what is called, and trusts no class of it (see `untrusted`). Must not judge.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from typing import Any

import torch

from torchmarks.checks.untrusted import is_a

# Fetched now: a student may replace them later in the same process.
_type = type
_Module = torch.nn.Module


def parameters_of(fn: Any) -> tuple[str, ...]:
    """Names of the parameters that take an argument by position, read without running anything of `fn`.

    Of a function under a decorator such as `@torch.no_grad()` those of the function itself; of a class those of its
    `__init__`; of a module those of its `forward`; of another object those of its `__call__`; of a
    `functools.partial` those that it leaves open.
    """
    if is_a(fn, type):
        return _positional(_found(fn, "__init__"))[1:]
    if is_a(fn, types.MethodType):
        return _positional(fn.__func__)[1:]
    if is_a(fn, _Module):
        return _positional(getattr(_type(fn), "forward", None))[1:]  # `Module.__call__` takes any arguments
    if _type(fn) is functools.partial:
        return tuple(name for name in parameters_of(fn.func)[len(fn.args) :] if name not in fn.keywords)
    return _positional(fn) or _positional(_found(_type(fn), "__call__"))[1:]


def _found(cls: type, name: str) -> Any:
    """What a class or one of its bases defines under a name; nothing of theirs is asked or run."""
    return next((vars(base)[name] for base in _type.mro(cls) if name in vars(base)), None)


def _positional(fn: Any) -> tuple[str, ...]:
    for _ in range(10):  # a chain of `__wrapped__` may lead back to its start
        try:
            inner = object.__getattribute__(fn, "__dict__").get("__wrapped__")
        except (AttributeError, TypeError):
            break
        if inner is None:
            break
        fn = inner
    if not is_a(fn, types.FunctionType):
        return ()
    code: types.CodeType = fn.__code__
    return code.co_varnames[: code.co_argcount]


def bind(parameters: tuple[str, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name: those given by position take the names of `parameters`, then "argument 3" and so on."""
    names = [*parameters[: len(args)], *(f"argument {n + 1}" for n in range(len(parameters), len(args)))]
    return dict(zip(names, args, strict=True)) | dict(kwargs)
