"""The group of all commands, with the arguments and options that they share and the course that they work on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.spared import spare


class _Commands(click.Group):
    """Turns our errors into one line and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        spare()
        errors, printable = import_module("torchmarks.errors"), import_module("torchmarks.printable").printable
        try:
            return super().invoke(ctx)
        # Made printable: an error may quote the name of a student's file, which could steer a terminal.
        except errors.UsageError as error:
            click.echo(f"torchmarks: {printable(error)}", err=True)
            ctx.exit(2)
        except errors.TorchmarksError as error:
            click.echo(f"torchmarks: {printable(error)}", err=True)
            ctx.exit(1)
        except Exception as error:
            found = import_module("torchmarks.course.machine_faults").machine_error(error)
            if found is None:
                raise
            click.echo(f"torchmarks: {printable(found)}", err=True)
            ctx.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="torchmarks")
def main() -> None:
    """Grade notebooks on PyTorch tensors: what students' code did, and what it should have done."""


def named(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Reads the name of an assignment, or of several: a callback for click. Raises UsageError for a path.

    A shell completes a name to that of the folder, with a slash at its end, which is dropped.
    """
    if isinstance(value, tuple):
        return tuple(named(ctx, param, one) for one in value)
    if not value and isinstance(param, click.Option):  # it was not given
        return value
    name = str(value).rstrip("/")
    if not name or name.startswith(".") or "/" in name:
        error = import_module("torchmarks.errors").UsageError
        raise error("this is a path, not the name of an assignment", repr(value), "Its name is such as 01-tensors.")
    return name


def student_named(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Reads a student's id, or several: a callback for click. Raises UsageError for what can be no folder's name."""
    for student in value if isinstance(value, tuple) else (value,):
        was_given = bool(student) or param.required or isinstance(value, tuple)
        if was_given and not import_module("torchmarks.course.collected").is_folder_name(student):
            error = import_module("torchmarks.errors").UsageError
            remedy = "Give the name of their folder in submitted/."
            raise error("this cannot be a student's id, as no folder can have that name", repr(student), remedy)
    return value


ASSIGNMENT = click.argument("assignment", callback=named)
ASSIGNMENTS = click.argument("assignments", nargs=-1, callback=named)
COURSE = click.option(
    "--course", "folder", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
    help="Course folder; default: the current one.",
)  # fmt: skip


def assignment_option(**settings: Any) -> Callable[[Any], Any]:
    """The option --assignment, for commands whose arguments are something else. settings: those of `click.option`."""
    return click.option("--assignment", callback=named, metavar="NN-name", **settings)


def any_course(folder: Path | None, *, to_read: bool = False) -> Any:
    """The course that was named, of the current folder, or of this package's checkout: for work that needs no class.

    to_read: for commands that write nothing into it; without a checkout it is then the one that the wheel brought.
    """
    module = import_module("torchmarks.course")
    return module.Course(folder or _here() or (module.origin() if to_read else module.repository()))


def package_root() -> AbstractContextManager[Path]:
    """The folder that students' wheels and bundles are made from; without a checkout, with this folder's release/."""
    module, here = import_module("torchmarks.course"), _here()
    root: AbstractContextManager[Path] = module.project(module.Course(here) if here else None)
    return root


def course_with_class(folder: Path | None, *, sandbox: bool = False) -> Any:
    """The course that was named, or of the current folder: a class's work is never looked for anywhere else.

    sandbox: whether students' code will run on this machine; if it cannot, this is said before torch is loaded.
    Raises UsageError.
    """
    module = import_module("torchmarks.course")
    root = folder or _here() or Path.cwd()
    if sandbox and (root / module.CONFIG).is_file():
        import_module("torchmarks.course.config_check").check_machine(root)
    return module.Course(root)


def _here() -> Path | None:
    """The current folder, if it is a course. Raises UsageError inside another course: the file may be a student's."""
    here, name = Path.cwd(), import_module("torchmarks.course").CONFIG
    if not (here / name).exists():
        return None
    around = next((folder for folder in here.parents if (folder / name).exists()), None)
    if around is not None:
        what = f"its {name} was not read: the folder is inside the course {around}, so the file may be a student's"
        raise import_module("torchmarks.errors").UsageError(what, str(here), "Name the course with --course.")
    return here


def warn(lines: Iterable[str]) -> None:
    """Print warnings on stderr: stdout may be JSON, or a page that is passed on."""
    for line in lines:
        click.echo(f"torchmarks: {line}", err=True)


def require_known(course: Any, assignment: str) -> None:
    """Raises UsageError for an assignment that neither source/ nor the gradebook has."""
    known = course.assignments()
    if assignment in known:
        return
    if not import_module("torchmarks.course.records").missing_file(course.db_url):
        try:
            known = sorted({*known, *import_module("torchmarks.course.registered").assignments_in(course.db_url)})
        except import_module("sqlalchemy.exc").SQLAlchemyError:  # the command itself says why it cannot be read
            return
    if assignment not in known:
        where, remedy = str(course.root), f"Known: {', '.join(known)}." if known else "Add it to source/."
        raise import_module("torchmarks.errors").UsageError(f"there is no assignment {assignment!r}", where, remedy)


def catalogued_assignments(course: Any, chosen: tuple[str, ...]) -> list[str]:
    """The assignments that were chosen, which have to exist; by default all but plain ones, which are named on stderr.

    Raises UsageError where there are none.
    """
    if chosen:
        return [course.require(name) for name in chosen]
    plain = course.plain()
    for name in plain:
        click.echo(f"{name}: left out: a plain nbgrader assignment, without a catalogue of mistakes", err=True)
    assignments = [name for name in course.assignments() if name not in plain]
    if not assignments:
        what = "there is no assignment with a catalogue of mistakes"
        raise import_module("torchmarks.errors").UsageError(what, str(course.root), "Name one, or add it to source/.")
    return assignments
