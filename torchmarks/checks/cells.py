"""Test cells in a notebook: they run under PyTorch's defaults, with one seed, and with the tests' own words.

Listens to the cells of one IPython shell. A test cell is one that uses `observe` or `expect`, or imports the words of
the tests. What a student had set is put back when it has ended. Must not judge.
"""

from __future__ import annotations

import ast
import hashlib
import re
import traceback
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from types import FunctionType, TracebackType
from typing import Any, Final

from torchmarks.checks import randomness
from torchmarks.checks.definitions import Definitions
from torchmarks.checks.left import Left
from torchmarks.checks.leftovers import Leftovers, Refer, bound_by, imports_tests
from torchmarks.checks.settings import CELL, Usual

_WORDS: Final = frozenset({"observe", "observe_many", "observe_backward", "expect"})
_MAY_BE_TEST: Final = re.compile(r"\b(?:observe|expect|torchmarks)")
_ALIAS: Final = "_torchmarks_"


def digest(source: str) -> str:
    """What names a cell where its source need not be shown."""
    # A cell may contain a lone surrogate, which has no UTF-8.
    return hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:16]


def seed_of(source: str) -> int:
    """What PyTorch's random numbers start from in a test cell."""
    return int(digest(source)[:7], 16)  # seven digits stay below 2**31


def _parsed(source: str) -> ast.Module | None:
    """The tree of a cell that may be a test; None for any other, which is most of them and costs next to nothing."""
    if not _MAY_BE_TEST.search(source):
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two when nested too deep
        return None


def _read_by(tree: ast.Module) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def about(left: Iterable[Left], names: Container[str]) -> tuple[Left, ...]:
    """What matters to a test that reads these names: of the student's functions and Python's own those alone."""
    return tuple(
        item for item in left if item.kind not in ("older", "gone", "value", "builtin") or item.setting in names
    )


class _Words(ast.NodeTransformer):
    """Has a cell read names of the tests under an alias: what the student calls so stays theirs, also inside calls."""

    def __init__(self) -> None:
        self.taken: frozenset[str] = frozenset()

    def visit_Module(self, node: ast.Module) -> ast.AST:
        before = self.taken
        self.taken = before - bound_by(node.body)
        if self.taken:
            self.generic_visit(node)
        self.taken = before
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.taken and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Name(_ALIAS + node.id, ast.Load()), node)
        return node

    def _scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> ast.AST:
        every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
        # The body of a lambda is one expression and no list.
        body: list[ast.stmt] = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
        before = self.taken
        self.taken = before - {argument.arg for argument in every if argument} - bound_by(body)
        self.generic_visit(node)
        self.taken = before
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _scope


@dataclass(slots=True)
class _Opened:
    """A test cell that runs. info: IPython's of it; None where it ran already when we began to listen."""

    info: Any
    usual: Usual
    restore: Callable[[], None] | None


Say = Callable[[tuple[Left, ...]], None]
Explain = Callable[[NameError, Definitions], Callable[[], list[str]]]


