"""The command line: parse, call, print, exit. 0: all well; 1: something falls short; 2: bad input, said in one line."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from importlib import import_module  # by the command that needs a module: `--help` need not wait for torch
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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="torchmarks")
def main() -> None:
    """Grade notebooks on PyTorch tensors: what students' code did, and what it should have done."""


_COURSE = click.option(
    "--course", type=click.Path(path_type=Path, file_okay=False), default=None, help="Course folder; default: this one."
)


def _course(path: Path | None, *, to_read: bool = False) -> Any:
    """The course that is named, of this folder, or of this package's checkout: for what needs no class's work.

    to_read: for what writes nothing into it; without a checkout it is then the one that the wheel brought.
    """
    module = import_module("torchmarks.course")
    return module.Course(path or _here() or (module.origin() if to_read else module.repository()))


def _project() -> AbstractContextManager[Path]:
    """What students' wheels and bundles are made of; without a checkout, with the student versions of this folder."""
    module, here = import_module("torchmarks.course"), _here()
    found: AbstractContextManager[Path] = module.project(module.Course(here) if here else None)
    return found


def _class_course(path: Path | None) -> Any:
    """The course that is named, or of this folder: a class is never looked for elsewhere. Raises UsageError."""
    module = import_module("torchmarks.course")
    return module.Course(path or _here() or Path.cwd())


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


@main.command()
@click.argument("assignments", nargs=-1)
@click.option(
    "--answers",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of answers to use instead of the catalogue.",
)
@click.option("--exercise", "only", multiple=True, help="Only this exercise; may be given again.")
@click.option("--fast", is_flag=True, help="In one process, without workers and gradebook: quicker for a few answers.")
@click.option("--proofs", is_flag=True, help="Of the wrong answers only those that are never imitated: a third.")
@click.option("--show", is_flag=True, help="Print which mistakes are confused, and the message of each wrong answer.")
@_COURSE
def verify(
    assignments: tuple[str, ...],
    files: tuple[Path, ...],
    only: tuple[str, ...],
    fast: bool,
    proofs: bool,
    show: bool,
    course: Path | None,
) -> None:
    """Prove that the tests of ASSIGNMENTS (default: all) accept right answers and refuse wrong ones.

    Exits with 0 when every answer got its verdict, with 1 when one did not or too many names are false, and with 2 for
    a catalogue that cannot be read. Problems of the catalogue and names that are false are printed, a line each.
    """
    tables = import_module("torchmarks.tables")
    found = _course(course, to_read=True)
    names = [found.require(name) for name in assignments] or found.assignments()
    if files and len(names) != 1:
        raise import_module("torchmarks.errors").UsageError(
            "--answers needs exactly one assignment", "torchmarks verify", "Name the assignment that the file is for."
        )
    short = False
    for name in names:
        with tables.steps() as say:
            result = import_module("torchmarks.authoring").verify(
                found, name, answer_files=files, only=only, fast=fast, proofs_only=proofs, paste=True, say=say
            )
        tables.print_verified(result, show=show)
        short = short or result.falls_short
    sys.exit(1 if short else 0)


@main.command()
@click.option("--students", default=12, show_default=True, help="How many sample students.")
@click.option("--into", type=click.Path(path_type=Path), default=None, help="A new folder; default: a temporary one.")
@click.option("--assignment", default="01-tensors", show_default=True, help="Which assignment they hand in.")
@click.option("--seed", default=0, show_default=True, help="Seeds who answers what.")
@_COURSE
def demo(students: int, into: Path | None, assignment: str, seed: int, course: Path | None) -> None:
    """Grade a whole class of sample students: release, solve, submit, collect, grade, feedback, marks."""
    tables = import_module("torchmarks.tables")
    found = _course(course, to_read=True)
    result = import_module("torchmarks.demo").run_demo(
        found, students=students, into=into, assignment=assignment, seed=seed, say=tables.say
    )
    tables.print_demo(result)


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def check(arguments: tuple[str, ...]) -> None:
    """Run a notebook's visible tests from a fresh start, as students do with `python -m torchmarks check`."""
    sys.exit(import_module("torchmarks.checks.validate").main(arguments))


