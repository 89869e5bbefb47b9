"""The commands that our messages name where something has to be graded or a page made: ours, whichever part shows the
message.
"""

from __future__ import annotations

import shlex


def grade_command(assignment: str = "ASSIGNMENT", student: str = "", *, force: bool = False) -> str:
    """`torchmarks grade`, to be copied into a shell. student: default, all who need it; force: also a final grade."""
    of = f" --student {shlex.quote(student)}" if student else ""
    return f"{_named('grade', assignment)}{of}{' --force' if force else ''}"


def feedback_command(assignment: str = "ASSIGNMENT") -> str:
    """`torchmarks feedback`, to be copied into a shell: it makes the pages that are missing or outdated."""
    return _named("feedback", assignment)


def show_command(assignment: str, student: str = "STUDENT") -> str:
    """`torchmarks show`, to be copied into a shell."""
    return f"{_named('show', assignment)} {shlex.quote(student)}"


def _named(command: str, assignment: str) -> str:
    return f"torchmarks {command} {shlex.quote(assignment)}"
