"""grade: pure and deterministic, and what a bundle and a graded notebook hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.assignment import MARK, MOST, NAME, RIGHT, STUBS, instructor, submission
from attacks.grader import LIMITS

from torchmarks.checks.seeding import Seeding
from torchmarks.grading import (
    Bundle,
    Graded,
    GradedNotebook,
    NotebookBundle,
    Submission,
    data_files,
    grade,
    grade_notebook,
)
from torchmarks.isolation import Engine

BUNDLE = Bundle(NAME, (NotebookBundle.of(NAME, instructor()),), {"data.txt": b"given"})
MIXED = {**RIGHT, "mean": "def mean(xs): return 0.0", "total": "def total(t): return t.sum().item()"}


@pytest.fixture(scope="module")
def engine(warm: Callable[..., Engine]) -> Engine:
    """A warm engine."""
    return warm("cpu", LIMITS)


def _grade(engine: Engine, content: bytes, **files: bytes) -> Graded:
    return grade(Submission("ada", {f"{NAME}.ipynb": content, **files}), BUNDLE, lambda device: engine)


def messages_of(made: GradedNotebook) -> list[str]:
    """What the student reads."""
    return [check.report.text() for check in made.record.messages if check.report is not None]


def _essence(graded: Graded) -> str:
    """All of a result but the time that it took."""
    made = graded.notebooks[0]
    notebook = json.loads(json.dumps(made.notebook))
    notebook["metadata"]["torchmarks"].pop("seconds")
    return json.dumps([notebook, made.record.scores, messages_of(made)], sort_keys=True)


def test_scores_and_messages(engine: Engine) -> None:
    """Each test cell has its points; each that failed has a message for the student."""
    made = _grade(engine, submission(MIXED)).notebooks[0]

    assert sum(points or 0.0 for points in made.record.scores.values()) == MOST - 8
    assert {cell for cell, points in made.record.scores.items() if points == 0} == {
        f"{n}-{k}" for n in ("mean", "total") for k in ("visible", "hidden")
    }
    assert [message.cell for message in made.record.messages] == [
        "mean-visible",
        "mean-hidden",
        "total-visible",
        "total-hidden",
    ]
    assert MARK not in "".join(messages_of(made))


def test_a_blank_release_gets_nothing(engine: Engine) -> None:
    """Stubs earn no point, and say that they are not written."""
    made = _grade(engine, submission(STUBS)).notebooks[0]

    assert set(made.record.scores.values()) == {0.0}
    assert {check.report.misconception for check in made.record.messages if check.report} == {"not-written"}


def test_twenty_runs_give_one_result(engine: Engine) -> None:
    """The same submission, graded again and again between others, gives the same notebook, scores and messages."""
    others = [submission(RIGHT), submission(STUBS)]
    seen = set()
    for round_ in range(20):
        if round_ % 3 == 0:
            _grade(engine, others[round_ % 2])
        seen.add(_essence(_grade(engine, submission(MIXED))))

    assert len(seen) == 1


_SCRIPT = """
import sys
sys.path[:0] = [{tests!r}, {root!r}]
from grading import test_conductor as t
from torchmarks.isolation import Engine
with Engine(t.LIMITS) as engine:
    if {first}:
        t._grade(engine, t.submission(t.STUBS))
    print(t._essence(t._grade(engine, t.submission(t.MIXED))))
