"""Writes the syllabus, what each assignment teaches, from the notebooks, so that it cannot drift from them.

Outcome and lecture-note lines are in a notebook's metadata (`torchmarks.outcome`, `torchmarks.carries`), exercises,
minutes, difficulty and points in the titles of its statements. The minutes for reading follow from how much there is;
the size of a solution and the number of its known mistakes are counted.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torchmarks.checks.exercises import part_of
from torchmarks.course import Course
from torchmarks.course.titles import Title, title_of
from torchmarks.errors import AuthorError

_WORDS_A_MINUTE = 100  # of text with code in it, read to be understood
_MINUTES_A_CELL = 2  # to run a worked cell and compare what it prints with what one expected
HEAD = """# Syllabus

Generated from the notebooks by `torchmarks syllabus`; a test keeps it current. The minutes of an assignment are those
of its exercises, with reading their statements. The time in the column *reading* comes on top: reading the text between
the exercises and running the worked cells. The last column says which lines of the lecture notes, from which the course
grew, an assignment takes up.

Difficulty is the authors' estimate. Two figures beside it are counted: *solution* is the size of the reference solution
(its expressions and statements), and *mistakes* is the number of misconceptions that the catalogue names. A short
solution with many stars is one that takes an idea. Once a class is graded, `torchmarks report` says which exercises
were harder than others with two more stars.
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """An assignment. outcome: what a student can do afterwards; carries: lines of the lecture notes; reading: minutes
    for what is between the exercises.
    """

    name: str
    title: str
    outcome: str
    carries: tuple[str, ...]
    exercises: tuple[Title, ...]
    reading: int

    @property
    def working(self) -> int:
        """Minutes for the exercises."""
        return sum(exercise.minutes for exercise in self.exercises)


def read_unit(path: Path) -> Unit:
    """The syllabus entry of a source notebook. Raises AuthorError for a title that cannot be read or missing
    metadata.
    """
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    about = notebook["metadata"].get("torchmarks") or {}
    if not about.get("outcome") or not about.get("carries"):
        raise AuthorError(f"{path.name} lacks `outcome` or `carries` in its metadata.", "Add them under `torchmarks`.")
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    statements = [t for c, t in zip(notebook["cells"], texts, strict=True) if part_of(c["id"]) == "statement"]
    title = texts[0].splitlines()[0].removeprefix("# ")
    exercises = tuple(_title(path, t) for t in statements)
    return Unit(path.stem, title, about["outcome"], tuple(about["carries"]), exercises, _reading(notebook["cells"]))


def _reading(cells: Sequence[dict[str, Any]]) -> int:
    """Minutes for the texts and the worked cells of a notebook, to the nearest five."""
    texts = [c for c in cells if c["cell_type"] == "markdown" and part_of(c["id"]) != "statement"]
    words = sum(len("".join(cell["source"]).split()) for cell in texts)
    worked = len([cell for cell in cells if cell["id"].endswith("-example")])
    return 5 * round((words / _WORDS_A_MINUTE + worked * _MINUTES_A_CELL) / 5)


def _title(path: Path, text: str) -> Title:
    title = title_of(text)
    if title is None:
        raise AuthorError(
            f"{path.name}: cannot read the title {text.splitlines()[0]!r}.",
            "Write `### 1 · `name` — what　　★☆☆☆☆ · 4 min · 4 points`.",
        )
    return title


def _sizes(course: Course, unit: Unit) -> dict[str, int]:
    """Expressions and statements of each reference solution, docstrings left out."""
    cells = {cell["id"]: "".join(cell["source"]) for cell in course.notebook("source", unit.name)["cells"]}
    return {exercise.name: _size(ast.parse(cells[exercise.name])) for exercise in unit.exercises}


def _size(tree: ast.Module) -> int:
    documented = (ast.FunctionDef, ast.ClassDef)
    texts = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)]
    return sum(isinstance(node, ast.expr | ast.stmt) for node in ast.walk(tree)) - 2 * len(texts)


def syllabus(course: Course, assignments: Sequence[str] = ()) -> str:
    """The syllabus as Markdown. assignments: their names, or nothing for all."""
    names = assignments or course.assignments()
    units = [read_unit(course.path("source", name) / f"{name}.ipynb") for name in names]
    lines = [HEAD, "| assignment | afterwards you can | exercises | points | minutes | reading | lecture notes |"]
    lines.append("| --- | --- | --: | --: | --: | --: | --- |")
    for unit in units:
        points, link = sum(e.points for e in unit.exercises), f"[{unit.title}](#{unit.name})"
        carried, count = "; ".join(unit.carries), len(unit.exercises)
        row = (link, unit.outcome, count, points, unit.working, unit.reading, carried)
        lines.append("| " + " | ".join(str(entry) for entry in row) + " |")
    for unit in units:
        sizes = _sizes(course, unit)
        mistakes = Counter(misconception.exercise for misconception in course.catalogue(unit.name).misconceptions)
        lines += [f'\n<a id="{unit.name}"></a>\n## {unit.title}\n']
        lines.append("| | exercise | | difficulty | minutes | points | solution | mistakes |")
        lines.append("| --: | --- | --- | --- | --: | --: | --: | --: |")
        for number, e in enumerate(unit.exercises, start=1):
            said = (number, f"`{e.name}`", e.what, "★" * e.difficulty, e.minutes, e.points)
            lines.append("| " + " | ".join(map(str, (*said, sizes[e.name], mistakes[e.name]))) + " |")
    return "\n".join(lines) + "\n"
