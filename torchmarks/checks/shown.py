"""Code that shows a failure: one to four lines that make the failing call again and look at what is wrong with it.

Pure but for `checks.rebuild`, which runs the lines that make the arguments. The last line shows the first row of the
report: the result, an attribute of it, the argument afterwards, a gradient. Made of the test's own objects; what the
student's process said only decides which template fits. Must not run a student's function.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from torchmarks.checks import literals
from torchmarks.checks.compare import Finding, in_order
from torchmarks.checks.exercises import part_of
from torchmarks.checks.facts import ArrayFacts, Ended, Fact, Plain, TensorFacts
from torchmarks.checks.literals import TooLarge, Unwritable
from torchmarks.checks.observe import Seen
from torchmarks.checks.paths import below
from torchmarks.checks.rebuild import Rebuilt, rebuilt
from torchmarks.checks.scenarios import filled, places, scenario_of
from torchmarks.checks.sentences import say

_LINES: Final = 4
_CHARACTERS: Final = 6_000


@dataclass(frozen=True, slots=True)
class Code:
    """The lines that show a failure. lines: none where the call cannot be made again exactly; too_large: because its
    values are too many.
    """

    lines: tuple[str, ...] = ()
    too_large: bool = False


def code_of(seen: Seen, findings: Sequence[Finding]) -> Code:
    """The lines that show the first finding of a call."""
    # What ended a process would end the student's kernel, too.
    if not findings or isinstance(seen.raised, Ended) or isinstance(seen.backward_raised, Ended):
        return Code()
    try:
        lines = _joined(_Script(seen, in_order(findings)[0]).lines())
    except TooLarge:
        return Code(too_large=True)
    except Exception:  # whatever a test's object does when it is looked at: a failure can be reported without code
        return Code()
    return Code(too_large=True) if sum(map(len, lines)) > _CHARACTERS else Code(tuple(lines))


def _joined(lines: list[str]) -> list[str]:
    """Short statements that follow each other on one line, until there are few lines enough."""
    lines = list(lines)
    while len(lines) > _LINES:
        pairs = [n for n in range(len(lines) - 2) if _is_simple(lines[n]) and _is_simple(lines[n + 1])]
        if not pairs:
            break
        n = min(pairs, key=lambda n: len(lines[n]) + len(lines[n + 1]))
        lines[n : n + 2] = [f"{lines[n]}; {lines[n + 1]}"]
    return [part for line in lines for part in line.split("\n")]


def _is_simple(line: str) -> bool:
    return "\n" not in line and not re.match(r"(def|for|if|with|while|try|class)\b", line)


_BY_NAME: Final = ("object", "memory", "gradient", "argument")  # of these an argument is looked at afterwards
_ATTRIBUTES: Final = {
    "shape": "shape", "axes": "shape", "dtype": "dtype", "device": "device", "leaf": "is_leaf",
    "history": "requires_grad",
}  # fmt: skip
_OF_ARGUMENT: Final = {"stride": "stride()", "writeable": "flags.writeable"}
# The call between two looks at a setting of PyTorch's, which is as before at the end.
_SETTINGS: Final = {
    "gradient recording": ("with torch.set_grad_enabled(True): {call}; print(torch.is_grad_enabled())",),
    "inference mode": ("with torch.inference_mode(False): {call}; print(torch.is_inference_mode_enabled())",),
    "default dtype": (
        "before = torch.get_default_dtype()",
        "{call}; print(torch.get_default_dtype()); torch.set_default_dtype(before)",
    ),
    "default device": ("{call}; print(torch.get_default_device()); torch.set_default_device(None)",),
    "autocast": ('{call}; print(torch.is_autocast_enabled("cpu")); torch.set_autocast_enabled("cpu", False)',),
}
# Where the function is called in an earlier step than the last.
_SETTINGS_AFTER_STEPS: Final = {
    "gradient recording": ("{call}; print(torch.is_grad_enabled()); torch.set_grad_enabled(True)",),
}
_IS_RECORDED: Final = "torch.is_tensor(result) and result.requires_grad"
_KEY: Final = r"(?:\d+|'[\w .]*')"
_SAFE: Final = re.compile(rf"(\[({_KEY}|\({_KEY}(, {_KEY})+\))\])*")
_WRITTEN: Final = (9, 7, 5, 99, 77, 55, 123, *range(30, 50))  # what is written into memory to see who sees it


def _statements(step: str) -> list[str]:
    """The statements of a step on one line."""
    if "\n" in step:
        return [step]
    return [ast.get_source_segment(step, statement) or "" for statement in ast.parse(step).body]


def _decided(step: str) -> str:
    """A step with what a condition comes to in this call: `x`, and no `x * 1 if False else x`."""
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(ast.parse(step)):
            match node:
                case ast.IfExp(ast.Constant(bool(true)), one, other):
                    whole, kept = (ast.get_source_segment(step, part) for part in (node, one if true else other))
                    if whole and kept:
                        return _decided(step.replace(whole, kept))
    return step


def _without_itself(step: str) -> str:
    """A step without `x = x`, which `x = {x}` gives where the argument has its name already."""
    if "\n" in step:
        return step
    return "; ".join(filter(None, (_binding(statement) for statement in _statements(step))))


def _binding(statement: str) -> str:
    """A statement without the names that it would bind to themselves."""
    match ast.parse(statement).body:
        case [ast.Assign([ast.Name(name)], ast.Name(other))] if name == other:
            return ""
        case [ast.Expr(ast.Constant())]:
            return ""  # what a condition left of a step that was not taken
        case [ast.Assign([ast.Tuple(names)], ast.Tuple(values))] if len(names) == len(values):
            pairs = zip(names, values, strict=True)
            texts = [(ast.unparse(name), ast.get_source_segment(statement, value) or "") for name, value in pairs]
            left = [(name, text) for name, text in texts if name != text]
            return f"{', '.join(name for name, _ in left)} = {', '.join(text for _, text in left)}" if left else ""
    return statement


class _Script:
    """The lines for one finding of one call."""

    def __init__(self, seen: Seen, first: Finding) -> None:
        self._seen, self._first, self._call = seen, first, seen.made_by
        self._scenario = scenario_of(self._call.fn) if self._call.subjects else scenario_of(None)
        if self._call.subjects and not self._scenario.steps and _is_hidden(self._call.fn):
            raise Unwritable("a hidden scenario without steps")
        self._root, self._inside = self._argument() if first.aspect in _BY_NAME else ("", "")
        self._made: Rebuilt = rebuilt(self._call, self._named())
        self._lines = list(self._made.lines)
        self._out = self._outcome()

    def _named(self) -> set[str]:
        often = " ".join(self._scenario.steps)
        given = dict(zip(self._call.parameters, self._call.args, strict=False)) | dict(self._call.kwargs)
        twice = {n for n in set(places(often)) if places(often).count(n) > 1 and literals.plain(given.get(n)) is None}
        return twice | ({self._root} - {""})

    def _argument(self) -> tuple[str, str]:
        """The parameter that the finding is about, and what leads to the item of it."""
        path = self._first.about if self._first.aspect in ("object", "memory") else self._first.path
        hit = re.fullmatch(r"(\w+)((?:\.\w+|\[(?:\d+|'[\w .]*')\])*?)(\.grad)?", path)
        if hit is None or hit[1] not in self._seen.arguments:
            return "", ""
        dotted = re.sub(r"\.(\w+)", lambda part: f"[{part[1] if part[1].isdigit() else repr(part[1])}]", hit[2])
        return hit[1], dotted

    def _outcome(self) -> str:
        """The expression whose value or error is the outcome; lines before it are noted."""
        if not self._scenario.steps:
            inner = [*self._made.args, *(f"{name}={text}" for name, text in self._made.kwargs.items())]
            name = str(getattr(self._call.fn, "__name__", ""))
            if not name.replace(".", "_").isidentifier():
                raise Unwritable("a call without a name")
            return f"{name}({', '.join(inner)})"
        *before, last = [_decided(filled(step, self._made.of.get)) for step in self._scenario.steps]
        *first, last = _statements(last)
        self._lines += filter(None, map(_without_itself, [*before, "; ".join(first)]))
        return last

    # ---- what is looked at

    def lines(self) -> list[str]:
        """All lines."""
        look = {"gradient": self._gradient, "argument": self._after, "memory": self._memory}.get(self._first.aspect)
        looks = look() if look is not None else [self._look()]  # first, for it may put a line before the others
        return [*self._lines, *looks]

    @property
    def _at(self) -> str:
        """The part of the outcome that the finding is about."""
        path = self._first.path if _SAFE.fullmatch(self._first.path) else ""
        return _operand(self._out) + path if path else self._out

    def _look(self) -> str:
        aspect, at = self._first.aspect, self._at
        if aspect == "raised" and self._returned_none:
            return f"print({self._out})"
        if aspect == "raised" and self._seen.raised is not None and self._seen.raised.type_name == "RecursionError":
            # IPython draws each of a thousand frames: a kernel is busy with it for a minute.
            return f"try: {self._out}\nexcept RecursionError as error: print(error)"
        if aspect == "raised" or aspect == "printed":
            return self._out
        if _is_none(self._first):
            return f"print({at})"  # a cell shows nothing for None
        if aspect == "parameters":
            return f"__import__('inspect').signature({self._call.fn.__name__})"
        if self._first.look:
            return f"{_operand(at)}{self._first.look}"
        if aspect == "object" and self._root:
            return f"{_operand(at)} is {self._of_argument()}"
        if aspect == "type" and not self._first.about:
            return f"type({at})"
        if aspect in ("length", "keys"):
            return f"{'len' if aspect == 'length' else 'list'}({at})"
        return f"{_operand(at)}.{_ATTRIBUTES[aspect]}" if aspect in _ATTRIBUTES else self._element(at)

    def _element(self, text: str) -> str:
        """A tensor as code, or its first element that differs, with all digits, where it would print as expected."""
        at = self._first.at
        if at is None:
            return text
        index = f"[{', '.join(map(str, at))}]" if at else ""
        return f"{_operand(text)}{index}.item()"

    @property
    def _returned_none(self) -> bool:
        """Whether None came out where an error was expected: a cell would show nothing at all."""
        result = self._seen.result
        return self._seen.raised is None and isinstance(result, Plain) and result.value is None

    def _of_argument(self) -> str:
        return f"{self._made.of[self._root]}{self._inside}"

    def _value(self) -> Any:
        """The test's own argument that the finding is about."""
        call = self._call
        given = dict(zip(call.parameters, call.args, strict=False)) | dict(call.kwargs)
        value = given[self._root]
        for key in re.findall(r"\[(\d+|'[^']*')\]", self._inside):
            value = value[ast.literal_eval(key)]
        return value

    def _gradient(self) -> list[str]:
        x = f"{self._of_argument()}.grad" if self._root else ""
        if self._call.backward is None:
            return [self._out, self._element(_print(x, self._first)) if x else x]
        fact = self._seen.result
        # There was no backward pass then, but there is one of the right answer.
        reached = isinstance(fact, TensorFacts) and fact.requires_grad
        condition = "result.requires_grad" if isinstance(fact, TensorFacts) else _IS_RECORDED
        incoming, before = self._made.incoming, []
        result = self._out
        if incoming is None:
            before = ["from torchmarks import default_incoming", f"result = {self._out}"]
            result, incoming = "result", "default_incoming(result.shape, result.dtype, result.device)"
        elif not reached:
            before, result = [f"result = {self._out}"], "result"
        back = f"{_operand(result)}.backward({incoming})"
        if not reached:
            back = f"if {condition}: {back}"
        if self._seen.backward_raised is not None:
            return [*before, back]
        return [*before, back, self._element(_print(x, self._first))]

    def _before(self, line: str) -> None:
        """Put a line behind those that make the arguments: the steps of a scenario may change what it looks at."""
        self._lines.insert(len(self._made.lines), line)

    def _setting(self) -> list[str]:
        """The call between two looks at a setting."""
        with_steps = len(self._lines) > len(self._made.lines)
        found = _SETTINGS_AFTER_STEPS.get(self._first.path) if with_steps else None
        *before, last = found or _SETTINGS[self._first.path]
        for line in before:
            self._before(line)
        return [filled(last, {"call": self._out}.get)]

    def _after(self) -> list[str]:
        """The call, then its argument."""
        if self._first.about == "setting":
            return self._setting()
        if not self._root:
            raise Unwritable("an argument without a name")
        x, about = self._of_argument(), self._first.about
        # An error that was asked for would end the cell before the last line.
        call = self._out if self._seen.raised is None else f"try: {self._out}\nexcept Exception: pass"
        if about == "memory":
            return self._moved(x)
        if about == ".grad is":
            self._before(f"before = {x}.grad")
            return [call, f"{x}.grad is before"]
        if about == "_version":
            self._before(f"before = {x}._version")
            return [call, f"{x}._version - before  # {say('times_written')}"]
        if about:
            return [call, _print(f"{x}.{_OF_ARGUMENT.get(about, about.lstrip('.'))}", self._first)]
        return [call, self._element(_print(x, self._first))]

    def _moved(self, x: str) -> list[str]:
        address = "ctypes.data" if isinstance(self._value(), np.ndarray) else "data_ptr()"
        self._before(f"before = {x}.{address}")
        return [self._out, f"{x}.{address} == before"]

    def _memory(self) -> list[str]:
        """A write into the one, and a look at the other."""
        if not self._first.about:
            is_array = isinstance(below(self._seen.result, _keys(self._first.path)), ArrayFacts)
            first = "result[(0,) * result.ndim]" if is_array else "result.data[(0,) * result.dim()]"
            return [f"result = {self._at}", f"{first} = {_WRITTEN[0]}", "result"]
        if not self._root:
            raise Unwritable("an argument without a name")
        x = self._of_argument()
        if self._first.path == self._first.about:
            return self._moved(x)
        value = self._value()
        if isinstance(value, np.ndarray) and not value.flags.writeable:
            return [f"result = {self._at}", f"np.shares_memory(np.asarray(result), {x})"]
        result = below(self._seen.result, _keys(self._first.path))
        if self._first.seen == say("memory_partly", name=self._first.about) and (write := _write_in_order(x, value)):
            return [f"result = {self._at}", write, "result"]  # one number everywhere would hide another order
        if value.dtype in (torch.bool, np.bool_):
            write = f"{x}[...] = ~{x}" if isinstance(value, np.ndarray) else f"{x}.data.logical_not_()"
            return [f"result = {self._at}", write, "result"]
        new = _not_in(value, result)
        if new is None or not isinstance(result, TensorFacts | ArrayFacts):
            return [f"result = {self._at}", _write(x, value, _WRITTEN[0]), "result"]
        return [f"result = {self._at}", _write(x, value, new), f"bool((result == {new}).any())"]


