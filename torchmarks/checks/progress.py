"""Shows students their progress in a notebook: a line under a test that passed, and a table at the end.

Listens to IPython's cells; where there is no IPython nothing is shown. Must not influence a verdict.
"""

from __future__ import annotations

import ast
import contextlib
import html
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from torchmarks.checks import cells
from torchmarks.checks import messages as words
from torchmarks.checks.box import show_traceback
from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.collecting import CheckFailed, counted
from torchmarks.checks.definitions import Definitions, defined_by, meant
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.judged import JudgedCall
from torchmarks.checks.language import ENGLISH, asked, speak, spoken
from torchmarks.checks.left import Left
from torchmarks.checks.leftovers import bound_by
from torchmarks.checks.notebook_reasons import Explained
from torchmarks.checks.report import as_expected
from torchmarks.checks.sentences import say
from torchmarks.checks.versions import graded_with, installed, note

_by_cell: dict[str, bool] = {}  # source of a test cell -> whether it passed when it ran last
_by_subject: dict[str, bool] = {}  # name of a student's function or class -> whether the last cell that tests it passed
_listening: list[Any] = []
_noted: list[str] = []  # the note on this session's PyTorch, once it was shown


def listen() -> None:
    """Counts the checks of every cell from now on, once per shell."""
    try:
        from IPython.core.getipython import get_ipython  # noqa: PLC0415 - a plain script needs no IPython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or shell in _listening:
        return
    _listening.append(shell)
    speak(asked(os.environ))
    counted.set([])
    listener = _Listener(Explained(shell, Path.cwd()))
    shell.events.register("pre_run_cell", listener.before)
    shell.events.register("post_run_cell", listener.after)
    # After ours: what a cell's checks found is reported while PyTorch's defaults still hold.
    cells.attach(shell, _in_notebook, listener.say, _explain, midway=True)


def _in_notebook(source: str, number: int | None) -> str:
    if number is None:
        return say("earlier_cell")
    return "" if _is_given(source) else say("numbered_cell", number=number)


def _is_given(source: str) -> bool:
    """Whether a cell is a locked one of a notebook in the working directory."""
    return any(marks.get("locked") and text == source for marks, text in _cells_here())


def _others_here(assignment: str) -> list[str]:
    """The assignments whose notebooks lie in the working directory, sorted, where this one's does not."""
    there = [] if Path(f"{assignment}.ipynb").exists() else sorted(Path().glob("*.ipynb"))
    return [path.stem for path in there if any(marks.get("grade_id") for marks, _ in _cells_of(path))]


def _cells_here() -> Iterator[tuple[Mapping[str, Any], str]]:
    """The cells of all notebooks in the working directory: nbgrader's marks and the source of each."""
    for path in Path().glob("*.ipynb"):
        yield from _cells_of(path)


def _cells_of(path: Path) -> Iterator[tuple[Mapping[str, Any], str]]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield marks_of(cell), "".join(cell["source"])


def _given_names() -> set[str]:
    """What the cells bind that an assignment comes with, its tests apart: imports and settings, mostly in the first."""
    found: set[str] = set()
    for marks, text in _cells_here():
        if marks.get("locked") and not marks.get("grade"):
            with contextlib.suppress(SyntaxError, ValueError):  # of a statement in Markdown, or with a magic
                found |= bound_by(ast.parse(text).body)
    return found


def _explain(error: NameError, definitions: Definitions) -> Callable[[], list[str]]:
    """What is shown of a name that a test does not find: a box that says why, as far as it is known."""
    name = str(error.name or "")
    report = words.missing(name, name)
    asked = {word for marks, text in _cells_here() if marks.get("grade") for word in re.findall(r"\w+", text)}
    others = [
        other for other in definitions.present() if other not in asked
    ]  # another exercise's name is not a misspelling
    other, ran_last = meant(name, others, definitions.last), defined_by(definitions.last)
    # A cell that stopped is the reason until it is run again, if under another name.
    if (stopped := definitions.stopped(name)) and (other not in ran_last or name in ran_last):
        taken = any(item.kind == "name" for item in cells.found())
        report = words.stopped_cell(report, name, stopped, taken=taken)
    elif other:
        report = words.renamed(report, other)
    elif name not in definitions.functions:
        report = words.not_run(report, given=name in _given_names())
    return CheckFailed(report)._render_traceback_


