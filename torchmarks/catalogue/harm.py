"""Finds what an answer does that the process of the tests would not survive: ending it, writing, never coming back.

Imitations run in that process. Reads the syntax tree; a guard against oversight, not against intent. Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_CALLS: Final = frozenset(
    {"exit", "quit", "sys.exit", "os._exit", "os.abort", "os.kill", "os.system", "os.fork", "Popen", "input"}
)
_MODULES: Final = ("subprocess.", "multiprocessing.")
_ENDS: Final = frozenset({"SystemExit", "KeyboardInterrupt"})
_WRITING: Final = frozenset("wax+")
_WRITERS: Final = frozenset({"write_text", "write_bytes"})


@lru_cache(maxsize=8192)  # as many as `normal_form` keeps: a process reads a catalogue again and again
def harm_of(source: str) -> str:
    """What it does, in a few words; "" where nothing is found, and for a text that is not Python, which never runs."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return next((harm for node in ast.walk(tree) if (harm := _harm(node))), "")


def _harm(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called in _CALLS or called.startswith(_MODULES):
            return f"calls {called}"
        if called.rpartition(".")[2] in _WRITERS or _opens_to_write(node, called):
            return "writes a file"
    elif isinstance(node, ast.Raise) and node.exc is not None:
        raised = ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        return f"raises {raised}" if raised in _ENDS else ""
    elif isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
        return "" if _is_left(node.body) else f"loops by `while {ast.unparse(node.test)}` without an end"
    return ""


def _opens_to_write(call: ast.Call, called: str) -> bool:
    function, _, name = called.rpartition(".")
    if name != "open":
        return False
    place = 0 if function not in ("", "io") else 1  # of a path's own `open` the mode comes first
    modes = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and _WRITING & set(str(mode.value)) for mode in modes)


def _is_left(body: Iterable[ast.AST], *, own: bool = True) -> bool:
    """Whether some statement leaves a loop. own: a `break` here is the loop's own."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom):
            return True
        if own and isinstance(node, ast.Break):
            return True
        inside = own and not isinstance(node, ast.For | ast.AsyncFor | ast.While)
        if _is_left(ast.iter_child_nodes(node), own=inside):
            return True
    return False
