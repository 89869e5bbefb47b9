"""Commands for grading one submission at a time, here or on another platform: grade-file, pack-assignment, adapter."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.adapters.choices import FORMATS, HIDDEN, VISIBILITIES
from torchmarks.cli.group import ASSIGNMENT, COURSE, assignment_option, course_with_class, main


@main.command("grade-file")
@click.argument("submitted", metavar="NOTEBOOK", type=click.Path(path_type=Path))
@assignment_option(default="", help="Assignment that the notebook belongs to; a bundle names its own.")
@click.option("--student", required=True, metavar="ID", help="Student's id, from which hidden inputs are drawn.")
@click.option(
    "--bundle", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="File made by `torchmarks pack-assignment`, instead of a course folder.",
)  # fmt: skip
@click.option(
    "--before-deadline",
    is_flag=True,
    help="Draw other hidden inputs than final grading, and hide the values of fixed ones.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
@COURSE
def grade_file(
    submitted: Path,
    assignment: str,
    student: str,
    bundle: Path | None,
    before_deadline: bool,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Grade one NOTEBOOK, or a folder with everything that a student handed in; no gradebook is needed or changed.

    The assignment comes from the course's source/ or from a bundle. Exit status: 0, graded; 1, it could not be graded
    (the reason is printed); 2, a path or an option cannot be used.
    """
    module = import_module("torchmarks.course.alone")
    if bundle is not None:
        grader = module.Grader.of_file(bundle, assignment)
    elif assignment:
        grader = module.Grader.of_course(course_with_class(folder), assignment)
    else:
        raise import_module("torchmarks.errors").UsageError(
            "its assignment is not known", "the notebook", "Name it with --assignment, or give a --bundle."
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
@ASSIGNMENT
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="File to write; default: ASSIGNMENT.bundle.",
)  # fmt: skip
@COURSE
def pack_assignment(assignment: str, to: Path | None, folder: Path | None) -> None:
    """Pack ASSIGNMENT with its hidden tests into one file, for `grade-file --bundle` on another machine."""
    path = to or Path(f"{assignment}.bundle")
    import_module("torchmarks.course.alone").packed_assignment(course_with_class(folder), assignment).write(path)
    click.echo(f"{path.resolve()}: written; it contains the hidden tests, so keep it away from students")


@main.group()
def adapter() -> None:
    """Make a grader of an assignment for another platform: Gradescope, PrairieLearn or GitHub."""


def _making(function: Any) -> Any:
    """Adds the arguments and options of every adapter to a command."""
    to = click.option(
        "--to", required=True, type=click.Path(path_type=Path), metavar="DIR", help="New folder to write to."
    )  # fmt: skip
    return ASSIGNMENT(to(COURSE(function)))


def _made(to: Path, what: str) -> None:
    click.echo(f"{to.resolve()}: written: {what}, which contains the hidden tests: keep it away from students")
    click.echo(f"What to do next: {to.resolve() / 'README.md'}")


@adapter.command()
@_making
@click.option(
    "--hidden", default="after_published", show_default=True,
    type=click.Choice(VISIBILITIES),
    help="When students see the results of hidden tests.",
)  # fmt: skip
@click.option(
    "--messages", default="html", show_default=True, type=click.Choice(FORMATS), help="Format of the messages."
)
def gradescope(assignment: str, to: Path, folder: Path | None, hidden: str, messages: str) -> None:
    """Make an autograder of ASSIGNMENT for Gradescope: a zip file to upload there."""
    make = import_module("torchmarks.adapters").make_gradescope
    _made(to, make(course_with_class(folder), assignment, to, hidden=hidden, messages=messages))


@adapter.command()
@_making
@click.option(
    "--hidden", default="messages", show_default=True, type=click.Choice(HIDDEN),
    help="How much of the hidden tests' results students read.",
)  # fmt: skip
@click.option("--image", default="", metavar="NAME", help="Name of the image, such as ORG/torchmarks:1.")
def prairielearn(assignment: str, to: Path, folder: Path | None, hidden: str, image: str) -> None:
    """Make an external grader of ASSIGNMENT for PrairieLearn: an image, and a question for its course repository."""
    make = import_module("torchmarks.adapters").make_prairielearn
    made = make(course_with_class(folder), assignment, to, hidden=hidden, image=image)
    _made(to, f"an image, {made}, and a question")


@adapter.command()
@_making
def github(assignment: str, to: Path, folder: Path | None) -> None:
    """Make two repositories of ASSIGNMENT for GitHub: the students' runs visible tests, the instructor's grades."""
    import_module("torchmarks.adapters").make_github(course_with_class(folder), assignment, to)
    _made(to, "the students' starter code, and the instructor's repository")
