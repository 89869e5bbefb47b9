"""Commands for what happens in a term: points, extend, show, backup, restore, next-term."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENT, COURSE, class_course, main

_FILE = click.Path(path_type=Path)


@main.command()
@ASSIGNMENT
@click.argument("wishes", metavar="[EXERCISE=POINTS]...", nargs=-1)
@COURSE
def points(assignment: str, wishes: tuple[str, ...], course: Path | None) -> None:
    """Show what the exercises of ASSIGNMENT are worth, or set it: from_list=8, and 0 to drop an exercise.

    Writes into source/; the command that brings it to students or to marks is printed.
    """
    module, found = import_module("torchmarks.authoring.points"), class_course(course)
    chosen = module.wishes_in(wishes, assignment)
    if chosen:
        click.echo(f"{module.set_points(found, assignment, chosen)}: written")
    known = module.shares_of(found, assignment)
    wide = max(map(len, known), default=0)
    for name, shares in known.items():
        listed = ", ".join(f"{part} {share:g}" for part, share in shares.items())
        click.echo(f"  {sum(shares.values()):4g}  {name:{wide}}  {listed}")
    click.echo(f"  {sum(sum(shares.values()) for shares in known.values()):4g}  in all")
    if chosen:
        click.echo(f"Then: nbgrader generate_assignment {assignment} --force")
        click.echo(f"Where it is graded already, also: torchmarks grade {assignment} --compare")


@main.command()
@ASSIGNMENT
@click.argument("student")
@click.option("--days", type=float, default=0.0, help="From the due date on.")
@click.option("--hours", type=float, default=0.0, help="Likewise; both count together.")
@COURSE
def extend(assignment: str, student: str, days: float, hours: float, course: Path | None) -> None:
    """Give STUDENT more time for ASSIGNMENT; an extension of 0 days takes it back."""
    module, found = import_module("torchmarks.course.extensions"), class_course(course)
    try:
        by = timedelta(days=days, hours=hours)
    except (OverflowError, ValueError) as error:
        raise click.BadParameter(str(error)) from error
    course_id = str(found.directory.course_id)
    given = module.extend(found.db_url, course_id, assignment, student, by, found.config)
    plain = import_module("torchmarks.printable").printable
    click.echo(f"{plain(student)}: {assignment} is due by {given.until:%Y-%m-%d %H:%M} UTC")
    if given.late is None:
        return
    how = f"{given.late:g} s late by that" if given.late else "in time by that"
    if given.is_provisional:
        click.echo(
            f"What they have handed in is {how}; its mark is provisional, and torchmarks watch makes it final then."
        )
    elif given.changes:
        click.echo(f"What they have handed in is {how}. For the penalty to follow:")
        click.echo(f"  torchmarks grade {assignment} --student {plain(student)} --force")
    else:
        click.echo(f"What they have handed in is {how}. No late penalty changes.")


@main.command("next-term")
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--course-id", default="", help="A name of its own in the exchange, such as tensors-2031.")
@click.option("--gradebook", default="", metavar="URL", help="Where the settings name one: that of the next term.")
@COURSE
def next_term(into: Path, course_id: str, gradebook: str, course: Path | None) -> None:
    """Lay out this course's next term in DIR: same assignments and settings, no student's work, a new secret."""
    module = import_module("torchmarks.course.next_term")
    made = module.next_term(class_course(course), into, course_id=course_id, gradebook=gradebook)
    click.echo(f"{made.root}: written: {', '.join(made.assignments())}")
    click.echo("Its gradebook, with a secret of its own, is made by the first: nbgrader generate_assignment ASSIGNMENT")


@main.command()
@ASSIGNMENT
@click.option("--student", required=True, help="Whose work.")
@click.option("--exercise", "exercises", multiple=True, help="Only this one; may be given again.")
@COURSE
def show(assignment: str, student: str, exercises: tuple[str, ...], course: Path | None) -> None:
    """Show a student's graded work on ASSIGNMENT: points, their code, the call that failed, what they were told.

    No source of a test is shown. Where points are to change, do that in the formgrader: they stay.
    """
    found = class_course(course)
    for line in import_module("torchmarks.report.one_student").work_lines(found, assignment, student, exercises):
        click.echo(line)


@main.command()
@click.option("--to", type=_FILE, default=None, help="Default: gradebook.db.backup-TIME in the course's folder.")
@click.option("--force", is_flag=True, help="Over a file that is there.")
@COURSE
def backup(to: Path | None, force: bool, course: Path | None) -> None:
    """Copy the gradebook with the course's secret, also while it is in use.

    The copy is that of one moment, whoever grades or marks meanwhile, and is examined before it gets its name. A
    gradebook in PostgreSQL is written by pg_dump. Who reads the copy can compute every hidden input.
    """
    module, found = import_module("torchmarks.course.backup"), class_course(course)
    path = to or found.root / module.default_name(found.db_url)
    with import_module("torchmarks.tables").steps() as say:
        contents = module.backup(found.db_url, path, force=force, say=say)
    click.echo(f"{path.resolve()}: written: {contents}. Keep it where no student reads it.")


@main.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Also where there is a gradebook, which is kept beside it.")
@click.option("--other-course", is_flag=True, help="Also a copy with another secret, so of another gradebook.")
@COURSE
def restore(file: Path, force: bool, other_course: bool, course: Path | None) -> None:
    """Put a copy that `torchmarks backup` has made in the place of the gradebook.

    The file is examined first: one that is damaged, no gradebook, or another course's by its name or its secret is
    refused, and nothing is touched.
    """
    module, found = import_module("torchmarks.course.backup"), class_course(course)
    with import_module("torchmarks.tables").steps() as say:
        name = str(found.directory.course_id)
        contents, kept = module.restore(
            found.db_url, name, file, found.root, force=force, other_course=other_course, say=say
        )
    click.echo(f"{file.resolve()}: restored: {contents}.")
    if kept is not None:
        click.echo(f"{kept.resolve()}: the gradebook that was there before")
