"""Tests whether the lines of a message show its failure when they are pasted after a wrong answer.

The first cell of the notebook comes before them. The last line has to give what the test had seen, as facts, and has
to read differently from what it gives for the reference solution.

In a process of its own, for notebooks change global settings; there each answer meets the tests of its exercise in a
fork, for some end their process or never end. Runs the course's own answers, never a student's. No misconception is
looked for: without one the message shows the first failing call.
"""

from __future__ import annotations

import ast
import collections
import contextlib
import io
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import torch

from torchmarks.catalogue import Answer
from torchmarks.catalogue.outcomes import same_doing
from torchmarks.checks import randomness
from torchmarks.checks.cell_marks import grade_id_of
from torchmarks.checks.cells import seed_of
from torchmarks.checks.collecting import collecting
from torchmarks.checks.compare import Finding, in_order
from torchmarks.checks.equality import alike, same_device
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.facts import ArrayFacts, Fact, TensorFacts
from torchmarks.checks.interruption import SETTING
from torchmarks.checks.judged import JudgedCall
from torchmarks.checks.observe import Seen
from torchmarks.checks.paths import below, named
from torchmarks.checks.quiet import quietly
from torchmarks.checks.sentences import say
from torchmarks.checks.settings import CELL, Usual
from torchmarks.checks.taking import take
from torchmarks.checks.untrusted import class_name
from torchmarks.errors import AuthorError

Names = dict[str, Any]
_PATIENCE_S: Final = 60
_CALL_S: Final = "3"
_ADDRESS: Final = re.compile(r"0x[0-9a-f]+")
_OTHERS: Final = 2  # as many as feedback shows besides the first


class Pasted(msgspec.Struct, frozen=True):
    """A failure that a wrong answer was shown. answer: its name; lines: of the message; problem: how they do not show
    what was seen, or nothing; varies: the answer does something else each time, so that no lines could.
    """

    answer: str
    part: str
    lines: tuple[str, ...] = ()
    problem: str = ""
    varies: bool = False

    @property
    def shows(self) -> bool:
        """Whether there are lines, and they show the failure."""
        return bool(self.lines) and not self.problem


def pasted(notebook: Path, answers: Iterable[Answer]) -> list[Pasted]:
    """The failures of wrong answers at the tests of their exercise, in a solved notebook, with what their lines show.

    None of a call that a limit or the end of the process cut off: its lines would end the student's kernel, too.
    Raises AuthorError where the notebook does not run.
    """
    wrong = [answer for answer in answers if not answer.is_right]
    with tempfile.TemporaryDirectory(prefix="torchmarks-pasting-") as folder:
        place = Path(folder) / "pasted.json"
        command = [sys.executable, "-m", __name__, str(notebook.resolve()), str(place)]
        done = subprocess.run(command, input=msgspec.json.encode(wrong), capture_output=True, cwd=folder)
        if done.returncode or not place.exists():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise AuthorError(f"The lines of {notebook.stem}'s messages could not be tried: {' '.join(last)}")
        return msgspec.json.decode(place.read_bytes(), type=list[Pasted])


def _pasted(notebook: Mapping[str, Any], answers: Sequence[Answer]) -> Iterator[Pasted]:
    """As `pasted`, in this process: as many forks at a time as there are cores."""
    running: collections.deque[tuple[int, int]] = collections.deque()
    for test in _tests(notebook):
        for answer in answers:
            if answer.exercise == test.exercise:
                running.append(_started(test, answer))
                if len(running) > (os.cpu_count() or 1):
                    yield from _finished(*running.popleft())
    while running:
        yield from _finished(*running.popleft())


