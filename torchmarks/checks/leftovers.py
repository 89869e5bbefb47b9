"""Finds what cells left behind that affects tests: settings, replaced library functions, names of the tests, threads.

Looked at after each cell, so that the cell can be named. In the sandbox this is a claim of the student's process, no
more. Names what it finds and undoes nothing. Must not judge.
"""

from __future__ import annotations

import ast
import builtins
import operator
import os
import re
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks import settings
from torchmarks.checks.left import Kind, Left


class _Namespace:
    """The functions of one namespace of a library, as they were when this was made."""

    def __init__(self, name: str, owner: Any, base: type | None = None) -> None:
        self._name, self._namespace = name, vars(owner)
        self._base = base  # of a class what it inherits: to assign a method adds a key and hides the inherited one
        originals = {key: value for key, value in self._namespace.items() if _is_function(key, value)}
        self._keys, self._values = tuple(originals), tuple(originals.values())
        self._get = operator.itemgetter(*self._keys)  # fetches thousands of values in one call
        self._count = len(self._namespace)
        self._known = frozenset(self._namespace)

    def replaced(self) -> Iterator[tuple[str, str]]:
        try:
            now = self._get(self._namespace)
        except KeyError:  # one of them was deleted
            now = tuple(map(self._namespace.get, self._keys))
        if not all(map(operator.is_, now, self._values)):
            for key, value, original in zip(self._keys, now, self._values, strict=True):
                if value is not original and not _is_libraries_own(value):
                    yield f"{self._name}.{key}", _name_of(value)
        if self._base is not None and len(self._namespace) != self._count:
            for key in self._namespace.keys() - self._known:
                value = self._namespace[key]
                if key in vars(self._base) and not _is_libraries_own(value):
                    yield f"{self._name}.{key}", _name_of(value)


def _is_function(key: str, value: object) -> bool:
    if key == "Storage":  # torch.set_default_dtype puts another there
        return False
    public = not key.startswith("_") or (key.startswith("__") and key.endswith("__"))
    return public and callable(value) and not isinstance(value, type(sys))


_FOLDERS: Final = (Path(str(torch.__file__)).parent, Path(str(np.__file__)).parent, Path(__file__).parents[1])
_HOMES: Final = tuple(f"{folder}{os.sep}" for folder in _FOLDERS)


def _is_libraries_own(thing: object) -> bool:
    """Whether it was written in one of the libraries or here: importing torch._dynamo replaces torch.manual_seed."""
    # A property, because registering sim puts one over Tensor.data.
    parts = (thing.fget, thing.fset) if isinstance(thing, property) else (thing,)
    codes = [getattr(part, "__code__", None) for part in parts]
    return any(isinstance(code, types.CodeType) and code.co_filename.startswith(_HOMES) for code in codes)


def _name_of(thing: object) -> str:
    if thing is None:
        return "deleted"
    name = getattr(thing, "__name__", None)
    text = name[:100] if type(name) is str else type(thing).__name__  # a student's object may have any `__name__`
    return text.encode("utf-8", "backslashreplace").decode("utf-8")  # a record cannot contain a lone surrogate


_LIBRARIES: Final = (
    _Namespace("torch", torch),
    _Namespace("torch.Tensor", torch.Tensor, torch._C.TensorBase),
    _Namespace("torch.nn.functional", torch.nn.functional),
    _Namespace("numpy", np),
)
_MOST: Final = 20  # of each kind
# What a cell has that replaces an attribute. Only then are thousands of functions looked at: to touch one in a fork
# copies the page of memory that it lies in.
_MAY_REPLACE: Final = re.compile(
    r"\.\s*\w+\s*(?:=(?!=)|\[?,.*[^=!<>]=(?!=))|\b(?:setattr|delattr|del|vars|exec|eval|patch)\b|__dict__|%run"
)

_BUILTINS: Final = frozenset(name for name in dir(builtins) if not name.startswith("_"))

Refer = Callable[[str, int | None], str]
_threads = torch.get_num_threads


def imports_tests(tree: ast.Module) -> bool:
    """Whether a cell imports the words of the tests, as the first cell of an assignment does."""
    return any(
        (isinstance(node, ast.ImportFrom) and node.module == "torchmarks")
        or (isinstance(node, ast.Import) and any(alias.name == "torchmarks" for alias in node.names))
        for node in tree.body
    )


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).split(".")[0]


