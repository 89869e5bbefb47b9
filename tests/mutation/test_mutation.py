"""Hidden tests refuse mutants of the reference solutions: at least 99 % of those that are not equivalent.

A mutant is equivalent if the exercise's oracle (tests/oracles) sees no difference between it and what the statement
demands, on many cases drawn from the whole range of the statement.
"""

import pytest

from torchmarks.authoring import AnswerOutcome, verify
from torchmarks.catalogue import Answer
from torchmarks.course import Course, repository

from ..oracles.runner import solutions
from ..oracles.test_oracles import differences
from .mutants import mutants_of

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
ENOUGH = 0.99
DRAWS = 10_000
SLOW_DRAWS = {"08-training": 2_000, "11-lean-and-saved": 2_000}  # a case trains a model: 5 ms and more


def grade_mutants(assignment: str) -> list[AnswerOutcome]:
    """Every mutant of every exercise, graded."""
    answers = [
        Answer(exercise, mutant.change, mutant.source, mistake="mutant")
        for exercise, source in solutions(assignment).items()
        for mutant in mutants_of(source)
    ]
    unique = {answer.name: answer for answer in answers}
    return list(verify(Course(ROOT), assignment, answers=list(unique.values()), fast=True).outcomes)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_mutants_are_refused(assignment: str) -> None:
    """At least 99 % of the mutants that are not equivalent get 0 on the hidden test."""
    outcomes = grade_mutants(assignment)
    accepted = [outcome.answer for outcome in outcomes if not outcome.is_refused]
    draws = SLOW_DRAWS.get(assignment, DRAWS)
    seen = differences(assignment, [(one.exercise, one.source) for one in accepted], draws)
    survivors = [f"{one.name}\n{said}" for one, said in zip(accepted, seen, strict=True) if said]
    equivalent, refused = len(accepted) - len(survivors), len(outcomes) - len(accepted)
    share = refused / (len(outcomes) - equivalent)
    print(f"{assignment}: {refused} refused, {len(survivors)} accepted, {equivalent} equivalent ({share:.1%})")

    assert len(outcomes) > 30
    assert share >= ENOUGH, "\n".join(survivors)


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
