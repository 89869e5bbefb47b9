"""Hidden tests refuse mutants of the reference solutions: at least 95 % of those that are not equivalent.

`equivalent.toml` lists, by assignment and exercise, the mutants that meet the specification, each with the reason.
"""

import json
import tomllib
from pathlib import Path

import pytest

from torchmarks.authoring import AnswerOutcome, verify
from torchmarks.catalogue import Answer
from torchmarks.course import Course, repository

from .mutants import mutants_of

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
EQUIVALENT: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("equivalent.toml").read_text()
)
ENOUGH = 0.95


def references(assignment: str) -> dict[str, str]:
    """The reference solutions of an assignment, by exercise, solution markers left out."""
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if (cell["metadata"].get("nbgrader") or {}).get("solution")]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def grade_mutants(assignment: str) -> list[AnswerOutcome]:
    """Every mutant of every exercise, graded."""
    answers = [
        Answer(exercise, mutant.change, mutant.source, mistake="mutant")
        for exercise, source in references(assignment).items()
        for mutant in mutants_of(source)
    ]
    unique = {answer.name: answer for answer in answers}
    return list(verify(Course(ROOT), assignment, answers=list(unique.values()), fast=True).outcomes)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_mutants_are_refused(assignment: str) -> None:
    """At least 95 % of the mutants that are not equivalent get 0 on the hidden test."""
    known = EQUIVALENT.get(assignment, {})
    outcomes = [o for o in grade_mutants(assignment) if o.answer.label not in known.get(o.answer.exercise, {})]
    survivors = [o.answer.name for o in outcomes if not o.is_refused]
    share = 1 - len(survivors) / len(outcomes)
    print(f"{assignment}: {len(outcomes) - len(survivors)} of {len(outcomes)} mutants refused ({share:.1%})")

    assert len(outcomes) > 30
    assert share >= ENOUGH, "\n".join(survivors)


def test_every_listed_mutant_exists() -> None:
    """The list of equivalent mutants cannot go stale: each entry is a mutant of today's reference, with a reason."""
    for assignment, exercises in EQUIVALENT.items():
        sources = references(assignment)
        for exercise, entries in exercises.items():
            made = {mutant.change for mutant in mutants_of(sources[exercise])}
            assert set(entries) <= made
            assert all(entries.values())


def test_mutants_change_one_thing() -> None:
    """The generator knows operators, constants, dtypes, keywords and dropped calls, and leaves the signature alone."""
    source = (
        "def f(x: int = 1):\n    '''Doc 1.'''\n    y = x.clone() + 1\n    return y.sum(dim=0, dtype=torch.float32)\n"
    )

    changes = {mutant.change for mutant in mutants_of(source)}

    assert {
        "x.clone() + 1 → x.clone() - 1",
        "x.clone() → x",
        "1 → 2",
        "torch.float32 → torch.float64",
        "y.sum(dim=0, dtype=torch.float32) → y.sum(dtype=torch.float32)",
    } <= changes
    assert all("def f(x: int=1)" in mutant.source for mutant in mutants_of(source))
