"""The process in which `python -m torchmarks check` runs a notebook's cells. It reads them from standard input, and
writes a line of JSON to standard output when a cell begins and when it has ended.

What the cells print goes nowhere else. Ends with its last cell. Must not read a notebook, and must not judge.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import msgspec
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from torchmarks.checks.progress import passed

_CHARACTERS = 20_000  # of what one cell prints


class CellBegun(msgspec.Struct, frozen=True, tag=True):
    """A cell begins. cell: its number among the cells, from 0."""

    cell: int


class CellEnded(msgspec.Struct, frozen=True, tag=True):
    """A cell has ended. passed: as its checks went, or whether it ended without an error; text: what it showed."""

    cell: int
    passed: bool
    text: str


class _Printed(io.StringIO):
    """Keeps the beginning of what is written to it."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, _CHARACTERS - self.tell())])
        return len(text)


class _Nowhere(DisplayPublisher):
    def publish(self, *data: Any, **more: Any) -> None:
        """Shows nothing: a report that is published as a box is in the traceback as well."""


class _Shell(InteractiveShell):
    _allow_stdin = False  # nobody looks at it: the traceback says all, see `box.show_traceback`

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        # A traceback of Python's is long; its last line is what a student looks for first.
        known = hasattr(evalue, "_render_traceback_")
        print("\n".join(stb) if known else "".join(traceback.format_exception_only(etype, evalue)).rstrip())


def _shell() -> _Shell:
    shell: _Shell = _Shell.instance(colors="nocolor", ast_node_interactivity="none")
    shell.display_pub = _Nowhere(parent=shell)  # type: ignore[no-untyped-call]
    return shell


@contextlib.contextmanager
def _kept() -> Iterator[_Printed]:
    printed = _Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield printed


def _run(shell: _Shell, source: str) -> tuple[bool, str]:
    with _kept() as printed:
        try:
            result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
            error = result.error_before_exec or result.error_in_exec
        except KeyboardInterrupt as late:  # between two steps of IPython's
            error = late
    judged = passed(source)
    return (error is None if judged is None else judged), printed.getvalue().strip()


def main() -> None:
    """Runs the cells."""
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    sources = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    for stream in range(3):  # also what code in C writes, and who asks for input
        os.dup2(nowhere, stream)
    sys.path.insert(0, "")  # as a kernel has it: a notebook may import what lies beside it
    shell = _shell()
    for number, source in enumerate(sources):
        events.write(msgspec.json.encode(CellBegun(number)) + b"\n")
        done, text = _run(shell, source)
        events.write(msgspec.json.encode(CellEnded(number, done, text)) + b"\n")
