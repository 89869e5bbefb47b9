"""Right answers keep full marks with each setting left set by the first cell, in grading and in a notebook.

Where all that can stand together is left, the answers print, warn and are slow as well: neither hides the other, for
each by itself may cost a point.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.course import (
    APART,
    ASSIGNMENTS,
    NOISY,
    SETTINGS,
    TOGETHER,
    WITH_ACCELERATOR,
    graded,
    left,
    noisy,
    short_of,
    solved,
)
from checks.notebook import notebooks, released
from torchmarks.isolation import Engine

DEVICE = "import torch\nfrom torchmarks import accelerator\ntorch.set_default_device(accelerator())"
# Every assignment with all that can stand together: one that was not put back would be felt there, for the others are.
# Those that cannot be together each alone, on the CPU and with an accelerator.
QUICK = [
    *((name, "together", TOGETHER) for name in ASSIGNMENTS),
    *((name, setting, SETTINGS[setting]) for name in ("05-gradients", "07-devices") for setting in APART),
    ("08-training", "default device", DEVICE),
    ("01-tensors", "default device", DEVICE),
]
ALL = [(name, setting, source) for name in ASSIGNMENTS for setting, source in SETTINGS.items()]
ALONE = ("default device", "function mode", "inference mode")

EngineOf = Callable[[str], Engine]


@pytest.fixture(scope="module")
def engine_of(warm: EngineOf) -> EngineOf:
    """The warm engine of an assignment's device."""
    return lambda assignment: warm("sim" if assignment in WITH_ACCELERATOR else "cpu")


def _keeps_full_marks(engine_of: EngineOf, assignment: str, setting: str, source: str) -> None:
    answers = noisy(assignment) if setting == "together" else {}
    result = graded(engine_of(assignment), assignment, source, **answers)

    assert short_of(result) == {}
    assert all(result.record.scores.values())
    # A worked cell may stop under what the first one left: torch.func takes no hooks of saved tensors.
    cells = {entry["setting"]: entry["cell"] for entry in left(result) if entry["kind"] != "older"}
    assert set(cells.values()) == {"cell 1"}
    assert cells.keys() >= (SETTINGS.keys() - APART if setting == "together" else {setting})


@pytest.mark.parametrize(("assignment", "setting", "source"), QUICK, ids=lambda value: str(value)[:30].split("\n")[0])
def test_full_marks_in_grading(engine_of: EngineOf, assignment: str, setting: str, source: str) -> None:
    """What the first cell left set costs no point, and the record says what it was and which cell; nor does what the
    statements leave open: no right answer is refused for printing, warning or being slow.
    """
    _keeps_full_marks(engine_of, assignment, setting, source)


@pytest.mark.slow
@pytest.mark.parametrize(("assignment", "setting", "source"), ALL, ids=lambda value: str(value)[:30].split("\n")[0])
def test_full_marks_in_grading_each_alone(engine_of: EngineOf, assignment: str, setting: str, source: str) -> None:
    """The whole product of assignments and settings."""
    _keeps_full_marks(engine_of, assignment, setting, source)


def test_the_noise_is_real(capsys: pytest.CaptureFixture[str]) -> None:
    """The wrapper of noisy answers does what it says, and leaves the result alone."""
    names: dict[str, object] = {}
    exec("def f(x):\n    return x + 1\n" + NOISY.format(name="f"), names)

    with pytest.warns(UserWarning, match="a warning of the student's"):
        assert names["f"](1) == 2  # type: ignore[operator]
    assert "working on it (1,)" in capsys.readouterr().out
    assert len(noisy("01-tensors")) == 9


@pytest.mark.timeout(300)
def test_every_visible_test_passes_in_a_notebook(tmp_path: Path) -> None:
    """The same in a kernel: each visible test passes under what the first cell left set, and tells of it."""
    firsts = [(name, TOGETHER) for name in ASSIGNMENTS]
    firsts += [(name, SETTINGS[setting]) for name in ("05-gradients", "07-devices") for setting in ALONE]
    sources = [[first, *released(solved(name))] for name, first in firsts]

    for (name, _), cells, shown in zip(firsts, sources, notebooks(tmp_path, *sources), strict=True):
        tests = [cell for cell, source in zip(shown, cells, strict=True) if "expect(" in source]
        assert len(tests) == 9
        assert [cell["error"] for cell in tests if cell["error"]] == [], name
        assert [cell["text"] for cell in tests if "as expected" not in cell["text"]] == [], name
        assert all("Your cells left set: " in cell["text"] for cell in tests), name


def test_the_matrix_can_fail(engine_of: EngineOf) -> None:
    """An answer that depends on what a cell left set is not saved by it: it fails, and the cell is named."""
    wrong = "import torch\ndef from_list(xs, dtype=None):\n    return torch.tensor(xs, dtype=dtype or kept)"
    first = f"{SETTINGS['default dtype']}\nkept = torch.get_default_dtype()"

    texts = short_of(graded(engine_of("01-tensors"), "01-tensors", first, from_list=wrong))

    assert set(texts) == {"from_list-visible", "from_list-hidden"}
    line = "Note: Your cells left set: default dtype torch.float64 (cell 1). Tests run with PyTorch's own settings."
    assert all(line in text.splitlines() for text in texts.values())
