"""Holds answers against the oracles of an assignment, in a process of its own: the simulated device stays registered.

    python runner.py ASSIGNMENT DRAWS < ANSWERS

ANSWERS: a JSON list of [exercise, source], an empty source for the reference solution. Prints a JSON list, for each ""
or the traceback of the first case that went wrong. Does not judge: the tests do.
"""

import contextlib
import importlib
import io
import json
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

import torch

from torchmarks.checks.inputs import Draw
from torchmarks.checks.settings import CELL, Usual

ROOT = Path(__file__).parents[2]
if __package__:
    from .calling import Oracle
else:  # run as a script
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from oracles.calling import Oracle


def oracle_of(assignment: str, exercise: str) -> Oracle:
    """The function that draws a case of the exercise, and says what must come out."""
    module = importlib.import_module(f".{assignment.replace('-', '_')}", __package__ or "oracles")
    found: Oracle = getattr(module, exercise)
    return found


def solutions(assignment: str) -> dict[str, str]:
    """The reference solutions of an assignment, by exercise."""
    return {cell["id"]: "".join(cell["source"]) for cell in _cells(assignment) if _marks(cell).get("solution")}


def names_of(assignment: str) -> dict[str, Any]:
    """What a notebook has imported, and every reference solution."""
    setup = next("".join(cell["source"]) for cell in _cells(assignment) if cell["id"] == "setup")
    names: dict[str, Any] = {"__name__": "__main__"}
    for source in [setup, *solutions(assignment).values()]:
        exec(compile(source, assignment, "exec", dont_inherit=True), names)
    return names


def _cells(assignment: str) -> list[dict[str, Any]]:
    path = ROOT / "source" / assignment / f"{assignment}.ipynb"
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


def _marks(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"].get("nbgrader") or {}


def first_difference(assignment: str, exercise: str, source: str, names: dict[str, Any], draws: int) -> str:
    """The traceback of the first of the drawn cases that the answer does not meet, or ""."""
    judge, own = oracle_of(assignment, exercise), dict(names)
    number = -1
    try:
        exec(compile(source, "<answer>", "exec", dont_inherit=True), own)
        for number in range(draws):
            torch.manual_seed(number)
            judge(own[exercise], Draw(f"{exercise} {number}".encode()))
    except Exception:
        return f"case {number}\n{traceback.format_exc()}"
    return ""


def main(assignment: str, draws: int, answers: list[list[str]]) -> list[str]:
    """What went wrong with each answer first, "" where nothing did."""
    torch.set_num_threads(1)
    with warnings.catch_warnings(), Usual(CELL), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        names = names_of(assignment)
        return [first_difference(assignment, exercise, source, names, draws) for exercise, source in answers]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), json.load(sys.stdin))))
