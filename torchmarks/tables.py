"""Prints tables and progress for the commands, with rich; plain lines where there is no terminal."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from torchmarks import authoring
from torchmarks.console import print_line
from torchmarks.isolation.protocol.confinement import isolation_told
from torchmarks.printable import printable

if TYPE_CHECKING:
    from torchmarks.authoring import AnswerOutcome, Verified
    from torchmarks.demo import DemoResult

# soft_wrap: a path that rich breaks over two lines cannot be copied.
console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False)  # progress, which has no place in piped output
_LINE_S: Final = 10.0


@contextmanager
def steps(*, lines: bool = False) -> Iterator[Callable[[str], None]]:
    """Gives a function that shows the current step, in place, on a terminal.

    lines: whether it prints a line for each step elsewhere; by default it prints nothing there.
    """
    if not _errors.is_terminal:
        yield _lines() if lines else lambda text: None
        return
    with _errors.status("") as status:
        yield lambda text: status.update(escape(printable(text)))


def _lines() -> Callable[[str], None]:
    """Prints a step when it begins, and every ten seconds one that only counts."""
    step, printed = "", 0.0

    def say(text: str) -> None:
        nonlocal step, printed
        bare, now = re.sub(r"\d+", "", text), time.monotonic()
        if bare != step or now - printed >= _LINE_S:
            step, printed = bare, now
            print_line(_errors, text)

    return say


def say(text: str) -> None:
    """Prints one line of progress."""
    print_line(console, text)


def print_demo(result: DemoResult) -> None:
    """Prints the table of marks, the most common misconceptions, and where to find the files."""
    table = Table(title=f"Marks in {result.assignment}", title_justify="left")
    for heading in ("student", "made to be", "points", "submission"):
        table.add_column(heading, justify="right" if heading == "points" else "left")
    for mark in result.marks:
        points = "—" if mark.points is None else f"{mark.points:g} / {mark.most:g}"
        table.add_row(mark.student.name, mark.student.kind, points, mark.note)
    console.print(table)
    console.print(isolation_told(result.isolation), markup=False)
    console.print("Most common misconceptions:")
    for name, count in result.misconceptions:
        console.print(f"  {name}: {count} student{'s' if count != 1 else ''}", markup=False)
    course = result.root / "course"
    console.print("Open:")
    console.print(f"  marks       {result.export}", markup=False)
    console.print(f"  feedback    {course / 'feedback'}", markup=False)
    console.print(f"  graded      {course / 'autograded'}", markup=False)
    console.print(f"  a student   {result.root / 'homes'}", markup=False)
    console.print(f'  formgrader  make lab ARGS="--notebook-dir {shlex.quote(str(course))}"', markup=False)


def print_verified(result: Verified, *, show: bool = False) -> None:
    """Prints a row for each exercise, then the answers that fall short and the problems of the catalogue.

    show: also which misconceptions are taken for each other, and the message for each wrong answer.
    """
    table = Table(title=f"{result.assignment}", title_justify="left")
    for heading in ("exercise", "right accepted", "wrong refused", "named: proofs", "named: left out"):
        table.add_column(heading, justify="left" if heading == "exercise" else "right")
    for exercise in dict.fromkeys(outcome.answer.exercise for outcome in result.outcomes):
        table.add_row(exercise, *_counts([o for o in result.outcomes if o.answer.exercise == exercise]))
    table.add_section()
    table.add_row("all", *_counts(list(result.outcomes)))
    console.print(table)
    for title, names in (
        ("answers that are never imitated", result.proofs),
        ("answers left out in turn", result.left_out),
        ("in the notebook, of the former that fail there", result.in_notebook[0]),
        ("in the notebook, of the latter that fail there", result.in_notebook[1]),
    ):
        if names.answers:
            console.print(f"{title}: {names}", markup=False)
    if result.demands is not None:
        console.print(f"sentences of statements held by a wrong answer: {result.demands}", markup=False)
    if result.pasted:
        console.print(f"lines that show the failure: {result.lines}", markup=False)
    for one in result.pasted:
        if not one.shows and not one.varies:
            reason = one.problem or "no lines"
            console.print(f"shows nothing: {one.answer}, {one.part}: {reason}", markup=False)
    for problem in result.problems:
        console.print(f"problem: {problem}", markup=False)
    if show:
        _print_confusions(result)
    for outcome in result.outcomes:
        if outcome.is_false:
            console.print(
                f"named falsely: {outcome.answer.name} (line {outcome.answer.line}): {outcome.named}", markup=False
            )
        if not outcome.fits:
            line = f"{outcome.answer.name} (line {outcome.answer.line}): {_why(outcome)}"
            console.print(f"[bold]falls short:[/] {escape(line)}")  # "by [index]" in a label is not markup
        if outcome.text and (show or not outcome.fits):
            console.print(f"  {outcome.answer.name}", style="dim", markup=False)
            console.print("    " + outcome.text.replace("\n", "\n    "), markup=False)


def _print_confusions(result: Verified) -> None:
    confusions = authoring.confusions(result.outcomes)
    if not confusions:
        return
    table = Table(title="taken for each other", title_justify="left")
    for heading in ("exercise", "label", "named", "proofs", "left out"):
        table.add_column(heading, justify="right" if heading in ("proofs", "left out") else "left")
    for one in confusions:
        row = (one.exercise, one.labelled, one.named, str(one.proofs or ""), str(one.left_out or ""))
        table.add_row(*map(escape, row))
    console.print(table)


def _counts(outcomes: list[AnswerOutcome]) -> tuple[str, ...]:
    right = [o for o in outcomes if o.answer.is_right]
    wrong = [o for o in outcomes if not o.answer.is_right]
    accepted, refused = sum(o.fits for o in right), sum(o.is_refused for o in wrong)
    return (
        f"{accepted}/{len(right)}",
        f"{refused}/{len(wrong)}",
        *(_named(o for o in wrong if o.proof is p) for p in (True, False)),
    )


def _named(outcomes: Iterable[AnswerOutcome]) -> str:
    names = authoring.Names.of(outcomes)
    return f"{names.right}/{names.answers}" + (f", {names.false} false" if names.false else "")


def _why(outcome: AnswerOutcome) -> str:
    if outcome.answer.is_right:
        return f"{outcome.visible + outcome.hidden:g} of {outcome.most:g} points"
    if outcome.kept and outcome.is_refused:
        return f"it keeps its points in a part that it has to fail: {', '.join(outcome.kept)}"
    if outcome.hidden:
        return f"accepted: {outcome.hidden:g} hidden points"
    return f"refused, but as {outcome.named or 'nothing in particular'}"