"""


def test_other_processes_give_the_same_result(engine: Engine) -> None:
    """Another process, another hash seed and another order change nothing."""
    tests = Path(__file__).parents[1]
    said = []
    for first, seed in ((0, "1"), (1, "2")):
        script = _SCRIPT.format(tests=str(tests), root=str(tests.parent), first=first)
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            timeout=110,
            env=os.environ | {"PYTHONHASHSEED": seed},
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.strip())

    assert said == [_essence(_grade(engine, submission(MIXED)))] * 2


def test_data_files_are_the_assignments(engine: Engine) -> None:
    """A student's own files are there; the assignment's replace theirs; notebooks are not data."""
    sent = Submission("ada", {"x.ipynb": b"{}", "data.txt": b"forged", "own.py": b"ok"})

    assert data_files(sent, BUNDLE) == {"data.txt": b"given", "own.py": b"ok"}
    graded = _grade(engine, submission(RIGHT, ["print(open('data.txt').read())"]), **{"data.txt": b"forged"})
    assert "given" in str(graded.notebooks[0].notebook)


_ENDLESS = "for step in range(10**9): print('step', step)"


@pytest.mark.parametrize(
    "answer",
    [
        "{right}\n\nfor step in range(20000):\n    print(f'step {{step:05d}} loss {{1 / (step + 1):.12f}} ok')",
        "{right}\n\n" + _ENDLESS,
        "!pip install -q einops\n!pip install -q tqdm\n{right}",
        "%pip install einops\n{right}\n!wget -q https://example.com/data.csv",
        "{right}\nimport urllib.request\nurllib.request.urlopen('https://example.com')",
        "import torch\n@torch.compile\n{right}",
        "import torch\n@torch.compile(mode='max-autotune', fullgraph=True)\n{right}",
        "{right}\nexit()",
        "import time\n{right}\ntime.sleep(60)",
    ],
)
def test_a_right_function_keeps_its_points(engine: Engine, answer: str) -> None:
    """Whatever is around it in its cell: prints without end, installs, a decorator, an end of the process."""
    made = _grade(engine, submission({**RIGHT, "total": answer.format(right=RIGHT["total"])})).notebooks[0]

    assert sum(points or 0.0 for points in made.record.scores.values()) == MOST, messages_of(made)


def test_a_limit_is_a_field(engine: Engine) -> None:
    """Its name, value and cell are in the result and the graded notebook."""
    made = _grade(engine, submission({**RIGHT, "total": f"{RIGHT['total']}\n{_ENDLESS}"})).notebooks[0]

    assert made.notebook is not None
    assert [(hit.name, hit.value, hit.cell) for hit in made.record.limits] == [
        ("output", LIMITS.output_bytes, "total"),
        ("timeout", LIMITS.cell_s, "total"),
    ]
    record = made.notebook["metadata"]["torchmarks"]["limits"]
    assert record == [asdict(hit) for hit in made.record.limits]
    assert all(entry.keys() == {"cell", "name", "value", "detail"} for entry in record)


def test_a_file_that_is_not_a_notebook_is_refused(engine: Engine) -> None:
    """No guess and no zero: a refusal with reason and remedy."""
    refused = _grade(engine, b"PK\x03\x04 not a notebook").refused

    assert refused is not None
    assert refused.reason
    assert refused.remedy


@pytest.mark.parametrize(
    "meta",
    [
        {"grade_id": "mine", "grade": True, "locked": True, "points": 5},
        {"grade_id": "mine", "locked": True},
        {"grade_id": "setup", "locked": True},
        {"grade_id": "double-hidden", "grade": True, "locked": True, "points": 3},
    ],
    ids=lambda meta: f"{meta['grade_id']}{'-test' if 'grade' in meta else ''}",
)
def test_no_cell_of_a_student_runs_outside(engine: Engine, meta: dict[str, object], tmp_path: Path) -> None:
    """Cells with forged metadata run inside or not at all: by repair, and by the second lock behind it."""
    code = f"open({str(tmp_path / 'owned')!r}, 'w').close()"
    notebook = json.loads(submission(RIGHT))
    cell = {
        "cell_type": "code",
        "id": "x",
        "metadata": {"nbgrader": meta},
        "source": code,
        "outputs": [],
        "execution_count": None,
    }
    notebook["cells"].insert(0, cell)

    _grade(engine, json.dumps(notebook).encode())
    bare = {"cells": [cell], "metadata": {}}
    grade_notebook(bare, BUNDLE.notebooks[0], (), Seeding(student="ada"), {}, lambda device: engine)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("more", [{"grade": True, "points": 5}, {}], ids=["test", "read-only"])
def test_a_cell_with_the_id_of_an_answer_stays_the_students(engine: Engine, more: dict[str, object]) -> None:
    """Metadata that make a test or a read-only cell of it change nothing: it runs inside, as it was written."""
    metadata = {"nbgrader": {"grade_id": "double", "locked": True, **more}}
    cell = {"cell_type": "code", "id": "x", "metadata": metadata, "source": "print('my' + ' own')", "outputs": []}
    bare = {"cells": [cell], "metadata": {}}

    made = grade_notebook(bare, BUNDLE.notebooks[0], (), Seeding(student="ada"), {}, lambda device: engine)

    assert made.notebook is not None
    assert "my own" in str(made.notebook["cells"][0]["outputs"])


def test_a_notebook_that_asks_for_an_accelerator_gets_one() -> None:
    """A notebook whose locked cells ask for an accelerator is graded where there is one."""
    notebook = instructor()
    notebook["cells"][0]["source"] += "\nfrom torchmarks import accelerator"

    assert NotebookBundle.of(NAME, notebook).device == "sim"
    assert BUNDLE.notebooks[0].device == "cpu"
