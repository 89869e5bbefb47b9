"""Turns findings into a Report, and a Report into lines.

Pure: findings in, text out; the sentences themselves are in `checks.sentences`. Knows no points and no notebook. Never
shows a test's source or a frame of our own.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from torchmarks.checks.compare import ASPECTS, Finding, in_order
from torchmarks.checks.facts import Raised
from torchmarks.checks.formatting import LONGEST, format_setting
from torchmarks.checks.interruption import AskedForInput
from torchmarks.checks.left import Kind, Left
from torchmarks.checks.reasons import Reason
from torchmarks.checks.report import Report, Row
from torchmarks.checks.sentences import say
from torchmarks.checks.untrusted import class_name

# Where PyTorch explains what a row is about; a misconception brings a page of its own.
_DOCS = "https://docs.pytorch.org/docs/2.13/"  # the version that pyproject.toml pins
LINKS = {
    "dtype": f"{_DOCS}tensor_attributes.html#torch.dtype",
    "device": f"{_DOCS}tensor_attributes.html#torch.device",
    "memory": f"{_DOCS}tensor_view.html",
    "leaf": f"{_DOCS}notes/autograd.html",
    "history": f"{_DOCS}notes/autograd.html",
    "gradient": f"{_DOCS}notes/autograd.html",
}

# What to do about a limit that a student's process hit, by its name; `advice` knows another end too.
ADVICE = {
    "timeout": "next_timeout",
    "memory": "next_memory",
    "output": "next_output",
    "cpu": "next_cpu",
    "processes": "next_processes",
}
# Where an error says this in PyTorch's words, the sizes of two tensors did not broadcast.
_BROADCAST = "must match the size of tensor"
BROADCASTING = f"{_DOCS}notes/broadcasting.html"
ASKED_FOR_INPUT = class_name(AskedForInput)
LABELS = {aspect: f"label_{aspect}" for aspect in ASPECTS}


_MOST_ROWS = 8


def rows_of(findings: Sequence[Finding], returns: Sequence[str] = ()) -> tuple[Row, ...]:
    """Findings as rows, in the order in which they are shown; of very many the first, and how many more there are.

    returns: names of the items of the result, where the test gives some.
    """
    shown = _without_vague(in_order(findings))
    rows = [
        Row(_label(finding, returns), finding.seen, finding.expected, finding.detail) for finding in shown[:_MOST_ROWS]
    ]
    if len(shown) > _MOST_ROWS:
        rows.append(Row("", say("more_rows", count=len(shown) - _MOST_ROWS), ""))
    return tuple(rows)


def _without_vague(findings: list[Finding]) -> list[Finding]:
    """Without "a tensor or an array" where another row says which of the two, and without the memory of no elements
    where another shape was wanted.
    """
    exact = {finding.path for finding in findings if finding.aspect == "type" and not finding.about}
    empty = {f.path for f in findings if f.aspect in ("shape", "axes") and re.search(r"\b0\b", f.seen)}
    return [
        f
        for f in findings
        if not (f.aspect == "type" and f.about and f.path in exact) and not (f.aspect == "memory" and f.path in empty)
    ]


# Python shows these only to whoever wrote the code that warns.
_FOR_AUTHORS = ("DeprecationWarning", "PendingDeprecationWarning", "ImportWarning", "ResourceWarning")
_INTERNAL = re.compile(r"\s*\(Triggered internally at [^)]*\)\.?")
_MOST_WARNINGS = 2


def rows_of_warnings(warned: Sequence[str]) -> tuple[Row, ...]:
    """What a failed call warned of, which may be the cause. warned: the name of each warning, and its text."""
    told = dict.fromkeys(_INTERNAL.sub("", text) for text in warned if not text.startswith(_FOR_AUTHORS))
    texts = (textwrap.shorten(text, LONGEST, placeholder=" …") for text in list(told)[:_MOST_WARNINGS])
    return tuple(Row(say("label_warning"), text, "") for text in texts)


_THEMSELVES = ("values", "finite", "check")


def _label(finding: Finding, returns: Sequence[str]) -> str:
    label = say(LABELS[finding.aspect])
    if finding.aspect == "argument":
        return format_setting(finding.path) if finding.about == "setting" else finding.path
    part = _named(finding.path, returns)
    if part != finding.path and finding.aspect in _THEMSELVES:
        return part
    if finding.aspect == "gradient":
        part = part.removesuffix(".grad")  # the label says that already
    return say("label_of_part", label=label, part=part) if part else label


def _named(path: str, returns: Sequence[str]) -> str:
    """A path into a result with the name of the item that it begins with; one name alone is that of the whole."""
    hit = re.match(r"\[(\d+)\]", path)
    if len(returns) == 1:
        name, rest = returns[0], path
    elif hit is None or int(hit[1]) >= len(returns):
        return path
    else:
        name, rest = returns[int(hit[1])], path[hit.end() :]
    # An index behind several words would be read with the last of them: "zeros[2]".
    return say("element_at", value=name, index=rest) if " " in name and rest.startswith("[") else name + rest


def authored(**texts: str) -> tuple[str, ...]:
    """Which fields of a report an author wrote. texts: what they wrote, by field, "" for nothing."""
    return tuple(name for name, text in texts.items() if text)


def advice(limit: str) -> str:
    """What to do about a limit that a student's process hit, or another end of it. limit: its name."""
    return say(ADVICE.get(limit, "next_ended"))


