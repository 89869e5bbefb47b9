"""torchmarks.checks.misconceptions: a named mistake is recognised by what it does, and by nothing less."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from torchmarks import Misconception, leaf, observe, observe_backward
from torchmarks.checks.misconceptions import Failure, most_telling

T = torch.tensor
X = T([1.0, 2.0])


def known(*answers: Any, name: str = "m") -> Misconception:
    return Misconception(name, imitates=answers, why="Because.")


def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def fails(x: torch.Tensor) -> torch.Tensor:
    raise ValueError("bad")


CASES: list[tuple[Any, Any, bool]] = [
    (double, lambda x: x + x, True),
    (double, lambda x: x * 3, False),
    (double, lambda x: (x * 2).double(), False),
    (double, lambda x: x.mul_(2), False),
    (lambda x: x, lambda x: x, True),
    (lambda x: x, lambda x: x.clone(), False),
    (lambda x: x[:], lambda x: x, False),
    (lambda x: x.clone().requires_grad_(), lambda x: x.clone(), False),
    (fails, fails, True),
    (fails, lambda x: [][1], False),
    (fails, double, False),
    (double, fails, False),
    (double, lambda a, b: a, False),
    (lambda x: x.expand(2, 2), lambda x: x.repeat(2, 1), False),
]


@pytest.mark.parametrize(("student", "imitation", "explains"), CASES)
def test_an_imitation_explains_what_does_the_same(student: Any, imitation: Any, explains: bool) -> None:
    """Same result, sharing, effect on the arguments or same kind of error, and nothing less."""
    assert known(imitation).explains(observe(student, X), None) is explains


def test_one_of_several_imitations_is_enough() -> None:
    """Several variants of a mistake are one misconception."""
    assert known(fails, double).explains(observe(double, X), None)


def test_an_imitation_must_fail_the_check_itself() -> None:
    """An imitation that passes the failed check explains nothing."""
    seen = observe(double, X)

    assert known(double).explains(seen, None, lambda other: True)
    assert not known(double).explains(seen, None, lambda other: False)


def test_gradients_are_part_of_doing_the_same() -> None:
    """Two functions with the same result and other gradients do not do the same."""
    seen = observe_backward(double, leaf([1.0, 2.0]))

    assert known(lambda x: x + x).explains(seen, None)
    assert not known(lambda x: x.detach() + x).explains(seen, None)


def test_a_predicate_sees_what_was_wanted() -> None:
    """`when` gets the call and the expected value; an error in it means no."""
    seen = observe(double, X)
    by_dtype = Misconception("m", when=lambda seen, want: seen.result.dtype != want.dtype)
    broken = Misconception("m", when=lambda seen, want: seen.nothing)

    assert by_dtype.explains(seen, T([1]))
    assert not by_dtype.explains(seen, X)
    assert not broken.explains(seen, X)


def test_an_imitation_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What an imitation prints or warns of reaches nobody."""
    known(lambda x: print("secret")).explains(observe(double, X), None)

    assert capsys.readouterr().out == ""


def test_a_class_is_imitated_by_a_class() -> None:
    """In a class exercise the imitation is a class, which a scenario uses in the student's place."""

    class Square:
        def area(self, side: float) -> float:
            return side * 4

    class Perimeter:
        def area(self, side: float) -> float:
            return 4 * side

    def measure(Square: Any, side: float) -> float:
        return Square().area(side)

    assert known(Perimeter).explains(observe(measure, Square, 3.0), None)


def failure(student: Any, *misconceptions: Misconception) -> Failure:
    return Failure(observe(student, X), None, misconceptions)


def test_the_one_that_explains_most_is_named() -> None:
    """The misconception that explains most failing calls wins; shown is the first call that it explains."""
    a, b = known(double, name="a"), known(fails, name="b")
    failures = [failure(double, a, b), failure(fails, a, b), failure(fails, a, b)]

    number, named = most_telling(failures)

    assert (number, named.name) == (1, "b")


def test_the_first_listed_breaks_ties() -> None:
    """Of two that explain equally many the first listed is named."""
    first, second = known(double, name="specific"), known(double, name="general")

    assert most_telling([failure(double, first, second)])[1].name == "specific"


def test_what_cannot_catch_up_is_not_asked_any_more() -> None:
    """Of ten failing calls that one mistake explains, another is tried on the first and on no more."""
    asked = []

    def other(x: torch.Tensor) -> torch.Tensor:
        asked.append(x)
        return x * 3

    named = most_telling([failure(double, known(other, name="other"), known(double)) for _ in range(10)])[1]

    assert named is not None
    assert named.name == "m"
    assert len(asked) == 1


def test_without_an_explanation_the_first_call_is_shown() -> None:
    """Nothing recognised: the first failing call, no name."""
    assert most_telling([failure(double, known(fails)), failure(double)]) == (0, None)


def test_one_listed_twice_counts_a_call_once() -> None:
    """Two entries of one name are one mistake in two forms: a call that both explain is explained once."""
    twice = known(double, name="twice"), known(lambda x: x + x, name="twice")
    other = known(fails, name="other")
    failures = [failure(double, *twice, other), failure(fails, *twice, other), failure(fails, *twice, other)]

    assert most_telling(failures)[1].name == "other"
