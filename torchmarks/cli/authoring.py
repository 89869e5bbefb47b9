"""Commands for authors of assignments: release, verify, syllabus, new-exercise."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENT, ASSIGNMENTS, COURSE, any_course, catalogued_assignments, main
from torchmarks.course.commands import torchmarks_command
from torchmarks.whole_files import write_whole


@main.command()
@ASSIGNMENTS
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a student version is not current.")
@COURSE
def release(assignments: tuple[str, ...], check: bool, folder: Path | None) -> None:
    """Generate the student versions of ASSIGNMENTS (default: all) into release/.

    A catalogue of mistakes that cannot be read is refused (exit status 2); problems of its structure are printed to
    stderr.
    """
    module, tables = import_module("torchmarks.authoring"), import_module("torchmarks.tables")
    course = any_course(folder)
    old = False
    for name in catalogued_assignments(course, assignments):
        problems = import_module("torchmarks.catalogue").problems(course.catalogue(name))
        with tables.steps(lines=True) as say:
            say(f"{name}: comparing release/ with what source/ gives")
            changed = module.outdated(course, name)
            if changed and not check:
                module.refresh(course, name, say)
        old = old or bool(changed)
        state = f"{'not current' if check else 'written'}: {', '.join(changed)}" if changed else "current"
        click.echo(f"{name}: {state}")
        for problem in problems:
            click.echo(f"{name}: {problem}", err=True)
    sys.exit(1 if old and check else 0)


@main.command()
@ASSIGNMENTS
@click.option(
    "--answers",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File of answers to use instead of the catalogue; may be given again.",
)
@click.option("--exercise", "only", multiple=True, metavar="NAME", help="Only this exercise; may be given again.")
@click.option(
    "--fast", is_flag=True, help="Grade in one process, without workers and gradebook: quicker for a few answers."
)
@click.option(
    "--proofs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only N wrong answers of each misconception, from the third that no class is compared with: quicker.",
)
@click.option(
    "--show", is_flag=True, help="Print which misconceptions are confused, and the message for each wrong answer."
)
@COURSE
def verify(
    assignments: tuple[str, ...],
    files: tuple[Path, ...],
    only: tuple[str, ...],
    fast: bool,
    proofs: int | None,
    show: bool,
    folder: Path | None,
) -> None:
    """Prove that the tests of ASSIGNMENTS (default: all) accept right answers and refuse wrong ones.

    Exit status: 0, every answer got its verdict; 1, one did not, too many misconceptions are named wrongly, or no wrong
    answer breaks a demand of a statement; 2, a catalogue cannot be read. Problems of the catalogue and wrong names are
    printed, one to a line.
    """
    tables = import_module("torchmarks.tables")
    course = any_course(folder, to_read=True)
    names = catalogued_assignments(course, assignments)
    if files and len(names) != 1:
        raise import_module("torchmarks.errors").UsageError(
            "--answers needs exactly one assignment", "torchmarks verify", "Name the assignment that the file is for."
        )
    for file in files:  # one that is missing is reported at once, not after a minute
        import_module("torchmarks.catalogue.answers").read_text(file)
    short = False
    for name in names:
        with tables.steps(lines=True) as say:
            say(f"{name}: reading the notebook and its catalogue")  # and PyTorch, which takes longer
            result = import_module("torchmarks.authoring").verify(
                course, name, answer_files=files, only=only, fast=fast, proofs=proofs, paste=True, say=say
            )
        tables.print_verified(result, show=show)
        short = short or result.falls_short
    sys.exit(1 if short else 0)


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if docs/syllabus.md is not current.")
@COURSE
def syllabus(check: bool, folder: Path | None) -> None:
    """Write docs/syllabus.md from the course's notebooks."""
    course = any_course(folder)
    text = import_module("torchmarks.authoring").syllabus(course, catalogued_assignments(course, ()))
    path = course.root / "docs" / "syllabus.md"
    current = path.exists() and path.read_text(encoding="utf-8") == text
    if not check and not current:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, text.encode())
    click.echo(f"{path}: {'current' if current else 'not current' if check else 'written'}")
    sys.exit(1 if check and not current else 0)


@main.command("new-exercise")
@ASSIGNMENT
@click.argument("name")
@click.option("--after", default=None, metavar="NAME", help="Exercise that it follows; default: the last one.")
@COURSE
def new_exercise(assignment: str, name: str, after: str | None, folder: Path | None) -> None:
    """Add the skeleton of exercise NAME to ASSIGNMENT: four cells, right answers, a misconception with wrong ones."""
    module, course = import_module("torchmarks.authoring"), any_course(folder)
    notebook, catalogue = module.new_exercise(course, assignment, name, after)
    click.echo(f"{notebook}: four cells added, later titles numbered anew; fill them in with JupyterLab.")
    click.echo(f"{catalogue}: a misconception, three right answers and three wrong ones added.")
    click.echo("What the notebook's texts have to say now, by hand:")
    for line in module.by_hand(course, assignment, name):
        click.echo(f"  {line}")
    verify_it = torchmarks_command("verify", assignment, "--fast", "--exercise", name, "--show")
    click.echo(f"Then: {verify_it}; {torchmarks_command('release', assignment)}")