def not_written(subject: str) -> Report:
    """The report for an exercise that is as it was handed out."""
    return Report(say("not_written"), next=say("next_not_written"), misconception=Reason.NOT_WRITTEN, subject=subject)


def missing(name: str, subject: str) -> Report:
    """The report for a name that the student's notebook does not have."""
    why, step = say("why_not_defined"), say("next_not_defined")
    headline = say("not_defined", name=name)
    return Report(headline, why=why, misconception=Reason.NOT_DEFINED, next=step, subject=subject, missing=name)


def renamed(report: Report, other: str) -> Report:
    """The report of a missing name, when another function may be meant."""
    why = say("why_renamed", name=report.missing, other=other)
    return replace(report, why=why, next=say("next_renamed", name=report.missing, other=other))


def not_run(report: Report, *, given: bool) -> Report:
    """The report of a missing name, when nothing that ran defines it. given: the assignment's own first cell should."""
    return replace(report, why=say("why_not_run"), next=say("next_first_cell") if given else report.next)


def no_function(name: str, kind: str) -> Report:
    """The report for a name that should be a function and is a value. kind: its type."""
    headline, step = say("no_function", name=name, kind=kind), say("next_no_function", name=name)
    why = say("why_no_function")
    return Report(headline, why=why, misconception=Reason.NO_FUNCTION, next=step, subject=name)


def cell_phrase(label: str) -> str:
    """A cell as a sentence names it. label: "from_list" of a cell with a name, else as it is: "cell 3"."""
    return say("named_cell", name=label) if _NAME.fullmatch(label) else label


_NAME = re.compile(r"[\w-]+")


def lost(report: Report, cell: str, limit: str, detail: str) -> Report:
    """The report of a missing name, when a limit stopped the cell that binds it. limit: its name."""
    headline = say("lost", name=report.missing, cell=cell_phrase(cell))
    return replace(report, headline=headline, why=detail, next=advice(limit), limit=limit)


def stopped_cell(report: Report, cell: str, error: str, *, taken: bool) -> Report:
    """The report of a missing name, when the cell that should define it stopped with an error. error: its name and
    text; taken: a name of the first cell has another value, which stops cells that have no fault of their own.
    """
    why = say("why_cell_stopped", cell=cell, error=error)
    unreadable = error.startswith(("SyntaxError", "IndentationError", "TabError"))
    named = Reason.NOT_PYTHON if unreadable else report.misconception
    step = say("next_cell_stopped_by_name" if taken and _comes_of_a_name(error) else "next_cell_stopped")
    return replace(report, why=why, misconception=named, next=step)


def _comes_of_a_name(error: str) -> bool:
    """Whether a cell may have stopped with this error because a name has another value."""
    return error.startswith(("AttributeError", "TypeError", "NameError"))


def common_cause(call: str, subject: str, raised: Raised | None, *, returned_none: bool) -> Report | None:
    """Mistakes that every exercise knows: not written, not defined, not Python, wrong parameters, endless recursion,
    nothing returned. None for any other."""
    if raised is not None:
        return _cause_of_error(call, subject, raised)
    if not returned_none:
        return None
    rows = (Row(say("label_check"), say("none"), say("a_value")),)
    why, step = say("why_returned_nothing"), say("next_returned_nothing")
    headline = say("not_as_asked", call=call)
    return Report(headline, rows, why=why, misconception=Reason.RETURNED_NOTHING, next=step, subject=subject)


