"""Brings answers into a normal form, without their names, annotations, docstrings and layout.

Two answers with one normal form are one answer; a hash of it decides which answers of a misconception are imitated.
Pure text.
"""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache


class _Names(ast.NodeTransformer):
    """Calls what the answer itself binds by numbers, in the order of their first appearance."""

    def __init__(self, bound: frozenset[str]) -> None:
        self._bound = bound
        self._numbers: dict[str, str] = {}

    def _of(self, name: str) -> str:
        if name not in self._bound:
            return name
        return self._numbers.setdefault(name, f"_{len(self._numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._of(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self._of(node.arg))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.name, node.returns, node.type_comment = self._of(node.name), None, None
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._of(node.name)
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        assigned: ast.AST = self.visit(ast.Assign([node.target], node.value))
        return assigned

    def visit_alias(self, node: ast.alias) -> ast.AST:
        return ast.alias(node.name, self._of(node.asname) if node.asname else None)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return (body[1:] if is_text else body) or [ast.Pass()]


def _bound(tree: ast.Module) -> frozenset[str]:
    """Every name that an answer binds, those asked for too: each answer of an exercise binds them."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias) and node.asname:
            names.add(node.asname)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
    return frozenset(names)


@lru_cache(maxsize=8192)
def normal_form(source: str) -> str:
    """A hash of the answer's normalised syntax tree; of its text where that is not Python."""
    try:
        tree = ast.parse(source)
        form = ast.dump(_Names(_bound(tree)).visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        form = " ".join(source.split())
    return hashlib.sha256(form.encode("utf-8", "replace")).hexdigest()[:16]


@lru_cache(maxsize=8192)
def is_python(source: str) -> bool:
    """Whether the source compiles."""
    try:
        compile(source, "<answer>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
