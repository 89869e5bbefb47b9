"""Commands for one submission at a time, here and on other platforms: grade-file, pack-assignment, adapter."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.adapters.choices import FORMATS, HIDDEN, VISIBILITIES
from torchmarks.cli.group import ASSIGNMENT, COURSE, class_course, main


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
            "nothing says which assignment it is of", "the notebook", "Name it with --assignment, or give a --bundle."
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
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Default: ASSIGNMENT.bundle.")
@COURSE
def pack_assignment(assignment: str, to: Path | None, course: Path | None) -> None:
    """Pack ASSIGNMENT with its hidden tests into one file, for `grade-file --bundle` on another machine."""
    path = to or Path(f"{assignment}.bundle")
    import_module("torchmarks.course.alone").packed_assignment(class_course(course), assignment).write(path)
    click.echo(f"{path.resolve()}: written; it holds the hidden tests, so keep it from students")


@main.group()
def adapter() -> None:
    """Make what grades an assignment on another platform: Gradescope, PrairieLearn or GitHub."""


def _making(function: Any) -> Any:
    """The arguments that every adapter takes."""
    to = click.option(
        "--to", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new folder."
    )  # fmt: skip
    return ASSIGNMENT(to(COURSE(function)))


def _made(to: Path, what: str) -> None:
    click.echo(f"{to.resolve()}: written: {what}, which holds the hidden tests: keep that from students")
    click.echo(f"How it goes on: {to.resolve() / 'README.md'}")


@adapter.command()
@_making
@click.option(
    "--hidden", default="after_published", show_default=True,
    type=click.Choice(VISIBILITIES),
    help="When students see what hidden tests found.",
)  # fmt: skip
@click.option("--messages", default="html", show_default=True, type=click.Choice(FORMATS), help="As what.")
def gradescope(assignment: str, to: Path, course: Path | None, hidden: str, messages: str) -> None:
    """An autograder for Gradescope: a zip file that is uploaded there."""
    make = import_module("torchmarks.adapters").make_gradescope
    _made(to, make(class_course(course), assignment, to, hidden=hidden, messages=messages))


@adapter.command()
@_making
@click.option(
    "--hidden", default="messages", show_default=True, type=click.Choice(HIDDEN),
    help="What students read of hidden tests.",
)  # fmt: skip
@click.option("--image", default="", metavar="NAME", help="The name of the image, such as ORG/torchmarks:1.")
def prairielearn(assignment: str, to: Path, course: Path | None, hidden: str, image: str) -> None:
    """An external grader for PrairieLearn: an image, and a question for the course's repository there."""
    make = import_module("torchmarks.adapters").make_prairielearn
    made = make(class_course(course), assignment, to, hidden=hidden, image=image)
    _made(to, f"an image, {made}, and a question")


@adapter.command()
@_making
def github(assignment: str, to: Path, course: Path | None) -> None:
    """Two repositories for GitHub: students' run visible tests alone, the instructor's grades them with all."""
    import_module("torchmarks.adapters").make_github(class_course(course), assignment, to)
    _made(to, "students' starter code, and the instructor's repository")
