"""The command for verdicts before the deadline: watch."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENTS, COURSE, class_course, main


@main.command()
@ASSIGNMENTS
@click.option("--once", is_flag=True, help="Do what there is to do now, and end: for cron.")
@click.option(
    "--submitted", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
    help="Watch DIR/STUDENT/ASSIGNMENT/ as well, which something else fills; it may be the course's own folder.",
)  # fmt: skip
@click.option("--workers", default=0, help="Processes; default: as many as cores.")
@click.option("--json", "as_lines", is_flag=True, help="One line of JSON for each thing that happens.")
@COURSE
def watch(
    assignments: tuple[str, ...], once: bool, submitted: Path | None, workers: int, as_lines: bool, course: Path | None
) -> None:
    """Grade what students hand in as it comes, and let them fetch feedback: ASSIGNMENTS, or all with a due date.

    Before a student's deadline what they read is provisional; at the deadline all is graded again for good. How many
    verdicts they may have, and what these say, stands in c.Watch of nbgrader_config.py. Ctrl-C or SIGTERM ends it;
    killed anywhere, it goes on when it is started again.
    """
    found = class_course(course)
    module = import_module("torchmarks.watch")
    import_module("torchmarks.course.policy").policy_of(found.config)  # before the trial of a sandbox, which takes time
    found.require_wall()
    with module.reporting(as_lines=as_lines) as reporter:
        not_graded = module.watch(found.config, assignments, reporter, once=once, submitted=submitted, workers=workers)
    sys.exit(1 if once and not_graded else 0)
