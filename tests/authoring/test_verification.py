"""The course proves itself: right answers accepted, wrong ones refused, names of misconceptions true."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from torchmarks.authoring.demands import Demands
from torchmarks.authoring.outcomes import LEAST_PRECISION, AnswerOutcome, Names, Verified, confusions
from torchmarks.authoring.pasting import Pasted
from torchmarks.authoring.verification import verify
from torchmarks.catalogue import Answer
from torchmarks.cli import main
from torchmarks.course import Course, repository
from torchmarks.errors import UsageError
from torchmarks.isolation import Engine
from torchmarks.tables import print_verified

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())


def _names(result: Verified) -> list[str]:
    return [f"{o.answer.name}: {o.visible + o.hidden:g} points, named {o.named!r}" for o in result.failed]


@pytest.fixture(scope="module")
def verified(warm: Callable[[str], Engine]) -> Callable[[str], Verified]:
    """Verifies an assignment with the right answers of its catalogue and a proof of each misconception, once."""

    @functools.cache
    def of(assignment: str) -> Verified:
        return verify(Course(ROOT), assignment, fast=True, proofs=1, engines=warm)

    return of


@pytest.mark.timeout(600)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_answer_gets_its_verdict(assignment: str, verified: Callable[[str], Verified]) -> None:
    """All right answers get full marks, a proof of each misconception 0 on the hidden test."""
    result = verified(assignment)

    assert _names(result) == []
    assert len(result.outcomes) > 9 * 9


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_answer_of_the_catalogue_gets_its_verdict(assignment: str, warm: Callable[[str], Engine]) -> None:
    """The examples too: each refused, named as if nobody had seen it, and told why in the notebook."""
    result = verify(Course(ROOT), assignment, fast=True, engines=warm)
    proofs, examples = result.in_notebook

    assert _names(result) == []
    assert result.left_out.precision >= LEAST_PRECISION, result.left_out
    assert examples.right >= 0.7 * examples.answers, examples
    assert proofs.right >= 0.45 * proofs.answers, proofs


@pytest.mark.timeout(600)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_names_said_on_proofs_are_true(assignment: str, verified: Callable[[str], Verified]) -> None:
    """At least 97 % of them, and 70 % of the proofs are named at all; what visible tests say is as true."""
    proofs, (in_notebook, _) = verified(assignment).proofs, verified(assignment).in_notebook

    assert proofs.precision >= LEAST_PRECISION, proofs
    assert proofs.right >= 0.7 * proofs.answers, proofs
    assert in_notebook.precision >= LEAST_PRECISION, in_notebook
    assert in_notebook.right >= 0.45 * in_notebook.answers, in_notebook


@pytest.mark.slow  # that both ways give the same marks is also shown by tests/bulk
@pytest.mark.timeout(600)
@pytest.mark.parametrize("assignment", ["01-tensors"])  # where the same proofs are at hand: see tests/conftest.py
def test_grading_as_a_class_gives_the_same_verdicts(assignment: str, verified: Callable[[str], Verified]) -> None:
    """What the gradebook and the graded copies of a class hold agrees with the grading function, answer by answer."""
    steps: list[str] = []
    as_a_class = verify(Course(ROOT), assignment, only=["make_rank"], proofs=1, say=steps.append)
    found = verified(assignment).outcomes
    alone = [o for o in found if o.answer.exercise == "make_rank"]

    assert _names(as_a_class) == []
    facts = [
        [(o.answer.name, o.visible, o.hidden, o.named, o.proof) for o in each] for each in (as_a_class.outcomes, alone)
    ]
    assert facts[0] == facts[1]
    assert steps[-1] == f"{assignment}: notebook {len(facts[0])} of {len(facts[0])}"


WRONG_LABELS = """
# %% describe | right | forgets the shape
def describe(t):
    return t.dim(), (), t.dtype, t.numel()

# %% describe | wrong: len-is-count | right after all
def describe(t):
    return t.dim(), tuple(t.shape), t.dtype, t.numel()

