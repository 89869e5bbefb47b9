"""torchmarks.catalogue.read: what a catalogue holds, what is refused with its line, and which answers are proofs."""

from __future__ import annotations

import pytest

from torchmarks.catalogue import Catalogue, normal_form, read_catalogue
from torchmarks.errors import UsageError

GOOD = '''"""The catalogue."""

# %% double | right | times
def double(x):
    return 2 * x

# %% double | misconception | adds-two
why = "Twice is not two more."
next = "print(double(3))"
link = "https://docs.pytorch.org/docs/2.13/generated/torch.mul.html"

def when(seen, want):
    return seen.value == want + 2

# %% double | wrong: adds-two | plus
def double(x):
    return x + 2

# %% double | wrong: adds-two | plus, from the left | not imitated
def double(x):
    return 2 + x

# %% double | wrong | nothing at all
def double(x):
    return None
'''


def _read(text: str) -> Catalogue:
    return read_catalogue(text, ["double", "half"], "double.py")


def test_a_catalogue_is_read_whole() -> None:
    """Misconceptions with their texts and predicate, answers with theirs, each with its line."""
    catalogue = _read(GOOD)
    (one,) = catalogue.misconceptions
    times, plus, left, nothing = catalogue.answers

    assert (one.exercise, one.name, one.line) == ("double", "adds-two", 7)
    assert (one.why, one.next) == ("Twice is not two more.", "print(double(3))")
    assert one.link.endswith("torch.mul.html")
    assert "def when(seen, want):" in one.when
    assert (times.is_right, times.mistake) == (True, "")
    assert (plus.is_right, plus.mistake, plus.imitated, plus.line) == (False, "adds-two", True, 15)
    assert (left.imitated, left.label) == (False, "plus, from the left")
    assert (nothing.is_right, nothing.mistake) == (False, "")


def test_answers_belong_to_the_misconception_of_their_exercise() -> None:
    """Two exercises may use one name; a right answer and one that is only refused belong to none."""
    other = GOOD.split('"""\n\n', 1)[1].replace("double", "half")
    catalogue = _read(GOOD + other)

    (one,) = catalogue.of("half")
    assert [answer.name for answer in catalogue.wrong(one)] == [
        "half | wrong: adds-two | plus",
        "half | wrong: adds-two | plus, from the left",
    ]


def test_without_a_predicate_there_is_none() -> None:
    """The texts alone do not make Python to run."""
    assert _read('# %% double | misconception | m\nwhy = "So."\n').misconceptions[0].when == ""


MISCONCEPTION = '# %% double | misconception | m\nwhy = "So."\n'
WRONG = "# %% double | wrong: m | one\ndef double(x):\n    return 3 * x\n"

REFUSED = [
    ("# %% treble | misconception | m\nwhy = 'So.'\n", 1, "there is no exercise 'treble'"),
    ("# %% treble | right | a\nx = 1\n", 1, "there is no exercise 'treble'"),
    ("# %% double | misconception | a b\nwhy = 'So.'\n", 1, "cannot read '# %% double | misconception | a b'"),
    ("# %% double | perhaps | a\nx = 1\n", 1, "cannot read '# %% double | perhaps | a'"),
    ("# %% double | right | a\n\n", 1, "the answer is empty"),
    ("\n# %% double | misconception | m\nnext = 'x'\n", 2, "m gives no reason"),
    ("# %% double | misconception | m\nwhy = '  '\n", 1, "m gives no reason"),
    ("# %% double | misconception | m\nwhy = str(1)\n", 1, "`why` is not a string literal"),
    ("# %% double | misconception | m\nwhy = 'a'\nlink = 3\n", 1, "`link` is not a string literal"),
    ("# %% double | misconception | m\nwhy = 'a'\ndef when(:\n", 3, "not valid Python (invalid syntax)"),
    (MISCONCEPTION + MISCONCEPTION, 3, "m of double is already at line 1"),
    (WRONG, 1, "double has no misconception 'm'"),
    (MISCONCEPTION + WRONG + WRONG, 6, "'double | wrong: m | one' is already at line 3"),
    (
        MISCONCEPTION + WRONG + "# %% double | wrong: m | two\ndef double(y):\n    'Thrice.'\n    return 3 * y\n", 6,
        "'double | wrong: m | two' is the answer of line 3 with other names",
    ),
    (
        MISCONCEPTION + "\n# %% double | wrong: m | ends\nimport sys\nsys.exit()\n", 4,
        "'double | wrong: m | ends' calls sys.exit, and would be imitated in the process of the tests",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "what"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    """What is wrong, where, and what to do, in the error's fields."""
    with pytest.raises(UsageError) as caught:
        _read(text)

    assert caught.value.what == what
    assert caught.value.where == f"double.py, line {line}"
    assert caught.value.remedy


@pytest.mark.parametrize("head", ["wrong: m | ends | not imitated", "wrong | ends", "right | ends"])
def test_what_is_never_imitated_may_do_harm(head: str) -> None:
    """It is graded in the sandbox alone: what is marked, what has no misconception, what is right."""
    catalogue = _read(MISCONCEPTION + f"# %% double | {head}\nimport sys\nsys.exit()\n")

    assert len(catalogue.answers) == 1


def test_one_answer_may_stand_in_two_exercises() -> None:
    """Told apart it has to be in its own."""
    half = "# %% half | right | same\ndef double(x):\n    return 3 * x\n"

    assert len(_read(MISCONCEPTION + WRONG + half).answers) == 2


def _with(count: int, mark: str = "") -> Catalogue:
    wrong = "".join(f"# %% double | wrong: m | {n}{mark}\ndef double(x):\n    return {n}\n" for n in range(count))
    return _read(MISCONCEPTION + wrong)


@pytest.mark.parametrize(("count", "proofs"), [(0, 0), (1, 1), (2, 2), (3, 2), (8, 2), (9, 3), (12, 4)])
def test_a_third_is_proof_and_at_least_two(count: int, proofs: int) -> None:
    """The others are examples; none is both."""
    catalogue = _with(count)
    (one,) = catalogue.misconceptions

    assert len(catalogue.proofs) == proofs
    assert {*catalogue.examples(one), *catalogue.proofs} == set(catalogue.answers)
    assert len(catalogue.examples(one)) == count - proofs


def test_the_hash_of_the_normal_form_chooses() -> None:
    """Neither the order in the file, nor labels, nor names: the proofs are those with the smallest hashes."""
    catalogue = _with(9)
    by_hash = sorted(catalogue.answers, key=lambda answer: normal_form(answer.source))
    cells = [f"# %% double | wrong: m | x{a.label}\n{a.source.replace('(x)', '(y)')}\n" for a in reversed(by_hash)]

    assert catalogue.proofs == set(by_hash[:3])
    assert {answer.label for answer in _read(MISCONCEPTION + "".join(cells)).proofs} == {
        f"x{answer.label}" for answer in by_hash[:3]
    }


def test_what_cannot_be_imitated_is_no_example() -> None:
    """Because it is marked, or because it is not Python: it may be a proof."""
    (one,) = _with(5, " | not imitated").misconceptions
    no_python = _read(MISCONCEPTION + "".join(f"# %% double | wrong: m | {n}\nreturn {n}\n" for n in range(5)))

    assert _with(5, " | not imitated").examples(one) == ()
    assert no_python.examples(no_python.misconceptions[0]) == ()
    assert len(no_python.proofs) == 2
