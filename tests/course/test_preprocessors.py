"""Through nbgrader's own commands: scores in the gradebook, feedback pages, damaged and hostile neighbours."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import nbgrader
from attacks.assignment import MARK, MOST, NAME, RIGHT, STUBS, VALUES, instructor, submission
from attacks.corpus import ATTACKS
from attacks.grader import LIMITS, descendants, text_of
from nbgrader.converters import NbGraderException
from traitlets.config import Config

from torchmarks.checks.grading_sentences import say
from torchmarks.course import CONFIG, Course
from torchmarks.course.bundles import assignment_bundle
from torchmarks.course.display import markdown_to_safe_html
from torchmarks.course.hiding import without_hidden
from torchmarks.course.judging import close_engines
from torchmarks.isolation import NoSandbox
from torchmarks.isolation.client.enclosure import find_enclosure

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
JUDGE = Config({"Judge": {name: getattr(LIMITS, name) for name in LIMITS.__dataclass_fields__}})
HOSTILE = (
    "asserts dropped by an AST transformer",
    "the gradebook written",
    "files of the course overwritten",
    "exit",
    "a script displayed",
    "hidden tests from the gradebook",
    "every object of the process",
)
LOUD = {
    **RIGHT,
    "mean": "import sys\ndef mean(xs):\n    print('e', file=sys.stderr); return sum(xs) / len(xs)",
}
_SCRIPT = "<script>alert(1)</script>"


def _notebook(content: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(content)
    return loaded


def _duplicated() -> bytes:
    notebook = _notebook(submission(RIGHT))
    notebook["cells"].insert(3, dict(notebook["cells"][2]))
    return json.dumps(notebook).encode()


def _with_markdown() -> bytes:
    notebook = _notebook(submission(RIGHT))
    text = f"{_SCRIPT}[click](javascript:alert(1))<img src=x onerror=alert(1)>"
    notebook["cells"].append({"cell_type": "markdown", "id": "md", "metadata": {}, "source": text})
    return json.dumps(notebook).encode()


def _hand_in(course: Course, student: str, content: bytes, name: str = f"{NAME}.ipynb") -> Path:
    folder = course.root / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def scratch(root: Path, judge: Mapping[str, str] = MappingProxyType({}), *, stock: bool = False) -> Course:
    """A course with the attacked assignment, generated. judge: more of its settings; stock: without torchmarks'
    configuration.
    """
    (root / "source" / NAME).mkdir(parents=True)
    (root / "source" / NAME / f"{NAME}.ipynb").write_text(json.dumps(instructor()))
    if stock:
        (root / CONFIG).write_text("c = get_config()\nc.ExecutePreprocessor.timeout = 10\n")
    else:
        shutil.copy(ROOT / CONFIG, root / CONFIG)
    course = Course(root, None if stock else Config({"Judge": {**JUDGE.Judge, **judge}}))
    course.generate(NAME)
    return course


@pytest.fixture(scope="module")
def others() -> set[int]:
    """Processes that other tests keep."""
    return descendants()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, others: set[int]) -> Iterator[Course]:
    """A class of honest, damaged and hostile students, autograded in one batch, with feedback."""
    try:
        find_enclosure()
    except NoSandbox as error:
        pytest.skip(str(error))
    made = scratch(tmp_path_factory.mktemp("class") / "course")
    _hand_in(made, "a-right", submission(RIGHT))
    _hand_in(made, "b-blank", submission(STUBS))
    _hand_in(made, "c-broken", b'{"cells": [')
    _hand_in(made, "d-duplicated", _duplicated())
    _hand_in(made, "e-renamed", submission(RIGHT), f"{NAME} (final).ipynb")
    _hand_in(made, "f-loud", submission(LOUD))
    _hand_in(
        made,
        "g-numbers",
        submission({name: f"{text.split(chr(10))[0]}\n    return None\n4.0" for name, text in STUBS.items()}),
    )
    folder = _hand_in(
        made,
        "h-linker",
        submission(RIGHT, ["import os\nprint(sorted(os.listdir()))\nprint(open('data', 'rb').read())"]),
    )
    (folder / "data").symlink_to(made.root / "gradebook.db")
    _hand_in(made, "i-markdown", _with_markdown())
    for number, name in enumerate(HOSTILE):
        attack = next(attack for attack in ATTACKS if attack.name == name)
        aimed = [text.replace("{course}", str(made.root)) for text in attack.own]
        _hand_in(made, f"x{number}", submission(attack.answers, aimed, at_end=attack.last))
    _hand_in(made, "z-right", submission(RIGHT))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(NbGraderException):  # c-broken, at the end of the batch
            made.autograde(NAME)
        made.feedback(NAME)
    yield made
    close_engines()


def total(course: Course, student: str) -> float:
    """All points of a student."""
    return sum(score.points or 0.0 for score in course.scores(NAME, student).values())


def page(course: Course, student: str) -> str:
    """A student's feedback page."""
    return (course.root / "feedback" / student / NAME / f"{NAME}.html").read_text()


