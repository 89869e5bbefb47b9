"""The language of a course: what students read changes with it, and nothing else of a grading."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.mistakes import CATALOGUE, NOTEBOOK, VISIBLE, WHY

from torchmarks.authoring.visible_reasons import made
from torchmarks.catalogue import read_catalogue
from torchmarks.checks.reasons_file import decode
from torchmarks.course.feedback_page import FeedbackExporter
from torchmarks.grading import Bundle, GradedNotebook, NotebookBundle, Submission, basis, grade
from torchmarks.isolation import Engine

from .cells import LIMITS

HIDDEN = (
    "for n in (7., 9., 11.):\n    expect(observe(half, torch.tensor([n]))).returned(torch.tensor([n / 2]))\n"
    "expect(observe(half, [1])).raised(TypeError)"
)
FLOORS = "def half(x):\n    y = torch.div(x, 2, rounding_mode='floor')\n    return y"
ANSWERS = {
    "a known mistake": FLOORS,
    "an unknown mistake": "def half(x):\n    return (x / 4).double()",
    "an end": "import os\n\ndef half(x):\n    os._exit(3)",
    "another name": "def halve(x):\n    return x / 2",
    "no Python": "def half(x:\n    return x",
    "settings left": "torch.set_default_dtype(torch.float64)\ndef half(x):\n    return [x]",
    "what cannot be taken": "def half(x):\n    return [torch.eye(2).to_sparse(), {'x' * 10**6, object}, iter([])]",
}


def _notebook() -> dict[str, Any]:
    notebook = json.loads(json.dumps(NOTEBOOK))
    source = f"### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"
    marks = {"grade_id": "half-hidden", "grade": True, "locked": True, "points": 3}
    notebook["cells"].append({"cell_type": "code", "source": source, "metadata": {"nbgrader": marks}})
    for number, cell in enumerate(notebook["cells"]):
        cell |= {"id": f"cell-{number}", "outputs": [], "execution_count": None}
    return notebook | {"nbformat": 4, "nbformat_minor": 5}


def _bundle() -> Bundle:
    known = read_catalogue(CATALOGUE, ["half"], "half.py")
    one = NotebookBundle.of("half", _notebook(), known, decode(made(NOTEBOOK, known)))
    return Bundle("half", (one,), secret=b"secret")


def _submission(answer: str) -> Submission:
    notebook = _notebook()
    notebook["cells"][1]["source"] = answer
    notebook["cells"][3]["source"] = ""
    notebook["cells"].insert(1, {"cell_type": "code", "source": "!pip install nothing", "metadata": {}})
    return Submission("ada", {"half.ipynb": json.dumps(notebook).encode()})


@pytest.fixture(scope="module")
def graded(warm: Callable[..., Engine]) -> dict[str, dict[str, GradedNotebook]]:
    """Each answer, graded in each language."""
    engine = warm("cpu", LIMITS)
    english = _bundle()
    bundles = {language: dataclasses.replace(english, language=language) for language in ("en", "de", "es")}
    return {
        name: {
            language: grade(_submission(answer), bundle, lambda device: engine).notebooks[0]
            for language, bundle in bundles.items()
        }
        for name, answer in ANSWERS.items()
    }


def _facts(made: GradedNotebook) -> list[object]:
    """All of a record that is not prose: verdicts, names, what a box has to run and where it leads, what was hit."""
    record = made.record
    checks = [
        (
            (check.cell, check.points, check.most, check.verdict, check.calls, check.limit and check.limit.name),
            report and (report.misconception, report.code, report.link, report.limit, report.missing, report.subject),
            report and (report.authored, len(report.rows), [len(other.rows) for other in report.others]),
            report and [getattr(report, field) for field in report.authored],
        )
        for check in record.checks.values()
        for report in [check.report]
    ]
    repairs = [(repair.kind, repair.cell) for repair in record.repairs]
    limits = [(hit.name, hit.value) for hit in record.limits]
    return [checks, repairs, limits, [(left.kind, left.setting, left.value) for left in record.left]]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("language", ["de", "es"])
def test_points_names_and_facts_are_the_same(
    graded: dict[str, dict[str, GradedNotebook]], name: str, language: str
) -> None:
    """Of every kind of answer, in a visible test and in a hidden one."""
    made, english = graded[name][language], graded[name]["en"]

    assert _facts(made) == _facts(english)
    assert (made.record.language, english.record.language) == (language, "en")


def test_the_names_are_there_to_be_compared(graded: dict[str, dict[str, GradedNotebook]]) -> None:
    """The known mistake is known by its sealed reason, and by the catalogue; an end of the process is one."""
    known = graded["a known mistake"]["de"].record

    assert [check.report and check.report.misconception for check in known.checks.values()] == ["floor-division"] * 2
    assert {hit.name for hit in graded["an end"]["de"].record.limits} == {"exit"}


@pytest.mark.parametrize(
    ("language", "headline", "offline"),
    [("de", "ist nicht das, was verlangt war.", "gibt es kein Netz"), ("es", "no es lo que se pedía.", "no hay red")],
)
def test_a_page_speaks_the_language_of_the_grading(
    graded: dict[str, dict[str, GradedNotebook]], language: str, headline: str, offline: str
) -> None:
    """Wherever it is made: its own words, the boxes, what was said while the cells ran; the reason stays English."""
    node = nbformat.from_dict(graded["a known mistake"][language].notebook)
    resources = {"nbgrader": {"notebook": "half", "score": 0.0, "max_score": 4.0, "late_penalty": 0.0}}
    page, _ = FeedbackExporter().from_notebook_node(node, resources=resources)

    assert f'<html lang="{language}">' in page
    assert headline in page
    assert f'<span lang="en">{WHY}</span>' in page
    assert [word for word in ("not what", "Hidden tests", "Why:", "Next:", "points", "seen<") if word in page] == []
    assert headline in graded["a known mistake"][language].record.texts["half-hidden"]
    assert "seen" not in graded["a known mistake"][language].record.texts["half-hidden"]
    assert offline in json.dumps(graded["a known mistake"][language].notebook, ensure_ascii=False)


def test_feedback_in_another_language_comes_with_the_next_grading() -> None:
    """A grade made in one is not what grading would give in the other; in English nothing changes of what was noted."""
    english = _bundle()
    german = dataclasses.replace(english, language="de")

    assert basis.tests_of(english) != basis.tests_of(german)
    assert basis.parts_of(german) == {**basis.parts_of(english), "the language of messages": "de"}
    assert VISIBLE in english.notebooks[0].blueprint.cells[2].source
