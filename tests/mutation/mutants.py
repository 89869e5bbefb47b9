"""Mutants of a reference solution: one small change each, of the kinds that students make.

Operators, comparisons, constants, dtypes, dims, conditions, dropped calls (`.clone()`, `.detach()`, `zero_grad`, …),
dropped statements, dropped `with` blocks and raises. Pure: source in, sources out. Docstrings and annotations are left
alone. A general mutation tool changes a package's files and runs its tests once for each; here many mutants share a
notebook.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Pow: ast.Mult,
    ast.Mod: ast.Mult, ast.MatMult: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_DTYPES = {
    "float32": "float64",
    "float64": "float32",
    "int64": "int32",
    "int32": "int64",
    "bool": "uint8",
    "uint8": "int64",
}
# Calls that a chain can do without: x.clone() becomes x.
_DROPPED = {
    "clone", "detach", "contiguous", "copy", "requires_grad_", "to", "cpu", "float", "double", "bool", "long",
    "unsqueeze", "squeeze", "flatten", "reshape", "view", "sum", "mean", "sqrt", "exp", "abs", "clamp",
    "masked_fill", "mT", "t", "item", "numpy", "expand", "repeat", "flip", "sort", "cumsum", "tolist",
    "nan_to_num", "logical_not", "neg", "square",
}  # fmt: skip

_SYMMETRIC = {"transpose", "promote_types", "max", "min", "maximum", "minimum"}  # the order of two arguments is free


@dataclass(frozen=True, slots=True)
class Mutant:
    """`change`: "old → new", the changed piece only, by which survivors are listed; `source`: the whole solution."""

    change: str
    source: str


def _copied(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _edits(node: ast.AST) -> Iterator[ast.AST]:
    """Every small change of one expression."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield _copied(node, op=_OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        yield _copied(node, ops=[_COMPARISONS[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.BoolOp):
        yield _copied(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Attribute) and node.attr in _DTYPES and isinstance(node.value, ast.Name):
        if node.value.id in ("torch", "np"):
            yield _copied(node, attr=_DTYPES[node.attr])
    elif isinstance(node, ast.Call):
        yield from _calls(node)


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
        if node.value == 1:
            yield ast.Constant(0)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in _DROPPED and not _is_module(function.value):
        yield function.value
    symmetric = ast.unparse(function).split(".")[-1] in _SYMMETRIC
    if len(node.args) >= 2 and not symmetric and not any(isinstance(argument, ast.Starred) for argument in node.args):
        yield _copied(node, args=[node.args[1], node.args[0], *node.args[2:]])
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield _copied(node, keywords=[other for other in node.keywords if other is not keyword])


def _is_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("torch", "np", "nn", "F", "copy", "math")


def _statements(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Every small change of one statement, as the statements that take its place."""
    if isinstance(node, ast.With):
        yield node.body
    elif isinstance(node, ast.If):
        yield [ast.Pass()] if not node.orelse else node.orelse
        yield node.body
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
        yield [ast.Pass()]
    elif isinstance(node, ast.AugAssign):
        yield [ast.Assign([node.target], node.value)]


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, by: ast.AST | list[ast.stmt]) -> None:
        self._target, self._by = target, by

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:  # type: ignore[override]
        return self._by if node is self._target else self.generic_visit(node)


def _body_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """Nodes of function bodies: signatures, annotations and docstrings are not the solution."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            first = function.body[0]
            body = (
                function.body[1:]
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                else function.body
            )
            for statement in body:
                yield from (node for node in ast.walk(statement) if not isinstance(node, ast.FunctionDef))


def mutants_of(source: str) -> list[Mutant]:
    """All mutants of a solution that differ from it and from each other, and that Python accepts."""
    tree = ast.parse(source)
    found: dict[str, Mutant] = {}
    original = ast.unparse(tree)
    for node in {id(n): n for n in _body_nodes(tree)}.values():
        changes: list[ast.AST | list[ast.stmt]] = list(_edits(node))
        if isinstance(node, ast.stmt):
            changes += list(_statements(node))
        for change in changes:
            text = _rewritten(tree, node, change)
            if text is not None and text != original and text not in found:
                parts = change if isinstance(change, list) else [change]
                after = "; ".join(ast.unparse(ast.fix_missing_locations(part)) for part in parts)
                change_made = f"{_line(ast.unparse(node))} → {_line(after)}"
                again = sum(mutant.change.split(" #")[0] == change_made for mutant in found.values())
                found[text] = Mutant(change_made + (f" #{again + 1}" if again else ""), text)
    return list(found.values())


def _line(text: str) -> str:
    return " ".join(text.split())[:80]


def _rewritten(tree: ast.Module, node: ast.AST, change: ast.AST | list[ast.stmt]) -> str | None:
    """The source with one node replaced; None when that is no Python."""
    number = next(n for n, other in enumerate(ast.walk(tree)) if other is node)
    other_tree = copy.deepcopy(tree)
    target = list(ast.walk(other_tree))[number]
    replaced = _Replace(target, copy.deepcopy(change)).visit(other_tree)
    try:
        text = ast.unparse(ast.fix_missing_locations(replaced))
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError, AttributeError):
        return None
    return text
