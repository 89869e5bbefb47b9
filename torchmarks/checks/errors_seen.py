"""The facts of an exception, with the lines of the student's own code that it passed through.

Of a notebook those are the lines of its cells. Trusts no class of theirs (see `untrusted`). Must not judge.
"""

from __future__ import annotations

import linecache
import sys
import traceback
import types
from collections.abc import Container
from pathlib import Path

from torchmarks.checks.extent import MAX_BASES, MAX_LINE, MAX_OWN_LINES
from torchmarks.checks.facts import Raised
from torchmarks.checks.untrusted import class_name, text_of

_OWN_FOLDER = str(Path(__file__).parents[1])
_NOT_STUDENTS = (_OWN_FOLDER, "/site-packages/", "/lib/python", "<frozen", "<hidden", "<string>", "<test")

_type = type  # fetched now: a student may replace it later in the same process


def facts_of_error(error: BaseException, skip: int = 1) -> Raised:
    """An exception as data. skip: how many of our own frames come before the student's."""
    tb = error.__traceback__
    for _ in range(skip):
        tb = tb.tb_next if tb is not None else None
    return Raised(class_name(_type(error)), bases_of(error), text_of(error), _student_lines(tb))


def bases_of(error: BaseException) -> tuple[str, ...]:
    """The names of an error's classes, from the exact one up."""
    return tuple(class_name(base) for base in _type(error).__mro__ if base is not object)[:MAX_BASES]


def _student_lines(tb: types.TracebackType | None) -> tuple[str, ...]:
    """Lines of cells of the notebook, without the one that runs, which is the test; outside a notebook, of files that
    belong to no library.
    """
    cells = _cell_names()
    test = _running_cell(cells) if cells is not None else ""
    lines = []
    for frame in traceback.extract_tb(tb):
        name = frame.filename
        if not any(part in name for part in _NOT_STUDENTS) if cells is None else name in cells and name != test:
            text = linecache.getline(name, frame.lineno or 0).strip()
            if text:
                lines.append(text[:MAX_LINE])
    return tuple(lines[-MAX_OWN_LINES:])  # endless recursion has a thousand of them


def _running_cell(cells: Container[str]) -> str:
    """The name of the cell that runs now, or nothing. In it are the steps and the helpers of a test."""
    found = ""
    frame: types.FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename in cells:
            found = frame.f_code.co_filename  # the outermost one counts: a test calls functions of other cells
        frame = frame.f_back
    return found


def _cell_names() -> Container[str] | None:
    """The names under which IPython has compiled this notebook's cells; None outside a notebook."""
    module = sys.modules.get("IPython.core.interactiveshell")
    if module is None or not module.InteractiveShell.initialized():
        return None
    # Private to IPython, and open to a student: without it this does not count as a notebook.
    names = getattr(module.InteractiveShell.instance().compile, "_filename_map", None)
    return names if _type(names) is dict else None