def _cause_of_error(call: str, subject: str, raised: Raised) -> Report | None:
    if _is_stub(raised):
        return not_written(subject)
    # With a line of the student's own it is their function that misses the name.
    if raised.type_name == "NameError" and f"'{subject}'" in raised.message and not raised.own_lines:
        return missing(subject, subject)
    if "SyntaxError" in raised.bases:  # IndentationError and TabError are such
        why, step = say("why_not_python", message=raised.message), say("next_not_python")
        headline = say("not_python", call=call)
        return Report(headline, why=why, misconception=Reason.NOT_PYTHON, next=step, subject=subject)
    stopped = say("stopped", call=call)
    if raised.type_name == "TypeError" and _refused(raised, subject):
        why, step = say("why_signature", message=raised.message), say("next_signature")
        return Report(stopped, why=why, misconception=Reason.WRONG_SIGNATURE, next=step, subject=subject)
    if "SystemExit" in raised.bases:
        rows = _rows_of_end(raised.type_name, raised)
        headline, why, step = say("called_exit", call=call), say("why_exit"), say("next_exit")
        return Report(headline, rows, why=why, misconception=Reason.CALLED_EXIT, next=step, subject=subject)
    if raised.type_name == ASKED_FOR_INPUT:
        rows = _rows_of_end("input()", raised)
        headline, why, step = say("called_input", call=call), say("why_input"), say("next_input")
        return Report(headline, rows, why=why, misconception=Reason.ASKED_FOR_INPUT, next=step, subject=subject)
    if raised.type_name == "RecursionError":
        why, step = say("why_recursion"), say("next_recursion")
        return Report(stopped, why=why, misconception=Reason.ENDLESS_RECURSION, next=step, subject=subject)
    return None


def _rows_of_end(seen: str, raised: Raised) -> tuple[Row, ...]:
    """The row of a call that came to no result, with the student's line. seen: what ended it."""
    at = say("at_your_line", line=raised.own_lines[-1]) if raised.own_lines else ""
    return (Row(say("label_raised"), seen, say("no_error"), at),)


def _is_stub(raised: Raised) -> bool:
    """Whether the released stub's own line was reached: PyTorch raises NotImplementedError too, and says for what."""
    at_stub = bool(raised.own_lines) and raised.own_lines[-1].startswith("raise NotImplementedError")
    return raised.type_name == "NotImplementedError" and (at_stub or not raised.message.strip())


# Python's own words: a refused call is a TypeError like many others.
_SIGNATURE = re.compile(
    r"positional argument|unexpected keyword argument|missing \d+ required"
    r"|takes no arguments|takes no keyword arguments"
    r"|multiple values for argument"
)


def _refused(raised: Raised, subject: str) -> bool:
    """Whether Python refused the call of the student's function itself, not a call inside it."""
    names_it = raised.message.startswith((f"{subject}(", f"{subject}."))  # `Stack.__init__()` of a class
    return bool(_SIGNATURE.search(raised.message)) and (names_it or not raised.own_lines)


# Where to look, by the aspect of the first difference.
_LOOKS = {
    "raised": "look_raised",
    "type": "look_type",
    "length": "look_length",
    "keys": "look_keys",
    "axes": "look_shape",
    "shape": "look_shape",
    "dtype": "look_dtype",
    "device": "look_device",
    "object": "look_object",
    "memory": "look_memory",
    "leaf": "look_leaf",
    "history": "look_history",
    "gradient": "look_gradient",
    "finite": "look_finite",
    "values": "look_values",
    "argument": "look_argument",
    "printed": "look_printed",
    "check": "look_check",
}


def default_next(
    subject: str,
    findings: Sequence[Finding],
    *,
    shown: bool,
    scenario: bool,
    raised: bool,
    backward: bool,
    own_line: bool = True,
    to_change: bool = False,
    returns: Sequence[str] = (),
) -> str:
    """What to look at when neither the test nor a misconception names a step.

    shown: there is code that shows it; scenario: the call is a story of several steps; raised, backward: whether it
    stopped with an error, and whether in the backward pass; own_line: that error passed through a line of theirs;
    to_change: the first finding is about an argument that the call is to change; returns: names of what came out.
    """
    first = in_order(findings)[0] if findings else Finding("check", "", "", "")
    if first.aspect == "parameters":
        return say("next_signature")
    if first.aspect == "raised" and not (raised or backward):
        return say("look_no_error")  # one was expected, and none came
    if first.about == "setting":
        return say("look_setting")
    if raised and scenario and not own_line:
        return say("look_raised_in_test", subject=subject)
    if shown:
        return say("look_backward" if backward else _look(first, returns, to_change=to_change))
    if scenario:
        return say("next_steps")
    if backward:
        return say("next_backward", subject=subject)
    by_aspect = {"raised": "next_raised", "argument": "next_argument"}
    return say(by_aspect.get(first.aspect, "next_own_input"), subject=subject)


