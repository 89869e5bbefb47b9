"""Works out what the catalogue's wrong answers do with the visible tests, and seals the reasons that follow from it.

Runs the source notebook with its reference solutions, and each example at the tests of its exercise, in a process of
its own, for notebooks change global settings. The result is `reasons.json` beside the notebook in source/, which
nbgrader carries to students and graders alike.
"""

from __future__ import annotations

import contextlib
import hashlib
import linecache
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch

from torchmarks.catalogue import Answer, Catalogue
from torchmarks.catalogue.normal import is_python
from torchmarks.catalogue.sealing import Shown, seal
from torchmarks.checks import randomness, reasons_file, sealed
from torchmarks.checks.cell_marks import grade_id_of
from torchmarks.checks.cells import digest, seed_of
from torchmarks.checks.collecting import collecting
from torchmarks.checks.diagnosis import Failure
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.checks.quiet import quietly
from torchmarks.checks.settings import CELL, Usual
from torchmarks.course import Course
from torchmarks.errors import AuthorError
from torchmarks.whole_files import write_whole

Notebook = Mapping[str, Any]


def fingerprint(notebook: Notebook, catalogue: Catalogue) -> str:
    """Of all that sealed reasons are made from."""
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    parts = (reasons_file.VERSION, code, catalogue.misconceptions, catalogue.answers)
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:32]


def path_of(course: Course, assignment: str) -> Path:
    """Where the reasons of an assignment lie."""
    return course.path("source", assignment) / reasons_file.NAME


def is_current(course: Course, assignment: str) -> bool:
    """Whether the reasons were made from today's notebook and catalogue."""
    catalogue = course.catalogue(assignment)
    there = reasons_file.beside(course.path("source", assignment))
    if not catalogue.misconceptions:
        return not there.cells
    return there.made_from == fingerprint(course.notebook("source", assignment), catalogue)


def make(course: Course, assignment: str) -> bytes:
    """The reasons of an assignment, as they are written. Takes seconds. Raises AuthorError where an answer ends it."""
    with tempfile.TemporaryDirectory(prefix="torchmarks-reasons-") as folder:
        place = Path(folder) / reasons_file.NAME
        # Python started afresh: what notebooks set, register and print meets nothing of this process.
        command = [sys.executable, "-m", __name__, str(course.root), assignment, str(place)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        if done.returncode or not place.exists():
            last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            raise AuthorError(
                f"The visible tests of {assignment} could not be run with the catalogue's answers: {last[0]}",
                "Mark an answer that ends the process with `| not imitated`.",
            )
        return place.read_bytes()


def write(course: Course, assignment: str) -> bool:
    """Write the reasons of an assignment anew where they are not current; whether they were written."""
    if is_current(course, assignment):
        return False
    write_whole(path_of(course, assignment), make(course, assignment))
    return True


def made(notebook: Notebook, catalogue: Catalogue) -> bytes:
    """The sealed reasons of a notebook, as JSON, worked out in this process."""
    torch.set_num_threads(1)  # the tensors are small, and threads for each core cost more than they bring
    cells: dict[str, reasons_file.SealedCell] = {}
    with quietly():
        for grade_id, source, names in visible_tests(notebook):
            exercise = exercise_of(grade_id)
            answers = compared(catalogue, exercise)
            found = [(answer.mistake, outcome(source, answer, names)) for answer in answers]
            shown = [Shown(name, key) for name, key in found if key]
            cells[digest(source)] = seal(catalogue.of(exercise), shown)
    reasons = reasons_file.SealedReasons(reasons_file.VERSION, fingerprint(notebook, catalogue), cells)
    return msgspec.json.format(msgspec.json.encode(reasons), indent=1) + b"\n"


def compared(catalogue: Catalogue, exercise: str) -> list[Answer]:
    """The wrong answers of an exercise that outcomes are compared with: all that may be run here, but for proofs."""
    return [
        answer
        for answer in catalogue.answers
        if answer.exercise == exercise and not answer.is_right
        if answer.imitated and answer not in catalogue.proofs and is_python(answer.source)
    ]


def visible_tests(notebook: Notebook) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The visible tests of a notebook in order: grade_id, source, and the names that are there in a notebook which
    was run in order with the reference solutions.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        source, name = "".join(cell["source"]), grade_id_of(cell)
        if part_of(name) == "visible":
            yield name, source, names
        if part_of(name) != "hidden":
            with Usual(CELL), contextlib.suppress(Exception):  # a worked cell may show an error
                exec(compile(source, f"<{name}>", "exec", dont_inherit=True), names)


def outcome(source: str, answer: Answer, names: Mapping[str, Any]) -> bytes:
    """The digest of what an answer does with a visible test; empty where it passes.

    Empty, too, where it is another one a second time: what lay in fresh memory tells nothing.
    """
    first, second = (_failures(source, answer, names) for _ in range(2))
    digest = sealed.outcome_of(first)
    return digest if first and digest == sealed.outcome_of(second) else b""


def _failures(source: str, answer: Answer, names: Mapping[str, Any]) -> list[Failure]:
    own, file = dict(names), "answer"
    # What a student's own line raised is named by that line.
    linecache.cache[file] = (len(answer.source), None, answer.source.splitlines(keepends=True), file)
    randomness.seed(seed_of(source))
    with Usual(CELL), collecting() as collected, contextlib.suppress(Exception):
        exec(compile(answer.source, file, "exec", dont_inherit=True), own)
        exec(compile(source, "<visible test>", "exec", dont_inherit=True), own)
    return collected.failures()


if __name__ == "__main__":
    _course, _assignment = Course(Path(sys.argv[1])), sys.argv[2]
    Path(sys.argv[3]).write_bytes(made(_course.notebook("source", _assignment), _course.catalogue(_assignment)))
