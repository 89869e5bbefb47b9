"""Commands for a course as a whole: new-course, doctor, demo, and what students are given of it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENTS, COURSE, course_of, main, named, project


@main.command("new-course")
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@ASSIGNMENTS
def new_course(into: Path, assignments: tuple[str, ...]) -> None:
    """Lay out a course with ASSIGNMENTS (default: all) in DIR: notebooks, catalogues, settings, a page on what next."""
    made = import_module("torchmarks.course").new_course(into, assignments)
    click.echo(f"{made.root}: written: {', '.join(made.assignments())}")
    name = made.directory.course_id
    click.echo(f"Its settings are the plain ones: set the exchange, and another name than {name!r} beside others.")
    click.echo(f"Then, in that folder: torchmarks doctor; {made.root / 'README.md'} says how it goes on.")


@main.command()
# Not as for the others: a folder that is no course gets a line among the findings, and no refusal.
@click.option("--course", type=click.Path(path_type=Path), default=Path("."), help="Course folder; default: this one.")
def doctor(course: Path) -> None:
    """Say what works on this machine, what does not, and the command that mends it."""
    module = import_module("torchmarks.doctor")
    found = module.examine(course)
    click.echo("\n".join(map(import_module("torchmarks.printable").printable, module.lines_of(found))))
    sys.exit(1 if any(one.state == "missing" for one in found) else 0)


@main.command()
@click.option("--students", default=12, show_default=True, help="How many sample students.")
@click.option("--into", type=click.Path(path_type=Path), default=None, help="A new folder; default: a temporary one.")
@click.option(
    "--assignment", callback=named, default="01-tensors", show_default=True, help="Which assignment they hand in."
)
@click.option("--seed", default=0, show_default=True, help="Seeds who answers what.")
@COURSE
def demo(students: int, into: Path | None, assignment: str, seed: int, course: Path | None) -> None:
    """Grade a whole class of sample students: release, solve, submit, collect, grade, feedback, marks."""
    tables = import_module("torchmarks.tables")
    found = course_of(course, to_read=True)
    result = import_module("torchmarks.demo").run_demo(
        found, students=students, into=into, assignment=assignment, seed=seed, say=tables.say
    )
    tables.print_demo(result)


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Run a notebook's visible tests from a fresh start, as students do with `python -m torchmarks check`."""
    sys.exit(import_module("torchmarks.checks.validate").main(arguments))


@main.command("student-bundle")
@ASSIGNMENTS
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path("dist"), show_default=True)
def student_bundle(assignments: tuple[str, ...], into: Path) -> None:
    """Pack what students need of ASSIGNMENTS (default: all): notebooks, a wheel without the grading half, a page."""
    with project() as root:
        packed = import_module("torchmarks.course.student_bundle").student_bundle(root, into, assignments)
    click.echo(f"{packed.resolve()}: written")


@main.command()
@click.argument("into", type=click.Path(path_type=Path, file_okay=False))
@ASSIGNMENTS
@COURSE
def publish(into: Path, assignments: tuple[str, ...], course: Path | None) -> None:
    """Write student versions into INTO as they travel alone, with links where the course has an address on the web."""
    found = course_of(course)
    with project() as root:  # whose wheel students install
        written = import_module("torchmarks.course.publishing").publish(root, found.config, into, assignments)
    click.echo(f"{into.resolve()}: written: {', '.join(written)}")


@main.command("student-environment")
@click.argument("into", type=click.Path(path_type=Path, file_okay=False))
@click.option("--python", default="", help="Of which Python; default: the first one that everybody can start.")
def student_environment(into: Path, python: str) -> None:
    """Make one environment for all students of this machine in INTO, such as /opt/course, which they read."""
    with project() as root:
        import_module("torchmarks.course.student_environment").student_environment(root, into, python, click.echo)