def _look(first: Finding, returns: Sequence[str], *, to_change: bool) -> str:
    """Where to look when the lines show the first difference."""
    if first.aspect == "values" and not re.search(r"\d", first.seen):
        return "look_check"  # True for False: there is nothing to work out
    if first.aspect == "type" and first.none and first.path:
        return "look_no_grad" if "grad" in _named(first.path, returns) else "look_none"
    if first.aspect == "memory" and first.about and first.path == first.about:
        return "look_moved"
    if first.aspect == "argument" and to_change and not first.about:
        return "look_to_change"
    return _LOOKS[first.aspect]


def step_of_error(raised: Raised | None, findings: Sequence[Finding], *, asked: bool) -> str:
    """What to do about an error that says by itself what is wrong; nothing for any other. asked: the call is to raise
    an error, and this one is not it.
    """
    if raised is None:
        return ""
    line = raised.own_lines[-1] if raised.own_lines else ""
    missed = _NO_ATTRIBUTE.fullmatch(raised.message)
    module = re.search(rf"\b(torch|np)\.{missed[2]}\b", line) if missed else None
    if missed and module:
        return say("next_taken_module", name=module[1], kind=missed[1])
    first = in_order(findings)[0] if findings else None
    if not asked or first is None or first.aspect != "raised":
        return ""
    if first.about == "message":
        return say("next_message") if _RAISES.search(line) else ""
    step = "next_other_error" if _RAISES.search(line) else "next_error_before"
    return say(step, seen=raised.type_name, expected=first.expected)


# Python's own words for what a value lacks; of a module it says "module 'torch' has no attribute".
_NO_ATTRIBUTE = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_RAISES = re.compile(r"\braise\b")


def is_about(step: str, raised: Raised) -> bool:
    """Whether a next step that a test brings speaks of this error: it names it, or shapes where two do not fit."""
    return raised.type_name in step or (_BROADCAST in raised.message and "shape" in step)


def repeats(step: str, code: Sequence[str]) -> bool:
    """Whether a next step only prints what the last of the lines above it shows."""
    try:
        asked, shown = ast.parse(step).body, ast.parse("\n".join(code)).body
    except (SyntaxError, ValueError):  # prose
        return False
    return len(asked) == 1 and bool(shown) and ast.dump(_printed(asked[0])) == ast.dump(_printed(shown[-1]))


def _printed(statement: ast.stmt) -> ast.AST:
    """What a statement shows: an expression, or the one that it prints."""
    match statement:
        case ast.Expr(ast.Call(ast.Name("print"), [only], [])) | ast.Expr(only):
            return only
    return statement


def default_link(findings: Sequence[Finding]) -> str:
    """The page of PyTorch's documentation about the first difference, or nothing."""
    if not findings:
        return ""
    first = in_order(findings)[0]
    return BROADCASTING if first.aspect == "raised" and _BROADCAST in first.seen else LINKS.get(first.aspect, "")


_LEFT: dict[Kind, str] = {
    "setting": "left_settings",
    "function": "left_functions",
    "name": "left_names",
    "builtin": "left_builtins",
}


def left_over(left: Sequence[Left]) -> str:
    """What cells have left, in one line; nothing where no test is affected."""
    taken = any(item.kind == "name" for item in left)
    sentences = [_left_function(item, taken=taken) for item in left if item.kind in ("older", "gone", "value")]
    for kind, sentence in _LEFT.items():
        things = [_left(item) for item in left if item.kind == kind]
        if things:
            sentences.append(say(sentence, what=", ".join(things)))
    return " ".join(sentences)


def _left_function(item: Left, *, taken: bool) -> str:
    """taken: a name of the first cell has another value, which stops cells that have no fault of their own."""
    cell = cell_phrase(item.cell)
    if item.kind == "older" and taken and _comes_of_a_name(item.value):
        return say("left_older_by_name", name=item.setting, cell=cell, error=item.value)
    if item.kind == "older":
        return say("left_older", name=item.setting, cell=cell, error=item.value)
    if item.kind == "gone":
        if not item.value:
            return say("left_emptied", name=item.setting, cell=cell)
        return say("left_gone", name=item.setting, cell=cell, other=item.value)
    return say("left_no_function", name=item.setting, cell=cell, kind=item.value)


def _left(item: Left) -> str:
    if item.kind == "setting":
        thing, value = format_setting(item.setting), format_setting(item.value)
        return say("left_value", thing=thing, value=value, cell=item.cell)
    return say("left_thing", thing=item.setting, cell=item.cell)
