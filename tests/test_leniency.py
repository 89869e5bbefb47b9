"""No right answer is refused for what the statements leave open: printing, warning, writing to stderr, being slow."""

import json
from pathlib import Path

import pytest

from torchmarks.answers import Answer
from torchmarks.course import Course, repository
from torchmarks.verify import verify

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())

# The reference stays as it is; whoever calls it is talked at, warned and kept waiting.
NOISY = """
import functools as _functools, sys as _sys, time as _time, warnings as _warnings

def _noisy(right):
    @_functools.wraps(right)
    def noisy(*args, **kwargs):
        print("working on it", args)
        print("and again", file=_sys.stderr)
        _warnings.warn("a warning of the student's", stacklevel=2)
        _time.sleep(0.003)
        return right(*args, **kwargs)
    return noisy

{name} = _noisy({name})
"""


def _references(assignment: str) -> dict[str, str]:
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if (cell["metadata"].get("nbgrader") or {}).get("solution")]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_noise_and_slowness_cost_nothing(assignment: str) -> None:
    """Every reference solution gets full marks while it prints, warns, writes to stderr and takes its time."""
    answers = [
        Answer(name, "noisy", source + (NOISY.format(name=name) if f"def {name}" in source else ""))
        for name, source in _references(assignment).items()
    ]

    outcomes = verify(Course(ROOT), assignment, answers=answers, fast=True).outcomes

    assert len(outcomes) == 9
    assert [outcome.answer.name for outcome in outcomes if not outcome.fits] == []


def test_the_noise_is_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The wrapper above does what it says, and leaves the result alone."""
    names: dict[str, object] = {}
    exec("def f(x):\n    return x + 1\n" + NOISY.format(name="f"), names)

    with pytest.warns(UserWarning, match="a warning of the student's"):
        assert names["f"](1) == 2  # type: ignore[operator]
    assert "working on it (1,)" in capsys.readouterr().out
