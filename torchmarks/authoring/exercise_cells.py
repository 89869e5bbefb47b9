"""The exercises of an assignment as its source notebook has them: solution cells, test cells, reference solutions."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Any

from torchmarks.authoring.outcomes import ARGUMENT
from torchmarks.catalogue import Answer
from torchmarks.checks.cell_marks import grade_id_of, marks_of
from torchmarks.checks.exercises import exercise_of


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a source notebook: its solution cell's id, its tests, the reference solution."""

    name: str
    reference: str
    stub: str
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    points: float


def exercises_of(source: dict[str, Any], released: dict[str, Any]) -> list[Exercise]:
    """The exercises of an assignment, in order: each solution cell with its test cells."""
    stubs = {grade_id_of(cell): cell["source"] for cell in released["cells"]}
    found: dict[str, Exercise] = {}
    for cell in source["cells"]:
        text, name = "".join(cell["source"]), grade_id_of(cell)
        if marks_of(cell).get("solution"):
            found[name] = Exercise(name, _without_markers(text), "".join(stubs[name]), (), (), 0.0)
        elif marks_of(cell).get("grade") and exercise_of(name) in found:
            exercise = found[exercise_of(name)]
            found[exercise.name] = _with_test(exercise, name, float(marks_of(cell).get("points") or 0), text)
    return list(found.values())


def _with_test(exercise: Exercise, name: str, points: float, text: str) -> Exercise:
    exercise = replace(exercise, points=exercise.points + points)
    if "BEGIN HIDDEN TESTS" in text:
        return replace(exercise, hidden=(*exercise.hidden, name))
    return replace(exercise, visible=(*exercise.visible, name))


def returned_arguments(exercise: Exercise) -> list[Answer]:
    """Answers that return one of their arguments: each part of the hidden tests has a case that refuses them."""
    functions = [node for node in ast.parse(exercise.stub).body if isinstance(node, ast.FunctionDef)]
    found = []
    for function in functions:
        for name in [one.arg for one in (*function.args.posonlyargs, *function.args.args)]:
            source = f"def {function.name}({ast.unparse(function.args)}):\n    return {name}"
            found.append(Answer(exercise.name, f"{ARGUMENT}{name}", source))
    return found


def _without_markers(text: str) -> str:
    return "\n".join(
        line for line in text.splitlines() if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line
    )
