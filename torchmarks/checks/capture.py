"""Runs one call and takes the facts: the only module that touches what a student's code made.

In isolation this runs in the student's process, after their code, so everything it needs of torch is fetched when it is
imported, before. What it reports is a claim of that process, no more. Must not judge, and must know no expected value.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import functools
import io
import linecache
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from torchmarks.checks.facts import (
    ArrayFacts,
    Ended,
    Fact,
    Items,
    Observation,
    Opaque,
    Place,
    Plain,
    Raised,
    TensorFacts,
)
from torchmarks.checks.interruption import OutOfTime, limited, staying
from torchmarks.checks.memory import elements_are_own, overlap, place_of, writes_through
from torchmarks.checks.settings import Usual
from torchmarks.checks.sim import SimTensor

MAX_ELEMENTS = 4_000_000
MAX_NODES = 20_000  # a message of more than 500,000 entries is refused, and a fact is several
MAX_DEPTH = 24  # a message that nests deeper than 30 is refused
MAX_TEXT = 10_000

LINE_CHARACTERS = 200

_OWN_FOLDER = str(Path(__file__).parents[1])
_NOT_STUDENTS = (_OWN_FOLDER, "/site-packages/", "/lib/python", "<frozen", "<hidden", "<string>", "<test")

# Fetched now: a student may replace them later in the same process.
_type, _issubclass, _id, _str = type, issubclass, id, str
_Tensor, _ndarray, _generic = torch.Tensor, np.ndarray, np.generic
_Module, _OrderedDict = torch.nn.Module, collections.OrderedDict
_no_dispatch = torch._C.DisableTorchFunctionSubclass  # past a `__torch_function__` of a student's
_PLAIN = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)
_SEQUENCES = (list, tuple, set, frozenset)
_string_at = ctypes.string_at
# By address, which is for ever theirs: to look a class up by `==` or its hash may run a metaclass of a student's.
_PLAIN_IDS = frozenset(map(id, _PLAIN))
_USUAL_NAMES = {
    id(cls): cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    for cls in (*_PLAIN, *_SEQUENCES, dict, torch.Tensor, torch.Size, np.ndarray)
}


def _is(thing: object, kinds: type | tuple[type, ...]) -> bool:
    """isinstance by the real class: `isinstance` also asks `__class__`, where an object may lie or raise."""
    return _issubclass(_type(thing), kinds)


def type_name(thing: object) -> str:
    """The exact type as text: "int", "torch.Tensor", "numpy.ndarray", "LinearStack"."""
    cls = _type(thing)
    return _USUAL_NAMES.get(_id(cls)) or class_name(cls)


def class_name(cls: type) -> str:
    """A class as text, with its module unless that is builtins or the notebook itself."""
    try:
        module, name = _exact(cls.__module__), _exact(cls.__qualname__)
    except Exception:  # a metaclass of a student's
        return "object"
    return name if module in ("builtins", "__main__", "") else f"{module}.{name}"


def _exact(text: object) -> str:
    """A text as a real str: of a subclass the characters, not what its methods make of them."""
    return _str.__str__(text)[:MAX_TEXT] if _is(text, str) else ""


def _text_of(thing: object) -> str:
    """`str(thing)`, or nothing where that fails."""
    try:
        return _exact(_str(thing))
    except BaseException:  # a student's __str__ may raise anything, SystemExit too
        return ""


class _Taker:
    """Takes the facts of one nested value, within bounds, without calling a method that a student wrote."""

    def __init__(self) -> None:
        self._nodes = 0
        self._elements = 0
        self._open: set[int] = set()

    def take(self, thing: Any, depth: int = 0) -> Fact:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            return Opaque(type_name(thing), "too_deep")
        if _id(_type(thing)) in _PLAIN_IDS:
            return self._plain(thing)
        if _is(thing, _Tensor):
            return self._readable_tensor(thing)
        if _is(thing, _ndarray):
            return self._array(thing)
        if _is(thing, _generic) and not _is(thing, np.void):
            value = _generic.item(thing)
            # A long double gives itself, a date one of Python's: no plain value.
            return Plain(type_name(thing), value) if _type(value) in _PLAIN else Opaque(type_name(thing))
        if _is(thing, (*_SEQUENCES, dict)):
            return self._items(thing, depth)
        return Opaque(type_name(thing))

    def _plain(self, thing: Any) -> Fact:
        if _type(thing) in (str, bytes) and len(thing) > MAX_TEXT:
            return Opaque(type_name(thing), f"characters:{len(thing)}")
        # 4096 bits are 1234 digits; a message carries no int of more than 1300.
        if _type(thing) is int and thing.bit_length() > 4096:
            return Opaque("int", "very_large")
        return Plain(type_name(thing), thing)

    def _items(self, thing: Any, depth: int) -> Fact:
        if _id(thing) in self._open:
            return Opaque(type_name(thing), "contains_itself")
        self._open.add(_id(thing))
        try:
            if _is(thing, dict):
                pairs = _pairs_of(thing)
                keys = tuple(self.take(key, depth + 1) for key, _ in pairs)
                return Items(type_name(thing), tuple(self.take(value, depth + 1) for _, value in pairs), keys)
            items = [self.take(item, depth + 1) for item in _entries_of(thing)]
            if _is(thing, (set, frozenset)):
                items.sort(key=repr)  # its own order differs from process to process
            return Items(type_name(thing), tuple(items))
        finally:
            self._open.discard(_id(thing))

    def _too_many(self, count: int) -> bool:
        self._elements += count
        return self._elements > MAX_ELEMENTS

    def _array(self, a: np.ndarray[Any, Any]) -> Fact:
        plain = a if _type(a) is _ndarray else _ndarray.view(a, _ndarray)
        # The bytes of an array of objects are addresses.
        if plain.dtype.hasobject or plain.dtype.names is not None:
            return Opaque(type_name(a), f"of_dtype:{plain.dtype}")
        if self._too_many(plain.size):
            return Opaque(type_name(a), f"elements:{plain.size}")
        place = place_of(plain)
        return ArrayFacts(
            type_name(a),
            plain.dtype,
            plain.shape,
            plain.strides,
            bool(plain.flags.writeable),
            plain.tobytes(),
            place,
            elements_are_own(place),
        )

    def _readable_tensor(self, t: torch.Tensor) -> Fact:
        try:
            with _no_dispatch():
                return self._tensor(t)
        except Exception as error:  # a wrapper of vmap, of a fake mode or of a student's own, which keeps its elements
            return Opaque(type_name(t), f"cannot_be_read:{_text_of(error)[:80]}")

    def _tensor(self, t: torch.Tensor, *, with_grad: bool = True) -> Fact:
        if t.layout != torch.strided or t.is_quantized or t.is_nested:
            return Opaque(type_name(t), _str(t.layout).removeprefix("torch."))
        if self._too_many(t.numel()):
            return Opaque(type_name(t), f"elements:{t.numel()}")
        if t._is_zerotensor():  # forward-mode derivatives of what does not depend on the input: zeros without memory
            t = torch.zeros(t.shape, dtype=t.dtype, device=t.device)
        shape, stride, offset = tuple(t.shape), tuple(t.stride()), int(t.storage_offset())
        if _is_hollow(t, shape, stride, offset):
            return Opaque(type_name(t), "memory_gone")
        # Of a gradient no gradient in turn: two tensors can be each other's.
        grad = self._tensor(t.grad, with_grad=False) if with_grad and _has_grad(t) and t.grad is not None else None
        contiguous, place = t.is_contiguous(), place_of(t)
        return TensorFacts(
            _tensor_name(t),
            t.dtype,
            shape,
            _str(t.device),
            stride,
            offset,
            contiguous,
            t.requires_grad,
            t.is_leaf,
            None if t.grad_fn is None else type_name(t.grad_fn).rsplit(".", 1)[-1],
            0 if t.is_inference() else t._version,  # an inference tensor has no version, and raises
            elements_of(t),
            grad if isinstance(grad, TensorFacts) else None,
            place,
            contiguous or elements_are_own(place),
        )


def _pairs_of(thing: Any) -> list[tuple[Any, Any]]:
    """Keys and values of a dict of any subclass, by the methods of the real dict: those of a subclass may lie."""
    # An OrderedDict keeps an order of its own beside the dict's.
    return list(_OrderedDict.items(thing)) if _type(thing) is _OrderedDict else list(dict.items(thing))


def _entries_of(thing: Any) -> list[Any]:
    base = next(base for base in _SEQUENCES if _is(thing, base))
    return list(base.__iter__(thing))  # a subclass may iterate over anything


def _tensor_name(t: torch.Tensor) -> str:
    """The class of a tensor; on sim the one that it would have on a real device."""
    if _type(t) is not SimTensor:
        return type_name(t)
    return "torch.nn.parameter.Parameter" if getattr(t, "_is_param", False) else "torch.Tensor"


def _has_grad(t: torch.Tensor) -> bool:
    """Whether `.grad` may be asked for: PyTorch warns where there can be none."""
    return t.is_leaf or t.retains_grad


def _is_hollow(t: torch.Tensor, shape: tuple[int, ...], stride: tuple[int, ...], offset: int) -> bool:
    """Whether the storage was emptied under a tensor, so that to read it would end the process."""
    if t.device.type != "cpu" or 0 in shape:
        return False
    last = offset
    for step, size in zip(stride, shape, strict=True):
        last += step * (size - 1)
    return (last + 1) * t.itemsize > t.untyped_storage().nbytes()


def elements_of(t: torch.Tensor) -> bytes:
    """The bytes of a strided tensor's elements in row-major order; none where there are none to read (meta)."""
    if t.device.type != "cpu":
        if t.device.type == "meta" or t.numel() == 0:
            return b""
        t = t.detach().cpu()
    # Flags beside the memory: what lies there is not conjugated or negated yet.
    if t.is_conj() or t.is_neg():
        t = t.detach().resolve_conj().resolve_neg()
    if not t.is_contiguous():
        t = t.detach().contiguous()
    # Not by numpy(): a storage that NumPy has seen can never be resized again.
    return _string_at(t.data_ptr(), t.numel() * t.itemsize)


