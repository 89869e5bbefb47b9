"""Files of answers: what is read, and what is refused with its line."""

from pathlib import Path

import pytest

from torchmarks.catalogue.answers import read_answers
from torchmarks.errors import UsageError

GOOD = '''"""Answers."""

# %% double | right | times
def double(x):
    return 2 * x

# %% double | wrong: adds-two | plus
def double(x):
    return x + 2
'''


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "answers.py"
    path.write_text(text)
    return path


def test_answers_are_read_in_order_with_their_lines(tmp_path: Path) -> None:
    """Each cell becomes an answer with its verdict, its misconception and the line where it stands."""
    right, wrong = read_answers(_file(tmp_path, GOOD), ["double"])

    assert (right.name, right.is_right, right.line) == ("double | right | times", True, 3)
    assert (wrong.mistake, wrong.is_right, wrong.label, wrong.line) == ("adds-two", False, "plus", 7)
    assert right.source == "def double(x):\n    return 2 * x"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("# %% treble | right | a\nx = 1\n", "there is no exercise 'treble'"),
        ("# %% double | perhaps | a\nx = 1\n", "cannot read '# %% double | perhaps | a'"),
        ("# %% double | right | a\n\n", "the answer is empty"),
        ("x = 1\n", "contains no answers"),
        ("# %% double | right | a | fails: dtypes\nx = 1\n", "a right answer fails no part of the tests"),
        (GOOD + "\n# %% double | right | times\nx = 1\n", "'double | right | times' is already at line 3"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, text: str, what: str) -> None:
    """What is wrong, where, and what to do, in the error's fields."""
    with pytest.raises(UsageError) as caught:
        read_answers(_file(tmp_path, text), ["double"])

    assert caught.value.what == what
    assert str(tmp_path) in caught.value.where
    assert caught.value.remedy


def test_an_answer_may_be_one_that_is_only_refused(tmp_path: Path) -> None:
    """`wrong` without a misconception, and `not imitated` behind a label that may hold a bar of its own."""
    text = "# %% double | wrong | a\nx = 1\n# %% double | wrong: m | by a | b | not imitated\nx = 2\n"
    refused, marked = read_answers(_file(tmp_path, text), ["double"])

    assert (refused.mistake, refused.is_right, refused.imitated, refused.name) == (
        "",
        False,
        True,
        "double | wrong | a",
    )
    assert (marked.mistake, marked.imitated, marked.label) == ("m", False, "by a | b")


_PARTS = """
# %% double | wrong: m | a | fails: dtypes
x = 1
# %% double | wrong | b | fails: a, b_c | not imitated
x = 2
"""


def test_a_wrong_answer_may_name_the_parts_that_it_fails(tmp_path: Path) -> None:
    """After its label, before `not imitated`; they are not part of its name."""
    one, two = read_answers(_file(tmp_path, _PARTS), ["double"])

    assert (one.fails, one.name) == (("dtypes",), "double | wrong: m | a")
    assert (two.fails, two.label, two.imitated) == (("a", "b_c"), "b", False)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """No traceback for a path that is not there."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_answers(tmp_path / "none.py", ["double"])
