"""torchmarks.catalogue.recognise: a named mistake is recognised by what it does, and by nothing less."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from torchmarks import leaf, observe, observe_backward
from torchmarks.catalogue import Catalogue, Recogniser, normal_form, recognise
from torchmarks.checks import diagnosis
from torchmarks.checks.diagnosis import Diagnosis, Failure
from torchmarks.checks.observe import Seen
from torchmarks.checks.settings import CELL, Usual

from .entries import catalogue, entry

X = torch.tensor([1.0, 2.0])
DOUBLE = "def f(x):\n    return x * 2"
FAILS = "def f(x):\n    raise ValueError('bad')"
Fn = Callable[..., Any]


@pytest.fixture(autouse=True)
def _nothing_logged_yet() -> Iterator[None]:
    """An author's error is logged once in a process: by each test anew."""
    before = set(recognise._logged)
    recognise._logged.clear()
    yield
    recognise._logged.update(before)


def called_f(fn: Fn) -> Fn:
    """The student's function has the name of the exercise."""
    fn.__name__ = "f"
    return fn


def run(source: str) -> Fn:
    """The function of an answer."""
    names: dict[str, Any] = {"torch": torch, "np": np}
    exec(source, names)
    made: Fn = names["f"]
    return made


def failure(seen: Seen, want: Any = None, fails: Callable[[Seen], bool] = lambda other: True) -> Failure:
    return Failure(seen, want, fails)


def named(
    known: Catalogue, failures: Sequence[Failure], passed: Sequence[Seen] = (), exercise: str = "f", **names: Any
) -> str:
    """The misconception that is named, "" for none."""
    return _name(Recogniser(known, exercise, {"torch": torch, "np": np, **names})(failures, passed))


def _name(answer: tuple[int, Diagnosis | None]) -> str:
    return answer[1].name if answer[1] is not None else ""


def explains(example: str, seen: Seen, **options: Any) -> bool:
    return named(catalogue(entry("m", example)), [failure(seen, **options)]) == "m"


# ---- what an imitation has to do

CASES = [
    (DOUBLE, "x + x", True),
    (DOUBLE, "x * 3", False),
    (DOUBLE, "(x * 2).double()", False),
    (DOUBLE, "x.mul_(2)", False),
    ("def f(x):\n    return x", "x", True),
    ("def f(x):\n    return x", "x.clone()", False),
    ("def f(x):\n    return x[:]", "x", False),
    ("def f(x):\n    return x.clone().requires_grad_()", "x.clone()", False),
    (DOUBLE, "[][1]", False),
    (FAILS, "x * 2", False),
    ("def f(x):\n    return x.expand(2, 2)", "x.repeat(2, 1)", False),
]


@pytest.mark.parametrize(("student", "imitation", "expected"), CASES)
def test_an_imitation_explains_what_does_the_same(student: str, imitation: str, expected: bool) -> None:
    """Same result, sharing, effect on the arguments or same error, and nothing less."""
    assert explains(f"def f(x):\n    return {imitation}", observe(run(student), X)) is expected


def test_one_of_several_imitations_is_enough() -> None:
    """Several variants of a mistake are one misconception."""
    assert named(catalogue(entry("m", FAILS, DOUBLE)), [failure(observe(run(DOUBLE), X))]) == "m"


def test_an_imitation_must_fail_the_check_itself() -> None:
    """An imitation that passes the failed check explains nothing."""
    seen = observe(run(DOUBLE), X)

    assert explains(DOUBLE, seen, fails=lambda other: True)
    assert not explains(DOUBLE, seen, fails=lambda other: False)


def test_an_imitation_with_other_parameters_explains_nothing() -> None:
    """The call cannot be made with it; that is nobody's error."""
    recogniser = Recogniser(catalogue(entry("m", "def f(a, b):\n    return a")), "f", {})

    assert _name(recogniser([failure(observe(run(DOUBLE), X))], [])) == ""
    assert recogniser.errors == []


def test_gradients_are_part_of_doing_the_same() -> None:
    """Two functions with the same result and other gradients do not do the same."""
    seen = observe_backward(run(DOUBLE), leaf([1.0, 2.0]))

    assert explains("def f(x):\n    return x + x", seen)
    assert not explains("def f(x):\n    return x.detach() + x", seen)


MESSAGES = [
    ("'no entry \"a\" at 0x7f12, size 3 of cuda:0'", "'no entry \"b\" at 0x9a, size 14 of sim'", True),
    ("'size 3'", "'shape 3'", False),
    ("'no file /tmp/one/two.txt'", "'no file /home/x/y.txt'", True),
]