@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("a-right", MOST),
        ("b-blank", 0),
        ("d-duplicated", MOST),
        ("e-renamed", MOST),
        ("f-loud", MOST),
        ("g-numbers", 0),
        ("h-linker", MOST),
        ("i-markdown", MOST),
        ("z-right", MOST),
        *((f"x{number}", 0) for number in range(len(HOSTILE))),
    ],
)
def test_points_in_the_gradebook(course: Course, student: str, points: float) -> None:
    """Right answers get everything, whatever stands beside them; warnings cost nothing, numbers and attacks earn
    nothing."""
    assert total(course, student) == points


def test_a_course_in_german_grades_and_tells_in_german(tmp_path: Path) -> None:
    """By nbgrader's own commands: what was mended, the boxes, the page; the points are what they are."""
    made = scratch(tmp_path / "course", {"language": "de"})
    _hand_in(made, "ada", submission({**RIGHT, "total": "def total(t):\n    return 0"}), f"{NAME} (final).ipynb")
    made.autograde(NAME)
    made.feedback(NAME)

    assert total(made, "ada") == MOST - 4
    assert assignment_bundle(made.config, NAME).language == "de"
    assert '<html lang="de">' in page(made, "ada")
    assert f"Deine Datei wurde vor der Bewertung repariert: Das Notebook hieß {NAME} (final).ipynb" in page(made, "ada")
    assert "ist nicht das, was verlangt war." in page(made, "ada")


def test_a_broken_file_is_reported_for_its_student_alone(course: Course) -> None:
    """No grade and no zero for it; the reason is told; the rest of the batch is graded."""
    assert list(course.refused(NAME)) == ["c-broken"]
    assert {score.points for score in course.scores(NAME, "c-broken").values()} <= {None}


def test_no_grade_waits_for_a_person(course: Course) -> None:
    """Every test cell has a score of its own."""
    for student in ("a-right", "b-blank", "d-duplicated", "x0"):
        assert None not in [score.points for score in course.scores(NAME, student).values()]


def test_feedback_has_verdicts_and_no_hidden_source(course: Course) -> None:
    """The page says what went wrong, and holds no line of a hidden test and no hidden value."""
    text = page(course, "b-blank")

    assert "not written yet" in text
    for student in (
        "a-right",
        "b-blank",
        "f-loud",
        *(f"x{n}" for n, name in enumerate(HOSTILE) if "object" not in name),
    ):
        assert [secret for secret in (MARK, *VALUES, "END HIDDEN") if secret in page(course, student)] == []


def test_feedback_runs_nothing(course: Course) -> None:
    """Neither a displayed script nor one in a Markdown cell is in the page as markup."""
    for student in ("i-markdown", f"x{HOSTILE.index('a script displayed')}"):
        text = page(course, student)

        assert "<script>alert(1)" not in text
        assert "<script>fetch" not in text
        assert "<img src=x onerror" not in text
        assert 'href="javascript:' not in text


def test_the_formgrader_runs_nothing(course: Course) -> None:
    """An exporter with the course's configuration, as the formgrader makes one, cleans Markdown and outputs too."""
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(config=course.config)
    for student in ("i-markdown", f"x{HOSTILE.index('a script displayed')}"):
        text, _ = exporter.from_filename(str(course.root / "autograded" / student / NAME / f"{NAME}.ipynb"))

        assert "<script>alert(1)" not in text
        assert "<script>fetch" not in text
        assert "<img src=x onerror" not in text
        assert 'href="javascript:' not in text


def test_a_link_to_the_gradebook_is_no_data(course: Course) -> None:
    """What nbgrader has copied from behind a student's link does not reach their process."""
    graded = json.loads((course.root / "autograded" / "h-linker" / NAME / f"{NAME}.ipynb").read_text())

    text = text_of(graded)
    assert "FileNotFoundError" in text
    assert "SQLite" not in text


def test_a_batch_leaves_one_warm_server(course: Course, others: set[int]) -> None:
    """After a batch only the engine's own processes are there, and closing ends them."""
    close_engines()

    assert descendants() - others == set()


