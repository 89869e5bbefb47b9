"""The commands that our messages name, ours and nbgrader's, whichever part shows the message. Each can be copied into a
shell: an assignment is a folder, and students choose their ids.
"""

from __future__ import annotations

import shlex


def torchmarks_command(*words: str) -> str:
    """A command of ours."""
    return shlex.join(["torchmarks", *words])


def nbgrader_command(*words: str) -> str:
    """A command of nbgrader's."""
    return shlex.join(["nbgrader", *words])


def grade_command(assignment: str = "ASSIGNMENT", student: str = "", *, force: bool = False) -> str:
    """`torchmarks grade`. student: default, all who need it; force: also a final grade."""
    return torchmarks_command(
        "grade", assignment, *(["--student", student] if student else []), *(["--force"] if force else [])
    )


def feedback_command(assignment: str = "ASSIGNMENT") -> str:
    """`torchmarks feedback`, which makes the pages that are missing or outdated."""
    return torchmarks_command("feedback", assignment)


def show_command(assignment: str, student: str = "STUDENT") -> str:
    """`torchmarks show`."""
    return torchmarks_command("show", assignment, student)


def generate_command(assignment: str = "ASSIGNMENT", *, force: bool = False) -> str:
    """`nbgrader generate_assignment`. force: also where release/ has the assignment."""
    return nbgrader_command("generate_assignment", assignment, *(["--force"] if force else []))


def once_corrected(assignment: str) -> str:
    """What to do where a test of an assignment is wrong, as a sentence."""
    return f"Once that is corrected in source/, run `{generate_command(assignment, force=True)}`."


def due_date_command(assignment: str) -> str:
    """`nbgrader db assignment add`, which gives an assignment a due date: here one to be changed."""
    return f'{nbgrader_command("db", "assignment", "add", assignment)} --duedate="2030-01-31 23:59:00 UTC"'
