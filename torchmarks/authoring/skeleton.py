"""Adds the skeleton of an exercise to a source notebook and its catalogue, to be filled in: `torchmarks new-exercise`.

Writes the four cells of an exercise (statement, solution, visible and hidden test) with their nbgrader metadata and
stable ids, so that an author writes prose and tests and no JSON.
"""

from __future__ import annotations

import json
import keyword
import re
from pathlib import Path
from typing import Any, Final

from torchmarks.authoring.syllabus_page import read_unit
from torchmarks.checks.cell_marks import marks_of
from torchmarks.checks.exercises import exercise_of, part_of
from torchmarks.course import Course
from torchmarks.course.bundles import catalogue_path
from torchmarks.errors import AuthorError, UsageError
from torchmarks.whole_files import new_file

Cell = dict[str, Any]

_NUMBER: Final = re.compile(r"(?<=^### )\d+(?= · )")
_NAMED: Final = re.compile(r"[Ee]xercises? \d+(?:(?:,| and| or| to) \d+)*")

_STATEMENT = """### {number} · `{name}` — say in a few words what it is　　★★☆☆☆ · 6 min · 4 points

Say what goes in and what comes out, with shapes and dtypes, and everything that is checked.

`{name}(torch.tensor([1, 2]))` → `tensor([2, 4])`

<details><summary>Hint 1</summary>A question, or a pointer to the idea.</details>
<details><summary>Hint 2</summary>Which function or which property to look at.</details>
<details><summary>Hint 3</summary>The solution in words, and no line of its code.</details>"""

_SOLUTION = '''def {name}(x: torch.Tensor) -> torch.Tensor:
    """Twice `x`, of the same shape and dtype."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''

_VISIBLE = """expect(observe({name}, torch.tensor([1, 2]))).returned(torch.tensor([2, 4]))"""

_HIDDEN = """# Hidden tests: say what they cover (3 points)
### BEGIN HIDDEN TESTS
draw = inputs("{assignment}", "{name}")
for x in [torch.tensor(3), torch.empty(0), draw.tensor((2, 3), torch.float64), draw.tensor((4,), layout="strided")]:
    expect(observe({name}, x)).returned(x + x)
### END HIDDEN TESTS"""

_CATALOGUE = """
# %% {name} | right | adds
def {name}(x):
    return x + x


# %% {name} | right | sum of a stack
def {name}(x):
    return torch.stack([x, x]).sum(0, dtype=x.dtype)


# %% {name} | right | in place, on a copy
def {name}(x):
    result = x.clone()
    result += x
    return result


# %% {name} | misconception | always-float
why = "Say why in one sentence."
next = "print({name}(torch.tensor([1])).dtype)"


def when(seen, want):
    return seen.raised is None and seen.result.dtype.is_floating_point and not want.dtype.is_floating_point


# %% {name} | wrong: always-float | through float
def {name}(x):
    return x.float() * 2


# %% {name} | wrong: always-float | twice a float
def {name}(x):
    return 2.0 * x.float()


# %% {name} | wrong: always-float | to float64
def {name}(x):
    return 2 * x.to(torch.float64)
"""


def new_exercise(course: Course, assignment: str, name: str, after: str | None = None) -> tuple[Path, Path]:
    """Add the skeleton of an exercise to an assignment; gives the notebook and the catalogue that were changed.

    Titles behind it are numbered anew; see `by_hand` for what the other texts say.

    after: the exercise that it follows; left out, the last one. Raises UsageError for a name that is taken or is no
    name.
    """
    course.require(assignment)
    path = course.path("source", assignment) / f"{assignment}.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names = [cell["id"] for cell in notebook["cells"] if marks_of(cell).get("solution")]
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{name!r} cannot be the name of a Python function", str(path), "Such as scale_rows.")
    if name in names:
        raise UsageError(f"there is an exercise {name!r} already", str(path), f"Taken: {', '.join(names)}.")
    if after is not None and after not in names:
        raise UsageError(f"there is no exercise {after!r}", str(path), f"Known: {', '.join(names)}.")
    place = _place_after(notebook["cells"], after or names[-1])
    number = names.index(after or names[-1]) + 2  # counted from 1, and behind that one
    _count_up(notebook["cells"][place:])
    notebook["cells"][place:place] = _cells(assignment, name, number)
    catalogue = catalogue_path(course.directory, assignment)
    before = catalogue.read_bytes() if catalogue.exists() else b""
    with new_file(path) as one, new_file(catalogue) as other:  # both or neither: a second run would find the exercise
        # ensure_ascii=False: the stars and dots of titles stay readable in a diff.
        one.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        other.write_bytes(before + _CATALOGUE.format(name=name).encode())
    return path, catalogue


def by_hand(course: Course, assignment: str, name: str) -> list[str]:
    """What a new exercise has made untrue in an assignment's texts, a line each: its introduction, and numbers of
    exercises outside of titles, of those behind the new one.
    """
    try:
        unit = read_unit(course.path("source", assignment) / f"{assignment}.ipynb")
    except AuthorError as error:  # no counts without titles that can be read; the exercise is there all the same
        return [str(error)]
    minutes, points = unit.working, sum(one.points for one in unit.exercises)
    most = f"{len(unit.exercises)} exercises, {points} points, {minutes} minutes for the exercises"
    lines = [f"introduction: {most} and {unit.reading} to read, {minutes + unit.reading} in all"]
    number = [one.name for one in unit.exercises].index(name) + 1
    for cell in course.notebook("source", assignment)["cells"]:
        for said in _NAMED.findall("".join(cell["source"])):
            if any(int(found) >= number for found in re.findall(r"\d+", said)):
                lines.append(f"{cell['id']}: “{said}”: exercises from {number} on now have the next number")
    return lines


def _count_up(cells: list[Cell]) -> None:
    """Number the titles of exercises one higher; a statement's first line is its title."""
    for cell in cells:
        if part_of(cell["id"]) == "statement":
            text = _NUMBER.sub(lambda found: str(int(found[0]) + 1), "".join(cell["source"]))
            cell["source"] = text.splitlines(keepends=True)


def _place_after(cells: list[Cell], name: str) -> int:
    last = max(n for n, cell in enumerate(cells) if exercise_of(cell["id"]) == name)
    return last + 1


def _cells(assignment: str, name: str, number: int) -> list[Cell]:
    fill = {"name": name, "number": number, "assignment": assignment}
    return [
        _cell(f"{name}-statement", "markdown", _STATEMENT.format(**fill), locked=True),
        _cell(name, "code", _SOLUTION.format(**fill), solution=True),
        _cell(f"{name}-visible", "code", _VISIBLE.format(**fill), locked=True, points=1),
        _cell(f"{name}-hidden", "code", _HIDDEN.format(**fill), locked=True, points=3),
    ]


def _cell(
    name: str, kind: str, source: str, *, locked: bool = False, solution: bool = False, points: int | None = None
) -> Cell:
    meta: dict[str, Any] = {"grade": points is not None, "grade_id": name, "locked": locked}
    if points is not None:
        meta["points"] = points
    meta |= {"schema_version": 3, "solution": solution, "task": False}
    # Keys in the order in which Jupyter saves them: a first save in JupyterLab changes no line.
    cell: Cell = {"cell_type": kind}
    if kind == "code":
        cell |= {"execution_count": None}
    cell |= {"id": name, "metadata": {"nbgrader": meta}}
    if kind == "code":
        cell |= {"outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}
