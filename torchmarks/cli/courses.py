"""Commands for a course as a whole: new-course, doctor, demo, check, and those that make what students are given."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENTS, COURSE, any_course, assignment_option, main, package_root


@main.command("new-course")
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@ASSIGNMENTS
def new_course(into: Path, assignments: tuple[str, ...]) -> None:
    """Create a course with ASSIGNMENTS (default: all) in DIR: notebooks, catalogues, settings and a README."""
    made = import_module("torchmarks.course").new_course(into, assignments)
    click.echo(f"{made.root}: written: {', '.join(made.assignments())}")
    name = made.directory.course_id
    click.echo(f"Its settings are the plain ones: set the exchange, and another name than {name!r} beside others.")
    click.echo(f"Then, in that folder: torchmarks doctor; {made.root / 'README.md'} explains what is next.")


@main.command()
# Unlike COURSE: a folder that is not a course gets a line among the findings, and is not refused.
@click.option(
    "--course", "folder", type=click.Path(path_type=Path), default=Path("."), metavar="DIR",
    help="Course folder; default: the current one.",
)  # fmt: skip
def doctor(folder: Path) -> None:
    """Check this machine and the course: what works, what does not, and the command that fixes it."""
    module = import_module("torchmarks.doctor")
    checks = module.examine(folder)
    said = "\n".join(map(import_module("torchmarks.printable").printable, module.lines_of(checks)))
    click.echo(module.writable(said, sys.stdout.encoding or "utf-8"))
    sys.exit(1 if any(check.state == "missing" for check in checks) else 0)


@main.command()
@click.option("--students", default=12, metavar="N", show_default=True, help="Number of sample students, at least 7.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="New folder to work in; default: a temporary one.",
)
@assignment_option(default="01-tensors", show_default=True, help="Assignment that they hand in.")
@click.option("--seed", default=0, metavar="N", show_default=True, help="Seed of the draw of their answers.")
@COURSE
def demo(students: int, to: Path | None, assignment: str, seed: int, folder: Path | None) -> None:
    """Grade a whole class of sample students: release, solve, submit, collect, grade, feedback, marks."""
    tables = import_module("torchmarks.tables")
    course = any_course(folder, to_read=True)
    result = import_module("torchmarks.demo").run_demo(
        course, students=students, into=to, assignment=assignment, seed=seed, say=tables.say
    )
    tables.print_demo(result)


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", metavar="NOTEBOOK [OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Run the visible tests of NOTEBOOK from a fresh start, as students do with `python -m torchmarks check`."""
    sys.exit(import_module("torchmarks.checks.validate").main(arguments))


@main.command("student-bundle")
@ASSIGNMENTS
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), default=Path("dist"), show_default=True, metavar="DIR",
    help="Folder to write the bundle to.",
)  # fmt: skip
def student_bundle(assignments: tuple[str, ...], to: Path) -> None:
    """Pack what students need for ASSIGNMENTS (default: all): notebooks, a wheel without the grading half, a page."""
    with package_root() as root:
        packed = import_module("torchmarks.course.student_bundle").student_bundle(root, to, assignments)
    click.echo(f"{packed.resolve()}: written")


@main.command()
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@ASSIGNMENTS
@COURSE
def publish(into: Path, assignments: tuple[str, ...], folder: Path | None) -> None:
    """Write student versions of ASSIGNMENTS (default: all) to DIR as notebooks that can be put on the web.

    Pictures are embedded; where the settings name the course's address there, notebooks and pages link to it.
    """
    course = any_course(folder)
    with package_root() as root:  # students install the wheel that is made from it
        written = import_module("torchmarks.course.publishing").publish(root, course.config, into, assignments)
    click.echo(f"{into.resolve()}: written: {', '.join(written)}")


@main.command("student-environment")
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--python", default="", metavar="PYTHON", help="Python to build it with; default: the first that all users can run."
)
def student_environment(into: Path, python: str) -> None:
    """Make one environment for all students of this machine in DIR, such as /opt/course, which they can read."""
    with package_root() as root:
        import_module("torchmarks.course.student_environment").student_environment(root, into, python, click.echo)
