"""Cells in a fresh IPython, as a student runs them: what each showed, and the error that it ended with.

Run as a program it reads notebooks (lists of sources) from standard input, and runs each in a fork of its own: the
libraries are loaded once.
"""

from __future__ import annotations

import contextlib
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
Shown = list[dict[str, str]]  # of each cell its "text" and "error"


def notebooks(folder: Path, *sources: Sequence[str]) -> list[Shown]:
    """Run each list of cells in a fresh shell, in `folder`."""
    environment = os.environ | {"IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(sources),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


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
    import IPython.core.interactiveshell  # noqa: F401
    import torch._dynamo  # noqa: F401

    import torchmarks

    _ = torchmarks.observe  # loads most of it, and does not listen yet
    for sources in json.load(sys.stdin):
        reader, writer = os.pipe()
        if os.fork() == 0:
            answer = json.dumps(_run(sources)).encode()
            with open(writer, "wb") as pipe:
                pipe.write(answer)
            os._exit(0)
        os.close(writer)
        with open(reader, encoding="utf-8") as pipe:
            print(pipe.read(), flush=True)
        os.wait()


if __name__ == "__main__":
    _main()
