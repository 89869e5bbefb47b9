"""Every reference solution gives what its statement demands, over the whole range that the statement has.

What comes out is worked out apart from the reference (one function an exercise, in the files of this folder), and drawn
cases hold the two against each other. `ORACLE_DRAWS` sets how many; tests/mutation holds changed solutions against
the same oracles.
"""

import functools
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from torchmarks.checks.settings import CELL, Usual

from . import runner

DRAWS = int(os.environ.get("ORACLE_DRAWS", "30"))
# These need the simulated device, which stays registered: in a process of their own.
ON_DEVICES = ("07-devices", "08-training", "09-data-in")
SOLUTIONS = {
    name: runner.solutions(name)
    for name in sorted(path.name for path in (runner.ROOT / "source").iterdir() if path.is_dir())
}
EXERCISES = [(assignment, exercise) for assignment, sources in SOLUTIONS.items() for exercise in sources]

names_of = functools.cache(runner.names_of)


def differences(assignment: str, answers: list[tuple[str, str]], draws: int) -> list[str]:
    """For each (exercise, source) the first case that the answer does not meet, or "": in a process of their own."""
    command = [sys.executable, str(Path(runner.__file__)), assignment, str(draws)]
    run = subprocess.run(command, input=json.dumps(answers), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    found: list[str] = json.loads(run.stdout)
    return found


@functools.cache
def _on_devices(assignment: str) -> dict[str, str]:
    exercises = list(SOLUTIONS[assignment])
    return dict(zip(exercises, differences(assignment, [(one, "") for one in exercises], DRAWS), strict=True))


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES, ids=lambda name: name)
def test_the_reference_meets_its_statement(assignment: str, exercise: str) -> None:
    """Values, shapes, dtypes, memory and errors are those of the oracle, on every drawn case."""
    if assignment in ON_DEVICES:
        assert _on_devices(assignment)[exercise] == ""
        return
    with warnings.catch_warnings(), Usual(CELL):
        warnings.simplefilter("ignore")
        found = runner.first_difference(assignment, exercise, "", names_of(assignment), DRAWS)
    assert found == ""


WRONG = [
    ("01-tensors", "from_list", "def from_list(xs, dtype=None):\n    return torch.tensor(xs).to(dtype)"),
    ("02-indexing-and-shape", "compact", "def compact(x):\n    return x.contiguous().clone()"),
    ("05-gradients", "vjp", "def vjp(f, x, v):\n    x.requires_grad_()\n    return torch.autograd.grad(f(x), x, v)[0]"),
]


@pytest.mark.parametrize(("assignment", "exercise", "source"), WRONG, ids=[case[1] for case in WRONG])
def test_an_oracle_sees_what_is_wrong(assignment: str, exercise: str, source: str) -> None:
    """Digits that are lost, a copy that is needless, an argument that asks for gradients afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "case" in runner.first_difference(assignment, exercise, source, names_of(assignment), 200)