@dataclass(frozen=True, slots=True)
class _Test:
    """A test cell with what comes before it. setup: the notebook's first cell; solution: the reference solution of the
    exercise, and visible: its visible test; names: those of the notebook, run in order.
    """

    exercise: str
    part: str
    source: str
    setup: str
    solution: str
    visible: str
    names: Names

    def failures(self, answer: Answer) -> list[Pasted]:
        """The failures that an answer is shown."""
        own = dict(self.names)
        randomness.seed(seed_of(self.source))
        with Usual(CELL), collecting() as collected, contextlib.suppress(Exception):
            _run(answer.source, answer.exercise, own)
            # A scenario of a hidden cell is known by the name of its file.
            _run(self.source, f"hidden {self.exercise}-hidden" if self.part == "hidden" else "visible test", own)
        told = collected.reported(_OTHERS) if collected.failed else []
        return [
            self._pasted(answer, own, call, report.code) for call, report in told if report.rows and not report.limit
        ]

    def _pasted(self, answer: Answer, own: Names, call: JudgedCall, lines: tuple[str, ...]) -> Pasted:
        if not lines:
            return Pasted(answer.name, self.part)
        problem = self._problem(answer, call, lines)
        # An answer may remember the calls of the visible test, which a student has run.
        if problem and not self._problem(answer, call, lines, after=self.visible):
            problem = ""
        varies = bool(problem) and not same_doing(call.seen, call.seen.made_by.imitated_by(own))
        return Pasted(answer.name, self.part, lines, problem, varies)

    def _problem(self, answer: Answer, call: JudgedCall, lines: tuple[str, ...], after: str = "") -> str:
        """How the lines do not show the failure, or nothing. after: the source of a cell that has been run before."""
        with Usual(CELL):
            right = outcome_of(lines, self._space(self.solution, after))  # first: a wrong answer may leave a setting
            shown = outcome_of(lines, self._space(answer.source, after))
            problem = difference(shown, call.seen, in_order(call.findings())[0])
            if not problem and reads_alike(shown, right):
                problem = f"{shown.text()} is what a right answer gives, too"
        return problem

    def _space(self, answer: str, after: str) -> Names:
        """What a notebook binds whose student has written this answer and, after it, run this cell."""
        space: Names = {"__name__": "__main__"}
        _run(self.setup, "setup", space)
        _run(answer, self.exercise, space)
        # A student has run the cell of the visible test, too.
        for node in ast.parse(self.visible).body:
            if isinstance(node, ast.FunctionDef):
                _run(ast.unparse(node), "visible test", space)
        with contextlib.suppress(Exception):  # the test may fail
            _run(after, "visible test", space)
        return space


def _tests(notebook: Mapping[str, Any]) -> Iterator[_Test]:
    names: Names = {"__name__": "__main__"}
    sources: dict[str, str] = {}
    setup = visible = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        source, name = "".join(cell["source"]), grade_id_of(cell)
        setup = setup or source
        exercise, part = exercise_of(name), part_of(name)
        sources[name] = source
        visible = source if part == "visible" else visible
        if part in ("visible", "hidden"):
            yield _Test(exercise, part, source, setup, sources[exercise], visible, dict(names))
        if part != "hidden":
            with quietly(), Usual(CELL), contextlib.suppress(Exception):  # a worked cell may show an error
                _run(source, name, names)