@pytest.mark.parametrize(("student", "imitation", "same"), MESSAGES)
def test_errors_match_by_type_and_masked_message(student: str, imitation: str, same: bool) -> None:
    """Names, numbers, addresses and paths differ between runs, accelerators between machines; words do not."""
    seen = observe(run(f"def f(x):\n    raise ValueError({student})"), X)

    assert explains(f"def f(x):\n    raise ValueError({imitation})", seen) is same
    assert not explains(f"def f(x):\n    raise TypeError({student})", seen)


def test_a_class_is_imitated_by_a_class() -> None:
    """In a class exercise the imitation is a class, which a scenario uses in the student's place."""

    class Square:
        def area(self, side: float) -> float:
            return side * 4

    def measure(Square: Any, side: float) -> float:
        return float(Square().area(side))

    known = catalogue(
        entry("m", "class Square:\n    def area(self, side):\n        return 4 * side", exercise="Square")
    )

    assert named(known, [failure(observe(measure, Square, 3.0))], exercise="Square") == "m"


def test_answers_run_with_the_names_of_the_tests() -> None:
    """What the notebook's locked cells and tests bind, an answer may use; what it binds reaches no test."""
    known = catalogue(entry("m", "factor = FACTOR\ndef f(x):\n    return factor * x"))
    names = {"FACTOR": 2}

    assert named(known, [failure(observe(run(DOUBLE), X))], **names) == "m"
    assert named(known, [failure(observe(run(DOUBLE), X))], FACTOR=3) == ""
    assert names == {"FACTOR": 2}


# ---- predicates


def test_a_predicate_sees_what_was_wanted() -> None:
    """`when` gets the call and the expected value."""
    known = catalogue(entry("m", when="def when(seen, want):\n    return seen.result.dtype != want.dtype"))
    seen = observe(run(DOUBLE), X)

    assert named(known, [failure(seen, torch.tensor([1]))]) == "m"
    assert named(known, [failure(seen, X)]) == ""


def test_a_predicate_may_call_next() -> None:
    """The texts of its cell do not hide the builtin, nor a name of the tests."""
    when = 'next = "Try it."\nlink = "x"\ndef when(seen, want):\n    return next(iter([link == "ours"]))'

    assert named(catalogue(entry("m", when=when)), [failure(observe(run(DOUBLE), X))], link="ours") == "m"


# ---- which one is named


def f_of(case: int) -> Any:
    """A student whose calls fail in two ways: doubled for 1, an error for 2."""
    return observe(run("def f(x):\n    if x == 1:\n        return x * 2\n    raise ValueError('bad')"), case)


def test_the_one_that_explains_most_is_named() -> None:
    """The misconception that explains most failing calls wins; shown is the first call that it explains."""
    recogniser = Recogniser(catalogue(entry("a", DOUBLE), entry("b", FAILS)), "f", {})

    number, known = recogniser([failure(f_of(1)), failure(f_of(2)), failure(f_of(2))], [])

    assert (number, known) == (1, Diagnosis("b", "Because of b."))


def test_a_reason_for_few_of_the_calls_is_not_said() -> None:
    """One call of four is a fair share, one of five is not."""
    known = catalogue(entry("m", DOUBLE))
    others = [failure(f_of(2)) for _ in range(4)]

    assert named(known, [failure(f_of(1)), *others[:3]]) == "m"
    assert named(known, [failure(f_of(1)), *others]) == ""


def test_a_tie_goes_to_the_one_that_does_what_passed_too() -> None:
    """Of two that explain as much, the one whose imitation also does what the student's passing calls did."""
    exact = "def f(x):\n    return x * 2 if x == 1 else x"
    known = catalogue(entry("general", "def f(x):\n    return x + x"), entry("exact", exact))
    student = run(exact)
    failed, passed = [failure(observe(student, 1))], [observe(student, 5)]

    assert named(known, failed, passed) == "exact"
    assert named(known, failed) == ""


def test_memory_is_part_of_what_passed() -> None:
    """Of two that explain as much, with one result on a call that passed, the one that shares memory there, too."""
    views = "def f(x):\n    return x[:] if x.dim() else x * 2"
    copies = "def f(x):\n    return x.clone() if x.dim() else x * 2"
    known = catalogue(entry("views", views), entry("copies", copies))
    student = run(views)

    assert named(known, [failure(observe(student, torch.tensor(1.0)))], [observe(student, X)]) == "views"


