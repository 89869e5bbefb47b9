"""The course proves itself: right answers accepted, wrong ones refused with their misconception named."""

import functools
import json
from collections.abc import Callable

import pytest

from torchmarks.authoring.answers import Answer
from torchmarks.authoring.verification import AnswerOutcome, Verified, verify
from torchmarks.course import Course, repository
from torchmarks.errors import UsageError
from torchmarks.isolation import Engine
from torchmarks.tables import print_verified

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())


def _names(result: Verified) -> list[str]:
    return [f"{o.answer.name}: {o.visible + o.hidden:g} points, named {o.named!r}" for o in result.failed]


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


def _noisy_answers(assignment: str) -> str:
    """Every reference solution as an answer that prints, warns, writes to stderr and takes its time."""
    notebook = json.loads((ROOT / "source" / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))
    text = ""
    for cell in notebook["cells"]:
        if (cell["metadata"].get("nbgrader") or {}).get("solution"):
            name, source = cell["id"], "".join(cell["source"])
            noise = NOISY.format(name=name) if f"def {name}" in source else ""
            text += f"# %% {name} | right | noisy\n{source}\n{noise}\n"
    return text


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory, warm: Callable[[str], Engine]) -> Callable[[str], Verified]:
    """Verifies an assignment with its own answers and the noisy ones, once."""

    @functools.cache
    def of(assignment: str) -> Verified:
        noisy = tmp_path_factory.mktemp("noisy") / "noisy.py"
        noisy.write_text(_noisy_answers(assignment))
        own = ROOT / "tests" / "answers" / f"{assignment}.py"
        return verify(Course(ROOT), assignment, answer_files=[own, noisy], fast=True, engines=warm)

    return of


@pytest.mark.timeout(600)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_answer_gets_its_verdict(assignment: str, verified: Callable[[str], Verified]) -> None:
    """All right answers get full marks, all wrong ones 0 on the hidden test, each with the name of its
    misconception. No right one is refused for what the statements leave open: printing, warning, being slow.
    """
    result = verified(assignment)

    assert _names(result) == []
    assert len(result.outcomes) > 9 * 9
    assert sum(outcome.answer.label == "noisy" for outcome in result.outcomes) == 9


def test_the_noise_is_real(capsys: pytest.CaptureFixture[str]) -> None:
    """The wrapper above does what it says, and leaves the result alone."""
    names: dict[str, object] = {}
    exec("def f(x):\n    return x + 1\n" + NOISY.format(name="f"), names)

    with pytest.warns(UserWarning, match="a warning of the student's"):
        assert names["f"](1) == 2  # type: ignore[operator]
    assert "working on it (1,)" in capsys.readouterr().out


@pytest.mark.timeout(600)
def test_grading_as_a_class_gives_the_same_verdicts(verified: Callable[[str], Verified]) -> None:
    """What the gradebook and the graded copies of a class hold agrees with the grading function, answer by answer."""
    steps: list[str] = []
    as_a_class = verify(Course(ROOT), "01-tensors", only=["make_rank"], say=steps.append)
    found = verified("01-tensors").outcomes
    alone = [o for o in found if o.answer.exercise == "make_rank" and o.answer.label != "noisy"]

    assert _names(as_a_class) == []
    facts = [[(o.answer.name, o.visible, o.hidden, o.named) for o in each] for each in (as_a_class.outcomes, alone)]
    assert facts[0] == facts[1]
    assert steps[-1] == f"01-tensors: notebook {len(facts[0])} of {len(facts[0])}"


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
    """The proof can fail: a wrong answer called right, a right one called wrong, a mistake of another name."""
    result, _ = mislabelled

    assert [o.answer.label for o in result.failed] == ["forgets the shape", "right after all", "another mistake"]


def test_a_wrong_answer_is_graded_once_more_alone(mislabelled: tuple[Verified, list[str]]) -> None:
    """Beside answers to other exercises a neighbour might be the reason."""
    _, steps = mislabelled

    assert steps[-1] == "01-tensors, once more alone: notebook 3 of 3"


def test_an_unknown_exercise_is_refused() -> None:
    """One line says what, where and what to do."""
    with pytest.raises(UsageError, match="there is no exercise nope"):
        verify(Course(ROOT), "01-tensors", only=["nope"], fast=True)


def test_a_label_in_brackets_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """rich would take it for a style, and leave it out."""
    outcome = AnswerOutcome(Answer("take", "by [index]", "", "wrong-row", 7), visible=0, hidden=2, most=4)

    print_verified(Verified("02", (outcome,)))

    assert "falls short: take | wrong: wrong-row | by [index] (line 7): " in capsys.readouterr().out
