"""Commands for a class's work: grade, feedback, report, solutions, export."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.cli.group import ASSIGNMENT, ASSIGNMENTS, COURSE, class_course, main


def _bulk(function: Any) -> Any:
    """The arguments and options of commands that work on a whole class."""
    # Reversed, as decorators are applied: then `--help` lists them in this order.
    for add in reversed(
        (
            ASSIGNMENT,
            click.option("--student", "students", multiple=True, help="Only this student; may be given again."),
            click.option("--workers", default=0, help="Processes; default: as many as cores."),
            click.option(
                "--scheduler", default="", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786."
            ),
            click.option("--force", is_flag=True, help="Also what is done already."),
            click.option("--json", "as_lines", is_flag=True, help="One line of JSON for each submission."),
            COURSE,
        )
    ):
        function = add(function)
    return function


@main.command()
@_bulk
@click.option(
    "--yes/--no", "answer", default=None,
    help="Grade again, or leave, what an earlier version of torchmarks or torch graded; default: ask.",
)  # fmt: skip
@click.option("--compare", is_flag=True, help="Show for each student the points before and after, and why they differ.")
def grade(
    assignment: str, course: Path | None, as_lines: bool, answer: bool | None, compare: bool, **options: Any
) -> None:
    """Grade a class: all that was collected of ASSIGNMENT and is not graded yet, or has changed since.

    What torchmarks watch grades for good at a deadline that is ahead is left to it, unless named with --force.
    """
    here = not options["scheduler"]  # a cluster's workers have sandboxes of their own
    found = class_course(course, sandbox=here)
    found.require_wall(sandbox=here)
    if import_module("torchmarks.course.generating").register(found.config, assignment):
        click.echo(f"{assignment}: its tests are in the gradebook now, from source/", err=True)  # stdout may be JSON
    bulk = import_module("torchmarks.bulk")
    with bulk.watching(as_lines=as_lines) as watcher:
        consent = bulk.consenting(watcher, assignment, answer)
        summary = bulk.grade_cohort(found.config, assignment, watcher, consent=consent, spares=True, **options)
    bulk.print_summary(summary, done="graded", again=f"torchmarks grade {assignment}", to_stderr=as_lines)
    if compare:
        _compare(found, assignment, options["students"], as_lines=as_lines)
    _tell(import_module("torchmarks.course.outdated").stray_warnings(found.directory))
    # with --no what would be graded otherwise now is as the person wants it
    sys.exit(0 if summary.is_complete(accept_stale=answer is False) else 1)


def _compare(course: Any, assignment: str, students: tuple[str, ...], *, as_lines: bool) -> None:
    bulk = import_module("torchmarks.bulk")
    changes = import_module("torchmarks.course.gradings").changes_of(course.db_url, assignment)
    wanted = [change for change in changes if not students or change.student in students]
    for line in bulk.comparison_json(wanted) if as_lines else bulk.comparison_lines(assignment, wanted):
        click.echo(line)


@main.command()
@_bulk
def feedback(assignment: str, course: Path | None, as_lines: bool, **options: Any) -> None:
    """Make feedback pages for a class: all that is graded of ASSIGNMENT and has none yet, or has changed since."""
    found = class_course(course)
    found.require_wall(sandbox=False)  # no student's code runs for a page
    bulk = import_module("torchmarks.bulk")
    with bulk.watching(as_lines=as_lines) as watcher:
        summary = bulk.feedback_cohort(found.config, assignment, watcher, **options)
    bulk.print_summary(summary, done="made", again=f"torchmarks feedback {assignment}", to_stderr=as_lines)
    _tell(import_module("torchmarks.course.penalties").penalty_warnings(found.db_url, assignment, found.config))
    sys.exit(0 if summary.is_complete() else 1)


@main.command()
@ASSIGNMENTS
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), show_default=True,
    help="The page to write.",
)  # fmt: skip
@click.option(
    "--csv", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write every figure as CSV, too."
)
@click.option(
    "--frequencies", "public", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="Write frequencies of misconceptions that can be published as CSV, too: no count below 5.",
)  # fmt: skip
@click.option("--names", is_flag=True, help="Name the students. Without it no name is in the files.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@COURSE
def report(
    assignments: tuple[str, ...],
    to: Path,
    csv: Path | None,
    public: Path | None,
    names: bool,
    show: bool,
    course: Path | None,
) -> None:
    """Write a page on what the class got wrong in ASSIGNMENTS (default: all that have grades)."""
    graded = class_course(course)
    module = import_module("torchmarks.report")
    plain = () if assignments else tuple(graded.plain())
    found = module.write_report(graded, assignments, to, names=names, csv=csv, public=public, without=plain)
    for name in plain:
        click.echo(f"{name}: left out: a plain nbgrader assignment. To report it: torchmarks report {name}", err=True)
    for figures in found:
        click.echo(f"{figures.assignment}: {len(figures.scores)} graded, mean {figures.mean:.1f} of {figures.most:g}")
    click.echo(f"{to.resolve()}: written")
    if public is not None:
        click.echo(f"{public.resolve()}: written, and {module.dictionary_of(public).name} beside it")
        least = import_module("torchmarks.report.frequencies").LEAST
        for figures in (one for one in found if len(one.scores) < least):
            click.echo(f"{figures.assignment}: fewer than {least} graded submissions, so nothing of it is in there")
    _tell_of_outdated(graded, [figures.assignment for figures in found])
    printable = import_module("torchmarks.printable").printable
    for student, reason in (item for figures in found for item in figures.unfinished.items()):
        click.echo(f"torchmarks: {printable(student)}: left out of the page. {reason}", err=True)
    if show:
        click.launch(to.resolve().as_uri())
    sys.exit(1 if any(figures.unfinished for figures in found) else 0)


def _tell_of_outdated(course: Any, assignments: list[str] | None = None) -> None:
    """Say on stderr which marks are not those of today's tests. assignments: default, all in the gradebook."""
    module = import_module("torchmarks.course.outdated")
    _tell(module.warnings_of(course.config, module.known(course.db_url) if assignments is None else assignments))