def test_a_tie_that_nothing_decides_has_no_name() -> None:
    """A wrong reason is worse than none."""
    known = catalogue(entry("a", "def f(x):\n    return x * 2"), entry("b", "def f(x):\n    return x + x"))
    student = run(DOUBLE)

    assert named(known, [failure(observe(student, 1))], [observe(student, 0)]) == ""


def test_a_tie_in_a_sample_is_decided_by_all_calls() -> None:
    """Of two that do the same on a dozen calls, the one that does it on the call that is not among them."""
    known = catalogue(entry("small", "def f(x):\n    return x * 2 if x < 100 else x"), entry("all", DOUBLE))
    failures = [failure(observe(run(DOUBLE), x)) for x in range(30)]
    failures[1] = failure(observe(run(DOUBLE), 100))

    assert named(known, failures) == "all"
    assert named(known, failures[:1]) == ""


def test_what_does_all_of_a_sample_is_tried_on_all_calls() -> None:
    """One that does what passed in a dozen calls alone is not named before one that comes nearer in all."""
    near = "def f(x):\n    return x * 2 if x != 10 else 0"
    known = catalogue(entry("sample", "def f(x):\n    return x * 2 if x % 3 == 0 else -x"), entry("near", near))
    passed = [observe(run(DOUBLE), x) for x in range(36)]

    assert named(known, [failure(observe(run(DOUBLE), 60))], passed) == "near"


def test_what_explains_none_of_the_first_calls_is_asked_no_more() -> None:
    """Of ten failing calls of which one mistake explains nine, another is tried on four."""
    asked: list[Any] = []
    known = catalogue(entry("other", "def f(x):\n    asked.append(x)\n    return x * 3"), entry("m", DOUBLE))
    failures = [failure(observe(run(DOUBLE), X)) for _ in range(9)]

    assert named(known, [*failures, failure(observe(run(FAILS), X))], asked=asked) == "m"
    assert len(asked) == 4


def test_where_an_example_does_all_that_was_done_few_others_are_asked() -> None:
    """Those of other misconceptions up to the first call that they do otherwise, more of its own not at all."""
    other: list[Any] = []
    own: list[Any] = []
    twice = "def f(x):\n    own.append(x)\n    return x + x"
    known = catalogue(entry("other", "def f(x):\n    other.append(x)\n    return x * 3"), entry("m", DOUBLE, twice))
    student = run("def f(x):\n    return x * 2 if len(x) else x")
    failures = [failure(observe(student, X)) for _ in range(10)]

    assert named(known, failures, [observe(student, torch.tensor([]))], other=other, own=own) == "m"
    assert (len(other), len(own)) == (1, 0)


def test_a_predicate_hears_of_its_errors_all_the_same() -> None:
    """Its author's error is noted, whichever example does all that was done."""
    failed, passed = [failure(observe(run(DOUBLE), X))], [observe(run(DOUBLE), torch.zeros(1))]
    recogniser = Recogniser(
        catalogue(entry("m", DOUBLE), entry("broken", when="def when(seen, want):\n    return nothing")), "f", {}
    )

    assert recogniser(failed, passed)[1] == Diagnosis("m", "Because of m.")
    assert len(recogniser.errors) == 1


def test_without_an_explanation_the_first_call_is_shown() -> None:
    """Nothing recognised: the first failing call, no name; so it is in an exercise without misconceptions."""
    failed = [failure(observe(run(DOUBLE), X))]

    assert Recogniser(catalogue(entry("m", FAILS)), "f", {})(failed, []) == (0, None)
    assert Recogniser(Catalogue(), "f", {})(failed, []) == (0, None)


def test_a_search_that_takes_too_long_ends_without_a_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The name of a cell has a time limit; that it was hit is said in the log."""
    known, failed = catalogue(entry("m", DOUBLE)), [failure(observe(run(DOUBLE), X))]
    assert named(known, failed) == "m"

    monkeypatch.setattr(recognise, "_SECONDS", 0.0)

    assert named(known, failed) == ""
    assert "was given up" in caplog.text


def test_one_call_of_many_ends_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is looked at after each call, and what one search took is taken from the next of the exercise."""
    wait = "    end = time.process_time() + .2\n    while time.process_time() < end: pass\n"
    slow = f"import time\ndef f(x):\n{wait}    return x"
    failed, passed = [failure(observe(run(DOUBLE), X))] * 8, [observe(run(DOUBLE), X)] * 8
    recogniser = Recogniser(catalogue(entry("m", slow)), "f", {"torch": torch})
    monkeypatch.setattr(recognise, "_SECONDS", 0.3)

    assert recogniser(failed, passed) == (0, None)
    assert 0.3 < recogniser.spent < 1.0
    assert recogniser(failed, passed) == (0, None)
    assert recogniser.spent < 1.2


