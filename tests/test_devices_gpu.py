"""Assignment 07 on a real accelerator: the same tests must reach the same verdicts on `cuda` as on `sim`.

In place, without the sandbox, which shows no device of the machine to students' code: each answer runs in a fork of
its own. What is forked is this file run as a program, which never touches CUDA itself: a fork of a process that has
cannot use it (PyTorch docs, "Multiprocessing best practices"), and pytest asks for a device before it runs these tests.
"""

import contextlib
import io
import json
import multiprocessing
import os
import subprocess
import sys
import warnings

import pytest

from torchmarks.catalogue import Answer
from torchmarks.checks.collecting import collecting
from torchmarks.course import Course, repository

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
        with contextlib.redirect_stdout(io.StringIO()), collecting() as collected:
            exec(answer.source, names)
            for kind in ("visible", "hidden"):
                exec(cells[f"{answer.exercise}-{kind}"], names)
    except Exception:
        return False
    return collected.report() is None


def _verdict(answer: Answer) -> tuple[str, bool]:
    return answer.name, _passes(_cells(), answer)


def _answers() -> list[Answer]:
    cells = _cells()
    exercises = _exercises(cells)
    references = [Answer(name, "reference", cells[name], is_right=True) for name in exercises]
    catalogue = Course(ROOT).catalogue(NAME)
    # A third of the wrong ones, as everywhere in the suite: each runs in a fork of its own.
    return [*references, *(a for a in catalogue.answers if a.is_right or a in catalogue.proofs)]


def _wrong_verdicts(exercises: list[str]) -> tuple[int, list[str]]:
    """How many answers these exercises have, and the names of those that did not get their verdict."""
    done = subprocess.run(
        [sys.executable, __file__, *exercises], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    count, *wrong = json.loads(done.stdout)
    return count, wrong


def _import_once() -> None:
    """What each fork would import: a second of CPU. None of it asks for a device."""
    import IPython.display  # noqa: F401
    import torch

    from torchmarks import expect, inputs, observe, progress  # noqa: F401 - fetched when they are first used

    if torch.version.cuda is None:  # of a build with CUDA it is not known that it asks for none
        import torch._dynamo


def _main(exercises: list[str]) -> None:
    _import_once()
    answers = [answer for answer in _answers() if answer.exercise in exercises]
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0)), maxtasksperchild=1) as pool:
        verdicts = pool.map(_verdict, answers, chunksize=1)
    wrong = [f"{answer.exercise}: {name}" for answer, (name, passed) in zip(answers, verdicts, strict=True)
             if passed != answer.is_right]  # fmt: skip
    print(json.dumps([len(answers), *wrong]))


@pytest.mark.gpu
@pytest.mark.timeout(1200)
def test_every_answer_gets_its_verdict_on_cuda() -> None:
    """Right answers pass and wrong ones are refused where the accelerator is a GPU."""
    count, wrong = _wrong_verdicts(_exercises(_cells()))

    assert count > 150
    assert wrong == []


@pytest.mark.timeout(300)
def test_the_same_way_works_on_the_simulated_device() -> None:
    """The way of asking above is sound: on `sim` it gives the verdicts that are known, for one exercise."""
    count, wrong = _wrong_verdicts(["padding_mask"])

    assert count > 8
    assert wrong == []


if __name__ == "__main__":
    _main(sys.argv[1:])