def _tell(warnings: list[str]) -> None:
    for line in warnings:
        click.echo(f"torchmarks: {line}", err=True)  # stdout may be JSON


@main.command()
@ASSIGNMENT
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="The notebook to write; default: ASSIGNMENT-solutions.ipynb.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Also while work still counts.")
@COURSE
def solutions(assignment: str, to: Path | None, force: bool, course: Path | None) -> None:
    """Write a notebook with the reference solutions of ASSIGNMENT, once no work on it counts any more."""
    config = class_course(course).config
    made = import_module("torchmarks.course.solutions").solutions_notebook(config, assignment, force=force)
    path = to or Path(f"{assignment}-solutions.ipynb")
    try:
        path.write_text(import_module("nbformat").writes(made), encoding="utf-8")
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise import_module("torchmarks.errors").UsageError(what, str(path), "Name another with --to.") from error
    click.echo(f"{path.resolve()}: written")


_FILE = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("system")
@click.option(
    "--to", type=_FILE, default=None,
    help="The file to write; default: SYSTEM.csv, marks.csv for csv, and with --into the name of that with -marks.",
)  # fmt: skip
@click.option(
    "--into", type=_FILE, default=None, metavar="CSV",
    help="canvas, moodle: fill this file, which the platform exported; all else in it stays.",
)  # fmt: skip
@click.option("--assignment", default="", metavar="NN-name", help="Marks, or pages, of this assignment alone.")
@click.option("--as", "column", default="", metavar="COLUMN", help="Its column in that file; default: by name.")
@click.option(
    "--feedback", type=_FILE, default=None, metavar="ZIP",
    help="canvas, moodle: also pack the feedback pages, under the names that the platform takes.",
)  # fmt: skip
@COURSE
def export(
    system: str, to: Path | None, into: Path | None, assignment: str, column: str, feedback: Path | None,
    course: Path | None,
) -> None:  # fmt: skip
    """Write the marks for SYSTEM: canvas, moodle, or csv (nbgrader's own table).

    With --into the platform's own file is filled: its students, columns and points stay as they are, marks are scaled
    to its points, and who is missing on either side is named.
    """
    found = class_course(course)
    if into or feedback:
        platforms = import_module("torchmarks.platforms")
        told = import_module("torchmarks.platforms.telling")
        wish = platforms.Export(system, into, to, assignment, column, feedback)
        is_whole = told.tell_export(platforms.export_out(found, wish), wish)
        _tell_of_outdated(found, [assignment] if assignment else None)
        sys.exit(0 if is_whole else 1)
    if assignment or column:
        remedy = "Name that file with --into; without it one for all assignments is written."
        raise import_module("torchmarks.errors").UsageError("is of a platform's own file", "--assignment, --as", remedy)
    path = to or Path("marks.csv" if system == "csv" else f"{system}.csv")
    import_module("torchmarks.course.exports").export(found.db_url, system, path)
    click.echo(f"{path.resolve()}: written")
    _tell_of_outdated(found)