@main.command()
@click.argument("assignments", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a student version is not current.")
@_COURSE
def release(assignments: tuple[str, ...], check: bool, course: Path | None) -> None:
    """Generate the student versions of ASSIGNMENTS (default: all) into release/.

    Refuses a catalogue of mistakes that cannot be read, with 2, and tells what is wrong with its structure on stderr.
    """
    module = import_module("torchmarks.authoring")
    found = _course(course)
    old = False
    for name in [found.require(name) for name in assignments] or found.assignments():
        problems = import_module("torchmarks.catalogue").problems(found.catalogue(name))
        changed = module.outdated(found, name)
        if changed and not check:
            module.refresh(found, name)
        old = old or bool(changed)
        state = f"{'not current' if check else 'written'}: {', '.join(changed)}" if changed else "current"
        click.echo(f"{name}: {state}")
        for problem in problems:
            click.echo(f"{name}: {problem}", err=True)
    sys.exit(1 if old and check else 0)


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when docs/syllabus.md is not current.")
@_COURSE
def syllabus(check: bool, course: Path | None) -> None:
    """Write docs/syllabus.md from the notebooks."""
    found = _course(course)
    text = import_module("torchmarks.authoring").syllabus(found)
    path = found.root / "docs" / "syllabus.md"
    current = path.exists() and path.read_text(encoding="utf-8") == text
    if not check and not current:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {'current' if current else 'not current' if check else 'written'}")
    sys.exit(1 if check and not current else 0)


@main.command("new-course")
@click.argument("into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.argument("assignments", nargs=-1)
def new_course(into: Path, assignments: tuple[str, ...]) -> None:
    """Lay out a course with ASSIGNMENTS (default: all) in DIR: notebooks, catalogues, settings, a page on what next."""
    made = import_module("torchmarks.course").new_course(into, assignments)
    click.echo(f"{made.root}: written: {', '.join(made.assignments())}")
    click.echo(f"Then, in that folder: torchmarks doctor; {made.root / 'README.md'} says how it goes on.")


@main.command("new-exercise")
@click.argument("assignment")
@click.argument("name")
@click.option("--after", default=None, help="The exercise that it follows; default: the last one.")
@_COURSE
def new_exercise(assignment: str, name: str, after: str | None, course: Path | None) -> None:
    """Add the skeleton of exercise NAME to ASSIGNMENT: four cells, a right answer, a misconception with wrong ones."""
    notebook, catalogue = import_module("torchmarks.authoring").new_exercise(_course(course), assignment, name, after)
    click.echo(f"{notebook}: four cells added; fill them in with JupyterLab.")
    click.echo(f"{catalogue}: a misconception and four answers added.")
    click.echo(f"Then: torchmarks verify {assignment} --fast --exercise {name} --show; torchmarks release {assignment}")


def _bulk(function: Any) -> Any:
    """The arguments and options of commands that work on a whole class."""
    # Reversed, as decorators are applied: then `--help` lists them in this order.
    for add in reversed(
        (
            click.argument("assignment"),
            click.option("--student", "students", multiple=True, help="Only this student; may be given again."),
            click.option("--workers", default=0, help="Processes; default: as many as cores."),
            click.option(
                "--scheduler", default="", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786."
            ),
            click.option("--force", is_flag=True, help="Also what is done already."),
            click.option("--json", "as_lines", is_flag=True, help="One line of JSON for each submission."),
            _COURSE,
        )
    ):
        function = add(function)
    return function


@main.command()
@_bulk
@click.option(
    "--yes/--no", "answer", default=None,
    help="Grade again, or leave, what an earlier version of torchmarks or torch graded; default: ask.",
)  # fmt: skip
def grade(assignment: str, course: Path | None, as_lines: bool, answer: bool | None, **options: Any) -> None:
    """Grade a class: all that was collected of ASSIGNMENT and is not graded yet, or has changed since."""
    found = _class_course(course)
    found.require_wall(sandbox=not options["scheduler"])  # a cluster's workers have sandboxes of their own
    if import_module("torchmarks.course.generating").register(found.config, assignment):
        click.echo(f"{assignment}: its tests are in the gradebook now, from source/", err=True)  # stdout may be JSON
    bulk = import_module("torchmarks.bulk")
    with bulk.watching(as_lines=as_lines) as watcher:
        consent = bulk.consenting(watcher, assignment, answer)
        summary = bulk.grade_cohort(found.config, assignment, watcher, consent=consent, **options)
    bulk.print_summary(summary, done="graded", again=f"torchmarks grade {assignment}", to_stderr=as_lines)
    left = summary.stale and answer is not False  # with --no they are as the person wants them
    sys.exit(1 if summary.reported or summary.left or summary.unregistered or left else 0)


@main.command()
@_bulk
def feedback(assignment: str, course: Path | None, as_lines: bool, **options: Any) -> None:
    """Make feedback pages for a class: all that is graded of ASSIGNMENT and has none yet, or has changed since."""
    found = _class_course(course)
    found.require_wall(sandbox=False)  # no student's code runs for a page
    bulk = import_module("torchmarks.bulk")
    with bulk.watching(as_lines=as_lines) as watcher:
        summary = bulk.feedback_cohort(found.config, assignment, watcher, **options)
    bulk.print_summary(summary, done="made", again=f"torchmarks feedback {assignment}", to_stderr=as_lines)
    sys.exit(1 if summary.reported or summary.left else 0)


@main.command()
@click.argument("assignments", nargs=-1)
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), show_default=True,
    help="The page to write.",
)  # fmt: skip
@click.option(
    "--csv", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write every figure as CSV, too."
)
@click.option("--names", is_flag=True, help="Name the students. Without it no name is in the files.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@_COURSE
def report(
    assignments: tuple[str, ...], to: Path, csv: Path | None, names: bool, show: bool, course: Path | None
) -> None:
    """Write a page on what the class got wrong in ASSIGNMENTS (default: all that have grades)."""
    graded = _class_course(course)
    found = import_module("torchmarks.report").write_report(graded, assignments, to, names=names, csv=csv)
    for figures in found:
        click.echo(f"{figures.assignment}: {len(figures.scores)} graded, mean {figures.mean:.1f} of {figures.most:g}")
    click.echo(f"{to.resolve()}: written")
    _tell_of_outdated(graded, [figures.assignment for figures in found])
    if show:
        click.launch(to.resolve().as_uri())


def _tell_of_outdated(course: Any, assignments: list[str] | None = None) -> None:
    """Say on stderr which marks are not those of today's tests. assignments: default, all in the gradebook."""
    module = import_module("torchmarks.course.outdated")
    for line in module.warnings_of(course.config, module.known(course.db_url) if assignments is None else assignments):
        click.echo(f"torchmarks: {line}", err=True)


@main.command()
@click.argument("assignment")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="The notebook to write; default: ASSIGNMENT-solutions.ipynb.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Also while work still counts.")
@_COURSE
def solutions(assignment: str, to: Path | None, force: bool, course: Path | None) -> None:
    """Write a notebook with the reference solutions of ASSIGNMENT, once no work on it counts any more."""
    config = _class_course(course).config
    made = import_module("torchmarks.course.solutions").solutions_notebook(config, assignment, force=force)
    path = to or Path(f"{assignment}-solutions.ipynb")
    try:
        path.write_text(import_module("nbformat").writes(made), encoding="utf-8")
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise import_module("torchmarks.errors").UsageError(what, str(path), "Name another with --to.") from error
    click.echo(f"{path.resolve()}: written")


