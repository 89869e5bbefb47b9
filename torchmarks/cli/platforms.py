"""Commands for a class that works in a learning platform: collect, roster."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from torchmarks.cli.group import COURSE, class_course, main, named

_FILE = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("platform", type=click.Choice(["canvas", "moodle", "folder"]))
@click.argument("source", metavar="ZIP-or-DIR", type=click.Path(path_type=Path))
@click.option(
    "--assignment", callback=named, required=True, metavar="NN-name", help="The assignment that the work is of."
)
@click.option(
    "--roster", type=_FILE, default=None, metavar="CSV",
    help="Who is who: Canvas's gradebook, Moodle's grading worksheet of this assignment, or a table with a column id.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--force", is_flag=True, help="Also take the place of work that came by another way, or later.")
@click.option("--times", "take_times", is_flag=True, help="folder: believe the timestamp.txt of a student's folder.")
@click.option(
    "--timezone",
    default="",
    metavar="NAME",
    help="moodle: the zone of the worksheet's times; default: as named last, or this machine's.",
)
@COURSE
def collect(course: Path | None, timezone: str, **options: Any) -> None:
    """Collect a class's work from a download of PLATFORM: canvas, moodle, or a folder for each student.

    Work goes to submitted/, with the time at which it was handed in; names and numbers go to the gradebook. Every file
    is told of: collected, superseded, left out, or not matched and why. Run it again after a newer download.
    """
    platforms = import_module("torchmarks.platforms")
    wish = platforms.Wish(zone=_zone(timezone), **options)
    with import_module("torchmarks.tables").steps() as say:

        def told(done: int, total: int, whose: str) -> None:
            say(f"collecting {done + 1} of {total}: {whose}")

        found = platforms.collect(class_course(course), wish, told)
    import_module("torchmarks.platforms.telling").tell(found, wish)
    sys.exit(0 if found.is_whole else 1)


@main.command()
@click.argument("platform", type=click.Choice(["canvas", "moodle"]))
@click.argument("csv", metavar="CSV", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@COURSE
def roster(platform: str, csv: Path, dry_run: bool, course: Path | None) -> None:
    """Bring PLATFORM's list of students into the gradebook: Canvas's exported gradebook, or Moodle's grading worksheet.

    Adds who is missing, and updates names, addresses and the platform's numbers; takes nobody out.
    """
    platforms = import_module("torchmarks.platforms")
    found, changes = platforms.import_roster(class_course(course), platform, csv, dry_run=dry_run)
    import_module("torchmarks.platforms.telling").tell_changes(found, changes, dry_run=dry_run)


def _zone(name: str) -> Any:
    if not name:
        return None
    zones = import_module("zoneinfo")
    try:
        return zones.ZoneInfo(name)
    except (zones.ZoneInfoNotFoundError, ValueError, OSError) as error:
        what, remedy = "there is no such time zone", "Its name is like Europe/Zurich."
        raise import_module("torchmarks.errors").UsageError(what, repr(name), remedy) from error
