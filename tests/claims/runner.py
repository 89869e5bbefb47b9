"""Runs what a notebook claims, in a process of its own, because the simulated device cannot be unregistered.

    python runner.py claims FILE     the claims of a file beside this one
    python runner.py steps NOTEBOOK  each `next` that is Python, with the solution and with every imitation
    python runner.py mps NOTEBOOK    every cell that students see, on a pretended accelerator that has no float64

Several pairs run one after the other. Prints their answers as one JSON list. Without words it reads them from its
input, a JSON list a line, and answers each line from a fork: PyTorch is imported once for all. Does not judge: the
tests do.
"""

import ast
import contextlib
import io
import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torchmarks.checks.exercises import exercise_of, part_of

Names = dict[str, Any]


def claims_of(path: Path) -> tuple[str, list[tuple[int, str, str, str]]]:
    """The code before the first cell, and of each cell its line, the place that it quotes, the sentence, the code."""
    head, *cells = path.read_text(encoding="utf-8").split("\n# %% ")
    line, claims = head.count("\n") + 2, []
    for cell in cells:
        cell_id, *lines = cell.split("\n")
        quoted = [text.removeprefix("# > ").strip() for text in lines if text.startswith("# > ")]
        claims.append((line, cell_id.strip(), " ".join(quoted), "\n" * line + "\n".join(lines)))
        line += cell.count("\n") + 1
    return head, claims


def run_claims(path: Path) -> list[list[str]]:
    """Line and traceback of every claim that does not hold."""
    head, claims = claims_of(path)
    failed = []
    for line, _, _, code in claims:
        names: Names = {"__name__": "claim"}
        warnings.simplefilter("error")
        try:
            exec(compile(head, path.name, "exec"), names)
            exec(compile(code, path.name, "exec"), names)
        except BaseException:
            failed.append([str(line), traceback.format_exc(limit=-1)])
    return failed


def _sources(path: Path) -> Iterator[tuple[str, str]]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield cell["id"], "".join(cell["source"])


def _shown(code: str, names: Names) -> str:
    """What a notebook shows for a cell with this code."""
    out, tree = io.StringIO(), ast.parse(code)
    try:
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            last = tree.body.pop().value if isinstance(tree.body[-1], ast.Expr) else None  # type: ignore[attr-defined]
            exec(compile(tree, "next", "exec"), names)
            value = eval(compile(ast.Expression(last), "next", "eval"), names) if last is not None else None
    except Exception as error:
        return f"{out.getvalue()}{type(error).__name__}: {error}"
    return out.getvalue() + ("" if value is None else repr(value))


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _steps_in(code: str) -> list[str]:
    """The texts that a visible test gives as `next`."""
    keywords = [k for call in ast.walk(ast.parse(code)) if isinstance(call, ast.Call) for k in call.keywords]
    return [k.value.value for k in keywords if k.arg == "next" and isinstance(k.value, ast.Constant)]


def _functions(source: str, names: Names) -> Names:
    """The names of a notebook once an answer's cell has run."""
    own = dict(names)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, own)
    return own


def run_steps(path: Path) -> list[dict[str, Any]]:
    """Of each step its exercise, misconception and text, what the solution shows, and what each imitation shows."""
    from torchmarks.catalogue import read_catalogue, read_text

    warnings.simplefilter("ignore")
    names: Names = {"__name__": "__main__"}
    steps: list[dict[str, Any]] = []
    seen: set[str] = set()

    def add(exercise: str, mistake: str, step: str, imitations: list[Names]) -> None:
        if step and _is_python(step):
            calls = {node.id for node in ast.walk(ast.parse(step)) if isinstance(node, ast.Name)}
            wrong = [_shown(step, own) for own in imitations] if exercise in calls else []
            right = _shown(step, dict(names))
            steps.append({"exercise": exercise, "mistake": mistake, "step": step, "right": right, "wrong": wrong})

    cells = list(_sources(path))
    place = path.parent.with_suffix(".py")
    catalogue = read_catalogue(read_text(place), [cell_id for cell_id, _ in cells], str(place))
    for cell_id, source in cells:
        exercise = exercise_of(cell_id)
        if part_of(cell_id) != "hidden":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(source, names)
            for step in _steps_in(source):
                add(exercise, "", step, [])
            continue
        if exercise in seen:  # a later part of its hidden tests
            continue
        seen.add(exercise)
        inside = _functions(source.split("\ndraw = inputs(")[0], names)  # what the tests bind before their cases
        for mistake in catalogue.of(exercise):
            found = [_functions(answer.source, inside) for answer in catalogue.examples(mistake)]
            add(exercise, mistake.name, mistake.next, [{**names, exercise: own[exercise]} for own in found])
    return steps


def run_without_float64(path: Path) -> list[list[str]]:
    """Id and error of each visible cell that stops where the accelerator refuses float64, as a Mac's does."""
    import torch

    from torchmarks.checks.sim import SimTensor, register

    register()
    wrap = SimTensor.wrap

    def refuse(host: torch.Tensor) -> SimTensor:
        if host.dtype in (torch.float64, torch.complex128):
            raise TypeError("Cannot convert a tensor to float64: this accelerator has none. Use float32 instead.")
        return wrap(host)

    SimTensor.wrap = staticmethod(refuse)  # type: ignore[method-assign, assignment]
    names: Names = {"__name__": "__main__"}
    stopped = []
    try:
        torch.zeros(1, dtype=torch.float64, device="sim")
    except TypeError:
        stopped.append(["the pretended device", "refuses float64"])
    for cell_id, source in _sources(path):
        if part_of(cell_id) != "hidden":
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(source, names)
            except BaseException as error:
                stopped.append([cell_id, f"{type(error).__name__}: {error}"])
    return stopped


RUNS = {"claims": run_claims, "steps": run_steps, "mps": run_without_float64}


def answer(words: Sequence[str]) -> str:
    """The answers to pairs of words, as JSON."""
    return json.dumps([RUNS[what](Path(path)) for what, path in zip(words[::2], words[1::2], strict=True)])


def serve() -> None:
    """Answers each line of the input from a fork; an empty line is the answer of one that failed."""
    import torch  # noqa: F401

    for line in sys.stdin:
        if (child := os.fork()) == 0:
            print(answer(json.loads(line)), flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            print(flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(answer(sys.argv[1:]))
    else:
        serve()
