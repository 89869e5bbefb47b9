"""torchmarks.checks.judged: one call, what was demanded of it, and when its texts are made."""

from __future__ import annotations

import warnings
from typing import Any
from unittest import mock

import pytest
import torch

from torchmarks import expect, observe
from torchmarks.checks.collecting import collecting
from torchmarks.checks.facts import Ended, Observation
from torchmarks.checks.observe import Seen
from torchmarks.checks.sentences import Sentences, say

T = torch.tensor


def double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def ended(limit: str) -> Seen:
    """A call of `double` that a limit ended, as a grader tells of it."""
    made_by = observe(double, T([1.0])).made_by
    raised = Ended("ProcessDied", ("ProcessDied",), "The call ran longer than 1 s.", limit=limit)
    return Seen.of(Observation({}, {}, None, raised), made_by)


def test_whether_another_call_fails_makes_no_text() -> None:
    """An imitation is judged by what was demanded, without a sentence and without a formatted call."""
    with collecting():
        judged = expect(observe(double, T([1.0, 1.0]))).returned(T([3.0, 3.0])).no_history().own_elements().call
    wrong, right = observe(double, T([1.0, 1.0])), observe(lambda x: x * 3, T([1.0, 1.0]))

    with (
        mock.patch.object(Sentences, "__call__", side_effect=AssertionError("text was made")),
        mock.patch("torchmarks.checks.observe.format_call", side_effect=AssertionError("a call was formatted")),
    ):
        assert judged.fails_alike(wrong)
        assert not judged.fails_alike(right)
        with pytest.raises(AssertionError, match="text was made"):
            judged.findings()


def test_a_step_of_the_test_is_about_what_came_out() -> None:
    """Where the result is right, and an argument was changed, it would lead nowhere."""

    def marks(x: torch.Tensor) -> torch.Tensor:
        x.requires_grad_()
        return x.detach() * 2

    with collecting() as collected:
        expect(observe(marks, T([1.0])), next="Double it by hand.").returned(T([2.0]))
    changed = collected.report()
    with collecting() as collected:
        expect(observe(marks, T([1.0])), next="Double it by hand.").returned(T([3.0]))
    wrong = collected.report()

    assert changed is not None
    assert wrong is not None
    assert changed.next == say("look_argument")
    assert wrong.next == "Double it by hand."


def test_a_step_of_the_test_is_not_about_an_error_of_another_kind() -> None:
    """A misspelled name is found in the error; a step that names the error, or shapes that do not fit, is given."""

    def misspells(x: torch.Tensor) -> Any:
        return tourch.zeros(3)  # type: ignore[name-defined]  # noqa: F821

    def does_not_fit(x: torch.Tensor) -> torch.Tensor:
        return x + torch.ones(2)

    steps = []
    for wrong, step in [
        (misspells, "Look at x.shape."), (does_not_fit, "Look at x.shape."), (misspells, "Why is there a NameError?"),
        (does_not_fit, "Double it by hand."),
    ]:  # fmt: skip
        with collecting() as found:
            expect(observe(wrong, torch.ones(3)), next=step).returned(torch.ones(3))
        report = found.report()
        assert report is not None
        steps.append(report.next)
    with collecting() as found:
        expect(observe(misspells, torch.ones(3)), next="When is it to be raised?").raised(ValueError)
    report = found.report()

    assert report is not None
    assert [*steps, report.next] == [
        say("look_raised"), "Look at x.shape.", "Why is there a NameError?", say("look_raised"),
        "When is it to be raised?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("print(double(torch.tensor([1.])).dtype)", False),
        ("double(torch.tensor([1.])).dtype", False),
        ("print(double(torch.tensor([2.])).dtype)", True),
        ("Look at the dtype.", True),
    ],
)
def test_a_step_is_not_the_line_above_it_again(step: str, given: bool) -> None:
    """What the lines show already is replaced by where to look."""
    with collecting() as collected:
        expect(observe(double, T([1.0])), next=step).returned(T([2]))
    report = collected.report()

    assert report is not None
    assert report.code[-1] == "double(torch.tensor([1.])).dtype"
    assert report.next == (step if given else say("look_dtype"))


def test_a_call_is_told_as_it_was_made() -> None:
    """A test that changes its arguments after a failed matcher does not change the report."""
    x = T([1.0])
    with collecting() as collected:
        expect(observe(double, x)).returned(T([3.0]))
        x.zero_()
    report = collected.report()

    assert report is not None
    assert report.headline == "double(tensor([1.])) is not what was asked for."


def test_texts_of_the_test_are_made_at_once() -> None:
    """What a test says of a failure is what it said then, though its names stand for something else by now."""
    with collecting() as collected:
        for number in (1, 2):
            call = expect(observe(double, T([1.0])))
            call.that(lambda seen: False, expected="x", seen_text=lambda seen: str(number))  # noqa: B023 - on purpose

    assert [call.findings()[0].seen for call in collected.failed] == ["1", "2"]


@pytest.mark.parametrize("limit", ["timeout", "memory", "exit"])
def test_a_limit_is_a_field_of_the_report(limit: str) -> None:
    """What ended a call is reported by its name, beside the step for it; it is not an exception of the student's."""
    seen: Any = ended(limit)
    with collecting() as collected:
        expect(seen).raised(TimeoutError, MemoryError)
    report = collected.report()

    assert report is not None
    assert (report.limit, report.rows[0].seen) == (limit, f"{limit}: The call ran longer than 1 s.")
    assert seen.raised.type_name != limit
    assert report.next == say({"timeout": "next_timeout", "memory": "next_memory"}.get(limit, "next_ended"))


def test_what_may_happen_is_no_failure() -> None:
    """An error that was asked for and an argument that may change are taken back, and nothing else is."""

    def both(x: torch.Tensor) -> None:
        x.zero_()
        raise ValueError("no")

    with collecting() as collected:
        expect(observe(both, T([1.0]))).raised(ValueError)

    (call,) = collected.failed
    assert [(finding.aspect, finding.path) for finding in call.findings()] == [("argument", "x")]


def test_what_a_failing_call_warned_of_is_told() -> None:
    """PyTorch's own warning may be the cause; where in PyTorch it arose, and what is for authors, says nothing."""

    def warns(x: torch.Tensor) -> torch.Tensor:
        warnings.warn("the same parameter twice (Triggered internally at /pytorch/aten/x.cpp:3.)", stacklevel=1)
        warnings.warn("the same parameter twice", stacklevel=1)
        warnings.warn("this goes away", DeprecationWarning, stacklevel=1)
        return x * 2

    with collecting() as collected:
        expect(observe(warns, T([1.0]))).returned(T([3.0]))
    report = collected.report()

    assert report is not None
    assert [(row.label, row.seen, row.expected) for row in report.rows[1:]] == [
        ("warning", "UserWarning: the same parameter twice", "")
    ]
    assert collected.report(quotes=False).rows[1:] == ()  # type: ignore[union-attr]
