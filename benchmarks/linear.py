"""How the grader's own work grows: with what a student hands in, and with the class. Time against size, step by step.

    python benchmarks/linear.py [--largest N] [--rounds N] [--only TEXT]

Each step gets the costliest text or folder that we know for it in four sizes, each twice the one before; those of a
class, a generated gradebook with a graded notebook for each student. Prints the best of some rounds in milliseconds,
and how many times longer the largest took than the smallest, an eighth of it: 8 is linear, 64 quadratic; much less than
8 has met its bound. No student's code runs.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files
from sqlalchemy import insert
from sqlalchemy.orm import Session
from traitlets.config import Config

from torchmarks.bulk.jobs import key_of
from torchmarks.bulk.store import handed_in
from torchmarks.course import records
from torchmarks.course.arrivals import Arrival, State
from torchmarks.course.collected import known_students, roll_of
from torchmarks.course.display import highlighted, markdown_to_safe_html
from torchmarks.course.exports import export
from torchmarks.course.feedback_page import FeedbackExporter
from torchmarks.course.page_grades import grades_in
from torchmarks.course.programs import programs_found
from torchmarks.course.unfinished import unfinished
from torchmarks.grading import Submission
from torchmarks.grading.listing import Bounds, listed
from torchmarks.grading.repair import Blueprint, repair
from torchmarks.grading.safe_display import safe_html, safe_outputs
from torchmarks.grading.submitted_files import read_files
from torchmarks.printable import no_formula, printable
from torchmarks.watch.rows import Rows

DOUBLINGS = 3
UNBOUND = Bounds(entries=10**9)
_IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__"]


_rooms: list[tempfile.TemporaryDirectory[str]] = []


def _folder(count: int) -> Path:
    _rooms.append(tempfile.TemporaryDirectory(prefix="torchmarks-linear-"))
    root = Path(_rooms[-1].name)
    for number in range(count):
        (root / f"{number}.txt").touch()
    return root


def _cell(kind: str, source: str, **more: Any) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": f"c{len(source)}", "metadata": {}, "source": source, **more}
    return {"execution_count": None, "outputs": [], **cell} if kind == "code" else cell


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _page(count: int) -> Any:
    import nbformat  # noqa: PLC0415 - slow to load

    marks = {"grade": True, "solution": True, "grade_id": "f", "points": 1, "score": 0, "comment": "*a* " * 100}
    cells = [_cell("code", "x = 1\n" * 100, metadata={"nbgrader": marks}) for _ in range(count)]
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number}"
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\n" * 500}]
    return nbformat.from_dict(_notebook(cells))  # type: ignore[no-untyped-call]


def _displays(count: int) -> list[dict[str, Any]]:
    data = {"text/html": "<div>" * 400, "text/plain": "x"}
    return [{"output_type": "display_data", "data": data, "metadata": {}} for _ in range(count)]


def _bytes_of(cells: list[dict[str, Any]]) -> bytes:
    return json.dumps(_notebook(cells)).encode()


def _one_cell(count: int) -> bytes:
    return _bytes_of([_cell("code", "x\n" * (count // 2))])


@dataclass(frozen=True, slots=True)
class _Class:
    """A course folder with a graded class. students: their ids; rows: five arrivals of each, the last one final."""

    directory: CourseDirectory
    students: list[str]
    rows: Rows

    @property
    def db_url(self) -> str:
        """The address of the gradebook."""
        return str(self.directory.db_url)


class _Seen:
    """In the place of the arrivals in a gradebook."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals = arrivals

    def of(self, assignment: str) -> list[Arrival]:
        """All."""
        return self._arrivals


@cache
def _empty_gradebook() -> bytes:
    """Of nbgrader's making, which takes seconds."""
    path = _folder(0) / "gradebook.db"
    with programs_found(), Gradebook(f"sqlite:///{path}"):
        return path.read_bytes()


