"""Reads the source of a cell before it runs: parameters, names, compiled code.

Pure, and runs nothing. The source of a test is the same for a whole class, so it is read and compiled once. Must not
parse a student's source: that is done within limits by `repair.names.Reader`.
"""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Final

from torchmarks.errors import AuthorError
from torchmarks.isolation.client.signatures import ClassSignature

_TESTS_KEPT: Final = 256  # an assignment has some dozens of test cells, and a worker grades one assignment at a time


def signatures_of(sources: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Parameter names of the functions that the released solution cells define; classes by their __init__."""
    found: dict[str, tuple[str, ...]] = {}
    for source in sources:
        with contextlib.suppress(SyntaxError, ValueError):
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef):
                    found[node.name] = _parameters(node, skip=0)
                elif isinstance(node, ast.ClassDef):
                    inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
                    found[node.name] = ClassSignature(_parameters(inits[0], skip=1) if inits else ())
    return found


def _parameters(node: ast.FunctionDef, skip: int) -> tuple[str, ...]:
    # Without those that are given by keyword only: a call has their names itself.
    return tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))[skip:]


def without_magics(source: str) -> str:
    """Magics and shell lines have no meaning outside a shell: a test that has them runs without."""
    return "\n".join("pass" if line[:1] in "%!" and line else line for line in source.splitlines())


@functools.lru_cache(maxsize=_TESTS_KEPT)
def compiled(source: str, name: str) -> CodeType | None:
    """The code of a locked cell; None where it is not Python."""
    try:
        # No file has such a name, so that no traceback can quote a line of the cell.
        return compile(without_magics(source), f"<hidden {name}>", "exec")
    except SyntaxError:
        return None


@functools.lru_cache(maxsize=_TESTS_KEPT)
def split_last(source: str, name: str) -> tuple[CodeType, CodeType | None]:
    """A test's code, its last expression apart. Raises AuthorError when it does not compile."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise AuthorError(f"The test cell {name} is not Python: {error}.") from None
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr)
        last = compile(ast.Expression(expression.value), f"<hidden {name}>", "eval")
    return compile(tree, f"<hidden {name}>", "exec"), last


def _nodes(source: str) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(without_magics(source))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


@functools.lru_cache(maxsize=_TESTS_KEPT)
def used(source: str) -> frozenset[str]:
    """Names that a locked cell mentions, wherever it does."""
    # Those that it only binds are among them: to fetch one name more costs less than to know the order of evaluation.
    return used_in(_nodes(source))


def used_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that these nodes of a syntax tree mention."""
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


@functools.lru_cache(maxsize=_TESTS_KEPT)
def assigned(source: str) -> frozenset[str]:
    """Names that a locked cell binds at its top level or below: assignments, definitions, imports."""
    return bound_in(_nodes(source))


def bound_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that these nodes of a syntax tree bind."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return frozenset(found)
