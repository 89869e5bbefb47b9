"""Keeps track of what a notebook's cells define, and of what went wrong: a cell that stopped, a name with another
value.

Looked at before and after each cell. In the sandbox this is a claim of the student's process, no more. Must not judge.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import dis
import functools
import linecache
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType
from typing import Any, Final, NoReturn

from torchmarks.checks.errors_seen import facts_of_error
from torchmarks.checks.left import Left
from torchmarks.checks.leftovers import Refer, bound_by

_ABSENT: Final = object()
_FUNCTIONS: Final = (FunctionType, BuiltinFunctionType, MethodType, functools.partial)  # no class, no module
_LONGEST: Final = 200  # characters of an error
# By its lines: a cell that is not Python has no tree, and to parse every cell costs more.
_DEFINED: Final = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNED: Final = re.compile(r"^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_MOST: Final = 200  # names that are compared: a student's cell may define any number
_ALIKE: Final = 0.6  # the share from which difflib takes two names for each other


def defined_by(source: str) -> list[str]:
    """The functions and classes that a cell defines at its top level, also where it is not Python."""
    return _DEFINED.findall(source)


def meant(name: str, others: Iterable[str], cell: str) -> str:
    """Which of the other functions may be meant by a name that is missing: one that is spelled alike, else the only one
    that the cell defines. Nothing if there is none. cell: the source of its cell.
    """
    known = list(others)[:_MOST]
    own = [other for other in defined_by(cell) if other in known]
    alike = difflib.get_close_matches(name, known, 1, _ALIKE)
    return next(iter([*alike, *(own if len(own) == 1 else [])]), "")


def error_text(name: str, message: str) -> str:
    """The error that a cell stopped with, as "SyntaxError: '(' was never closed (line 2)"."""
    text = f"{name}: {message}".splitlines()[0].removesuffix(": ")
    # Python names a file as well, but cells have names only inside IPython. In English, like all of the error.
    return re.sub(r"\([^()]*, line (\d+)\)", r"(line \1)", text)


class NoFunction:
    """Replaces, in a call, a value that has the name of a function. kind: its type."""

    def __init__(self, name: str, kind: str) -> None:
        self.__name__, self.kind = name, kind

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"'{self.kind}' object is not callable")


def no_function(thing: object, frame: FrameType) -> NoFunction:
    """What is called in place of a thing that cannot be. frame: of the test, which has a name for it."""
    code = frame.f_code
    names = (*code.co_names, *code.co_varnames, *code.co_freevars)
    found = (n for n in names if frame.f_locals.get(n, frame.f_globals.get(n, _ABSENT)) is thing)
    return NoFunction(next(found, "the function"), type(thing).__name__)


def by_its_name(fn: Any, frame: FrameType) -> Any:
    """A function of the student's under the name that the test has for it. frame: of the test.

    Python may know it by another one: a lambda, a `partial`, a function that another has made or that has two names.
    """
    if not isinstance(fn, _FUNCTIONS):
        return fn
    own = getattr(fn, "__name__", "")
    if frame.f_globals.get(own, _ABSENT) is fn:
        return fn
    names = [name for name in frame.f_code.co_names if frame.f_globals.get(name, _ABSENT) is fn]
    return _called(fn, names[0]) if names and names[0] not in _made_in(frame) else fn


def functions_given(fn: object, args: tuple[Any, ...], parameters: Sequence[str], frame: FrameType) -> tuple[Any, ...]:
    """The arguments of a call, the student's function under the name that the test has for it, or a NoFunction in place
    of a value that has this name.

    frame: of the test. A scenario takes the student's function first, by its name; a value of that name which the test
    has not made itself comes of a student's cell.
    """
    if not args or not parameters or not isinstance(fn, FunctionType):
        return args
    given, name = args[0], parameters[0]
    if getattr(given, "__name__", "") == name or (callable(given) and not isinstance(given, _FUNCTIONS)):
        return args
    file = fn.__code__.co_filename
    is_scenario = file == frame.f_code.co_filename or file.startswith("<hidden ")
    if not is_scenario or frame.f_globals.get(name, _ABSENT) is not given or name in _made_in(frame):
        return args
    return (_called(given, name) if callable(given) else NoFunction(name, type(given).__name__), *args[1:])


def _called(fn: Any, name: str) -> Any:
    """A function that does what `fn` does, and has another name."""

    @functools.wraps(fn, updated=())
    def function(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    return function


def _made_in(frame: FrameType) -> set[str]:
    """The names that a test binds: by its code, and by its source, for IPython runs a cell statement by statement."""
    names = {step.argval for step in dis.get_instructions(frame.f_code) if step.opname.startswith("STORE_")}
    with contextlib.suppress(SyntaxError):
        names |= bound_by(ast.parse("".join(linecache.getlines(frame.f_code.co_filename))).body)
    return names


@dataclass(frozen=True, slots=True)
class Stopped:
    """A cell that stopped before it bound a name. older: what the name still refers to, or `_ABSENT`; cell_id: what the
    notebook calls the cell, if it does.
    """

    cell: str
    error: str
    older: Any
    cell_id: str | None


class Definitions:
    """What the cells of one notebook have defined. namespace: where they run; refer: how a cell is named."""

    def __init__(self, namespace: Mapping[str, Any], refer: Refer) -> None:
        self._namespace, self._refer = namespace, refer
        self._before: dict[str, Any] = {}
        self._stopped: dict[str, Stopped] = {}
        self._values: dict[str, Left] = {}
        self._homes: dict[str, tuple[str | None, Any]] = {}  # a function's name -> the id of its cell, and the function
        self._runs: dict[str, tuple[str, int | None]] = {}  # id of a cell -> its source and number when it last ran
        self.functions: dict[str, None] = {}  # that a cell has ever defined, in order
        self.last = ""  # the source of the last cell that ran and is not a test

    def before(self, source: str) -> None:
        """Remembers what a cell that begins may bind anew, as long as it runs."""
        names = {*defined_by(source), *_ASSIGNED.findall(source)}
        values = ((name, self._namespace.get(name, _ABSENT)) for name in names)
        self._before = {name: value for name, value in values if value is _ABSENT or callable(value)}

    def after(self, source: str, number: int | None, error: BaseException | None, cell_id: str | None = None) -> None:
        """Looks at what a cell that is not a test has bound, when it has ended. error: what stopped it; cell_id: the
        same whenever the same cell of a notebook runs, if known.
        """
        before, self._before, self.last = self._before, {}, source
        bound = {name for name, value in before.items() if self._namespace.get(name, _ABSENT) is not value}
        mentioned = {*before, *defined_by(source), *_ASSIGNED.findall(source)}
        for name in bound if error is not None else mentioned:
            self._stopped.pop(name, None)
        if cell_id:
            self._runs[cell_id] = source, number
            self._stopped = {n: s for n, s in self._stopped.items() if s.cell_id != cell_id or n in mentioned}
        self.functions |= dict.fromkeys(name for name in defined_by(source) if callable(self._namespace.get(name)))
        for name in (bound if error is not None else mentioned) & self.functions.keys():
            self._homes[name] = cell_id, self._namespace.get(name)
        if error is not None and (missed := before.keys() - bound):
            cell = self._refer(source, number)
            self._stopped |= self._stops(missed, before, cell, error, cell_id)
        self._values = dict(self._taken(source, number))

    def _stops(
        self, names: Iterable[str], before: Mapping[str, Any], cell: str, error: BaseException, cell_id: str | None
    ) -> Iterator[tuple[str, Stopped]]:
        raised = facts_of_error(error)
        text = error_text(raised.type_name, raised.message)[:_LONGEST]
        for name in names:
            # Of two that stopped in a row the older one is the same.
            yield name, Stopped(cell, text, before[name], cell_id)

    def _taken(self, source: str, number: int | None) -> Iterator[tuple[str, Left]]:
        for name in self.functions:
            value = self._namespace.get(name, _ABSENT)
            if value is not _ABSENT and not callable(value):
                kind = type(value).__name__
                known = self._values.get(name)
                kept = known if known is not None and known.value == kind else None
                yield name, kept or Left("value", name, kind, self._refer(source, number))

    def _gone(self) -> Iterator[Left]:
        """Functions that are still there although the cell that defined them has run again without them."""
        for name, (cell_id, function) in self._homes.items():
            # A name that refers to something else by now was bound by another cell, in whatever way.
            if not callable(function) or self._namespace.get(name) is not function or name in self._stopped:
                continue
            source, number = self._runs.get(cell_id or "", ("", None))
            if cell_id in self._runs and name not in (*defined_by(source), *_ASSIGNED.findall(source)):
                others = {other for other in defined_by(source) if callable(self._namespace.get(other))}
                yield Left("gone", name, others.pop() if len(others) == 1 else "", self._refer(source, number))

    def found(self) -> tuple[Left, ...]:
        """Older functions that tests would use, and names of functions that are values now."""
        older = [
            Left("older", name, stopped.error, stopped.cell)
            for name, stopped in self._stopped.items()
            if stopped.older is not _ABSENT and self._namespace.get(name) is stopped.older
        ]
        return tuple(left for left in (*older, *self._gone(), *self._values.values()) if left.cell)

    def present(self) -> list[str]:
        """The functions and classes that there are now, without those that their cell no longer defines."""
        gone = {left.setting for left in self._gone()}
        return [name for name in self.functions if callable(self._namespace.get(name)) and name not in gone]

    def stopped(self, name: str) -> str:
        """The error of the cell that would have bound a name which is missing now, or nothing."""
        stopped = self._stopped.get(name)
        return stopped.error if stopped is not None and stopped.older is _ABSENT else ""
