"""torchmarks.checks.observe: calls go through the current transport, with copies of their arguments."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from torchmarks import leaf, observe, observe_backward, observe_many
from torchmarks.checks.facts import Observation, Plain
from torchmarks.checks.observe import Call, Seen, transport
from torchmarks.errors import AuthorError

T = torch.tensor


def add_one_(x: torch.Tensor) -> torch.Tensor:
    return x.add_(1)


def test_what_a_test_holds_is_never_changed() -> None:
    """A call changes its own copy of an argument."""
    x = T([1.0])

    seen = observe(add_one_, x)

    assert x.tolist() == [1.0]
    assert x._version == 0
    assert seen.after["x"].values.tolist() == [2.0]


def test_aliasing_arrives() -> None:
    """Two arguments that are one object are one object in the call."""
    x = T([1.0])

    assert observe(lambda a, b: a is b, x, x).value is True


def test_a_call_reads_as_it_was_made() -> None:
    """The text of a call has its arguments by position and by name."""
    assert observe(add_one_, T([1.0])).call == "add_one_(tensor([1.]))"
    assert observe(dict, [], x=1).call == "dict([], x=1)"


def twice(add_one_: Any, x: torch.Tensor) -> torch.Tensor:
    """add_one_ twice, from {x}

    More about it.
    """
    return add_one_(add_one_(x))


def test_a_scenario_tells_itself() -> None:
    """The first docstring line of a scenario is how it reads, arguments filled in; its function is the subject."""
    seen = observe(twice, add_one_, T([1.0]))

    assert seen.call == "add_one_ twice, from tensor([1.])"
    assert seen.made_by.subjects == (0,)
    assert seen.value.tolist() == [3.0]


def test_a_docstring_of_a_student_tells_nothing() -> None:
    """Only a scenario's docstring is the text of a call."""

    def documented(x: int) -> int:
        """Anything at all."""
        return x

    assert observe(documented, 1).call == "documented(1)"


def test_many_calls() -> None:
    """observe_many makes one call for each list of arguments, in order."""
    assert [seen.value for seen in observe_many(max, [(1, 2), (4, 3)])] == [2, 4]


def test_backward() -> None:
    """observe_backward starts from the incoming gradient, and from fixed weights without one."""
    x = leaf([1.0, 2.0])

    given = observe_backward(lambda x: x * 2, x, incoming=T([1.0, 10.0]))
    usual = observe_backward(lambda x: x * 2, x)

    assert given.gradients["x"].values.tolist() == [2.0, 20.0]
    assert usual.gradients["x"].values.tolist() == pytest.approx([2.0, 2.74])
    assert x.grad is None


def test_a_tensor_with_history_is_refused() -> None:
    """A computed tensor cannot be an argument; the error names the way out."""
    with pytest.raises(AuthorError, match=r"tensor with history .* scenario"):
        observe(add_one_, leaf([1.0]) * 2)


def test_what_a_student_prints_is_shown_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    """In a notebook a student sees what their own function prints."""
    observe(print, "debugging")

    assert capsys.readouterr().out == "debugging\n"


@pytest.mark.parametrize("fn", [functools.cache(lambda x: x), functools.partial(pow, 2)], ids=["cache", "partial"])
def test_any_callable_of_a_student_can_be_an_argument(fn: Any) -> None:
    """A cached function or a partial, which cannot be pickled, crosses into a scenario in place."""

    def apply(fn: Any, x: int) -> Any:
        return fn(x)

    assert observe(apply, fn, 3).raised is None


class Recording:
    """A transport that makes no calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def observe(self, calls: Sequence[Call]) -> list[Observation]:
        self.calls += calls
        return [Observation({}, {}, Plain("int", 7)) for _ in calls]

    def parameters(self, fn: Any) -> tuple[str, ...]:
        return ("renamed",)


def test_calls_go_through_the_current_transport() -> None:
    """A grader's transport gets the calls and names the parameters; afterwards calls are made in place again."""
    recording = Recording()
    token = transport.set(recording)
    try:
        seen = observe(add_one_, 1)
    finally:
        transport.reset(token)

    assert isinstance(seen, Seen)
    assert (seen.value, recording.calls[0].parameters) == (7, ("renamed",))
    assert observe(add_one_, T([0])).value.tolist() == [1]


def test_an_imitation_takes_the_students_place() -> None:
    """A wrong answer is run on fresh copies of the same call, in a scenario in place of the student's function."""
    direct, scenario = observe(add_one_, T([1.0])), observe(twice, add_one_, T([1.0]))

    answer = {"add_one_": lambda x: x * 5}
    assert direct.made_by.imitated_by(answer).value.tolist() == [5.0]
    assert scenario.made_by.imitated_by(answer).value.tolist() == [25.0]
