"""torchmarks.checks.diagnosis: who can recognise a mistake is asked, and nobody has to be there."""

from __future__ import annotations

from typing import Any

import torch

from torchmarks import CheckFailed, expect, observe
from torchmarks.checks.diagnosis import Diagnosis, Failure, most_telling, recogniser


def same(x: object) -> object:
    return x


def test_where_nobody_recognises_the_first_call_is_shown_without_a_name() -> None:
    """A student's half knows no wrong answers."""
    failures = [Failure(observe(same, n), None, lambda other: True) for n in range(2)]

    assert most_telling(failures) == (0, None)


def test_who_recognises_is_asked_with_all_calls() -> None:
    """Failing ones and those that passed; the answer is handed on."""
    asked: list[Any] = []
    known = Diagnosis("m", "So.")

    def recognise(failures: Any, passed: Any) -> tuple[int, Diagnosis]:
        asked.append((failures, passed))
        return 1, known

    failures = [Failure(observe(same, n), None, lambda other: True) for n in range(2)]
    passed = [observe(same, 3)]
    token = recogniser.set(recognise)
    answer = most_telling(failures, passed)
    recogniser.reset(token)

    assert answer == (1, known)
    assert asked == [(failures, passed)]


def test_a_check_in_place_is_told_what_is_recognised() -> None:
    """Of the one call that failed."""
    token = recogniser.set(lambda failures, passed: (0, Diagnosis("m", "So.", "print(1)")))
    try:
        expect(observe(same, torch.ones(2))).returned(torch.zeros(2))
    except CheckFailed as failed:
        report = failed.report
    recogniser.reset(token)

    assert (report.misconception, report.why, report.next) == ("m", "So.", "print(1)")