_ODD = [
    torch.ones(3),
    torch.ones(2, 1),
    torch.ones(2).int(),
    [1.0],
    (torch.ones(2),),
    np.ones(2),
    torch.ones(2, device="meta"),
]


@pytest.mark.parametrize("result", _ODD, ids=lambda result: f"{type(result).__name__}-{getattr(result, 'shape', '')}")
@pytest.mark.parametrize(
    "body", ["seen.value[1, 2]", "seen.value @ seen.value + want[[2]]", "seen.value[1].tolist()[2]"]
)
def test_a_predicate_that_meets_another_form_says_no(result: Any, body: str) -> None:
    """An error that a student's result brings about by its type, dtype or shape is none of the author's."""
    known = catalogue(entry("m", when=f"def when(seen, want):\n    {body}\n    raise IndexError"))
    odd, usual = (Recogniser(known, "f", {"torch": torch}) for _ in range(2))

    odd([failure(observe(called_f(lambda x: result), X), torch.zeros(2))], [])
    usual([failure(observe(run(DOUBLE), X), torch.zeros(2))], [])

    assert odd.errors == []
    assert len(usual.errors) == 1


def test_a_predicate_is_not_asked_to_broadcast_without_end() -> None:
    """A column of millions beside a row of hundreds would be gigabytes; a large result of the right shape is asked."""
    known = catalogue(entry("m", when="def when(seen, want):\n    return bool((seen.value - want).any())"))
    column, large = torch.ones(200_000, 1), torch.ones(100_000)

    assert named(known, [failure(observe(called_f(lambda x: column), X), torch.zeros(256))]) == ""
    assert named(known, [failure(observe(called_f(lambda x: large), X), torch.zeros(100_000))]) == "m"


def test_a_wrong_dtype_alone_broadcasts_nothing() -> None:
    """The shapes are the same, however large: it is what a predicate about dtypes is asked about."""
    known = catalogue(entry("m", when="def when(seen, want):\n    return seen.result.dtype != want.dtype"))
    double = torch.ones(2_001, dtype=torch.float64)

    assert named(known, [failure(observe(called_f(lambda x: double), X), torch.ones(2_001))]) == "m"


def test_what_was_expected_is_copied_once_for_all_predicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have millions of elements, and each predicate is asked about each call."""
    taken, real = [], diagnosis.take
    predicate = "def when(seen, want):\n    return seen.value[5, 5] == 0"
    known = catalogue(*(entry(name, when=predicate) for name in ("m", "n", "o")))
    failures = [failure(observe(called_f(lambda x: torch.ones(3)), X), torch.zeros(2)) for _ in range(4)]

    def counted(want: Any) -> Any:
        taken.append(want)
        return real(want)

    monkeypatch.setattr(diagnosis, "take", counted)
    named(known, failures)

    assert len(taken) == len(failures)


def test_a_busy_machine_costs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is one of CPU time: while others use the machine an hour may pass between two looks at the clock."""
    known, failed, hours = catalogue(entry("m", DOUBLE)), [failure(observe(run(DOUBLE), X))], itertools.count(step=3600)
    monkeypatch.setattr("time.monotonic", lambda: next(hours))

    assert named(known, failed) == "m"


def test_an_answer_is_left_out_by_its_normal_form() -> None:
    """So that a name can be tried on an answer as if nobody had seen it."""
    known, failed = catalogue(entry("m", DOUBLE)), [failure(observe(run(DOUBLE), X))]
    renamed = "def f(numbers):\n    'Twice.'\n    return numbers * 2"

    assert Recogniser(known, "f", {}, normal_form(renamed))(failed, []) == (0, None)


def test_a_proof_is_never_imitated() -> None:
    """What the name is proved on explains nothing."""
    known = catalogue(entry("m", DOUBLE))
    proof = next(iter(known.proofs))

    assert named(known, [failure(observe(run(proof.source), X))]) == ""


# ---- what an author gets wrong costs the name, and nothing else


