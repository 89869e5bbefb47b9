"""Commands for the course of a term: points, extend, show, backup, restore, next-term."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENT, COURSE, course_with_class, main, require_known, student_named, warn
from torchmarks.course.commands import generate_command, grade_command

_FILE = click.Path(path_type=Path)


@main.command()
@ASSIGNMENT
@click.argument("wishes", metavar="[EXERCISE=POINTS]...", nargs=-1)
@COURSE
def points(assignment: str, wishes: tuple[str, ...], folder: Path | None) -> None:
    """Show what the exercises of ASSIGNMENT are worth, or set it: EXERCISE=POINTS, with 0 to drop an exercise.

    New points are written to source/; the commands that bring them to students and to marks are printed.
    """
    module, course = import_module("torchmarks.authoring.points"), course_with_class(folder)
    chosen = module.wishes_in(wishes, assignment)
    if chosen:
        click.echo(f"{module.set_points(course, assignment, chosen)}: written")
    known = module.shares_of(course, assignment)
    wide = max(map(len, known), default=0)
    for name, shares in known.items():
        listed = ", ".join(f"{part} {share:g}" for part, share in shares.items())
        click.echo(f"  {sum(shares.values()):4g}  {name:{wide}}  {listed}")
    click.echo(f"  {sum(sum(shares.values()) for shares in known.values()):4g}  in all")
    if chosen:
        click.echo(f"Then: {generate_command(assignment, force=True)}")
        click.echo(f"Where it is graded already, also: {grade_command(assignment)} --compare")


@main.command()
@ASSIGNMENT
@click.argument("student", callback=student_named)
@click.option(
    "--days", type=float, default=None, metavar="N", help="Days from the due date on; 0 takes an extension back."
)
@click.option("--hours", type=float, default=None, metavar="N", help="Hours, added to the days.")
@COURSE
def extend(assignment: str, student: str, days: float | None, hours: float | None, folder: Path | None) -> None:
    """Give STUDENT more time for ASSIGNMENT, in place of an earlier extension; --days 0 takes it back.

    Without --days and --hours nothing changes: the student's deadline and extension are shown.
    """
    module, course = import_module("torchmarks.course.extensions"), course_with_class(folder)
    try:
        by = timedelta(days=days or 0, hours=hours or 0)
    except (OverflowError, ValueError) as error:
        raise click.BadParameter(str(error)) from error
    require_known(course, assignment)
    course_id = str(course.directory.course_id)
    if days is None and hours is None:
        found = module.present(course.db_url, course_id, assignment, student)
        lines = module.lines_on_present(assignment, student, found)
    else:
        given = module.extend(course.db_url, course_id, assignment, student, by, course.config)
        lines = module.lines_on_extended(assignment, student, given)
    for line in lines:
        click.echo(line)


@main.command("next-term")
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--course-id", default="", metavar="NAME", help="Its name in the exchange, such as tensors-2031.")
@click.option("--gradebook", default="", metavar="URL", help="Its gradebook, if the settings name one.")
@COURSE
def next_term(into: Path, course_id: str, gradebook: str, folder: Path | None) -> None:
    """Create this course's next term in DIR: same assignments and settings, no student's work, a new secret."""
    module = import_module("torchmarks.course.next_term")
    made = module.next_term(course_with_class(folder), into, course_id=course_id, gradebook=gradebook)
    click.echo(f"{made.root}: written: {', '.join(made.assignments())}")
    click.echo(f"Its gradebook, with a secret of its own, is made by: {generate_command()}")


@main.command()
@ASSIGNMENT
@click.argument("student", metavar="STUDENT", default="", callback=student_named)
@click.option(
    "--student", "option", default="", hidden=True, callback=student_named,
    help="The student's id, where it is not an argument.",
)  # fmt: skip
@click.option("--exercise", "exercises", multiple=True, metavar="NAME", help="Only this exercise; may be given again.")
@COURSE
def show(assignment: str, student: str, option: str, exercises: tuple[str, ...], folder: Path | None) -> None:
    """Show STUDENT's graded work on ASSIGNMENT: points, their code, the call that failed, what they read.

    No test's source is shown. To change points, use the formgrader: they stay when the work is graded again.
    """
    if student and option:
        raise click.UsageError("Name one student: as an argument or with --student.")
    if not (student or option):
        raise click.MissingParameter(param_hint="'STUDENT'", param_type="argument")
    course = course_with_class(folder)
    require_known(course, assignment)
    student = student or option
    for line in import_module("torchmarks.report.one_student").work_lines(course, assignment, student, exercises):
        click.echo(line)
    penalties = import_module("torchmarks.course.penalties")
    warn(penalties.penalty_lines(course.marked(assignment, student)))


@main.command()
@click.option(
    "--to", type=_FILE, default=None, metavar="FILE",
    help="File to write; default: gradebook.db.backup-TIME in the course's folder.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite a file that exists.")
@COURSE
def backup(to: Path | None, force: bool, folder: Path | None) -> None:
    """Copy the gradebook with the course's secret, even while it is in use.

    The copy is of one moment, whatever is graded meanwhile, and is checked before it gets its name. A gradebook in
    PostgreSQL is copied with pg_dump. Anyone who can read the copy can compute every hidden input.
    """
    module, course = import_module("torchmarks.course.backup"), course_with_class(folder)
    path = to or course.root / module.default_name(course.db_url)
    with import_module("torchmarks.tables").steps() as say:
        contents = module.backup(course.db_url, path, force=force, say=say)
    click.echo(f"{path.resolve()}: written: {contents}. Keep it where no student can read it.")


@main.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace an existing gradebook, which is kept beside the new one.")
@click.option("--other-course", is_flag=True, help="Accept a copy with another secret, that is, of another gradebook.")
@COURSE
def restore(file: Path, force: bool, other_course: bool, folder: Path | None) -> None:
    """Restore the gradebook from FILE, a copy made by `torchmarks backup`.

    The file is checked first: it is refused, and nothing changes, if it is damaged, is not a gradebook, or belongs to
    another course by its name or its secret.
    """
    module, course = import_module("torchmarks.course.backup"), course_with_class(folder)
    with import_module("torchmarks.tables").steps() as say:
        name = str(course.directory.course_id)
        contents, kept = module.restore(
            course.db_url, name, file, course.root, force=force, other_course=other_course, say=say
        )
    click.echo(f"{file.resolve()}: restored: {contents}.")
    if kept is not None:
        click.echo(f"{kept.resolve()}: the gradebook that was there before")
