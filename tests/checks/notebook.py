"""Cells in a fresh IPython, as a student runs them: what each showed, and the error that it ended with.

Run as a program it takes notebooks (a folder, an environment, lists of sources) from standard input, a line for each
request, and runs each notebook in a fork of its own: the libraries are loaded once for all tests of a process.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torchmarks.checks.exercises import part_of

ROOT = Path(__file__).parents[2]
# What the first shell, error and optimizer of a process import, which each fork would do by itself.
LATE = (
    "IPython.core.magics",
    "pygments.formatters.terminal256",
    "pygments.lexers.python",
    "stack_data",
    "torch._dynamo",
)
Shown = list[dict[str, str]]  # of each cell its "text" and "error"


def notebooks(folder: Path, *sources: Sequence[str]) -> list[Shown]:
    """Run each list of cells in a fresh shell, in `folder`, in the environment of now."""
    environment = os.environ | {"IPYTHONDIR": str(folder / "ipython")}
    runner = _runner()
    assert runner.stdin is not None
    assert runner.stdout is not None
    try:
        print(json.dumps([str(folder), environment, sources]), file=runner.stdin, flush=True)
        return [json.loads(runner.stdout.readline()) for _ in sources]
    except BaseException:  # a timeout: what it still has to say answers nobody
        _end(runner)
        _runner.cache_clear()
        raise


@functools.cache
def _runner() -> subprocess.Popen[str]:
    """The process that notebooks are forked from; it takes seconds to start."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__]
    runner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
    atexit.register(_end, runner)
    return runner


def _end(runner: subprocess.Popen[str]) -> None:
    runner.kill()
    runner.communicate()


def released(notebook: dict[str, Any]) -> list[str]:
    """The sources of a notebook's code cells, without what students never get."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return ["".join(cell["source"]) for cell in cells if part_of(str(cell.get("id"))) != "hidden"]


def _run(sources: list[str]) -> Shown:
    from IPython.core.interactiveshell import InteractiveShell

    shell, shown = InteractiveShell.instance(), []
    for source in sources:
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        error = result.error_before_exec or result.error_in_exec
        shown.append({"text": text.getvalue(), "error": f"{type(error).__name__}: {error}" if error else ""})
    return shown


def _main() -> None:
    for name in LATE:
        importlib.import_module(name)
    import torchmarks

    _ = torchmarks.observe  # loads most of it, and does not listen yet
    gc.freeze()
    for request in sys.stdin:
        folder, environment, notebooks_sources = json.loads(request)
        for sources in notebooks_sources:
            reader, writer = os.pipe()
            if os.fork() == 0:
                _be_a_kernel(folder, environment)
                answer = json.dumps(_run(sources)).encode()
                with open(writer, "wb") as pipe:
                    pipe.write(answer)
                os._exit(0)
            os.close(writer)
            with open(reader, encoding="utf-8") as pipe:
                print(pipe.read(), flush=True)
            os.wait()


def _be_a_kernel(folder: str, environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = ""  # as in Jupyter
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # requests and answers are none of a cell's
        os.dup2(nowhere, stream)


if __name__ == "__main__":
    _main()