def test_an_imitation_prints_and_warns_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """What an imitation prints or warns of reaches nobody."""
    noisy = "import warnings\nprint('a')\ndef f(x):\n    print('b')\n    warnings.warn('c')\n    return x * 2"

    assert explains(noisy, observe(run(DOUBLE), X))
    assert capsys.readouterr() == ("", "")


BROKEN = [
    ("example", entry("m", "raise RuntimeError('at the top')"), "it cannot be imitated, its cell raises RuntimeError"),
    ("exit", entry("m", "import sys as s\ns.exit(3)"), "it cannot be imitated, its cell raises SystemExit: 3"),
    (
        "predicate",
        entry("m", when="def when(seen, want):\n    return seen.nothing"),
        "its `when` raises AttributeError",
    ),
    (
        "a misspelt fact",
        entry("m", when="def when(seen, want):\n    return seen.result.dtyp"),
        "its `when` raises AttributeError",
    ),
    ("its cell", entry("m", when="nothing\ndef when(seen, want):\n    return True"), "its `when` raises NameError"),
    ("its end", entry("m", when="def when(seen, want):\n    raise SystemExit(0)"), "its `when` raises SystemExit"),
]


@pytest.mark.parametrize(("broken", "what"), [one[1:] for one in BROKEN], ids=[one[0] for one in BROKEN])
def test_an_authors_error_costs_the_name_and_is_noted(broken: str, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """The others are recognised all the same; it is kept once, and logged once for all notebooks of a process."""
    caplog.set_level(logging.WARNING)
    failed = [failure(observe(run(DOUBLE), X))] * 2
    recognisers = [Recogniser(catalogue(broken, entry("good", DOUBLE)), "f", {}) for _ in range(2)]

    assert [_name(recogniser(failed, [])) for recogniser in recognisers] == ["good", "good"]
    for recogniser in recognisers:
        (error,) = recogniser.errors
        assert what in error
        assert "(line " in error
    assert caplog.text.count(what) == 1


@pytest.mark.parametrize("asked", ["seen.raised.message", "seen.result.items", "seen.result.value", "want[0]"])
def test_what_a_call_does_not_have_is_no_for_an_answer(asked: str) -> None:
    """The message of no error, the items of a tensor: a predicate that asks for it is not wrong."""
    recogniser = Recogniser(catalogue(entry("m", when=f"def when(seen, want):\n    return {asked}")), "f", {})

    assert _name(recogniser([failure(observe(run(DOUBLE), X))], [])) == ""
    assert recogniser.errors == []


MODES = [
    "torch.set_default_dtype(torch.float64)",
    "torch.set_grad_enabled(False)",
    "np.seterr(all='raise')",
    "torch.set_printoptions(precision=1)",
]


@pytest.mark.parametrize("change", MODES)
@pytest.mark.parametrize("place", ["cell", "call", "predicate"])
def test_a_global_mode_that_an_author_changes_meets_no_test(change: str, place: str) -> None:
    """Neither the tests that follow nor the next imitation sees what an answer or a predicate leaves set."""
    changing = {
        "cell": entry("m", f"{change}\ndef f(x):\n    return x"),
        "call": entry("m", f"def f(x):\n    {change}\n    return x"),
        "predicate": entry("m", when=f"def when(seen, want):\n    {change}\n    return False"),
    }[place]
    seen = observe(run("def f(x):\n    return torch.ones(1) / x"), X)
    known = catalogue(changing, entry("good", "def f(x):\n    return torch.ones(1) / x"))

    with Usual(CELL):  # as a worker's process is: what is as usual already is not put back by itself
        before = _modes()
        assert named(known, [failure(seen)]) == "good"
        assert _modes() == before


def _modes() -> tuple[Any, ...]:
    return torch.get_default_dtype(), torch.is_grad_enabled(), str(np.geterr()), repr(torch.tensor(1 / 3))


def test_the_answer_that_does_all_of_it_is_the_reason() -> None:
    """One that explains as many failing calls, and fails where the student's passes, is another mistake."""
    negative_only = "def f(x):\n    return x * 2 if x.sum() < 0 else x"
    known = catalogue(
        entry("always", DOUBLE), entry("negative", "def f(x):\n    return x * 2 if x.sum() < 0 else x + 0")
    )
    failing = [failure(observe(run(negative_only), -X)) for _ in range(3)]
    passing = [observe(run(negative_only), X)]

    assert named(known, failing, passed=passing) == "negative"
