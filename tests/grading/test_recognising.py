"""torchmarks.grading.recognising: whose mistakes are looked for while a test is judged, and with which names."""

from __future__ import annotations

import pytest

from torchmarks.catalogue import Catalogue, read_catalogue
from torchmarks.checks.diagnosis import recogniser
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.source import signatures_of
from torchmarks.grading.verdict import Judgement
from torchmarks.isolation import Engine

from .cells import Cell, check, locked, solution

WRONG = "def f(x):\n    return x + STEP"
EXAMPLES = [WRONG, "def f(x):\n    y = x\n    y += STEP\n    return y", "def f(x):\n    return STEP + x"]
SETUP = locked("from torchmarks import expect, observe\nSTEP = 2")
TEST = "for n in (1, 5):\n    expect(observe(f, n)).returned(2 * n)"


def _known(exercise: str = "f", when: str = "") -> Catalogue:
    cells = [f'# %% {exercise} | misconception | adds\nwhy = "So."\n{when}\n']
    cells += [f"# %% {exercise} | wrong: adds | {n}\n{source}\n" for n, source in enumerate(EXAMPLES)]
    return read_catalogue("\n".join(cells), [exercise], "f.py")


def _judged(
    engine: Engine, known: Catalogue, answer: str = WRONG, *, as_unseen: bool = False, last: list[Cell]
) -> Judgement:
    stubs = signatures_of(["def f(x):\n    raise NotImplementedError()"])
    cells = [SETUP, solution(answer), *last]
    return judge_notebook(cells, engine, signatures=stubs, catalogue=known, as_unseen=as_unseen)


def _named(judgement: Judgement) -> str:
    report = judgement.verdicts[-1].report
    assert report is not None
    return report.misconception


def _example() -> str:
    known = _known()
    (example,) = known.examples(known.misconceptions[0])
    return example.source


def test_a_hidden_test_is_explained_by_its_exercises_mistakes(engine: Engine) -> None:
    """The imitation runs with the names of the notebook's locked cells; another exercise's mistakes explain nothing."""
    assert _named(_judged(engine, _known(), last=[check(TEST)])) == "adds"
    assert _named(_judged(engine, _known("g"), last=[check(TEST)])) == ""


def test_an_answer_may_be_graded_as_if_nobody_had_seen_it(engine: Engine) -> None:
    """It is not recognised by itself, whatever its names are; one that differs still is by the others."""
    renamed = _example().replace("x", "number")
    (other, *_) = [source for source in EXAMPLES if source != _example()]

    assert _named(_judged(engine, _known(), renamed, last=[check(TEST)])) == "adds"
    assert _named(_judged(engine, _known(), renamed, as_unseen=True, last=[check(TEST)])) == ""
    assert _named(_judged(engine, _known(), other, as_unseen=True, last=[check(TEST)])) == "adds"


@pytest.mark.parametrize("broken", ["raise ValueError('no')", "return seen.nothing"])
def test_an_authors_error_stands_in_the_judgement_once(engine: Engine, broken: str) -> None:
    """The points and the message are what they are without the predicate."""
    known = _known(when=f"def when(seen, want):\n    {broken}")
    judgement = _judged(engine, known, "def f(x):\n    return 70", last=[check(TEST)])
    (error,) = judgement.catalogue_errors

    assert "its `when` raises" in error
    assert _named(judgement) == ""
    assert not judgement.verdicts[-1].passed


def test_what_a_predicate_binds_reaches_no_test(engine: Engine) -> None:
    """It runs in a copy of the tests' names, and nobody recognises after the test."""
    known = _known(when="def when(seen, want):\n    global STEP\n    STEP = 9\n    return True")
    later = check("assert STEP == 2", "f-later")
    judgement = _judged(engine, known, "def f(x):\n    return 70", last=[check(TEST), later])

    assert [verdict.passed for verdict in judgement.verdicts] == [False, True]
    assert judgement.verdicts[0].report.misconception == "adds"
    assert recogniser.get() is None
