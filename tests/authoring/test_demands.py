"""torchmarks.authoring.demands: each sentence of a statement that demands something is quoted by a wrong answer.

`torchmarks verify` shows that the answer is refused, and counts the sentences as here.
"""

import functools
from pathlib import Path

import pytest

from torchmarks.authoring.demands import RULES, Demands, demands, quotes_of, statements_of, unbroken
from torchmarks.course import Course, repository

ROOT = repository()
COURSE = Course(ROOT)
catalogue = functools.cache(COURSE.catalogue)
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_demand_is_broken_by_a_wrong_answer(assignment: str) -> None:
    """A sentence is quoted, or stands in the list of those that demand nothing; the list holds no other."""
    found = demands(COURSE, assignment, catalogue(assignment).answers)

    assert found is not None
    assert found.unheld == ()
    assert found.not_listed == ()
    assert found.held == found.total > 20


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_what_is_quoted_still_stands_there(assignment: str) -> None:
    """In the statement of the answer's exercise or in the introduction, word by word."""
    texts = {place: " ".join(text.split()) for place, text in statements_of(COURSE, assignment).items()}
    quotes = quotes_of(catalogue(assignment).answers)

    assert [(e, q) for e, q in quotes if q not in texts[e] and q not in texts[RULES]] == []
    assert len(quotes) > 50


def test_a_sentence_without_a_wrong_answer_is_noticed() -> None:
    """Quoted in half, in another exercise, not at all; examples, hints and headings are no sentences."""
    said = "### f\nReturn x. It is\nnew; Nothing is shared.\n\n- No digit is lost."
    text = f"{said}\n\n`f(1)` → `2`\n\n<details>Try.</details>"

    found = unbroken({RULES: "# T\n\nOne rule.", "f": text}, [("f", "Return x"), ("g", "No digit"), ("g", "One rule.")])

    assert found == [("f", "It is new;"), ("f", "Nothing is shared."), ("f", "No digit is lost.")]


def test_what_the_list_says_is_counted(tmp_path: Path) -> None:
    """What is left out of the list is not held, what stands nowhere is not listed, other exercises are not asked.

    A course without a list is not counted at all.
    """
    course = Course.scratch(tmp_path / "course", ROOT, ["01-tensors"])
    answers = catalogue("01-tensors").answers
    assert demands(course, "01-tensors", answers) is None
    text = (ROOT / "source" / "sentences.toml").read_text(encoding="utf-8")
    listed = text.replace('    "What the error says is up to you.",\n', "").replace(
        "div_modes = [", 'div_modes = ["No.",'
    )
    (course.root / "source" / "sentences.toml").write_text(listed, encoding="utf-8")

    found = demands(course, "01-tensors", answers, ["safe_cast"])
    whole = demands(course, "01-tensors", answers)

    assert found is not None
    assert whole is not None
    assert found.unheld == (("safe_cast", "What the error says is up to you."),)
    assert found.not_listed == ()
    assert whole.not_listed == (("div_modes", "No."),)
    assert str(Demands(3, 4)) == "3 of 4"