# %% describe | wrong: dtype-as-text | another mistake
def describe(t):
    return t.dim(), tuple(t.shape), t.dtype, t.shape[0] if t.dim() else 1
"""


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory: pytest.TempPathFactory, warm: Callable[[str], Engine]) -> tuple[Verified, list[str]]:
    """What comes of those labels, and what was said of the steps."""
    answers, steps = tmp_path_factory.mktemp("labels") / "answers.py", []
    answers.write_text(WRONG_LABELS)
    result = verify(
        Course(ROOT), "01-tensors", answer_files=[answers], only=["describe"], say=steps.append, fast=True, engines=warm
    )
    return result, steps


def test_wrong_labels_are_noticed(mislabelled: tuple[Verified, list[str]]) -> None:
    """The proof can fail: a wrong answer called right, a right one called wrong; a mistake of another name is false."""
    result, _ = mislabelled

    assert [o.answer.label for o in result.failed] == ["forgets the shape", "right after all"]
    assert [o.answer.label for o in result.outcomes if o.is_false] == ["another mistake"]
    assert result.falls_short


def test_a_wrong_answer_is_graded_once_more_alone(mislabelled: tuple[Verified, list[str]]) -> None:
    """Beside answers to other exercises a neighbour might be the reason."""
    _, steps = mislabelled

    assert steps[-1] == "01-tensors, once more alone: notebook 2 of 2"


def test_an_unknown_exercise_is_refused() -> None:
    """One line says what, where and what to do."""
    with pytest.raises(UsageError, match="there is no exercise nope"):
        verify(Course(ROOT), "01-tensors", only=["nope"], fast=True)


def _outcome(label: str, named: str = "", *, proof: bool = True, exercise: str = "take") -> AnswerOutcome:
    """Of a wrong answer that was refused. label: the misconception that it shows."""
    answer = Answer(exercise, f"{label} {named} {proof}", "", label, 7)
    return AnswerOutcome(answer, visible=0, parts={"values": 0.0}, most=4, named=named, proof=proof)


def test_names_are_counted_among_labelled_answers() -> None:
    """True, false and none; a reason that every exercise knows is no false name, and a right answer has none."""
    right = AnswerOutcome(Answer("take", "r", "", is_right=True), visible=1, parts={"values": 3.0}, most=4)
    unlabelled = _outcome("", "b")
    outcomes = [_outcome("a", "a"), _outcome("a", "b"), _outcome("a"), _outcome("a", "not-written"), right, unlabelled]

    names = Names.of(outcomes)

    assert (names.answers, names.right, names.false) == (4, 1, 1)
    assert names.precision == 0.5
    assert Names.of([]).precision == 1


@pytest.mark.parametrize(
    ("fails", "parts", "fits"),
    [
        ((), {"values": 0, "dtypes": 0}, True),
        ((), {"values": 2, "dtypes": 0}, True),
        ((), {"values": 2, "dtypes": 1}, False),
        (("dtypes",), {"values": 2, "dtypes": 0}, True),
        (("dtypes",), {"values": 0, "dtypes": 1}, False),
        (("values", "dtypes"), {"values": 0, "dtypes": 0}, True),
        (("dtype",), {"values": 0, "dtypes": 0}, False),
    ],
)
def test_a_wrong_answer_loses_a_part_and_each_that_it_names(
    fails: tuple[str, ...], parts: dict[str, float], fits: bool
) -> None:
    """Full marks are an acceptance; a part that the exercise does not have cannot be failed."""
    outcome = AnswerOutcome(Answer("take", "a", "", "m", fails=fails), 1, parts, 4)

    assert outcome.fits is fits


def test_each_part_asks_for_more_than_an_argument(tmp_path: Path, warm: Callable[[str], Engine]) -> None:
    """A stub and what returns an argument get 0 in every part; `x` takes one here, and is told; so is a part that no
    wrong answer names.
    """
    course = _split(tmp_path, "expect(observe(scale, [2.0], 1.0)).returned([2.0])")

    result = verify(course, "tiny", fast=True, engines=warm)

    assert [o.answer.label for o in result.failed] == ["returns its argument x"]
    assert result.problems == [
        "scale: 0 of at least 3 right answers beside the reference solution",
        "scale: no wrong answer has `| fails: values`, a part of its hidden tests",
    ]


_CATALOGUE = """
# %% scale | wrong | adds | fails: by_one
def scale(x, by):
    return [item + by for item in x]
