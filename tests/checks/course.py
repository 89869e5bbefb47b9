"""The course's assignments with every exercise solved, and what a student's cell may leave set. Grades, and no more."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from torchmarks.course import repository
from torchmarks.grading import Bundle, GradedNotebook, NotebookBundle, Submission, grade
from torchmarks.grading.record import read
from torchmarks.isolation import Engine

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
WITH_ACCELERATOR = ("07-devices", "08-training", "09-data-in")

_MODES = """\
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
class Sixth(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        raise ValueError("a mode was left entered")
class Seventh(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        raise ValueError("a mode was left entered")
"""

# What a cell leaves set, by the name that it is told by.
SETTINGS: Mapping[str, str] = {
    "default dtype": "import torch\ntorch.set_default_dtype(torch.float64)",
    "default device": "import torch\ntorch.set_default_device('meta')",
    "function mode": f"{_MODES}left = Sixth()\nleft.__enter__()",
    "dispatch mode": f"{_MODES}left = Seventh()\nleft.__enter__()",
    "gradient recording": "import torch\ntorch.set_grad_enabled(False)",
    "inference mode": "import torch\nleft = torch.inference_mode()\nleft.__enter__()",
    "autocast": "import torch\nleft = torch.autocast('cpu')\nleft.__enter__()",
    "deterministic algorithms": "import torch\ntorch.use_deterministic_algorithms(True)",
    "anomaly detection": "import torch\ntorch.autograd.set_detect_anomaly(True)",
    "float32 matmul precision": "import torch\ntorch.set_float32_matmul_precision('medium')",
    "hooks of saved tensors": (
        "import torch\nleft = torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t * 0)\nleft.__enter__()"
    ),
    "hooks of all modules": (
        "import torch\ntorch.nn.modules.module.register_module_forward_hook(lambda module, args, out: out * 2)"
    ),
    "flushing of denormal numbers": "import torch\ntorch.set_flush_denormal(True)",
    "NumPy's error handling": "import numpy\nnumpy.seterr(all='raise')",
    "PyTorch's print options": "import torch\ntorch.set_printoptions(precision=1, threshold=2, sci_mode=True)",
    "NumPy's print options": "import numpy\nnumpy.set_printoptions(precision=1, threshold=2)",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "recursion limit": "import sys\nsys.setrecursionlimit(150)",
    "PyTorch's threads": (
        "import torch\ntorch.set_num_threads(4)\nleft = torch.randn(600, 600)\nprint((left @ left).exp().sum())"
    ),
}
# Those that keep others from being left: an error of the first would end the cell.
APART = ("default device", "function mode", "dispatch mode", "inference mode", "recursion limit")
TOGETHER = "\n".join(SETTINGS[name] for name in SETTINGS if name not in APART)

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


@functools.cache
def _source(assignment: str) -> str:
    return (ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8")


@functools.cache
def bundle(assignment: str) -> Bundle:
    """With the hidden tests, which stand in the source."""
    return Bundle(assignment, (NotebookBundle.of(assignment, json.loads(_source(assignment))),))


def solved(assignment: str, first: str = "", **solutions: str) -> dict[str, Any]:
    """What a student hands in: the reference solution of every exercise but those given. first: a cell above all."""
    notebook: dict[str, Any] = json.loads(_source(assignment))
    for cell in notebook["cells"]:
        meta, text = cell["metadata"].get("nbgrader") or {}, "".join(cell["source"])
        cell["source"] = text.split("### BEGIN HIDDEN TESTS")[0] if meta.get("grade") else text
        if meta.get("solution"):
            lines = [line for line in text.splitlines() if " SOLUTION" not in line]
            cell["source"] = solutions.get(meta["grade_id"], "\n".join(lines))
    if first:
        cell = {"cell_type": "code", "id": "first", "metadata": {}, "source": first, "outputs": []}
        notebook["cells"].insert(0, cell | {"execution_count": None})
    return notebook


def noisy(assignment: str) -> dict[str, str]:
    """Every reference solution as an answer that prints, warns, writes to stderr and takes its time."""
    sources = {cell["id"]: cell["source"] for cell in solved(assignment)["cells"] if _is_solution(cell)}
    return {
        name: f"{source}\n{NOISY.format(name=name)}" if f"def {name}" in source else source
        for name, source in sources.items()
    }


def _is_solution(cell: Mapping[str, Any]) -> bool:
    return bool((cell["metadata"].get("nbgrader") or {}).get("solution"))


def graded(engine: Engine, assignment: str, first: str = "", **solutions: str) -> GradedNotebook:
    """A solved assignment, graded."""
    content = json.dumps(solved(assignment, first, **solutions)).encode()
    submission = Submission("ada", {f"{assignment}.ipynb": content})
    return grade(submission, bundle(assignment), lambda device: engine).notebooks[0]


def short_of(result: GradedNotebook) -> dict[str, str]:
    """The test cells that lack points, with what the student reads."""
    assert result.record.refused is None
    return {check.cell: check.report.text() for check in result.record.messages if check.report is not None}


def left(result: GradedNotebook) -> list[dict[str, str]]:
    """What the record in the notebook says that cells had left."""
    assert result.notebook is not None
    return [asdict(left) for left in read(result.notebook, "").left]
