"""torchmarks.grading.fixed_cases: before the deadline a message shows no value that the final phase asks for again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from torchmarks.catalogue import Catalogue, read_catalogue
from torchmarks.checks.report import Report
from torchmarks.checks.seeding import Phase, Seeding
from torchmarks.grading.judge import judge_notebook
from torchmarks.grading.source import signatures_of
from torchmarks.isolation import Engine

from .cells import check, solution

SIGNATURES = signatures_of(["def f(x):\n    raise NotImplementedError()"])
START = "from torchmarks import expect, inputs, observe\nimport torch\ndraw = inputs('a', 'f')\n"
FIXED = START + "expect(observe(f, [4242, 1])).returned(4243)"
DRAWN = START + "expect(observe(f, [draw.integer(10**6, 10**9), 1])).returned(0)"
DERIVED = START + "expect(observe(f, 2 * torch.tensor(draw.nested((2,), float)))).returned(0)"
BOTH = FIXED + "\nexpect(observe(f, [draw.integer(10**6, 10**9), 1])).returned(0)"
WRONG = "def f(x): return 77"
LATER = "The values of this case are shown after the deadline."

Told = Callable[..., Report]


@pytest.fixture
def told(engine: Engine) -> Told:
    """Judges an answer with one test, and gives the report of it."""

    def judged(
        answer: str, test: str, name: str = "f-hidden", phase: Phase = Phase.BEFORE_DEADLINE, known: str = ""
    ) -> Report:
        catalogue = read_catalogue(known, ["f"], "a.py") if known else Catalogue()
        seeding = Seeding(b"secret", phase, "ada")
        cells = [solution(answer), check(test, name)]
        judgement = judge_notebook(cells, engine, seeding=seeding, signatures=SIGNATURES, catalogue=catalogue)
        [verdict] = judgement.verdicts
        assert verdict.report is not None
        return verdict.report

    return judged


def test_a_fixed_case_shows_no_value(told: Told) -> None:
    """Neither in the call, nor in its rows, nor as code; it is said when they will be shown."""
    report = told(WRONG, FIXED)

    assert report.lines()[:3] == ["f(…) is not what was asked for.", "  values  not as expected", f"  {LATER}"]
    assert not report.code
    assert not [digit for digit in "42417" if digit in report.text()]


@pytest.mark.parametrize(("name", "phase"), [("f-hidden", Phase.FINAL), ("f-visible", Phase.BEFORE_DEADLINE)])
def test_it_is_shown_where_it_may_be(told: Told, name: str, phase: Phase) -> None:
    """After the deadline, and in a visible test at any time."""
    report = told(WRONG, FIXED, name, phase)

    assert "4242" in report.headline
    assert report.code
    assert LATER not in report.text()


@pytest.mark.parametrize("test", [DRAWN, DERIVED], ids=["a number", "made from what was drawn"])
def test_a_drawn_case_is_shown(told: Told, test: str) -> None:
    """Its values are others after the deadline."""
    report = told(WRONG, test)

    assert report.code
    assert "…" not in report.headline


def test_of_two_failures_the_drawn_one_is_shown(told: Told) -> None:
    """The first cannot be shown; the second says more, and nothing that came of it."""
    report = told(WRONG, BOTH)

    assert "…" not in report.headline
    assert not report.code
    assert "77" not in "".join(row.seen for row in report.rows)
    assert "4242" not in report.text()


SMUGGLERS: Mapping[str, str] = {
    "a message": "def f(x): raise ValueError(repr(x))",
    "the name of a class": "def f(x): raise type(repr(x), (ValueError,), {})()",
    "words of Python's": "def f(x): raise TypeError(f'f() takes no arguments {x}')",
    "a refused line": "def f(x): raise SyntaxError(repr(x))",
    "other answers each time": "import random\ndef f(x): return [random.random(), x]",
    "an argument": "def f(x): x.append(x[0])",
}


@pytest.mark.parametrize("how", SMUGGLERS)
def test_no_answer_carries_a_fixed_value_out(told: Told, how: str) -> None:
    """The student's code chooses much of what a message quotes."""
    report = told(SMUGGLERS[how], FIXED)

    assert "4242" not in report.text()
    assert LATER in report.text()


LATER_ONE = "\nexpect(observe(f, [draw.integer(10**6, 10**9), 1])).returned(12345)"
KEEPS = "seen = []\ndef f(x):\n    seen.append(x[0])\n"
KNOWS = f"{KEEPS}    if x[0] == 4242: return 4243\n"
TELLERS: Mapping[str, str] = {
    "an error": f"{KNOWS}    raise ValueError(repr(seen))",
    "a class": f"{KNOWS}    raise type(repr(seen), (ValueError,), {{}})()",
    "a number": f"{KNOWS}    return seen[0]",
    "a result": f"{KNOWS}    return list(seen)",
    "an argument": f"{KEEPS}    x += seen\n    return 4243",
}


@pytest.mark.parametrize("how", TELLERS)
@pytest.mark.parametrize("tests", [[FIXED + LATER_ONE], [FIXED, START + LATER_ONE], [START + LATER_ONE + "\n" + FIXED]])
def test_no_later_case_tells_of_a_fixed_one(engine: Engine, how: str, tests: list[str]) -> None:
    """A function that keeps what it was given can say it in another call: the call and what was wanted stay."""
    seeding = Seeding(b"secret", Phase.BEFORE_DEADLINE, "ada")
    cells = [check(test, "f-hidden" if not number else f"f-hidden-{number + 1}") for number, test in enumerate(tests)]
    cells = [solution(TELLERS[how]), *cells]
    judgement = judge_notebook(cells, engine, seeding=seeding, signatures=SIGNATURES, catalogue=Catalogue())
    told = [verdict.report for verdict in judgement.verdicts]

    assert told[-1] is not None
    assert "4242" not in "".join(report.text() for report in told if report)
    assert "f([" in told[-1].headline
    assert "after the deadline" in told[-1].note
    if how == "a number":
        assert "12345" in told[-1].text()


@pytest.mark.parametrize(
    "answer",
    ["def f(x): raise NameError(f\"name '{x}' is not defined\")", "def f(x): raise NameError('a', name=repr(x))"],
)
def test_a_missing_name_is_one_of_the_test(told: Told, answer: str) -> None:
    """Not what an error of the student's calls so."""
    assert "4242" not in told(answer, START + "assert f([4242, 1]) == 4243").text()
    assert "g" in told(answer, START + "assert g([4242, 1]) == 4243").headline


def test_a_plain_assert_shows_no_message(told: Told) -> None:
    """Its text may hold the case."""
    report = told(WRONG, "assert f([4242]) == 1, 'f([4242])'")

    assert "4242" not in report.text()
    assert LATER in report.text()


def test_a_test_that_cannot_be_held_against_itself_shows_nothing(told: Told) -> None:
    """The second run asks no student's process; a test that calls it past `observe` ends there."""
    report = told(WRONG, DRAWN.replace("draw.integer(10**6, 10**9)", "f(1) * draw.integer(10**6, 10**9)"))

    assert LATER in report.text()


KNOWN = """
# %% f | misconception | counts-them
why = "It is a sum."
next = "print(sum([1, 2]))"
def when(seen, want): return seen.value == 2
# %% f | wrong: counts-them | len
def f(x): return len(x)
"""


def test_a_fixed_case_keeps_its_reason(told: Told) -> None:
    """Why and next are written once for all cases."""
    report = told("def f(x): return len(x)", FIXED, known=KNOWN)

    assert (report.misconception, report.why) == ("counts-them", "It is a sum.")
    assert "4242" not in report.text()