def _class(count: int) -> _Class:
    root = _folder(0)
    directory = CourseDirectory(config=Config({"CourseDirectory": {"root": str(root)}}))
    students = [f"s{number:05}" for number in range(count)]
    for step in ("submitted", "autograded"):
        for student in students:
            (root / step / student / "hw").mkdir(parents=True)
            (root / step / student / "hw" / "hw.ipynb").write_text(json.dumps(_notebook([])))
    now = datetime.now(UTC)
    arrivals = [
        Arrival("hw", f"{student}+{n}", student, State.FINAL if n == 4 else State.SUPERSEDED, None, now, now, score=1.0)
        for student in students
        for n in range(5)
    ]
    (root / "gradebook.db").write_bytes(_empty_gradebook())
    with Gradebook(str(directory.db_url)) as book:
        _fill(book, students)
    return _Class(directory, students, Rows(_Seen(arrivals), "hw"))  # type: ignore[arg-type]


def _fill(book: Gradebook, students: list[str]) -> None:
    """Add an assignment like ours, of 18 tests and 9 answers, and a grade of every student."""
    book.add_assignment("hw")
    notebook = str(book.add_notebook("hw", "hw").id)
    tests, answers = [f"t{n:02}" for n in range(18)], [f"a{n}" for n in range(9)]
    cells = [book.add_grade_cell(name, "hw", "hw", max_score=1, cell_type="code") for name in tests]
    others = [book.add_solution_cell(name, "hw", "hw") for name in answers]
    assignment, of_cells = str(book.find_assignment("hw").id), [str(cell.id) for cell in cells]
    of_others = [str(cell.id) for cell in others]
    records.prepare(book.db.get_bind())
    add = book.db.execute
    add(insert(Student), [{"id": one} for one in students])
    add(insert(SubmittedAssignment), [{"id": one, "assignment_id": assignment, "student_id": one} for one in students])
    add(insert(SubmittedNotebook), [{"id": one, "assignment_id": one, "notebook_id": notebook} for one in students])
    noted = {"step": "grade", "assignment": "hw", "key": "", "state": "graded", "reason": "", "grader": records.OURS}
    add(insert(records.DONE), [{**noted, "student": one, "graded_at": datetime.now(UTC)} for one in students])
    # by cell, so that no student's rows are neighbours, as in a class that was graded twice
    for n, cell in enumerate(of_cells):
        add(insert(Grade), [{"id": f"{one}-{n}", "notebook_id": one, "cell_id": cell, "auto_score": 1.0,
                             "needs_manual_grade": False} for one in students])  # fmt: skip
    for n, cell in enumerate(of_others):
        add(insert(Comment), [{"id": f"{one}-{n}", "notebook_id": one, "cell_id": cell} for one in students])
    book.db.commit()


def _roll(course: _Class) -> None:
    roll_of(course.directory, "hw", known_students(course.directory))


def _page_of_one(course: _Class) -> None:
    with records.reading(course.db_url) as connection, Session(connection) as session:
        grades_in(session, "hw", course.students[-1])


def _arrivals_of_each(course: _Class) -> None:
    now = datetime.now(UTC)
    for student in course.students:
        course.rows.granted(student)
        course.rows.is_graded_by(student, now, f"{student}+4")


_BLUEPRINT = Blueprint.from_notebook(_notebook([_cell("code", "import torch")]), "hw")
_EXPORTER = FeedbackExporter()
_RESOURCES = {"nbgrader": {"score": 0, "max_score": 1, "late_penalty": 0, "student": "x"}, "metadata": {"name": "x"}}


def _refused_time(text: bytes) -> None:
    try:
        handed_in(Submission("x", {"timestamp.txt": text}))
    except ValueError:
        return


