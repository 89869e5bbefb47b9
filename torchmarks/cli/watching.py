"""The command that grades work as it comes in, before the deadline: watch."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from torchmarks.cli.group import ASSIGNMENTS, COURSE, course_with_class, main, require_known


@main.command()
@ASSIGNMENTS
@click.option("--once", is_flag=True, help="Do what there is to do now, then exit: for cron.")
@click.option(
    "--submitted", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
    help="Also watch DIR/STUDENT/ASSIGNMENT/, which something else fills; it may be the course's own folder.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=0), default=0, metavar="N",
    help="Number of processes; default: one for each core.",
)  # fmt: skip
@click.option("--json", "as_lines", is_flag=True, help="Print one line of JSON for each event.")
@COURSE
def watch(
    assignments: tuple[str, ...], once: bool, submitted: Path | None, workers: int, as_lines: bool, folder: Path | None
) -> None:
    """Grade what students hand in as it comes in, and release their feedback: for ASSIGNMENTS, or all with a due date.

    Before a student's deadline their mark is provisional; at the deadline everything is graded again for good. How many
    verdicts they may have, and what these say, is set by c.Watch in nbgrader_config.py. Ctrl-C or SIGTERM stops it; if
    it is killed, it goes on from there when it is started again.
    """
    course = course_with_class(folder)
    module = import_module("torchmarks.watch")
    import_module("torchmarks.course.policy").policy_of(course.config)  # before the sandbox is tried, which takes time
    course.require_config()
    for assignment in assignments:
        require_known(course, assignment)
    with module.reporting(as_lines=as_lines) as reporter:
        not_graded = module.watch(course.config, assignments, reporter, once=once, submitted=submitted, workers=workers)
    sys.exit(1 if once and not_graded else 0)