def _write(x: str, value: Any, new: int) -> str:
    """A statement that writes this number into a tensor or array."""
    if isinstance(value, np.ndarray):
        return f"{x}[...] = {new}"
    return f"{x}.data[(0,) * {x}.dim()] = {new}" if 0 in value.stride() else f"{x}.data.fill_({new})"


def _write_in_order(x: str, value: Any) -> str:
    """A statement that writes another number into each element of a tensor or array; nothing where none is its own."""
    first = _WRITTEN[0]
    if value.dtype in (torch.bool, np.bool_):
        return ""
    if isinstance(value, np.ndarray):
        return "" if 0 in value.strides else f"{x}[...] = np.arange({first}, {first} + {x}.size).reshape({x}.shape)"
    if 0 in value.stride():
        return ""
    return f"{x}.data.copy_(torch.arange({first}, {first} + {x}.numel()).view({x}.shape))"


def _not_in(value: Any, result: Fact | None) -> int | None:
    """A number that is neither in a tensor or array nor in the result, if there is one among those we write."""
    known = [value]  # as it is: NumPy has no bfloat16
    known += [result.values] if isinstance(result, TensorFacts | ArrayFacts) else []
    return next((n for n in _WRITTEN if not any((numbers == n).any() for numbers in known)), None)


def _is_none(finding: Finding) -> bool:
    """Whether None stands where a value was asked for, a plain one too."""
    return finding.none or (finding.aspect == "type" and finding.seen == say("none"))


def _print(x: str, finding: Finding) -> str:
    return f"print({x})" if finding.seen == "None" or finding.seen.endswith(" None") else x


def _keys(path: str) -> list[str]:
    return [key.strip("'") for key in re.findall(r"\[(\d+|'[^']*')\]", path)]


def _operand(text: str) -> str:
    """An expression to which an attribute or an index can be added."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise Unwritable("a last step that is not an expression") from None
    return text if isinstance(node, ast.Call | ast.Name | ast.Attribute | ast.Subscript) else f"({text})"


def _is_hidden(fn: Any) -> bool:
    """Whether a scenario is part of a hidden test: a notebook does not have it."""
    name = str(getattr(getattr(fn, "__code__", None), "co_filename", ""))
    return name.startswith("<hidden ") and part_of(name.removeprefix("<hidden ").removesuffix(">")) == "hidden"
