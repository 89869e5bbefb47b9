"""Turn findings into what a student reads: a Report, and its plain-text lines.

Pure: findings in, text out. Knows no points and no notebook. Never shows a test's source or a frame of our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from torchmarks._compare import ASPECTS, Finding, in_order
from torchmarks._facts import Raised
from torchmarks._spelling import runnable
from torchmarks.checks.leftovers import Left
from torchmarks.checks.reasons import Reason

HEADLINE = "{call} is not what was asked for."
HEADLINE_RAISED = "{call} stopped with an error."
HEADLINE_BACKWARD = "{call}: the backward pass stopped with an error."
NOT_WRITTEN = "This exercise is not written yet: it still raises NotImplementedError."
NEXT_NOT_WRITTEN = "Replace `raise NotImplementedError()` by your code and run the cell again."
NOT_PYTHON = "{call} met code that is not Python."
WHY_NOT_PYTHON = "Python could not read a line of it: {message}"
NEXT_NOT_PYTHON = (
    "Look at that line and the one above it: a bracket, a quote or a colon is missing, or the indent is off."
)
NOT_DEFINED = "There is no {name} in your notebook."
WHY_NOT_DEFINED = "The cell that should define it did not run to its end, or the name is spelled differently."
WHY_CELL_STOPPED = "The cell of {cell} stopped with {error}"
NEXT_CELL_STOPPED = "Run that cell, mend the error, and run the tests again."
LOST = "{name} is not there: the cell {cell} was stopped before its end."
NEXT_NOT_DEFINED = "Run the cell of the exercise above; if it shows an error, mend that first."
WHY_SIGNATURE = "The call itself was refused: {message}"
NEXT_SIGNATURE = "Compare the parameters of your function with those of the statement: same names, same order."
WHY_NONE = "The function returned nothing. A function without a `return` gives None."
NEXT_NONE = "End the function with `return` and the value that was asked for."
WHY_RECURSION = "The function calls itself without end."
NEXT_RECURSION = (
    "Write down for which input it returns without calling itself, and check that every call comes closer to it."
)
NEXT_RAISED = "Run `{code}` in a cell of your own and read the last line of the error."
NEXT_RAISED_UNSHOWN = "Read the last line of the error, then call {subject} on a small input of your own."
NEXT_BACKWARD = "Call {subject} on a small input of your own that requires grad, and `.sum().backward()` on the result."
NEXT_ARGUMENT = "Look at the argument before and after `{code}`."
NEXT_ARGUMENT_UNSHOWN = "Call {subject} on a small input of your own and look at that input before and after."
NEXT_VALUE = "Run `{code}` in a cell of your own and look at the result."
NEXT_ATTRIBUTE = "print({code}.{attribute})"
NEXT_UNSHOWN = "Call {subject} on a small input of your own with the same shape and dtype, and look at the result."
NEXT_STEPS = "Rebuild this call in a cell of your own and look at each step."
PASSED_NONE = "✓ passed"  # a test that judges no call
PASSED_ONE = "✓ 1 call as expected"
PASSED = "✓ {count} calls as expected"
ALSO = "{wrong} of {total} calls differ; this is one of them."
MORE = "and {count} more differences"

# Where PyTorch explains what a row is about; a misconception brings a page of its own.
_DOCS = "https://docs.pytorch.org/docs/2.13/"
LINKS = {
    "dtype": f"{_DOCS}tensor_attributes.html#torch.dtype",
    "device": f"{_DOCS}tensor_attributes.html#torch.device",
    "memory": f"{_DOCS}tensor_view.html",
    "axes": f"{_DOCS}notes/broadcasting.html",
    "leaf": f"{_DOCS}notes/autograd.html",
    "history": f"{_DOCS}notes/autograd.html",
    "gradient": f"{_DOCS}notes/autograd.html",
}

# What to do about a limit that a student's process hit (isolation.Died.how), or another end of it.
ADVICE = {
    "timeout": "Look for a loop that never ends, or one over elements that a tensor operation could do at once.",
    "memory": "Look for a tensor that is far larger than its inputs, or a list that grows without end.",
    "output": "Remove the print from the loop.",
    "cpu": "Look for a loop that never ends.",
    "processes": "Do not start processes or threads in an exercise.",
}
ADVICE_THREADS = (
    "A cell started threads that go on running ({cells}). Tests run in a copy of your process, in which they are gone, "
    "and a call that waits for them waits for ever: start them inside the function."
)
ADVICE_OTHERWISE = "Run the call by itself in a fresh kernel and see whether the kernel survives."

# What cells left, in one line each.
EARLIER_CELL = "an earlier cell"
LEFT_SETTINGS = "Your cells left set: {what}. Tests run with PyTorch's own settings."
LEFT_FUNCTIONS = "Your cells replaced {what}. Take that out and restart the kernel: tests meet what stands there now."
LEFT_NAMES = "Your cells gave another value to {what}. Tests use their own."

LABELS = {aspect: aspect for aspect in ASPECTS} | {"raised": "error", "finite": "values", "check": "result"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison. label: such as "dtype", or "dtype of [1]"; expected: "" where there is none."""

    label: str
    seen: str
    expected: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a student reads about a check that failed.

    headline: the call and that it is not right; rows: seen against expected; why: one sentence, or nothing;
    misconception: its id, or nothing; next: one step; link: a documentation page, or nothing; note: how many calls
    differ; left: what cells had left set, or nothing; missing: the name that the notebook does not have, if that is the
    matter.
    """

    headline: str
    rows: tuple[Row, ...] = ()
    why: str = ""
    misconception: str = ""
    next: str = ""
    link: str = ""
    note: str = ""
    subject: str = ""
    left: str = ""
    missing: str = ""

    def lines(self) -> list[str]:
        """The report as plain text, for terminals and screen readers."""
        lines = [self.headline]
        label = max((len(row.label) for row in self.rows), default=0)
        seen = max((len(row.seen) for row in self.rows if row.expected and not _is_wide(row)), default=0)
        for row in self.rows:
            lines += _row_lines(row, label, seen)
        if self.note:
            lines.append(f"  {self.note}")
        if self.left:
            lines.append(f"Note: {self.left}")
        if self.why:
            lines.append(f"Why: {self.why}" + (f"      ({self.misconception})" if self.misconception else ""))
        if self.next:
            lines.append(f"Next: {self.next}")
        if self.link:
            lines.append(f"Read: {self.link}")
        return lines

    def text(self) -> str:
        """The lines as one string."""
        return "\n".join(self.lines())

    def short(self) -> str:
        """One line: the call, the first difference, the misconception."""
        first = self.rows[0] if self.rows else None
        about = ""
        if first:
            about = f" {first.label}: seen {first.seen}" + (f", expected {first.expected}" if first.expected else "")
        named = f" ({self.misconception})" if self.misconception else ""
        return f"{self.headline}{about}{named}"


_COLUMN = 40


def _is_wide(row: Row) -> bool:
    return len(row.seen) > _COLUMN or len(row.expected) > 2 * _COLUMN


def _row_lines(row: Row, label: int, seen: int) -> list[str]:
    if not row.expected:
        lines = [f"  {row.label:<{label}}  {row.seen}"]
    elif _is_wide(row):
        lines = [f"  {row.label:<{label}}  seen     {row.seen}", f"  {'':<{label}}  expected {row.expected}"]
    else:
        lines = [f"  {row.label:<{label}}  seen {row.seen:<{seen}}    expected {row.expected}"]
    return lines + ([f"  {'':<{label}}  {row.detail}"] if row.detail else [])


_MOST_ROWS = 8


def rows_of(findings: Sequence[Finding]) -> tuple[Row, ...]:
    """Findings as rows, in the order in which they are told; of very many the first, and how many more there are."""
    rows = []
    for finding in in_order(findings)[:_MOST_ROWS]:
        label = LABELS[finding.aspect]
        if finding.aspect == "argument":
            label = finding.path
        elif finding.path:
            label = f"{label} of {finding.path}"
        rows.append(Row(label, finding.seen, finding.expected, finding.detail))
    if len(findings) > _MOST_ROWS:
        rows.append(Row("", MORE.format(count=len(findings) - _MOST_ROWS), ""))
    return tuple(rows)


def missing(name: str, subject: str) -> Report:
    """The report for a name that the student's notebook does not have."""
    headline = NOT_DEFINED.format(name=name)
    why, step = WHY_NOT_DEFINED, NEXT_NOT_DEFINED
    return Report(headline, why=why, misconception=Reason.NOT_DEFINED, next=step, subject=subject, missing=name)


