"""Commands for what happens in a term: show, backup, restore."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import COURSE, class_course, main

_FILE = click.Path(path_type=Path)


@main.command()
@click.argument("assignment")
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
@COURSE
def restore(file: Path, force: bool, course: Path | None) -> None:
    """Put a copy that `torchmarks backup` has made in the place of the gradebook.

    The file is examined first: one that is damaged, another course's or no gradebook is refused, and nothing is
    touched.
    """
    module, found = import_module("torchmarks.course.backup"), class_course(course)
    with import_module("torchmarks.tables").steps() as say:
        contents, kept = module.restore(
            found.db_url, str(found.directory.course_id), file, found.root, force=force, say=say
        )
    click.echo(f"{file.resolve()}: restored: {contents}.")
    if kept is not None:
        click.echo(f"{kept.resolve()}: the gradebook that was there before")