"""


_SCALED = "expect(observe(scale, [3.0], 2.0)).returned([6.0])"


def _split(root: Path, second: str) -> Course:
    """A course with one exercise whose hidden tests are two cells. second: the one of them."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    folder = root / "source" / "tiny"
    folder.mkdir(parents=True)
    body = "    ### BEGIN SOLUTION\n    return [item * by for item in x]\n    ### END SOLUTION"
    hidden = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
    cells = [
        ("setup", "from torchmarks import expect, observe", {"locked": True}),
        ("scale", f"def scale(x, by):\n{body}", {"solution": True}),
        ("scale-visible", "expect(observe(scale, [1.0], 2.0)).returned([2.0])", {"grade": True, "points": 1}),
        (
            "scale-hidden",
            hidden.format(_SCALED),
            {"grade": True, "points": 2},
        ),
        ("scale-hidden-by_one", hidden.format(second), {"grade": True, "points": 1}),
    ]
    made = []
    for name, source, marks in cells:
        meta = {"grade_id": name, "grade": False, "solution": False, "locked": not marks.get("solution")}
        made.append(nbformat.v4.new_code_cell(source, id=name))
        made[-1].metadata["nbgrader"] = meta | {"schema_version": 3, "task": False} | marks
    nbformat.write(nbformat.v4.new_notebook(cells=made), folder / "tiny.ipynb")
    folder.with_suffix(".py").write_text(_CATALOGUE)
    return Course(root)


def test_misconceptions_that_are_taken_for_each_other_are_counted() -> None:
    """Per exercise, off the diagonal alone, the most frequent first, proofs apart."""
    outcomes = [
        *(_outcome("a", "a"), _outcome("a", "b"), _outcome("b", "c"), _outcome("b", "c", proof=False)),
        *(_outcome("a"), _outcome("x", "y", exercise="put", proof=False)),
    ]
    rows = [(c.exercise, c.labelled, c.named, c.proofs, c.left_out) for c in confusions(outcomes)]

    assert rows == [("take", "b", "c", 1, 1), ("take", "a", "b", 1, 0), ("put", "x", "y", 0, 1)]


def test_lines_that_show_the_failure_are_counted() -> None:
    """A failure without lines, or whose lines show something else, is not shown; what varies counts apart."""
    tried = [("f()",), ("f()", "it gives 1"), (), ("f()", "it gives 2", True)]
    pasted = tuple(Pasted("f | wrong | a", "hidden", one[:1], *one[1:]) for one in tried)  # type: ignore[arg-type]

    assert Verified("a", (), (), pasted).lines == "1 of 3, 1 besides vary"


def test_problems_are_said_a_line_each() -> None:
    """Those of the catalogue, then a precision below the bar, which decides."""
    good, false = [_outcome("a", "a")] * 97, [_outcome("a", "b")] * 3

    assert Verified("02", (*good, *false)).problems == []
    found = Verified("02", (*good, *false, false[0]), ("f | misconception | m (line 3): no",))
    assert found.problems == [
        "f | misconception | m (line 3): no",
        "96.0% of the names said on proofs are true, 97% are asked for",
    ]
    assert found.falls_short