def lost(report: Report, cell: str, limit: str, detail: str) -> Report:
    """The report of a missing name, when a limit stopped the cell that binds it. limit: its name."""
    headline = LOST.format(name=report.missing, cell=cell)
    return replace(report, headline=headline, why=detail, next=ADVICE.get(limit, ADVICE_OTHERWISE))


def stopped_cell(report: Report, cell: str, error: str) -> Report:
    """The report of a missing name, when the cell that should define it stopped with an error. error: its name and
    text.
    """
    why = WHY_CELL_STOPPED.format(cell=cell, error=error)
    named = (
        Reason.NOT_PYTHON if error.startswith(("SyntaxError", "IndentationError", "TabError")) else report.misconception
    )
    return replace(report, why=why, misconception=named, next=NEXT_CELL_STOPPED)


def common_cause(call: str, subject: str, raised: Raised | None, *, returned_none: bool) -> Report | None:
    """Mistakes that every exercise knows: not written, not defined, not Python, wrong parameters, endless recursion,
    nothing returned. None for any other."""
    if raised is not None:
        return _cause_of_error(call, subject, raised)
    if not returned_none:
        return None
    rows = (Row("result", "None", "a value"),)
    headline = HEADLINE.format(call=call)
    return Report(headline, rows, WHY_NONE, Reason.RETURNED_NOTHING, NEXT_NONE, subject=subject)


