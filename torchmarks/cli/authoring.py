"""Commands for who writes the course: release, verify, syllabus, new-exercise."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENT, ASSIGNMENTS, COURSE, course_of, main, ours


@main.command()
@ASSIGNMENTS
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a student version is not current.")
@COURSE
def release(assignments: tuple[str, ...], check: bool, course: Path | None) -> None:
    """Generate the student versions of ASSIGNMENTS (default: all) into release/.

    Refuses a catalogue of mistakes that cannot be read, with 2, and tells what is wrong with its structure on stderr.
    """
    module, tables = import_module("torchmarks.authoring"), import_module("torchmarks.tables")
    found = course_of(course)
    old = False
    for name in ours(found, assignments):
        problems = import_module("torchmarks.catalogue").problems(found.catalogue(name))
        with tables.steps(lines=True) as say:
            say(f"{name}: comparing release/ with what source/ gives")
            changed = module.outdated(found, name)
            if changed and not check:
                module.refresh(found, name, say)
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
    help="A file of answers to use instead of the catalogue.",
)
@click.option("--exercise", "only", multiple=True, help="Only this exercise; may be given again.")
@click.option("--fast", is_flag=True, help="In one process, without workers and gradebook: quicker for a few answers.")
@click.option(
    "--proofs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of the wrong answers only N of each misconception, of those that are never imitated (a third): quicker.",
)
@click.option("--show", is_flag=True, help="Print which mistakes are confused, and the message of each wrong answer.")
@COURSE
def verify(
    assignments: tuple[str, ...],
    files: tuple[Path, ...],
    only: tuple[str, ...],
    fast: bool,
    proofs: int | None,
    show: bool,
    course: Path | None,
) -> None:
    """Prove that the tests of ASSIGNMENTS (default: all) accept right answers and refuse wrong ones.

    Exits with 0 when every answer got its verdict, with 1 when one did not, too many names are false or a demand of a
    statement is held by no answer, and with 2 for a catalogue that cannot be read. Problems of the catalogue and names
    that are false are printed, a line each.
    """
    tables = import_module("torchmarks.tables")
    found = course_of(course, to_read=True)
    names = ours(found, assignments)
    if files and len(names) != 1:
        raise import_module("torchmarks.errors").UsageError(
            "--answers needs exactly one assignment", "torchmarks verify", "Name the assignment that the file is for."
        )
    for file in files:  # one that is not there is told at once, and not after a minute
        import_module("torchmarks.catalogue.answers").read_text(file)
    short = False
    for name in names:
        with tables.steps(lines=True) as say:
            say(f"{name}: reading the notebook and its catalogue")  # and PyTorch, which takes longer
            result = import_module("torchmarks.authoring").verify(
                found, name, answer_files=files, only=only, fast=fast, proofs=proofs, paste=True, say=say
            )
        tables.print_verified(result, show=show)
        short = short or result.falls_short
    sys.exit(1 if short else 0)


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when docs/syllabus.md is not current.")
@COURSE
def syllabus(check: bool, course: Path | None) -> None:
    """Write docs/syllabus.md from the notebooks."""
    found = course_of(course)
    text = import_module("torchmarks.authoring").syllabus(found, ours(found, ()))
    path = found.root / "docs" / "syllabus.md"
    current = path.exists() and path.read_text(encoding="utf-8") == text
    if not check and not current:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {'current' if current else 'not current' if check else 'written'}")
    sys.exit(1 if check and not current else 0)


@main.command("new-exercise")
@ASSIGNMENT
@click.argument("name")
@click.option("--after", default=None, help="The exercise that it follows; default: the last one.")
@COURSE
def new_exercise(assignment: str, name: str, after: str | None, course: Path | None) -> None:
    """Add the skeleton of exercise NAME to ASSIGNMENT: four cells, right answers, a misconception with wrong ones."""
    module, found = import_module("torchmarks.authoring"), course_of(course)
    notebook, catalogue = module.new_exercise(found, assignment, name, after)
    click.echo(f"{notebook}: four cells added, later titles numbered anew; fill them in with JupyterLab.")
    click.echo(f"{catalogue}: a misconception, three right answers and three wrong ones added.")
    click.echo("What the notebook's texts have to say now, by hand:")
    for line in module.by_hand(found, assignment, name):
        click.echo(f"  {line}")
    click.echo(f"Then: torchmarks verify {assignment} --fast --exercise {name} --show; torchmarks release {assignment}")