class Cells:
    """Listens to one shell.

    say: shows a line above the output of a test cell, about what was left before it; explain: what IPython shows of a
    name that a test does not find, in place of a traceback.
    """

    def __init__(self, shell: Any, refer: Refer, say: Say, explain: Explain | None, *, threads: bool) -> None:
        self._shell = shell
        self._names: dict[str, Any] = shell.user_ns
        self._say, self._explain = say, explain
        self._watching = False
        self.definitions = Definitions(self._names, refer)
        self._open: list[_Opened] = []
        self._words = _Words()
        self.leftovers = Leftovers(self._names, refer, threads=threads)
        self.leftovers.note("", None)
        self._transformers: list[Any] = shell.ast_transformers
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def open_now(self) -> None:
        """The cell that runs imports the words of the tests: from here on it is a test cell."""
        self._open.append(_Opened(None, Usual(CELL).__enter__(), None))

    def _enter(self, info: Any, source: str, *, seeded: bool) -> None:
        usual = Usual(CELL).__enter__()
        restore = randomness.streams() if seeded else None
        if seeded:
            randomness.seed(seed_of(source))
        self._open.append(_Opened(info, usual, restore))

    def _before(self, info: Any) -> None:
        source = str(info.raw_cell or "")
        tree = _parsed(source)
        self._hide_words(())
        names = _read_by(tree) if tree is not None else set()
        is_test = bool(names & _WORDS)
        if not is_test:
            self.definitions.before(source)
            if tree is None or not imports_tests(tree):
                return
        else:
            self._take_words_back()
            if left := about(self.found(), names | self._read_below(names)):
                self._say(left)
            self._watch_names()
        self._enter(info, source, seeded=is_test and "seed" not in source)  # to seed by oneself is meant to last

    def found(self) -> tuple[Left, ...]:
        """What the cells have left."""
        return (*self.leftovers.found(), *self.definitions.found())

    def _read_below(self, names: set[str]) -> set[str]:
        """What the functions of these names read, apart from functions that they call."""
        functions = (self._names.get(name) for name in names)
        return {n for f in functions if isinstance(f, FunctionType) for n in f.__code__.co_names}

    def _watch_names(self) -> None:
        """Explains a name that the test does not find in a sentence, unless somebody else asked IPython for errors."""
        if self._explain is not None and not self._shell.custom_exceptions:
            self._watching = True
            self._shell.set_custom_exc((NameError,), self._name_missing)

    def _name_missing(self, shell: Any, kind: type, error: NameError, tb: TracebackType, tb_offset: Any = None) -> None:
        frames = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(tb)][1:]  # the first is IPython's
        # A name that a function of another cell does not find is in that function.
        if self._explain is not None and frames and frames[-1] == frames[0]:
            error._render_traceback_ = self._explain(error, self.definitions)  # type: ignore[attr-defined]
        shell.showtraceback((kind, error, tb), running_compiled_code=True)

    def _take_words_back(self) -> None:
        taken = self.leftovers.taken()
        self._hide_words(taken)
        self._names.update({_ALIAS + name: value for name, value in taken.items()})

    def _hide_words(self, taken: Iterable[str]) -> None:
        """Makes the next cell read these names of the tests under their alias. IPython walks every tree twice as soon
        as there is a transformer, so there is one only where there are names.
        """
        self._words.taken = frozenset(taken)
        # In place: the list is the shell's.
        self._transformers[:] = [transformer for transformer in self._transformers if transformer is not self._words]
        if self._words.taken:
            self._transformers.append(self._words)

    def _after(self, result: Any) -> None:
        self._hide_words(())
        if self._watching:
            self._watching = False
            self._shell.set_custom_exc((), None)
        info, source = result.info, str(getattr(result.info, "raw_cell", "") or "")
        was_test = bool(self._open) and self._open[-1].info in (None, info)
        if was_test:
            opened = self._open.pop()
            if opened.restore is not None:
                opened.restore()
            opened.usual.leave_changes()
        tree, number = _parsed(source), getattr(result, "execution_count", None)
        if tree is not None and imports_tests(tree):
            self.leftovers.learn(source, tree)
            self.leftovers.note(source, number)
            return
        self.leftovers.note(source, number, by_test=was_test)
        if not was_test:
            error = result.error_before_exec or result.error_in_exec
            self.definitions.after(source, number, error, getattr(info, "cell_id", None))
            self._say_taken(source, error)

    def _say_taken(self, source: str, error: BaseException | None) -> None:
        """Says, below a cell that is not a test, which words of the tests that it may have used have another value."""
        if not isinstance(error, NameError | TypeError | AttributeError):
            return
        left = (item for item in self.leftovers.found() if item.kind in ("name", "builtin"))
        if met := tuple(item for item in left if re.search(rf"\b{re.escape(item.setting)}\b", source)):
            self._say(met)


_attached: list[tuple[Any, Cells]] = []


def attach(
    shell: Any,
    refer: Refer,
    say: Say,
    explain: Explain | None = None,
    *,
    midway: bool = False,
    threads: bool = False,
) -> None:
    """Listens to this shell from now on; of several attachments the first counts. midway: one of its cells runs."""
    if any(known is shell for known, _ in _attached):
        return
    cells = Cells(shell, refer, say, explain, threads=threads)
    _attached[:] = [(shell, cells)]  # a process has one shell; the one of a warm-up is thrown away
    if midway:
        cells.open_now()


def found() -> tuple[Left, ...]:
    """What the cells of this process's shell have left."""
    return _attached[-1][1].found() if _attached else ()
