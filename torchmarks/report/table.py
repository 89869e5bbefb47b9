"""Every figure of a report as CSV, one figure a row: assignment, about, name, figure, value.

Pure. A long table, because every spreadsheet and data frame can turn it as needed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from torchmarks.printable import no_formula
from torchmarks.report.figures import Figures

HEAD = ("assignment", "about", "name", "figure", "value")
Row = tuple[str, str, str, str, float | int | str]


def as_csv(found: Sequence[Figures], *, names: bool = False) -> str:
    """The figures of all assignments. names: also every student's score, by name."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for figures in found:
        writer.writerows(_rows(figures, names=names))
    return text.getvalue()


def _rows(figures: Figures, *, names: bool) -> Iterator[Row]:
    name = figures.assignment
    for figure, value in _totals(figures):
        yield name, "assignment", "", figure, value
    for exercise in figures.exercises:
        for figure in ("most", "mean", "solved", "untouched", "difficulty", "discrimination", "stars"):
            value = getattr(exercise, figure)
            yield name, "exercise", exercise.name, figure, "" if value is None else value
    for wrong in figures.misconceptions:
        yield name, "misconception", f"{wrong.exercise}: {wrong.name}", "students", wrong.students
    yield from _learned(figures)
    for change in figures.changes:
        after = "no grade" if change.after is None else f"{change.after:g}"
        exercises = ", ".join(f"{name} {before:g} to {now:g}" for name, (before, now) in change.exercises.items())
        what = "; ".join(filter(None, [f"{change.before:g} to {after}", exercises, *change.why]))
        yield name, "graded again", no_formula(change.student) if names else "", "what", no_formula(what)
    for trouble in figures.trouble:
        yield name, trouble.kind, no_formula(trouble.student) if names else "", "what", no_formula(trouble.what)
    if names:
        for student, score in figures.scores.items():
            yield name, "student", no_formula(student), "score", score


def _learned(figures: Figures) -> Iterator[Row]:
    name = figures.assignment
    for wrong in figures.let_through:
        yield name, "let through", wrong.exercise, "passed the visible tests", wrong.passed
        yield name, "let through", wrong.exercise, "of these failed a hidden one", wrong.failed
        for misconception, count in wrong.names:
            yield name, "let through", f"{wrong.exercise}: {misconception}", "of these failed a hidden one", count
    for naming in figures.naming:
        yield name, "named", naming.exercise, "failures that could have a name", naming.failed
        yield name, "named", naming.exercise, "of these named", naming.named
    for held in figures.held:
        for figure in ("students", "gone", "attempts", "hours"):
            value = getattr(held, figure)
            yield name, "held", f"{held.exercise}: {held.name}", figure, "" if value is None else value


def _totals(figures: Figures) -> Iterator[tuple[str, float | int]]:
    yield "students", figures.students
    yield "graded", len(figures.scores)
    yield "most", figures.most
    yield "mean", figures.mean
    yield "median", figures.median
    yield "pass_rate", figures.pass_rate
    yield "to grade by hand", figures.open
    if figures.provisional:
        yield "provisional", figures.provisional
    if figures.seconds:
        yield "longest grading in seconds", max(figures.seconds)
