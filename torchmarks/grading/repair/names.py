"""Finds the names that a piece of student code defines, and where it can be cut.

Pure: parses, never compiles or runs. Python's parser is the judge where it can read the code; where it cannot (a syntax
error, a deliberately huge expression) the definitions at the left margin are found line by line.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping

_MAX_CELL = 50_000  # characters of one cell; what is longer is data, not an answer
_MAX_TOTAL = 400_000  # characters parsed for one notebook: parsing takes about 1 µs for each, and memory beyond that
_MAGIC = re.compile(r"^([ \t]*)[%!?][^\n]*|^([ \t]*)[\w.]+\?{1,2}[ \t]*$", re.MULTILINE)
_AT_MARGIN = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


class Reader:
    """Reads the cells of one notebook, each once, and no more code than a person writes.

    Beyond its budget it answers as for code that Python cannot read.
    """

    def __init__(self) -> None:
        self._left = _MAX_TOTAL
        self._names: dict[str, frozenset[str] | None] = {}
        self._nodes: dict[str, list[ast.AST]] = {}

    def parse(self, source: str) -> ast.Module | None:
        """`source` as a syntax tree, IPython magics read as `pass`; None where Python cannot read it."""
        if len(source) > min(_MAX_CELL, self._left):
            return None
        self._left -= len(source)
        return _parse(source)

    def nodes(self, source: str) -> list[ast.AST]:
        """All nodes of the syntax tree of `source`; none where it cannot be parsed."""
        if source not in self._nodes:
            tree = self.parse(source)
            self._nodes[source] = list(ast.walk(tree)) if tree is not None else []
        return self._nodes[source]

    def is_code(self, source: str) -> bool:
        """Whether Python can read `source`, magics apart."""
        return self._parsed_names(source) is not None

    def defined_names(self, source: str, *, code_only: bool = False) -> frozenset[str]:
        """Names that `source` binds at module level by `def`, `class` or assignment.

        code_only: for text that may be prose, of which only what Python can parse counts.
        """
        names = self._parsed_names(source)
        if names is not None:
            return names
        if code_only:
            return frozenset()
        return frozenset(name for pair in _AT_MARGIN.findall(source) for name in pair if name)

    def _parsed_names(self, source: str) -> frozenset[str] | None:
        if source not in self._names:
            tree = self.parse(source)
            found = None if tree is None else frozenset(name for node in tree.body for name in _bound(node))
            self._names[source] = found
        return self._names[source]

    def split_by_owner(self, source: str, owner_of: Mapping[str, int], home: int) -> dict[int, str] | None:
        """Cut merged code into one piece per owner, at whole statements.

        owner_of: by defined name, its owner. Statements that define none of these names stay with the piece
        before them (the first ones with `home`). Returns None where the code cannot be parsed or nothing is to be cut.
        """
        source = source.replace("\r\n", "\n").replace("\r", "\n")  # Python counts all three as one line end
        tree = self.parse(source)
        return None if tree is None else _pieces(tree, source.split("\n"), owner_of, home)

    def without(self, source: str, given: str) -> str:
        """The statements of `source` that are not in `given` and assert nothing; "" where it cannot be parsed."""
        source = source.replace("\r\n", "\n").replace("\r", "\n")
        tree, known = self.parse(source), self.parse(given)
        if tree is None or known is None:
            return ""
        lines, old = source.split("\n"), {ast.dump(node) for node in known.body}
        kept: dict[int, str] = {}  # by line: two statements may share one
        for node in tree.body:
            if isinstance(node, ast.Assert) or ast.dump(node) in old:
                continue
            first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
            kept.update((number, lines[number]) for number in range(first - 1, node.end_lineno or node.lineno))
        return "\n".join(kept.values())

    def mentions(self, source: str, names: frozenset[str]) -> bool:
        """Whether `source` reads any of `names`; yes as well where it cannot be parsed."""
        tree = self.parse(source)
        if tree is None:
            return True
        return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))


def _parse(source: str) -> ast.Module | None:
    if source.lstrip().startswith("%%"):
        source = "pass\n" + source.split("\n", 1)[1] if "\n" in source else "pass"
    # a magic keeps its line, so that line numbers still fit the student's text
    plain = _MAGIC.sub(lambda match: (match[1] or match[2] or "") + "pass", source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence" is the student's affair
        for text in dict.fromkeys((source, plain)):  # as it is first: `%` may begin a line of an ordinary expression
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _bound(statement: ast.stmt) -> list[str]:
    names: list[str] = []
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, ast.Assign):
            todo.extend(node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            todo.append(node.target)
        elif isinstance(node, ast.Tuple | ast.List | ast.Starred | ast.If | ast.Try | ast.With | ast.ExceptHandler):
            todo.extend(ast.iter_child_nodes(node))
    return names


def _pieces(tree: ast.Module, lines: list[str], owner_of: Mapping[str, int], home: int) -> dict[int, str] | None:
    cuts: list[tuple[int, int]] = []  # (first line, owner)
    current, last_line = home, 0
    for node in tree.body:
        owners = sorted({owner_of[name] for name in _bound(node) if name in owner_of})
        start = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))]) - 1
        if owners and owners[0] != current and start >= last_line:
            while start > last_line and lines[start - 1].lstrip().startswith("#"):
                start -= 1  # a comment directly above belongs to the definition below it
            cuts.append((start, owners[0]))
            current = owners[0]
        last_line = node.end_lineno or node.lineno
    if not cuts:
        return None
    pieces: dict[int, list[str]] = {}
    for (start, owner), end in zip([(0, home), *cuts], [*(cut[0] for cut in cuts), len(lines)], strict=True):
        pieces.setdefault(owner, []).append("\n".join(lines[start:end]).strip("\n"))
    return {owner: "\n\n\n".join(part for part in parts if part) for owner, parts in pieces.items()}
