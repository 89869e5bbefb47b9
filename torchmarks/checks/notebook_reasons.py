"""Explains failed visible tests: a test cell with reasons in `reasons.json` judges all its calls before it reports.

In place the first failing matcher raises. A mistake can only be recognised from all calls together, so the cells that
`reasons.json` knows are run inside a block that gathers, as a grader has it, and raise at their end, or with the first
call that runs out of time. Must not judge.
"""

from __future__ import annotations

import ast
from contextvars import Token
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from torchmarks.checks.cells import digest
from torchmarks.checks.collecting import CheckFailed, Collected, collecting
from torchmarks.checks.diagnosis import Recogniser, recogniser
from torchmarks.checks.reasons_file import SealedCell, beside
from torchmarks.checks.sealed import Opener

_BLOCK: Final = "_torchmarks_gathering"


class Gathering:
    """Gathers the failures of one cell and raises CheckFailed at its end. Usable once, as a context."""

    def __init__(self, cell: SealedCell) -> None:
        self._cell = cell

    def __enter__(self) -> None:
        self._token: Token[Recogniser | None] = recogniser.set(Opener(self._cell))
        self._block = collecting(impatient=True)
        self._collected: Collected = self._block.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._block.__exit__(None, None, None)
        # An error of the test itself comes of the call that failed before it. An interrupt is meant.
        report = self._collected.report() if error is None or isinstance(error, Exception) else None
        recogniser.reset(self._token)
        if report is not None:
            raise CheckFailed(report) from None


class _Wrapped(ast.NodeTransformer):
    def visit_Module(self, node: ast.Module) -> ast.AST:
        if node.body:
            block = ast.With([ast.withitem(ast.Name(_BLOCK, ast.Load()))], node.body)
            node.body = [ast.fix_missing_locations(ast.copy_location(block, node.body[0]))]
        return node


class Explained:
    """Of one shell. folder: where the notebook lies, which a student's cell may leave later."""

    def __init__(self, shell: Any, folder: Path) -> None:
        self._shell, self._folder = shell, folder
        self._wrapped = _Wrapped()

    def before(self, source: str) -> None:
        """A cell begins: one of the tests that has reasons is run inside the block that gathers."""
        self.after()
        # Read anew each time: to do so takes a moment, and a new release may have been fetched meanwhile.
        cell = beside(self._folder).cells.get(digest(source)) if "expect" in source else None
        if cell is not None:
            self._shell.user_ns[_BLOCK] = Gathering(cell)
            self._shell.ast_transformers.append(self._wrapped)

    def after(self) -> None:
        """The cell has ended."""
        transformers = self._shell.ast_transformers
        transformers[:] = [one for one in transformers if one is not self._wrapped]  # in place: the list is the shell's
        self._shell.user_ns.pop(_BLOCK, None)