def _started(test: _Test, answer: Answer) -> tuple[int, int]:
    """A fork that tries an answer, and where it will write."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.close(reading)
        signal.alarm(_PATIENCE_S)
        os.environ[SETTING] = _CALL_S
        with quietly():
            found = msgspec.json.encode(test.failures(answer))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(found)
    finally:
        os._exit(0)


def _finished(child: int, reading: int) -> list[Pasted]:
    """What a fork has found; nothing where it did not come to its end."""
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return msgspec.json.decode(data, type=list[Pasted]) if data else []


def _run(source: str, name: str, space: Names) -> None:
    file_name = f"<{name}>"
    linecache.cache[file_name] = (len(source), None, source.splitlines(keepends=True), file_name)
    exec(compile(source, file_name, "exec", dont_inherit=True), space)


@dataclass(frozen=True, slots=True)
class PastedOutcome:
    """What pasted lines gave. value: of the last one; printed: all of it; error: what stopped them."""

    value: Any = None
    printed: str = ""
    error: Exception | None = None

    @property
    def said(self) -> str:
        """The last line that was printed."""
        return self.printed.splitlines()[-1] if self.printed else ""

    def text(self) -> str:
        """What a student reads below the cell."""
        if self.error is not None:
            return repr(self.error)
        return self.printed + ("" if self.value is None else repr(self.value))


def outcome_of(code: tuple[str, ...], space: Names) -> PastedOutcome:
    """What the code gives where these names are bound."""
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
        return PastedOutcome(None, printed.getvalue(), error)
    return PastedOutcome(value, printed.getvalue())


def reads_alike(one: PastedOutcome, other: PastedOutcome) -> bool:
    """Whether a student who reads both sees no difference."""
    return _masked(one.text()) == _masked(other.text())


def _masked(text: str) -> str:
    return _ADDRESS.sub("", text)


def difference(shown: PastedOutcome, seen: Seen, first: Finding) -> str:
    """How the outcome of the code differs from what was seen, or nothing."""
    if (error := shown.error) is not None:
        stopped = seen.raised or seen.backward_raised
        same = stopped is not None and (stopped.type_name, _masked(stopped.message)) == (
            class_name(type(error)),
            _masked(str(error)),
        )
        return "" if same else f"it raises {error!r}"
    if seen.raised is not None and first.aspect != "argument":
        return "" if shown.said == seen.raised.message else "it raises nothing"
    expected, value, said = _SHOWN.get(first.aspect, _whole), shown.value, shown.said
    return "" if expected(first, seen, value, said) else f"it gives {value!r}{said}, seen was {first.seen}"


def _keys(path: str) -> list[str]:
    return [key.strip("'") for key in re.findall(r"\[([^\]]*)\]", path)]


def _whole(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    if first.none:
        return said == "None"
    return _is(value, below(seen.result, _keys(first.path)), first)


def _is(value: Any, fact: Fact | None, first: Finding) -> bool:
    """Whether a value is what the fact says, or the element of it that the finding is about."""
    if first.at is not None and isinstance(fact, TensorFacts | ArrayFacts):
        return alike(take(value), take(fact.values[first.at].item()))
    return alike(take(value), fact)


def _type(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    if first.seen == say("none"):
        return said == "None"
    return _whole(first, seen, value, said) if first.about or first.none else _text(first, seen, value, said)


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
        return value is (first.seen not in (say("other_memory"), say("own_memory"), say("object_of_its_own")))
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
    return said == "None" if fact is None else _is(value, fact, first)


def _argument(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    if first.about == "setting":
        switched = {"True": "on", "False": "off"}
        return same_device(switched.get(said, said), first.seen.split()[0])
    path = re.sub(r"\[('?)([^\]']*)\1\]", r".\2", first.path)
    fact = named(seen.after, path)
    if first.about == "_version":
        return isinstance(value, int) and value > 0
    if first.about in ("memory", ".grad is"):
        return value is False
    if first.about == ".grad" and isinstance(fact, TensorFacts):
        return said == "None" if fact.grad is None else alike(take(value), fact.grad)
    if first.about:
        return str(value) in first.seen or said in first.seen
    return _is(value, fact, first)


def _any(first: Finding, seen: Seen, value: Any, said: str) -> bool:
    return True


_SHOWN: dict[str, Callable[[Finding, Seen, Any, str], bool]] = {
    "type": _type,
    "length": _length,
    "keys": _keys_of, "axes": _text, "shape": _text, "dtype": _text, "device": _text, "object": _object,
    "memory": _memory, "leaf": _leaf, "history": _history, "gradient": _gradient, "argument": _argument,
    "parameters": _any,
    "check": lambda f, s, v, p: v is not True if f.look else _whole(f, s, v, p),
}  # fmt: skip


if __name__ == "__main__":
    torch.set_num_threads(1)  # the tensors are small, and a fork has no threads of its parent
    _notebook = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    _answers = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Answer])
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(list(_pasted(_notebook, _answers))))