def bound_by(body: list[ast.stmt]) -> set[str]:
    """Names that statements bind in their own scope: assignments, definitions, imports, loops."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            # `import a.b` binds a.
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        if not isinstance(node, ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return names


class Leftovers:
    """What the cells of one notebook have left.

    namespace: where they run; refer: how a cell is named, by its source and its number, or nothing for a cell of the
    assignment's own; threads: whether threads count, which is where tests run in a copy of the process.
    """

    def __init__(self, namespace: Mapping[str, Any], refer: Refer, *, threads: bool) -> None:
        self._namespace, self._refer = namespace, refer
        self._threads = (_threads(), len(threading.enumerate())) if threads else None
        self._own: dict[str, Any] = {}
        # Of Python's own names those that IPython, or a test, has given a value to.
        self._given = {name: namespace[name] for name in namespace.keys() & _BUILTINS}
        self._setup: str | None = None
        self._found: dict[tuple[Kind, str], Left] = {}

    def found(self) -> tuple[Left, ...]:
        """All of it, oldest first."""
        return tuple(left for left in self._found.values() if left.cell)

    def taken(self) -> dict[str, Any]:
        """The names of the tests that a cell has given another value, with what they mean in a test."""
        own = {name: self._own[name] for kind, name in self._found if kind == "name"}
        pythons = [left.setting for left in self._found.values() if left.kind == "builtin" and left.cell]
        return own | {name: getattr(builtins, name) for name in pythons}

    def learn(self, source: str, tree: ast.Module) -> None:
        """Names of the tests: all that the first cell that imports them binds, of later ones what they import."""
        if self._setup is None:
            self._setup = source
        again = source == self._setup
        for name in sorted(bound_by(tree.body) if again else set(_imported(tree))):
            if name in self._namespace and (again or name not in self._own):
                self._own[name] = self._namespace[name]

    def note(self, source: str, number: int | None, *, by_test: bool = False) -> None:
        """Looks at what a cell has left. by_test: it was a test, which may use names as it likes."""
        now = dict(self._now(source, by_test))
        if not now and not self._found:
            return
        kept = {key: left for key, left in self._found.items() if key in now}
        for key, value in now.items():
            if key not in kept or kept[key].value != value:
                kept.pop(key, None)
                kept[key] = Left(*key, value, self._refer(source, number))
        self._found = kept

    def _now(self, source: str, by_test: bool) -> Iterator[tuple[tuple[Kind, str], str]]:
        for name, text in settings.unusual().items():
            yield ("setting", name), text
        if by_test:
            known = {name for kind, name in self._found if kind == "builtin"}
            self._given |= {name: self._namespace[name] for name, _ in self._shadowed() if name not in known}
            for key, left in self._found.items():
                if left.kind != "setting":
                    yield key, left.value
            return
        # What was found is looked at again: a cell may have put it back in any way.
        suspect = _MAY_REPLACE.search(source) or any(kind == "function" for kind, _ in self._found)
        replaced = [pair for library in _LIBRARIES for pair in library.replaced()] if suspect else []
        for name, text in replaced[:_MOST]:
            yield ("function", name), text
        names = [name for name, value in self._own.items() if self._namespace.get(name) is not value]
        for name in names[:_MOST]:
            value = self._namespace.get(name)
            yield ("name", name), "deleted" if name not in self._namespace else type(value).__name__
        for name, text in list(self._shadowed())[:_MOST]:
            yield ("builtin", name), text
        if self._threads is not None:
            if _threads() != self._threads[0]:
                yield ("threads", "PyTorch's threads"), str(_threads())
            if (running := len(threading.enumerate()) - self._threads[1]) > 0:
                yield ("threads", "running threads"), str(running)

    def _shadowed(self) -> Iterator[tuple[str, str]]:
        """Python's own names that a cell has given a value to, with its type; a function may be what an exercise asks
        for.
        """
        for name in sorted(self._namespace.keys() & _BUILTINS):
            value = self._namespace[name]
            usual = value is getattr(builtins, name, None) or value is self._given.get(name, self)
            if not usual and name not in self._own and not isinstance(value, types.FunctionType | type):
                yield name, type(value).__name__
