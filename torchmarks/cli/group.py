"""The group of all commands, and which course a command works on."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.spared import spare

# As SQLite says it, where a disk is full: with a journal to write, or with a page.
_FULL = ("disk I/O error", "database or disk is full")


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
            full = _full_disk(error)
            if not full:
                raise
            click.echo(f"torchmarks: {printable(full)}", err=True)
            ctx.exit(1)


def _full_disk(error: BaseException) -> str:
    """What to say of an error that a full disk gave, wherever it was noticed; nothing of any other."""
    what = ""
    found: BaseException | None = error
    while found is not None and not what:  # SQLAlchemy makes an error of its own of SQLite's, and nbgrader of that one
        if isinstance(found, OSError) and found.errno in (errno.ENOSPC, errno.EDQUOT):
            what = f"{found.filename or 'A file'} cannot be written: {found.strerror}."
        elif isinstance(found, sqlite3.OperationalError) and str(found) in _FULL:
            what = f"The gradebook cannot be written: {found}."
        found = found.__cause__ or found.__context__
    return f"{what} What was done before is saved; make room and run the same command again." if what else ""


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="torchmarks")
def main() -> None:
    """Grade notebooks on PyTorch tensors: what students' code did, and what it should have done."""


def named(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """The name of an assignment, or of several: click's callback. Raises UsageError for a path.

    A shell completes a name to that of the folder, with a slash behind it: that one is taken off.
    """
    if isinstance(value, tuple):
        return tuple(named(ctx, param, one) for one in value)
    name = str(value).rstrip("/")
    if not name or name.startswith(".") or "/" in name:
        error = import_module("torchmarks.errors").UsageError
        raise error("this is a path, not the name of an assignment", repr(value), "Its name is such as 01-tensors.")
    return name


ASSIGNMENT = click.argument("assignment", callback=named)
ASSIGNMENTS = click.argument("assignments", nargs=-1, callback=named)
COURSE = click.option(
    "--course", type=click.Path(path_type=Path, file_okay=False), default=None, help="Course folder; default: this one."
)


def course_of(path: Path | None, *, to_read: bool = False) -> Any:
    """The course that is named, of this folder, or of this package's checkout: for what needs no class's work.

    to_read: for what writes nothing into it; without a checkout it is then the one that the wheel brought.
    """
    module = import_module("torchmarks.course")
    return module.Course(path or _here() or (module.origin() if to_read else module.repository()))


def project() -> AbstractContextManager[Path]:
    """What students' wheels and bundles are made of; without a checkout, with the student versions of this folder."""
    module, here = import_module("torchmarks.course"), _here()
    found: AbstractContextManager[Path] = module.project(module.Course(here) if here else None)
    return found


def class_course(path: Path | None, *, sandbox: bool = False) -> Any:
    """The course that is named, or of this folder: a class is never looked for elsewhere. Raises UsageError.

    sandbox: whether students' code is to run on this machine; where it cannot, that is said before torch is loaded.
    """
    module = import_module("torchmarks.course")
    root = path or _here() or Path.cwd()
    if sandbox and (root / module.CONFIG).is_file():
        import_module("torchmarks.course.wall").check_machine(root)
    return module.Course(root)


def _here() -> Path | None:
    """This folder, if it is a course. Raises UsageError inside another one: a file there may be a student's."""
    here, name = Path.cwd(), import_module("torchmarks.course").CONFIG
    if not (here / name).exists():
        return None
    around = next((folder for folder in here.parents if (folder / name).exists()), None)
    if around is not None:
        what = f"its {name} was not read: the folder lies in the course {around}, so it may be a student's"
        raise import_module("torchmarks.errors").UsageError(what, str(here), "Name the course with --course.")
    return here


def ours(course: Any, named: tuple[str, ...]) -> list[str]:
    """The assignments that a command is about: those named, which have to exist, or all but plain ones, which it says.

    Raises UsageError where there are none.
    """
    if named:
        return [course.require(name) for name in named]
    plain = course.plain()
    for name in plain:
        click.echo(f"{name}: left out: a plain nbgrader assignment, without a catalogue of mistakes", err=True)
    found = [name for name in course.assignments() if name not in plain]
    if not found:
        what = "there is no assignment with a catalogue of mistakes"
        raise import_module("torchmarks.errors").UsageError(what, str(course.root), "Name one, or add it to source/.")
    return found