@main.command()
@click.argument("system")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), default=None,
    help="Default: SYSTEM.csv, and marks.csv for csv.",
)  # fmt: skip
@_COURSE
def export(system: str, to: Path | None, course: Path | None) -> None:
    """Write the marks for SYSTEM: canvas, moodle, or csv (nbgrader's own table)."""
    path = to or Path("marks.csv" if system == "csv" else f"{system}.csv")
    found = _class_course(course)
    import_module("torchmarks.course.exports").export(found.db_url, system, path)
    click.echo(f"{path.resolve()}: written")
    _tell_of_outdated(found)


@main.command()
# Not as for the others: a folder that is no course gets a line among the findings, and no refusal.
@click.option("--course", type=click.Path(path_type=Path), default=Path("."), help="Course folder; default: this one.")
def doctor(course: Path) -> None:
    """Say what works on this machine, what does not, and the command that mends it."""
    module = import_module("torchmarks.doctor")
    found = module.examine(course)
    click.echo("\n".join(map(import_module("torchmarks.printable").printable, module.lines_of(found))))
    sys.exit(1 if any(one.state == "missing" for one in found) else 0)


@main.command("student-bundle")
@click.argument("assignments", nargs=-1)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path("dist"), show_default=True)
def student_bundle(assignments: tuple[str, ...], into: Path) -> None:
    """Pack what students need of ASSIGNMENTS (default: all): notebooks, a wheel without the grading half, a page."""
    with _project() as root:
        packed = import_module("torchmarks.course.student_bundle").student_bundle(root, into, assignments)
    click.echo(f"{packed.resolve()}: written")


@main.command()
@click.argument("into", type=click.Path(path_type=Path, file_okay=False))
@click.argument("assignments", nargs=-1)
@_COURSE
def publish(into: Path, assignments: tuple[str, ...], course: Path | None) -> None:
    """Write student versions into INTO as they travel alone, with links where the course has an address on the web."""
    found = _course(course)
    with _project() as root:  # whose wheel students install
        written = import_module("torchmarks.course.publishing").publish(root, found.config, into, assignments)
    click.echo(f"{into.resolve()}: written: {', '.join(written)}")


@main.command("student-environment")
@click.argument("into", type=click.Path(path_type=Path, file_okay=False))
@click.option("--python", default="", help="Of which Python; default: the first one that everybody can start.")
def student_environment(into: Path, python: str) -> None:
    """Make one environment for all students of this machine in INTO, such as /opt/course, which they read."""
    with _project() as root:
        import_module("torchmarks.course.student_environment").student_environment(root, into, python, click.echo)
