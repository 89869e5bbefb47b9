"""Writes any argument of a test as code: plain values, containers, tensors, functions by their source, PyTorch modules.

Raises Unwritable for what has no exact code. Must not call a function of the test.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks import literals, sources
from torchmarks.checks.drawn import drawn_as
from torchmarks.checks.formatting import Proxy
from torchmarks.checks.literals import Unwritable
from torchmarks.checks.modules import ModuleWriter, made_by
from torchmarks.checks.packing import PackedArguments, pack
from torchmarks.checks.placing import MemoryWriter
from torchmarks.checks.unpacking import unpack_numbered

_INLINE: Final = 50  # characters of an argument that is written into the call itself
_DRAWN: Final = 40  # elements: a smaller tensor is written out
_PUBLIC: Final = ("restored", "drawn")  # of the package, imported by a line of its own where they are used


def student_name(fn: Any) -> str:
    name = str(getattr(fn, "__name__", ""))
    if not all(part.isidentifier() for part in name.split(".")):
        raise Unwritable("a function without a name")
    return name


class Writer(MemoryWriter):
    """Writes values; lines that they need go to `lines`."""

    def __init__(
        self, packed: PackedArguments, numbers: Mapping[int, int], lines: list[str], taken: Iterable[str]
    ) -> None:
        super().__init__(packed, numbers, lines, taken)
        self._outer: dict[str, Any] = {}  # names that functions read, with their values

    def finish(self) -> None:
        """Puts the imports that the lines need before them."""
        used = [name for name in _PUBLIC if any(f"{name}(" in line for line in self._lines)]
        if used:
            self._lines.insert(0, f"from torchmarks import {', '.join(used)}")

    def top(self, value: Any, hint: str, original: Any = None, *, must: bool = False) -> str:
        """An argument; long ones, and those that `must` have a name, are bound on a line of their own."""
        text = self._drawn(value, original) or self.value(value, hint)
        if text.isidentifier() and text not in ("None", "True", "False"):
            return text
        long = len(text) > _INLINE or any(f"{name}(" in text for name in _PUBLIC)
        if not must and not long:
            return text
        name = self._bind(hint, text)
        number = self._numbers.get(id(value))
        if number is not None:
            self._name[number] = name
        return name

    def _drawn(self, value: Any, original: Any) -> str | None:
        number = self._numbers.get(id(value))
        if number is None or self._often[number] > 1 or len(self._group(number)) > 1:
            return None
        size = value.numel() if isinstance(value, torch.Tensor) else value.size
        return drawn_as(original) if size > _DRAWN else None

    def value(self, value: Any, hint: str = "x") -> str:
        """An expression for any value. Raises Unwritable."""
        number = self._numbers.get(id(value))
        if number is not None and isinstance(value, torch.Tensor | np.ndarray):
            return self._thing(number)
        text = literals.plain(value)
        if text is not None:
            return text
        kind = type(value)
        if kind in (list, tuple, set, frozenset):
            return self._items(value)
        if kind is dict:
            inner = [f"{self.value(key)}: {self.value(item, _as_name(key, hint))}" for key, item in value.items()]
            return "{" + ", ".join(inner) + "}"
        if isinstance(value, Proxy):
            return student_name(value)
        if isinstance(value, torch.nn.Module):
            return self._module(value, hint)
        return self._code(value)

    def _items(self, value: Any) -> str:
        kind = type(value)
        inner = [self.value(item) for item in value]
        if kind is list:
            return f"[{', '.join(inner)}]"
        if kind is tuple:
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        if kind is set and inner:
            return "{" + ", ".join(sorted(inner)) + "}"
        entries = f"[{', '.join(sorted(inner))}]" if inner else ""
        return f"{kind.__name__}({entries})"

    def _code(self, fn: Any, *, as_lambda: bool = False) -> str:
        name = sources.library_name(fn)
        if name is not None:
            return name
        if not isinstance(fn, types.FunctionType):
            raise Unwritable(f"a {type(fn).__name__}")
        node = sources.own_source(fn)
        if node is None:
            raise Unwritable("a function whose source is not known")
        for outer in sources.outer_names(node):
            self._define(outer, sources.value_of(fn, node, outer))
        source, is_def = sources.one_line(sources.as_lambda(node) if as_lambda else node)
        if not is_def:
            return source
        self._claim(fn.__name__, fn)
        self._run(source)
        return fn.__name__

    def _define(self, name: str, value: Any) -> None:
        """Makes sure that a name which a function reads has its value."""
        if isinstance(value, types.ModuleType):
            if self._space.get(name) is not value and self._claim(name, value):
                self._run(f"import {value.__name__} as {name}")
        elif isinstance(value, Proxy) or (name == "device" and literals.plain(value) == "accelerator()"):
            self._claim(name, value, known=True)  # the notebook has it
        elif self._claim(name, value):
            try:
                packed = pack((value,))
            except Exception as error:
                raise Unwritable(str(error)) from None
            (copy,), numbers = unpack_numbered(packed)
            inner = Writer(packed, numbers, self._lines, self._taken - {name})
            inner._space = self._space
            inner.look_ahead([(name, copy)])
            text = inner.value(copy, name)
            if text != name:
                self._run(f"{name} = {text}")
            self._taken |= inner._taken

    def _claim(self, name: str, value: Any, *, known: bool = False) -> bool:
        """Whether a name has yet to get this value. Raises Unwritable where it has another one."""
        if name in self._outer:
            if self._outer[name] is not value:
                raise Unwritable(f"{name} means two things")
            return False
        if name in self._taken and not known and not isinstance(value, types.ModuleType) and name in self._space:
            raise Unwritable(f"{name} means two things")
        self._outer[name] = value
        self._taken.add(name)
        return True

    def _module(self, module: torch.nn.Module, hint: str) -> str:
        name = self._bind(hint if hint != "x" else "model", made_by(module, self._own_class))
        ModuleWriter(self._run, self._own_class).finish(name, self._space[name], module)
        return name

    def _own_class(self, kind: type) -> str:
        """The name of a class of the test's, a module with nothing but `forward`: a line defines it."""
        forward = vars(kind).get("forward")
        inside = [name for name, value in vars(kind).items() if callable(value) or not name.startswith("__")]
        if kind.__bases__ != (torch.nn.Module,) or inside != ["forward"] or not isinstance(forward, types.FunctionType):
            raise Unwritable(f"a {kind.__name__}")
        if self._claim(kind.__name__, kind):
            text = self._code(forward, as_lambda=True)
            self._run(f"class {kind.__name__}(torch.nn.Module): forward = {text}")
        return kind.__name__


def _as_name(key: Any, hint: str) -> str:
    return key if isinstance(key, str) and key.isidentifier() else hint
