"""What a probe answers: calls to make, names to describe, names to bind, operations on objects that cannot cross.

Runs in the student's process, after their code, under PyTorch's defaults whatever that code left set. Loaded before any
fork, so that it holds the real functions. Must know no expected value. Payloads come from the grader and are unpickled;
replies are plain message data.

    observe   pickled [packed (fn, args, kwargs, parameters, backward)]  ->  observation, one reply for each
    names     {names: [name], seed: of the random numbers}  ->  {names: {name: description}, left: [fields of a Left]}
    bind      packed ({name: value}, [deleted names])  ->  None
    operate   packed (operation, args, kwargs)  ->  description of the result, or what was raised
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import pickle
import types
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle  # noqa: F401 - packed arguments are made with it: load it once, before the fork
import msgspec
import torch

from torchmarks.checks import cells, randomness
from torchmarks.checks.capture import watch
from torchmarks.checks.errors_seen import facts_of_error
from torchmarks.checks.facts import Fact, Items, Opaque
from torchmarks.checks.settings import CELL, Usual
from torchmarks.checks.signatures import parameters_of
from torchmarks.checks.taking import take
from torchmarks.checks.unpacking import unpack
from torchmarks.isolation.protocol import references
from torchmarks.isolation.protocol.observations import encode, observation_out

Reply = Callable[[bytes], None]

# Bound before the fork: a cell may put another function into the place of pickle.loads.
_decode = msgspec.msgpack.Decoder().decode
_loads = pickle.loads


def handle(kind: str, user_ns: dict[str, Any], payload: bytes, reply: Reply) -> None:
    """Answer one request of the grader."""
    references.look_in(user_ns)
    with Usual(CELL):
        if kind == "observe":
            for observation in _observe(payload):
                reply(encode(observation))
        else:
            reply(encode({"names": _begin, "bind": _bind, "operate": _operate}[kind](payload)))


def _observe(payload: bytes) -> Iterator[msgspec.Struct]:
    for packed in _loads(payload):  # reported one by one: a call that ends the process takes no other with it
        fn, args, kwargs, parameters, backward = unpack(packed)
        yield observation_out(watch(fn, args, kwargs, tuple(parameters), backward))


def _begin(payload: bytes) -> dict[str, Any]:
    """A test cell begins: it asks for names, and its random numbers start here and nowhere else."""
    asked = _decode(payload)
    randomness.seed(asked["seed"])
    names = references.names
    described = {name: _describe(names[name]) for name in asked["names"] if name in names}
    return {"names": described, "left": [list(dataclasses.astuple(left)) for left in cells.found()]}


def _crosses(fact: Fact) -> bool:
    """Whether a value can be copied out whole."""
    if isinstance(fact, Items):
        plain = fact.type_name in ("list", "tuple", "dict", "set", "frozenset", "torch.Size")
        return plain and all(_crosses(item) for item in (*fact.items, *(fact.keys or ())))
    return not isinstance(fact, Opaque)


def _describe(thing: Any) -> dict[str, Any]:
    """What the grader makes of an object: a value to copy out, a module to import, or a proxy for it."""
    if isinstance(thing, types.ModuleType):
        return {"kind": "module", "module": str(getattr(thing, "__name__", ""))}
    if not isinstance(thing, torch.nn.Module) and not callable(thing):
        fact = take(thing)
        if _crosses(fact):
            return {"kind": "value", "fact": fact}
    references.kept.append(thing)  # the grader knows it by its number, for as long as the probe lives
    kind = "class" if isinstance(thing, type) else "callable" if callable(thing) else "object"
    return {"kind": kind, "number": len(references.kept) - 1, "parameters": list(parameters_of(thing))}


def _bind(payload: bytes) -> None:
    values, deleted = unpack(_loads(payload))
    for name in deleted:
        references.names.pop(name, None)
    references.names.update(values)


def _operate(payload: bytes) -> dict[str, Any]:
    """One operation on a student's object, as a test that does not use `observe` asks for."""
    operation, args, kwargs = unpack(_loads(payload))
    printed = io.StringIO()
    answer: dict[str, Any]
    try:
        with contextlib.redirect_stdout(printed):
            result = OPERATIONS[operation](*args, **kwargs)
    except BaseException as error:  # a student's SystemExit is reported like any other error
        raised = facts_of_error(error, skip=1)
        answer = {"raised": [raised.type_name, list(raised.bases), raised.message]}
    else:
        answer = {"result": _describe(result)}
    return answer | {"printed": printed.getvalue()[:100_000]}


def _call(fn: Any, *args: Any, **kwargs: Any) -> Any:
    return fn(*args, **kwargs)


def _next(iterator: Any) -> Any:
    return next(iterator)


# bool first, for it is an int; nothing can be a subclass of it
_PLAIN_KINDS = (bool, int, float, complex, str, bytes, list, tuple, dict, frozenset, set)
# By the methods of the base: those of the subclass are the student's, and may say anything.
_COPIES: dict[type, Callable[[Any], Any]] = {
    int: int.__int__, float: float.__float__, complex: complex.__complex__, str: str.__str__,
    bytes: lambda thing: bytes.__getitem__(thing, slice(None)), list: lambda thing: list(list.__iter__(thing)),
    tuple: lambda thing: tuple(tuple.__iter__(thing)), dict: lambda thing: dict(dict.items(thing)),
    set: lambda thing: set(set.__iter__(thing)), frozenset: lambda thing: frozenset(frozenset.__iter__(thing)),
}  # fmt: skip


def _plain(thing: Any) -> Any:
    """What an object of a subclass (a Counter, a named tuple, a number of the student's class) holds as its base."""
    base = next((kind for kind in _PLAIN_KINDS if issubclass(type(thing), kind)), None)
    return thing if base is None or base is bool else _COPIES[base](thing)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call, "getattr": getattr, "setattr": setattr, "delattr": delattr, "len": len, "bool": bool, "iter": iter,
    "next": _next, "str": str, "repr": repr, "float": float, "int": int, "hash": hash, "isinstance": isinstance,
    "getitem": lambda thing, key: thing[key], "setitem": lambda thing, key, value: thing.__setitem__(key, value),
    "contains": lambda thing, item: item in thing, "eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "truediv": lambda a, b: a / b,
    "neg": lambda a: -a, "abs": abs, "plain": _plain,
}  # fmt: skip