class _Listener:
    """Follows the cells of a shell. explained: gives the reasons of failed checks."""

    def __init__(self, explained: Explained) -> None:
        self._explained = explained
        self._gone: list[Left] = []  # what the current cell tests although no cell defines it any more

    def before(self, info: Any) -> None:
        """A cell is about to run."""
        counted.set([])
        self._gone = []
        self._explained.before(str(info.raw_cell or ""))

    def say(self, left: tuple[Left, ...]) -> None:
        """Print what cells left set; what is gone is said with the outcome, as a pass is not what it seems."""
        self._gone = [item for item in left if item.kind == "gone"]
        if other := words.left_over([item for item in left if item.kind != "gone"]):
            print(other)

    def after(self, result: Any) -> None:
        """Show how the checks of a cell went: one line when all is well."""
        self._explained.after()
        calls = counted.get() or []
        counted.set([])
        error = result.error_before_exec or result.error_in_exec
        # A chain without a matcher, `expect(seen)`, cannot raise: what it found is reported here.
        unreported = None if error else next((report for call in calls if (report := call.tell())), None)
        if unreported is not None:
            for line in show_traceback(unreported):
                print(line)
        all_well = error is None and unreported is None
        outcome = [as_expected(len(calls))] if calls and all_well else []
        if lines := [*outcome, *filter(None, [words.left_over(self._gone)])]:
            print(". ".join(lines))
        if calls and not _noted:
            _noted.append(note(installed(), graded_with()))
            if _noted[0]:
                print(_noted[0])
        _record(str(getattr(result.info, "raw_cell", "")), calls, all_well=all_well, error=error)


def _record(source: str, calls: Sequence[JudgedCall], *, all_well: bool, error: object) -> None:
    if source:
        _by_cell[source] = all_well  # by its source: then a cell with a plain assert counts, too
    if isinstance(error, CheckFailed):
        _by_subject[error.report.subject] = False
    elif calls:
        _by_subject.update({call.subject: all_well for call in calls})


def passed(source: str) -> bool | None:
    """Whether the cell with this source passed when it ran last; None where it has not run, or nobody listened."""
    return _by_cell.get(source)


def _visible_tests(assignment: str) -> list[tuple[str, str]]:
    """The exercises of the notebook in the working directory, in order, with the source of their visible tests.

    Without a notebook those that were tried, with no source.
    """
    path = Path(f"{assignment}.ipynb")
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        marked = [(grade_id_of(cell), "".join(cell["source"])) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [(name, "") for name in _by_subject]
    return [(exercise_of(grade_id), source) for grade_id, source in marked if part_of(grade_id) == "visible"]


_MOST = 12  # assignments that are named
_STATES = {True: "exercise_passes", False: "exercise_not_yet", None: "exercise_not_tried"}


class Progress:
    """The table of an assignment's exercises and how their visible tests went.

    others: the assignments that there are, where this is not one of them.
    """

    def __init__(self, assignment: str, rows: list[tuple[str, bool | None]], others: Sequence[str] = ()) -> None:
        self._assignment = assignment
        self._rows = rows
        self._others = others

    def _summary(self) -> str:
        if self._others:
            more = [f"… (+{len(self._others) - _MOST})"] if len(self._others) > _MOST else []
            there = ", ".join([*self._others[:_MOST], *more])
            missing = say("progress_unknown", notebook=f"{self._assignment}.ipynb", there=there)
            return f"{missing} {say('progress_tried')}" if self._rows else missing
        # In a graded notebook the tests ran elsewhere: "0 of 0" would say that nothing passed.
        if not self._rows:
            return say("progress_none", assignment=self._assignment)
        done = sum(passes is True for _, passes in self._rows)
        return say("progress", assignment=self._assignment, done=done, count=len(self._rows))

    def __repr__(self) -> str:
        width = max((len(name) for name, _ in self._rows), default=0)
        return "\n".join(
            [self._summary(), *(f"  {name:<{width}}  {say(_STATES[passes])}" for name, passes in self._rows)]
        )

    def _repr_html_(self) -> str:
        cell = "text-align:left;padding:2px 14px 2px 0;background:none;border:none"
        rows = "".join(
            f'<tr><td style="{cell}"><code>{html.escape(name)}</code></td><td style="{cell}">{state}</td></tr>'
            for name, state in ((name, say(_STATES[passes])) for name, passes in self._rows)
        )
        table = f'<div>{html.escape(self._summary())}</div><table style="border-collapse:collapse">{rows}</table>'
        return table if spoken() == ENGLISH else f'<div lang="{spoken()}">{table}</div>'


def progress(assignment: str) -> Progress:
    """How the visible tests of this assignment went in this session. assignment: such as "01-tensors"."""
    tests = _visible_tests(assignment)
    rows = [(name, _by_cell.get(source, _by_subject.get(name))) for name, source in tests]
    return Progress(assignment, rows, _others_here(assignment))