Step = tuple[str, int, Callable[[int], Any], Callable[[Any], Any]]
STEPS: tuple[Step, ...] = (
    # what, largest size, what to make of a size, the step
    ("listing, without its bound: files", 8_000, _folder, lambda root: listed(root, _IGNORED, UNBOUND)),
    ("listing, as it is: files", 8_000, _folder, lambda root: listed(root, _IGNORED)),
    ("nbgrader's listing: files", 2_000, _folder, lambda root: find_all_files(str(root), _IGNORED)),
    ("reading: files", 8_000, _folder, lambda root: read_files(root, listed(root, (), UNBOUND).files, 1 << 20)),
    ("key: bytes", 8 << 20, bytes, lambda data: key_of(Submission("x", {"a": data}), "v")),
    ("timestamp: digits", 2_000_000, lambda n: b"1" * n, _refused_time),
    ("repair: cells", 2_000, lambda n: _bytes_of([_cell("code", "x")] * n), lambda data: repair(data, _BLUEPRINT)),
    ("repair: one cell", 4_000_000, _one_cell, lambda b: repair(b, _BLUEPRINT)),
    ("repair: quotes", 4_000_000, lambda n: b'{"cells": ["' + b'"\\' * (n // 2), lambda data: repair(data, _BLUEPRINT)),
    ("repair: brackets", 4_000_000, lambda n: b"[" * n, lambda data: repair(data, _BLUEPRINT)),
    ("displayed HTML: divs", 200_000, lambda n: "<div>" * (n // 5), safe_html),
    ("displayed HTML: backslashes", 200_000, lambda n: "\\" * n, safe_html),
    ("displayed HTML: nested CSS", 200_000, lambda n: f'<p style="width:{"a(" * (n // 2)}">', safe_html),
    ("displayed HTML: bold of many kinds", 200_000, lambda n: "<b title=1><p>" * (n // 14), safe_html),
    ("displays of a cell: outputs", 400, _displays, safe_outputs),
    ("Markdown: emphasis", 20_000, lambda n: "***a " * (n // 5), lambda text: markdown_to_safe_html({}, text)),
    ("Markdown: environments", 80_000, lambda n: r"\begin{a}" * (n // 9), lambda text: markdown_to_safe_html({}, text)),
    ("Markdown: links", 20_000, lambda n: "[a](" * (n // 4), lambda text: markdown_to_safe_html({}, text)),
    ("code: attributes", 80_000, lambda n: "a." * (n // 2), highlighted),
    ("code: ordinary lines", 80_000, lambda n: "x = f(1)\n" * (n // 9), highlighted),
    ("feedback page: exercises", 80, _page, lambda nb: _EXPORTER.from_notebook_node(nb, resources=dict(_RESOURCES))),
    ("a line for a terminal: characters", 2_000_000, lambda n: "\x1b" * n, printable),
    ("a cell of an export: characters", 2_000_000, lambda n: " " * n + "=", no_formula),
    ("whose folder is whose: students", 5_000, _class, _roll),
    ("a page's points: students", 5_000, _class, _page_of_one),
    ("cut short, one student: students", 5_000, _class, lambda c: unfinished(c.directory, "hw", c.students[-1])),
    ("cut short, the class: students", 5_000, _class, lambda c: unfinished(c.directory, "hw")),
    ("an export: students", 5_000, _class, lambda c: export(c.db_url, "csv", Path(c.directory.root, "marks.csv"))),
    ("what watch knows of each: students", 5_000, _class, _arrivals_of_each),
)


def best_ms(step: Callable[[Any], Any], made: Any, rounds: int) -> float:
    """The shortest of some rounds, milliseconds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        step(made)
        taken.append((time.perf_counter() - start) * 1000)
    return min(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--largest", type=float, default=1.0, help="Times the largest size of each step.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="Only the steps whose name holds this.")
    options = parser.parse_args()
    print("| step | sizes | milliseconds | times | exponent |\n| --- | --- | --- | --: | --: |")
    for name, largest, make, step in (one for one in STEPS if options.only in one[0]):
        sizes = [int(largest * options.largest) >> (DOUBLINGS - n) for n in range(DOUBLINGS + 1)]
        took = [best_ms(step, make(size), options.rounds) for size in sizes]
        times = took[-1] / max(took[0], 0.001)
        exponent = math.log2(max(times, 0.001)) / DOUBLINGS
        shown = ", ".join(f"{ms:.3g}" for ms in took)
        while _rooms:
            _rooms.pop().cleanup()
        print(f"| {name} | {sizes[0]:,} to {sizes[-1]:,} | {shown} | {times:.1f} | {exponent:.1f} |", flush=True)


if __name__ == "__main__":
    main()
