"""Commands for one submission at a time, here and on other platforms: grade-file, pack-assignment, adapter."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import COURSE, class_course, main


@main.command("grade-file")
@click.argument("submitted", metavar="NOTEBOOK", type=click.Path(path_type=Path))
@click.option("--assignment", default="", metavar="NN-name", help="Of which assignment; a bundle knows its own.")
@click.option("--student", required=True, metavar="ID", help="Whose it is: hidden inputs are drawn for this id.")
@click.option(
    "--bundle", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="What `torchmarks pack-assignment` made, instead of a course folder.",
)  # fmt: skip
@click.option("--before-deadline", is_flag=True, help="Draw other hidden inputs, and show no value of fixed ones.")
@click.option("--json", "as_json", is_flag=True, help="One object of JSON on stdout.")
@COURSE
def grade_file(
    submitted: Path,
    assignment: str,
    student: str,
    bundle: Path | None,
    before_deadline: bool,
    as_json: bool,
    course: Path | None,
) -> None:
    """Grade one NOTEBOOK, or a folder with all that was handed in, without a gradebook; change nothing.

    The assignment comes from source/ of the course, or from a bundle. Exits with 0 when it is graded, with 1 when it
    could not be graded (the reason is printed), and with 2 for a path or an option that cannot be used.
    """
    module = import_module("torchmarks.course.alone")
    if bundle is not None:
        grader = module.Grader.of_file(bundle, assignment)
    elif assignment:
        grader = module.Grader.of_course(class_course(course), assignment)
    else:
        raise import_module("torchmarks.errors").UsageError(
            "of which assignment is it?", "torchmarks grade-file", "Name it with --assignment, or give a --bundle."
        )
    phases = import_module("torchmarks.checks.seeding").Phase
    answer = grader.answer(student, submitted, phases.BEFORE_DEADLINE if before_deadline else phases.FINAL)
    if as_json:
        click.echo(json.dumps(answer.as_data()))
    else:
        printable = import_module("torchmarks.printable").printable
        click.echo("\n".join(map(printable, module.lines_of(answer))))
    sys.exit(0 if answer.is_graded else 1)


@main.command("pack-assignment")
@click.argument("assignment")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Default: ASSIGNMENT.bundle.")
@COURSE
def pack_assignment(assignment: str, to: Path | None, course: Path | None) -> None:
    """Pack ASSIGNMENT with its hidden tests into one file, for `grade-file --bundle` on another machine."""
    path = to or Path(f"{assignment}.bundle")
    import_module("torchmarks.course.alone").packed_assignment(class_course(course), assignment).write(path)
    click.echo(f"{path.resolve()}: written; it holds the hidden tests, so keep it from students")
