"""Assignment 07 on a real accelerator: the same tests must reach the same verdicts on `cuda` as on `sim`.

In place, without the sandbox, which shows no device of the machine to students' code: each answer runs in a fork of
its own, so
that CUDA starts fresh in it.
"""

import json
import multiprocessing
import warnings
from pathlib import Path

import pytest

from torchmarks._expect import collecting
from torchmarks.answers import Answer, read_answers
from torchmarks.course import repository

ROOT = repository()
NAME = "07-devices"


def _cells() -> dict[str, str]:
    notebook = json.loads((ROOT / "source" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"}


def _exercises(cells: dict[str, str]) -> list[str]:
    return [name for name in cells if f"{name}-hidden" in cells]


def _passes(cells: dict[str, str], answer: Answer) -> bool:
    """Whether an answer passes the visible and the hidden test of its exercise, in this process."""
    names: dict[str, object] = {"__name__": "__main__"}
    warnings.simplefilter("ignore")
    exec(cells["setup"], names)
    try:
        exec(answer.source, names)
        with collecting() as collected:
            for kind in ("visible", "hidden"):
                exec(cells[f"{answer.exercise}-{kind}"], names)
    except Exception:
        return False
    return collected.report() is None


def _verdict(answer: Answer) -> tuple[str, bool]:
    return answer.name, _passes(_cells(), answer)


def _wrong_verdicts(answers: list[Answer]) -> list[str]:
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        verdicts = dict(pool.map(_verdict, answers, chunksize=1))
    return [answer.name for answer in answers if verdicts[answer.name] != answer.is_right]


def _answers() -> list[Answer]:
    cells = _cells()
    exercises = _exercises(cells)
    references = [Answer(name, "reference", cells[name]) for name in exercises]
    return references + read_answers(Path(ROOT / "tests" / "answers" / f"{NAME}.py"), exercises)


@pytest.mark.gpu
@pytest.mark.timeout(1200)
def test_every_answer_gets_its_verdict_on_cuda() -> None:
    """Right answers pass and wrong ones are refused where the accelerator is a GPU."""
    assert _wrong_verdicts(_answers()) == []


@pytest.mark.timeout(300)
def test_the_same_way_works_on_the_simulated_device() -> None:
    """The way of asking above is sound: on `sim` it gives the verdicts that are known, for one exercise."""
    answers = [answer for answer in _answers() if answer.exercise == "padding_mask"]

    assert len(answers) > 8
    assert _wrong_verdicts(answers) == []
