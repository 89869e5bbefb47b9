"""Commands for a class's work: grade, feedback, report, solutions, export."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.cli.group import (
    ASSIGNMENT,
    ASSIGNMENTS,
    COURSE,
    assignment_option,
    course_with_class,
    main,
    require_known,
    student_named,
    warn,
)
from torchmarks.course.commands import feedback_command, grade_command, torchmarks_command
from torchmarks.whole_files import write_whole


def _bulk(function: Any) -> Any:
    """Adds the arguments and options of commands that work on a whole class."""
    # Decorators apply from the bottom up: reversed, so that `--help` lists them in this order.
    for add in reversed(
        (
            ASSIGNMENT,
            click.option(
                "--student",
                "students",
                multiple=True,
                metavar="ID",
                callback=student_named,
                help="Only this student; may be given again.",
            ),
            click.option(
                "--workers",
                type=click.IntRange(min=0),
                default=0,
                metavar="N",
                help="Number of processes; default: one for each core.",
            ),
            click.option(
                "--scheduler",
                default="",
                metavar="ADDRESS",
                help="Address of a Dask scheduler, such as tcp://host:8786.",
            ),
            click.option("--force", is_flag=True, help="Also redo what is up to date."),
            click.option("--json", "as_lines", is_flag=True, help="Print one line of JSON for each submission."),
            COURSE,
        )
    ):
        function = add(function)
    return function


@main.command()
@_bulk
@click.option(
    "--yes/--no", "answer", default=None,
    help="Grade again, or leave, what another version of torchmarks or torch graded; default: ask.",
)  # fmt: skip
@click.option("--compare", is_flag=True, help="Show for each student the points before and after, and why they differ.")
def grade(
    assignment: str, folder: Path | None, as_lines: bool, answer: bool | None, compare: bool, **options: Any
) -> None:
    """Grade a class: everything collected for ASSIGNMENT that is not graded yet, or has changed since.

    Submissions that `torchmarks watch` will grade for good at a later deadline are left to it, unless they are named
    with --student and --force.
    """
    here = not options["scheduler"]  # a cluster's workers have sandboxes of their own
    course = course_with_class(folder, sandbox=here)
    course.require_config(sandbox=here)
    require_known(course, assignment)
    if import_module("torchmarks.course.generating").register(course.config, assignment):
        click.echo(
            f"{assignment}: the gradebook did not know it; its tests were read from source/", err=True
        )  # stdout may be JSON
    bulk = import_module("torchmarks.bulk")
    with bulk.watching(as_lines=as_lines) as watcher:
        consent = bulk.consenting(watcher, assignment, answer)
        summary = bulk.grade_cohort(course.config, assignment, watcher, consent=consent, spares=True, **options)
    bulk.print_summary(summary, done="graded", again=grade_command(assignment), to_stderr=as_lines)
    if compare:
        _compare(course, assignment, options["students"], as_lines=as_lines)
    overlooked, directory = import_module("torchmarks.course.overlooked"), course.directory
    closed = overlooked.closed(directory, options["students"])
    warn([*overlooked.stray_lines(directory), *overlooked.misplaced(directory, options["students"]), *closed])
    # --no: grades of another version stay because the person wants that
    sys.exit(0 if summary.is_complete(accept_stale=answer is False) and not closed else 1)


def _compare(course: Any, assignment: str, students: tuple[str, ...], *, as_lines: bool) -> None:
    bulk = import_module("torchmarks.bulk")
    changes = import_module("torchmarks.course.gradings").changes_of(course.db_url, assignment)
    wanted = [change for change in changes if not students or change.student in students]
    for line in bulk.comparison_json(wanted) if as_lines else bulk.comparison_lines(assignment, wanted):
        click.echo(line)


@main.command()
@_bulk
def feedback(assignment: str, folder: Path | None, as_lines: bool, **options: Any) -> None:
    """Make feedback pages for a class: all graded work on ASSIGNMENT that has none yet, or has changed since."""
    course = course_with_class(folder)
    course.require_config(sandbox=False)  # no student's code runs for a page
    require_known(course, assignment)
    copies = import_module("torchmarks.course.graded_copies")
    copies.require_copies(course.marked(assignment), options["students"])
    bulk = import_module("torchmarks.bulk")
    with bulk.watching(as_lines=as_lines) as watcher:
        summary = bulk.feedback_cohort(course.config, assignment, watcher, **options)
    bulk.print_summary(summary, done="made", again=feedback_command(assignment), to_stderr=as_lines)
    of_pages = import_module("torchmarks.course.warnings").of_pages
    warn(of_pages(course.marked(assignment), missing=not options["students"]))
    sys.exit(0 if summary.is_complete() else 1)


@main.command()
@ASSIGNMENTS
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), show_default=True,
    metavar="FILE", help="Page to write.",
)  # fmt: skip
@click.option(
    "--csv", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="Also write every figure to this CSV file.",
)  # fmt: skip
@click.option(
    "--frequencies", "public", type=click.Path(path_type=Path, dir_okay=False), default=None,
    metavar="FILE", help="Also write frequencies of misconceptions as CSV, fit to be published: no count below 5.",
)  # fmt: skip
@click.option("--names", is_flag=True, help="Name the students; without it no file has a name in it.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@COURSE
def report(
    assignments: tuple[str, ...],
    to: Path,
    csv: Path | None,
    public: Path | None,
    names: bool,
    show: bool,
    folder: Path | None,
) -> None:
    """Write a page on what the class got wrong in ASSIGNMENTS (default: all that have grades)."""
    course = course_with_class(folder)
    module = import_module("torchmarks.report")
    plain = () if assignments else tuple(course.plain())
    pages = module.write_report(course, assignments, to, names=names, csv=csv, public=public, without=plain)
    for name in plain:
        command = torchmarks_command("report", name)
        click.echo(f"{name}: left out: a plain nbgrader assignment. To report it: {command}", err=True)
    for figures in pages:
        click.echo(f"{figures.assignment}: {len(figures.scores)} graded, mean {figures.mean:.1f} of {figures.most:g}")
    click.echo(f"{to.resolve()}: written")
    if public is not None:
        click.echo(f"{public.resolve()}: written, and {module.dictionary_of(public).name} beside it")
        least = import_module("torchmarks.report.frequencies").LEAST
        for figures in (figures for figures in pages if len(figures.scores) < least):
            click.echo(
                f"{figures.assignment}: fewer than {least} graded submissions, so none of its figures are in there"
            )
    reported = [figures.assignment for figures in pages]
    warn(import_module("torchmarks.course.warnings").of_figures(course.config, reported))
    printable = import_module("torchmarks.printable").printable
    for student, reason in (item for figures in pages for item in figures.unfinished.items()):
        click.echo(f"torchmarks: {printable(student)}: left out of the page. {reason}", err=True)
    if show:
        click.launch(to.resolve().as_uri())
    sys.exit(1 if any(figures.unfinished for figures in pages) else 0)


def _warn_of_marks(course: Any, assignment: str) -> None:
    """Prints what a list of marks is to be read with. assignment: "" for all in the gradebook."""
    names = [assignment] if assignment else import_module("torchmarks.course.registered").assignments_in(course.db_url)
    warn(import_module("torchmarks.course.warnings").of_marks(course.config, names))


@main.command()
@ASSIGNMENT
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="Notebook to write; default: ASSIGNMENT-solutions.ipynb.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Even while work still counts.")
@COURSE
def solutions(assignment: str, to: Path | None, force: bool, folder: Path | None) -> None:
    """Write a notebook with the reference solutions of ASSIGNMENT, once no work on it counts any more."""
    course = course_with_class(folder)
    require_known(course, assignment)
    made = import_module("torchmarks.course.solutions").solutions_notebook(course.config, assignment, force=force)
    path = to or Path(f"{assignment}-solutions.ipynb")
    try:
        write_whole(path, import_module("nbformat").writes(made).encode(), named=True)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise import_module("torchmarks.errors").UsageError(what, str(path), "Name another with --to.") from error
    click.echo(f"{path.resolve()}: written")


_FILE = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("system", type=click.Choice(["canvas", "moodle", "csv"]))
@click.option(
    "--to", type=_FILE, default=None, metavar="FILE",
    help="File to write; default: SYSTEM.csv, marks.csv for csv, and with --fill that file's name with -marks.",
)  # fmt: skip
@click.option(
    "--fill", "sheet", type=_FILE, default=None, metavar="CSV",
    help="canvas, moodle: fill in this file, which the platform exported; all else in it stays.",
)  # fmt: skip
@assignment_option(default="", help="Marks, or pages, of this assignment only.")
@click.option(
    "--as", "column", default="", metavar="COLUMN", help="Column of the assignment in that file; default: by name."
)
@click.option(
    "--feedback", type=_FILE, default=None, metavar="ZIP",
    help="canvas, moodle: also pack the feedback pages, under the names that the platform expects.",
)  # fmt: skip
@COURSE
def export(
    system: str, to: Path | None, sheet: Path | None, assignment: str, column: str, feedback: Path | None,
    folder: Path | None,
) -> None:  # fmt: skip
    """Write the marks for Canvas, for Moodle, or as csv (nbgrader's own table).

    With --fill the platform's own file is filled in: its students, columns and points stay as they are, marks are
    scaled to its points, and students who are missing on either side are named.
    """
    course = course_with_class(folder)
    if assignment:
        require_known(course, assignment)
    if sheet or feedback:
        platforms = import_module("torchmarks.platforms")
        telling = import_module("torchmarks.platforms.telling")
        wish = platforms.Export(system, sheet, to, assignment, column, feedback)
        is_whole = telling.tell_export(platforms.export_out(course, wish), wish)
        _warn_of_marks(course, assignment)
        sys.exit(0 if is_whole else 1)
    if assignment or column:
        remedy = "Name that file with --fill; without it, all assignments go into one file."
        raise import_module("torchmarks.errors").UsageError(
            "only apply to a platform's own file", "--assignment, --as", remedy
        )
    path = to or Path("marks.csv" if system == "csv" else f"{system}.csv")
    import_module("torchmarks.course.exports").export(course.db_url, system, path)
    click.echo(f"{path.resolve()}: written")
    _warn_of_marks(course, "")
