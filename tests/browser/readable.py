"""The pages that students and instructors read in a browser, made of what grading would have found, without grading.

A box stands on a page with the styles of JupyterLab, whose theme follows the browser's colours here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import torch
from jupyter_core.paths import jupyter_path
from traitlets.config import Config

from torchmarks import CheckFailed, expect, observe
from torchmarks.adapters.github import page_of
from torchmarks.checks.box import to_html
from torchmarks.checks.report import Report, Row
from torchmarks.checks.seeding import Phase
from torchmarks.course.answer import AnswerExercise, AnswerPart, GraderAnswer
from torchmarks.course.feedback_page import FeedbackExporter
from torchmarks.course.gradings import GradeChange, Grading
from torchmarks.course.policy import PageDetail, policy_of
from torchmarks.grading import Basis, CheckRecord, CheckVerdict, NotebookRecord
from torchmarks.grading.record import by_exercise, written
from torchmarks.grading.repair import Repair
from torchmarks.isolation import LimitHit
from torchmarks.report.figures import FailedCheck, Figures, Gathered, GradedWork, figures
from torchmarks.report.learning import Tried
from torchmarks.report.page import page as report_page
from torchmarks.watch.budget import Bound, Decision
from torchmarks.watch.pages import kept

ASSIGNMENT = "05-gradients"
_ADDRESS = "https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.requires_grad_.html#torch.Tensor.requires_grad_"
_LONG_LINE = "total = scaled_dot_product_attention(query, key, value) + mean_squared_error(predicted, target)  # both"
# One pixel, as a plot of the student's would stand there.
_PICTURE = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c63606060f80f00010401005fe5c34b0000000049454e44ae426082"
    )
).decode()


def pages() -> dict[str, str]:
    """Every page by what it is."""
    now = datetime(2030, 3, 1, 12, tzinfo=UTC)
    why = Decision(Bound.A_DAY, now + timedelta(hours=12), 3, 0)
    return {
        "box": _in_jupyterlab([to_html(report) for report in reports()]),
        "feedback": _feedback(),
        "report": report_page("tensors", [_figures("01-tensors"), _figures(ASSIGNMENT)], names=True),
        "standing": kept(policy_of(Config()), ASSIGNMENT, now, now + timedelta(days=2), why),
        "github": page_of(_answer()),
    }


# ---- failures


def _float_of(xs: list[float]) -> torch.Tensor:
    return torch.tensor(xs, dtype=torch.float32)


def _said(check: Callable[[], object]) -> Report:
    try:
        check()
    except CheckFailed as failed:
        return failed.report
    raise AssertionError("a check that fails was wanted")


def _refuses(*arguments: object) -> None:
    raise TypeError("scaled_dot_product_attention(): argument 'query' (position 1) must be Tensor, not list")


def reports() -> list[Report]:
    """Failures of several kinds: another dtype, shape, values, an error, and a report in which nothing is missing."""
    numbers = torch.linspace(-1234.5, 6789.25, 6).reshape(2, 3)
    checks: list[Callable[[], object]] = [
        lambda: expect(observe(_float_of, [1, 2, 3])).returned(torch.tensor([1, 2, 3])),
        lambda: expect(observe(lambda x: x.T, numbers)).returned(numbers.reshape(3, 2) / 3),
        lambda: expect(observe(lambda x: x * 1.5, numbers)).returned(numbers),
        lambda: expect(observe(_refuses, [1.0])).returned(torch.tensor(1.0)),
    ]
    return [*map(_said, checks), _whole()]


def _whole() -> Report:
    """Nothing is missing in it, and its words are as long as they come."""
    rows = (
        Row("gradient of layers[0].weight", "torch.nn.parameter.UninitializedParameter", "a tensor"),
        Row("values", "[0.3333, 1e-05, 12345.6]", "[0.3333, 2e-05, 12345.6]", "1 of 3 wrong, the first at [1]"),
        Row("keys", "['bias', 'weight']", "['weight']"),
        Row("history", "requires_grad=False", "requires_grad=True"),
        Row("", "and 3 more differences", ""),
    )
    other = Report("mean_squared_error(x, y) stopped with an error.", (Row("error", "ValueError: no", "no error"),))
    return Report(
        "stacked.parameters_without_gradients(torch.nn.functional.scaled_dot_product_attention(q, k, v)) is not what "
        "was asked for.",
        rows,
        why="`torch.nn.Module.register_full_backward_hook` is called after the gradients are there.",
        misconception="gradients-accumulate-between-steps",
        next=f"for step in range(2):\n    {_LONG_LINE}\n    print(total)",
        link=_ADDRESS,
        note="12 of 30 calls differ; this is one of them.",
        left="Your cells left set: default dtype torch.float64 (In [3]). Tests run with PyTorch's own settings.",
        code=("x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)", _LONG_LINE),
        others=(other,),
    )


def _in_jupyterlab(boxes: Sequence[str]) -> str:
    """Boxes as outputs of cells, with the styles of JupyterLab that nbconvert brings."""
    static = next(
        folder for path in jupyter_path("nbconvert", "templates", "lab", "static") if (folder := Path(path)).is_dir()
    )
    styles = [f"<style>{(static / name).read_text()}</style>" for name in ("index.css", "theme-light.css")]
    dark = (static / "theme-dark.css").read_text()
    styles.append(f'<style media="(prefers-color-scheme: dark)">{dark}</style>')
    kind = "jp-RenderedHTMLCommon jp-RenderedHTML jp-OutputArea-output"
    outputs = [
        f'<div class="jp-OutputArea-child"><div class="{kind}" data-mime-type="text/html">{box}</div></div>'
        for box in boxes
    ]
    ground = "background: var(--jp-layout-color0); margin: 0 auto; padding: 8px"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>boxes</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}{"".join(styles)}</head>'
        f'<body class="jp-Notebook" style="{ground}"><main style="display: block"><h1>Boxes</h1>{"".join(outputs)}'
        "</main></body></html>"
    )


# ---- a feedback page


def _cell(name: str, source: str, outputs: Sequence[Any] = (), **meta: Any) -> Any:
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs))  # type: ignore[no-untyped-call]
    cell.metadata["nbgrader"] = {"grade_id": name, "grade": False, "solution": False} | meta
    return cell


def _exercise(name: str, source: str, outputs: Sequence[Any], visible: float, hidden: float) -> list[Any]:
    return [
        _cell(name, source, outputs, solution=True, comment="Read **Autograd mechanics** again, and ask me."),
        _cell(f"{name}-visible", "", grade=True, score=visible, points=1),
        _cell(f"{name}-hidden", "", grade=True, score=hidden, points=3),
    ]


def _feedback() -> str:
    """With comments, repairs, a penalty, pictures, errors, wide output, a text by hand, a solution and each box."""
    output = nbformat.v4.new_output
    outputs = [
        output("stream", name="stdout", text=f"{'0.123456789 ' * 20}\n"),
        output("display_data", data={"image/png": _PICTURE}),
        output("error", ename="RuntimeError", evalue=_refused(), traceback=[]),
    ]
    told = reports()
    checks = [CheckRecord("total_0-visible", 1.0, 1.0, CheckVerdict.PASSED, 3)]
    cells = _exercise("total_0", f"def total_0(x):\n    {_LONG_LINE}\n    return total", outputs, 1.0, 3.0)
    checks.append(CheckRecord("total_0-hidden", 3.0, 3.0, CheckVerdict.PASSED, 30))
    for number, report in enumerate(told, 1):
        name = f"parameter_from_array_{number}"
        cells += _exercise(name, f"def {name}(x):\n    {_LONG_LINE}", outputs[: number % 3], 1.0, 0.0)
        checks.append(CheckRecord(f"{name}-visible", 1.0, 1.0, CheckVerdict.PASSED, 2))
        checks.append(CheckRecord(f"{name}-hidden", 0.0, 3.0, CheckVerdict.FAILED, 30, report))
    text = nbformat.v4.new_markdown_cell("My *answer*: see [the notes](https://docs.pytorch.org/docs/2.13/).")
    text.metadata["nbgrader"] = {"grade_id": "essay", "grade": True, "solution": True, "score": 1.5, "points": 2}
    repair = Repair("json", None, "The file was not valid JSON (cut off or edited by hand); 12 whole cells were read.")
    notebook = nbformat.v4.new_notebook(cells=[*cells, text])
    record = NotebookRecord(by_exercise(checks), repairs=(repair,))
    exporter = FeedbackExporter()
    exporter.solutions = {ASSIGNMENT: {"parameter_from_array_1": f"def f(x):\n    {_LONG_LINE}"}}
    exporter.shown = PageDetail("all", ("This verdict is provisional until 2030-03-01 12:00 UTC.",))
    marks = {"notebook": ASSIGNMENT, "score": 10.5, "max_score": 26.0, "late_penalty": 2.0}
    node = nbformat.from_dict(written(notebook, record))
    return str(exporter.from_notebook_node(node, resources={"nbgrader": marks})[0])


def _refused() -> str:
    return f"expected scalar type Float but found Double in {_LONG_LINE}"


def _answer() -> GraderAnswer:
    parts = tuple(
        AnswerPart(f"f{n}-hidden", "Hidden tests", True, 0.0, 3.0, CheckVerdict.FAILED, report.text(), to_html(report))
        for n, report in enumerate(reports()[::4])
    )
    exercise = AnswerExercise(ASSIGNMENT, "parameter_from_array", 0.0, 15.0, parts)
    return GraderAnswer(ASSIGNMENT, "ada", "graded", "", 0.0, 15.0, "landlock", Phase.FINAL, (exercise,), ("Mended.",))


# ---- a report


def _figures(assignment: str) -> Figures:
    """Five students of eight: misconceptions, limits, repairs, refused work, grades that changed."""
    exercises: Mapping[str, float] = {"trainable_leaves": 4.0, "parameter_from_array": 4.0, "vjp": 4.0}
    works = tuple(
        GradedWork(
            f"student{number}",
            {name: most * ((number + place) % 3) / 2 for place, (name, most) in enumerate(exercises.items())},
            failures=tuple(FailedCheck("vjp", "gradients-accumulate", report.text()) for report in reports()[3:]),
            limits=(LimitHit("timeout", 10.0, "vjp-hidden", "It ran longer than 10 s."),) if number == 1 else (),
            repairs=("The file was not valid JSON (cut off or edited by hand).",) if number == 2 else (),
            seconds=1.25,
            open=number == 3,
            isolation=frozenset({"namespaces"}),
            tried=(Tried("vjp", True, True, True, "" if number else "gradients-accumulate"),),
            provisional=number == 4,
        )
        for number in range(5)
    )
    changes = tuple(
        GradeChange(f"student{number}", 9.0, after, {"vjp": (0.0, 2.0)}, ("another test of vjp",))
        for number, after in ((1, 11.0), (2, None))
    )
    gradings = {"student1": [_grading("a", 1, "gradients-accumulate"), _grading("b", 3)]}
    refused = {"student7": "This file is not a notebook; it is a PDF document. Submit the notebook."}
    return figures(Gathered(assignment, dict(exercises), works, 8, refused, gradings, changes))


def _grading(files: str, hour: int, *names: str) -> Grading:
    said = {"nb": {f"vjp-hidden-{number}": name for number, name in enumerate(names)}}
    basis = Basis(files, "t", "{}", "1", "2")
    return Grading({"nb": {"vjp-hidden": 0.0}}, said, datetime(2030, 1, 1, hour), None, basis)