def _cause_of_error(call: str, subject: str, raised: Raised) -> Report | None:
    stopped = HEADLINE_RAISED.format(call=call)
    if _is_stub(raised):
        return Report(NOT_WRITTEN, next=NEXT_NOT_WRITTEN, misconception=Reason.NOT_WRITTEN, subject=subject)
    if raised.type_name == "NameError" and f"'{subject}'" in raised.message and not raised.own_lines:
        return missing(subject, subject)
    if "SyntaxError" in raised.bases:
        why = WHY_NOT_PYTHON.format(message=raised.message)
        return Report(NOT_PYTHON.format(call=call), (), why, Reason.NOT_PYTHON, NEXT_NOT_PYTHON, subject=subject)
    if raised.type_name == "TypeError" and _refused(raised, subject):
        why = WHY_SIGNATURE.format(message=raised.message)
        return Report(stopped, (), why, Reason.WRONG_SIGNATURE, NEXT_SIGNATURE, subject=subject)
    if raised.type_name == "RecursionError":
        return Report(stopped, (), WHY_RECURSION, Reason.ENDLESS_RECURSION, NEXT_RECURSION, subject=subject)
    return None


def _is_stub(raised: Raised) -> bool:
    """Whether the released stub's own line was reached: PyTorch raises NotImplementedError too, and says for what."""
    at_stub = bool(raised.own_lines) and raised.own_lines[-1].startswith("raise NotImplementedError")
    return raised.type_name == "NotImplementedError" and (at_stub or not raised.message.strip())


_SIGNATURE = re.compile(
    r"positional argument|unexpected keyword argument|missing \d+ required"
    r"|takes no arguments|takes no keyword arguments"
    r"|multiple values for argument"
)


def _refused(raised: Raised, subject: str) -> bool:
    """Whether Python refused the call of the student's function itself, not a call inside it."""
    names_it = raised.message.startswith((f"{subject}(", f"{subject}."))
    return bool(_SIGNATURE.search(raised.message)) and (names_it or not raised.own_lines)


def default_next(
    call: str, subject: str, findings: Sequence[Finding], *, scenario: bool, backward: bool = False
) -> str:
    """One step to try when neither the test nor a misconception names one.

    scenario: the call is a story of several steps; backward: what stopped was the backward pass.
    """
    first = in_order(findings)[0] if findings else Finding("check", "", "", "")
    if first.aspect == "parameters":
        return NEXT_SIGNATURE
    code = None if scenario else runnable(call)
    if scenario:
        return NEXT_STEPS
    if backward:
        return NEXT_BACKWARD.format(subject=subject)
    if code is None:
        unshown = {"raised": NEXT_RAISED_UNSHOWN, "argument": NEXT_ARGUMENT_UNSHOWN}
        return unshown.get(first.aspect, NEXT_UNSHOWN).format(subject=subject)
    attribute = {"dtype": "dtype", "shape": "shape", "axes": "shape", "device": "device"}.get(first.aspect)
    if attribute is not None and not first.path:
        return NEXT_ATTRIBUTE.format(code=code, attribute=attribute)
    steps = {"raised": NEXT_RAISED, "argument": NEXT_ARGUMENT}
    return steps.get(first.aspect, NEXT_VALUE).format(code=code)


def default_link(findings: Sequence[Finding]) -> str:
    """The page of PyTorch's documentation about the first difference, or nothing."""
    return LINKS.get(in_order(findings)[0].aspect, "") if findings else ""


def left_over(left: Sequence[Left]) -> str:
    """What cells have left, in one line; nothing where it is nothing that a test meets."""

    def told(kind: str, text: str, show_value: bool = True) -> str:
        parts = [f"{x.setting}{f' {x.value}' if show_value else ''} ({x.cell})" for x in left if x.kind == kind]
        return text.format(what=", ".join(parts)) if parts else ""

    sentences = [
        told("setting", LEFT_SETTINGS),
        told("function", LEFT_FUNCTIONS, show_value=False),
        told("name", LEFT_NAMES, show_value=False),
    ]
    return " ".join(filter(None, sentences))


def passed(count: int) -> str:
    """The one line when all is well."""
    return {0: PASSED_NONE, 1: PASSED_ONE}.get(count, PASSED.format(count=count))