def test_a_demand_that_no_answer_breaks_falls_short(capsys: pytest.CaptureFixture[str]) -> None:
    """It is counted and said with its place; an entry of the list that is out of date is said alone."""
    short = Verified("02", (), demands=Demands(3, 4, (("take", "Nothing is copied."),)))
    stale = Verified("02", (), demands=Demands(4, 4, not_listed=(("take", "It is small."),)))

    print_verified(short)
    printed = capsys.readouterr().out

    assert "held by a wrong answer: 3 of 4" in printed
    assert "problem: take: no wrong answer breaks “Nothing is copied.”" in printed
    assert short.falls_short
    assert not stale.falls_short
    assert [one.partition(",")[0] for one in stale.problems] == ["take: “It is small.” is in sentences.toml"]


def test_problems_and_the_confusion_table_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The table with --show."""
    result = Verified("02", (_outcome("wrong-row", "wrong-column"),), ("f | misconception | m (line 3): no",))

    print_verified(result)
    assert "problem: f | misconception | m (line 3): no" in capsys.readouterr().out
    print_verified(result, show=True)
    shown = capsys.readouterr().out
    row = next(line for line in shown.splitlines() if "wrong-column" in line and "│" in line)
    assert [cell.strip() for cell in row.strip("│ ").split("│")][:4] == ["take", "wrong-row", "wrong-column", "1"]


BROKEN = """

# %% describe | misconception | never-shown
why = "So."


def when(seen, want):
    return seen.nothing
"""


@pytest.fixture
def broken(tmp_path: Path) -> Course:
    """A course whose catalogue has a misconception without answers and with a predicate that raises."""
    course = Course.scratch(tmp_path / "course", ROOT, ["01-tensors"])
    with (course.root / "source" / "01-tensors.py").open("a", encoding="utf-8") as file:
        file.write(BROKEN)
    return course


@pytest.mark.timeout(300)
def test_an_authors_errors_are_loud(broken: Course, warm: Callable[[str], Engine]) -> None:
    """What is wrong with the structure, and a predicate that raises on an answer of the catalogue, with its line."""
    result = verify(broken, "01-tensors", only=["describe"], fast=True, proofs=1, engines=warm)
    found = [problem for problem in result.problems if "never-shown" in problem]

    assert "it has 0 distinct answers of at least 3" in found[0]
    assert "its `when` raises AttributeError" in found[1]
    assert len(found) == 2
    assert not [
        problem for problem in result.problems if not problem.startswith("describe") and "proofs" not in problem
    ]


def test_a_catalogue_that_cannot_be_read_is_refused(broken: Course) -> None:
    """By verify and by release, before anything is graded or written, with exit status 2."""
    with (broken.root / "source" / "01-tensors.py").open("a", encoding="utf-8") as file:
        file.write("\n# %% nothing | right | x\nx = 1\n")

    for command in (["verify", "01-tensors", "--fast"], ["release", "01-tensors"]):
        run = CliRunner().invoke(main, [*command, "--course", str(broken.root)])
        assert run.exit_code == 2
        assert "there is no exercise 'nothing'" in run.stderr
    assert not broken.path("release", "01-tensors").exists()


def test_release_tells_of_a_catalogues_structure(tmp_path: Path) -> None:
    """On stderr; the student version is made all the same."""
    course = _split(tmp_path, _SCALED)
    with (course.root / "source" / "tiny.py").open("a", encoding="utf-8") as file:
        file.write(BROKEN.replace("describe", "scale"))

    run = CliRunner().invoke(main, ["release", "tiny", "--course", str(course.root)])

    assert run.exit_code == 0
    assert "scale | misconception | never-shown" in run.stderr
    assert course.path("release", "tiny").exists()


def test_a_label_in_brackets_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """rich would take it for a style, and leave it out."""
    outcome = AnswerOutcome(Answer("take", "by [index]", "", "wrong-row", 7), visible=0, parts={"values": 2.0}, most=4)

    print_verified(Verified("02", (outcome,)))

    assert "falls short: take | wrong: wrong-row | by [index] (line 7): " in capsys.readouterr().out
