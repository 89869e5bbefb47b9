"""Walks wrong answers through the visible tests of an assignment, in place, and pastes the code of every message.

As a student would: the first cell and the answer in a fresh namespace, with the functions of the visible cell, and in
it the lines of the message. What the last line comes to is held against what the test had seen, as facts.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import json
import linecache
import os
import pickle
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from torchmarks import CheckFailed, accelerator
from torchmarks.catalogue import Answer, read_catalogue, read_text
from torchmarks.checks.capture import class_name, take
from torchmarks.checks.collecting import counted
from torchmarks.checks.compare import Finding, in_order
from torchmarks.checks.equality import alike
from torchmarks.checks.facts import Fact, TensorFacts
from torchmarks.checks.judged import JudgedCall
from torchmarks.checks.messages import Report
from torchmarks.checks.observe import Seen
from torchmarks.checks.paths import below, named
from torchmarks.checks.quiet import quietly
from torchmarks.checks.sentences import say

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Box:
    """A message that a wrong answer got. problem: how its code does not show what was seen, or nothing."""

    answer: Answer
    report: Report
    problem: str = ""

    @property
    def has_code(self) -> bool:
        """Whether there are lines to paste."""
        return bool(self.report.code)


def boxes(assignment: str, *, exercise: str = "") -> Iterator[Box]:
    """The messages of an assignment's visible tests for its wrong answers. exercise: of one exercise alone."""
    cells = _cells(assignment)
    if "accelerator()" in cells["setup"]:
        accelerator()  # once, not in every fork
    solutions = [name for name in cells if f"{name}-visible" in cells]
    path = ROOT / "source" / f"{assignment}.py"
    for answer in read_catalogue(read_text(path), solutions, str(path)).answers:
        if not answer.is_right and exercise in ("", answer.exercise):
            box = _apart(lambda answer=answer: _box(cells["setup"], answer, cells[f"{answer.exercise}-visible"]))
            if box is not None:
                yield box


_PATIENCE_S = 60


def _apart(walk: Callable[[], Box | None]) -> Box | None:
    """In a fork: some answers end their process, or never end. Of those there is no box."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(_PATIENCE_S)
        try:
            torch.set_num_threads(1)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(walk(), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None


def _cells(assignment: str) -> dict[str, str]:
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    named_cells = {(cell["metadata"].get("nbgrader") or {}).get("grade_id"): "".join(cell["source"]) for cell in cells}
    return {name: source for name, source in named_cells.items() if name}


def _run(source: str, name: str, space: dict[str, Any]) -> None:
    file_name = f"<cell {name}>"
    linecache.cache[file_name] = (len(source), None, source.splitlines(keepends=True), file_name)
    exec(compile(source, file_name, "exec"), space)


def _box(setup: str, answer: Answer, visible: str) -> Box | None:
    """What the visible tests say of one answer; None where they accept it, or where it does not run to its end."""
    space: dict[str, Any] = {"__name__": "__main__"}
    judged: list[JudgedCall] = []
    token = counted.set(judged)
    try:
        with quietly():
            _run(setup, "setup", space)
            _run(answer.source, answer.exercise, space)
            _run(visible, "visible", space)
    except CheckFailed as failed:
        with quietly():
            return Box(answer, failed.report, _problem(setup, answer, visible, failed.report, judged[-1]))
    except Exception:
        return None
    finally:
        counted.reset(token)
    return None


def _problem(setup: str, answer: Answer, visible: str, report: Report, call: JudgedCall) -> str:
    if not report.code:
        return ""
    space: dict[str, Any] = {"__name__": "__main__"}
    _run(setup, "setup", space)
    _run(answer.source, answer.exercise, space)
    functions = [ast.unparse(node) for node in ast.parse(visible).body if isinstance(node, ast.FunctionDef)]
    _run("\n".join(functions), "functions", space)  # the student has run the cell that printed this
    return difference(report.code, space, call.seen, in_order(call.findings())[0])


def difference(code: tuple[str, ...], space: dict[str, Any], seen: Seen, first: Finding) -> str:
    """How the outcome of the code differs from what was seen, or nothing."""
    tree = ast.parse("\n".join(code))
    last = tree.body.pop()
    printed, value = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, "<pasted>", "exec"), space)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "<pasted>", "eval"), space)
            else:
                exec(compile(ast.Module([last], []), "<pasted>", "exec"), space)
    except Exception as error:
        stopped = seen.raised or seen.backward_raised
        same = stopped is not None and (stopped.type_name, stopped.message) == (class_name(type(error)), str(error))
        return "" if same else f"it raises {error!r}"
    if seen.raised is not None:
        return "it raises nothing"
    expected = _SHOWN.get(first.aspect, _whole)
    said = printed.getvalue().splitlines()[-1] if printed.getvalue() else ""
    return "" if expected(first, seen, value, said) else f"it gives {value!r}{said}, seen was {first.seen}"


def _keys(path: str) -> list[str]:
    return [key.strip("'") for key in re.findall(r"\[([^\]]*)\]", path)]


def _whole(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    if first.none:
        return said == "None"
    return alike(take(value), below(seen.result, _keys(first.path)))


def _text(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return first.seen.replace(" ", "") in _spellings(value)


def _spellings(value: Any) -> set[str]:
    texts = {str(value), str(value).removeprefix("torch."), f"requires_grad={value}"}
    if isinstance(value, tuple):
        texts.add(str(tuple(value)))
    if isinstance(value, type):
        texts |= {class_name(value), class_name(value).removeprefix("builtins.")}
    return {text.replace(" ", "") for text in texts}


def _length(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return str(value) == first.seen.split()[0]


def _keys_of(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return ", ".join(map(repr, value)) == first.seen


def _history(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return first.seen.startswith(say("requires_grad_is", value=value))


def _object(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return said == "None" if first.none else value is (first.seen != say("another_object"))


def _memory(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    if first.seen == say("other_memory") or isinstance(value, bool):
        return value is (first.seen not in (say("other_memory"), say("own_memory")))
    shared = first.seen not in (say("own_memory"), say("object_of_its_own"))
    return alike(take(value), below(seen.result, _keys(first.path))) is not shared


def _leaf(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return value is False


def _gradient(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    name = first.path.removesuffix(".grad")
    if seen.gradients is not None:
        fact: Fact | None = seen.gradients.get(name)
    else:
        after = named(seen.after, name)
        fact = after.grad if isinstance(after, TensorFacts) else None
    return said == "None" if fact is None else alike(take(value), fact)


def _argument(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    if first.about == "setting":
        switched = {"True": "on", "False": "off"}
        return switched.get(said, said) == first.seen.split()[0]
    path = re.sub(r"\[('?)([^\]']*)\1\]", r".\2", first.path)
    fact = named(seen.after, path)
    if first.about in ("memory", ".grad is"):
        return value is False
    if first.about == ".grad" and isinstance(fact, TensorFacts):
        return said == "None" if fact.grad is None else alike(take(value), fact.grad)
    if first.about:
        return first.about == "_version" or str(value) in first.seen or said in first.seen
    return alike(take(value), fact)


def _any(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return True


_SHOWN: dict[str, Callable[[Finding, Seen, Any, str], bool]] = {
    "type": lambda f, s, v, p: _whole(f, s, v, p) if f.about or f.none else _text(f, s, v, p),
    "length": _length,
    "keys": _keys_of, "axes": _text, "shape": _text, "dtype": _text, "device": _text, "object": _object,
    "memory": _memory, "leaf": _leaf, "history": _history, "gradient": _gradient, "argument": _argument,
    "parameters": _any,
}  # fmt: skip