def take(thing: Any) -> Fact:
    """The facts of a value: a tensor, an array, plain data or a container of them; anything else is Opaque."""
    return _Taker().take(thing)


class _Walk:
    """Finds every tensor, array, container and other object with an identity in a value, with its path."""

    def __init__(self) -> None:
        self._nodes = 0
        self._open: set[int] = set()

    def walk(self, path: str, thing: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
        self._nodes += 1
        # Plain values have no identity that says anything: of many equal ones Python keeps one object.
        if self._nodes > MAX_NODES or depth > MAX_DEPTH or _type(thing) in _PLAIN or _is(thing, _generic):
            return
        yield path, thing
        if _id(thing) in self._open:
            return
        self._open.add(_id(thing))
        if _is(thing, dict):
            entries = [(_key_text(key, n), value) for n, (key, value) in enumerate(_pairs_of(thing))]
        elif _is(thing, (list, tuple)):
            entries = [(_str(n), value) for n, value in enumerate(_entries_of(thing))]
        else:
            entries = []
        for key, value in entries:
            yield from self.walk(f"{path}.{key}" if path else key, value, depth + 1)
        self._open.discard(_id(thing))


def _key_text(key: object, number: int) -> str:
    return _str(key) if _type(key) in _PLAIN else f"#{number}"  # no `__str__` of a student's is called


def _walk(path: str, thing: Any) -> Iterator[tuple[str, Any]]:
    return _Walk().walk(path, thing)


def _memories(value: Any, root: str) -> list[tuple[str, Any]]:
    return [(path, thing) for path, thing in _walk(root, value) if _is(thing, (_Tensor, _ndarray))]


_MAX_PAIRS = 20_000


def _shared(result: Any, arguments: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Which tensors of the result share memory with which of the arguments: by addresses, and tried by writing."""
    results = _memories(result, "")
    if not results:
        return frozenset()
    theirs = [
        (path, thing, place_of(thing)) for name, value in arguments.items() for path, thing in _memories(value, name)
    ]
    pairs: list[tuple[str, str]] = []
    looked_at = 0
    for path, mine in results:
        place = place_of(mine)
        looked_at += len(theirs)
        if looked_at > _MAX_PAIRS:  # more than any exercise returns: the rest is left unsaid
            break
        for name, other, other_place in theirs:
            # None where a write cannot be tried: then the addresses decide.
            if overlap(place, other_place) and writes_through(mine, other) is not False:
                pairs.append((path, name))
    return frozenset(pairs)


_NO_ITEMS: tuple[()] = ()  # Python has only one


def _same_objects(result: Any, arguments: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    known: dict[int, list[str]] = {}
    for name, value in arguments.items():
        for path, thing in _walk(name, value):
            if thing is not _NO_ITEMS:
                known.setdefault(_id(thing), []).append(path)
    return frozenset((path, name) for path, thing in _walk("", result) for name in known.get(_id(thing), ()))


def _student_lines(tb: types.TracebackType | None) -> tuple[str, ...]:
    """Lines of cells of the notebook; outside a notebook, of files that belong to no library."""
    cells = _cell_names()
    lines = []
    for frame in traceback.extract_tb(tb):
        name = frame.filename
        if not any(part in name for part in _NOT_STUDENTS) if cells is None else name in cells:
            text = linecache.getline(name, frame.lineno or 0).strip()
            if text:
                lines.append(text[:LINE_CHARACTERS])
    return tuple(lines[-3:])  # endless recursion has a thousand of them


def _cell_names() -> Container[str] | None:
    """The names under which IPython has compiled this notebook's cells; None outside a notebook."""
    module = sys.modules.get("IPython.core.interactiveshell")
    if module is None or not module.InteractiveShell.initialized():
        return None
    # Private to IPython, and open to a student: one without it counts as no notebook.
    names = getattr(module.InteractiveShell.instance().compile, "_filename_map", None)
    return names if _type(names) is dict else None


def facts_of_error(error: BaseException, skip: int = 1) -> Raised:
    """An exception as data. skip: how many of our own frames stand before the student's."""
    tb = error.__traceback__
    for _ in range(skip):
        tb = tb.tb_next if tb is not None else None
    return Raised(class_name(_type(error)), _bases_of(error), _text_of(error), _student_lines(tb))


def _bases_of(error: BaseException) -> tuple[str, ...]:
    return tuple(class_name(base) for base in _type(error).__mro__ if base is not object)


def default_incoming(shape: tuple[int, ...], dtype: torch.dtype, device: str | torch.device = "cpu") -> torch.Tensor:
    """The incoming gradient of a backward pass where the test gives none: no two elements alike, of both signs."""
    number = np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.float64)
    # Under equal weights a gradient that arrives at the wrong element looks right.
    values = (1.0 + 0.37 * number) * np.where(number % 3 == 2, -1.0, 1.0)
    return torch.from_numpy(values).to(dtype=dtype, device=device).reshape(shape)


@dataclass(frozen=True, slots=True)
class Backward:
    """A backward pass to run after the call. incoming: the gradient to start from; None for `default_incoming`."""

    incoming: torch.Tensor | None = None


class _Bounded(io.StringIO):
    """Printed text up to a bound; the rest is dropped."""

    def write(self, text: str) -> int:
        room = MAX_TEXT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


@dataclass(slots=True)
class _Ran:
    """How a piece of a student's code went. said: what it warned of; raised: what stopped it."""

    result: Any = None
    raised: Raised | None = None
    seconds: float = 0.0
    said: tuple[str, ...] = ()


def _run(fn: Callable[[], Any], printed: _Bounded, limit_s: float) -> _Ran:
    """Run it, with what it prints and warns of kept. Only KeyboardInterrupt gets through: that is a person's Ctrl-C."""
    ran = _Ran()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # by default a line warns once, and a second call would not
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(_Bounded()):
            start = time.perf_counter()
            try:
                with limited(limit_s):
                    ran.result = fn()
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # whatever else a student's code raises is data, SystemExit too
                raised = facts_of_error(error, skip=2)
                # Only where there is a limit: the grader's side takes no such word from a student's process.
                ran.raised = _out_of_time(raised) if limit_s and _is(error, OutOfTime) else raised
            ran.seconds = time.perf_counter() - start
    ran.said = tuple(f"{class_name(entry.category)}: {_text_of(entry.message)}"[:500] for entry in caught[:20])
    return ran


def _out_of_time(raised: Raised) -> Ended:
    return Ended(raised.type_name, raised.bases, raised.message, raised.own_lines, limit="timeout")


def bind(parameters: tuple[str, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name: those given by position take the names of `parameters`, then "argument 3" and so on."""
    names = [*parameters[: len(args)], *(f"argument {n + 1}" for n in range(len(parameters), len(args)))]
    return dict(zip(names, args, strict=True)) | dict(kwargs)


class _Before:
    """The arguments of a call as they were before it."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.facts = {name: take(value) for name, value in arguments.items()}
        self._arguments = arguments
        self._memory = {
            name: _place(value, self.facts[name])
            for name, value in arguments.items()
            if _is(value, (_Tensor, _ndarray))
        }
        # Strong references: an `id` is only good while its object lives.
        self._grads = {name: value.grad for name, value in arguments.items() if _is(value, _Tensor) and value.is_leaf}

    def kept_memory(self, after: Mapping[str, Fact]) -> dict[str, bool]:
        """Which arguments still lie where they lay. after: what they are now."""
        return {name: _place(self._arguments[name], after[name]) == place for name, place in self._memory.items()}

    def kept_grad(self) -> dict[str, bool]:
        """Which arguments still have their very `.grad` object."""
        return {name: _grad_of(self._arguments[name]) is grad for name, grad in self._grads.items()}


def _place(thing: Any, fact: Fact) -> Place | None:
    """Where a tensor or array lies: what its facts say, if they could be taken."""
    return fact.place if isinstance(fact, TensorFacts | ArrayFacts) else place_of(thing)


def _grad_of(t: torch.Tensor) -> torch.Tensor | None:
    return t.grad if _has_grad(t) else None


def watch(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    parameters: tuple[str, ...] = (),
    backward: Backward | None = None,
    limit_s: float = 0.0,
) -> Observation:
    """Call `fn(*args, **kwargs)` under PyTorch's defaults and tell what happened.

    parameters: names for the arguments given by position; limit_s: how many seconds the call, and again the backward
    pass, may take, 0 for any number (see `interruption`). Whatever the call raises is data, SystemExit too; only
    KeyboardInterrupt gets through. Arguments are not copied here: see `packing`.
    """
    with staying(), Usual() as usual:
        return _watched(fn, args, kwargs, bind(parameters, args, kwargs), backward, usual, limit_s)


def _watched(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    arguments: Mapping[str, Any],
    backward: Backward | None,
    usual: Usual,
    limit_s: float,
) -> Observation:
    before, printed = _Before(arguments), _Bounded()
    ran = _run(lambda: fn(*args, **kwargs), printed, limit_s)
    left = usual.settle()
    with _no_dispatch():
        returned = ran.raised is None
        after = {name: take(value) for name, value in arguments.items()}
        observation = Observation(
            arguments=before.facts,
            kept_memory=before.kept_memory(after),
            kept_grad=before.kept_grad(),
            result=take(ran.result) if returned else None,
            raised=ran.raised,
            shared=_shared(ran.result, arguments) if returned else frozenset(),
            objects=_same_objects(ran.result, arguments) if returned else frozenset(),
            after=after,
            left=left,
            printed=printed.getvalue(),
            warnings=ran.said,
            seconds=ran.seconds,
        )
    if backward is None or not returned:
        return observation
    gradients, raised = _run_backward(ran.result, arguments, backward, printed, usual, limit_s)
    # Once more what was printed: hooks print too.
    whole = {"gradients": gradients, "backward_raised": raised, "printed": printed.getvalue()}
    return msgspec.structs.replace(observation, **whole)


def outcome(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Observation:
    """Like `watch`, but tells `result` and `raised` only, and of an exception no lines. It does not look at the
    arguments, and leaves to its caller what is printed and warned of.
    """
    result, raised = None, None
    with Usual() as usual:
        try:
            result = fn(*args, **kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as in `_run`
            raised = Raised(class_name(_type(error)), _bases_of(error), _text_of(error))
        usual.settle()
        with _no_dispatch():
            return Observation({}, {}, take(result) if raised is None else None, raised)


def _run_backward(
    result: Any, arguments: Mapping[str, Any], backward: Backward, printed: _Bounded, usual: Usual, limit_s: float
) -> tuple[dict[str, TensorFacts | None], Raised | None]:
    """Backward through the result, if it takes part in a graph; what `.grad` holds then, by path of the argument."""
    raised = None
    if _is(result, _Tensor) and result.requires_grad:
        incoming = backward.incoming
        if incoming is None:
            incoming = default_incoming(tuple(result.shape), result.dtype, result.device)
        raised = _run(lambda: result.backward(incoming), printed, limit_s).raised
        usual.settle()
    gradients: dict[str, TensorFacts | None] = {}
    with _no_dispatch():
        for name, value in arguments.items():
            for path, thing in _walk(name, value):
                if _is(thing, _Tensor):
                    grad = thing.grad if thing.is_leaf else None
                    fact = None if grad is None else take(grad)
                    gradients[path] = fact if isinstance(fact, TensorFacts) else None
    return gradients, raised


def parameters_of(fn: Any) -> tuple[str, ...]:
    """Names of the parameters that take an argument by position, read without running anything of `fn`.

    Of a function under a decorator such as `@torch.no_grad()` those of the function itself; of a class those of its
    `__init__`; of a module those of its `forward`; of another object those of its `__call__`; of a
    `functools.partial` those that it leaves open.
    """
    if _is(fn, type):
        return _positional(_found(fn, "__init__"))[1:]
    if _is(fn, types.MethodType):
        return _positional(fn.__func__)[1:]
    if _is(fn, _Module):
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
    if not _is(fn, types.FunctionType):
        return ()
    code: types.CodeType = fn.__code__
    return code.co_varnames[: code.co_argcount]
