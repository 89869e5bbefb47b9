"""The course proves itself: right answers accepted, wrong ones refused with their misconception named."""

from pathlib import Path

import pytest

from torchmarks.course import Course, repository
from torchmarks.errors import UsageError
from torchmarks.verify import Verified, verify

ROOT = repository()
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())


def _names(result: Verified) -> list[str]:
    return [f"{o.answer.name}: {o.visible + o.hidden:g} points, named {o.named!r}" for o in result.failed]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_answer_gets_its_verdict(assignment: str) -> None:
    """All right answers get full marks, all wrong ones 0 on the hidden test, each with the name of its
    misconception.
    """
    result = verify(Course(ROOT), assignment, fast=True)

    assert _names(result) == []
    assert len(result.outcomes) > 9 * 8


@pytest.mark.timeout(300)
def test_grading_as_a_class_gives_the_same_verdicts() -> None:
    """What the gradebook and the graded copies of a class hold agrees with the grading function, answer by answer."""
    course, told = Course(ROOT), []
    as_a_class = verify(course, "01-tensors", only=["make_rank"], say=told.append)
    alone = verify(course, "01-tensors", only=["make_rank"], fast=True)

    assert _names(as_a_class) == []
    facts = [[(o.answer.name, o.visible, o.hidden, o.named) for o in r.outcomes] for r in (as_a_class, alone)]
    assert facts[0] == facts[1]
    assert told[-1] == f"01-tensors: notebook {len(facts[0])} of {len(facts[0])}"


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


def test_wrong_labels_are_noticed(tmp_path: Path) -> None:
    """The proof can fail: a wrong answer called right, a right one called wrong, a mistake of another name."""
    answers = tmp_path / "answers.py"
    answers.write_text(WRONG_LABELS)

    result = verify(Course(ROOT), "01-tensors", answer_files=[answers], only=["describe"], fast=True)

    assert [o.answer.label for o in result.failed] == ["forgets the shape", "right after all", "another mistake"]


def test_a_wrong_answer_is_graded_once_more_alone(tmp_path: Path) -> None:
    """Beside answers to other exercises a neighbour might be the reason."""
    answers, told = tmp_path / "answers.py", []
    answers.write_text(WRONG_LABELS)

    verify(Course(ROOT), "01-tensors", answer_files=[answers], only=["describe"], say=told.append, fast=True)

    assert told[-1] == "01-tensors, once more alone: notebook 3 of 3"


def test_an_unknown_exercise_is_refused() -> None:
    """One line says what, where and what to do."""
    with pytest.raises(UsageError, match="there is no exercise nope"):
        verify(Course(ROOT), "01-tensors", only=["nope"], fast=True)
