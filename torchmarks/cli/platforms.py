"""Commands for a class whose work is on a learning platform: collect, roster."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.cli.group import COURSE, assignment_option, course_with_class, main

_FILE = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("platform", type=click.Choice(["canvas", "moodle", "folder"]))
@click.argument("source", metavar="ZIP-or-DIR", type=click.Path(path_type=Path))
@assignment_option(required=True, help="Assignment that the work belongs to.")
@click.option(
    "--roster", type=_FILE, default=None, metavar="CSV",
    help="List of students: Canvas's gradebook, Moodle's grading worksheet for it, or a table with a column id.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be done, but do nothing.")
@click.option("--force", is_flag=True, help="Also replace work that came in another way, or later.")
@click.option("--times", "take_times", is_flag=True, help="folder: trust the timestamp.txt in a student's folder.")
@click.option(
    "--timezone",
    default="",
    metavar="NAME",
    help="moodle: time zone of the worksheet; default: the one named last, or this machine's.",
)
@COURSE
def collect(folder: Path | None, timezone: str, **options: Any) -> None:
    """Collect a class's work from ZIP-or-DIR: a download from Canvas or Moodle, or a folder for each student.

    Work goes to submitted/, with the time at which it was handed in; names and numbers go to the gradebook. Every file
    is reported as collected, superseded, left out or not matched (with the reason). Run it again after each download.
    """
    platforms = import_module("torchmarks.platforms")
    wish = platforms.Wish(zone=_zone(timezone), **options)
    with import_module("torchmarks.tables").steps() as say:

        def report(done: int, total: int, student: str) -> None:
            say(f"collecting {done + 1} of {total}: {student}")

        collected = platforms.collect(course_with_class(folder), wish, report)
    import_module("torchmarks.platforms.telling").tell(collected, wish)
    sys.exit(0 if collected.is_whole else 1)


@main.command()
@click.argument("platform", type=click.Choice(["canvas", "moodle"]))
@click.argument("csv", metavar="CSV", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Show what would change, but change nothing.")
@COURSE
def roster(platform: str, csv: Path, dry_run: bool, folder: Path | None) -> None:
    """Import the students in CSV into the gradebook: Canvas's exported gradebook, or Moodle's grading worksheet.

    Adds students who are missing, and updates names, addresses and the platform's numbers; removes nobody.
    """
    platforms = import_module("torchmarks.platforms")
    students, changes = platforms.import_roster(course_with_class(folder), platform, csv, dry_run=dry_run)
    import_module("torchmarks.platforms.telling").tell_changes(students, changes, dry_run=dry_run)


def _zone(name: str) -> Any:
    if not name:
        return None
    zones = import_module("zoneinfo")
    try:
        return zones.ZoneInfo(name)
    except (zones.ZoneInfoNotFoundError, ValueError, OSError) as error:
        what, remedy = "there is no such time zone", "Its name is like Europe/Zurich."
        raise import_module("torchmarks.errors").UsageError(what, repr(name), remedy) from error