def test_a_linked_notebook_is_refused(course: Course) -> None:
    """A link to the instructor's version is no submission."""
    folder = course.root / "submitted" / "y-link" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").symlink_to(course.root / "source" / NAME / f"{NAME}.ipynb")

    try:
        with pytest.raises(NbGraderException):
            course.autograde(NAME, "y-link")
        assert course.submitted(NAME)["y-link"].files == {}
    finally:
        shutil.rmtree(folder.parent)


def test_a_wrong_test_is_named_with_what_to_do(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It costs nobody a point; the command is the one that `torchmarks grade` names."""
    try:
        find_enclosure()
    except NoSandbox as error:
        pytest.skip(str(error))
    made = scratch(tmp_path / "course")
    path = made.root / "source" / NAME / f"{NAME}.ipynb"
    notebook = _notebook(path.read_bytes())
    wrong = next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("points"))
    wrong["source"] = "assert mean("
    path.write_text(json.dumps(notebook))
    made.generate(NAME)
    _hand_in(made, "ada", submission(RIGHT))

    try:
        with pytest.raises(NbGraderException):
            made.autograde(NAME)
    finally:
        close_engines()

    assert f"Once that is corrected in source/, run `nbgrader generate_assignment {NAME} --force`." in caplog.text


def test_hidden_parts_are_replaced() -> None:
    """The lines between the markers become one; without an end marker all of the rest is hidden; others stay."""
    source = "a = 1\n### BEGIN HIDDEN TESTS\nassert secret\n### END HIDDEN TESTS\nb = 2"

    assert without_hidden(source) == f"a = 1\n{say('hidden_tests_ran')}\nb = 2"
    assert without_hidden("a\n### BEGIN HIDDEN TESTS\nsecret") == f"a\n{say('hidden_tests_ran')}"
    assert without_hidden("a\nb") == "a\nb"


def test_markdown_keeps_its_text() -> None:
    """Headings, mathematics, tables, code and pictures stay; what acts goes."""
    shown = markdown_to_safe_html(
        {}, "# T\n$a<b$\n\n|a|b|\n|-|-|\n|1|2|\n\n![p](x.png)\n\n```python\nx = 1\n```\n<b onclick=x>k</b>"
    )

    for part in ("<h1>", "$a&lt;b$", "<table>", '<img src="x.png"', "highlight", "<b>k</b>"):
        assert part in shown


# ---- nbgrader's own quickstart course

QUICKSTART = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide" / "source"
_GOOD = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n    return [i ** 2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
}
_WRONG = {
    "squares": "def squares(n):\n    return [i ** 2 for i in range(n)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6",
}
ANSWERS: dict[str, dict[str, str]] = {
    "right": _GOOD, "wrong": _WRONG, "blank": {}, "half": {"squares": _GOOD["squares"]},
    "independent": {"squares": _GOOD["squares"], "sum_of_squares": _WRONG["sum_of_squares"]},
}  # fmt: skip


def _quickstart(root: Path, config: str) -> dict[str, dict[str, float | None]]:
    shutil.copytree(QUICKSTART / "ps1", root / "source" / "ps1")
    shutil.copy(QUICKSTART / "header.ipynb", root / "source")
    (root / CONFIG).write_text(config)
    course = Course(root)
    course.generate("ps1")
    for student, answers in ANSWERS.items():
        folder = root / "submitted" / student / "ps1"
        shutil.copytree(root / "release" / "ps1", folder)
        notebook = json.loads((folder / "problem1.ipynb").read_text())
        for cell in notebook["cells"]:
            cell["source"] = answers.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
        (folder / "problem1.ipynb").write_text(json.dumps(notebook))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own, of its kernels and files
        course.autograde("ps1")
    return {student: {n: score.points for n, score in course.scores("ps1", student).items()} for student in ANSWERS}


def test_quickstart_scores_are_those_of_stock_nbgrader(tmp_path: Path) -> None:
    """nbgrader's own example course, unchanged, under isolation: cell by cell the scores of stock nbgrader."""
    try:
        find_enclosure()
    except NoSandbox as error:
        pytest.skip(str(error))
    ours = _quickstart(tmp_path / "ours", (ROOT / CONFIG).read_text())
    close_engines()

    stock = _quickstart(tmp_path / "stock", "c = get_config()\n")

    assert ours == stock
    assert ours["right"] != ours["wrong"]
    assert ours["independent"]["sum_of_squares_uses_squares"] == 0
