"""Finds the source of a small function of a test: a lambda, a `def` of one line, a function of a library.

What is found is compared with the function: the same bytecode, or none is shown. Nothing but the function's own source
leaves this module, of a hidden test neither. Must not run what it reads.
"""

from __future__ import annotations

import ast
import builtins
import copy
import linecache
import types
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import torch

_KEPT: Final = 512  # cells: those of the assignments that one process grades
_cells: dict[str, str] = {}


def keep(file_name: str, source: str) -> None:
    """Remembers the source of a test cell that is compiled under a name which no file and no traceback knows."""
    _cells.pop(file_name, None)
    _cells[file_name] = source
    while len(_cells) > _KEPT:
        del _cells[next(iter(_cells))]


def _source_of(file_name: str) -> str:
    return _cells.get(file_name) or "".join(linecache.getlines(file_name))


_LIBRARIES: Final = (
    ("torch", torch),
    ("torch.nn.functional", torch.nn.functional),
    ("torch.linalg", torch.linalg),
    ("torch.special", torch.special),
    ("torch.Tensor", torch.Tensor),
    ("torch.nn", torch.nn),
    ("torch.optim", torch.optim),
    ("np", np),
    ("", builtins),
)


def library_name(thing: Any) -> str | None:
    """How a notebook reaches a function or class of Python, NumPy or PyTorch; None where that is nobody's."""
    name = getattr(thing, "__name__", None)
    if not isinstance(name, str) or not name.isidentifier():
        return None
    for prefix, home in _LIBRARIES:
        if getattr(home, name, None) is thing:
            return f"{prefix}.{name}" if prefix else name
    return None


def own_source(fn: types.FunctionType) -> ast.Lambda | ast.FunctionDef | None:
    """The syntax of a lambda or a `def`, where its source is known and gives the same bytecode."""
    try:
        tree = ast.parse(_source_of(fn.__code__.co_filename))
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if not isinstance(node, ast.Lambda | ast.FunctionDef) or node.lineno != fn.__code__.co_firstlineno:
            continue
        if any(_same_code(code, fn.__code__) for code in _compiled(node, fn.__code__.co_freevars)):
            return node
    return None


def _compiled(node: ast.Lambda | ast.FunctionDef, free: tuple[str, ...]) -> Iterator[types.CodeType]:
    """The code of the function alone, with its free names bound around it as they were."""
    inner: ast.stmt = ast.Expr(node) if isinstance(node, ast.Lambda) else node
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        return  # what the decorator made is another function
    around: list[ast.stmt] = [ast.Assign([ast.Name(name, ast.Store())], ast.Constant(None)) for name in free]
    arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    # A function around it makes its free names cells; without any, names are global as they were.
    body = [ast.FunctionDef("around", arguments, [*around, inner], [])] if free else [inner]
    module = ast.fix_missing_locations(ast.Module(body, []))  # type: ignore[arg-type]
    whole = compile(module, "<source>", "exec")
    for code in _codes_in(whole) if free else [whole]:
        yield from _codes_in(code)  # not those of functions inside it: they are nodes of their own


def _codes_in(code: types.CodeType) -> list[types.CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def _same_code(a: types.CodeType, b: types.CodeType) -> bool:
    looks = [(c.co_code, c.co_names, c.co_varnames, c.co_freevars, c.co_argcount, len(c.co_consts)) for c in (a, b)]
    return looks[0] == looks[1] and all(
        _same_code(x, y) if isinstance(x, types.CodeType) and isinstance(y, types.CodeType) else repr(x) == repr(y)
        for x, y in zip(a.co_consts, b.co_consts, strict=True)
    )


def outer_names(node: ast.Lambda | ast.FunctionDef) -> list[str]:
    """Names that the source reads and does not bind itself, builtins apart, in the order of the source."""
    bound = {argument.arg for inner in ast.walk(node) if isinstance(inner, ast.arguments) for argument in _every(inner)}
    bound |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    # A default is read outside, and may have the parameter's own name: `lambda x, k=k: …`.
    defaults = {n.id for d in _defaults(node.args) for n in ast.walk(d) if isinstance(n, ast.Name)}
    used = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return [n for n in dict.fromkeys(used) if (n not in bound or n in defaults) and not hasattr(builtins, n)]


def _every(arguments: ast.arguments) -> list[ast.arg]:
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]


def value_of(fn: types.FunctionType, node: ast.Lambda | ast.FunctionDef, name: str) -> Any:
    """The value of an outer name in the function. Raises KeyError where that is not known."""
    places = [*node.args.posonlyargs, *node.args.args]
    for place, default, value in zip(
        places[len(places) - len(node.args.defaults) :], node.args.defaults, fn.__defaults__ or (), strict=True
    ):
        if isinstance(default, ast.Name) and default.id == name:
            assert place  # the value that the default had when the function was made
            return value
    for keyword, given in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if isinstance(given, ast.Name) and given.id == name:
            return (fn.__kwdefaults__ or {})[keyword.arg]
    if name in fn.__code__.co_freevars:
        try:
            return (fn.__closure__ or ())[fn.__code__.co_freevars.index(name)].cell_contents
        except ValueError:  # a cell that is empty yet
            raise KeyError(name) from None
    return fn.__globals__[name]


def one_line(node: ast.Lambda | ast.FunctionDef) -> tuple[str, bool]:
    """The source in as few lines as it can have, and whether it is a `def`."""
    if isinstance(node, ast.Lambda):
        return ast.unparse(node), False
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))] or node.body
    bare = ast.FunctionDef(node.name, node.args, body, [])
    text = ast.unparse(ast.fix_missing_locations(bare))
    head, _, rest = text.partition("\n")
    return (f"{head} {rest.strip()}" if len(body) == 1 and "\n" not in rest else text), True


def as_lambda(node: ast.Lambda | ast.FunctionDef) -> ast.Lambda | ast.FunctionDef:
    """A `def` that only returns, as a lambda without annotations; any other function as it is."""
    if isinstance(node, ast.Lambda):
        return node
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    match body:
        case [ast.Return(ast.expr() as value)]:
            arguments = copy.deepcopy(node.args)
            for argument in _every(arguments):
                argument.annotation = None
            return ast.Lambda(arguments, value)
    return node
